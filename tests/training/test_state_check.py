"""What is no state of a training is a FormatError, before anything is changed."""

from __future__ import annotations

import copy
import json
import os
import re
import warnings

import numpy as np
import pytest
from effort import times
from trainings import Interrupt, problem

from nnfs import BatchNorm, Dense, Dropout, FormatError, Sequential, UnsupportedError
from nnfs.callbacks import Callback, Checkpoint, EarlyStopping, ReduceOnPlateau, Statistics
from nnfs.data import Loader
from nnfs.io.architecture import digest_of
from nnfs.io.checkpoints import list_checkpoints
from nnfs.io.weights import read, write
from nnfs.optimizers import Adam


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)


def network():
    return Sequential([Dense(4), BatchNorm(), Dropout(0.2), Dense(3)], 4, seed=2)


def fit(folder, *others, net=None, source="arrays", epochs=3):
    x, y = problem(32)
    y = np.minimum(y, 1)
    net = network() if net is None else net
    arguments = {"loss": "cross_entropy", "optimizer": Adam(0.01), "epochs": epochs, "verbose": 0}
    waiting = [EarlyStopping("loss"), ReduceOnPlateau("accuracy"), Statistics(every_steps=2)]
    if source == "arrays":
        data, arguments["batch_size"], arguments["validation_split"] = (x, y), 8, 0.25
    else:
        data = (Loader(x, y, batch_size=8, prefetch=0),)
    checkpoint = Checkpoint(folder, every_steps=1, resume=True)
    return net.fit(*data, **arguments, callbacks=[*others, *waiting, checkpoint])


@pytest.fixture(scope="module", params=["arrays", "loader"])
def stopped(request, tmp_path_factory):
    """Return the source of batches, and the arrays and the metadata of a checkpoint within the second epoch."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.raises(KeyboardInterrupt):
        fit(folder, Interrupt(6), source=request.param)
    return request.param, *read(list_checkpoints(folder)[-1])


def save(folder, arrays, metadata, change):
    """Write a checkpoint whose state was changed, with the digest that goes with it."""
    arrays = {name: values.copy() for name, values in arrays.items()}
    text = json.loads(metadata["training"])
    text.pop("sha256")
    change(text["state"], arrays)
    write(arrays, metadata | {"training": json.dumps(text | {"sha256": digest_of(text, arrays)})}, folder)


def everything(net):
    generators = [net.shuffling, net.dropout, net.augmentation]
    state = {name: values.tobytes() for name, values in net.state_dict().items()}
    return state, net.loss, [copy.deepcopy(each.bit_generator.state) for each in generators]


def set_to(path, value):
    """Return a function that sets an entry of a state."""

    def change(state, arrays):
        *way, last = path
        for key in way:
            state = state[key]
        state[last] = value

    return change


def drop(path):
    def change(state, arrays):
        *way, last = path
        for key in way:
            state = state[key]
        del state[last]

    return change


def replace(name, values):
    return lambda state, arrays: arrays.update({name: values})


ARRAY = {"$array": "0.weight"}
WRONG = {
    "no totals": (set_to(["place", "totals"], {}), "place.totals: got .*, wanted loss, accuracy"),
    "text for samples": (set_to(["place", "samples"], "x"), "place.samples: got 'x', wanted a whole number >= 0"),
    "true for a number": (set_to(["place", "epoch"], True), "place.epoch: got True, wanted a whole number"),
    "beyond counting": (set_to(["steps"], 10**400), "steps: got 1000.*, wanted a whole number"),
    "below zero": (set_to(["place", "batch"], -1), "place.batch: got -1"),
    "seconds": (set_to(["place", "seconds"], {"$float": "inf"}), "place.seconds: got inf, wanted a number >= 0"),
    "stopped": (set_to(["place", "stopped"], 3), "place.stopped: got 3, wanted a text or nothing"),
    "a part is missing": (drop(["memory"]), "the whole: got .*, wanted settings, .*memory"),
    "a part is too many": (set_to(["more"], 1), "the whole: got .*, wanted settings"),
    "history": (set_to(["history", "epochs"], [{"loss": None}]), r"history.epochs\[0\].loss: got None"),
    "figures": (
        set_to(["history", "epochs", "$rows", "names", 0], "x"),
        r"history.epochs\[0\]: got \['x', .*wanted loss",
    ),
    "epochs": (set_to(["history", "epochs"], []), "history.epochs: got '0 epochs', wanted the 1 before"),
    "losses": (set_to(["history", "step_losses"], [1.0]), r"history.step_losses: got \[1.0\], wanted an array"),
    "memory": (set_to(["memory", "mean"], 3), r"memory.mean: got 3, wanted an array \(\d+,\) of float32"),
    "memory of another size": (
        replace("training/memory.mean", np.zeros(3, "f4")),
        r"memory.mean: got 'an array \(3,\) of float32'",
    ),
    "memory that is not finite": (
        replace("training/memory.square", np.full(43, np.nan, "f4")),
        "memory.square: got 'numbers that are not finite'",
    ),
    "weights of another shape": (
        replace("0.weight", np.zeros((2, 2), "f4")),
        r"network.0.weight: got 'an array \(2, 2\)",
    ),
    "weights of another type": (
        replace("0.weight", np.zeros((4, 4), "f8")),
        r"network.0.weight: got 'an array \(4, 4\) of float64'",
    ),
    "generator": (
        set_to(["generators", "dropout", "state", "state"], -1),
        "generators.dropout: got .*, wanted the state of a PCG64",
    ),
    "generator of another kind": (
        set_to(["generators", "shuffling", "bit_generator"], "MT19937"),
        "generators.shuffling: got .*, wanted the state of a PCG64",
    ),
    "callbacks": (set_to(["callbacks"], {}), "callbacks: got {}, wanted a list"),
    "callback": (set_to(["callbacks", 0], "EarlyStopping"), r"callbacks\[0\]: got"),
    "what a callback remembers": (set_to(["callbacks", 1, "state", "best"], "x"), "EarlyStopping: best: got 'x'"),
    "how long it waited": (set_to(["callbacks", 1, "state", "waited"], -3), "EarlyStopping: waited: got -3"),
    "the best weights": (
        set_to(["callbacks", 1, "state", "weights", "0.weight"], 1),
        "EarlyStopping: weights.0.weight",
    ),
    "cuts": (set_to(["callbacks", 2, "state", "cuts"], 0.5), "ReduceOnPlateau: cuts: got 0.5"),
    "rows": (set_to(["callbacks", 3, "state", "rows"], 4), "Statistics: rows: got 4, wanted a list"),
    "environment": (set_to(["environment"], 7), "environment: got 7, wanted values by name"),
    "an array for a setting": (set_to(["settings", "seed"], ARRAY), "settings: got .*, wanted numbers, texts, lists"),
    "an array for data": (set_to(["data", 0], ARRAY), r"data: got \[array"),
    "an array for the split": (set_to(["split"], ARRAY), "split: got array"),
    "an array among the environment": (set_to(["environment", "isa"], ARRAY), "environment: got .*, wanted numbers"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_state_is_named_and_nothing_is_changed(stopped, tmp_path, name):
    source, arrays, metadata = stopped
    change, words = WRONG[name]
    save(tmp_path / "checkpoint-000000000005.safetensors", arrays, metadata, change)
    net = network()
    net.vector.value += 1
    before = everything(net)
    with pytest.raises(FormatError, match=f"^the state of a training: {words}"):
        fit(tmp_path, net=net, source=source)
    assert everything(net) == before


def test_the_place_in_the_batches_is_checked(stopped, tmp_path):
    source, arrays, metadata = stopped
    words = {"arrays": ("began", "batches.began: got 5"), "loader": ("taken", "batches.taken: got -5")}[source]
    save(
        tmp_path / "checkpoint-000000000005.safetensors",
        *(arrays, metadata, set_to(["batches", words[0]], 5 if source == "arrays" else -5)),
    )
    with pytest.raises(FormatError, match=words[1]):
        fit(tmp_path, source=source)


def test_a_callback_that_refuses_its_state_leaves_all_as_it_was(stopped, tmp_path):
    class Picky(Callback):
        def load_state(self, state):
            raise KeyError("nothing fits")

    source, arrays, metadata = stopped
    picky = set_to(["callbacks"], [{"name": "Picky", "state": {}}])
    save(tmp_path / "checkpoint-000000000005.safetensors", arrays, metadata, picky)
    net = network()
    before = everything(net)
    with pytest.raises(FormatError, match="callbacks: Picky: KeyError: 'nothing fits'"):
        fit(tmp_path, Picky(), net=net, source=source)
    assert everything(net) == before


def test_a_callback_that_refuses_to_begin_leaves_all_as_it_was(stopped, tmp_path):
    class Refusing(Callback):
        def on_train_begin(self, training):
            raise RuntimeError("not now")

    source, arrays, metadata = stopped
    save(tmp_path / "checkpoint-000000000005.safetensors", arrays, metadata, lambda state, arrays: None)
    net = network()
    before = everything(net)
    with pytest.raises(RuntimeError, match="not now"):
        fit(tmp_path, Refusing(), net=net, source=source)
    assert everything(net) == before


# Any change at all

VALUES = [None, True, -1, 0, 1, 3.5, 2**70, 10**400, "", "x", [], {}, [1], {"a": 1}, {"$float": "nan"}, {"$array": "?"}]


def places(value, way=()):
    """Yield the path of every entry."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield [*way, key]
        yield from places(item, (*way, key))


