"""What was seen to go wrong in a run is kept in its folder."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import nnfs
from nnfs.runs.findings import add_findings, read_findings
from nnfs.runs.run_files import RunFiles
from nnfs.training.diagnosis.finding import Finding

FIRST = Finding("the loss rises", "epoch 2", "5", "a smaller rate", "--optimizer sgd")


def test_findings_are_kept_once_and_the_later_one_stays(tmp_path):
    other = Finding("dead ReLUs", "layer 1", "90 %", "LeakyReLU()", "--network mlp")
    later = Finding(FIRST.what, "epoch 4", "9", FIRST.write, FIRST.command)
    assert read_findings(tmp_path) == []
    add_findings(tmp_path, [])
    assert list(tmp_path.iterdir()) == []
    add_findings(tmp_path, [FIRST, other])
    add_findings(tmp_path, [later])
    assert read_findings(tmp_path) == [later, other]


@pytest.mark.parametrize("text", ["", "{", "{}", '[1, {"what": "a"}, {"what": 1, "where": 2, "got": 3}]'])
def test_a_damaged_file_holds_none(tmp_path, text):
    (tmp_path / "findings.json").write_text(text)
    assert read_findings(tmp_path) == []


def test_a_run_keeps_what_it_warns_of_before_its_first_step_and_at_each_epoch():
    class Look(nnfs.callbacks.Callback):
        def on_epoch_begin(self, training):
            kept.append([finding.what for finding in read_findings(Path.cwd())])

    kept = []
    x = np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)
    x[:, 1] = x[:, 0]
    network = nnfs.NeuralNetwork(2, 4, 2)
    callbacks = [RunFiles(Path.cwd(), {}), Look()]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        network.fit(x, np.arange(64) % 2, loss="cross_entropy", epochs=2, callbacks=callbacks, verbose=2)
    entries = json.loads(Path("findings.json").read_text())
    assert [str(Finding(**entry)) for entry in entries] == [str(warning.message) for warning in told]
    assert kept[0] == ["two columns are equal, so that one of them adds nothing"]
