"""What both estimators share: parameters, their errors, warm starts, callbacks, metrics, data frames."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nnfs import Conv2D, Dense, DTypeError, Flatten, ReLU
from nnfs.callbacks import EMA, Callback, ReduceOnPlateau
from nnfs.losses import Huber
from nnfs.optimizers import SGD, Adam, Groups
from nnfs.sklearn import NNClassifier, NNRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 4))
TARGETS = X @ [1.0, 2, 3, 0] + 10
Y = (TARGETS > 10).astype(int)
BOTH = pytest.mark.parametrize(("kind", "y"), [(NNClassifier, Y), (NNRegressor, TARGETS)])


def made(kind, **arguments):
    return kind([6], **{"random_state": 0, "epochs": 4} | arguments)


@BOTH
@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"alpha": -1}, ValueError, "^alpha must be a finite number >= 0, got -1$"),
        ({"alpha": "big"}, DTypeError, "^alpha must be a number, got 'big'"),
        ({"batch_size": 0}, ValueError, "^batch_size must be an integer from 1"),
        ({"batch_size": "auto"}, DTypeError, "^batch_size must be an integer"),
        ({"early_stopping": "yes"}, DTypeError, "^early_stopping must be True or False, got 'yes'"),
        ({"warm_start": 1}, DTypeError, "^warm_start must be True or False, got 1"),
        ({"shuffle": None}, DTypeError, "shuffle must be True or False, got None"),
        ({"validation_fraction": 0}, ValueError, "^validation_fraction must be a finite number > 0 and < 1, got 0$"),
        ({"validation_fraction": 1}, ValueError, "^validation_fraction must be a finite number > 0 and < 1, got 1$"),
        ({"tol": -0.1}, ValueError, "^tol must be a finite number >= 0, got -0.1$"),
        ({"tol": None}, DTypeError, "^tol must be a number, got None"),
        ({"n_iter_no_change": 0}, ValueError, "^n_iter_no_change must be an integer from 1"),
        ({"n_iter_no_change": 2.5}, DTypeError, "^n_iter_no_change must be an integer"),
        ({"callbacks": None}, DTypeError, "callbacks must be a list of callbacks"),
        ({"callbacks": Callback()}, DTypeError, r"write callbacks=\[...\] around it$"),
        ({"callbacks": [print]}, DTypeError, "callbacks must be a list of callbacks"),
        (
            {"hidden_units": (100,), "layers": 3},
            DTypeError,
            "^layers must be a list of layers, all but the last one, got 3$",
        ),
        ({"hidden_units": (100,), "layers": [3]}, DTypeError, "^layers must be a list of layers"),
        ({"metrics": "accuracy"}, DTypeError, r"write metrics=\['accuracy'\]$"),
        ({"metrics": ["acuracy"]}, ValueError, "unknown metric 'acuracy'"),
        ({"loss": Huber}, DTypeError, "is the class Huber"),
        ({"optimizer": Adam}, DTypeError, "is the class Adam"),
        ({"verbose": "loud"}, ValueError, "verbose"),
        ({"random_state": "x"}, ValueError, "'x' cannot be used to seed"),
    ],
)
def test_a_wrong_parameter_is_named(kind, y, arguments, error, words):
    model = made(kind).set_params(**arguments)
    with pytest.raises(error, match=words):
        model.fit(X, y)
    assert not hasattr(model, "network_")


@BOTH
def test_a_warm_start_goes_on_with_the_network(kind, y, backend):
    twice = made(kind, warm_start=True, optimizer=SGD(0.1), shuffle=False).fit(X, y)
    first = twice.network_
    twice.fit(X, y)
    assert twice.network_ is not first
    assert (twice.n_iter_, len(twice.loss_curve_)) == (4, 8)
    assert twice.best_loss_ == min(twice.loss_curve_)
    whole = made(kind, epochs=8, optimizer=SGD(0.1), shuffle=False).fit(X, y)
    np.testing.assert_array_equal(twice.predict(X), whole.predict(X))
    twice.set_params(optimizer="adam", epochs=1, warm_start=False).fit(X, y)
    assert len(twice.loss_curve_) == 1


@BOTH
def test_a_warm_start_that_fails_leaves_the_network_as_it_was(kind, y, backend):
    class Fail(Callback):
        def on_epoch_end(self, training):
            raise KeyboardInterrupt

    model = made(kind, warm_start=True).fit(X, y)
    before = model.predict(X), pickle.dumps(model.trainer_)
    model.set_params(callbacks=[Fail()])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    np.testing.assert_array_equal(model.predict(X), before[0])
    assert pickle.dumps(model.trainer_) == before[1]
    assert len(model.loss_curve_) == 4


@BOTH
def test_a_warm_start_is_no_other_network(kind, y):
    model = made(kind, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"X has 3 features, but NN.* is expecting 4"):
        model.fit(X[:, :3], y)
    model.set_params(hidden_units=[7])
    with pytest.raises(ValueError, match=r"first fit, hidden_units=\[6\], .*; got hidden_units=\[7\], .* Try: warm"):
        model.fit(X, y)


@BOTH
def test_early_stopping_and_warm_start_hold_out_the_same_samples(kind, y):
    model = made(kind, warm_start=True, early_stopping=True, validation_fraction=0.3).fit(X, y)
    scores, rows = model.validation_scores_, model._split(Y if kind is NNClassifier else y[:, None])
    model.fit(X, y)
    assert model.validation_scores_[:4] == scores
    assert len(model.validation_scores_) == 8
    np.testing.assert_array_equal(model._split(Y if kind is NNClassifier else y[:, None])[1], rows[1])


@BOTH
def test_callbacks_are_called_and_may_change_the_rate(kind, y, backend):
    class Count(Callback):
        epochs = 0

        def on_epoch_end(self, training):
            self.epochs += 1

    count = Count()
    rate = ReduceOnPlateau("loss", factor=0.5, patience=1, minimum_change=1e9)
    model = made(kind, callbacks=[count, rate]).fit(X, y)
    assert count.epochs == 4
    assert model.history_["learning_rate"][-1] < 3e-3
    assert model.optimizer is None
    assert clone(model).fit(X, y).callbacks[0] is not count


@BOTH
def test_metrics_of_choice_are_in_the_history(kind, y):
    def largest(outputs, targets):
        return float(outputs.max())

    model = made(kind, metrics=[largest], early_stopping=True).fit(X, y)
    assert set(model.history_) == {
        *("epoch", "loss", "largest", "learning_rate", "seconds", "val_loss", "val_largest"),
    }


@BOTH
def test_columns_of_a_frame_are_kept_and_compared(kind, y):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    model = made(kind, early_stopping=True).fit(frame, y)
    assert list(model.feature_names_in_) == list("abcd")
    assert model.n_features_in_ == 4
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[list("dcba")])
    pipeline = make_pipeline(StandardScaler(), made(kind)).set_output(transform="pandas").fit(frame, y)
    assert list(pipeline[-1].feature_names_in_) == list("abcd")


@BOTH
def test_all_parameters_may_be_searched(kind, y):
    grid = {"alpha": [0.0, 1.0], "early_stopping": [True], "optimizer": [Adam(1e-2)], "n_iter_no_change": [2, np.inf]}
    search = GridSearchCV(made(kind), grid, cv=2).fit(X, y)
    assert set(search.best_params_) == set(grid)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@BOTH
def test_a_pickle_of_all_settings_is_whole(kind, y, backend):
    model = made(kind, early_stopping=True, callbacks=[ReduceOnPlateau("loss")], warm_start=True).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.fit(X, y).predict(X), model.fit(X, y).predict(X))
    assert again.validation_scores_ == model.validation_scores_


@BOTH
def test_an_image_goes_through_layers_with_early_stopping(kind, y, backend):
    layers = [Conv2D(2, 3), ReLU(), Flatten(), Dense(4), ReLU()]
    images = RNG.normal(size=(70, 1, 5, 5)).astype("float32")
    model = kind(layers=layers, epochs=3, early_stopping=True, validation_fraction=0.2, random_state=0)
    assert model.fit(images, y).predict(images).shape == (70,)
    assert model.network_.dtype == "float32"
    model.set_params(warm_start=True).fit(images.astype(float), y, sample_weight=np.arange(70.0))
    assert model.network_.dtype == "float32"


def test_a_transformer_of_targets_stands_around_it():
    model = TransformedTargetRegressor(made(NNRegressor, epochs=100), func=np.log1p, inverse_func=np.expm1)
    assert model.fit(X, TARGETS + 30).score(X, TARGETS + 30) > 0.5


def test_the_network_starts_as_scikit_learns_does():
    weight = made(NNClassifier, optimizer=SGD(1e-300)).fit(X, Y).network_.parameters["0.weight"].value
    assert 0.5 < np.abs(weight).max() <= np.sqrt(6 / (4 + 6))


@BOTH
def test_lbfgs_takes_all_samples_in_each_step(kind, y, backend):
    model = made(kind, optimizer="lbfgs", alpha=7.0, epochs=5).fit(X, y)
    assert model.trainer_.optimizer.weight_decay == pytest.approx(7.0 / 70)
    assert model.score(X, y) > 0.9


@BOTH
def test_averaged_weights_decide_the_score(kind, y, backend):
    model = made(kind, callbacks=[EMA(0.5)], early_stopping=True, validation_fraction=0.3).fit(X, y)
    _, held = model._split(y if kind is NNClassifier else y[:, None])
    best = model.best_validation_score_
    assert model.score(X[held], y[held]) == pytest.approx(best)


@BOTH
def test_alpha_is_for_all_groups_of_parameters(kind, y):
    rates = Groups(Adam(1e-2), {"0": SGD(0.1, weight_decay=0.5)})
    trained = made(kind, optimizer=rates, alpha=6.4).fit(X, y).trainer_.optimizer
    assert trained.others.weight_decay == pytest.approx(0.1)
    assert trained.groups["0"].weight_decay == pytest.approx(0.6)
