"""Python: a network as one file that needs nothing but NumPy, written to be read."""

from __future__ import annotations

import base64
import inspect
import os
import re
from collections.abc import Iterator

import numpy as np

from .._kernels.interface import Array
from ..arguments.frames import MISSING
from ..network.preprocessing import Preprocessing
from ..sequential import Sequential
from .source import encoding, functions
from .source.description import describe
from .source.file import write_source
from .source.program import Program, Sample
from .source.texts import in_lines, quoted

SMALL = 64
"""The most numbers of an array that is written as a list, to be read; a larger one is base64 of its bytes."""
LINE = 110
"""About how many characters a line has."""
IMPORTS = """\
import base64
import math
import sys

import numpy as np

Array = np.ndarray


def unpack(shape: tuple[int, ...], text: str) -> Array:
    \"\"\"Return the array of this shape whose numbers, little-endian, a text holds as base64.\"\"\"
    return np.frombuffer(base64.b64decode(text), NUMBERS.newbyteorder("<")).astype(NUMBERS).reshape(shape)


def as_batch(x: Array, shape: tuple[int, ...]) -> Array:
    \"\"\"Return a batch x (N, ...) of samples of this shape, in the network's type of numbers.\"\"\"
    x = np.asarray(x, NUMBERS)
    if x.shape[1:] != shape or not x.ndim:
        raise ValueError(f"x must be a batch of shape {('N', *shape)}, got {x.shape}")
    return x
"""
ENCODE_IMPORTS = """\
import sys
import warnings
from typing import Any
"""
ENCODE = """\
def encode(rows) -> Array:
    \"\"\"Return x for `predict`, made of raw rows: each is a dict of values by column, or a list as COLUMNS are.\"\"\"
    return np.array([encode_row(row, COLUMNS, FILLS_GAPS) for row in rows], NUMBERS).reshape(-1, INPUTS)


def predict_rows(rows) -> Array:
    \"\"\"Return the outputs for raw rows of the table.\"\"\"
    return predict(encode(rows))
"""
TEST = """\
if __name__ == "__main__":
    difference = np.abs(predict(SAMPLE[None])[0] - OUTPUT).max()
    is_right = bool(difference <= ALLOWED)
    print(f"{'right' if is_right else 'WRONG'}: differs by {difference:.3g} at most; allowed: {ALLOWED:.3g}")
    sys.exit(not is_right)
"""


def save(network: Sequential, path: str | os.PathLike[str], *, verbose: bool = True) -> int:
    """Write a network as one file of Python for prediction, whole or not at all.

    The file defines ``predict(x)`` for a batch x (N, ...), and one function for each kind of layer, with its formula.
    It needs NumPy alone. Its first comment says what x and the outputs are. Equal networks give equal files.

    For a network that was trained on a raw table there is ``predict_rows(rows)``, too: each row is a dict of its values
    by column, or a list of them.

    Before the file is written, its functions are run on one sample, which must give the network's output. The sample is
    in the file, which thereby checks itself: ``python model.py``.

    Parameters
    ----------
    network : Sequential
        Not modified.
    path : path
        The file to make or to replace.
    verbose : bool
        Whether to print the size of the file.

    Returns
    -------
    int
        How many bytes the file has.

    Raises
    ------
    UnsupportedError
        For a layer of your own, and for more weights than a source file should hold; the message says what to do.
    NumericError
        When a weight is not finite, or the outputs differ by more than rounding; nothing is then written.
    ValueError
        For another ending than that of the format, such as ``.onnx``.
    OSError
        When the file cannot be written; an old file is then unchanged.
    """
    size = write_source(network, path, ".py", _lines)
    if verbose:
        print(f"{os.fspath(path)}: {size:,} bytes of Python")
    return size


def _lines(program: Program, sample: Sample) -> Iterator[str]:
    network = program.network
    yield from (f"# {line}".rstrip() for line in describe(program))
    preprocessing = network.facts.preprocessing
    yield "#"
    yield "# predict(x) takes a batch x of N samples and returns N outputs; `python model.py` checks it on one sample."
    if preprocessing is not None:
        yield "# predict_rows(rows) takes raw rows of the table, as csv.DictReader gives them; encode(rows) is their x."
    yield ""
    imports = IMPORTS if preprocessing is None else IMPORTS.replace("import sys\n", ENCODE_IMPORTS)
    yield from imports.splitlines()
    texts = _functions({step.function for step in program.steps})
    if preprocessing is not None:
        texts += [inspect.getsource(part) for part in (encoding.encode_row, encoding.as_text, encoding.as_number)]
    for text in texts:
        yield ""
        yield ""
        yield from text.splitlines()
    yield ""
    yield ""
    yield from _predict(program)
    if preprocessing is not None:
        yield ""
        yield ""
        yield from ENCODE.splitlines()
    yield ""
    yield ""
    yield f"NUMBERS = np.dtype(np.{network.dtype.name})"
    names = map(quoted, network.facts.class_names)
    yield "CLASS_NAMES = ["
    yield from (f"    {name}," for name in names)
    yield "]"
    if preprocessing is not None:
        yield from _columns(preprocessing)
    yield "WEIGHTS = {"
    for name, array in program.arrays.items():
        yield from _array(f"    {quoted(name)}: ", array, ",")
    yield "}"
    yield "# A sample, and the output that nnfs computed for it."
    yield from _array("SAMPLE = ", sample.x)
    yield from _array("OUTPUT = ", sample.y)
    yield f"ALLOWED = {sample.allowed!r}"
    yield ""
    yield from TEST.splitlines()


