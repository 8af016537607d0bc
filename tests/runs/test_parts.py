"""Parts, which are names with arguments: parsed from words, and made into objects."""

from __future__ import annotations

import pytest

from nnfs.optimizers import OPTIMIZERS
from nnfs.runs.parts import complete_part, describe_part, make, parse_pairs, parse_part, write_part


def test_words_become_values():
    words = ["sgd", "a=1", "b=-2.5e-3", "c=true", "d=false", "e=same", "f=8,16", "g=8,", "h=", "i=x=y"]
    assert parse_part(words) == {
        **{"name": "sgd", "a": 1, "b": -2.5e-3, "c": True, "d": False},
        **{"e": "same", "f": [8, 16], "g": [8], "h": [], "i": "x=y"},
    }


def test_words_are_written_as_they_are_read():
    part = {"name": "sgd", "learning_rate": 0.5, "momentum": 0.0, "nesterov": True, "weight_decay": 1e-7}
    words = write_part(part, OPTIMIZERS)
    assert words == "sgd learning_rate=0.5 nesterov=true weight_decay=1e-07"
    assert complete_part(parse_part(words.split()), OPTIMIZERS) == part
    part = {"name": "a", "b": [8, 16], "c": [3], "d": [], "e": "same"}
    assert parse_part(write_part(part, {"a": lambda: None}).split()) == part


def test_a_part_is_described_by_its_arguments():
    def step(rate, epochs, *, every, factor=0.1, sizes=(3,), mode="same", is_on=True):
        pass

    assert describe_part("step", step, 2) == "step every=... factor=0.1 sizes=3, mode=same is_on=true"
    assert describe_part("step", step, 0).startswith("step rate=... epochs=... every=... factor=0.1")
    assert describe_part("none", lambda: None, 0) == "none"


@pytest.mark.parametrize("words", [["momentum"], ["=1"], ["a=1", "a=2"]])
def test_other_words(words):
    with pytest.raises(ValueError, match=r"wanted name=value, each name once"):
        parse_pairs(words)


def test_a_part_has_one_name():
    with pytest.raises(ValueError, match=r"'sgd' has a name already, got the argument name='adam'"):
        parse_part(["sgd", "name=adam"])


def test_a_part_becomes_an_object():
    optimizer = make({"name": "sgd", "learning_rate": 0.5, "momentum": 0.9}, OPTIMIZERS, "optimizer")
    assert repr(optimizer) == "SGD(learning_rate=0.5, weight_decay=0.0, momentum=0.9, nesterov=False)"
    assert make({"name": "sum"}, {"sum": sum}, "where", [1, 2]) == 3


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("sgd", "optimizer: got sgd, wanted a name and arguments"),
        ({"momentum": 1}, "optimizer: got {'momentum': 1}, wanted a name and arguments"),
        ({"name": 3}, "optimizer: got {'name': 3}, wanted a name and arguments"),
        ({"name": "lion"}, "optimizer: there is no 'lion'; the names are sgd, adam, adamw, rmsprop"),
        (
            {"name": "sgd", "momentun": 1},
            "optimizer: sgd has no argument 'momentun'; it takes learning_rate, momentum, nesterov, weight_decay",
        ),
        ({"name": "sgd", "momentum": 1.5}, "optimizer: SGD: momentum must be a finite number >= 0 and < 1, got 1.5"),
        ({"name": "sgd", "momentum": "a"}, "optimizer: SGD: momentum must be a number, got 'a'"),
    ],
)
def test_other_parts(part, message):
    with pytest.raises(ValueError, match=r"^" + message):
        make(part, OPTIMIZERS, "optimizer")


def test_defaults_are_written_out():
    assert complete_part({"name": "sgd", "momentum": 0.9}, OPTIMIZERS) == {
        **{"name": "sgd", "learning_rate": 0.01, "momentum": 0.9, "nesterov": False, "weight_decay": 0.0}
    }
