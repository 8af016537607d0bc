import copy

import numpy as np
import pytest
from compare import build, run

import nnfs
from nnfs import BatchNorm, Conv2D, Dense, NumericError, ReLU, Sequential, ShapeError, Trainer
from nnfs.testing import check_layer

SHAPES = [(1,), (7,), (70,), (3, 4, 4), (2, 1, 1), (1, 5, 7)]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("input_shape", SHAPES)
def test_it_keeps_every_promise_of_a_layer(backend, input_shape, training):
    check_layer(BatchNorm(momentum=0.2, epsilon=1e-3), input_shape, training=training)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("input_shape", SHAPES)
def test_it_equals_pytorch(backend, torch, input_shape, training):
    layer = build(BatchNorm(momentum=0.3, epsilon=1e-4), input_shape)
    make = torch.nn.BatchNorm1d if len(input_shape) == 1 else torch.nn.BatchNorm2d
    module = make(input_shape[0], eps=1e-4, momentum=0.3).double().train(training)
    rng = np.random.default_rng(0)
    for name, array in {"weight": layer.weight.value, "bias": layer.bias.value, **layer.buffers}.items():
        if name != "num_batches_tracked":
            array[...] = rng.uniform(0.5, 1.5, array.shape)
            getattr(module, name).data = torch.tensor(array)
    for _ in range(3):  # the running statistics go on
        x, dy = rng.normal(1, 2, (2, 5, *input_shape))
        y, ctx = run(layer, x, training=training)
        x_torch = torch.tensor(x, requires_grad=True)
        y_torch = module(x_torch)
        y_torch.backward(torch.tensor(dy))
        np.testing.assert_allclose(y, y_torch.detach().numpy(), rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(layer.backward(dy, ctx), x_torch.grad.numpy(), rtol=1e-8, atol=1e-9)
        for name, parameter in layer.parameters.items():
            np.testing.assert_allclose(parameter.grad, getattr(module, name).grad.numpy(), rtol=1e-8, atol=1e-9)
        for name, array in layer.buffers.items():
            np.testing.assert_allclose(array, getattr(module, name).numpy(), rtol=1e-12)
    assert layer.num_batches_tracked == (3 if training else 0)


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


def test_it_is_saved_loaded_and_copied_with_its_statistics(backend, tmp_path):
    net = convolutional()
    train(net)
    x = np.random.default_rng(2).normal(size=(5, 1, 6, 6)).astype("float32")
    nnfs.save(net, tmp_path / "net.safetensors")
    other = convolutional(seed=9)
    other.load_state_dict(net.state_dict())
    for twin in (nnfs.load(tmp_path / "net.safetensors"), copy.deepcopy(net), other):
        assert twin.predict(x).tobytes() == net.predict(x).tobytes()
        assert twin.buffers["1.num_batches_tracked"] == 3
        before = twin.state_dict()
        train(net, 1)
        assert all(np.array_equal(array, before[name]) for name, array in twin.state_dict().items())
        net.load_state_dict(before)


def test_its_state_goes_both_ways_with_pytorch(backend, torch):
    net = convolutional()
    train(net)
    twin = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(64, 3)
    ).eval()
    twin.load_state_dict({name: torch.from_numpy(array) for name, array in net.state_dict().items()}, strict=True)
    x = np.random.default_rng(2).normal(size=(5, 1, 6, 6)).astype("float32")
    np.testing.assert_allclose(net.predict(x), twin(torch.from_numpy(x)).detach().numpy(), atol=1e-5)
    back = convolutional(seed=5)
    back.load_state_dict({name: tensor.numpy() for name, tensor in twin.state_dict().items()})
    assert back.predict(x).tobytes() == net.predict(x).tobytes()


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


@pytest.mark.parametrize("input_shape", [(3, 4), (1, 2, 3, 4)])
def test_other_shapes_are_refused(input_shape):
    with pytest.raises(
        ShapeError, match=r"BatchNorm needs images \(C, H, W\) or features \(C,\), got samples of shape"
    ):
        BatchNorm().output_shape(input_shape)
