import pytest

from nnfs import History


def test_figures_come_out_by_name():
    history = History()
    assert history["loss"] == []
    assert repr(history) == "History(epochs=0)"
    history.epochs += [{"loss": 2.0, "val_loss": 3.0}, {"loss": 1.0, "val_loss": 2.5}]
    assert history["loss"] == [2, 1]
    assert repr(history) == "History(epochs=2, loss=1, val_loss=2.5)"
    with pytest.raises(KeyError, match="no figure 'accuracy'; this history has loss, val_loss"):
        history["accuracy"]
