"""Graphs whose paths branch and join again become layers that hold layers."""

from __future__ import annotations

import numpy as np
from onnx_models import check, load, node, normal, refused


def test_a_residual_block_is_converted_in_either_order():
    constants = {"w": normal(4, 4), "b": normal(4)}
    body = [node("MatMul", ["x", "w"], ["a"]), node("Add", ["a", "b"], ["h"]), node("Relu", ["h"], ["r"])]
    for inputs in (["r", "x"], ["x", "r"]):
        graph = load([*body, node("Add", inputs, ["y"])], (4,), constants)
        check(graph, (4,), "Residual([Dense(4), ReLU()])")


def test_branches_that_join_become_a_layer():
    nodes = [
        node("Tanh", ["x"], ["t"]),
        node("MatMul", ["t", "w"], ["a"]),
        node("Sigmoid", ["t"], ["b"]),
        node("Concat", ["a", "t", "b"], ["c"], axis=-1),
        node("Sigmoid", ["c"], ["s"]),
        node("Mul", ["c", "s"], ["y"]),
    ]
    layers = "Tanh(), Concat([[Dense(2, use_bias=False)], [], [Sigmoid()]]), SiLU()"
    check(load(nodes, (4,), {"w": normal(4, 2)}), (4,), layers)


def test_branches_that_no_layer_joins_are_refused():
    nodes = [
        node("Tanh", ["x"], ["t"]),
        node("Add", ["t", "x"], ["a"]),
        node("Add", ["a", "t"], ["y"]),  # t is used within the first block and outside of it
    ]
    refused(nodes, (4,), message="goes to places that no Residual or Concat joins again")
    nodes = [node("Tanh", ["x"], ["t"]), node("Relu", ["x"], ["r"]), node("Mul", ["t", "r"], ["y"])]
    refused(nodes, (4,), message="x times what layers make of x is a Gate")
    refused([node("Concat", ["x", "c"], ["y"], axis=1)], (4,), {"c": normal(1, 2)}, "no layer of nnfs does this")
    refused([node("Concat", ["x", "x"], ["y"], axis=0)], (4,), {}, "attribute axis")


def test_a_softplus_with_beta_within_a_residual_block_is_converted():
    constants = {"b": np.float32(2.5), "i": np.float32(0.4)}
    nodes = [
        node("Tanh", ["x"], ["t"]),
        node("Mul", ["t", "b"], ["m"]),
        node("Softplus", ["m"], ["p"]),
        node("Mul", ["i", "p"], ["s"]),
        node("Add", ["s", "t"], ["y"]),
    ]
    check(load(nodes, (4,), constants), (4,), "Tanh(), Residual([Softplus(2.5)])")
