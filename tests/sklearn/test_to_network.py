"""A pipeline with scalers becomes one network that takes raw columns."""

import numpy as np
import pytest

import nnfs

pytest.importorskip("sklearn")
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from nnfs import BatchNorm, DTypeError, ReLU, UnsupportedError
from nnfs.sklearn import NNClassifier, NNRegressor, to_network

X, Y = load_wine(return_X_y=True)


@pytest.mark.parametrize(
    "scalers",
    [
        [StandardScaler()],
        [MinMaxScaler()],
        [MaxAbsScaler(), StandardScaler()],
        [StandardScaler(with_mean=False), MinMaxScaler((-1, 1))],
        [StandardScaler(with_std=False), "passthrough", MaxAbsScaler()],
        [],
    ],
)
def test_the_network_computes_what_the_pipeline_computes(backend, scalers, tmp_path):
    steps = [*((f"s{index}", scaler) for index, scaler in enumerate(scalers)), ("net", NNClassifier(8, epochs=3))]
    pipeline = Pipeline(steps).fit(X, np.array(["a", "b", "c"])[Y])
    network = to_network(pipeline)
    np.testing.assert_allclose(network.predict_proba(X), pipeline.predict_proba(X), atol=1e-12)
    nnfs.save(network, tmp_path / "n.safetensors")
    other = nnfs.load(tmp_path / "n.safetensors")
    assert [other.facts.class_names[number] for number in other.predict_classes(X)] == pipeline.predict(X).tolist()


def test_layers_with_buffers_and_numbers_to_predict(backend):
    pipeline = make_pipeline(StandardScaler(), NNRegressor(layers=[nnfs.Dense(6), BatchNorm(), ReLU()], epochs=2))
    x = X.astype("float32")
    pipeline.fit(x, x[:, 0] * 1000)
    np.testing.assert_allclose(to_network(pipeline).predict(x)[:, 0], pipeline.predict(x), rtol=1e-4)


def test_names_of_columns_are_kept_and_a_table_is_taken():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X[:, :3], columns=["a", "b", "c"])
    pipeline = make_pipeline(StandardScaler(), NNClassifier(4, epochs=2)).fit(frame, Y)
    network = to_network(pipeline)
    assert network.facts.columns == ("a", "b", "c")
    np.testing.assert_allclose(network.predict_proba(frame[["c", "a", "b"]]), pipeline.predict_proba(frame), atol=1e-12)


def test_what_cannot_become_a_layer_is_named():
    with pytest.raises(
        UnsupportedError, match="step 'robustscaler', RobustScaler, cannot become a layer; wanted Stand"
    ):
        to_network(make_pipeline(RobustScaler(), NNClassifier(4, epochs=1)).fit(X, Y))
    with pytest.raises(UnsupportedError, match="step 'minmaxscaler', MinMaxScaler with clip=True, cannot"):
        to_network(make_pipeline(MinMaxScaler(clip=True), NNClassifier(4, epochs=1)).fit(X, Y))
    with pytest.raises(DTypeError, match="the last step must be NNClassifier or NNRegressor, got LogisticRegression"):
        to_network(LogisticRegression())


def test_several_labels_a_sample_are_told_what_does_it():
    from sklearn.multioutput import MultiOutputClassifier

    both = np.column_stack([Y > 0, Y > 1]).astype(int)
    with pytest.raises(ValueError, match=r"y should be a 1d array, .*MultiOutputClassifier\(NNClassifier\(\)\)"):
        NNClassifier().fit(X, both)
    assert MultiOutputClassifier(NNClassifier(4, epochs=1)).fit(X, both).predict(X).shape == both.shape
