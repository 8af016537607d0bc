"""Each file that `kernels.pyx` includes names the files that it needs, all of which stand above it.

They are one namespace to Cython, so that it finds nothing wrong where a file uses what stands anywhere before it.
"""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "nnfs" / "_kernels"
TEAM, REPLAY = "machine/team.pxd", "machine/replay.pxd"
"""Extensions of their own; what they offer is declared here."""
KERNELS = (FOLDER / "kernels.pyx").read_text(encoding="utf-8")
INCLUDED = [TEAM, REPLAY, *re.findall(r'^include "(.+)"$', KERNELS, re.MULTILINE)]

NAMED_BLOCK = re.compile(r"^(?:cdef|ctypedef) (?:struct|enum) (\w+)", re.MULTILINE)
FUNCTION = re.compile(r"^ *(?:cdef |def |ctypedef )?(?:\w+[* ]+)*?(\w+)\(", re.MULTILINE)
TYPE = re.compile(r"^ *ctypedef (?!struct|enum)[^(\n]*?(\w+)$", re.MULTILINE)
FUNCTION_TYPE = re.compile(r"^ctypedef .*?\(\*(\w+)\)", re.MULTILINE)
VARIABLE = re.compile(r"^cdef [^=(\n]*?(\w+) =", re.MULTILINE)
DECLARED = re.compile(r"^    (?:const )?(?:real|double)\*? (\w+(?:, \w+)*)$", re.MULTILINE)
CONSTANT = re.compile(r"^    (?:enum: )?([A-Za-z]\w*)(?: = .*)?$", re.MULTILINE)


def code_of(name):
    """Return a file without its strings and comments."""
    text = re.sub(r'"""[\s\S]*?"""', "", (FOLDER / name).read_text(encoding="utf-8"))
    return re.sub(r' *#.*| ?"[^"\n]*"', "", text)


def definitions(code):
    """Return the names that code defines for the files below it."""
    names = {name for pattern in (NAMED_BLOCK, TYPE, FUNCTION_TYPE, VARIABLE) for name in pattern.findall(code)}
    for block in re.split(r"^(?=\S)", code, flags=re.MULTILINE):
        if block.startswith("cdef extern"):
            names.update(FUNCTION.findall(block.split("\n", 1)[1]))
            names.update(name for line in DECLARED.findall(block) for name in line.split(", "))
        elif block.startswith(("cdef ", "def ")):
            names.update(FUNCTION.findall(block.split("\n")[0]))
        if re.match(r"cdef extern|(cdef|ctypedef) enum", block):
            names.update(CONSTANT.findall(block))
    return names


CODE = {name: code_of(name) for name in INCLUDED}
DEFINED = {name: definitions(code) for name, code in CODE.items()}


def needs(name):
    """Return the files that define what a file uses, by their short names, in their order."""
    used = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", CODE[name])) - DEFINED[name]
    return [Path(other).stem for other in INCLUDED if other != name and used & DEFINED[other]]


@pytest.mark.parametrize("name", INCLUDED[2:])
def test_a_file_needs_what_it_says_and_only_files_above_it(name):
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    head = " ".join(line.removeprefix("# ") for line in takewhile(lambda line: line.startswith("# "), lines))
    assert head == f"Needs: {', '.join(needs(name)) or 'nothing'}"
    above = [Path(other).stem for other in INCLUDED[: INCLUDED.index(name)]]
    assert set(needs(name)) <= set(above)


def test_the_definitions_of_a_file_are_found():
    assert DEFINED[TEAM] == {"Task", "thread_count", "run", "run_whole"}
    assert DEFINED[REPLAY] == {"Kernel", "perform"}
    assert {"real", "vec", "LANES", "broadcast", "index_t", "load", "exp"} <= DEFINED["machine/vector.pyx"]
    assert {"Product", "TERMS", "multiply"} <= DEFINED["machine/product.pyx"]
    assert {"Ending", "Convolution", "LINE"} <= DEFINED["convolution/forward.pyx"]
    assert DEFINED["machine/tasks.pyx"] == {"ELEMENTS", "count_blocks", "planes_for_task"}


def test_no_name_is_defined_twice():
    names = [name for found in DEFINED.values() for name in found]
    assert len(names) == len(set(names))


def test_one_page_chooses_the_way_of_a_convolution():
    assert [name for name in INCLUDED if re.search(r"\bsuits_\w+\(", CODE[name])] == ["convolution/choice.pyx"]


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.pyx")), ids=lambda path: path.name)
def test_a_file_is_short_and_is_built(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    assert not re.search(r'cdef extern .*\n    """', text), "C text belongs into a header"
    modules = {f"machine/{name}.pyx" for name in ("cpu", "dispatch", "replay", "steps", "team")}
    built = {*INCLUDED, "kernels.pyx", *modules}
    assert str(path.relative_to(FOLDER)) in built
