import numpy as np
import pytest

from nnfs.system.notebook import Line
from nnfs.training.history import History
from nnfs.training.progress import Progress


def report(verbose, best=None):
    progress = Progress(epochs=2, verbose=verbose)
    for epoch in range(2):
        progress.begin_epoch(epoch, 3)
        for _ in range(3):
            progress.step()
        progress.end_epoch(epoch, {"loss": 0.25, "learning_rate": 0.1})
    progress.close()
    history = History()
    history.epochs, history.best_epoch = [{}, {}], best
    progress.end(history, lambda: "a1b2")


def test_one_line_an_epoch_where_nobody_watches(capsys):
    report("auto")
    assert capsys.readouterr() == ("", "epoch 1/2: loss 0.25\nepoch 2/2: loss 0.25\n")


def test_the_digest_of_the_weights_is_told_to_those_who_ask_for_lines(capsys):
    report(2)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "epoch 1/2: loss 0.25",
        "epoch 2/2: loss 0.25",
        "digest of the weights, net.digest(): SHA-256 a1b2",
    ]


def test_figures_of_any_size_keep_four_digits(capsys):
    progress = Progress(1, 2, name="PyTorch:")
    progress.end_epoch(0, {"loss": 17274773784.5494, "val_loss": 0.0000032, "seconds": 0.12345})
    assert capsys.readouterr().err == "PyTorch: epoch 1/1: loss 1.727e+10, val_loss 3.2e-06, seconds 0.1235\n"


def test_a_bar_with_the_figures(capsys):
    report(1)
    out, err = capsys.readouterr()
    assert out == ""
    assert "epoch 2/2:   0%" in err
    assert "a1b2" not in err
    assert err.splitlines()[-1].endswith("epoch 2/2: loss 0.25")


def test_the_line_of_an_epoch_is_whole_in_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    progress = Progress(1, 1)
    progress.begin_epoch(0, 3)
    figures = dict.fromkeys(("loss", "accuracy", "macro_f1", "val_loss", "val_accuracy", "val_macro_f1"), 0.125)
    progress.end_epoch(0, figures)
    assert "val_macro_f1 0.125" in capsys.readouterr().err


@pytest.mark.parametrize("verbose", [1, 2])
def test_weights_that_are_not_the_last_ones_are_said(capsys, verbose):
    report(verbose, best=1)
    assert "the weights are back to those of epoch 1 of 2, the best one\n" in capsys.readouterr().err
    report(verbose, best=2)
    assert "are back to" not in capsys.readouterr().err


def test_silence(capsys):
    report(0)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("verbose", [3, -1, "loud", None, 1.5])
def test_what_is_no_level_is_refused(verbose):
    with pytest.raises(ValueError, match='verbose must be "auto", 0, 1 or 2, got'):
        Progress(1, verbose)


def test_what_is_no_kind_of_verbose_is_refused_whatever_it_is():
    for wrong in (np.zeros(2), [], None, "loud", 3):
        with pytest.raises(ValueError, match='verbose must be "auto", 0, 1 or 2'):
            Progress(1, wrong)


def test_a_notebook_has_one_bar_with_the_figures_that_leaves_one_line(notebook, capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(Line, "write", lambda self, text, write=Line.write: (shown.append(text), write(self, text)))
    progress = Progress(2, "auto")
    assert notebook == []
    progress.begin_epoch(0, 3)
    assert len(notebook) == 1
    assert "epoch 1/2:   0%|          | 0/6" in notebook[0]["text/plain"]
    for _ in range(3):
        progress.step()
    progress.end_epoch(0, {"loss": 0.5, "val_loss": 0.75, "learning_rate": 0.1})
    progress.begin_epoch(1, 3)
    progress._bar.refresh()
    assert "epoch 2/2:  50%" in shown[-1]
    assert "loss 0.5, val_loss 0.75" in shown[-1]
    progress.end_epoch(1, {"loss": 0.25, "val_loss": 0.5})
    progress.close()
    assert notebook == [{"text/plain": "epoch 2/2: loss 0.25, val_loss 0.5"}]
    assert capsys.readouterr().err == ""


def test_a_notebook_tells_in_the_same_line_that_the_weights_are_not_the_last_ones(notebook, capsys):
    report(1, best=1)
    (line,) = notebook
    assert line["text/plain"].endswith("2/2: loss 0.25; the weights are back to those of epoch 1 of 2, the best one")
    assert capsys.readouterr().err == ""


def test_a_training_that_goes_on_or_ends_early_in_a_notebook_leaves_the_line_of_its_last_epoch(notebook):
    progress = Progress(4, 1)
    progress.begin_epoch(2, 10, taken=5)
    assert "| 25/40 " in notebook[0]["text/plain"]
    progress.close()
    assert "25/40" in notebook[0]["text/plain"]
    progress = Progress(4, 1)
    progress.begin_epoch(0, None)
    progress.end_epoch(0, {"loss": 1.0})
    progress.close()
    progress.close()
    assert notebook[1:] == [{"text/plain": "epoch 1/4: loss 1"}]


def test_lines_and_silence_are_in_a_notebook_what_they_are_elsewhere(notebook, capsys):
    report(2)
    report(0)
    assert notebook == []
    assert capsys.readouterr().err.startswith("epoch 1/2: loss 0.25\nepoch 2/2: loss 0.25\n")
