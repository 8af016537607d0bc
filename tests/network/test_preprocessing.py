"""Preprocessing: texts become categories, gaps are filled or left out, and files hold it."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nnfs
from nnfs import FormatError
from nnfs.network.preprocessing import Column, Preprocessing, learn, read_preprocessing

NAN = np.nan
AGE, TOWN = np.array([1.0, NAN, 3.0]), ["Rome", "Oslo", None]
MEAN = Preprocessing((Column("age", None, 2.0), Column("town", ("Oslo", "Rome"))), "mean", ("id",))


def test_texts_become_categories_and_gaps_the_mean():
    known = learn(["age", "town"], [AGE, TOWN], "mean", ["id"])
    assert known == MEAN
    assert known.features == ("age", "town=Oslo", "town=Rome")
    rows = known.transform([AGE, TOWN])
    assert rows.x.tolist() == [[1, 0, 1], [2, 1, 0], [3, 0, 0]]
    assert rows.changes == ("missing values (2) are taken for the mean of their column, or for none of its categories",)


def test_one_hot_is_that_of_scikit_learn_and_the_mean_too():
    pytest.importorskip("sklearn")
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder

    rng = np.random.default_rng(0)
    town, age = rng.choice(["a", "b", "c"], 50), rng.normal(size=50)
    age[rng.integers(0, 50, 9)] = NAN
    known = learn(["age", "town"], [age, town.tolist()], "mean", [])
    wanted = np.c_[
        SimpleImputer().fit_transform(age[:, None]), OneHotEncoder(sparse_output=False).fit_transform(town[:, None])
    ]
    np.testing.assert_allclose(known.transform([age, town.tolist()]).x, wanted, rtol=1e-15)


def test_rows_with_gaps_are_left_out_where_they_may_be():
    known = learn(["age", "town"], [AGE, TOWN], "drop", [])
    assert known.columns == (Column("age"), Column("town", ("Rome",)))
    rows = known.transform([AGE, TOWN], may_drop=True)
    assert (rows.x.tolist(), rows.kept.tolist()) == ([[1, 1]], [True, False, False])
    assert rows.changes == (
        "values of town unknown to the training (1 of 3: 'Oslo') are taken for no category",
        "samples with missing values (2 of 3) are left out",
    )
    with pytest.raises(FormatError, match=r"row 1, column 'age': got nothing, .*each one here needs its answer"):
        known.transform([AGE, TOWN])


def test_gaps_are_an_error_without_a_choice():
    known = learn(["age"], [np.array([1.0])], None, [])
    with pytest.raises(FormatError, match="line 1, column 'age': got nothing"):
        known.transform([AGE], lambda row: f"line {row}")


@pytest.mark.parametrize(
    ("column", "missing", "message"),
    [
        (
            [f"p{n}" for n in range(30)],
            None,
            r"column 'a': got 30 different texts in 30 .*--drop a, in .* drop=\['a'\]",
        ),
        ([f"p{n % 1001}" for n in range(4000)], None, "got 1,001 different texts"),
        ([None, None], "mean", "column 'a': got no value at all. Try: --drop a"),
        (np.array([NAN, NAN]), "drop", "each sample has a missing value, most of them in 'a'"),
    ],
)
def test_columns_that_are_no_categories_or_empty_are_refused(column, missing, message):
    with pytest.raises(FormatError, match=message):
        learn(["a"], [column], missing, [])
    assert learn(["a"], [["x", "y"] * 20], missing, []).features == ("a=x", "a=y")


def test_files_hold_it(tmp_path, backend):
    net = nnfs.NeuralNetwork(3, [4], 2, seed=0)
    net.facts = nnfs.Facts(columns=MEAN.features, preprocessing=MEAN)
    nnfs.save(net, tmp_path / "a.safetensors")
    again = nnfs.load(tmp_path / "a.safetensors")
    assert again.facts == net.facts
    assert read_preprocessing(json.loads(json.dumps(MEAN.plain()))) == MEAN
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"town": ["Rome", "Bern"], "id": [7, 8], "age": [1, None]})
    with pytest.warns(UserWarning, match="unknown|missing") as told:
        outputs = again.predict(frame)
    assert [str(warning.message)[:21] for warning in told] == ["values of town unknow", "missing values (1) ar"]
    assert told[0].filename == __file__
    np.testing.assert_array_equal(outputs, net.predict(np.array([[1, 0, 1], [2, 0, 0]], "f4")))
    history = again.fit(frame.iloc[:1], [1], loss="cross_entropy", verbose=0)
    assert len(history.epochs) == 1
    assert again.evaluate(frame.iloc[:1], [1])["loss"] > 0


def test_a_frame_without_a_column_or_with_texts_for_numbers_is_refused():
    pandas = pytest.importorskip("pandas")
    net = nnfs.NeuralNetwork(3, [4], 2, seed=0)
    net.facts = nnfs.Facts(preprocessing=MEAN)
    with pytest.raises(FormatError, match="there is no column age; got town, wanted age, town"):
        net.predict(pandas.DataFrame({"town": ["Rome"]}))
    with pytest.raises(FormatError, match="row 1, column 'age': got 'old', wanted a number"):
        net.predict(pandas.DataFrame({"town": ["Rome", "Rome"], "age": [1, "old"]}))
    with pytest.raises(nnfs.ShapeError, match="the preprocessing gives 3 numbers"):
        nnfs.NeuralNetwork(2, [4], 2).facts = nnfs.Facts(preprocessing=MEAN)
    with pytest.raises(nnfs.DTypeError, match="preprocessing must be"):
        nnfs.Facts(preprocessing={})


@pytest.mark.parametrize(
    "changed",
    [
        {"missing": "median"},
        {"columns": []},
        {"columns": [{"name": 1}]},
        {"columns": [{"name": "a", "mean": "x"}]},
        {"columns": [{"name": "a", "mean": True}]},
        {"columns": [{"name": "a", "categories": ["x", "x"]}]},
        {"columns": [{"name": "a"}, {"name": "a"}]},
        {"dropped": "id"},
        {"more": 1},
    ],
)
def test_other_json_is_refused(changed):
    with pytest.raises(ValueError, match="preprocessing: got"):
        read_preprocessing(MEAN.plain() | changed)
