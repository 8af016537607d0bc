"""Settings are completed, strictly checked, and read from TOML and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnfs.errors import FormatError
from nnfs.runs import SETTINGS, complete, load_settings
from nnfs.runs.parts import complete_part, make, parse_part
from nnfs.runs.settings import PARTS, check_settings, describe_parts

TOML = """
epochs = 3
optimizer = {name = "sgd", momentum = 0.9}

[[layers]]
name = "Dense"
units = 2
"""


def test_defaults_fill_what_is_not_given():
    settings = complete({"data": "moons", "epochs": 3})
    assert list(settings) == list(SETTINGS)
    assert (settings["data"], settings["epochs"], settings["batch_size"]) == ("moons", 3, 32)


def test_a_file_in_two_forms():
    Path("a.toml").write_text(TOML)
    found = load_settings("a.toml")
    assert found == {
        "epochs": 3,
        "optimizer": {"name": "sgd", "momentum": 0.9},
        "layers": [{"name": "Dense", "units": 2}],
    }
    Path("a.json").write_text(json.dumps(found))
    assert load_settings("a.json") == found


def test_layers_within_a_layer():
    Path("a.toml").write_text("""
[[layers]]
name = "Residual"
[[layers.body]]
name = "ReLU"
[[layers.body]]
name = "Dense"
units = 3
""")
    body = [{"name": "ReLU"}, {"name": "Dense", "units": 3}]
    assert load_settings("a.toml") == {"layers": [{"name": "Residual", "body": body}]}


def test_a_network_by_file():
    Path("a.toml").write_text(TOML)
    settings = complete({"data": "moons", "network": {"name": "a.toml"}})
    assert settings["layers"] == [{"name": "Dense", "units": 2}]
    assert settings["epochs"] == SETTINGS["epochs"].default  # only the layers of the file are used
    for text in ("epochs = 3", 'name = "Dense"'):
        Path("b.toml").write_text(text)
        with pytest.raises(FormatError, match=r"^b\.toml: there are no layers in it, wanted \[\[layers\]\]"):
            complete({"data": "moons", "network": {"name": "b.toml"}})
    with pytest.raises(ValueError, match=r"^network: a\.toml lists all of its layers .*, got filters=8"):
        complete({"data": "moons", "network": {"name": "a.toml", "filters": 8}})
    with pytest.raises(FileNotFoundError):
        complete({"data": "moons", "network": {"name": "c.toml"}})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "data is missing"),
        ({"epoch": 3}, r"there is no setting 'epoch'; the settings are data, data_dir, "),
        ({"epochs": "3"}, "epochs is '3'; it must be an integer from 1"),
        ({"dtype": "int8"}, "dtype is 'int8'; it must be float32 or float64"),
        ({"epochs": True}, "epochs is True; it must be an integer from 1"),
        ({"epochs": 0}, "epochs is 0; it must be an integer from 1"),
        ({"seed": -1}, "seed is -1; it must be an integer from 0"),
        ({"epochs": None}, "epochs is None"),
        ({"shuffle": 1}, "shuffle is 1; it must be true or false"),
        ({"clip_norm": "a"}, "clip_norm is 'a'; it must be a finite number"),
        ({"clip_norm": float("inf")}, "clip_norm is inf; it must be a finite number"),
        ({"class_weight": {"a": float("nan")}}, "class_weight is .*; it must be a number for each class"),
        ({"validation_split": 1e308}, r"validation_split is 1e\+308; it must be a share from 0 to below 1"),
        ({"validation_split": -0.1}, "validation_split is -0.1; it must be a share from 0 to below 1"),
        ({"metrics": "accuracy"}, "metrics is 'accuracy'; it must be a list of texts"),
        ({"class_weight": [1]}, "class_weight is .*; it must be a number for each class"),
        ({"class_weight": {"a": "b"}}, "class_weight is .*; it must be a number for each class"),
        ({"class_weight": "equal"}, 'class_weight is .*; it must be a number for each class, or "balanced"'),
        ({"optimizer": "sgd"}, 'optimizer: got sgd, wanted a name and arguments: {name = "sgd", ...}'),
        ({"optimizer": {"momentum": 0.5}}, 'optimizer: got .*, wanted a name and arguments: {name = "...", ...}'),
        ({"optimizer": {"name": "lion"}}, "optimizer: there is no 'lion'"),
        ({"loss": {"name": "huber", "delta": -1}}, "loss: Huber: delta must be"),
        ({"schedule": {"name": "linear"}}, "schedule: there is no 'linear'; the names are constant, cosine, step"),
        (
            {"layers": {"name": "Dense"}},
            r'layers is .*; it must be a list of {name = "...", ...}, made by \[\[double brackets\]\]',
        ),
        ({"layers": ["Dense"]}, r'layers\[0\]: got Dense, wanted a name and arguments: {name = "Dense", ...}'),
        (
            {"augment": [{"name": "Shift"}]},
            r"augment\[0\]: .*missing a required argument: 'pixels'|augment\[0\]: Shift",
        ),
        ({"validation_data": "a.csv", "validation_split": 0.1}, "give validation_data or validation_split, not both"),
        ({"schedule": {"name": "step"}}, r"schedule: step\(.*every.*\): missing a required .*argument: 'every'"),
        ({"callbacks": [{"name": "EarlyStop"}]}, r"callbacks\[0\]: there is no 'EarlyStop'; the names are Early"),
        ({"callbacks": [{"name": "EarlyStopping", "patience": 0}]}, r"callbacks\[0\]: EarlyStopping: patience must"),
        (
            {"data": "moons", "network": {"name": "vgg"}},
            "network: there is no 'vgg'; the names are mlp, cnn, lenet5, or",
        ),
    ],
)
def test_wrong_settings(given, message):
    with pytest.raises(ValueError, match=r"^" + message):
        complete(given)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.toml", b"epochs = ", "a.toml: Invalid value"),
        ("a.toml", b"\xff", "a.toml: is not UTF-8 text: byte 0"),
        ("a.toml", b"epoch = 3", "a.toml: there is no setting 'epoch'"),
        ("a.toml", b'[[layers]]\nname = "Dense"\nunit = 3', r"a.toml: layers\[0\]: Dense has no argument 'unit'"),
        (
            "a.toml",
            b'[network]\nname = "mlp"\nunits = 3',
            "a.toml: network: mlp has no argument 'units'; it takes hidden",
        ),
        ("a.toml", b'[network]\nname = "cnn"\nfilters = [8, -3]', "a.toml: network: filters must be an integer from 1"),
        (
            "a.toml",
            b'[network]\nname = "resnet"',
            "a.toml: network: there is no 'resnet'; the names are mlp, cnn, lenet5",
        ),
        ("a.toml", b"a = " + b"[" * 100000, "a.toml: its tables and lists are nested too deep"),
        ("a.toml", b"a." * 40 + b"a = 1", "a.toml: got a name of more than 32 parts: '.a.a"),
        ("a.json", b"[1]", r"a.json: got \[1\], wanted settings by name"),
        ("a.json", b'{"epochs": 1, "epochs": 2}', "a.json: the name 'epochs' occurs twice"),
        ("a.json", b'{"clip_norm": NaN}', "a.json: got NaN"),
        ("a.json", b"", "a.json: Expecting value"),
    ],
)
def test_wrong_files(name, content, message):
    Path(name).write_bytes(content)
    with pytest.raises(FormatError, match=r"^" + message):
        load_settings(name)


def test_parts_are_described_as_the_command_line_takes_them():
    described = describe_parts()
    assert set(described) == {name for name, setting in SETTINGS.items() if setting.kind[:4] == "part"} - {"layers"}
    for name, parts in described.items():
        known, own = PARTS[name]
        assert [part.split()[0] for part in parts] == list(known)
        for words in parts:
            part = parse_part(words.replace("=...", "=1").split())
            make(part, known, name, *[(1, 8, 8), 3] if name == "network" else [1] * own)
            defaults = complete_part({"name": part["name"]}, known)
            assert {key: tuple(value) if isinstance(value, list) else value for key, value in part.items()} == (
                part | defaults
            )


def test_every_default_is_right():
    check_settings({name: setting.default for name, setting in SETTINGS.items()})


def test_a_file_that_is_too_large_is_not_read():
    with Path("a.toml").open("wb") as file:
        file.truncate(2**24 + 1)
    with pytest.raises(FormatError, match=r"^a\.toml: got 16,777,217 bytes, wanted settings, which have at most"):
        load_settings("a.toml")
