"""The house keeps its shape: imports go down the floors, files stay short, the build lists every file."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "nnfs"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "_built.py")
LONGEST = 400

# A module imports only what stands before it.
FLOORS = [
    "printable errors _kernels system arguments",
    "initializers schedules layers metrics losses optimizers augmentation",
    "network training sequential models",
    "data io callbacks plots testing verify runs reproduce profiling sklearn",
    "cli __main__",
]
ORDER = " ".join(FLOORS).split()


def top_module(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(path: Path):
    """Yield the full name of each module that a file imports, and whether at its top level."""
    package = ("nnfs", *path.relative_to(PACKAGE).parent.parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    is_typing = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    skipped = {id(inner) for node in is_typing for inner in ast.walk(node)}
    at_top = {
        id(inner)
        for node in tree.body
        if not isinstance(node, ast.FunctionDef | ast.ClassDef)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in at_top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            names = [f"{module}.{alias.name}" for alias in node.names] if node.module is None else [module]
            yield from ((name, id(node) in at_top) for name in names)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_the_floors(path):
    here = top_module(path)
    if here == "__init__":
        return
    assert here in ORDER, f"{here} stands on no floor"
    for name, _ in imported_modules(path):
        parts = name.split(".")
        if parts[0] == "nnfs" and len(parts) > 1 and parts[1] != here and parts[1] in ORDER:
            assert ORDER.index(parts[1]) < ORDER.index(here), f"{path.name} imports {name}, which stands above it"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_numpy_is_imported_before_it_is_needed(path):
    allowed = sys.stdlib_module_names | {"nnfs", "nnfs_command", "numpy"}
    if path.stem == "sklearn":  # whose classes extend scikit-learn's; nothing else imports it
        allowed |= {"sklearn"}
    assert not [name for name, at_top in imported_modules(path) if at_top and name.split(".")[0] not in allowed]


def test_no_file_is_too_long():
    files = [
        path
        for folder in ("nnfs", "tests", "bench")
        for path in (ROOT / folder).rglob("*.py*")
        if path.suffix in {".py", ".pyx", ".pxd"}
    ]
    long = {
        str(path.relative_to(ROOT)): lines
        for path in files
        if (lines := path.read_text(encoding="utf-8").count("\n")) > LONGEST
    }
    assert not long


def test_no_layer_asks_for_the_backend():
    for path in (PACKAGE / "layers").glob("*.py"):
        assert "backend" not in re.sub(r'"""[\s\S]*?"""', "", path.read_text(encoding="utf-8")), path.name


def test_nothing_can_run_code_from_a_file():
    forbidden = {"pickle", "marshal", "shelve", "dill", "joblib", "yaml"}
    for path in SOURCES:
        assert not [name for name, _ in imported_modules(path) if name.split(".")[0] in forbidden], path.name
        calls = [
            node.func.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
        assert not {"eval", "exec"} & set(calls), path.name
        assert "allow_pickle=True" not in path.read_text(encoding="utf-8"), path.name


def test_the_build_lists_every_file():
    listed = set(re.findall(r"'(nnfs/[^']+)'", (ROOT / "meson.build").read_text(encoding="utf-8")))
    data = {path for path in (PACKAGE / "data").iterdir() if path.suffix in {".gz", ".txt"}}
    on_disk = {str(path.relative_to(ROOT)) for path in [*SOURCES, *data]}
    assert {name for name in listed if name.endswith((".py", ".gz", ".txt"))} == on_disk
