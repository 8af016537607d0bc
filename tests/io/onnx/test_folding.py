"""Shapes that exporters take apart become the shapes of layers."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import check, load, node, normal, refused


@pytest.mark.parametrize("batch", ["n", 3])
def test_the_size_of_the_batch_may_be_taken_from_a_shape(batch):
    nodes = [
        node("Shape", ["x"], ["a"]),
        node("Gather", ["a", "first"], ["b"], axis=0),
        node("Unsqueeze", ["b", "zero"], ["c"]),
        node("Concat", ["c", "rest"], ["d"], axis=0),
        node("Reshape", ["x", "d"], ["e"]),
        node("MatMul", ["e", "m"], ["y"]),
    ]
    constants = {"first": np.array(0), "zero": np.array([0]), "rest": np.array([-1]), "m": normal(75, 4)}
    check(load(nodes, (3, 5, 5), constants, batch=batch), (3, 5, 5), "Flatten(), Dense(4, use_bias=False)")


def test_a_shape_that_moves_numbers_between_samples_is_refused():
    nodes = [node("Shape", ["x"], ["a"]), node("Mul", ["a", "two"], ["b"]), node("Reshape", ["x", "b"], ["y"])]
    refused(nodes, (4,), {"two": np.array([2, 1])}, "depends on the number of samples")
