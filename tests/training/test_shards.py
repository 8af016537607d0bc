from types import SimpleNamespace

import numpy as np
import pytest
from trainings import Interrupt, plainly, problem, small_net

import nnfs
from nnfs import BatchNorm, Dense, Dropout, ReLU, Sequential, ShapeError
from nnfs.callbacks import Checkpoint
from nnfs.data import Loader
from nnfs.optimizers import LBFGS, Adam
from nnfs.training.shards import Shards, drawing


def train(shards, *, rows=37, net=None, dtype="float64", x=None, **arguments):
    net = net or small_net(dtype=dtype)
    x, y = problem(rows, dtype=dtype) if x is None else x
    arguments = {"epochs": 2, "loss": "cross_entropy", "optimizer": Adam(0.01), "batch_size": 16} | arguments
    return net, net.fit(x, y, shards=shards, verbose=0, **arguments)


def random_net():
    return Sequential([Dense(8), BatchNorm(), ReLU(), Dropout(0.3), Dense(3)], input_shape=4, seed=3)


def noise(x, rng):
    return x + rng.normal(size=x.shape).astype(x.dtype)


def test_sums_are_added_in_a_binary_tree_and_divided_at_the_end():
    values = np.float32([1e8, 1, -1e8, 1])

    def mean(order):
        Shards(4).divide(4).mean([total := np.zeros(1, "float32")], lambda index, _: [values[[order[index]]]])
        return total[0]

    assert mean([0, 1, 2, 3]) == np.float32(((values[0] + values[1]) + (values[2] + values[3])) / 4)
    assert mean([0, 2, 1, 3]) == 0.5


@pytest.mark.parametrize("rows", [1, 3, 8, 13])
def test_shards_cover_a_batch_and_some_are_empty_where_there_are_few_rows(rows):
    division = Shards(8).divide(rows)
    parts = dict(division.parts)
    assert [row for part in parts.values() for row in range(rows)[part]] == list(range(rows))
    assert parts.get(3, slice(3 * rows // 8, 3 * rows // 8)) == slice(3 * rows // 8, 4 * rows // 8)
    values, total = np.arange(rows, dtype=float), np.zeros(1)
    division.mean([total], lambda _, part: [values[part].mean(keepdims=True)])
    assert total[0] == pytest.approx(values.mean(), rel=1e-15)


@pytest.mark.parametrize("rows", [1, 3, 16, 37])
@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_ranks_take_neighbouring_rows_without_a_gap(rows, size):
    found = []
    for rank in range(size):
        shards = Shards(8, SimpleNamespace(rank=rank, size=size))
        own, division = range(rows)[shards.own(rows)], shards.divide(rows)
        assert [index for index, _ in division.parts] == [
            index for index, part in Shards(8).divide(rows).parts if part.start in own
        ]
        found += [own[row] for _, part in division.parts for row in range(len(own))[part]]
    assert found == list(range(rows))


@pytest.mark.parametrize("rows", [35, 37, 48])
@pytest.mark.parametrize(
    "more",
    [{}, {"clip_norm": 0.1}, {"class_weight": {1: 3.0}}, {"validation_split": 0.2}, {"accumulate": 2}],
    ids=["plain", "clip_norm", "class_weight", "split", "accumulate"],
)
def test_shards_train_as_whole_batches_do(backend, rows, more):
    parts, history = train(4, rows=rows, **more)
    whole, expected = train(None, rows=rows, **more)
    np.testing.assert_allclose(parts.vector.value, whole.vector.value, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(history.step_losses, expected.step_losses, rtol=1e-10)
    np.testing.assert_allclose(history["accuracy"], expected["accuracy"])


def test_samples_that_count_train_as_in_whole_batches(backend):
    weights = np.random.default_rng(1).random(37)
    parts, whole = (train(shards, sample_weight=weights)[0] for shards in (8, None))
    np.testing.assert_allclose(parts.vector.value, whole.vector.value, rtol=1e-9, atol=1e-12)


def test_lbfgs_takes_shards(backend):
    parts, whole = (train(shards, optimizer=LBFGS(), batch_size=37)[0] for shards in (4, None))
    np.testing.assert_allclose(parts.vector.value, whole.vector.value, rtol=1e-6, atol=1e-9)


def test_one_shard_of_a_network_that_draws_nothing_has_the_bits_of_none(backend):
    assert train(1, dtype="float32")[0].digest() == train(None, dtype="float32")[0].digest()


def test_replayed_and_plain_passes_have_equal_bits():
    def digest():
        return train(4, net=random_net(), x=problem(48), augment=[noise])[0].digest()

    assert digest() == plainly(digest)


def test_batches_of_a_loader_are_divided_too(backend):
    x, y = problem(32)
    net, _ = train(4, net=random_net(), x=(Loader(x, y, batch_size=16, shuffle=False), None), batch_size=None)
    other, _ = train(4, net=random_net(), x=(x, y), shuffle=False)
    assert net.digest() == other.digest()


def test_running_statistics_are_the_means_of_those_of_the_shards(backend):
    x, y = problem(16, dtype="float64")
    net = Sequential([BatchNorm(), Dense(3)], input_shape=4, dtype="float64")
    train(4, net=net, x=(x, y), epochs=1, shuffle=False)
    np.testing.assert_allclose(net.buffers["0.running_mean"], 0.1 * x.mean(axis=0), rtol=1e-12)
    variances = [part.var(axis=0, ddof=1) for part in np.split(x, 4)]
    np.testing.assert_allclose(net.buffers["0.running_var"], 0.9 + 0.1 * np.mean(variances, axis=0), rtol=1e-12)
    assert net.buffers["0.num_batches_tracked"] == 1


@pytest.mark.parametrize("stop", [1, 3, 5])
def test_a_resumed_training_has_the_bits_of_one_that_was_not_interrupted(backend, tmp_path, stop):
    def run(*callbacks):
        return train(4, net=random_net(), x=problem(48), augment=[noise], callbacks=callbacks)[0].digest()

    with pytest.raises(KeyboardInterrupt):
        run(Checkpoint(tmp_path, every_steps=1), Interrupt(stop))
    assert run(Checkpoint(tmp_path, resume=True)) == run()


def test_what_is_drawn_follows_from_seed_step_and_shard_and_moves_no_generator():
    net = small_net()
    before = net.dropout.bit_generator.state
    draws = set()
    for use, step, shard in [("dropout", 0, 0), ("augmentation", 0, 0), ("dropout", 1, 0), ("dropout", 0, 1)]:
        with drawing(net, use, step, shard) as rng:
            draws.add(rng.random())
    with drawing(net, "dropout", 0, 1) as rng:
        assert rng.random() in draws
    assert len(draws) == 4
    assert net.dropout.bit_generator.state == before


def test_a_step_that_fails_leaves_running_statistics_and_weights(backend):
    net, (x, y) = random_net(), problem(16)
    x[13] = 3e38
    before = net.digest()
    with pytest.raises(nnfs.NumericError):
        train(4, net=net, x=(x, y), shuffle=False)
    assert net.digest() == before


@pytest.mark.parametrize("shards", [0, 3, 6, -2])
def test_shards_must_be_a_power_of_two(shards):
    with pytest.raises(ValueError, match="shards"):
        train(shards)


def test_shards_too_small_for_a_layer_are_an_error_before_the_first_step():
    with pytest.raises(ShapeError, match=r"layer 1, .* in each shard"):
        train(16, net=random_net(), x=problem(32))
