"""Compiling C files that nnfs wrote, by each compiler that is there, with warnings as errors."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
WARNINGS = [
    *("-std=c99", "-Werror", "-Wall", "-Wextra", "-Wpedantic"),
    *("-Wconversion", "-Wdouble-promotion", "-Wshadow", "-Wundef", "-Wmissing-prototypes"),
]

needs_a_compiler = pytest.mark.skipif(not COMPILERS, reason="needs gcc or clang")


def compile_c(compiler, path, out, *options):
    """Compile a file of C into ``out``; a warning is an error."""
    command = [compiler, *WARNINGS, *options, str(path), "-o", str(out), "-lm"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr[:3000]


def predict_in_c(compiler, path, x, output_shape, *options, threads=1):
    """Return the outputs for a batch x (N, ...) of ``predict`` in a file of C, which a shared library is made of."""
    library = path.with_suffix(f".{compiler}.so")
    compile_c(compiler, path, library, "-shared", "-fPIC", *options)
    predict = ctypes.CDLL(str(library)).predict
    pointer = np.ctypeslib.ndpointer(x.dtype, flags="C_CONTIGUOUS")
    predict.argtypes, predict.restype = (pointer, pointer), None
    y = np.empty((len(x), *output_shape), x.dtype)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(predict, map(np.ascontiguousarray, x), y))
    return y


def encode_in_c(compiler, path, row, input_shape):
    """Return what ``encode`` in a file of C returns for a row of texts, and the numbers that it writes."""
    library = path.with_suffix(f".{compiler}.so")
    if not library.exists():
        compile_c(compiler, path, library, "-shared", "-fPIC")
    texts = [None if text is None else text.encode() for text in row]
    x = np.empty(input_shape, np.float32)
    code = ctypes.CDLL(str(library)).encode((ctypes.c_char_p * len(row))(*texts), x.ctypes.data_as(ctypes.c_void_p))
    return code, x


def run_test(compiler, path, *options):
    """Compile a file of C with its own test, run it, and return its exit code and what it printed."""
    program = path.with_suffix(f".{compiler}.out")
    compile_c(compiler, path, program, "-DNNFS_TEST", *options)
    ran = subprocess.run([program], capture_output=True, text=True, timeout=60)
    return ran.returncode, ran.stdout + ran.stderr
