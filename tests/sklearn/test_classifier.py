"""The classifier learns labels by the loss of choice, with classes that count more or less."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_blobs
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

import nnfs
from nnfs.losses import CrossEntropy, Loss
from nnfs.optimizers import SGD
from nnfs.sklearn import NNClassifier

X, Y = make_blobs(90, 3, centers=3, cluster_std=2.0, random_state=0)
NAMES = np.array(["cat", "dog", "owl"])[Y]


def made(**arguments):
    return NNClassifier([8], **{"epochs": 5, "random_state": 0} | arguments)


def test_two_classes_may_have_one_output(tmp_path, backend):
    x, names = X[Y < 2], NAMES[Y < 2]
    model = made(loss="binary_cross_entropy", epochs=100, optimizer=SGD(0.3)).fit(x, names)
    assert (model.n_outputs_, model.out_activation_) == (1, "logistic")
    assert model.score(x, names) > 0.8
    assert model.predict_proba(x).shape == (len(x), 2)
    np.testing.assert_array_equal(model.classes_[(model.decision_function(x) > 0).astype(int)], model.predict(x))
    np.testing.assert_allclose(1 / (1 + np.exp(-model.decision_function(x))), model.predict_proba(x)[:, 1])
    nnfs.save(model.network_, tmp_path / "a.safetensors")
    again = nnfs.load(tmp_path / "a.safetensors")
    assert again.facts.class_names == ("cat", "dog")
    np.testing.assert_array_equal(again.predict(x)[:, 0], model.decision_function(x))


def test_two_classes_with_one_output_learn_what_scikit_learns_learn():
    """One step of plain gradient descent from equal weights."""
    x, y = X[Y < 2], Y[Y < 2]
    settings = {"random_state": 0, "batch_size": 60, "shuffle": False, "alpha": 0.0}
    theirs = MLPClassifier([8], solver="sgd", momentum=0, learning_rate_init=0.1, max_iter=1, **settings)
    ours = NNClassifier([8], optimizer=SGD(0.1), loss="binary_cross_entropy", epochs=1, **settings).fit(x, y)
    start = NNClassifier([8], optimizer=SGD(1e-300), loss="binary_cross_entropy", epochs=1, **settings).fit(x, y)
    theirs.partial_fit(x, y, classes=[0, 1])
    values = [parameter.value for parameter in start.network_.parameters.values()]
    theirs.coefs_ = [values[0].T.copy(), values[2].T.copy()]
    theirs.intercepts_ = [values[1].copy(), values[3].copy()]
    del theirs._optimizer  # it holds the old weights
    theirs.partial_fit(x, y)
    np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x), rtol=1e-9)


def test_alpha_is_the_penalty_of_scikit_learn():
    x, y = X[Y < 2], Y[Y < 2]
    settings = {"optimizer": SGD(0.1), "batch_size": 60, "epochs": 1, "random_state": 0}
    start, plain, penalized = (
        NNClassifier([8], **settings | {"alpha": alpha} | more).fit(x, y)
        for alpha, more in ((0.0, {"optimizer": SGD(1e-300)}), (0.0, {}), (6.0, {}))
    )
    weights = [model.network_.parameters["0.weight"].value for model in (start, plain, penalized)]
    np.testing.assert_allclose(weights[2], weights[1] - 0.1 * (6.0 / 60) * weights[0], rtol=1e-9)


def test_alpha_is_added_to_the_optimizers_own_decay():
    model = made(alpha=2.0, optimizer=SGD(0.1, weight_decay=0.5), batch_size=40).fit(X, Y)
    assert model.trainer_.optimizer.weight_decay == 0.5 + 2.0 / 40
    assert model.optimizer.weight_decay == 0.5


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ("binary_cross_entropy", r"is for 2 classes, got 3. Try: loss='cross_entropy'$"),
        ("l1", "must know classes, got 'l1'. Try: loss='cross_entropy'$"),
        ("log_loss", "unknown loss 'log_loss'"),
    ],
)
def test_a_loss_of_numbers_is_refused(loss, words):
    with pytest.raises(ValueError, match=words):
        made(loss=loss).fit(X, Y)


def test_a_loss_may_have_settings():
    smooth, sharp = (made(loss=CrossEntropy(label_smoothing=share), epochs=100).fit(X, Y) for share in (0.5, 0.0))
    assert smooth.predict_proba(X).max() < sharp.predict_proba(X).max()


class Focal(CrossEntropy):
    """A loss of the user's own."""

    name = "focal"

    def __call__(self, outputs, targets, *, gradient):
        loss = super().__call__(outputs, targets, gradient=gradient)
        gradient *= 2
        return 2 * loss


def test_a_loss_of_the_users_own_is_taken():
    assert issubclass(Focal, Loss)
    model = made(loss=Focal(), epochs=100, optimizer=SGD(0.1)).fit(X, Y)
    assert model.loss_ > 0
    assert model.score(X, Y) > 0.6


def test_class_weights_are_those_of_the_samples(backend):
    weight = {"cat": 5.0, "owl": 0.5}
    found = made(class_weight=weight).fit(X, NAMES)
    wanted = made().fit(X, NAMES, sample_weight=np.array([5.0, 1.0, 0.5])[Y])
    np.testing.assert_array_equal(found.predict_proba(X), wanted.predict_proba(X))


def test_balanced_classes_count_the_same():
    rare = np.r_[np.flatnonzero(Y == 0)[:4], np.flatnonzero(Y == 1)]
    weight = np.where(Y[rare] == 0, 34 / 2 / 4, 34 / 2 / 30)
    found = made(class_weight="balanced").fit(X[rare], Y[rare])
    wanted = made().fit(X[rare], Y[rare], sample_weight=weight)
    np.testing.assert_allclose(found.predict_proba(X), wanted.predict_proba(X), rtol=1e-9)


def test_partial_fit_takes_class_weights_by_label():
    found = made(class_weight={0: 3.0}).partial_fit(X, Y)
    wanted = made().partial_fit(X, Y, sample_weight=np.where(Y == 0, 3.0, 1.0))
    np.testing.assert_array_equal(found.predict_proba(X), wanted.predict_proba(X))
    with pytest.raises(ValueError, match=r"needs all labels, of which partial_fit sees a part. Try a dict"):
        made(class_weight="balanced").partial_fit(X, Y)


def test_the_logarithm_of_probabilities_is_given_too():
    model = made().fit(X, Y)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))


def test_probabilities_are_calibrated(backend):
    model = made(epochs=150).fit(X[::2], Y[::2])
    calibrated = CalibratedClassifierCV(FrozenEstimator(model)).fit(X[1::2], Y[1::2])
    assert log_loss(Y, calibrated.predict_proba(X)) < 1.0
    assert CalibratedClassifierCV(made(), cv=3).fit(X, NAMES).predict(X[:1]) in NAMES


def test_a_warm_start_needs_the_same_classes():
    model = made(warm_start=True).fit(X, Y)
    for labels in (Y % 2, Y + 1):
        with pytest.raises(ValueError, match=r"warm_start needs the classes of the first fit, \[0 1 2\], got .*False$"):
            model.fit(X, labels)


def test_a_warm_start_needs_a_loss_of_as_many_outputs():
    model = made(warm_start=True).fit(X[Y < 2], Y[Y < 2])
    with pytest.raises(ValueError, match=r"2 output\(s\); got .* 1 output\(s\). Try: warm_start=False$"):
        model.set_params(loss="binary_cross_entropy").fit(X[Y < 2], Y[Y < 2])
    assert model.out_activation_ == "softmax"
