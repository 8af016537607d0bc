"""Compiled parts that are missing, damaged or of another build: a warned fall-back, or an error where wanted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import nnfs
from nnfs._kernels import extensions

compiled = pytest.importorskip("nnfs._kernels.compiled", exc_type=ImportError)
STAMP = compiled.cpu.STAMP
PROGRAM = """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from nnfs import _kernels
try:
    _kernels.load_backend("cython")
except _kernels.BackendError as error:
    print(_kernels.backend, len(caught), caught[0].message, error, sep="|")
"""


@pytest.fixture
def copy(tmp_path):
    """Give a copy of the installed package."""
    ignored = shutil.ignore_patterns("__pycache__", "data")
    return shutil.copytree(Path(nnfs.__file__).parent, tmp_path / "nnfs", ignore=ignored)


def run(*folders):
    """Run the program with the packages of these folders, whose `_kernels` alone are looked at."""
    for folder in folders:
        (folder / "nnfs" / "__init__.py").write_text("")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, folders))}
    environment.pop("NNFS_BACKEND", None)
    ran = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, cwd="/", capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split("|")


def delete(file):
    file.unlink()


def truncate(file):
    os.truncate(file, file.stat().st_size // 2)


def empty(file):
    os.truncate(file, 0)


def age(file):
    stamped = file.read_bytes()
    assert STAMP.encode() in stamped
    file.write_bytes(stamped.replace(STAMP.encode(), b"9" * len(STAMP)))


KERNELS = f"_{compiled.available_builds()[0]}_float64"


@pytest.mark.parametrize(
    ("part", "damage", "words"),
    [
        (KERNELS, delete, "is missing"),
        (KERNELS, truncate, "is cut short"),
        (KERNELS, empty, "file too short"),
        (KERNELS, age, "of another version (999"),
        ("machine/team", truncate, "is cut short"),
        ("machine/team", age, "of another version (999"),
        ("machine/replay", age, "of another version (999"),
        ("machine/cpu", age, "of another version (999"),
    ],
)
def test_a_part_that_does_not_fit_is_never_used(copy, part, damage, words):
    if damage is not delete and not sys.platform.startswith("linux"):
        pytest.skip("files of Linux")
    (file,) = (copy / "_kernels").glob(f"{part}.*")
    damage(file)
    backend, warnings, warning, error = run(copy.parent)
    assert (backend, warnings) == ("numpy", "1")
    assert warning.startswith("nnfs runs on plain NumPy, which is slower: ")
    assert error.startswith("the backend 'cython' cannot be loaded: ")
    for text in (warning, error):
        assert words in text
        assert part in text


def test_a_part_of_other_types_is_of_another_version(monkeypatch):
    """Cython raises TypeError where a C function of one extension is not what another was compiled for."""

    def fail(*names):
        raise TypeError("C function nnfs._kernels.machine.team.run has wrong signature")

    monkeypatch.setattr(extensions.importlib, "import_module", fail)
    with pytest.raises(ImportError, match=r"another version \(C function .* wrong signature, wanted 0"):
        extensions.load("machine.cpu")


def test_the_parts_of_one_build_share_its_stamp():
    names = [
        "machine.cpu",
        "machine.team",
        "machine.replay",
        *(f"_{build}_{dtype}" for build in compiled.available_builds() for dtype in ("float32", "float64")),
    ]
    assert {extensions.load(name).STAMP for name in names} == {STAMP}
    assert STAMP.startswith(f"{nnfs.__version__}+")


def test_sources_say_that_they_hide_the_installed_package(copy, tmp_path_factory):
    sources = tmp_path_factory.mktemp("sources")
    shutil.copytree(copy, sources / "nnfs")
    (sources / "nnfs" / "_kernels" / "_built.py").unlink()
    _, _, warning, _ = run(sources, copy.parent)
    assert f"the sources in {sources} hide the nnfs that is installed in {copy.parent}; run Python from ano" in warning
    assert "\n" not in warning


def test_sources_that_hide_nothing_say_how_to_install_them(monkeypatch):
    monkeypatch.setattr(sys, "path", ["/nowhere"])
    here = str(Path(nnfs.__file__).parents[1])
    assert f"the sources in {here} were never built; install them, `pip install {here}`" in compiled._why_not_built()
