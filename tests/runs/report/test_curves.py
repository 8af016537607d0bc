"""Curves over the epochs: which ones stand together, what is marked, and the sentence below."""

from __future__ import annotations

import math
import re

from nnfs.runs.report import open_record
from nnfs.runs.report.curves import (
    Curve,
    Panel,
    constant_rate,
    describe,
    draw_panel,
    joint_panels,
    panels_of,
    seconds_panel,
)


def test_training_stands_beside_validation_and_the_rate_by_itself(moons):
    record = open_record(moons)
    panels = {panel.figure: panel for panel in panels_of(record)}
    assert list(panels) == ["loss", "accuracy"]
    losses = [epoch["loss"] for epoch in record.epochs]
    assert panels["loss"].curves[0] == Curve("training", losses)
    assert panels["loss"].curves[1] == Curve("validation", [epoch["val_loss"] for epoch in record.epochs])
    assert panels["loss"].marks == {"checkpoint": [1.0, 2.0]}
    assert constant_rate(record) == 0.001
    record.epochs[1]["learning_rate"] = 0.0005
    assert constant_rate(record) is None
    assert panels_of(record)[-1] == Panel("learning_rate", [Curve("learning rate", [0.001, 0.0005])], {})
    assert seconds_panel(record).curves[0].values == [epoch["seconds"] for epoch in record.epochs]


def test_the_weights_that_early_stopping_kept_are_marked(moons):
    record = open_record(moons)
    record.best_epoch = record.epoch = 1
    assert panels_of(record)[0].marks["weights kept"] == [1.0]
    assert record.figures == record.epochs[0]
    record.is_finished, record.best_epoch = False, None
    assert panels_of(record)[0].marks["weights shown here"] == [1.0]


def test_runs_stand_together_figure_by_figure_and_losses_of_one_kind(moons, regression):
    first, second, other = open_record(moons), open_record(moons), open_record(regression)
    panels = {panel.figure: panel for panel in joint_panels([first, second, other], ["A", "B", "C"])}
    assert [curve.name for curve in panels["training: cross_entropy loss"].curves] == ["A", "B"]
    assert "learning_rate" not in panels
    first.epochs[1]["learning_rate"] = 0.0005
    panels = {panel.figure: panel for panel in joint_panels([first, second, other], ["A", "B", "C"])}
    assert [curve.name for curve in panels["learning_rate"].curves] == ["A", "B", "C"]
    assert not [name for name in panels if "mean_squared_error" in name]


def test_the_sentence_has_ends_and_extremes():
    panel = Panel("accuracy", [Curve("training", [0.5, 0.25, 0.75]), Curve("validation", [math.nan])], {})
    assert describe(panel) == (
        "accuracy: training from 0.5 to 0.75 (lowest 0.25, highest 0.75); validation: no finite number."
    )
    assert describe(Panel("learning_rate", [Curve("learning rate", [0.1, 0.1])], {})) == "learning rate: 0.1."


def test_a_run_that_ended_in_its_first_epoch_has_the_loss_of_its_steps(moons, style):
    record = open_record(moons)
    record.epochs, record.step_losses = [], [1.0, 200.0, 3e30]
    (panel,) = panels_of(record)
    assert panel == Panel("loss", [Curve("training", [1.0, 200.0, 3e30])], {}, "step")
    drawn = draw_panel(panel, "p")
    assert "Curve over steps, loss: training from 1 to 3e+30" in drawn.svg
    assert joint_panels([record, record], ["A", "B"]) == []


def test_a_run_without_a_step_has_no_curves(moons):
    record = open_record(moons)
    record.epochs, record.step_losses = [], []
    assert panels_of(record) == []
    assert seconds_panel(record) is None
    assert record.figures == {}


def test_a_picture_has_names_of_axes_and_a_legend(style):
    marks = {"checkpoint": [1.0], "weights kept": [2.0]}
    svg = draw_panel(Panel("loss", [Curve("training", [100.0, 1.0]), Curve("validation", [80.0, 2.0])], marks), "p").svg
    for text in ("epoch", "loss", "training", "validation", "checkpoint", "weights kept"):
        assert f">{text}<" in svg
    assert "$" not in svg  # a logarithmic scale with plain numbers
    draw_panel(Panel("loss", [Curve("training", [math.nan])], {}), "p")


def test_many_curves_have_their_names_beside_them_and_a_short_sentence(style):
    curves = [Curve(letter, [1.0, 0.5 - place / 10]) for place, letter in enumerate("ABCDE")]
    picture = draw_panel(Panel("training: accuracy", curves, {}), "p")
    assert picture.caption == ("training: accuracy, in the last epoch of each run: A 0.5; B 0.4; C 0.3; D 0.2; E 0.1.")
    assert "A from 1 to 0.5" in picture.svg


def test_ticks_are_round_numbers_and_whole_epochs(style):
    def ticks(values):
        svg = draw_panel(Panel("loss", [Curve("training", values)], {}), "p").svg
        return re.findall(r">([\d.e-]+)</text>", svg)

    assert ticks([30.0, 0.8]) == ["1", "2", "1", "2", "5", "10", "20"]
    assert ticks([2e4, 3e-2]) == ["1", "2", "0.1", "1", "10", "100", "1000", "10000"]
    assert [text for text in ticks([0.3]) if "." not in text] == ["1"]


def test_an_accuracy_that_hardly_moves_is_not_drawn_as_a_mountain(style):
    for values in ([0.0875, 0.1075], [0.999, 1.0], [0.5, 0.5]):
        picture = draw_panel(Panel("accuracy", [Curve("training", values)], {}), "a")
        ticks = [float(text) for text in re.findall(r">(\d\.\d+)</text>", picture.svg)]
        assert max(ticks) - min(ticks) > 0.05
