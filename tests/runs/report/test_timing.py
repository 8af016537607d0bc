"""Where the time went: the shares of the layers add up."""

from __future__ import annotations

import pytest

from nnfs.runs.report.timing import layer_rows


def test_forward_and_backward_of_a_layer_stand_in_one_row():
    nodes = [
        {"layers": "0 a", "direction": "forward", "microseconds": 1.0},
        {"layers": "1 b", "direction": "forward", "microseconds": 2.0},
        {"layers": "1 b", "direction": "backward", "microseconds": 4.0},
    ]
    rows = layer_rows({"nodes": nodes, "step_microseconds": 9.0, "overhead_microseconds": 3.0})
    assert [(row["layers"], row["forward"], row["backward"], row["total"]) for row in rows] == [
        ("0 a", 1, None, 1),
        ("1 b", 2, 4, 6),
        ("in no layer", None, None, 3),
    ]
    assert sum(row["share"] for row in rows) == pytest.approx(1)
