"""Symptoms of hyperparameters: each is found where it is, and not where it is not."""

from __future__ import annotations

import pytest

from nnfs import Dense, Dropout, ReLU, Residual, Sequential
from nnfs.losses import CrossEntropy
from nnfs.optimizers import SGD, Adam, AdamW
from nnfs.training.clipping import ClipNorm, ClipValue
from nnfs.training.diagnosis.case import Case
from nnfs.training.diagnosis.hyperparameters import heavy_dropout, strong_decay, strong_smoothing, tight_clip


def case(layers=(), loss=None, **how):
    return Case(Sequential([*layers, Dense(2)], 4), loss or CrossEntropy(), **how)


@pytest.mark.parametrize("optimizer", [SGD(0.01, weight_decay=10), Adam(weight_decay=1), AdamW(weight_decay=10)])
def test_a_decay_that_keeps_weights_at_0_is_found(optimizer):
    found = strong_decay(case(optimizer=optimizer))
    assert found is not None
    assert found.got == f"weight_decay={optimizer.weight_decay:g}"
    assert found.write == "weight_decay=0.0001 in the optimizer"


@pytest.mark.parametrize("optimizer", [None, SGD(0.01), SGD(0.01, weight_decay=0.1), AdamW(weight_decay=1)])
def test_usual_decays_are_fine(optimizer):
    assert strong_decay(case(optimizer=optimizer)) is None


def test_dropout_of_nearly_everything_is_found_within_a_block_too():
    found = heavy_dropout(case([Residual([Dense(4), ReLU(), Dropout(0.99)])]))
    assert found is not None
    assert found.where == "layer 0.body.2, Dropout(0.99)"
    assert found.got == "one number kept of 100"
    assert heavy_dropout(case([Dropout(0.8)])) is None


def test_smoothing_that_makes_classes_alike_is_found():
    assert strong_smoothing(case(loss=CrossEntropy(label_smoothing=0.999))) is not None
    assert strong_smoothing(case(loss=CrossEntropy(label_smoothing=0.2))) is None


@pytest.mark.parametrize("clip", [ClipNorm(1e-9), ClipValue(1e-9)])
def test_gradients_clipped_to_nothing_are_found_for_sgd(clip):
    found = tight_clip(case(optimizer=SGD(0.1), clip=clip))
    assert found is not None
    assert found.command in ("--clip-norm 1", "--clip-value 1")
    assert tight_clip(case(optimizer=Adam(), clip=clip)) is None
    assert tight_clip(case(optimizer=SGD(0.1), clip=ClipNorm(0.1))) is None
    assert tight_clip(case(optimizer=SGD(0.1))) is None
