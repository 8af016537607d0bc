"""Rows: the comparison with published figures, and numbers that JSON does not have."""

from __future__ import annotations

import json

import pytest

from nnfs.reproduce.row import Row
from nnfs.reproduce.tasks import TASKS


@pytest.mark.parametrize(
    ("dataset", "loss", "accuracy", "beats"),
    [
        ("fashion-mnist", 0.3248, 0.8660, True),
        ("fashion-mnist", 0.3249, 0.9, False),
        ("fashion-mnist", 0.3, 0.8659, False),
        ("fashion-mnist", float("nan"), 0.9, False),
        ("fashion-mnist", None, None, None),
        ("digits", 0.1, 0.99, None),
    ],
)
def test_both_figures_must_be_as_good_on_the_same_images(dataset, loss, accuracy, beats):
    row = Row("cnn-1", dataset, TASKS["cnn-1"])
    row.loss, row.accuracy = loss, accuracy
    row.compare()
    assert row.beats_published is beats


def test_json_gets_null_for_what_is_not_finite():
    row = Row("moons", "moons", TASKS["moons"])
    row.loss, row.torch_loss = float("nan"), float("inf")
    read = json.loads(json.dumps(row.as_dict(), allow_nan=False))
    assert read["loss"] is None
    assert read["torch_loss"] is None
    assert read["published_loss"] == 0.0006
