import numpy as np
import pytest
from compare import build, run
from layer_examples import Example

from nnfs import DTypeError, GroupNorm, ShapeError

EXAMPLES = [
    Example(GroupNorm(2, epsilon=1e-3), (4, 3, 5), lambda nn: nn.GroupNorm(2, 4, eps=1e-3)),
    Example(GroupNorm(1), (3, 4, 5), lambda nn: nn.GroupNorm(1, 3)),
    Example(GroupNorm(3), (3, 4, 5), lambda nn: nn.InstanceNorm2d(3, affine=True)),
    Example(GroupNorm(2), (6, 7), lambda nn: nn.GroupNorm(2, 6)),
]


def test_a_sample_does_not_depend_on_its_batch(backend):
    x = np.random.default_rng(0).normal(3, 5, size=(4, 4, 3, 3)).astype(np.float32)
    layer = build(GroupNorm(2), (4, 3, 3), "float32")
    y, _ = run(layer, x)
    np.testing.assert_array_equal(run(layer, x[1:2])[0], y[1:2])
    np.testing.assert_allclose(y.reshape(4, 2, -1).mean(2), 0, atol=1e-6)
    np.testing.assert_allclose(y.reshape(4, 2, -1).std(2), 1, rtol=1e-4)


def test_an_empty_batch_is_empty(backend):
    layer = build(GroupNorm(2), (4, 3))
    assert run(layer, np.empty((0, 4, 3), np.float32))[0].shape == (0, 4, 3)


@pytest.mark.parametrize(
    ("shape", "words"), [((4,), "for features: LayerNorm"), ((3, 4, 4), "must divide the 3 channels")]
)
def test_what_has_no_groups_is_refused(shape, words):
    with pytest.raises(ShapeError, match=words):
        GroupNorm(2).output_shape(shape)


@pytest.mark.parametrize(
    ("groups", "error"), [(0, ShapeError), (-1, ShapeError), (1.5, DTypeError), (True, DTypeError)]
)
def test_groups_are_a_whole_number(groups, error):
    with pytest.raises((error, ValueError), match="GroupNorm: groups must be"):
        GroupNorm(groups)
