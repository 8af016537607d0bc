"""Training ends where scikit-learn's would, and keeps the figures that scikit-learn keeps."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.metrics import r2_score
from sklearn.neural_network import MLPClassifier

from nnfs.callbacks import Callback, Checkpoint, EarlyStopping
from nnfs.sklearn import NNClassifier, NNRegressor
from nnfs.sklearn.stopping import Stopping
from nnfs.training.history import History

X, Y = make_classification(80, 4, n_informative=3, n_redundant=0, random_state=0)
TARGETS = make_regression(80, 4, random_state=0)[1]


def epochs_until_stop(losses, n_iter_no_change, tol):
    class Training:
        epoch, history, stopped = 0, History(), None

        def stop(self, reason):
            self.stopped = reason

    training, stopping = Training(), Stopping(n_iter_no_change, tol)
    for training.epoch, loss in enumerate(losses):
        training.history.epochs.append({"loss": loss})
        stopping.on_epoch_end(training)
        if training.stopped:
            return training.epoch + 1, training.stopped
    return None


@pytest.mark.parametrize(
    ("losses", "tol", "epochs"),
    [
        ([1.0, 1.0, 1.0, 1.0, 1.0], 0.1, 4),
        ([1.0, 0.95, 0.91, 0.88, 0.8, 0.7], 0.1, 6 - 2),  # better each time, but never by tol of the best
        ([1.0, 0.8, 0.6, 0.4, 0.2], 0.1, None),
        ([1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5], 0.0, None),  # by tol=0, an equal loss is good enough
        ([1.0, 2.0, 2.0, 0.5, 2.0, 2.0, 2.0], 0.0, 7),
    ],
)
def test_more_epochs_than_n_iter_no_change_without_a_better_one_end_it(losses, tol, epochs):
    found = epochs_until_stop(losses, 2, tol)
    assert (found and found[0]) == epochs
    if found:
        assert found[1] == f"the training loss has not become better by tol={tol:g} for 3 epochs"


def test_it_counts_as_scikit_learn_does():
    rng = np.random.default_rng(0)
    for _ in range(30):
        losses = np.round(rng.random(30), 1).tolist()
        theirs = MLPClassifier(n_iter_no_change=3, tol=0.05)
        theirs.best_loss_, theirs._no_improvement_count, theirs.loss_curve_ = math.inf, 0, []
        counts = []
        for loss in losses:
            theirs.loss_curve_.append(loss)
            theirs._update_no_improvement_count(False, None, None, None)
            counts.append(theirs._no_improvement_count)
        epoch = next((number for number, count in enumerate(counts, 1) if count > 3), None)
        found = epochs_until_stop(losses, 3, 0.05)
        assert (found and found[0]) == epoch


def test_the_figures_of_a_training_are_kept(backend):
    model = NNClassifier([4], epochs=7, tol=0, random_state=0).fit(X, Y)
    assert model.loss_curve_ == model.history_["loss"]
    assert (model.n_iter_, model.loss_) == (7, model.loss_curve_[-1])
    assert model.best_loss_ == min(model.loss_curve_)
    assert model.validation_scores_ is model.best_validation_score_ is None


def test_a_loss_that_stays_ends_the_training(backend):
    model = NNClassifier([4], tol=1e9, n_iter_no_change=4, random_state=0).fit(X, Y)
    assert model.n_iter_ == 6  # the first epoch is always better than none
    assert NNClassifier([4], epochs=9, tol=1e9, n_iter_no_change=np.inf, random_state=0).fit(X, Y).n_iter_ == 9


@pytest.mark.parametrize(("kind", "y"), [(NNClassifier, Y), (NNRegressor, TARGETS)])
def test_early_stopping_goes_back_to_the_weights_of_the_best_score(kind, y, backend):
    seen = []

    class Keep(Callback):
        def on_epoch_end(self, training):
            seen.append(training.network.vector.value.copy())

    model = kind([8], early_stopping=True, validation_fraction=0.25, n_iter_no_change=5, epochs=60, random_state=0)
    model.set_params(callbacks=[Keep()]).fit(X, y)
    assert len(model.validation_scores_) == model.n_iter_ == len(seen) == len(model.loss_curve_)
    assert model.best_loss_ is None
    best = int(np.argmax(model.validation_scores_))
    assert model.best_validation_score_ == model.validation_scores_[best]
    assert model.history_.best_epoch == best + 1
    np.testing.assert_array_equal(model.trainer_.network.vector.value, seen[best])
    assert "val_loss" in model.history_


def test_the_score_is_that_of_samples_that_were_held_out(backend):
    model = NNRegressor([8], early_stopping=True, validation_fraction=0.2, epochs=3, random_state=0).fit(X, TARGETS)
    _, held = model._split(TARGETS[:, None])
    assert len(held) == 16
    score = r2_score(TARGETS[held], model.predict(X[held]))
    assert model.best_validation_score_ == pytest.approx(score, rel=1e-9)


def test_classes_are_held_out_in_proportion():
    model = NNClassifier([4], early_stopping=True, validation_fraction=0.25, epochs=1, random_state=0)
    model.fit(X, np.arange(80) % 5 == 0)
    _, held = model._split((np.arange(80) % 5 == 0).astype(int))
    assert (np.arange(80) % 5 == 0)[held].sum() == 4


def test_weights_count_in_the_score():
    weight = np.where(np.arange(80) % 2, 1.0, 1e-9)
    model = NNClassifier([4], early_stopping=True, validation_fraction=0.3, epochs=1, random_state=0)
    model.fit(X, Y, sample_weight=weight)
    _, held = model._split(Y)
    odd = held[held % 2 == 1]
    assert model.best_validation_score_ == pytest.approx(np.mean(model.predict(X[odd]) == Y[odd]), abs=1e-6)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (slice(0, 5), r"^early_stopping needs at least 2 held-out samples .*, got 1 of 5 with validation_fraction=0.1"),
        (slice(0, 0), "minimum of 1 is required"),
    ],
)
def test_too_few_samples_to_hold_out_are_refused(samples, words):
    with pytest.raises(ValueError, match=words):
        NNRegressor([4], early_stopping=True).fit(X[samples], TARGETS[samples])


def test_a_class_of_one_sample_cannot_be_held_out():
    labels = np.array(["a", "b"])[Y].astype(object)
    labels[3] = "c"
    with pytest.raises(ValueError, match=r"^early_stopping needs at least 2 samples of each class, .* got 1 of 'c'"):
        NNClassifier([4], early_stopping=True).fit(X, labels)


def test_partial_fit_knows_no_early_stopping():
    for model, y in ((NNClassifier(early_stopping=True), Y), (NNRegressor(early_stopping=True), TARGETS)):
        with pytest.raises(ValueError, match=r"early_stopping=True cannot end. Try: early_stopping=False$"):
            model.partial_fit(X, y)


class Break(Callback):
    """Break off a training, as a power cut would."""

    def on_epoch_begin(self, training):
        if training.epoch == 4:
            raise KeyboardInterrupt


@pytest.mark.parametrize(("kind", "y"), [(NNClassifier, Y), (NNRegressor, TARGETS)])
def test_a_fit_that_was_broken_off_goes_on_from_its_checkpoint(kind, y, tmp_path, backend):
    model = kind([8], early_stopping=True, validation_fraction=0.3, n_iter_no_change=3, epochs=20, random_state=0)
    whole = clone(model).fit(X, y)
    broken = clone(model).set_params(callbacks=[Checkpoint(tmp_path), Break()])
    with pytest.raises(KeyboardInterrupt):
        broken.fit(X, y)
    assert not hasattr(broken, "network_")
    resumed = clone(model).set_params(callbacks=[Checkpoint(tmp_path, resume=True), Callback()]).fit(X, y)
    np.testing.assert_array_equal(resumed.predict(X), whole.predict(X))
    assert resumed.validation_scores_ == whole.validation_scores_
    assert resumed.loss_curve_ == whole.loss_curve_


def test_the_users_own_early_stopping_has_the_last_word(backend):
    own = EarlyStopping("loss", patience=2)
    model = NNClassifier([4], epochs=5, callbacks=[own], random_state=0).fit(X, Y)
    assert model.history_.best_epoch == own.best_epoch == 5
