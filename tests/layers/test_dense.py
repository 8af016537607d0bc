import numpy as np
import pytest
from compare import assert_equals_torch, build, run

from nnfs import Dense, DTypeError, ShapeError
from nnfs.testing import check_layer


@pytest.mark.parametrize(("features", "units"), [(1, 1), (3, 1), (1, 4), (7, 5), (64, 33)])
@pytest.mark.parametrize("use_bias", [True, False])
def test_it_keeps_every_promise_of_a_layer(backend, features, units, use_bias):
    check_layer(Dense(units, use_bias=use_bias, bias_initializer="pytorch_default"), features)


@pytest.mark.parametrize("use_bias", [True, False])
def test_it_equals_pytorch(backend, torch, use_bias):
    assert_equals_torch(torch, Dense(5, use_bias=use_bias), torch.nn.Linear(7, 5, bias=use_bias), (7,))


def test_a_product_by_hand(backend):
    layer = build(Dense(2), (3,))
    layer.weight.value[...] = [[1, 2, 3], [4, 5, 6]]
    layer.bias.value[...] = [10, 20]
    y, ctx = run(layer, np.array([[1.0, 0, -1]]))
    np.testing.assert_array_equal(y, [[8, 18]])
    np.testing.assert_array_equal(layer.backward(np.array([[1.0, 2]]), ctx), [[9, 12, 15]])
    np.testing.assert_array_equal(layer.weight.grad, [[1, 0, -1], [2, 0, -2]])
    np.testing.assert_array_equal(layer.bias.grad, [1, 2])


def test_images_are_refused_with_the_corrected_line():
    with pytest.raises(ShapeError, match=r"samples of shape \(1, 4, 4\); put Flatten\(\) before it: .*Dense\(3\)"):
        Dense(3).output_shape((1, 4, 4))


@pytest.mark.parametrize(
    ("units", "error"), [(0, ShapeError), (2**31, ShapeError), (2.0, DTypeError), (True, DTypeError)]
)
def test_units_that_are_no_size_are_refused(units, error):
    with pytest.raises(error, match="Dense: units must be an integer from 1 to 2147483647, got"):
        Dense(units)


def test_multiply_adds_are_counted_for_one_sample():
    assert Dense(10).multiply_adds((784,)) == 7840
