"""C: a network as one file of C99 that needs nothing but the standard library's mathematics, and static memory."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import UnsupportedError
from ..sequential import Sequential
from .source.description import describe
from .source.file import write_source
from .source.functions_in_c import functions
from .source.memory import Lifetime, place
from .source.program import Program, Sample, Step
from .source.rows_in_c import encode
from .source.texts import c_number, c_strings, in_lines, quoted

TYPES = {np.dtype(np.float32): ("float", "f"), np.dtype(np.float64): ("double", "")}
"""The type of C for each dtype, and the suffix of its numbers."""
ANYWHERE = {
    *("clip", "hard_sigmoid", "hard_swish", "mish", "softsign"),
    *("relu", "leaky_relu", "elu", "sigmoid", "tanh", "silu", "softplus", "gelu", "gelu_tanh"),
    *("softmax", "log_softmax", "add", "normalization", "batch_norm", "group_norm", "layer_norm"),
}
"""The functions that may write their output over their input."""
RENAMED = {"tanh": "hyperbolic_tangent"}
"""Functions that have another name in C, where the library's own has theirs."""
TILE_COLUMNS = 8
"""How many columns a convolution in C computes at a time; behind the end of an image it reads what is there."""
MOST_MEMORY = 2**31 - 1
"""The most numbers of all arrays of a pass: indices are of type int."""


def save(network: Sequential, path: str | os.PathLike[str], *, verbose: bool = True) -> int:
    """Write a network as one file of C99 for prediction, whole or not at all.

    The file defines ``void predict(const float *x, float *y)``, or of ``double`` for a network in float64. It needs the
    mathematical functions of the standard library, no other file, and no memory but static arrays, which are shared by
    all calls: one thread at a time may call, unless it is compiled with ``-DNNFS_THREAD_LOCAL=_Thread_local``. Its
    first comment says what x and y are. Equal networks give equal files.

    For a network that was trained on a raw table there is ``int encode(const char *const *row, float *x)``, too, which
    makes x of the texts of a row.

    Before the file is written, its steps are run in NumPy on one sample, which must give the network's output. The
    sample is in the file, which thereby checks itself: ``cc -DNNFS_TEST model.c -lm && ./a.out``.

    Parameters
    ----------
    network : Sequential
        Not modified.
    path : path
        The file to make or to replace.
    verbose : bool
        Whether to print the sizes of the file and of the memory.

    Returns
    -------
    int
        How many bytes the static arrays take that a pass needs beside the weights.

    Raises
    ------
    UnsupportedError
        For a layer of your own, and for more weights than compilers can bear; the message says what to do.
    NumericError
        When a weight is not finite, or the outputs differ by more than rounding; nothing is then written.
    ValueError
        For another ending than that of the format, such as ``.onnx``.
    OSError
        When the file cannot be written; an old file is then unchanged.
    """
    needed = 0

    def lines(program: Program, sample: Sample) -> Iterator[str]:
        nonlocal needed
        file = CFile(program, sample)
        needed = file.memory
        return file.lines()

    size = write_source(network, path, ".c", lines)
    memory = needed * network.dtype.itemsize
    if verbose:
        print(f"{os.fspath(path)}: {size:,} bytes of C; a pass needs {memory:,} bytes of static memory")
    return memory


