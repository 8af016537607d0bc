import numpy as np
import pytest
from thread_ranks import run_ranks
from trainings import Interrupt, problem, small_net

import nnfs
from nnfs import BatchNorm, Conv2D, Dense, Dropout, Flatten, ReLU, Sequential, WorkerError
from nnfs.callbacks import EMA, Checkpoint, CSVLog, EarlyStopping
from nnfs.data import Loader
from nnfs.optimizers import LBFGS, Adam
from nnfs.training.array_batches import ArrayBatches


@pytest.fixture(autouse=True)
def short_grace(monkeypatch):
    monkeypatch.setattr("nnfs.ranks.ranks.GRACE", 0.2)
    monkeypatch.setattr("nnfs.ranks.ranks.PATIENCE", 0.1)


def noise(x, rng):
    return x + rng.normal(size=x.shape).astype(x.dtype)


def random_net(dtype="float32", seed=3):
    return Sequential([Dense(8), BatchNorm(), ReLU(), Dropout(0.3), Dense(3)], input_shape=4, seed=seed, dtype=dtype)


def train(net=None, rows=37, x=None, **arguments):
    net = random_net() if net is None else net
    x, y = problem(rows, dtype=net.dtype.name) if x is None else x
    defaults = {"epochs": 2, "loss": "cross_entropy", "optimizer": Adam(0.01), "batch_size": 16, "shards": 4}
    return net, net.fit(x, y, verbose=0, **defaults | arguments)


def bits(net, history):
    return net.digest(), history.step_losses, history["accuracy"]


def stop_at(step):
    class Stop(nnfs.callbacks.Callback):
        def on_step_end(self, training):
            if len(training.history.step_losses) == step:
                training.stop("enough")

    return Stop()


@pytest.mark.parametrize(
    "arguments",
    [
        {"augment": [noise], "rows": 48},
        {"validation_split": 0.25, "shuffle": False, "clip_norm": 0.1, "rows": 64},
        {"accumulate": 2, "class_weight": {1: 3.0}, "rows": 64},
        {"metrics": ["accuracy", "macro_f1"], "rows": 48},
        {"net": small_net, "rows": 35, "batch_size": 33},
        {"net": small_net, "rows": 37, "sample_weight": np.linspace(0, 1, 37)},
        {"net": small_net, "optimizer": LBFGS(), "batch_size": 37},
        {"net": small_net, "rows": 1},
        {"net": small_net, "rows": 18},
        {"callbacks": lambda: [EMA(0.9), EarlyStopping(patience=1)], "validation_split": 0.25, "epochs": 4},
        {"callbacks": lambda: [stop_at(4)], "epochs": 4, "rows": 48},
    ],
    ids=["augment", "clip", "accumulate", "metrics", "last", "weights", "lbfgs", "one row", "two", "ema", "stop"],
)
def test_one_two_and_four_ranks_have_equal_bits(monkeypatch, arguments):
    def work(ranks):
        made = {name: value() for name, value in arguments.items() if name in ("net", "callbacks")}
        return bits(*train(**arguments | made))

    results = [result for size in (1, 2, 4) for result in run_ranks(monkeypatch, size, work)]
    assert isinstance(results[0], tuple), results[0]
    assert results == results[:1] * 7


def test_convolutions_have_equal_bits(monkeypatch):
    x = np.random.default_rng(0).normal(size=(20, 1, 6, 6)).astype("float32")

    def work(ranks):
        layers = [Conv2D(4, 3, padding="same"), BatchNorm(), ReLU(), Flatten(), Dense(3)]
        return bits(*train(Sequential(layers, input_shape=(1, 6, 6)), x=(x, np.arange(20) % 3), batch_size=20))

    results = [result for size in (1, 2) for result in run_ranks(monkeypatch, size, work)]
    assert results == results[:1] * 3


@pytest.mark.parametrize("source", ["memory-mapped", "loader"])
def test_memory_mapped_arrays_and_loaders_are_divided_too(monkeypatch, tmp_path, source):
    x, y = problem(48)
    np.save(tmp_path / "x.npy", x)
    read = []

    def take(batches, name, values, rows):
        read.append(len(rows))
        return original(batches, name, values, rows)

    original = ArrayBatches._take
    monkeypatch.setattr(ArrayBatches, "_take", take)

    def work(ranks):
        if source == "loader":
            return bits(*train(x=(Loader(x, y, batch_size=16, seed=1), None), batch_size=None))
        return bits(*train(x=(np.load(tmp_path / "x.npy", mmap_mode="r"), y)))

    results = [result for size in (1, 2) for result in run_ranks(monkeypatch, size, work)]
    assert isinstance(results[0], tuple), results[0]
    assert results == results[:1] * 3
    assert set(read) == ({16, 8} if source == "memory-mapped" else set())


@pytest.mark.parametrize(("before", "after"), [(1, 4), (2, 1), (4, 2)])
def test_a_training_goes_on_with_another_number_of_ranks(monkeypatch, tmp_path, before, after):
    def work(ranks, *callbacks):
        return bits(*train(rows=48, augment=[noise], callbacks=callbacks))

    whole = work(None)
    broken = run_ranks(
        monkeypatch, before, lambda ranks: work(ranks, Checkpoint(tmp_path, every_steps=1), Interrupt(4))
    )
    assert all(type(error) in (KeyboardInterrupt, WorkerError) for error in broken)
    on = run_ranks(monkeypatch, after, lambda ranks: work(ranks, Checkpoint(tmp_path, resume=True)))
    assert on == [whole] * after


