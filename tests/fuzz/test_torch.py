"""Mutated PyTorch modules: other attributes, shapes, types and orders of layers."""

from __future__ import annotations

import numpy as np
from fuzzing import VALUES, survive

from nnfs import DTypeError, FormatError, ShapeError, UnsupportedError
from nnfs.io.torch import to_network

SHAPE = (2, 6, 6)


def make_module(nn):
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, groups=2),
        nn.BatchNorm2d(4),
        nn.ELU(),
        nn.Sequential(nn.MaxPool2d(2), nn.Identity(), nn.ConvTranspose2d(4, 3, 2, output_padding=0)),
        nn.Upsample(scale_factor=2),
        nn.AvgPool2d(2, padding=1),
        nn.ZeroPad2d((1, 0, 1, 0)),
        nn.LeakyReLU(0.2),
        nn.LayerNorm([3, 6, 6]),
        nn.Dropout(0.3),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(3, 4),
        nn.Softplus(),
    )


def mutate_module(rng, torch, module):
    parts = [part for part in module.modules() if part is not module]
    part = rng.choice(parts)
    kind = rng.randrange(6)
    if kind <= 1:
        names = [name for name in vars(part) if name[0] != "_"]
        names += ["weight"] if not names else []
        value = rng.choice((*VALUES, (1, 1), (0, 3), (2, 2, 2), -1, 4.0, float("nan"), torch.ones(2), torch.nn.ReLU()))
        vars(part)[rng.choice(names)] = value
    elif kind == 2:
        owners = [owner for owner in parts if owner._parameters or owner._buffers]
        owner = rng.choice(owners)
        held = rng.choice([held for held in (owner._parameters, owner._buffers) if held])
        name = rng.choice(list(held))
        old = held[name] if held[name] is not None else torch.ones(1)
        if old.is_sparse or old.is_meta:  # mutated before; PyTorch supports few operations on such a tensor
            return
        with torch.no_grad():
            held[name] = rng.choice(
                (
                    None,
                    old[:1] if old.ndim else old,
                    old.double(),
                    old.half(),
                    old.bfloat16(),
                    old[None],
                    old.to_sparse(),
                    old * float("nan"),
                    old.int(),
                    torch.zeros(0),
                    torch.empty(old.shape, device="meta"),
                    torch.ones(()).expand(old.shape),
                )
            )
    elif kind == 3:
        inner = rng.choice([module, *(part for part in parts if isinstance(part, torch.nn.Sequential))])
        if inner._modules:
            del inner._modules[rng.choice(list(inner._modules))]
    elif kind == 4:
        module._modules[rng.choice((*module._modules, "again"))] = part
    else:
        part.register_forward_hook(lambda *_: None)


def test_torch(torch, monkeypatch):
    def mutate(rng):
        torch.manual_seed(0)
        module = make_module(torch.nn)
        for _ in range(rng.choice((1, 1, 2))):
            mutate_module(rng, torch, module)
        return module, rng.choice((*(SHAPE,) * 6, (2, 5, 7), (3,), 4, (1, 6, 6), (2, 2**31, 2**31)))

    def convert(case):
        network = to_network(*case)
        network.predict(np.zeros((1, *network.input_shape), network.dtype))

    errors = (UnsupportedError, ShapeError, DTypeError, FormatError)
    survive("torch", mutate, convert, errors, monkeypatch)
