"""The confusion matrix of a page: its counts, its figures of each class, and its list of mistakes."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.runs.report import confusion
from nnfs.runs.report.confusion import answer_facts, confusion_facts
from nnfs.runs.report.measured import Measured


def test_counts_and_figures_are_those_of_naive_loops(classified):
    found = confusion_facts(classified)
    predicted = classified.probabilities.argmax(axis=1)
    counts = [[0] * 3 for _ in range(3)]
    for label, guess in zip(classified.labels, predicted, strict=True):
        counts[label][guess] += 1
    assert found["matrix"] == counts
    assert found["wrong"] == sum(counts[t][p] for t in range(3) for p in range(3) if t != p)
    assert found["count"] == 60
    for k, (name, count, precision, recall, _) in enumerate(found["classes"]):
        assert name == classified.class_names[k]
        assert count == sum(counts[k])
        assert precision == pytest.approx(counts[k][k] / sum(counts[t][k] for t in range(3)))
        assert recall == pytest.approx(counts[k][k] / sum(counts[k]))
    pairs = [(counts[t][p], t, p) for t in range(3) for p in range(3) if t != p and counts[t][p]]
    assert [count for count, _, _ in found["pairs"]] == sorted((count for count, _, _ in pairs), reverse=True)


def test_of_many_classes_the_mistakes_alone_are_shown(classified, monkeypatch):
    monkeypatch.setattr(confusion, "MOST_CLASSES", 2)
    found = confusion_facts(classified)
    assert found["matrix"] is None
    assert found["pairs"]


def test_yes_or_no_answers_are_counted_one_by_one():
    right = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    said = np.array([[0.9, 0.8], [0.2, 0.7], [0.1, 0.3]])
    measured = Measured(np.zeros((3, 1)), "", right, said, answers=True, output_names=["a", "b"])
    assert answer_facts(measured) == [
        {"name": "a", "yes_right": 1, "yes_missed": 1, "no_right": 1, "no_wrong": 0},
        {"name": "b", "yes_right": 1, "yes_missed": 0, "no_right": 1, "no_wrong": 1},
    ]
    assert confusion_facts(measured) is None