def any_change(rng):
    """Return a random change: another value, an entry less or more, an array of other numbers, type or shape."""

    def change(state, arrays):
        for _ in range(int(rng.integers(1, 3))):
            if rng.random() < 0.2:
                name = sorted(arrays)[int(rng.integers(len(arrays)))]
                values = arrays[name]
                arrays[name] = [
                    *(values.astype("f8"), values.astype("i4"), np.zeros(3, values.dtype), values[None].copy()),
                    np.full(values.shape, np.nan).astype(values.dtype)
                    if values.dtype.kind == "f"
                    else np.zeros_like(values),
                ][int(rng.integers(5))]
                continue
            found = list(places(state))
            path = found[int(rng.integers(len(found)))]
            kind = rng.random()
            if kind < 0.2:
                drop(path)(state, arrays)
            elif kind < 0.3:
                set_to([*path[:-1], path[-1] if isinstance(path[-1], int) else "more"], 1)(state, arrays)
            else:
                set_to(path, copy.deepcopy(VALUES[int(rng.integers(len(VALUES)))]))(state, arrays)

    return change


@pytest.mark.parametrize("part", range(4))
def test_any_change_is_refused_or_harmless(stopped, tmp_path, part):
    source, arrays, metadata = stopped
    path, trained = tmp_path / "checkpoint-000000000005.safetensors", 0
    for case in range(times(50)):
        with np.errstate(invalid="ignore"):
            save(path, arrays, metadata, any_change(np.random.default_rng([part, case])))
        net = network()
        before = everything(net)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of another environment
                fit(tmp_path, net=net, source=source, epochs=2)
            trained += 1
        except (FormatError, UnsupportedError):
            assert everything(net) == before
        except ValueError as error:
            if not re.search("had other|held out other", str(error)):
                raise
            assert everything(net) == before
        for left in tmp_path.iterdir():
            left.unlink()
    assert trained < times(50) / 2