def test_only_the_first_rank_calls_callbacks_that_write(monkeypatch, tmp_path):
    def work(ranks):
        folder = tmp_path / str(ranks.rank)
        folder.mkdir()
        return bits(*train(rows=48, callbacks=[Checkpoint(folder / "checkpoints"), CSVLog(folder / "log.csv")]))

    first, second = run_ranks(monkeypatch, 2, work)
    assert first == second
    assert sorted(path.name for path in (tmp_path / "0").iterdir()) == ["checkpoints", "log.csv"]
    assert not [*(tmp_path / "1").iterdir()]


def one_value_differs(x, y):
    x = x.copy()
    x[3, 2] += 1
    return x, y


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("settings.seed", lambda: {"net": random_net(seed=4)}),
        ("settings.dtype", lambda: {"net": random_net(dtype="float64")}),
        ("settings.layers", lambda: {"net": Sequential([Dense(3)], input_shape=4, seed=3)}),
        ("settings.optimizer.Adam.learning_rate is 0.01 on rank 0, 0.02", lambda: {"optimizer": Adam(0.02)}),
        ("settings.batch_size", lambda: {"batch_size": 8}),
        ("settings.shards", lambda: {"shards": 2}),
        ("epochs is 2 on rank 0, 3 on rank 1", lambda: {"epochs": 3}),
        ("data", lambda: {"x": one_value_differs(*problem(48))}),
        ("callbacks", lambda: {"callbacks": [EMA(0.9)]}),
        ("validation data", lambda: {"validation_data": problem(8)}),
    ],
)
def test_ranks_that_differ_are_an_error_on_all_before_the_first_step(monkeypatch, name, change):
    nets = {}

    def work(ranks):
        arguments = {"net": random_net(), "rows": 48} | (change() if ranks.rank else {})
        nets[ranks.rank] = arguments["net"], arguments["net"].digest()
        train(**arguments)

    for error in run_ranks(monkeypatch, 2, work):
        assert type(error) is WorkerError, error
        assert name in str(error)
    assert all(net.digest() == before for net, before in nets.values())


@pytest.mark.parametrize("name", ["nnfs", "numpy", "backend", "isa", "blas"])
def test_ranks_of_different_versions_or_kernels_are_an_error(monkeypatch, name):
    from nnfs.training.environment import environment

    counter = iter(range(2))

    def environment_of(nodes):
        return environment(nodes) | {name: f"number {next(counter)}"}

    monkeypatch.setattr("nnfs.training.equal_ranks.environment", environment_of)
    for error in run_ranks(monkeypatch, 2, lambda ranks: train(rows=48)):
        assert type(error) is WorkerError
        assert f"{name} is 'number " in str(error)


def test_weights_that_drift_apart_are_an_error_at_the_end_of_the_epoch(monkeypatch):
    def work(ranks):
        net = random_net()

        class Drift(nnfs.callbacks.Callback):
            def on_epoch_end(self, training):
                training.network.vector.value[0] += ranks.rank

        train(net, rows=48, callbacks=[Drift()])

    for error in run_ranks(monkeypatch, 2, work):
        assert type(error) is WorkerError
        assert "weights is '" in str(error)


def test_a_callback_that_stops_one_rank_alone_is_an_error_on_all(monkeypatch):
    def work(ranks):
        train(rows=48, callbacks=[stop_at(1 + ranks.rank)])

    for error in run_ranks(monkeypatch, 2, work):
        assert type(error) is WorkerError
        assert "the ranks do not do the same" in str(error)


@pytest.mark.parametrize("rank", [0, 1])
def test_numbers_that_are_not_finite_stop_all_ranks_at_one_step(monkeypatch, rank):
    x, y = problem(48)
    x[24 * rank + 18] = 3e38
    steps = set()

    def work(ranks):
        net = random_net()
        before = {name: array.copy() for name, array in net.buffers.items()}
        try:
            train(net, x=(x, y), shuffle=False, batch_size=48)
        finally:
            steps.add(all((net.buffers[name] == array).all() for name, array in before.items()))

    errors = run_ranks(monkeypatch, 2, work)
    for error in errors:
        assert type(error) is nnfs.NumericError, error
        assert (error.step, error.epoch) == (0, 1)
    assert errors[rank].layer == 0
    assert "by the rows of another rank" in str(errors[1 - rank])
    assert steps == {True}


def test_an_iterable_that_cannot_be_compared_is_refused(monkeypatch):
    def work(ranks):
        train(x=([problem(8)], None), batch_size=None)

    for error in run_ranks(monkeypatch, 2, work):
        assert type(error) is ValueError
        assert "Loader" in str(error)


def test_shards_that_ranks_cannot_divide_are_an_error_that_names_how_many_can(monkeypatch):
    for error in run_ranks(monkeypatch, 4, lambda ranks: train(shards=2)):
        assert "shards=2 cannot be divided among 4 processes; start 1, 2 of them" in str(error)
