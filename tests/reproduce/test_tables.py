"""The tables are aligned, not too wide, and mark missing figures."""

from __future__ import annotations

import pytest

from nnfs.reproduce.row import Row
from nnfs.reproduce.tables import tables
from nnfs.reproduce.tasks import TASKS

WIDEST = 120


def filled(name, dataset=None, torch=True):
    task = TASKS[name]
    row = Row(name, dataset or name, task)
    row.loss, row.train_loss, row.seconds = 0.12345, 0.0000123, 123.456
    row.settings = {"network": ["Flatten()", "Dense(10)"], "seed": 0, "epochs": 3, "batch_size": 32}
    row.settings |= {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.001}
    if torch:
        row.torch_loss, row.torch_seconds = 0.2, 246.912
    if name != "linear-small":
        row.accuracy = 0.98765
    row.compare()
    return row


def every_row(dataset="fashion-mnist", torch=True):
    return [filled(name, dataset if task.takes_images else None, torch) for name, task in TASKS.items()]


@pytest.mark.parametrize("torch_state", ["used", "not installed", "not asked for"])
def test_lines_are_aligned_and_fit(torch_state):
    lines = tables(every_row(torch=torch_state == "used"), "fashion-mnist", torch_state).splitlines()
    assert max(map(len, lines)) <= WIDEST
    rules = [index for index, line in enumerate(lines) if line and set(line) == {"-", "+"}]
    assert len(rules) == 2
    for rule, count in zip(rules, (3, 5), strict=True):
        assert len({len(line) for line in lines[rule - 1 : rule + 1 + count]}) == 1
    assert sum(torch_state in line for line in lines) == (8 if torch_state != "used" else 0)


def test_times_and_their_ratio_have_three_digits_however_short_they_are():
    row = filled("linear-small")
    row.seconds, row.torch_seconds = 0.004711, 0.2509
    (line,) = [line for line in tables([row], "digits", "used").splitlines() if line.startswith("linear-small ")]
    assert line.split("|")[-1].split() == ["0.00471", "0.251", "53.3"]


def test_figures_are_printed_as_people_read_them():
    text = tables([filled("cnn-1", "fashion-mnist")], "fashion-mnist", "used")
    (line,) = [line for line in text.splitlines() if line.startswith("cnn-1 ")]
    groups = [group.split() for group in line.split("|")]
    assert groups == [
        ["cnn-1"],
        ["0.3248", "86.60%"],
        ["0.1235", "98.77%", "1.23e-05", "yes"],
        ["0.2", "-"],
        ["123", "247", "2.00"],
    ]
    assert "moons" not in text


def test_digits_are_said_not_to_compare():
    assert "cannot be compared" in tables(every_row("digits"), "digits", "used")
    assert "cannot be compared" not in tables(every_row(), "fashion-mnist", "used")


def test_the_noise_of_points_that_are_ours_stands_beside_their_loss():
    row = filled("moons")
    row.noise_floor = 1.5e-7
    text = tables([row], "digits", "used")
    (line,) = [line for line in text.splitlines() if line.startswith("moons ")]
    assert line.split("|")[2].split() == ["1.5e-07"]
    assert "noise: the expected loss of the true function on the points of these rows, which nnfs draws itself" in text
    assert "noise" not in tables([filled("cnn-1", "fashion-mnist")], "fashion-mnist", "used")


def test_it_says_up_to_which_step_the_curves_agree():
    rows = [filled("moons"), filled("cnn-1", "fashion-mnist"), filled("cnn-2", "fashion-mnist", torch=False)]
    rows[0].steps, rows[0].agreeing_steps, rows[1].steps, rows[1].agreeing_steps = 5000, 5000, 4690, 812
    text = " ".join(tables(rows, "fashion-mnist", "used").split())
    assert "at most 1% in each step: moons in all 5,000 steps; cnn-1 in the first 812 of 4,690 steps." in text


def test_a_busy_machine_is_told():
    row = filled("moons")
    row.processor_share, row.torch_spread = 0.97, 1.1
    assert "busy" not in tables([row], "digits", "used")
    row.processor_share = 0.5
    assert "This machine is busy: of the processor time that was asked for it gave 50%" in tables(
        [row], "digits", "used"
    )


def test_a_row_that_failed_says_why():
    row = Row("moons", "moons", TASKS["moons"])
    row.error = "NumericError: the loss is nan at step 3"
    assert "moons is not complete: NumericError: the loss is nan at step 3" in tables([row], "digits", "used")


def test_no_rows_give_no_text():
    assert tables([], "digits", "used") == ""
