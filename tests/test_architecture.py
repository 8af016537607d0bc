"""The layout of the package: imports go in one direction, files are short, tests and meson.build follow the files."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "nnfs"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "_built.py")
LONGEST = 375

# A module imports only modules that stand before it in this list.
FLOORS = [
    "printable errors _kernels system arguments parallel ranks",
    "initializers schedules layers metrics losses optimizers augmentation",
    "network training explain sequential ensemble models",
    "data io callbacks plots testing verify runs many reproduce profiling sklearn",
    "cli __main__",
]
ORDER = " ".join(FLOORS).split()

OF_NO_MODULE = [
    "architecture bad_input dependencies examples foreign_files notebooks package processes random_stacks docs skips",
    "_kernels/geometries _kernels/needs _kernels/signals cli/main cli/printable_output",
    "fuzz/checkpoints fuzz/data fuzz/onnx fuzz/safetensors fuzz/settings fuzz/torch",
    "io/write_faults io/onnx/backend_suite io/onnx/hostile layers/every_layer losses/every_loss",
    "runs/links training/diagnosis/well_trained",
]
"""The subjects of tests that belong to no single module: they test several, or what lies beside the package."""

MODULES = {
    ".".join(("nnfs", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in SOURCES
}


def imported_modules(path: Path):
    """Yield the name of each module that a file imports, wherever in it, and whether that is when it is read itself."""
    package = ("nnfs", *path.relative_to(PACKAGE).parent.parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node, is_late in with_lateness(tree, False):
        if isinstance(node, ast.Import):
            yield from ((alias.name, not is_late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            for alias in node.names:
                name = f"{module}.{alias.name}"
                yield name if name in MODULES else module, not is_late


def with_lateness(node: ast.AST, is_late: bool):
    """Yield each node of a tree, and whether it is within a function or in code for type checkers only."""
    for child in ast.iter_child_nodes(node):
        is_for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        late = is_late or is_for_types or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield child, late
        yield from with_lateness(child, late)


IMPORTS = {
    name: sorted({other for other, _ in imported_modules(path)} & MODULES.keys()) for name, path in MODULES.items()
}


def circle(graph: dict[str, list[str]]) -> list[str]:
    """Return modules of which each imports the next one, and the last one the first; [] for none."""
    done: set[str] = set()

    def search(module: str, way: list[str]) -> list[str]:
        if module in way:
            return way[way.index(module) :]
        if module in done:
            return []
        found = next(filter(None, (search(other, [*way, module]) for other in graph[module])), [])
        done.add(module)
        return found

    return next(filter(None, (search(module, []) for module in graph)), [])


def test_every_module_stands_on_a_floor_and_every_floor_is_there():
    assert len(ORDER) == len(set(ORDER))
    assert {*ORDER} == {name.split(".")[1] for name in MODULES if "." in name}


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down_the_floors(module):
    if module == "nnfs":
        return
    here = module.split(".")[1]
    for other in IMPORTS[module]:
        assert other != "nnfs", f"{module} imports the package that it is part of"
        there = other.split(".")[1]
        assert here == there or ORDER.index(there) < ORDER.index(here), f"{module} imports {other}, which stands above"


def test_no_modules_import_each_other_in_a_circle():
    assert circle(IMPORTS) == []


def test_a_circle_is_found():
    assert circle({"a": ["b", "c"], "b": [], "c": ["b", "d"], "d": ["e"], "e": ["c"]}) == ["c", "d", "e"]
    assert circle({"a": ["b", "c"], "b": ["c"], "c": []}) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_numpy_is_imported_before_it_is_needed(path):
    allowed = sys.stdlib_module_names | {"nnfs", "nnfs_command", "numpy"}
    if path.parent.name == "sklearn":  # its classes extend those of scikit-learn; no other module imports it
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
    page = {path for path in PACKAGE.rglob("*") if path.suffix in {".js", ".css", ".html", ".c"}}
    on_disk = {str(path.relative_to(ROOT)) for path in [*SOURCES, *data, *page]}
    assert {name for name in listed if name.endswith((".py", ".gz", ".txt", ".js", ".css", ".html", ".c"))} == on_disk


def module_of(subject: Path) -> Path | None:
    """Return the file or folder of `PACKAGE` that a test is about: of ``layers/relu``, the file ``layers/relu.py``.

    A module may have several tests: ``checkpoint_faults`` is about ``checkpoint.py``, and ``init`` about `__init__.py`.
    """
    if subject.name == "init":
        return PACKAGE / subject.parent / "__init__.py"
    words = subject.name.split("_")
    names = ["_".join(words[:count]) for count in range(len(words), 0, -1)]
    paths = (PACKAGE / subject.parent / f"{name}{suffix}" for name in names for suffix in (".py", ".pyx", ".js", ""))
    return next(filter(Path.exists, paths), None)


def test_tests_lie_as_the_modules_do():
    files = [path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")]
    subjects = [path.parent / path.stem.removeprefix("test_") for path in files]
    alone = {subject.as_posix() for subject in subjects if module_of(subject) is None}
    assert alone == set(" ".join(OF_NO_MODULE).split())
