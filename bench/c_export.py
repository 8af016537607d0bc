"""Measure networks as C: the file's size, the object's, the memory, and one prediction beside onnxruntime and nnfs.

All run in one process on one thread, in turn, in rounds; the best round of each counts. ``pip install ".[onnx]"
onnxruntime`` for the column of onnxruntime. Compilers that are not found are left out.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("NNFS_NUM_THREADS", "1")

import numpy as np

from nnfs.io import c, onnx
from nnfs.profiling.networks import find_network

NAMES = ("moons MLP", "MLP", "LeNet-5", "cnn-5", "ResNet-8")
WAYS = {
    "gcc -O2": ["gcc", "-O2"],
    "gcc -O2 native": ["gcc", "-O2", "-march=native"],
    "clang -O3": ["clang", "-O3"],
    "clang -O3 native": ["clang", "-O3", "-march=native"],
}
ROUNDS, SECONDS = 100, 0.002
REPEAT = """
void predict(const float *x, float *y);
void repeat(int count, const float *x, float *y);
void repeat(int count, const float *x, float *y) { while (count--) predict(x, y); }
"""


def main() -> None:
    """Print a table of sizes and one of microseconds."""
    ways = {name: words for name, words in WAYS.items() if shutil.which(words[0])}
    rows = []
    print("| network | weights | C file | object at -O2 | memory of a pass |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            net = find_network(name).build()
            path = Path(folder, "model.c")
            memory = c.save(net, path, verbose=False)
            size = _object_size(path) if shutil.which("gcc") else 0
            counts = [f"{number:,}" for number in (net.vector.value.size, path.stat().st_size, size, memory)]
            print(f"| {name} | {' | '.join(counts)} |")
            x = np.random.default_rng(0).uniform(-1, 1, (1, *net.input_shape)).astype(np.float32)
            calls = {way: _compiled(path, words, x, net.output_shape) for way, words in ways.items()}
            calls |= _onnxruntime(net, path.with_suffix(".onnx"), x)
            calls["nnfs"] = _repeated(lambda net=net, x=x: net.predict(x))
            rows.append((name, _best(calls)))
    print(f"\n| microseconds of a sample | {' | '.join(rows[0][1])} |\n|---|{'---|' * len(rows[0][1])}")
    for name, times in rows:
        print(f"| {name} | {' | '.join(_digits(1e6 * time) for time in times.values())} |")


def _digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _object_size(path: Path) -> int:
    """Return the bytes of code and constants of the object file."""
    subprocess.run(["gcc", "-std=c99", "-O2", "-c", path, "-o", path.with_suffix(".o")], check=True)
    printed = subprocess.run(["size", path.with_suffix(".o")], check=True, capture_output=True, text=True).stdout
    text, data = printed.splitlines()[1].split()[:2]
    return int(text) + int(data)


def _compiled(path: Path, words: list[str], x: np.ndarray, output_shape: tuple[int, ...]) -> Callable[[int], None]:
    """Return what calls the compiled ``predict`` a number of times."""
    repeat = path.with_name("repeat.c")
    repeat.write_text(REPEAT)
    library = path.with_name(f"{len(list(path.parent.iterdir()))}.so")
    subprocess.run([*words, "-std=c99", "-shared", "-fPIC", path, repeat, "-o", library, "-lm"], check=True)
    function = ctypes.CDLL(str(library)).repeat
    y = np.empty(output_shape, np.float32)
    return lambda count: function(count, x.ctypes.data_as(ctypes.c_void_p), y.ctypes.data_as(ctypes.c_void_p))


def _onnxruntime(net, path: Path, x: np.ndarray) -> dict[str, Callable[[int], None]]:
    try:
        import onnxruntime
    except ImportError:
        return {}
    onnx.save(net, path, verbose=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return {"onnxruntime": _repeated(lambda: session.run(None, {"input": x}))}


def _repeated(call: Callable[[], object]) -> Callable[[int], None]:
    def repeat(count: int) -> None:
        for _ in range(count):
            call()

    return repeat


def _best(calls: dict[str, Callable[[int], None]]) -> dict[str, float]:
    """Return the seconds of one call of each, in the best of many rounds, in which all take turns."""
    counts = {}
    for name, call in calls.items():
        call(3)
        begin = time.perf_counter()
        call(3)
        counts[name] = max(1, round(SECONDS / ((time.perf_counter() - begin) / 3)))
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            begin = time.perf_counter()
            call(counts[name])
            best[name] = min(best[name], (time.perf_counter() - begin) / counts[name])
    return best


if __name__ == "__main__":
    main()
