# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights from and to PyTorch keep the function: logits agree to 1e-5 of the largest.

usage: torch_parity.py PATH/TO/ohmstate
Random shapes: a state dictionary written by PyTorch -> import -> eval, and a model trained here ->
export -> PyTorch. PyTorch computes in float64, from the same float32 weights.
"""
import os
import subprocess
import sys
import tempfile

import numpy
import torch

from torch_s4d import Classifier, load, save, state

BOUND = 1e-5
OHMSTATE = os.path.realpath(sys.argv[1])


def run(*arguments):
    done = subprocess.run([OHMSTATE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit("ohmstate %s: %s" % (" ".join(arguments), done.stdout.decode()))


def reference(tensors, shape, x):
    inputs, heads, states, layers, classes, prenorm = shape
    model = Classifier(inputs, heads, states, layers, classes, prenorm).double()
    model.load_state_dict({k: v.double() for k, v in tensors.items()})
    with torch.no_grad():
        return model(torch.tensor(x).double()).numpy()


def compare(what, got, wanted):
    error = abs(got - wanted).max() / abs(wanted).max()
    print("%-66s %.1e" % (what, error))
    return error <= BOUND


def write_data(x, classes):
    numpy.save("x.npy", x)
    numpy.save("y.npy", (numpy.arange(len(x)) % classes).astype("int32"))


def main():
    rng = numpy.random.default_rng(20)
    torch.manual_seed(20)
    good = True
    for case in range(8):
        shape = (int(rng.integers(1, 5)), int(rng.integers(1, 80)), 2 * int(rng.integers(1, 40)),
                 int(rng.integers(1, 4)), int(rng.integers(2, 12)), bool(case % 2))
        inputs, heads, states, layers, classes, prenorm = shape
        heads += heads == 1  # the layer norm of one channel is constant
        shape = (inputs, heads, *shape[2:])
        x = rng.standard_normal((int(rng.integers(classes, 20)), int(rng.integers(2, 400)), inputs))
        x = x.astype("float32")
        write_data(x, classes)
        model = Classifier(inputs, heads, states, layers, classes, prenorm)
        with torch.no_grad():
            for norm in model.norms:
                norm.weight.add_(0.2 * torch.randn(heads))
                norm.bias.add_(0.2 * torch.randn(heads))
        save("state.safetensors", state(model))
        run("import", "state.safetensors", "-o", "model.safetensors", "--force", "--quiet",
            "--set", "model.prenorm=%s" % str(prenorm).lower())
        run("eval", "model.safetensors", "--data", "x.npy,y.npy", "--logits", "l.npy", "--force",
            "--quiet")
        name = "C %d H %d N %d, %d layers, %d classes, %s, L %d" % (
            *shape[:5], "pre-norm" if prenorm else "post-norm", x.shape[1])
        wanted = reference(load("state.safetensors"), shape, x)
        good &= compare("import: " + name, numpy.load("l.npy"), wanted)

        run("train", "train.yaml", "-o", "trained.safetensors", "--force", "--quiet",
            "--data", "x.npy,y.npy", "--seed", str(case),
            *("--set=model.%s" % s for s in (
                "heads=%d" % heads, "states=%d" % states, "layers=%d" % layers,
                "prenorm=%s" % str(prenorm).lower(),
                "input_weight=%s" % ("fixed", "trained", "folded")[case % 3])))
        run("eval", "trained.safetensors", "--logits", "l.npy", "--force", "--quiet")
        run("export", "trained.safetensors", "-o", "out.safetensors", "--force")
        wanted = reference(load("out.safetensors"), shape, x)
        good &= compare("train, export: " + name, numpy.load("l.npy"), wanted)
    print("bound: %.0e of the largest logit" % BOUND)
    return 0 if good else 1


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        with open("train.yaml", "w") as f:
            f.write("kind: train\nsummary: parity\nsource: none\nquantised: false\n"
                    "data: {held_out: 0}\nmodel: {norm: layer}\nfloat: {epochs: 2}\n"
                    "optimiser: {batch: 4}\n")
        code = main()
        os.chdir("/")
    sys.exit(code)
