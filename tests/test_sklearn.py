"""The estimators pass all checks of scikit-learn, and work in its pipelines and searches."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest

import nnfs
from nnfs import Conv2D, DTypeError, Flatten, MaxPool2D, NumericError, ReLU, ShapeError, data
from nnfs.layers import Dense
from nnfs.optimizers import SGD, Adam

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from nnfs.sklearn import NNClassifier, NNRegressor

CHECKS = [
    pytest.param(check, estimator, id=f"{type(estimator).__name__}-{number}-{check.func.__name__}")
    for made in (NNClassifier(), NNRegressor())
    for number, (estimator, check) in enumerate(estimator_checks_generator(made))
]


def blobs(rows=120, classes=3, features=4, seed=0, dtype="float64"):
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % classes
    return (rng.normal(size=(rows, features)) + 6 * np.eye(classes, features)[y]).astype(dtype), y


@pytest.mark.parametrize(("check", "estimator"), CHECKS)
def test_scikit_learns_own_check(check, estimator, backend, monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks of scikit-learn use deprecated parts of scikit-learn
        check(estimator)


def test_labels_are_what_they_were(backend):
    x, y = blobs()
    names = np.array(["cat", "dog", "bird"])[y]
    model = NNClassifier(epochs=40, random_state=0).fit(x, names)
    assert list(model.classes_) == ["bird", "cat", "dog"]
    assert model.score(x, names) > 0.95
    assert model.predict_proba(x).shape == (120, 3)
    np.testing.assert_allclose(model.predict_proba(x).sum(axis=1), 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_network_has_the_type_of_the_data(dtype, backend):
    x, y = blobs(dtype=dtype)
    model = NNRegressor(epochs=2, random_state=0).fit(x, y)
    assert model.network_.dtype == dtype
    assert model.predict(x).dtype == dtype
    assert model.predict(x.astype("float64")).shape == (120,)


def test_images_go_through_layers_of_choice(backend):
    digits = data.load("digits")
    layers = [Conv2D(8, 3, padding=1), ReLU(), MaxPool2D(2), Flatten(), Dense(32), ReLU()]
    model = NNClassifier(layers=layers, epochs=8, batch_size=32, optimizer=Adam(3e-3), random_state=0)
    model.fit(digits.x_train, digits.y_train)
    assert model.score(digits.x_test, digits.y_test) > 0.9
    assert layers[0].parameters == {}, "the estimator works on copies"
    again = clone(model).fit(digits.x_train, digits.y_train)
    np.testing.assert_array_equal(again.predict_proba(digits.x_test), model.predict_proba(digits.x_test))


def test_many_targets_are_many_outputs(backend):
    x, _ = blobs()
    y = np.stack([x.sum(axis=1), x[:, 0]], axis=1)
    model = NNRegressor(epochs=300, random_state=0).fit(x, y)
    assert model.predict(x).shape == y.shape
    assert model.score(x, y) > 0.9


def test_weights_count_samples(backend):
    x, y = blobs(rows=30)
    weight = np.arange(30) // 3 % 3
    weighted = NNClassifier(epochs=10, random_state=0).fit(x, y, sample_weight=weight)
    repeated = NNClassifier(epochs=10, random_state=0).fit(x.repeat(weight, axis=0), y.repeat(weight))
    np.testing.assert_allclose(weighted.predict_proba(x), repeated.predict_proba(x), rtol=1e-9)


def test_partial_fit_goes_on(backend):
    x, y = blobs()
    model = NNClassifier(random_state=0)
    for _ in range(40):
        model.partial_fit(x, y, classes=[0, 1, 2, 3])
    assert model.score(x, y) > 0.9
    assert model.predict_proba(x).shape == (120, 4)
    assert model.trainer_.steps == 80
    with pytest.raises(ValueError, match=r"y must hold only classes of the first call, .*, got \[7\]"):
        model.partial_fit(x, np.full(120, 7))
    with pytest.raises(ValueError, match="classes must be those of the first call"):
        model.partial_fit(x, y, classes=[0, 1])


def test_partial_fit_of_a_regressor_goes_on_where_fit_stopped(backend):
    x, _ = blobs()
    model = NNRegressor(epochs=3, shuffle=False, random_state=0).fit(x, x[:, 0]).partial_fit(x, x[:, 0])
    whole = NNRegressor(epochs=4, shuffle=False, random_state=0).fit(x, x[:, 0])
    np.testing.assert_array_equal(model.predict(x), whole.predict(x))


def test_a_pickle_goes_on_where_it_was(backend):
    x, y = blobs()
    model = NNClassifier(epochs=2, random_state=0).fit(x, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(x), model.predict_proba(x))
    np.testing.assert_array_equal(again.partial_fit(x, y).predict_proba(x), model.partial_fit(x, y).predict_proba(x))


def test_a_pickle_holds_no_buffers(backend):
    x, y = blobs(rows=2000, features=50)
    model = NNClassifier([4], epochs=1, batch_size=2000, random_state=0).fit(x, y)
    assert len(pickle.dumps(model)) < 20_000


def test_a_grid_is_searched_by_several_processes():
    x, y = blobs()
    pipeline = make_pipeline(StandardScaler(), NNClassifier(epochs=10, random_state=0))
    grid = {"nnclassifier__hidden_units": [[4], [16]], "nnclassifier__optimizer": ["adam", SGD(0.1)]}
    alone, together = (GridSearchCV(pipeline, grid, cv=2, n_jobs=jobs).fit(x, y) for jobs in (1, 2))
    np.testing.assert_array_equal(alone.cv_results_["mean_test_score"], together.cv_results_["mean_test_score"])
    assert together.best_score_ > 0.9


def test_a_grid_is_searched_by_several_threads(backend):
    joblib = pytest.importorskip("joblib")
    x, y = blobs()
    grid = {"hidden_units": [[4], [16]]}
    alone = GridSearchCV(NNClassifier(epochs=5, random_state=0), grid, cv=2).fit(x, y)
    with joblib.parallel_backend("threading", n_jobs=2):
        together = GridSearchCV(NNClassifier(epochs=5, random_state=0), grid, cv=2).fit(x, y)
    np.testing.assert_array_equal(alone.cv_results_["mean_test_score"], together.cv_results_["mean_test_score"])


def test_joblib_keeps_what_was_fitted(tmp_path, backend):
    joblib = pytest.importorskip("joblib")
    x, y = blobs()
    model = NNClassifier(epochs=2, random_state=0).fit(x, y)
    joblib.dump(model, tmp_path / "model.joblib")
    again = joblib.load(tmp_path / "model.joblib")
    np.testing.assert_array_equal(again.predict_proba(x), model.predict_proba(x))


def test_samples_may_be_a_file_that_is_only_read(tmp_path, backend):
    x, y = blobs(rows=4096, features=128, dtype="float32")
    x.tofile(tmp_path / "x")
    mapped = np.memmap(tmp_path / "x", np.float32, "r", shape=x.shape)  # as joblib passes arrays
    found, wanted = (NNClassifier([4], epochs=1, random_state=0).fit(values, y) for values in (mapped, x))
    np.testing.assert_array_equal(found.predict_proba(mapped), wanted.predict_proba(x))


def test_every_sample_is_predicted_by_a_network_that_never_saw_it(backend):
    x, y = blobs()
    assert np.mean(cross_val_predict(NNClassifier(epochs=40, random_state=0), x, y, cv=3) == y) > 0.9


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (NNClassifier(hidden_units=[0]), ShapeError, "must be an integer from 1"),
        (NNClassifier(hidden_units="many"), DTypeError, "must be an integer"),
        (NNClassifier(optimizer="adams"), ValueError, "unknown optimizer 'adams'"),
        (NNClassifier(hidden_units=[8], layers=[ReLU()]), ValueError, "give hidden_units or layers, not both"),
        (NNClassifier(epochs=0), ValueError, "epochs must be an integer from 1"),
        (NNClassifier(activation="rely"), ValueError, "rely"),
        (NNClassifier(layers=[Dense]), DTypeError, "is the class Dense; make one of it"),
        (NNRegressor(loss="mse?"), ValueError, "unknown loss 'mse\\?'"),
        (NNRegressor(optimizer=SGD(1e30)), NumericError, "the loss is inf at step 2"),
    ],
)
def test_arguments_are_checked_when_it_fits(model, error, message, backend):
    x, y = blobs()
    with pytest.raises(error, match=message):
        model.fit(x, y)


def test_what_was_not_fitted_cannot_predict():
    for method in ("predict", "predict_proba", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(NNClassifier(), method)(np.zeros((1, 2)))


def test_a_class_alone_cannot_be_told_from_others(backend):
    for label in (1, "cat"):
        with pytest.raises(ValueError, match=f"at least 2 classes, got 1 class: {label!r}$"):
            NNClassifier().fit(np.zeros((3, 2)), [label] * 3)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: NNClassifier(learning_rate=0.1), r"nnfs\.optimizers\.Adam\(learning_rate=\.\.\.\)$"),
        (
            lambda: NNClassifier(learning_rate_init=0.1),
            r"nnfs\.optimizers\.Adam\(learning_rate=\.\.\.\)$",
        ),
        (lambda: NNClassifier(max_iter=3), "write epochs=$"),
        (lambda: NNClassifier(hidden_layer_sizes=3), "write hidden_units=$"),
        (lambda: NNRegressor(class_weight="balanced"), r"a regressor has no classes; write fit\(X, y, sample_weight"),
        (lambda: NNRegressor(n_epochs=3), "write epochs=$"),
    ],
)
def test_a_wrong_argument_is_answered_by_the_estimators_own_name(make, words):
    with pytest.raises(TypeError, match=words) as caught:
        make()
    assert str(caught.value).startswith(("NNClassifier(hidden_units=(100,), ", "NNRegressor(hidden_units=(100,), "))


def test_one_hot_labels_say_the_line_to_write():
    with pytest.raises(ValueError, match=r"got one-hot rows \(2, 2\): write y\.argmax\(axis=1\)"):
        NNClassifier(epochs=1).fit(np.zeros((2, 1)), np.eye(2))


def test_the_network_knows_classes_and_columns(tmp_path):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [0.0, 1, 2, 3], "b": [1.0, 0, 1, 0]})
    model = NNClassifier(hidden_units=[4], epochs=1).fit(table, ["cat", "dog", "cat", "dog"])
    nnfs.save(model.network_, tmp_path / "a.safetensors")
    facts = nnfs.load(tmp_path / "a.safetensors").facts
    assert (facts.class_names, facts.columns) == (("cat", "dog"), ("a", "b"))
    assert NNRegressor(hidden_units=[4], epochs=1).fit(table, [1.0, 2, 3, 4]).network_.facts.columns == ("a", "b")


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool", "object", "float16", "float64", "float32"])
def test_all_features_but_those_of_float32_train_in_float64(dtype):
    x = (np.arange(12).reshape(6, 2) % 2).astype(dtype)
    network = NNClassifier(epochs=1, random_state=0).fit(x, [0, 1] * 3).network_
    assert network.dtype == (np.float32 if dtype == "float32" else np.float64)


def test_large_whole_numbers_that_differ_stay_different():
    x = 1_700_000_000 + np.arange(60)[:, None]
    estimator = NNClassifier(epochs=1, random_state=0).fit(x, np.arange(60) % 2)
    assert len(np.unique(estimator._check_X(x, reset=False))) == 60


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.array([[2**53 + 1], [3]]), r"^X holds whole numbers above 2\*\*53, .*: X - X.min\(axis=0\)$"),
        (np.array([[2**64 - 1], [3]], np.uint64), r"whole numbers above 2\*\*53"),
        (np.array([["2024-01-01"], ["2024-01-02"]], "datetime64[D]"), "^X holds dates; .*numpy.timedelta64"),
        (np.array([["1.5"], ["2"]]), r"^X holds texts; .* Try: sklearn.preprocessing.OneHotEncoder\(\)$"),
        (np.array([["a"], [2]], object), "^X holds texts"),
    ],
)
def test_features_that_would_become_other_numbers_are_refused(x, words):
    for estimator in (NNClassifier(epochs=1), NNRegressor(epochs=1)):
        with pytest.raises(DTypeError, match=words):
            estimator.fit(x, [0, 1])


def test_the_column_of_a_table_is_named():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [1.0, 2.0], "day": pandas.to_datetime(["2024-01-01", "2024-01-02"])})
    with pytest.raises(DTypeError, match=r"^X\['day'\] holds dates"):
        NNClassifier(epochs=1).fit(table, [0, 1])


def test_a_fit_that_fails_leaves_the_estimator_as_it_was():
    x, y = blobs(30)
    made = NNClassifier([4], epochs=1, random_state=0).fit(x, np.array(["a", "b", "c"])[y])
    before = made.predict(x)
    made.set_params(optimizer="none")
    for fit in (made.fit, NNClassifier.fit.__get__(made)):
        with pytest.raises(ValueError, match="unknown optimizer"):
            fit(x[:, :2], y % 2)
    assert made.n_features_in_ == 4
    np.testing.assert_array_equal(made.predict(x), before)
    fresh = NNRegressor(optimizer="none")
    with pytest.raises(ValueError, match="unknown optimizer"):
        fresh.fit(x, y)
    with pytest.raises(NotFittedError):
        fresh.predict(x)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.arange(30).astype("M8[s]"), "y holds dates; "),
        (np.arange(30).astype(str), r"y holds texts; .* y.astype\(float\)"),
        (2**60 + np.arange(30), r"y holds whole numbers above 2\*\*53, .* y - y.min\(axis=0\)"),
        (2**24 + np.arange(30), r"y must hold whole numbers that float32, .*: X.astype\(float\)"),
        (np.ma.array(np.arange(30.0), mask=np.arange(30) == 3), r"y must not be a masked array. Try: y.filled\(0\)"),
    ],
)
def test_targets_that_would_become_other_numbers_are_refused(y, words):
    x, _ = blobs(30, dtype="float32")
    with pytest.raises(DTypeError, match=words):
        NNRegressor([4], epochs=1).fit(x, y)


def test_masked_arrays_are_refused():
    x, y = blobs(30)
    for features, labels in ((np.ma.array(x, mask=x > 1), y), (x, np.ma.array(y, mask=y == 1))):
        with pytest.raises(DTypeError, match="must not be a masked array"):
            NNClassifier([4], epochs=1).fit(features, labels)


def test_a_sample_whose_scores_overflow_has_no_class():
    x, y = blobs(30)
    made = NNClassifier(layers=[Dense(32), ReLU()], epochs=1, random_state=0).fit(x, y)
    x[7] = np.array([1, -1, 1, -1]) * 1.7e308
    with pytest.raises(NumericError, match=r"^sample 7 has the scores"):
        made.predict(x)
