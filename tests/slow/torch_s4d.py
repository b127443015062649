# SPDX-License-Identifier: GPL-3.0-or-later
"""A minimal S4D classifier in PyTorch, and safetensors files without a package for them.

Equations: Gu, Gupta, Goel, Re, arXiv 2206.11893. Parameters carry the names that `ohmstate import`
reads. The channel mix is a 1x1 convolution: GELU's float32 backward in some builds of PyTorch
returns garbage for gradients with permuted strides, which a matmul mix would give it.
"""
import json
import math
import struct

import numpy
import torch
from torch import nn


class Kernel(nn.Module):
    """Convolution kernel 2 Re sum_m C Bbar Abar^l, zero-order hold."""

    def __init__(self, heads, states):
        super().__init__()
        modes = states // 2
        self.log_dt = nn.Parameter(
            torch.rand(heads) * (math.log(0.1) - math.log(0.001)) + math.log(0.001))
        self.C = nn.Parameter(torch.randn(heads, modes, 2) * math.sqrt(0.5))
        self.log_A_real = nn.Parameter(torch.full((heads, modes), math.log(0.5)))
        self.A_imag = nn.Parameter(math.pi * torch.arange(modes).repeat(heads, 1).float())

    def discretised(self):
        a = torch.complex(-torch.exp(self.log_A_real), self.A_imag)
        z = a * torch.exp(self.log_dt)[:, None]
        return z, torch.view_as_complex(self.C.contiguous()) * (torch.exp(z) - 1) / a

    def forward(self, steps):
        z, weight = self.discretised()
        powers = torch.exp(z[..., None] * torch.arange(steps, device=z.device))
        return 2 * torch.einsum("hm,hml->hl", weight, powers).real


class Layer(nn.Module):
    def __init__(self, heads, states):
        super().__init__()
        self.D = nn.Parameter(torch.randn(heads))
        self.kernel = Kernel(heads, states)
        self.activation = nn.GELU()
        self.output_linear = nn.Sequential(nn.Conv1d(heads, 2 * heads, 1), nn.GLU(dim=1))

    def forward(self, u):  # (batch, heads, steps)
        steps = u.shape[-1]
        spectrum = torch.fft.rfft(self.kernel(steps), n=2 * steps)
        y = torch.fft.irfft(torch.fft.rfft(u, n=2 * steps) * spectrum, n=2 * steps)[..., :steps]
        return self.output_linear(self.activation(y + u * self.D[:, None]))


class Classifier(nn.Module):
    def __init__(self, inputs, heads, states, layers, classes, prenorm=False):
        super().__init__()
        self.prenorm = prenorm
        self.encoder = nn.Linear(inputs, heads)
        self.s4_layers = nn.ModuleList(Layer(heads, states) for _ in range(layers))
        self.norms = nn.ModuleList(nn.LayerNorm(heads) for _ in range(layers))
        self.decoder = nn.Linear(heads, classes)

    def forward(self, x):  # (batch, steps, inputs)
        h = self.encoder(x).transpose(1, 2)
        for layer, norm in zip(self.s4_layers, self.norms):
            u = norm(h.transpose(1, 2)).transpose(1, 2) if self.prenorm else h
            h = h + layer(u)
            if not self.prenorm:
                h = norm(h.transpose(1, 2)).transpose(1, 2)
        return self.decoder(h.mean(dim=2))


class Stream:
    """The same float model one time step at a time, with everything discretised once."""

    def __init__(self, model):
        self.model = model
        self.layers = []
        for layer in model.s4_layers:
            z, weight = layer.kernel.discretised()
            conv = layer.output_linear[0]
            self.layers.append((torch.exp(z), 2 * weight, layer.D, conv.weight[..., 0], conv.bias))
        self.states = [torch.zeros_like(a) for a, *_ in self.layers]

    def step(self, x):  # (inputs)
        h = self.model.encoder(x)
        for i, (a, weight, d, mix, bias) in enumerate(self.layers):
            self.states[i] = a * self.states[i] + h[:, None]
            y = (weight * self.states[i]).sum(dim=1).real + d * h
            z = torch.addmv(bias, mix, nn.functional.gelu(y))
            h = self.model.norms[i](h + nn.functional.glu(z, dim=0))
        return h


def save(path, tensors):
    """Writes float32 tensors (name -> array) as safetensors."""
    header, blob = {}, b""
    for name, value in tensors.items():
        data = numpy.ascontiguousarray(value, dtype="<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape),
                        "data_offsets": [len(blob), len(blob) + len(data)]}
        blob += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + blob)


def load(path):
    """Reads the float32 tensors of a safetensors file."""
    with open(path, "rb") as f:
        content = f.read()
    n = struct.unpack("<Q", content[:8])[0]
    out = {}
    for name, entry in json.loads(content[8:8 + n]).items():
        if name == "__metadata__":
            continue
        first, end = entry["data_offsets"]
        values = numpy.frombuffer(content[8 + n + first:8 + n + end], dtype="<f4")
        out[name] = torch.tensor(values.reshape(entry["shape"]))
    return out


def state(model):
    return {name: value.detach().float().numpy() for name, value in model.state_dict().items()}
