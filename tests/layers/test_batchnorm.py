import copy

import numpy as np
import pytest
from compare import build, run
from layer_examples import Example

import nnfs
from nnfs import BatchNorm, Conv2D, Dense, NumericError, ReLU, Sequential, ShapeError, Trainer

EXAMPLES = [
    *(
        Example(BatchNorm(momentum=0.3), (c,), lambda nn, c=c: nn.BatchNorm1d(c, momentum=0.3), training=True)
        for c in (1, 7, 70)
    ),
    *(
        Example(BatchNorm(epsilon=1e-3), shape, lambda nn, c=shape[0]: nn.BatchNorm2d(c, eps=1e-3), training=True)
        for shape in ((3, 4, 4), (2, 1, 1), (1, 5, 7))
    ),
    *(
        Example(BatchNorm(momentum=0.3), shape, lambda nn, c=shape[0]: nn.BatchNorm1d(c, momentum=0.3), training=True)
        for shape in ((3, 9), (2, 1))
    ),
]


SHAPES = [(1,), (7,), (70,), (3, 9), (3, 4, 4), (2, 1, 1), (1, 5, 7)]


def test_the_running_statistics_follow_the_batches(backend):
    layer = build(BatchNorm(momentum=0.5), (1,))
    run(layer, np.array([[1.0], [3.0]]), training=True)
    assert layer.running_mean.tolist() == [1.0]  # half of 2
    assert layer.running_var.tolist() == [1.5]  # half of 1 and of 2, the estimate of the variance without bias
    run(layer, np.array([[100.0], [300.0]]))
    assert layer.running_mean.tolist() == [1.0]


@pytest.mark.parametrize("input_shape", [(3,), (3, 1, 1)])
def test_one_number_to_a_channel_has_no_variance(backend, input_shape):
    layer = build(BatchNorm(), input_shape)
    before = copy.deepcopy(layer.buffers)
    with pytest.raises(ShapeError, match=r"BatchNorm\(\) in training needs more than one number in each of its 3 ch"):
        run(layer, np.ones((1, *input_shape)), training=True)
    assert all(np.array_equal(array, before[name]) for name, array in layer.buffers.items())
    assert run(layer, np.ones((1, *input_shape)))[0].shape == (1, *input_shape)


def test_an_empty_batch_changes_nothing(backend):
    layer = build(BatchNorm(), (3, 2, 2))
    before = copy.deepcopy(layer.buffers)
    y, ctx = run(layer, np.empty((0, 3, 2, 2)), training=True)
    assert layer.backward(y, ctx).shape == y.shape == (0, 3, 2, 2)
    assert all(np.array_equal(array, before[name]) for name, array in layer.buffers.items())
    assert not layer.weight.grad.any()


def convolutional(**arguments):
    return Sequential([Conv2D(4, 3), BatchNorm(), ReLU(), nnfs.Flatten(), Dense(3)], (1, 6, 6), **arguments)


def train(net, steps=3):
    rng = np.random.default_rng(1)
    trainer = Trainer(net, loss="cross_entropy", optimizer="adam")
    for _ in range(steps):
        trainer.step(rng.normal(1, 1, (8, 1, 6, 6)).astype("float32"), rng.integers(0, 3, 8))
    return trainer


def test_a_state_that_does_not_fit_changes_nothing(backend):
    net = convolutional()
    before = net.state_dict()
    for wrong in (
        {**before, "1.running_mean": np.ones(5, "float32")},
        {name: array + 1 for name, array in before.items() if name != "1.running_var"},
        {**{name: array + 1 for name, array in before.items()}, "2.running_mean": np.ones(4, "float32")},
    ):
        with pytest.raises(ShapeError, match="the state does not fit"):
            net.load_state_dict(wrong)
        assert all(np.array_equal(array, before[name]) for name, array in net.state_dict().items())


def test_a_step_that_fails_leaves_the_statistics(backend):
    net = convolutional()
    trainer = train(net, 1)
    before = net.state_dict()
    x = np.full((4, 1, 6, 6), np.nan, "float32")
    with pytest.raises(NumericError):
        trainer.step(x, np.zeros(4, int))
    assert all(np.array_equal(array, before[name]) for name, array in net.state_dict().items())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"momentum": -0.1}, "BatchNorm: momentum must be a finite number >= 0 and <= 1"),
        ({"momentum": 1.1}, "BatchNorm: momentum"),
        ({"epsilon": 0}, "BatchNorm: epsilon must be a finite number > 0"),
        ({"initializer": "one"}, "unknown initializer 'one'"),
    ],
)
def test_what_is_out_of_range_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        BatchNorm(**arguments)


def test_other_shapes_are_refused():
    words = r"BatchNorm needs features \(C,\), signals \(C, L\) or images \(C, H, W\), got samples of shape"
    with pytest.raises(ShapeError, match=words):
        BatchNorm().output_shape((1, 2, 3, 4))
