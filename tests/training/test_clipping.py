import numpy as np
import pytest

from nnfs import NeuralNetwork, Trainer
from nnfs.optimizers import SGD
from nnfs.training.clipping import ClipNorm, ClipValue, get_clipping


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_they_clip_as_pytorch_does(torch, dtype, size):
    rng = np.random.default_rng(0)
    for limit in (0.1, 3, 1e3):
        grad = rng.normal(size=size).astype(dtype)
        theirs = torch.zeros(size, requires_grad=True)
        theirs.grad = torch.tensor(grad.astype("float32"))
        torch.nn.utils.clip_grad_norm_([theirs], limit)
        ours = grad.copy()
        ClipNorm(limit)(ours)
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs.grad.numpy(), rtol=1e-4)  # theirs adds 1e-6 to the norm
        assert np.linalg.norm(ours) <= limit * (1 + 1e-6)

        ours = grad.copy()
        ClipValue(limit)(ours)
        np.testing.assert_array_equal(ours, np.clip(grad, -limit, limit))


def test_a_short_gradient_stays_bit_for_bit():
    grad = np.array([0.3, -0.4], np.float32)
    kept = grad.copy()
    ClipNorm(0.51)(grad)
    ClipValue(0.4)(grad)
    np.testing.assert_array_equal(grad, kept)


@pytest.mark.parametrize(("dtype", "huge"), [("float32", 3e38), ("float64", 1e300)])
def test_squares_that_overflow_do_not_lose_the_direction(dtype, huge):
    grad = np.array([huge, -huge, 0], dtype)
    ClipNorm(1)(grad)
    np.testing.assert_allclose(grad, np.array([0.5**0.5, -(0.5**0.5), 0]), rtol=1e-6)


def test_a_step_is_taken_with_the_clipped_gradient(backend):
    x, y = np.ones((4, 2), np.float32), np.full((4, 1), 100, np.float32)
    for arguments in ({"clip_norm": 0.5}, {"clip_value": 0.5}):
        net = NeuralNetwork(2, [3], 1)
        before = net.vector.value.copy()
        Trainer(net, loss="mean_squared_error", optimizer=SGD(1.0), **arguments).step(x, y)
        change = before - net.vector.value
        size = np.linalg.norm(change) if "clip_norm" in arguments else np.abs(change).max()
        assert size == pytest.approx(0.5, rel=1e-5)


def test_bad_limits_are_errors():
    for bad in (0, -1, np.nan, np.inf):
        with pytest.raises(ValueError, match="clip_norm must be a finite number > 0"):
            get_clipping(bad, None)
        with pytest.raises(ValueError, match="clip_value must be a finite number > 0"):
            get_clipping(None, bad)
    with pytest.raises(TypeError, match="clip_norm must be a number"):
        get_clipping("1", None)
    with pytest.raises(ValueError, match="give clip_norm or clip_value, not both"):
        get_clipping(1.0, 1.0)
    assert get_clipping(None, None) is None
