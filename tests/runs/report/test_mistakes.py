"""The samples that a network got most wrong: those of a search through all, with their probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.runs.report.measured import Measured
from nnfs.runs.report.mistakes import MOST, mistake_facts, percent


def test_the_worst_are_those_of_a_search_through_all(classified):
    chances, labels = classified.probabilities, classified.labels
    found = mistake_facts(classified)["samples"]
    wrong = [n for n in range(60) if chances[n].argmax() != labels[n]]
    wanted = sorted(wrong, key=lambda n: chances[n, labels[n]])[:MOST]
    assert [sample["index"] for sample in found] == wanted
    for sample in found:
        n = sample["index"]
        assert sample["right"] == classified.class_names[labels[n]]
        assert sample["predicted"] == classified.class_names[chances[n].argmax()]
        assert sample["probabilities"][0] == (sample["predicted"], percent(chances[n].max()))
        assert sample["values"] == [f"{value:.4g}" for value in classified.x[n]]


def test_where_none_is_wrong_the_least_sure_are_shown(classified):
    classified.labels = classified.probabilities.argmax(axis=1)
    found = mistake_facts(classified)
    assert found["all_right"]
    assert found["samples"][0]["index"] == classified.probabilities.max(axis=1).argmin()


def test_of_numbers_the_largest_errors_are_shown():
    rng = np.random.default_rng(0)
    targets, outputs = rng.normal(size=(30, 2)), rng.normal(size=(30, 2))
    measured = Measured(np.zeros((30, 1)), "", targets, outputs, output_names=["a", "b"])
    errors = [((targets[n] - outputs[n]) ** 2).mean() for n in range(30)]
    found = mistake_facts(measured)["samples"]
    assert [sample["index"] for sample in found] == sorted(range(30), key=lambda n: -errors[n])[:MOST]
    assert found[0]["error"] == pytest.approx(max(errors))


def test_images_are_drawn_and_files_named():
    pytest.importorskip("matplotlib")
    x = np.linspace(0, 1, 8).reshape(2, 1, 2, 2)
    chances = np.array([[0.1, 0.9], [0.2, 0.8]])
    measured = Measured(x, "", x, x, np.array([0, 0]), chances, class_names=["a", "b"], files=["a/1.png", "a/2.png"])
    measured.numbers = np.array([7, 9])
    sample = mistake_facts(measured)["samples"][0]
    assert (sample["name"], sample["number"]) == ("7, a/1.png", 7)
    assert sample["image"].startswith("data:image/png;base64,")
    assert mistake_facts(measured)["columns"] == []


def test_a_wrong_answer_is_shown_with_its_probability():
    right, said = np.array([[1.0, 0.0]]), np.array([[0.3, 0.1]])
    measured = Measured(np.zeros((1, 1)), "", right, said, answers=True, output_names=["a", "b"])
    assert mistake_facts(measured)["samples"][0]["probabilities"] == [("a", "30.0%")]


def test_a_probability_looks_certain_only_if_it_is():
    assert [percent(share) for share in (0.0, 1e-6, 0.123, 0.9999, 1.0)] == [
        "0.0%",
        "<0.1%",
        "12.3%",
        ">99.9%",
        "100.0%",
    ]
