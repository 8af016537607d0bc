"""A network and its copy in PyTorch: the answer, what is said of it, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nnfs
import nnfs.io.torch
from nnfs.io.torch import comparison
from nnfs.io.torch.twin import TorchTwin


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(100, 6)).astype(np.float32), rng.integers(0, 3, 100)


def network(*layers):
    return nnfs.Sequential([nnfs.Dense(8), nnfs.ReLU(), *layers, nnfs.Dense(3)], 6, seed=1)


def compare(net, x, y, **options):
    options = {"loss": "cross_entropy", "measure": False, "batch_size": 16, "steps": 10} | options
    return nnfs.io.torch.compare(net, x, y, **options)


def wrong_twin(network, **options):
    """Return a copy one of whose weights is wrong."""
    twin = TorchTwin(network, **options)
    twin.model[2].weight.data[0, 0] += 0.01
    return twin


@pytest.mark.parametrize("optimizer", ["sgd", nnfs.optimizers.Adam(nnfs.schedules.Cosine(0.01, 10))])
def test_equal_networks_agree_and_the_network_is_left_alone(backend, torch, data, optimizer):
    net = network(nnfs.Dropout(0.5), nnfs.BatchNorm())
    before, threads = (net.digest(), net.dropout.bit_generator.state, net.loss), torch.get_num_threads()
    found = compare(net, *data, optimizer=optimizer)
    assert found.agrees
    assert found.agreeing_steps == len(found.losses["nnfs"]) == 10
    assert len(set(found.losses["nnfs"])) == 10
    assert (net.digest(), net.dropout.bit_generator.state, net.loss) == before
    assert torch.get_num_threads() == threads
    text = str(found)
    assert "dropout drops the same units in both" in text
    assert "batches are normalized by themselves for loss and gradients" in text
    assert "within 1 % in all 10 steps" in text
    assert "DISAGREE" not in text


def test_batches_follow_each_other_and_begin_anew(torch, data):
    x, y = data
    net = network()
    losses = compare(net, x, y, steps=7).losses["nnfs"]
    trainer = nnfs.Trainer(net, loss="cross_entropy", optimizer="sgd")
    rows = [slice(start % 96, start % 96 + 16) for start in range(0, 112, 16)]
    assert losses == [trainer.step(x[each], y[each]) for each in rows]


def test_a_copy_that_is_wrong_is_told_with_its_layer_and_no_ratio_of_times(torch, data, monkeypatch):
    monkeypatch.setattr(comparison, "TorchTwin", wrong_twin)
    monkeypatch.setattr(comparison, "SECONDS", 0.01)
    monkeypatch.setattr(comparison, "peak_bytes", lambda *arguments: None)
    monkeypatch.setattr(comparison, "import_seconds", lambda: {"nnfs": 0.1, "torch": 1.0})
    found = compare(network(), *data, measure=True)
    assert not found.agrees
    assert found.speed_ratio is None
    text = str(found)
    assert "THEY DISAGREE, first in layer 2, Dense(3): outputs: 0." in text
    assert "no ratio of times is given" in text
    assert "times as long" not in text
    assert "one training step: nnfs " in text
    assert "import: nnfs 100 ms, PyTorch 1,000 ms" in text
    assert "peak memory" not in text
    plain = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert (plain["agrees"], plain["speed_ratio"]) == (False, None)
    assert {"layer": "2, Dense(3)", "what": "outputs", "agrees": False}.items() <= next(
        each for each in plain["differences"] if not each["agrees"]
    ).items()


def test_times_of_equal_networks_have_a_ratio(torch, data, monkeypatch):
    monkeypatch.setattr(comparison, "SECONDS", 0.01)
    monkeypatch.setattr(comparison, "peak_bytes", lambda *arguments: {"nnfs": 2**20, "torch": 2**22})
    monkeypatch.setattr(comparison, "import_seconds", lambda: {"nnfs": 0.1, "torch": 1.0})
    found = compare(network(), *data, measure=True)
    assert found.speed_ratio == found.step_seconds["torch"] / found.step_seconds["nnfs"]
    assert f"PyTorch takes {found.speed_ratio:.2f} times as long for a step" in str(found)
    assert "peak memory: nnfs 1 MiB, PyTorch 4 MiB" in str(found)


@pytest.mark.parametrize(("steps", "agreeing", "answer"), [(10, 5, True), (10, 4, False), (3, 3, True), (3, 2, False)])
def test_losses_may_part_when_rounding_has_grown_but_not_in_the_first_steps(torch, data, steps, agreeing, answer):
    found = compare(network(), *data, steps=steps)
    vars(found).update(agreeing_steps=agreeing)
    assert found.agrees is answer
    assert (f"THEY DISAGREE from step {agreeing + 1} on, one of the first 5" in str(found)) is not answer


def test_numbers_that_are_not_finite_are_none_in_json(torch, data):
    found = compare(network(), *data)
    vars(found).update(losses={"nnfs": [1.0, float("nan")], "torch": [1.0, 2.0]})
    assert found.as_dict()["losses"]["nnfs"] == [1.0, None]


def test_a_notebook_shows_it_as_tables(torch, data):
    html = compare(network(), *data)._repr_html_()
    assert html.count("<table>") == 2
    assert ">2, Dense(3)</td>" in html


class Foreign(nnfs.ReLU):
    """A layer of somebody's own."""


@pytest.mark.parametrize(
    ("net", "options", "error", "message"),
    [
        (network(Foreign()), {}, nnfs.UnsupportedError, r"no counterpart here of layer 2, Foreign\(\)"),
        (nnfs.Sequential([nnfs.ReLU()], 6), {}, nnfs.ShapeError, "no parameters"),
        (network(), {"loss": None}, ValueError, "loss"),
        (network(), {"steps": 0}, ValueError, "compare: steps"),
        (network(), {"batch_size": 1.5}, nnfs.DTypeError, "compare: batch_size"),
        (network(), {"optimizer": "sdg"}, ValueError, "sgd"),
        (network(), {"measure": "no"}, nnfs.DTypeError, "compare: measure"),
        ("runs/a", {}, nnfs.DTypeError, r"network first, got str; write compare\(nnfs.load\('runs/a'\), x, y\)"),
        (nnfs.Dense(3), {}, nnfs.DTypeError, "network first, got Dense; write compare"),
    ],
)
def test_what_cannot_be_compared_is_refused(torch, data, net, options, error, message):
    with pytest.raises(error, match=message):
        compare(net, *data, **options)


def test_samples_and_weights_that_do_not_fit_are_refused(torch, data):
    x, y = data
    with pytest.raises(nnfs.ShapeError, match=r"\(N, 6\)"):
        compare(network(), x[:, :5], y)
    with pytest.raises(ValueError, match="y"):
        compare(network(), x, y + 7)
    net = network()
    net.vector.value[0] = np.nan
    with pytest.raises(nnfs.NumericError, match="weights that are not finite"):
        compare(net, x, y)


def test_tiny_numbers_are_no_error_whatever_numpy_is_set_to(torch, data):
    x, y = data
    net = nnfs.Sequential([nnfs.Dense(8), nnfs.Dense(3)], 6, dtype="float64")
    with np.errstate(all="raise"):
        assert compare(net, x * 1e-160, y).agrees


def test_a_batch_of_all_samples_where_there_are_fewer(torch, data):
    x, y = data
    assert compare(network(), x[:5], y[:5]).batch_size == 5


def test_without_pytorch_the_error_shows_how_to_install_it(data, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(ImportError, match=r'PyTorch is not installed; write: pip install "torch==2.13.0"'):
        compare(network(), *data)
