"""The table of the results of several seeds."""

from __future__ import annotations

from nnfs.reproduce import TASKS, spread_table
from nnfs.reproduce.row import Row


def filled(name, dataset, loss, accuracy=None):
    row = Row(name, dataset, TASKS[name])
    row.loss, row.accuracy = loss, accuracy
    row.compare()
    return row


def test_mean_spread_and_worst_of_each_task():
    rows = [filled("moons", "moons", 2e-5, None), filled("cnn-1", "fashion-mnist", 0.30, 0.88)]
    rows += [filled("moons", "moons", 4e-5, None), filled("cnn-1", "fashion-mnist", 0.34, 0.86)]
    rows += [Row("cnn-1", "fashion-mnist", TASKS["cnn-1"])]  # a row without results
    lines = spread_table(rows).splitlines()
    assert [[cell.split() for cell in line.split("|")] for line in lines[3:]] == [
        [["moons", "2"], ["0.0006", "-"], ["3e-05", "1.414e-05", "4e-05"], ["-", "-", "-"], ["2", "of", "2"]],
        [
            *(["cnn-1", "2"], ["0.3248", "86.60%"], ["0.32", "0.02828", "0.34"]),
            *(["87.00%", "1.41%", "86.00%"], ["1", "of", "2"]),
        ],
    ]
    assert len({len(line) for line in lines[1:]}) == 1


def test_one_seed_has_no_spread():
    (*_, line) = spread_table([filled("cnn-5", "fashion-mnist", 0.3, 0.9)]).splitlines()
    assert line.split("|")[2].split() == ["0.3", "0", "0.3"]
