import numpy as np
import pytest

import nnfs
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


@pytest.mark.parametrize("rows", [5, 300])
def test_outputs_that_are_not_finite_are_told_with_their_rows_and_the_first_cause(backend, rows):
    network = small_cnn()
    x = np.ones((rows, 2, 6, 7))
    x[3, 1, 0, 2], x[4, 0, 0, 0] = np.nan, np.inf
    words = (
        rf"outputs of 2 of {rows} samples are not finite, first that of sample 3: x\[3, 1, 0, 2\] is nan; fill it in"
    )
    with pytest.warns(UserWarning, match=words) as told:
        outputs = network.predict(x)
    assert [warning.filename for warning in told] == [__file__]
    assert np.isfinite(outputs[:3]).all()
    network.parameters["4.bias"].value[...] = np.inf
    with pytest.warns(UserWarning, match=r"x\[0\] is finite, but too large, or weights of the network are not finite"):
        network.predict(x[:2])


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


def test_a_network_gets_another_end_and_keeps_its_first_layers(backend, tmp_path):
    layers = [
        Conv2D(3, 3),
        nnfs.BatchNorm(),
        ReLU(),
        nnfs.Residual([Conv2D(3, 1)]),
        Flatten(),
        Dense(4),
        ReLU(),
        Dense(3),
    ]
    net = Sequential(layers, (1, 6, 6), seed=3)
    net.facts = nnfs.Facts(class_names=["a", "b", "c"], pixels_divided_by=255)
    x = np.random.default_rng(0).random((8, 1, 6, 6), np.float32)
    net.fit(x, np.arange(8) % 3, loss="cross_entropy", verbose=0)
    net.layers[0].trainable = False
    before = net.digest()
    nnfs.save(net, tmp_path / "net.safetensors")
    new = nnfs.load(tmp_path / "net.safetensors").with_end([Dense(6), ReLU(), Dense(5)], keep=5)
    assert new.output_shape == (5,)
    assert new.layers.frozen == ["0"]
    assert (new.facts.class_names, new.facts.pixels_divided_by) == ((), 255)
    assert new.loss is None
    kept = [name for name in net.state_dict() if name < "5"]
    assert len(kept) == 9
    for name in kept:
        np.testing.assert_array_equal(new.state_dict()[name], net.state_dict()[name])
    features = net.with_end([], keep=-3)
    np.testing.assert_allclose(features.predict(x), list(net.trace(x))[4][1], rtol=1e-5, atol=1e-6)
    new.fit(x, np.arange(8) % 5, loss="cross_entropy", verbose=0)
    np.testing.assert_array_equal(new.layers[0].weight.value, net.layers[0].weight.value)
    assert net.digest() == before
    assert net.with_end([Dense(5)]).digest() == net.with_end([Dense(5)]).digest()
    assert net.with_end([Dense(5)]).digest() != net.with_end([Dense(5)], seed=1).digest()


def test_an_end_that_does_not_fit_is_an_error():
    net = nnfs.NeuralNetwork(4, [8], 3)
    with pytest.raises(nnfs.ShapeError, match=r"layer 2, Conv2D\(2, 3\)"):
        net.with_end([Conv2D(2, 3)])
    with pytest.raises(ValueError, match="keeps none of 3 layers"):
        net.with_end([Dense(3)], keep=0)
    with pytest.raises(nnfs.ShapeError, match="keep must be an integer from -3 to 3, got 4"):
        net.with_end([Dense(3)], keep=4)
    with pytest.raises(ValueError, match="belongs to another network already"):
        net.with_end([net.layers[2]])
    with pytest.raises(nnfs.DTypeError, match="with_end: layers must be a list of layers"):
        net.with_end(Dense(3))
