# SPDX-License-Identifier: GPL-3.0-or-later
"""Training and streaming speed beside PyTorch's, on this machine, in turns.

usage: torch_yardstick.py PATH/TO/ohmstate [ROUNDS]
Both run the settings of `ohmstate bench train` and `bench stream`; the medians over the rounds and
their ratios are printed. Fails where a ratio is below 3 (training) or 10 (streaming).
"""
import json
import os
import statistics
import subprocess
import sys
import time

import torch
from torch import nn

from torch_s4d import Classifier, Stream

BATCH, STEPS, CLASSES = 64, 784, 10
SETTINGS = {"train.float.small": (64, 16, 2), "train.float.large": (128, 64, 4)}
LEAST = {"train.float.small": 3, "train.float.large": 3, "stream": 10}


def gradient(model, x, y):
    model.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    return torch.cat([p.grad.flatten().double() for p in model.parameters()])


def check_gradient():
    """A yardstick that computes something else would measure something else."""
    torch.manual_seed(1)
    model, y = Classifier(1, 64, 16, 2, CLASSES), torch.arange(4) % CLASSES
    x = torch.randn(4, 64, 1)
    single = gradient(model, x, y)
    double = gradient(model.double(), x.double(), y)
    error = ((single - double).norm() / double.norm()).item()
    if not error < 1e-4:
        sys.exit("PyTorch's float32 gradient is off by %g: its timing says nothing" % error)


class Trainer:
    def __init__(self, heads, states, layers):
        torch.manual_seed(1)
        self.model = Classifier(1, heads, states, layers, CLASSES)
        self.x = torch.randn(BATCH, STEPS, 1)
        self.y = torch.arange(BATCH) % CLASSES
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=0.01)
        self.step()

    def step(self):
        start = time.perf_counter()
        self.optimiser.zero_grad()
        nn.functional.cross_entropy(self.model(self.x), self.y).backward()
        self.optimiser.step()
        return BATCH / (time.perf_counter() - start)


def streaming_speed(steps=2000):
    torch.manual_seed(1)
    torch.set_num_threads(1)
    with torch.no_grad():
        stream, x = Stream(Classifier(1, 64, 16, 2, CLASSES)), torch.randn(steps, 1)
        start = time.perf_counter()
        for t in range(steps):
            stream.step(x[t])
        speed = steps / (time.perf_counter() - start)
    torch.set_num_threads(THREADS)
    return speed


def ours(ohmstate):
    out = subprocess.run([ohmstate, "bench", "train", "stream", "--json"], check=True,
                         stdout=subprocess.PIPE).stdout
    return {r["name"]: r["value"] for r in json.loads(out)["results"]}


THREADS = len(os.sched_getaffinity(0))


def main():
    ohmstate = os.path.realpath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    torch.set_num_threads(THREADS)
    check_gradient()
    trainers = {name: Trainer(*setting) for name, setting in SETTINGS.items()}
    peer = {name: [] for name in LEAST}
    mine = {}
    for _ in range(rounds):
        for name, trainer in trainers.items():
            peer[name] += [trainer.step() for _ in range(2)]
        peer["stream"].append(streaming_speed())
        for name, value in ours(ohmstate).items():
            mine.setdefault(name, []).append(value)
    mine = {name: statistics.median(values) for name, values in mine.items()}
    peer = {name: statistics.median(values) for name, values in peer.items()}
    print("PyTorch %s, %d threads, %d rounds in turns" % (torch.__version__, THREADS, rounds))
    print("%-22s %12s %12s %8s" % ("", "ohmstate", "PyTorch", "ratio"))
    good = True
    for name, least in LEAST.items():
        ratio = mine[name] / peer[name]
        good &= ratio >= least
        print("%-22s %12.0f %12.1f %7.1fx  (at least %dx)" % (name, mine[name], peer[name], ratio,
                                                             least))
    print("quantisation-aware over float step: %.2f" %
          (mine["train.quantised.small"] / mine["train.float.small"]))
    print("two threads over one: %.2f" %
          (mine["train.float.small"] / mine["train.float.small.one_thread"]))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
