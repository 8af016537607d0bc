import numpy as np
import pytest
from compare import assert_equals_torch, build, run

from nnfs import Dense, DTypeError, LayerNorm, Sequential, ShapeError
from nnfs.testing import check_layer

CASES = [((2,), None), ((70,), None), ((3, 4, 5), None), ((3, 4, 5), 1), ((3, 4, 5), 2), ((6, 7), 1), ((6, 7), 2)]


@pytest.mark.parametrize(("input_shape", "axes"), CASES)
def test_it_keeps_every_promise_of_a_layer(backend, input_shape, axes):
    check_layer(LayerNorm(axes, epsilon=1e-3), input_shape)


@pytest.mark.parametrize(("input_shape", "axes"), CASES)
def test_it_equals_pytorch(backend, torch, input_shape, axes):
    shape = input_shape if axes is None else input_shape[-axes:]
    layer = LayerNorm(axes, epsilon=1e-3)
    assert_equals_torch(torch, layer, torch.nn.LayerNorm(shape, eps=1e-3), input_shape, rtol=1e-8)
    assert layer.weight.value.shape == layer.bias.value.shape == shape


def test_a_sample_of_one_number_gives_the_bias(backend):
    layer = build(LayerNorm(), (1,))
    layer.bias.value[...] = 5
    y, ctx = run(layer, np.array([[3.0], [7.0]]))
    np.testing.assert_array_equal(y, [[5], [5]])
    np.testing.assert_array_equal(layer.backward(np.ones_like(y), ctx), [[0], [0]])


def test_its_state_goes_both_ways_with_pytorch(backend, torch):
    net = Sequential([Dense(5), LayerNorm()], 4)
    twin = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.LayerNorm(5))
    net.load_state_dict({name: tensor.numpy() for name, tensor in twin.state_dict().items()})
    x = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    np.testing.assert_allclose(net.predict(x), twin(torch.from_numpy(x)).detach().numpy(), atol=1e-5)
    twin.load_state_dict({name: torch.from_numpy(array) for name, array in net.state_dict().items()}, strict=True)


@pytest.mark.parametrize("axes", [0, -1, 3])
def test_axes_that_are_not_there_are_refused(axes):
    with pytest.raises(ShapeError, match="LayerNorm: axes must be"):
        LayerNorm(axes).output_shape((3, 4))


@pytest.mark.parametrize("axes", ["1", 1.0, True])
def test_axes_that_are_no_number_are_refused(axes):
    with pytest.raises(DTypeError, match="LayerNorm: axes must be an integer"):
        LayerNorm(axes)


@pytest.mark.parametrize("epsilon", [0, -1, np.nan])
def test_an_epsilon_out_of_range_is_refused(epsilon):
    with pytest.raises(ValueError, match="LayerNorm: epsilon must be a finite number > 0"):
        LayerNorm(epsilon=epsilon)
