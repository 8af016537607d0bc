import numpy as np
import pytest

from nnfs import Conv2D, Dense, Dropout, Flatten, ReLU, Sequential, ShapeError, Softmax, UnsupportedError
from nnfs.losses import CrossEntropy
from nnfs.network.network import Network


def small_cnn(dropout=0.0):
    layers = [Conv2D(4, 3), ReLU(), Flatten(), Dropout(dropout), Dense(3)]
    return Sequential(layers, (2, 6, 7), dtype="float64")


def images(rows=5):
    return np.random.default_rng(0).normal(size=(rows, 2, 6, 7))


def test_a_plain_network_runs_and_is_not_trained():
    net = Network([Dense(3)], 4)
    assert net.predict(np.ones((2, 4), np.float32)).shape == (2, 3)
    with pytest.raises(AttributeError, match="'Network' object has no attribute 'fit'"):
        net.fit  # noqa: B018


def test_errors_of_a_class_of_ones_own_name_the_class_that_was_called():
    class Mine(Sequential):
        def __init__(self):
            super().__init__([Dense(3)], size=4)

    with pytest.raises(TypeError, match=r"^Sequential\(layers, input_shape, "):
        Mine()
    with pytest.raises(TypeError, match=r"^Plain\(layers, input_shape, "):
        type("Plain", (Sequential,), {})([Dense(3)], size=4)


def test_probabilities_and_classes_need_a_known_loss():
    net, x = small_cnn(), images()
    for method in (net.predict_proba, net.predict_classes):
        with pytest.raises(
            ValueError, match=rf"^{method.__name__} needs .* never trained; train it, or set net\.loss = nn"
        ):
            method(x)
    with pytest.raises(
        ValueError, match=r"^evaluate needs to know the loss, .*; give it loss=, one of mean_squared_err"
    ):
        net.evaluate(x, np.zeros(5, int))
    with pytest.raises(
        ValueError, match=r"^fit needs to know the loss, .*; give it loss=, one of mean_squared_error, l1"
    ):
        net.fit(x, np.zeros(5, int))
    figures = net.evaluate(x, np.zeros(5, int), loss="cross_entropy")
    assert figures.keys() == {"loss", "accuracy"}
    assert net.loss is None
    net.fit(x, np.arange(5) % 3, loss="cross_entropy", verbose=0)
    np.testing.assert_allclose(net.predict_proba(x).sum(axis=1), 1)
    np.testing.assert_array_equal(net.predict_classes(x), net.predict(x).argmax(axis=1))
    net.fit(x, np.arange(5) % 3, verbose=0)  # with the loss of the last training
    assert isinstance(net.loss, CrossEntropy)
    net.fit(x, np.zeros((5, 3)), loss="l1", verbose=0)
    with pytest.raises(UnsupportedError, match="use predict"):
        net.predict_classes(x)


def test_evaluation_is_the_loss_of_the_predictions(backend):
    net, x, y = small_cnn(dropout=0.5), images(), np.array([0, 1, 2, 0, 1])
    scores = net.predict(x)
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    expected = -np.log(shifted[np.arange(5), y] / shifted.sum(axis=1)).mean()
    figures = net.evaluate(x, y, loss="cross_entropy", batch_size=2)
    assert figures["loss"] == pytest.approx(expected)
    assert figures["accuracy"] == (scores.argmax(axis=1) == y).mean()
    with pytest.raises(ShapeError, match="x has no rows; at least one sample is needed"):
        net.evaluate(x[:0], y[:0], loss="cross_entropy")
    with pytest.raises(ValueError, match=r"ends in Softmax\(\)"):
        Sequential([Dense(2), Softmax()], 2).evaluate(np.zeros((1, 2)), [0], loss="cross_entropy")
