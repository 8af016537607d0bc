import copy
import json
import pickle
import re

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
    with pytest.raises(KeyError, match="no figure 'accuracy'; this history has epoch, loss, val_loss"):
        history["accuracy"]


def test_it_is_a_mapping():
    history = History()
    assert not history
    assert "loss" not in history
    assert dict(history) == {}
    history.epochs += [{"loss": 2.0, "val_loss": 3.0}, {"loss": 1.0, "val_loss": 2.5}]
    assert list(history) == list(history.keys()) == ["epoch", "loss", "val_loss"]
    assert len(history) == 3
    assert "val_loss" in history
    assert "accuracy" not in history
    assert history.get("accuracy") is None
    assert dict(history.items()) == {"epoch": [1, 2], "loss": [2, 1], "val_loss": [3, 2.5]}
    assert list(history.values()) == [[1, 2], [2, 1], [3, 2.5]]


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


def two_epochs():
    history = History()
    history.epochs += [{"loss": 2.0, "val_loss": 3.0}, {"loss": 1.0, "val_loss": 2.5}]
    return history


@pytest.mark.parametrize("of", [lambda history: history, lambda history: history.epochs])
def test_a_table_of_pandas_has_a_row_for_each_epoch(of):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(of(two_epochs()))
    assert (len(table), table["loss"].tolist(), table["val_loss"].tolist()) == (2, [2, 1], [3, 2.5])
    assert pandas.DataFrame(of(History())).empty


def test_a_table_of_pandas_names_its_rows_by_epoch():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(two_epochs())
    assert list(table) == ["epoch", "loss", "val_loss"]
    assert table.set_index("epoch").loc[2, "loss"] == 1


@pytest.mark.parametrize("history", [History(), two_epochs()], ids=["no epochs", "two epochs"])
def test_whatever_reads_a_dict_reads_the_figures(history):
    figures = {name: history[name] for name in history}
    assert json.loads(json.dumps(history)) == json.loads(json.dumps(history, indent=1)) == figures
    assert dict(history) == {**history} == history.copy() == history | {} == {} | history == history == figures
    assert dict(zip(history, history.values(), strict=True)) == dict(history.items()) == figures


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda history: pickle.loads(pickle.dumps(history))])
def test_a_copy_has_all_of_it(again):
    history = two_epochs()
    history.step_losses, history.best_epoch = [2.0, 1.0], 2
    copied = again(history)
    assert vars(copied) == vars(history)
    assert (type(copied), copied) == (History, history)


@pytest.mark.parametrize(
    "change",
    [
        lambda history: history.update(loss=[1]),
        lambda history: history.__setitem__("loss", [1]),
        lambda history: history.__delitem__("loss"),
        lambda history: history.__ior__({"loss": [1]}),
        lambda history: history.pop("loss"),
        lambda history: history.popitem(),
        lambda history: history.setdefault("loss", []),
        lambda history: history.clear(),
    ],
)
def test_a_history_cannot_be_changed_by_the_methods_of_a_dict(change):
    history = two_epochs()
    with pytest.raises(TypeError, match=r"write dict\(history\)$"):
        change(history)
    assert dict(history) == {"epoch": [1, 2], "loss": [2, 1], "val_loss": [3, 2.5]}


def test_a_notebook_shows_a_row_for_each_epoch_and_of_many_the_first_and_the_last():
    history = History()
    assert "epoch" in history._repr_html_()
    history.epochs += [{"loss": 1 / epoch, "<b>": 0.5} for epoch in range(1, 31)]
    history.epochs[29]["late"] = 1.0
    del history.epochs[28]["<b>"]
    history.best_epoch = 4
    html = history._repr_html_()
    numbers = re.findall('<tr><td style="text-align:right">(.*?)</td>', html)
    assert numbers == [*map(str, range(1, 11)), "…", *map(str, range(21, 31))]
    assert ">0.03333</td>" in html
    assert "&lt;b&gt;" in html
    assert html.endswith("<p>The weights are those of epoch 4.</p>")
