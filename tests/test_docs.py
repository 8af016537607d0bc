"""The code in README.md and docs/ runs, and prints what the pages say."""

from __future__ import annotations

import contextlib
import glob
import importlib
import inspect
import io
import re
import shlex
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

import nnfs
from nnfs import _kernels, cli
from nnfs.many.sweep import load_sweep
from nnfs.runs import load_settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"(?:<!-- ([^\n]*?) -->\n)?^( *)```([a-z]+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """A block of code: what the comment before it says, its language, and its text."""

    comment: str
    language: str
    text: str
    follows: bool
    """Whether nothing but blank lines stands between this block and the one before it."""


def blocks_of(page):
    text = page.read_text(encoding="utf-8")
    end = None
    for match in BLOCK.finditer(text):
        comment, indentation, language, code = match.groups()
        code = "".join(line.removeprefix(indentation) for line in code.splitlines(keepends=True))
        yield Block(comment or "", language, code, end is not None and not text[end : match.start()].strip())
        end = match.end()


def needed_modules(page):
    """Return the packages that the code of a page imports, which a line such as ``<!-- needs: torch -->`` names."""
    named = re.search(r"<!-- needs: (.*?) -->", page.read_text(encoding="utf-8"))
    return named[1].split(", ") if named else []


# Pages that train a lot run with the compiled kernels alone.
RUN = [page for page in PAGES if _kernels.backend == "cython" or page.parent.name in ("one-kernel", "limit")]


@pytest.mark.parametrize("page", RUN, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_of_a_page_runs_and_prints_what_the_page_says(page, tmp_path, monkeypatch):
    """The blocks run in their order, in one empty folder; all Python of a page has one namespace.

    A block of ``text`` directly behind code is what it prints, or what its last command prints, ``...`` for anything.
    A comment before a block gives the file that it is (``file: net.toml``) or whose code it shows
    (``source: nnfs/layers/dense.py``), or says that its commands take too long to run (``only parsed``). A page whose
    code must fail names another test (``tested by: tests/test_x.py``).
    """
    if test := re.search(r"<!-- tested by: (.*?) -->", page.read_text(encoding="utf-8")):
        assert (ROOT / test[1]).exists()
        return
    for name in needed_modules(page):
        pytest.importorskip(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names, printed = {"__name__": "__main__"}, None
    for block in blocks_of(page):
        if block.comment.startswith("file: "):
            Path(block.comment.removeprefix("file: ")).write_text(block.text, encoding="utf-8")
        if block.comment.startswith("source: "):
            printed = None
        elif block.language == "python":
            printed = run_python(block.text, names, page)
        elif block.language == "sh":
            printed = run_commands(block.text, parse=block.comment == "only parsed")
        elif block.language == "toml":
            Path("a.toml").write_text(block.text)
            assert load_sweep(Path("a.toml")) if "[sweep" in block.text else load_settings(Path("a.toml"))
        elif block.language == "text" and block.follows and printed is not None and not block.comment:
            assert same_text(block.text, printed), f"the page says\n{block.text}\nthe code prints\n{printed}"


def run_python(code, names, page):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, page.name, "exec"), names)
    return output.getvalue()


def run_commands(text, parse):
    """Run the lines that begin with ``nnfs``, or only parse them; return what the last one prints, None for none."""
    printed = None
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] != ["nnfs"]:
            continue
        words, _, into = split_at(words[1:], ">")
        words = [name for word in words for name in (sorted(glob.glob(word)) or [word])]
        if parse:
            cli._parse(words)
            continue
        output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with contextlib.redirect_stdout(output):
            assert cli.main(words) == 0, line
        output.flush()
        shown = output.buffer.getvalue().decode()
        if into:
            Path(into[0]).write_text(shown)
        else:
            printed = shown
    return printed


def split_at(words, mark):
    place = words.index(mark) if mark in words else len(words)
    return words[:place], words[place : place + 1], words[place + 1 :]


def same_text(said, printed):
    """Return whether a text is the printed one: blanks at the ends of lines do not count, ``...`` is anything."""
    said, printed = ("\n".join(line.rstrip() for line in text.strip("\n").splitlines()) for text in (said, printed))
    return re.fullmatch(re.escape(said).replace(re.escape("..."), ".*"), printed, re.DOTALL) is not None


def test_the_pages_have_code():
    assert {"python", "sh", "toml", "text"} <= {block.language for page in PAGES for block in blocks_of(page)}


@pytest.mark.parametrize(
    ("said", "printed", "same"),
    [
        ("1.5\n", "1.5  \n", True),
        ("1.5\n", "1.6\n", False),
        ("a ...\n", "a 1\n b\n", True),
        ("a (b)\n", "a c\n", False),
    ],
)
def test_a_text_is_compared_up_to_dots(said, printed, same):
    assert same_text(said, printed) is same


PICTURE = re.compile(r"!\[(.*?)\]\((.*?)\)", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pictures_are_small_and_have_a_text_in_their_place(page):
    for text, address in PICTURE.findall(re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)):
        assert len(text) > 20, address
        assert text.count("[") == text.count("]"), f"{address}: brackets in the text end it"
        assert (page.parent / address).stat().st_size < 70_000, address


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "one-kernel").glob("[0-9]*.md")), ids=lambda page: page.stem)
def test_a_page_of_one_kernel_to_many_has_its_five_parts(page):
    text = page.read_text(encoding="utf-8")
    assert len(PICTURE.findall(text)) == 1, "one picture"
    assert "<!-- source: nnfs/" in text, "the code of the source"
    assert "## Exercise" in text
    assert "<summary>Answer</summary>" in text
    assert re.search(r"^(Next: \[|.* To go on: )", text, re.MULTILINE), "where to go on"


MODULES = ["augmentation", "callbacks", "errors", "optimizers", "plots", "schedules", "bench", "io.torch"]
NOT_FOR_USERS = {"as_schedule", "naming", "Module"}


def public_names():
    """Yield the name of each class and function that users call, as they write it."""
    for name in nnfs.__all__:
        if callable(getattr(nnfs, name)):
            yield f"nnfs.{name}"
    for module in MODULES:
        members = vars(importlib.import_module(f"nnfs.{module}") if "." in module else getattr(nnfs, module))
        for name, value in members.items():
            own = inspect.isclass(value) or inspect.isfunction(value)
            if own and not name.startswith("_") and name not in NOT_FOR_USERS and home(value, members["__name__"]):
                yield f"nnfs.{module}.{name}"


def home(value, module):
    return value.__module__ == module or value.__module__.startswith(f"{module}.")


def test_the_reference_has_every_public_name():
    pages = (ROOT / "docs" / "reference").glob("*.md")
    there = {name for page in pages for name in re.findall(r"^\.\. auto\w+:: (\S+)", page.read_text(), re.MULTILINE)}
    short = {f"nnfs.{name.rpartition('.')[2]}" for name in there}
    missing = [name for name in public_names() if name not in there and name not in short]
    assert not missing


def test_each_file_of_kernels_is_linked_from_the_pages_about_speed():
    linked = {
        (page.parent / address).resolve()
        for page in (ROOT / "docs" / "limit").glob("[0-9]*.md")
        for address in re.findall(r"\]\((\S+\.pyx)\)", page.read_text(encoding="utf-8"))
    }
    missing = sorted(path.name for path in (ROOT / "nnfs").rglob("*.pyx") if path not in linked)
    assert not missing, f"name each in the page of docs/limit/ whose idea it serves: {missing}"


SOURCES = [
    pytest.param(ROOT / block.comment.removeprefix("source: "), block.text, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(blocks_of(page))
    if block.comment.startswith("source: ")
]


@pytest.mark.parametrize(("path", "text"), SOURCES)
def test_code_that_a_page_shows_is_that_of_the_source(path, text):
    """The lines stand in the file as the page has them, up to indentation, and a blank line or less follows them."""
    lines = text.splitlines()
    there = path.read_text(encoding="utf-8").splitlines()
    places = [
        there[number + len(lines) : number + len(lines) + 1]
        for number in range(len(there))
        if textwrap.dedent("\n".join(there[number : number + len(lines)])).splitlines() == lines
    ]
    assert places, f"{path.name} has other lines"
    assert not any(line.strip() for line in places[0]), f"{path.name} goes on with {places[0]}"
    assert len(lines) < 60, "so much code belongs to no page"


@pytest.mark.parametrize("page", [*PAGES, *(ROOT / "docs").rglob("*.ipynb")], ids=lambda page: page.name)
def test_formulas_are_text(page):
    """The site fetches nothing from other hosts, and so has nothing that draws TeX."""
    assert not re.search(r"\$[^$\n ]*\\\\?[a-z]+|\$\$", page.read_text(encoding="utf-8"))
