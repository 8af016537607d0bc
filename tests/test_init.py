"""The public names of the package."""

from __future__ import annotations

import ast
import builtins
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nnfs
from nnfs.arguments.elsewhere import NAMES

ON_USE = ("augmentation", "bench", "callbacks", "data", "machine", "plots", "reproduce", "testing")


def test_every_name_is_there_and_no_other_is_shown():
    assert dir(nnfs) == sorted([*nnfs.__all__, "io"])
    assert len(set(nnfs.__all__)) == len(nnfs.__all__)
    assert all(getattr(nnfs, name) is not None for name in nnfs.__all__)
    assert "np" not in dir(nnfs)
    assert "arrays" not in dir(nnfs)


PUBLIC = ["nnfs", *(f"nnfs.{module.name}" for module in pkgutil.iter_modules(nnfs.__path__) if module.name[0] != "_")]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_star_leaves_the_names_of_python_alone(name):
    if name == "nnfs.sklearn":
        pytest.importorskip("sklearn")
    module = importlib.import_module(name)
    starred = getattr(module, "__all__", [each for each in vars(module) if each[0] != "_"])
    for each in starred:
        if each in sys.stdlib_module_names or hasattr(builtins, each):
            # A module without __all__ also exports the modules of Python that it imports, under their own names.
            assert getattr(module, each) is getattr(builtins, each, sys.modules.get(each)), each


def test_every_error_and_layer_is_there():
    errors = {name for name in vars(nnfs.errors) if name.endswith("Error") and not name.startswith("_")}
    assert errors | set(nnfs.layers.LAYERS) <= set(nnfs.__all__)


def test_a_type_checker_knows_every_name():
    """It reads the imports: each of ``X as X`` here, and each of the layers in their own package."""
    known = set()
    for module in (nnfs, nnfs.layers):
        for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                known |= {alias.name for alias in node.names if alias.asname == alias.name}
    assert set(nnfs.__all__) - known == set(ON_USE)


def test_rare_modules_are_imported_on_use():
    program = f"""
import sys, nnfs
rare = ["difflib", *("nnfs." + name for name in {(*ON_USE, "training")})]
assert not [name for name in rare if name in sys.modules], "imported too early"
print(nnfs.testing.check_layer.__name__, nnfs.plots.plot_losses.__name__, nnfs.machine, nnfs.reproduce.Run.__name__)
assert not "matplotlib" in sys.modules
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("check_layer plot_losses <module 'nnfs.system.machine'")


def test_an_unknown_name_is_an_error():
    with pytest.raises(AttributeError, match="module 'nnfs' has no attribute 'Dens'"):
        nnfs.Dens  # noqa: B018


@pytest.mark.parametrize(
    ("module", "name", "line"),
    [
        (nnfs, "Linear", "nnfs.Dense(units)"),
        (nnfs, "Conv2d", "nnfs.Conv2D"),
        (nnfs, "Adam", "nnfs.optimizers.Adam"),
        (nnfs, "huber", "nnfs.losses.Huber"),
        (nnfs, "Model", "nnfs.Sequential([...], input_shape)"),
        (nnfs.layers, "Linear", "nnfs.Dense(units)"),
        (nnfs.optimizers, "adam", "nnfs.optimizers.Adam"),
        (nnfs.schedules, "StepLR", "nnfs.schedules.StepDecay"),
        (nnfs.callbacks, "earlystopping", "nnfs.callbacks.EarlyStopping"),
    ],
)
def test_names_from_elsewhere_are_answered_by_what_to_write(module, name, line):
    with pytest.raises(AttributeError, match=re.escape(f"has no attribute {name!r}; write {line}")):
        getattr(module, name)
    for unknown in ("Foo", "math_", "__wrapped__", "qqq"):
        with pytest.raises(AttributeError, match=f"has no attribute '{unknown}'$"):
            getattr(module, unknown)


@pytest.mark.parametrize(
    ("module", "name", "near"),
    [
        (nnfs, "diagnoze", "nnfs.diagnose"),
        (nnfs, "Sequental", "nnfs.Sequential"),
        (nnfs, "Dens", "nnfs.Dense"),
        (nnfs.optimizers, "Adma", "nnfs.optimizers.Adam"),
        (nnfs.callbacks, "EarlyStoping", "nnfs.callbacks.EarlyStopping"),
        (nnfs.layers, "Conv2", "nnfs.layers.Conv2D"),
    ],
)
def test_a_misspelt_name_is_answered_by_the_nearest(module, name, near):
    with pytest.raises(AttributeError, match=re.escape(f"has no attribute {name!r}; perhaps {near}") + "$"):
        getattr(module, name)


@pytest.mark.parametrize("line", sorted({line.split("(")[0] for line in NAMES.values() if line.startswith("nnfs")}))
def test_what_is_to_be_written_is_there(line):
    if line.startswith("nnfs.sklearn"):
        pytest.importorskip("sklearn")
        importlib.import_module("nnfs.sklearn")
    assert callable(eval(line, {"nnfs": nnfs}))