class CFile:
    """Write a program as lines of C.

    Attributes
    ----------
    memory : int
        How many numbers the static array has in which the values between the steps lie.
    """

    def __init__(self, program: Program, sample: Sample) -> None:
        self._program, self._sample = program, sample
        self._type, self._suffix = TYPES[program.network.dtype]
        self._steps = [step for step in program.steps if step.function != "reshape"]
        self._names, self.memory = self._place()
        if self.memory + max(map(math.prod, program.shapes)) > MOST_MEMORY:
            raise UnsupportedError(
                f"save: a pass needs {self.memory:,} numbers of memory; C has at most {MOST_MEMORY:,}"
            )

    def lines(self) -> Iterator[str]:
        """Yield the lines of the file."""
        network = self._program.network
        preprocessing = network.facts.preprocessing
        yield from self._comment()
        yield ""
        libraries = ["math", "stddef"] if preprocessing is None else ["ctype", "math", "stddef", "stdlib", "string"]
        yield from (f"#include <{library}.h>" for library in libraries)
        yield ""
        yield f"#define NNFS_INPUTS {math.prod(network.input_shape)}"
        yield f"#define NNFS_OUTPUTS {math.prod(network.output_shape)}"
        yield ""
        yield f"typedef {self._type} real;"
        yield ""
        yield "void predict(const real *x, real *y);"
        if preprocessing is not None:
            yield "int encode(const char *const *row, real *x);"
        yield from self._class_names()
        for name, array in self._program.arrays.items():
            yield ""
            yield from self._array(_identifier(name), self._laid_out(name, array))
        if self.memory:
            yield ""
            yield "/* The values between the layers. */"
            yield "#ifndef NNFS_THREAD_LOCAL"
            yield "#define NNFS_THREAD_LOCAL"
            yield "#endif"
            yield f"static NNFS_THREAD_LOCAL real memory[{self.memory}];"
        names = {RENAMED.get(step.function, step.function) for step in self._steps} | self._copies()
        for text in functions(names if preprocessing is None else names | {"encode_value"}):
            yield ""
            yield from re.sub(r"\breal_(\w+)", rf"\1{self._suffix}", text).splitlines()
        yield ""
        yield from self._predict()
        if preprocessing is not None:
            yield ""
            yield from encode(preprocessing, self._type)
        yield ""
        yield from self._test()

    def _comment(self) -> Iterator[str]:
        first, *further = describe(self._program)
        yield f"/* {first}"
        yield ""
        yield f"   void predict(const {self._type} *x, {self._type} *y) writes y; x and y must not overlap."
        yield from (f"   {line}".rstrip() for line in further)
        yield f"   Static memory beside the weights: {self.memory * self._program.network.dtype.itemsize:,} bytes."
        yield "   All calls share it, so that one thread at a time may call predict. For memory of each thread's own:"
        yield "   cc -std=c11 -DNNFS_THREAD_LOCAL=_Thread_local -O2 -c model.c"
        if (preprocessing := self._program.network.facts.preprocessing) is not None:
            yield ""
            yield f"   int encode(const char *const *row, {self._type} *x) makes x of a row of the table: these texts,"
            yield "   in this order, without spaces around them; numbers have a decimal point; NULL is a missing value:"
            yield from (f"   {line}" for line in in_lines(map(quoted, preprocessing.names)))
            yield "   It returns 0, or the number, counted from 1, of the first value that is wrong or missing."
        yield ""
        yield "   cc -std=c99 -O2 -c model.c                       compiles it; link with -lm"
        yield "   cc -std=c99 -DNNFS_TEST model.c -lm && ./a.out   compares it with an output that nnfs computed */"

    def _class_names(self) -> Iterator[str]:
        names = self._program.network.facts.class_names
        if not names:
            return
        texts = c_strings(names, "the name of a class", "net.facts = nnfs.Facts(class_names=[...])")
        yield ""
        yield "/* The names of the classes, in UTF-8. */"
        yield f"extern const char *const nnfs_class_names[{len(names)}];"
        yield f"const char *const nnfs_class_names[{len(names)}] = {{"
        yield from (f"    {text}," for text in texts)
        yield "};"

    def _array(self, name: str, array: Array) -> Iterator[str]:
        """Yield the definition of an array, with hexadecimal numbers, which C99 reads exactly."""
        yield f"static const real {name}[{array.size}] = {{"
        for start in range(0, array.size, 1000):  # a part at a time: texts are large
            numbers = array.reshape(-1)[start : start + 1000].tolist()
            yield from (f"    {line}" for line in in_lines(f"{c_number(number)}{self._suffix}," for number in numbers))
        yield "};"

    def _laid_out(self, name: str, array: Array) -> Array:
        """Return an array as the function in C reads it: the weight of a dense layer is transposed."""
        is_dense = any(step.function == "dense" and step.arrays[0] == name for step in self._steps)
        return array.T if is_dense else array

    def _copies(self) -> set[str]:
        return {"copy"} if not self._steps or any(step.function == "concat" for step in self._steps) else set()

    def _place(self) -> tuple[dict[int, str], int]:
        """Return for each value the expression for where it lies, and the size of the static array."""
        program = self._program
        origin = {0: 0}  # a value that only has another shape lies where its origin lies
        for step in program.steps:
            origin[step.output] = origin[step.inputs[0]] if step.function == "reshape" else step.output
        self._origin = origin
        last: dict[int, int] = {}
        first: dict[int, int] = {}
        in_place: dict[int, int] = {}
        for number, step in enumerate(self._steps):
            first[step.output] = number
            last |= {origin[value]: number for value in step.inputs}
        result = origin[program.value]
        sizes = {value: math.prod(program.shapes[value]) for value in first}
        lives = {
            value: Lifetime(sizes[value], number, last.get(value, number))
            for value, number in first.items()
            if value != result
        }
        for number, step in enumerate(self._steps):
            before = origin[step.inputs[0]]
            if step.function in ANYWHERE and step.output in lives and before in lives and last[before] == number:
                in_place[step.output] = before
        # A convolution needs a copy of its input with a border, while it runs; its key is no value's.
        lives |= {
            -step.output: Lifetime(self._padded_size(step), number, number)
            for number, step in enumerate(self._steps)
            if step.function == "conv2d"
        }
        places, size = place(lives, in_place)
        names = {value: f"memory + {begin}" for value, begin in places.items()}
        return names | {0: "x"} | ({result: "y"} if result else {}), size

    def _predict(self) -> Iterator[str]:
        program = self._program
        yield "void predict(const real *x, real *y)"
        yield "{"
        if not self._steps:
            yield f"    copy(x, y, {math.prod(program.network.output_shape)});"
        for step in self._steps:
            shapes = " and ".join(str(program.shapes[value]) for value in step.inputs)
            yield f"    /* {step.layer}: {shapes} -> {program.shapes[step.output]} */"
            yield from self._call(step)
        yield "}"

    def _call(self, step: Step) -> Iterator[str]:
        shapes = [self._program.shapes[value] for value in step.inputs]
        inputs = [self._names[self._origin[value]] for value in step.inputs]
        output = self._names[step.output]
        if step.function == "concat":
            begin = 0
            for name, shape in zip(inputs, shapes, strict=True):
                yield f"    copy({name}, {output} + {begin}, {math.prod(shape)});"
                begin += math.prod(shape)
            return
        arrays = ["NULL" if name is None else _identifier(name) for name in step.arrays]
        name = RENAMED.get(step.function, step.function)
        outputs = [output, self._names[-step.output]] if step.function == "conv2d" else [output]
        sizes = self._sizes(step, shapes[0], self._program.shapes[step.output])
        call = f"{name}({', '.join([*inputs, *arrays, *outputs, *map(str, sizes)])});"
        first, *further = in_lines(call.replace(", ", ",|").split("|"))
        yield f"    {first}"
        yield from (f"        {line}" for line in further)

    def _sizes(self, step: Step, shape: tuple[int, ...], out: tuple[int, ...]) -> list[Any]:
        """Return what a function in C needs to know beside its arrays: sizes and numbers, in its own order."""
        given, size = step.arguments, math.prod(shape)
        match step.function:
            case "dense":
                return [size // shape[-1], shape[-1], out[-1]]
            case "softmax" | "log_softmax":
                return [size // shape[-1], shape[-1]]
            case "group_norm":
                return [shape[0], size // shape[0], given["groups"], repr(given["epsilon"])]
            case "layer_norm":
                width = self._program.arrays[str(step.arrays[0])].size
                return [size // width, width, repr(given["epsilon"])]
            case "normalization" | "global_avg_pool" | "global_max_pool":
                return [shape[0], size // shape[0]]
            case "batch_norm":
                return [shape[0], size // shape[0], self._real(given["epsilon"])]
            case "upsample2d_nearest" | "upsample2d_bilinear":
                return [*shape, *given["factors"]]
            case "permute":
                strides = _strides(shape)
                return [size, len(out), _ints(out), _ints([strides[axis - 1] for axis in given["dims"]])]
            case "gate":
                body = self._program.shapes[step.inputs[1]]
                strides = [stride * (n > 1) for n, stride in zip(body, _strides(body), strict=True)]
                return [size, len(shape), _ints(shape), _ints(strides)]
            case "pad2d":
                return [*shape, *given["padding"]]
            case "conv2d" | "conv_transpose2d" | "max_pool2d":
                return [self._window(step, shape, out)]
            case "avg_pool2d":
                return [self._window(step, shape, out), int(given["count_include_pad"])]
        return [size, *map(self._real, given.values())]

    def _window(self, step: Step, shape: tuple[int, ...], out: tuple[int, ...]) -> str:
        given = step.arguments
        kernel = given["size"] if "size" in given else self._program.arrays[str(step.arrays[0])].shape[2:]
        top, left = given["corner"] if "corner" in given else (given["padding"][0], given["padding"][2])
        names = "channels rows columns filters out_rows out_columns kernel_rows kernel_columns stride_rows "
        names += "stride_columns dilation_rows dilation_columns top left groups"
        numbers = (
            *shape,
            *out,
            *kernel,
            *given["stride"],
            *given.get("dilation", (1, 1)),
            top,
            left,
            given.get("groups", 1),
        )
        fields = [f".{name} = {number}" for name, number in zip(names.split(), numbers, strict=True)]
        return "(struct window){" + ", ".join(fields) + "}"

    def _padded_size(self, step: Step) -> int:
        """Return how many numbers the input of a convolution has with its border, and what the last tile reads more."""
        channels, *_ = self._program.shapes[step.inputs[0]]
        given, image = step.arguments, self._program.shapes[step.output][1:]
        kernel = self._program.arrays[str(step.arrays[0])].shape[2:]
        axes = zip(image, kernel, given["stride"], given["dilation"], strict=True)
        rows, columns = ((count - 1) * stride + (size - 1) * dilation + 1 for count, size, stride, dilation in axes)
        return int(channels * rows * columns + (TILE_COLUMNS - 1) * given["stride"][1])

    def _real(self, number: float) -> str:
        return f"{c_number(float(self._program.network.dtype.type(number)))}{self._suffix}"

    def _test(self) -> Iterator[str]:
        sample = self._sample
        yield "#ifdef NNFS_TEST"
        yield "#include <stdio.h>"
        yield ""
        yield "/* A sample, and the output that nnfs computed for it. */"
        yield from self._array("test_x", sample.x)
        yield from self._array("test_y", sample.y)
        yield ""
        yield "int main(void)"
        yield "{"
        yield "    static real y[NNFS_OUTPUTS];"
        yield "    double largest = 0;"
        yield "    int is_wrong = 0;"
        yield "    predict(test_x, y);"
        yield "    for (int k = 0; k < NNFS_OUTPUTS; k++) {"
        yield "        const double difference = fabs((double)y[k] - (double)test_y[k]);"
        yield "        largest = difference > largest ? difference : largest;"
        yield f"        is_wrong |= !(difference <= {sample.allowed!r});"
        yield "    }"
        yield '    printf("%s: differs by %.3g at most; ", is_wrong ? "WRONG" : "right", largest);'
        yield f'    printf("allowed: {sample.allowed:.3g}\\n");'
        yield "    return is_wrong;"
        yield "}"
        yield "#endif"


def _identifier(name: str) -> str:
    """Return the name of an array in C: of ``3.weight``, ``weight_3``."""
    *places, own = name.split(".")
    return re.sub(r"\W", "_", "_".join([own, *places]))


def _strides(shape: tuple[int, ...]) -> list[int]:
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]


def _ints(numbers: Iterable[int]) -> str:
    return "(const int[]){" + ", ".join(map(str, numbers)) + "}"