def _columns(preprocessing: Preprocessing) -> Iterator[str]:
    yield "# The columns of the raw table: the categories of texts, or what a missing number is taken for."
    yield f"INPUTS = {len(preprocessing.features)}"
    yield f"FILLS_GAPS = {preprocessing.missing == 'mean'}"
    yield f"MISSING = {MISSING!r}"
    yield "COLUMNS = {"
    for column in preprocessing.columns:
        if column.categories is None:
            yield f"    {quoted(column.name)}: {column.mean!r},"
            continue
        yield f"    {quoted(column.name)}: ["
        yield from (f"        {line}" for line in in_lines(f"{quoted(name)}," for name in column.categories))
        yield "    ],"
    yield "}"


def _predict(program: Program) -> Iterator[str]:
    network = program.network
    names = _variables(program)
    yield "def predict(x: Array) -> Array:"
    axes = ", ".join(["N", *map(str, network.output_shape)])
    yield f'    """Return the outputs ({axes}) for a batch x ({", ".join(["N", *map(str, network.input_shape)])})."""'
    yield f"    {names[0]} = as_batch(x, {network.input_shape})"
    for step in program.steps:
        shapes = [program.shapes[value] for value in step.inputs]
        inputs = [names[value] for value in step.inputs]
        arrays = [f"WEIGHTS[{quoted(name)}]" if name else "None" for name in step.arrays]
        arguments = [f"{name}={value!r}" for name, value in step.arguments.items()]
        yield f"    # {step.layer}: {' and '.join(map(str, shapes))} -> {program.shapes[step.output]}"
        words = [*inputs, *arrays, *arguments]
        call = f"{names[step.output]} = {step.function}"
        if len(call) + sum(map(len, words)) + 2 * len(words) < LINE:
            yield f"    {call}({', '.join(words)})"
        else:
            yield f"    {call}("
            yield from (f"        {line}" for line in in_lines(f"{word}," for word in words))
            yield "    )"
    yield f"    return {names[program.value]}"


def _variables(program: Program) -> dict[int, str]:
    """Return the name of each value: ``x`` if only the next step reads it, else a name of its own."""
    readers: dict[int, list[int]] = {value: [] for value in range(len(program.shapes))}
    for number, step in enumerate(program.steps):
        for value in step.inputs:
            readers[value].append(number)
    made = {0: -1} | {step.output: number for number, step in enumerate(program.steps)}
    is_next = {value: set(found) <= {made[value] + 1} for value, found in readers.items()}
    return {value: "x" if is_next[value] else f"x{value}" for value in readers}


def _array(begin: str, array: Array, end: str = "") -> Iterator[str]:
    indent = " " * (len(begin) - len(begin.lstrip()))
    if array.size <= SMALL:
        numbers = "".join(_list(array))
        yield f"{begin}np.array({numbers}, NUMBERS){end}"
        return
    yield f"{begin}unpack("
    yield f"{indent}    {array.shape},"
    data = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1).view(np.uint8)
    for start in range(0, data.size, 75):  # 100 characters of base64
        yield f'{indent}    "{base64.b64encode(data[start : start + 75].tobytes()).decode()}"'
    yield f"{indent}){end}"


def _list(array: Array) -> Iterator[str]:
    """Yield an array as nested lists of numbers, which are read back exactly."""
    if array.ndim == 0:
        yield str(array[()])
        return
    yield "["
    for index, part in enumerate(array):
        yield ", " if index else ""
        yield from _list(np.asarray(part))
    yield "]"


def _functions(names: set[str]) -> list[str]:
    """Return the texts of functions by name, with those that they call, in the order of their definition."""
    texts = {name: inspect.getsource(value) for name, value in vars(functions).items() if inspect.isfunction(value)}
    wanted: set[str] = set()
    left = names
    while left:
        wanted |= left
        called = {name for each in left for name in re.findall(r"(?<![.\w`])(\w+)\(", texts[each])}
        left = (called & texts.keys()) - wanted
    return [text for name, text in texts.items() if name in wanted]
