"""train_many: the weights of one training after the other, errors beside results, jobs that are not done again."""

from __future__ import annotations

import copy
import csv

import pytest

import nnfs
from nnfs.callbacks import Callback, EarlyStopping
from nnfs.many.job import Fit, Run

X, Y = nnfs.data.moons(samples=100)[1:3]
FIT = {"loss": "cross_entropy", "epochs": 2}


def networks(count):
    return [nnfs.NeuralNetwork(2, [8], 2, seed=seed) for seed in range(count)]


def serial(count, **changes):
    found = []
    for network in networks(count):
        network.fit(X, Y, **FIT | changes, verbose=0)
        found.append(network.digest())
    return found


def digests(results):
    return [result.network.digest() for result in results]


class Refusing(Callback):
    def on_epoch_end(self, training):
        raise ValueError("no\nmore")


class Interrupting(Callback):
    def on_epoch_end(self, training):
        raise KeyboardInterrupt


def test_networks_get_the_weights_of_one_training_after_the_other(backend):
    assert digests(nnfs.train_many(networks(3), X, Y, workers=2, verbose=False, **FIT)) == serial(3)


def test_the_networks_that_were_given_stay_as_they_were():
    given = networks(1)
    before = given[0].digest()
    result = nnfs.train_many(given, X, Y, verbose=False, **FIT)[0]
    assert given[0].digest() == before != result.network.digest()
    assert result.history.figures["loss"] == result.figures["loss"]


def test_a_job_has_arguments_of_its_own():
    jobs = [{"network": network, "epochs": epochs} for network, epochs in zip(networks(2), (1, 3), strict=True)]
    results = nnfs.train_many(jobs, X, Y, verbose=False, **FIT)
    assert [len(result.history.epochs) for result in results] == [1, 3]


def test_jobs_do_not_share_what_a_callback_remembers():
    stopping = EarlyStopping("loss", patience=1, minimum_change=10)
    results = nnfs.train_many(networks(2), X, Y, verbose=False, callbacks=[stopping], **FIT | {"epochs": 5})
    assert [len(result.history.epochs) for result in results] == [2, 2]
    assert results[0].stopped


def test_a_job_that_fails_has_its_error_and_the_others_go_on(capsys):
    jobs = [*networks(1), {"network": networks(1)[0], "callbacks": [Refusing()]}]
    good, bad = nnfs.train_many(jobs, X, Y, workers=1, **FIT)
    assert (good.error, bad.error, bad.network) == (None, "ValueError: no more", None)
    assert capsys.readouterr().err.splitlines()[1].endswith(": ValueError: no more")


def test_finished_networks_are_not_trained_again(tmp_path, monkeypatch):
    first = nnfs.train_many(networks(2), X, Y, folder=tmp_path, verbose=False, **FIT)
    monkeypatch.setattr("nnfs.training.loop.Loop._run_epoch", lambda self: pytest.fail("trained again"))
    again = nnfs.train_many(networks(2), X, Y, folder=tmp_path, verbose=False, **FIT)
    assert digests(again) == digests(first)
    assert again[0].figures == first[0].figures


def test_a_folder_of_other_networks_is_an_error_of_each_job(tmp_path):
    nnfs.train_many(networks(1), X, Y, folder=tmp_path, verbose=False, **FIT)
    result = nnfs.train_many(networks(1), X, Y, folder=tmp_path, verbose=False, **FIT | {"epochs": 2, "batch_size": 9})
    assert "batch_size was 32, is 9" in result[0].error


def test_settings_become_runs_with_the_result_of_nnfs_train(tmp_path, backend, capsys):
    jobs = [{"seed": 1}, {"seed": 2, "optimizer": {"name": "sgd", "learning_rate": 1e30}}]
    good, bad = nnfs.train_many(jobs, data="moons", epochs=1, folder=tmp_path / "many", workers=1)
    alone = nnfs.runs.train({"data": "moons", "epochs": 1, "seed": 1}, output=tmp_path, name="alone", verbose=0)
    assert nnfs.load(good.run).digest() == nnfs.load(alone["run"]).digest()
    assert good.figures["val_loss"] == alone["figures"]["val_loss"]
    assert bad.error.startswith("NumericError: epoch 1")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "job 0 seed=1",
        "job 1 seed=2 optimizer.name=sgd optimizer.learning_rate=1e+30",
    ]
    with open(tmp_path / "many" / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["optimizer.name"] for row in rows] == ["", "sgd"]
    assert rows[1]["error"] == bad.error
    assert "epoch 1/1: loss" in (tmp_path / "many" / rows[0]["run"] / "log.txt").read_text()


