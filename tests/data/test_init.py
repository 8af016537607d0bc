"""The table of data sets: each name loads, every other name is refused, and the import loads no slow module."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nnfs import data


@pytest.mark.parametrize("name", ["linear-small", "linear-large", "moons", "digits"])
def test_each_name_loads_its_data_set(name):
    loaded = data.load(name)
    assert loaded.name == name
    assert len(loaded.x_train) == len(loaded.y_train)
    assert len(loaded.x_test) == len(loaded.y_test)
    assert loaded.source
    assert loaded.licence
    assert name in repr(loaded)
    assert len(repr(loaded)) < 250


def test_the_names_of_data_sets():
    generated, published = ["linear-small", "linear-large", "moons", "digits"], ["mnist", "kmnist", "cifar-10"]
    assert list(data.DATASETS) == [*generated, "fashion-mnist", *published]


def test_options_are_passed_to_the_data_set(tmp_path):
    assert len(data.load("moons", samples=50).x_train) == 40
    with pytest.raises(FileNotFoundError, match="not found"):
        data.load("fashion-mnist", data_dir=tmp_path)
    with pytest.raises(TypeError, match="speed"):
        data.load("digits", speed=9)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "emnist",
        "Digits",
        "digits ",
        "../x",
        "..",
        "a/b",
        "/etc/passwd",
        "~",
        "C:\\x",
        "x\0y",
        "digits\0",
        "\n",
        None,
        3,
        ["digits"],
        b"digits",
    ],
)
def test_any_other_name_is_refused_in_one_line(name):
    with pytest.raises(
        ValueError,
        match=r"wanted one of linear-small, linear-large, moons, digits, fashion-mnist, mnist, kmnist, cifar-10$",
    ) as e:
        data.load(name)
    assert "\n" not in str(e.value)
    assert "\0" not in str(e.value)


def test_importing_loads_nothing_that_is_slow():
    code = """
import sys, numpy
before = set(sys.modules)
import nnfs.data
new = set(sys.modules) - before
print(*sorted(new & {"urllib.request", "tqdm", "pathlib", "hashlib", "zlib", "numpy.random", "urllib.parse"}))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""
