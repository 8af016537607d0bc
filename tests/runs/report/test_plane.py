"""Pictures of networks of one or two inputs."""

from __future__ import annotations

import numpy as np

import nnfs
from nnfs.data import Samples
from nnfs.runs.report.measured import measure
from nnfs.runs.report.plane import draw_plane


def drawn(inputs, outputs, y, loss, **facts):
    network = nnfs.Sequential([nnfs.Dense(outputs)], inputs)
    network.loss, network.facts = loss, nnfs.Facts(**facts)
    x = np.random.default_rng(0).normal(size=(len(y), inputs)).astype(np.float32)
    return draw_plane(network, measure(network, Samples(x, y), "samples"), "p")


def test_two_columns_and_classes_have_a_decision_boundary(style):
    labels, names = np.arange(6) % 3, ["_a", "$b$", "<c>"]
    (picture,) = drawn(2, 3, labels, "cross_entropy", class_names=names, columns=["$width", "height"])
    for text in ("_a<", "$b$<", "&lt;c&gt;<", "$width<", "height<"):
        assert text in picture.svg
    assert picture.caption == "The decision boundary, with the samples."


def test_one_column_and_one_number_have_a_fitted_line(style):
    (picture,) = drawn(1, 1, np.ones((5, 1), np.float32), "l1", columns=["a"], target="b")
    assert picture.caption.startswith("The fitted line, with the samples: RMSE ")


def test_other_networks_have_none(style):
    assert drawn(3, 2, np.arange(6) % 2, "cross_entropy") == []
    assert drawn(2, 1, np.ones((5, 1), np.float32), "l1") == []