def test_finished_runs_are_not_done_again(tmp_path, monkeypatch):
    how = {"data": "moons", "epochs": 1, "folder": tmp_path, "verbose": False}
    first = nnfs.train_many([{"seed": 1}], **how)
    monkeypatch.setattr("nnfs.many.job.train", lambda *_, **__: pytest.fail("trained again"))
    again = nnfs.train_many([{"seed": 1}], **how)
    assert again == first


@pytest.mark.parametrize("checkpoint_epochs", [0, 1])
def test_a_run_that_was_broken_off_goes_on_to_the_same_bits(tmp_path, checkpoint_epochs):
    settings = {"data": "moons", "epochs": 2, "checkpoint_epochs": checkpoint_epochs}
    with pytest.raises(KeyboardInterrupt):
        Run(0, settings, str(tmp_path / "broken"), (Interrupting(),)).run(None)
    found = nnfs.train_many([settings], folder=tmp_path / "broken", verbose=False)[0]
    whole = nnfs.train_many([settings], folder=tmp_path / "whole", verbose=False)[0]
    assert nnfs.load(found.run).digest() == nnfs.load(whole.run).digest()
    assert found.figures == whole.figures


def test_ctrl_c_in_a_job_ends_all_of_them(tmp_path):
    jobs = [{"network": networks(1)[0], "callbacks": [Interrupting()]}, *networks(3)]
    with pytest.raises(KeyboardInterrupt):
        nnfs.train_many(jobs, X, Y, verbose=False, **FIT | {"epochs": 10_000})


def test_other_processes_give_the_same_bits():
    how = {"executor": "processes", "workers": 1, "verbose": False, "validation_data": (X, Y)}
    results = nnfs.train_many(networks(2), X, Y, **how, **FIT)
    assert digests(results) == serial(2)
    assert results[0].history["val_loss"]


@pytest.mark.parametrize(
    ("jobs", "how", "words"),
    [
        ([], {}, "jobs is empty"),
        ("digits", {}, "jobs must be a list"),
        (networks(1)[0], {}, "jobs must be a list"),
        ({"seed": 1}, {}, "jobs must be a list"),
        ([networks(1)[0], {"seed": 1}], {}, r"jobs\[1\] must be a network"),
        ([{"seed": 1}, 3], {}, r"jobs\[0\] must be"),
        ([{"seed": 1}], {}, "folder="),
        ([{"sed": 1}], {"folder": "x"}, "there is no setting 'sed'"),
        ([{"seed": 1}, {"seed": 1}], {"folder": "x"}, "jobs 0 and 1 are the same"),
        ([{"seed": 1}], {"folder": "x", "x": X}, "x and y are for networks"),
        (networks(1), {"x": X, "y": Y, "epoch": 3}, "fit has no argument 'epoch'; write epochs="),
        ([{"network": networks(1)[0], "lr": 3}], {"x": X}, r"jobs\[0\]: fit has no argument 'lr'"),
        (networks(1), {"loss": "l1"}, "x is missing"),
    ],
)
def test_wrong_jobs_are_refused_before_anything_is_trained(jobs, how, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((TypeError, ValueError), match=words):
        nnfs.train_many(jobs, **how)
    assert not list(tmp_path.iterdir())


def test_a_job_is_small_however_large_the_data_are():
    import pickle

    network = networks(1)[0]
    assert len(pickle.dumps(Fit(0, network, {}, None))) < 2 * len(pickle.dumps(copy.deepcopy(network)))
    assert len(pickle.dumps(Run(0, {"data": "moons"}, "runs"))) < 500


def test_data_of_runs_are_loaded_once(tmp_path, monkeypatch):
    from nnfs.many import job

    loaded = []
    real = job.load_run_samples
    monkeypatch.setattr(job, "_samples", {})
    monkeypatch.setattr(job, "load_run_samples", lambda settings: loaded.append(1) or real(settings))
    nnfs.train_many([{"seed": seed} for seed in range(3)], data="moons", epochs=1, folder=tmp_path, verbose=False)
    assert loaded == [1]
