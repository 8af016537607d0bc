import math

import numpy as np
import pytest

from nnfs import Conv2D, Dense, ShapeError
from nnfs.initializers import INITIALIZERS, draw, get_initializer

SHAPE, FAN_IN, FAN_OUT = (200, 300), 300, 200
VARIANCES = {
    "zeros": 0,
    "ones": 0,
    "he_uniform": 2 / FAN_IN,
    "he_normal": 2 / FAN_IN,
    "glorot_uniform": 2 / (FAN_IN + FAN_OUT),
    "glorot_normal": 2 / (FAN_IN + FAN_OUT),
    "lecun_uniform": 1 / FAN_IN,
    "lecun_normal": 1 / FAN_IN,
    "pytorch_default": 1 / (3 * FAN_IN),
}


def test_every_initializer_is_tested():
    assert VARIANCES.keys() == INITIALIZERS.keys()


@pytest.mark.parametrize("name", VARIANCES)
def test_mean_and_variance_are_those_of_the_formula(name):
    values = INITIALIZERS[name](SHAPE, FAN_IN, FAN_OUT, np.random.default_rng(0))
    assert values.shape == SHAPE
    deviation = math.sqrt(VARIANCES[name])
    # Of 60,000 draws, the mean has a standard error of deviation / 245, the variance one of 0.6 %; four of them pass.
    assert abs(values.mean() - (name == "ones")) <= 4 * deviation / 245
    assert values.var() == pytest.approx(VARIANCES[name], rel=0.024)
    if name.endswith("uniform") or name == "pytorch_default":
        bound = math.sqrt(3) * deviation
        assert np.abs(values).max() <= bound
        assert np.abs(values).max() > 0.999 * bound


@pytest.mark.parametrize("name", VARIANCES)
def test_the_same_generator_gives_the_same_values(name):
    first, again = (INITIALIZERS[name]((5, 5), 5, 5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_pytorchs_default_has_pytorchs_bounds(torch):
    ours = np.abs(INITIALIZERS["pytorch_default"]((64, 2, 5, 5), 50, 1600, np.random.default_rng(0)))
    theirs = torch.nn.Conv2d(2, 64, 5).weight.detach().abs()
    assert ours.max() == pytest.approx(theirs.max().item(), rel=0.01)


def test_layers_give_fan_in_and_fan_out_to_the_initializer():
    asked = []

    def note(shape, fan_in, fan_out, rng):
        asked.append((shape, fan_in, fan_out))
        return np.zeros(shape)

    for layer, shape in [
        (Dense(3, initializer=note, bias_initializer=note), (5,)),
        (Conv2D(6, (3, 5), groups=2, initializer=note, bias_initializer=note), (4, 9, 9)),
    ]:
        layer.build(shape, np.random.default_rng(0), np.dtype("float32"))
    assert asked == [((3, 5), 5, 3), ((3,), 5, 3), ((6, 2, 3, 5), 30, 45), ((6,), 30, 45)]


def test_an_initializer_is_found_by_name():
    assert get_initializer("zeros") is INITIALIZERS["zeros"]
    for own in (lambda *_: 0, INITIALIZERS["ones"]):
        assert get_initializer(own) is own
    for wrong in (Dense(2), lambda shape: 0):  # a layer can be called, with a batch
        with pytest.raises(ValueError, match="unknown initializer"):
            get_initializer(wrong)
    for wrong in ("normal", None, 3, ["zeros"]):
        with pytest.raises(ValueError, match=r"unknown initializer .*; the names are zeros, ones, he_uniform, "):
            get_initializer(wrong)


def test_the_values_of_a_function_are_checked_and_copied():
    kept = np.asfortranarray(np.ones((2, 3)))
    values = draw(lambda *_: kept, (2, 3), 3, 2, np.random.default_rng(0), np.dtype("float64"))
    assert values.flags.c_contiguous
    assert not np.shares_memory(values, kept)
    for wrong in (np.ones((3, 2)), np.ones(6), 1.0):
        with pytest.raises(ShapeError, match=r"gave shape .*, wanted \(2, 3\)"):
            draw(lambda *_, wrong=wrong: wrong, (2, 3), 3, 2, np.random.default_rng(0), np.dtype("float32"))
