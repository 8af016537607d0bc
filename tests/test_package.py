"""What the installed package says of itself to pip, to type checkers and to those who cite it."""

from __future__ import annotations

from importlib.metadata import metadata
from pathlib import Path

import nnfs

ABOUT = metadata("nnfs-cython")
CHECKOUT = Path(__file__).resolve().parents[1]


def test_the_version_of_the_package_is_the_one_that_files_name():
    assert ABOUT["Version"] == nnfs.__version__


def test_the_version_stands_in_one_file_of_the_project():
    files = ("meson.build", "pyproject.toml", "CITATION.cff", "nnfs/system/version.py.in")
    assert [name for name in files if f"{nnfs.__version__}'" in (CHECKOUT / name).read_text()] == ["meson.build"]


def test_type_checkers_read_the_types():
    assert (Path(nnfs.__file__).parent / "py.typed").is_file()


def test_three_packages_are_enough():
    needed = [one for one in ABOUT.get_all("Requires-Dist") if "extra" not in one]
    assert [one.partition("<")[0] for one in needed] == ["numpy", "safetensors", "tqdm"]


def test_the_readme_is_shown_where_the_package_is_published():
    assert ABOUT["Description-Content-Type"] == "text/markdown"
    assert (CHECKOUT / "README.md").read_text()[:200] in ABOUT.get_payload()
