import pickle

import pytest

from nnfs import History


def test_figures_come_out_by_name():
    history = History()
    with pytest.raises(KeyError, match="no figure 'loss'; this history has no epochs"):
        history["loss"]
    assert repr(history) == "History(epochs=0)"
    history.epochs += [{"loss": 2.0, "val_loss": 3.0}, {"loss": 1.0, "val_loss": 2.5}]
    assert history["loss"] == [2, 1]
    assert repr(history) == "History(epochs=2, loss=1, val_loss=2.5)"
    with pytest.raises(KeyError, match="no figure 'accuracy'; this history has loss, val_loss"):
        history["accuracy"]


def test_it_is_a_mapping():
    history = History()
    assert not history
    assert "loss" not in history
    assert dict(history) == {}
    history.epochs += [{"loss": 2.0, "val_loss": 3.0}, {"loss": 1.0, "val_loss": 2.5}]
    assert list(history) == list(history.keys()) == ["loss", "val_loss"]
    assert len(history) == 2
    assert "val_loss" in history
    assert "accuracy" not in history
    assert history.get("accuracy") is None
    assert dict(history.items()) == {"loss": [2, 1], "val_loss": [3, 2.5]}
    assert list(history.values()) == [[2, 1], [3, 2.5]]


@pytest.mark.parametrize(("name", "line"), [("history", "history['loss']"), ("val_loss", "history['val_loss']")])
def test_an_attribute_that_is_a_figure_is_answered_by_what_to_write(name, line):
    history = History()
    history.epochs.append({"loss": 1.0, "val_loss": 2.0})
    with pytest.raises(AttributeError) as caught:
        getattr(history, name)
    assert str(caught.value) == f"a history has no attribute {name!r}; it is a mapping itself: {line}"
    assert pickle.loads(pickle.dumps(history)) == history
    with pytest.raises(AttributeError, match=r"^a history has no attribute 'colour'$"):
        _ = history.colour


def test_a_table_of_pandas_has_a_row_for_each_epoch():
    pandas = pytest.importorskip("pandas")
    history = History()
    history.epochs += [{"loss": 2.0, "val_loss": 3.0}, {"loss": 1.0, "val_loss": 2.5}]
    table = pandas.DataFrame(history.epochs)
    assert (table.shape, list(table), table["loss"].tolist()) == ((2, 2), ["loss", "val_loss"], [2, 1])
