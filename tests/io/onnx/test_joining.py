"""Activations that exporters take apart become layers again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from onnx_models import check, load, node, refused


def gelu(order):
    products = {
        "x first": [node("Mul", ["x", "half"], ["h"]), node("Mul", ["h", "p"], ["y"])],
        "half last": [node("Mul", ["x", "p"], ["h"]), node("Mul", ["h", "half"], ["y"])],
        "half first": [node("Mul", ["p", "half"], ["h"]), node("Mul", ["x", "h"], ["y"])],
    }
    nodes = [node("Div", ["x", "root"], ["d"]), node("Erf", ["d"], ["e"]), node("Add", ["e", "one"], ["p"])]
    return [*nodes, *products[order]]


@pytest.mark.parametrize("order", ["x first", "half last", "half first"])
@pytest.mark.parametrize("size", [(), (1,)])
def test_a_gelu_of_erf_is_joined_again(backend, order, size):
    numbers = {"root": math.sqrt(2), "one": 1.0, "half": 0.5}
    constants = {name: np.full(size, number, np.float32) for name, number in numbers.items()}
    check(load(gelu(order), (4,), constants), (4,), "GELU()")


def test_what_is_almost_a_gelu_is_refused():
    constants = {name: np.float32(number) for name, number in {"root": 1.4, "one": 1.0, "half": 0.5}.items()}
    refused(gelu("x first"), (4,), constants, "Erf: no layer of nnfs does this")


def test_a_gelu_of_tanh_is_joined_again():
    nodes = [
        node("Pow", ["x", "three"], ["a"]),
        node("Mul", ["a", "cube"], ["b"]),
        node("Add", ["x", "b"], ["c"]),
        node("Mul", ["c", "slope"], ["d"]),
        node("Tanh", ["d"], ["e"]),
        node("Add", ["e", "one"], ["f"]),
        node("Mul", ["x", "f"], ["g"]),
        node("Mul", ["g", "half"], ["y"]),
    ]
    numbers = {"three": 3, "cube": 0.044715, "slope": math.sqrt(2 / math.pi), "one": 1, "half": 0.5}
    check(load(nodes, (4,), {name: np.float32(n) for name, n in numbers.items()}), (4,), "GELU('tanh')")


@pytest.mark.parametrize("beta", [1.0, 2.5])
def test_a_softplus_of_exp_and_log_is_joined_again(beta):
    nodes = [
        node("Mul", ["x", "beta"], ["a"]),
        node("Exp", ["a"], ["b"]),
        node("Add", ["b", "one"], ["c"]),
        node("Log", ["c"], ["d"]),
        node("Div", ["d", "beta"], ["e"]),
        node("Greater", ["a", "twenty"], ["f"]),
        node("Where", ["f", "x", "e"], ["y"]),
    ]
    constants = {"beta": np.float32(beta), "one": np.float32(1), "twenty": np.float32(20)}
    check(load(nodes, (4,), constants), (4,), f"Softplus({beta})" if beta != 1 else "Softplus()")


@pytest.mark.parametrize(
    ("nodes", "layer"),
    [
        ([node("Softplus", ["x"], ["a"]), node("Tanh", ["a"], ["b"]), node("Mul", ["x", "b"], ["y"])], "Mish()"),
        ([node("Abs", ["x"], ["a"]), node("Add", ["a", "one"], ["b"]), node("Div", ["x", "b"], ["y"])], "Softsign()"),
    ],
)
def test_mish_and_softsign_are_joined_again(nodes, layer):
    check(load(nodes, (4,), {"one": np.float32(1)}), (4,), layer)


def test_hard_swish_is_joined_again():
    nodes = [
        node("Add", ["x", "three"], ["a"]),
        node("Clip", ["a", "low", "high"], ["b"]),
        node("Mul", ["x", "b"], ["c"]),
        node("Div", ["c", "high"], ["y"]),
    ]
    constants = {name: np.float32(number) for name, number in {"three": 3, "low": 0, "high": 6}.items()}
    check(load(nodes, (4,), constants), (4,), "HardSwish()")
