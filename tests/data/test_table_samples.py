"""The samples of a table whose values are read: numbers as they are, texts as categories, labels left out with gaps."""

from __future__ import annotations

import numpy as np

from nnfs.data.table_samples import as_samples
from nnfs.data.table_values import Values

OPTIONS = {"class_names": (), "drop": (), "known": None, "needs_labels": True, "may_drop": True}


def test_numbers_stay_as_they_are_and_rows_without_a_label_go():
    values = Values([2, 3, 4], [np.array([1.5, 2, np.nan])], ["a", "", "b"], [1.0, 2.0, 3.0], {}, {})
    dtype = np.dtype("f8")
    found = as_samples(values, ["x"], "kind", missing="drop", dtype=dtype, **OPTIONS)
    assert (found.train.x.tolist(), found.train.y.tolist(), found.train.weights.tolist()) == ([[1.5]], [0], [1])
    assert (found.class_names, found.columns, found.target) == (("a",), ("x",), "kind")
    plain = as_samples(values._replace(features=[np.arange(3.0)]), ["x"], None, missing=None, dtype=dtype, **OPTIONS)
    assert (plain.preprocessing, plain.train.x.tolist(), plain.train.y) == (None, [[0], [1], [2]], None)
