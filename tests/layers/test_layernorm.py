import numpy as np
import pytest
from compare import build, run
from layer_examples import Example

from nnfs import DTypeError, LayerNorm, ShapeError

EXAMPLES = [
    Example(LayerNorm(epsilon=1e-3), (2,), lambda nn: nn.LayerNorm(2, eps=1e-3)),
    Example(LayerNorm(), (70,), lambda nn: nn.LayerNorm(70)),
    Example(LayerNorm(epsilon=1e-3), (3, 4, 5), lambda nn: nn.LayerNorm((3, 4, 5), eps=1e-3)),
    Example(LayerNorm(1), (3, 4, 5), lambda nn: nn.LayerNorm(5)),
    Example(LayerNorm(2), (3, 4, 5), lambda nn: nn.LayerNorm((4, 5))),
    Example(LayerNorm(1), (6, 7), lambda nn: nn.LayerNorm(7)),
    Example(LayerNorm(2), (6, 7), lambda nn: nn.LayerNorm((6, 7))),
]


CASES = [((2,), None), ((70,), None), ((3, 4, 5), None), ((3, 4, 5), 1), ((3, 4, 5), 2), ((6, 7), 1), ((6, 7), 2)]


def test_a_sample_of_one_number_gives_the_bias(backend):
    layer = build(LayerNorm(), (1,))
    layer.bias.value[...] = 5
    y, ctx = run(layer, np.array([[3.0], [7.0]]))
    np.testing.assert_array_equal(y, [[5], [5]])
    np.testing.assert_array_equal(layer.backward(np.ones_like(y), ctx), [[0], [0]])


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
