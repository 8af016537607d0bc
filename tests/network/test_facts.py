"""Facts: what is known beside the weights is checked where it is given, and lasts as long as the network does."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import numpy as np
import pytest

import nnfs
from nnfs import DTypeError, Facts, FormatError, NeuralNetwork, ShapeError
from nnfs.callbacks import Checkpoint
from nnfs.network.preprocessing import Column, Preprocessing

KNOWN = Facts(
    class_names=["cat", "Hündchen, klein", "=owl()\n"],
    columns=("a", "b"),
    target="kind",
    sample_weight="w",
    pixels_divided_by=255,
    metrics=["accuracy", "macro_f1"],
)


def test_a_network_knows_nothing_until_it_is_told():
    network = NeuralNetwork(2, [], 3)
    assert network.facts == Facts()
    assert network.facts.known() == {}
    before = network.digest()
    network.facts = KNOWN
    assert network.digest() == before
    assert NeuralNetwork(2, [], 3).facts == Facts()


def test_lists_become_tuples_and_cannot_be_changed():
    assert Facts(class_names=np.array(["a", "b"])).class_names == ("a", "b")
    assert type(Facts(class_names=np.array(["a", "b"])).class_names[0]) is str
    assert KNOWN.known()["columns"] == ["a", "b"]
    with pytest.raises(AttributeError):
        KNOWN.target = "other"
    assert dataclasses.replace(KNOWN, target="other").class_names == KNOWN.class_names


def test_facts_last_in_copies_pickles_files_and_checkpoints(backend, tmp_path):
    network = NeuralNetwork(2, [], 3)
    network.facts = KNOWN
    x, y = np.zeros((6, 2), np.float32), np.arange(6) % 3
    network.fit(x, y, loss="cross_entropy", callbacks=[Checkpoint(tmp_path / "c")], verbose=0)
    nnfs.save(network, tmp_path / "a.safetensors")
    paths = [tmp_path / "a.safetensors", nnfs.io.list_checkpoints(tmp_path / "c")[-1]]
    for other in (copy.copy(network), pickle.loads(pickle.dumps(network)), *map(nnfs.load, paths)):
        assert other.facts == KNOWN
        assert other.digest() == network.digest()


def test_a_file_of_a_network_that_knows_nothing_has_the_first_format(tmp_path):
    for name, facts in (("a", Facts()), ("b", KNOWN)):
        network = NeuralNetwork(2, [], 3)
        network.facts = facts
        nnfs.save(network, tmp_path / name)
    first, second = ((tmp_path / name).read_bytes() for name in "ab")
    assert (b'\\"format_version\\": 1' in first, b"facts" in first) == (True, False)
    assert (b'\\"format_version\\": 2' in second, b"facts" in second) == (True, True)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"class_names": "cat"}, DTypeError, "class_names must be a list of texts, got 'cat'"),
        ({"class_names": [0, 1]}, DTypeError, "class_names must be text, got 0. Try: str"),
        ({"class_names": {"a", "b"}}, DTypeError, "class_names must be a list of texts"),
        ({"columns": ["a", "b", "a"]}, ValueError, "columns: got 'a' twice"),
        ({"columns": ["\ud800"]}, ValueError, "wanted text that UTF-8 can write"),
        ({"columns": ["a" * 2**22, "b"]}, ValueError, "columns must be at most .* 4,194,304 char.* got 2 of 4,"),
        ({"target": "a" * (2**22 + 1)}, ValueError, "target must be at most 4,194,304 characters, got 4,194,305"),
        ({"target": 0}, DTypeError, "target must be text, got 0"),
        ({"pixels_divided_by": -1}, ValueError, "pixels_divided_by must be a finite number > 0, got -1"),
        ({"metrics": ["acc"]}, ValueError, "unknown metric 'acc'"),
    ],
)
def test_what_are_no_facts(arguments, error, words):
    with pytest.raises(error, match=words):
        Facts(**arguments)


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [({"classes": ["a"]}, "class_names"), ({"column_names": ["a"]}, "columns"), ({"targets": ""}, "target")],
)
def test_a_wrong_argument_is_answered_by_the_one_to_write(arguments, fix):
    with pytest.raises(TypeError, match=rf"^Facts\(\*, class_names=\(\), .*; write {fix}=$"):
        Facts(**arguments)


def test_facts_of_another_network():
    network = NeuralNetwork(2, [], 1)
    network.facts = Facts(class_names=["no", "yes"])  # one output is a yes-or-no answer
    before = network.facts
    with pytest.raises(ShapeError, match=r"3 names of classes; the network's outputs \(1,\) are for 2"):
        network.facts = KNOWN
    with pytest.raises(ShapeError, match=r"1 names of columns; samples have shape \(2,\)"):
        network.facts = Facts(columns=["a"])
    with pytest.raises(DTypeError, match=r"facts must be nnfs\.Facts\(class_names=\.\.\., columns=\.\.\.\), got list"):
        network.facts = ["cat", "dog"]
    assert network.facts is before


def pixels():
    network = NeuralNetwork((1, 2, 2), [], 2)
    network.facts = Facts(pixels_divided_by=255)
    network.loss = nnfs.losses.CrossEntropy()
    return network, np.full((2, 1, 2, 2), 255, np.uint8)


def test_pixels_that_were_not_divided_are_an_error(backend, tmp_path):
    network, x = pixels()
    y = np.array([0, 1])
    mapped = np.memmap(tmp_path / "x", np.uint8, "w+", shape=x.shape)
    mapped[:] = x
    calls = [
        lambda x: network.predict(x),
        lambda x: network.predict_proba(x),
        lambda x: network.evaluate(x, y),
        lambda x: network.evaluate([(x, y)]),
        lambda x: network.fit(x, y, verbose=0),
        lambda x: list(network.trace(x)),
    ]
    before = network.digest()
    for call in calls:
        for values in (x, x.tolist(), mapped, x.astype(np.int16)):
            with pytest.raises((ValueError, DTypeError)):
                call(values)
    words = (
        r"x must hold pixels of 0 to 1, as .* trained on pixels / 255; got uint8 up to 255. Try: np.divide\(x, 255, "
    )
    with pytest.raises(ValueError, match=words + r"dtype='float32'\)"):
        network.predict(x)
    words = r"validation x must hold pixels .* Try: np\.divide\(x, 255, dtype='float32'\)"
    with pytest.raises(ValueError, match=words):
        network.fit(x.astype("f4") / 255, y, validation_data=(x, y), verbose=0)
    assert network.digest() == before
    np.testing.assert_array_equal(
        network.predict(np.divide(x, 255, dtype="float32")), network.predict(np.ones((2, 1, 2, 2), "f4"))
    )


def test_fractions_beyond_pixels_get_a_warning():
    network, x = pixels()
    with pytest.warns(UserWarning, match="got float32 up to 255") as told:
        network.predict(x.astype(np.float32), batch_size=1)
    assert len(told) == 1
    network.predict(np.full((1, 1, 2, 2), 1.7, np.float32))  # noise that was added
    with pytest.warns(UserWarning, match="outputs of 1 of 1 samples are not finite"):  # and nothing of pixels
        network.predict(np.full((1, 1, 2, 2), np.nan, np.float32))
    network.facts = Facts()
    network.predict(x)


@pytest.mark.parametrize(
    ("trained", "values", "fix"),
    [
        (255, np.float32(65535), r". Try: np\.divide\(x, 65535, dtype='float32'\)$"),
        (255, np.float32(4000), r". Try: np\.divide\(x, 4095, dtype='float32'\)$"),
        (16, np.uint8(200), r". Try: np\.divide\(x, 255, dtype='float32'\)$"),
        (16, np.uint8(16), r". Try: np\.divide\(x, 16, dtype='float32'\)$"),
        (65535, np.uint8(200), r". Try: np\.divide\(x, 255, dtype='float32'\)$"),
        (65535, np.uint16(200), r". Try: np\.divide\(x, 65535, dtype='float32'\)$"),
        (255, np.float32(1e6), r"got float32 up to 1e\+06$"),
    ],
)
def test_the_divisor_in_the_message_fits_the_pixels(trained, values, fix):
    network, _ = pixels()
    network.facts = Facts(pixels_divided_by=trained)
    x = np.full((1, 1, 2, 2), values)
    with pytest.warns(UserWarning, match=fix) if x.dtype.kind == "f" else pytest.raises(ValueError, match=fix):
        network.predict(x)


def test_a_table_is_taken_by_the_names_of_its_columns_in_any_order():
    pandas = pytest.importorskip("pandas")
    network = NeuralNetwork(2, [], 2)
    network.facts = Facts(columns=["a", "b"])
    table = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}, dtype="float32")
    wanted = network.predict(table.to_numpy())
    np.testing.assert_array_equal(network.predict(table), wanted)
    other = table[["b", "a"]].astype("float64").assign(c="beside them")
    np.testing.assert_array_equal(network.predict(other), wanted)
    np.testing.assert_array_equal(network.predict(other.iloc[0]), wanted[:1])
    with pytest.raises(FormatError, match=r"no column b; got a, bb, wanted a, b; the nearest to 'b' is 'bb'"):
        network.predict(table.rename(columns={"b": "bb"}))
    with pytest.raises(FormatError, match=r"got a;b, wanted a, b. Try: sep=';', and decimal=','"):
        network.predict(pandas.DataFrame({"a;b": ["1;2"]}))


TABLE = {"town": ["Oslo", "Rome"] * 4, "size": [0.5, 1.5] * 4, "kind": ["dear", "cheap"] * 4}


def network_for_tables(loss="cross_entropy"):
    network = NeuralNetwork(3, [4], 2 if loss == "cross_entropy" else 1)
    towns = Column("town", ("Oslo", "Rome"))
    network.facts = Facts(
        class_names=["cheap", "dear"] if loss == "cross_entropy" else [],
        target="kind" if loss == "cross_entropy" else "size",
        preprocessing=Preprocessing((Column("size"), towns)),
    )
    network.loss = loss
    return network


def test_a_table_brings_its_targets_and_names_of_classes_become_numbers():
    network = network_for_tables()
    x = np.array([[0.5, 1, 0], [1.5, 0, 1]] * 4, np.float32)
    wanted = network.evaluate(x, [1, 0] * 4)
    assert network.evaluate(TABLE) == network.evaluate(TABLE, TABLE["kind"]) == wanted
    assert network.evaluate(TABLE, [1, 0] * 4) == wanted
    other = network_for_tables()
    other.fit(x, np.array([1, 0] * 4), validation_data=(x, [1, 0] * 4), validation_split=0, verbose=0)
    network.fit(TABLE, validation_data=TABLE, verbose=0)
    assert network.digest() == other.digest()


def test_a_table_is_explained():
    network = network_for_tables()
    row = {name: values[:1] for name, values in TABLE.items()}
    wanted = network.explain(np.array([[0.5, 1, 0]], np.float32), [1]).loss
    assert network.explain(row, row["kind"]).loss == wanted
    assert network.explain(row).layers.keys() == network.explain(row, [1]).layers.keys()


def test_targets_beside_a_table_become_the_type_of_the_network():
    network, y = network_for_tables("mean_squared_error"), np.array(TABLE["size"])
    assert network.evaluate(TABLE) == network.evaluate(TABLE, y) == network.evaluate(TABLE, y.astype("float32"))


def test_tables_without_targets_or_with_unknown_ones_are_refused():
    network = network_for_tables()
    before = network.digest()
    inputs = {name: TABLE[name] for name in ("town", "size")}
    for call in (network.evaluate, network.fit):
        with pytest.raises(DTypeError, match=r"y is missing: .* there is no 'kind'"):
            call(inputs)
        with pytest.raises(DTypeError, match="y holds 'chaep', which is no class of the training; wanted one of cheap"):
            call(inputs, ["chaep"] * 8)
    assert network.digest() == before


def test_a_dict_is_a_table_or_one_row():
    network = network_for_tables()
    inputs = {name: TABLE[name] for name in ("size", "town")}
    assert network.predict(inputs).shape == (8, 2)
    one = network.predict({"size": 0.5, "town": "Oslo"})
    # The BLAS of NumPy may add otherwise for one row.
    np.testing.assert_allclose(one, network.predict(inputs)[:1], rtol=1e-6)
    with pytest.raises(DTypeError, match="the columns have 1 to 8 values"):
        network.predict({"size": 1, "town": TABLE["town"]})
    with pytest.raises(DTypeError, match=r"x must be an array or a table in memory, got the text 'new.csv'. Try, "):
        network.predict("new.csv")


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, "inf", "maybe"])
def test_what_is_no_finite_number_in_a_table_is_an_error(value):
    network = network_for_tables()
    with pytest.raises(FormatError, match="row 1, column 'size': got "):
        network.predict({"size": [1.0, value], "town": ["Oslo", "Rome"]})


def with_gaps():
    """Return a table of 6 rows, of which 1 and 4 have a gap and 2 has no target, and a network that drops such rows."""
    network = network_for_tables("mean_squared_error")
    known = network.facts.preprocessing._replace(missing="drop")
    network.facts = Facts(target="price", preprocessing=known)
    towns = ["Oslo", None, "Rome", "Oslo", "Rome", "Rome"]
    table = {"size": [1.0, 2, 3, 4, np.nan, 6], "town": towns, "price": [1.0, 2, None, 4, 5, 6]}
    return network, table


def test_rows_with_gaps_are_left_out_of_training_and_evaluation_and_counted(backend):
    network, table = with_gaps()
    other, _ = with_gaps()
    whole = {name: [values[row] for row in (0, 3, 5)] for name, values in table.items()}
    weights = np.arange(6.0)
    with pytest.warns(UserWarning, match="left out") as told:
        network.fit(table, sample_weight=weights, epochs=2, verbose=0)
    other.fit(whole, sample_weight=weights[[0, 3, 5]], epochs=2, verbose=0)
    assert network.digest() == other.digest()
    assert [str(warning.message) for warning in told] == [
        "samples with missing values (2 of 6) are left out",
        "samples without a target (1 of 6) are left out",
    ]
    given = {name: [values[row] for row in (0, 2, 3, 5)] for name, values in table.items() if name != "price"}
    with pytest.warns(UserWarning, match="missing values .* left out"):
        assert network.evaluate(table, np.arange(6.0)) == other.evaluate(given, np.array([0.0, 2, 3, 5]))


@pytest.mark.filterwarnings("ignore:samples with")
def test_rows_with_gaps_get_no_answer_and_each_is_named(backend):
    network, table = with_gaps()
    with pytest.raises(FormatError, match=r"row 1, column 'town': got nothing.*; 2 of 6 have gaps: row 1, row 4$"):
        network.predict(table)
    with pytest.raises(ShapeError, match="y has 2 rows, and the table 6"):
        network.evaluate(table, [1.0, 2.0])
    with pytest.raises(
        ShapeError, match=r"sample_weight must have shape \(6,\), one weight a row of the table, got \(3"
    ):
        network.evaluate(table, sample_weight=np.ones(3))


def test_warnings_point_at_the_line_that_called():
    network = network_for_tables()
    table = {"size": [1.0], "town": ["Bergen"], "kind": ["dear"]}
    for call in (network.predict, network.predict_classes, network.predict_proba, network.evaluate, network.fit):
        with pytest.warns(UserWarning, match="values of town unknown to the training") as told:
            call(table)
        assert {warning.filename for warning in told} == {__file__}


@pytest.mark.parametrize("y", [["pug", "pug"], np.array(["pug", "beagle"]), np.array([["pug"], ["pug"]], object)])
def test_names_for_labels_are_refused_with_the_numbers_that_the_network_has_for_them(y):
    net = nnfs.Sequential([nnfs.Dense(2)], 3)
    net.loss, net.facts = "cross_entropy", nnfs.Facts(class_names=("beagle", "pug"))
    words = r"^y must hold labels, got names of classes. Try: \[net.facts.class_names.index\(name\) for name in y\]$"
    for call in (net.evaluate, net.fit):
        with pytest.raises(DTypeError, match=words):
            call(np.ones((2, 3), np.float32), y)
    with pytest.raises(DTypeError, match=r"got <U3, y\[0\] is 'cat'; for names of classes, write names, y = "):
        net.evaluate(np.ones((2, 3), np.float32), ["cat", "pug"])


def test_names_are_refused_where_the_network_knows_none():
    net = nnfs.Sequential([nnfs.Dense(2)], 3)
    net.loss = "cross_entropy"
    x, names = np.ones((2, 3), np.float32), {"net": net, "nnfs": nnfs, "y": ["pug", "beagle"]}
    with pytest.raises(DTypeError, match=r"^y must hold labels, got names, y\[0\] is 'pug', and the network knows no"):
        net.evaluate(x, np.array(names["y"]))
    with pytest.raises(DTypeError, match=r"knows no names of classes\. Try, with the names in the order of") as caught:
        net.evaluate(x, names["y"])
    facts, labels = str(caught.value).split("training: ")[1].split(", and ")
    exec(facts.replace("[...]", "['beagle', 'pug']"), names)
    assert net.evaluate(x, eval(labels, names)) == net.evaluate(x, [1, 0])
    with pytest.raises(DTypeError, match=r"write names, y = np\.unique\(y, return_inverse=True\)$"):
        nnfs.Sequential([nnfs.Dense(2)], 3).fit(x, names["y"], loss="cross_entropy", verbose=0)
