import csv
import json

import pytest
from trainings import problem, small_net

from nnfs.callbacks import Callback, CSVLog, EarlyStopping, JSONLinesLog


def fit(log, epochs=3, **arguments):
    net, (x, y) = small_net(), problem()
    return net.fit(x, y, loss="cross_entropy", epochs=epochs, verbose=0, callbacks=[log], **arguments)


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("log", "read"), [(CSVLog, read_csv), (JSONLinesLog, read_lines)])
def test_each_epoch_is_a_line_with_every_figure(log, read, tmp_path):
    history = fit(log(tmp_path / "log"), validation_split=0.2)
    wanted = [{"epoch": epoch + 1} | figures for epoch, figures in enumerate(history.epochs)]
    assert read(tmp_path / "log") == wanted
    assert list(read(tmp_path / "log")[0]) == ["epoch", *history.epochs[0]]
    fit(log(tmp_path / "log"), epochs=1)  # a new training replaces it
    assert len(read(tmp_path / "log")) == 1


def test_a_line_is_there_at_once(tmp_path):
    class Look(Callback):
        def on_epoch_begin(self, training):
            assert len((tmp_path / "log").read_text().splitlines()) == training.epoch

    net, (x, y) = small_net(), problem()
    callbacks = [JSONLinesLog(tmp_path / "log"), Look()]
    net.fit(x, y, loss="cross_entropy", epochs=3, verbose=0, callbacks=callbacks)


def test_a_file_that_cannot_be_written_is_an_error_before_the_first_step(tmp_path):
    with pytest.raises(OSError, match="missing"):
        fit(CSVLog(tmp_path / "missing" / "log"))


def test_a_training_that_is_refused_replaces_no_log(tmp_path):
    (tmp_path / "log").write_text("of another training\n")
    net, (x, y) = small_net(), problem()
    callbacks = [CSVLog(tmp_path / "log"), EarlyStopping("nothing")]
    with pytest.raises(ValueError, match="no figure 'nothing'"):
        net.fit(x, y, loss="cross_entropy", verbose=0, callbacks=callbacks)
    assert (tmp_path / "log").read_text() == "of another training\n"
