"""Networks that tests of files in C and in Python write."""

from __future__ import annotations

import copy
import math

import numpy as np
from layer_examples import all_examples

import nnfs
from nnfs import Concat, Dense, Flatten, Reshape, Sequential
from nnfs.io.source.layer_steps import STEPS
from nnfs.network.preprocessing import Column, Preprocessing

EXAMPLES = [example for example in all_examples() if type(example.layer) in STEPS]


def every_layer(dtype="float32"):
    """Return a network with a branch for every example of a layer, and each branch's place among the outputs.

    A branch makes of the 8 inputs a sample of the shape that its layer wants. One file then holds all layers.
    """
    branches = []
    for example in EXAMPLES:
        size = math.prod(example.input_shape)
        branches.append([Dense(size), Reshape(example.input_shape), copy.deepcopy(example.layer), Flatten()])
    net = Sequential([Concat(branches)], 8, seed=3, dtype=dtype)
    change_numbers(net)
    sizes = [chain.shapes[-1][0] for chain in net.layers[0].chains.values()]
    ends = np.cumsum(sizes)
    return net, {str(example): slice(end - size, end) for example, end, size in zip(EXAMPLES, ends, sizes, strict=True)}


def change_numbers(net):
    """Give all numbers of a network random values, so that none are 0 or 1; variances stay positive."""
    rng = np.random.default_rng(1)
    for array in net.buffers.values():
        if array.dtype.kind == "f":
            array[...] = rng.uniform(0.5, 1.5, array.shape)
    for parameter in net.parameters.values():
        parameter.value += rng.uniform(-0.1, 0.1, parameter.value.shape)


def batch(net, rows=3):
    return np.random.default_rng(0).normal(size=(rows, *net.input_shape)).astype(net.dtype)


TABLE = Preprocessing(
    (Column("town", ("Oslo", 'Pa"ris*/', "Rom é")), Column("age", None, 2.5), Column("member", None, 0.25)), "mean"
)
ROWS = [
    ["Oslo", "1.5", "True"],
    ["Rom é", "", "FALSE"],
    ["unknown", "-3e2", "NaN"],
    ['Pa"ris*/', "N/A", "0"],
    ["-", "4", "true"],
]


def on_a_table(missing="mean"):
    """Return a network that was trained on a raw table, the rows of one as texts, and x of them."""
    net = Sequential([Dense(3)], len(TABLE.features), seed=0)
    columns = TABLE.columns if missing == "mean" else [column._replace(mean=None) for column in TABLE.columns]
    net.facts = nnfs.Facts(columns=TABLE.features, preprocessing=Preprocessing(tuple(columns), missing))
    x = [
        [1, 0, 0, 1.5, 1],
        [0, 0, 1, 2.5, 0],
        [0, 0, 0, -300, 0.25],
        [0, 1, 0, 2.5, 0],
        [0, 0, 0, 4, 1],
    ]
    return net, ROWS, np.array(x, np.float32)
