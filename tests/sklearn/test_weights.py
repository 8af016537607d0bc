"""Weights of classes: dicts, "balanced", and what is neither."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.utils.class_weight import compute_sample_weight

from nnfs import DTypeError
from nnfs.sklearn.weights import by_class, with_mean_one

CLASSES = np.array(["a", "b", "c"])
LABELS = np.array(["a", "b", "a", "c", "a"])
X = np.zeros((5, 2), np.float32)


@pytest.mark.parametrize("class_weight", ["balanced", {"a": 2, "b": 0.5, "c": 0}, {"b": 3}])
def test_they_are_those_of_scikit_learn(class_weight):
    found = by_class(class_weight, CLASSES, LABELS, None, X)
    np.testing.assert_allclose(found, compute_sample_weight(class_weight, LABELS), rtol=1e-6)
    assert found.dtype == X.dtype


def test_balanced_counts_a_sample_of_weight_2_twice():
    weight = np.array([2, 1, 0, 1, 1], np.float32)
    found = by_class("balanced", CLASSES, LABELS, weight, X)
    assert [found[label == LABELS].sum() for label in "abc"] == pytest.approx([5 / 3] * 3)


def test_a_class_without_samples_is_none_of_those_that_count_the_same():
    np.testing.assert_allclose(by_class("balanced", CLASSES, LABELS[:3], None, X[:3]), [0.75, 1.5, 0.75])


def test_a_label_that_a_fold_lacks_is_no_error():
    assert by_class({"a": 2, "b": 1, "z": 9}, CLASSES[:2], LABELS[:3], None, X[:3]).tolist() == [2, 1, 2]


@pytest.mark.parametrize(
    ("class_weight", "error", "words"),
    [
        ({"A": 2}, ValueError, r"^class_weight must have labels that y has, \['a', 'b', 'c'\], got 'A'$"),
        ({"a": -1}, ValueError, r"^class_weight\['a'\] must be a finite number >= 0, got -1$"),
        ({"a": "many"}, DTypeError, r"^class_weight\['a'\] must be a number, got 'many'"),
        ({"a": 0, "b": 0, "c": 0}, ValueError, "^class_weight must be above 0 for at least one class that y has"),
        ("equal", DTypeError, r"^class_weight must be a dict such as \{'a': 10\}, 'balanced' or None, got 'equal'$"),
        ([1, 2, 3], DTypeError, r"^class_weight must be a dict .*, got \[1, 2, 3\]$"),
    ],
)
def test_what_is_wrong_is_named(class_weight, error, words):
    with pytest.raises(error, match=words):
        by_class(class_weight, CLASSES, LABELS, None, X)


def test_weights_of_2_for_all_are_weights_of_1():
    assert with_mean_one(np.full(3, 2.0)).tolist() == [1, 1, 1]
    assert with_mean_one(None) is None
