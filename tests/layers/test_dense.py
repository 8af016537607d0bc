import numpy as np
import pytest
from compare import build, run
from layer_examples import Example

from nnfs import Dense, DTypeError, ShapeError

EXAMPLES = [
    Example(Dense(1), (1,), lambda nn: nn.Linear(1, 1)),
    Example(Dense(5, bias_initializer="pytorch_default"), (7,), lambda nn: nn.Linear(7, 5)),
    Example(Dense(4, use_bias=False), (3,), lambda nn: nn.Linear(3, 4, bias=False)),
    Example(Dense(33), (64,), lambda nn: nn.Linear(64, 33)),
    Example(Dense(5), (4, 7), lambda nn: nn.Linear(7, 5)),
    Example(Dense(2, use_bias=False), (1, 3), lambda nn: nn.Linear(3, 2, bias=False)),
]


def test_a_product_by_hand(backend):
    layer = build(Dense(2), (3,))
    layer.weight.value[...] = [[1, 2, 3], [4, 5, 6]]
    layer.bias.value[...] = [10, 20]
    y, ctx = run(layer, np.array([[1.0, 0, -1]]))
    np.testing.assert_array_equal(y, [[8, 18]])
    np.testing.assert_array_equal(layer.backward(np.array([[1.0, 2]]), ctx), [[9, 12, 15]])
    np.testing.assert_array_equal(layer.weight.grad, [[1, 0, -1], [2, 0, -2]])
    np.testing.assert_array_equal(layer.bias.grad, [1, 2])


def test_each_row_of_a_sample_is_multiplied_by_itself(backend):
    layer, rows = build(Dense(5), (4, 7)), build(Dense(5), (7,))
    x = np.random.default_rng(0).normal(size=(3, 4, 7))
    y, ctx = run(layer, x)
    each, inner = run(rows, x.reshape(12, 7))
    assert y.tobytes() == each.tobytes()
    assert layer.backward(y, ctx).tobytes() == rows.backward(each, inner).tobytes()
    assert layer.weight.grad.tobytes() == rows.weight.grad.tobytes()
    assert layer.bias.grad.tobytes() == rows.bias.grad.tobytes()
    y, ctx = run(layer, x[:0])
    assert y.shape == (0, 4, 5)
    assert layer.backward(y, ctx).shape == (0, 4, 7)


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
    assert Dense(10).multiply_adds((3, 784)) == 3 * 7840
