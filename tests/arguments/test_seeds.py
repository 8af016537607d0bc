import numpy as np
import pytest

from nnfs import Dense, DTypeError, Sequential
from nnfs.arguments.seeds import LARGEST_SEED, as_seed, make_generators


@pytest.mark.parametrize("seed", [0, 7, np.uint8(3), LARGEST_SEED])
def test_integers_are_seeds(seed):
    assert type(as_seed(seed)) is int


@pytest.mark.parametrize("seed", ["x", None, 1.0, True, [1], np.array([1, 2])])
def test_what_is_no_integer_is_refused(seed):
    with pytest.raises(DTypeError, match=r"seed must be an integer from 0 to 9223372036854775807, got .* of type"):
        as_seed(seed)


@pytest.mark.parametrize("seed", [-1, 2**63, 2**64])
def test_what_is_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed must be from 0 to 9223372036854775807, got {seed}"):
        as_seed(seed)


def test_each_random_part_of_a_network_has_its_own_stream_in_this_order():
    net = Sequential([Dense(2)], 3, seed=5)
    streams = list(map(np.random.default_rng, np.random.SeedSequence(5).spawn(4)))
    assert make_generators(5)._fields == ("initialization", "shuffling", "dropout", "augmentation")
    for rng, stream in zip(make_generators(5), streams, strict=True):
        assert rng.bit_generator.state == stream.bit_generator.state
    for name, stream in zip(("shuffling", "dropout", "augmentation"), streams[1:], strict=True):
        assert getattr(net, name).bit_generator.state == stream.bit_generator.state
    weights = Dense(2)
    weights.build((3,), streams[0], np.dtype("float32"))
    np.testing.assert_array_equal(net.parameters["0.weight"].value, weights.parameters["weight"].value)
