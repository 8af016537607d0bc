"""A network for each layer, whose pass is explained."""

from __future__ import annotations

import copy
from functools import partial

import numpy as np
from layer_examples import all_examples

import nnfs
from nnfs import layers
from nnfs.testing.layer_case import LayerCase

IMAGE = (4, 6, 5)
CASES = {
    "Dense": (lambda: layers.Dense(4), (3,)),
    "Dense without bias": (lambda: layers.Dense(4, use_bias=False), (3,)),
    "Dense of rows": (lambda: layers.Dense(4), (2, 3)),
    "Conv1D": (lambda: layers.Conv1D(4, 3, stride=2, padding=2, dilation=2, groups=2), (4, 9)),
    "BatchNorm of signals": (layers.BatchNorm, (3, 4)),
    "Conv2D": (lambda: layers.Conv2D(4, (3, 2), stride=2, padding=(2, 1), dilation=(2, 1), groups=2), IMAGE),
    "Conv2D without bias": (lambda: layers.Conv2D(3, 3, padding="same", use_bias=False), IMAGE),
    "AvgPool2D": (lambda: layers.AvgPool2D(3, stride=2, padding=1), IMAGE),
    "AvgPool2D of pixels": (lambda: layers.AvgPool2D(3, stride=2, padding=1, count_include_pad=False), IMAGE),
    "Upsample2D": (lambda: layers.Upsample2D((2, 3)), IMAGE),
    "Upsample2D bilinear": (lambda: layers.Upsample2D((2, 3), mode="bilinear"), IMAGE),
    "BatchNorm of features": (layers.BatchNorm, (5,)),
    "LayerNorm of features": (layers.LayerNorm, (5,)),
    "Dropout": (lambda: layers.Dropout(0.4), (12,)),
    "LeakyReLU": (lambda: layers.LeakyReLU(0.1), (9,)),
    "Residual": (lambda: layers.Residual([layers.Conv2D(4, 3, padding=1), layers.ReLU()]), IMAGE),
    "Residual with shortcut": (lambda: layers.Residual([layers.Dense(4), layers.Tanh()], [layers.Dense(4)]), (3,)),
    "Concat": (lambda: layers.Concat([[layers.Conv2D(2, 1)], [], [layers.MaxPool2D(3, stride=1, padding=1)]]), IMAGE),
}
# Of every other layer the last of its examples is explained, so that a new layer needs no case of its own.
CASES |= {
    type(example.layer).__name__: (partial(copy.deepcopy, example.layer), example.input_shape)
    for example in all_examples()
    if type(example.layer).__name__ not in CASES
}


def explained(name, *, dtype="float64", training=False, batch=3):
    """Return the explanation of one layer between two that make gradients of unlike numbers, and the network."""
    make, shape = CASES[name]
    layer = make()
    last = layers.Tanh()
    network = nnfs.Sequential([layer, last], shape, dtype=dtype)
    rng = np.random.default_rng(1)
    for array in [*(p.value for p in network.parameters.values()), *network.buffers.values()]:
        if array.dtype.kind == "f":
            array += rng.uniform(0.1, 0.3, array.shape)
    case = LayerCase(layer, shape, batch, 1, training)
    y = rng.normal(size=(batch, *network.output_shape))
    return network.explain(
        case.x().astype(dtype), y.astype(dtype), loss="mean_squared_error", training=training
    ), network


def places(shape, rng, most=12):
    """Return random places in an array of this shape, all of them in a small one."""
    every = list(np.ndindex(shape))
    return [every[k] for k in rng.permutation(len(every))[:most]]
