"""The builds: signatures, choice by processor, what the kernels refuse, and memory that they must not touch."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from cases import ODD_CONVOLUTIONS, convolution_arrays
from effort import SANITIZED

from nnfs import _kernels
from nnfs._kernels import interface
from nnfs._kernels.reference import kernels as reference
from nnfs.errors import BackendError

compiled = pytest.importorskip("nnfs._kernels.compiled", exc_type=ImportError)
BUILDS = compiled.available_builds()


def parameters(function):
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values() if p.name != "self"]


@pytest.mark.parametrize("name", _kernels.KERNEL_NAMES)
def test_signatures_are_those_of_the_contract(name):
    want = parameters(getattr(interface.Kernels, name))
    modules = [sys.modules[f"nnfs._kernels._{compiled.isa}_{dtype}"] for dtype in ("float32", "float64")]
    for module in (reference, compiled.kernels, *modules):
        assert parameters(getattr(module, name)) == want


def import_with(**environment):
    return subprocess.run(
        [sys.executable, "-c", "from nnfs._kernels import compiled; print(compiled.isa)"],
        env={**os.environ, **environment},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["", *BUILDS])
def test_a_build_can_be_forced(name):
    assert import_with(NNFS_BACKEND="cython", NNFS_ISA=name).stdout.strip() == (name or BUILDS[0])


@pytest.mark.parametrize("name", ["avx9", "../x", "V4", "native"])
def test_an_unknown_build_is_refused(name):
    error = import_with(NNFS_BACKEND="cython", NNFS_ISA=name).stderr
    assert "BackendError" in error
    assert repr(name) in error
    assert all(build in error for build in BUILDS)


def test_a_build_that_the_processor_lacks_is_refused(monkeypatch):
    monkeypatch.setattr(compiled.cpu, "supported_builds", lambda: ["v2", "generic"])
    monkeypatch.setenv("NNFS_ISA", "v4")
    with pytest.raises(ImportError, match="cannot run"):
        compiled._choose_build()
    monkeypatch.delenv("NNFS_ISA")
    assert compiled._choose_build() in ("v2", "generic")


def test_winograd_can_be_switched_off(monkeypatch):
    for text, wanted in (("", True), ("1", True), ("0", False)):
        monkeypatch.setenv("NNFS_WINOGRAD", text)
        assert compiled._winograd_wanted() is wanted
    monkeypatch.setenv("NNFS_WINOGRAD", "no")
    with pytest.raises(BackendError, match="NNFS_WINOGRAD is 'no'"):
        compiled._winograd_wanted()


def test_no_build_that_the_processor_lacks_is_even_loaded(tmp_path):
    """What the processor says is faked; loading a file may run an instruction of it."""
    script = tmp_path / "script.py"
    script.write_text("""
import sys
from importlib.machinery import PathFinder

class OldProcessor:
    def find_spec(name, path, target=None):
        spec = PathFinder.find_spec(name, path)
        if spec is not None and name == "nnfs._kernels.machine.cpu":
            load = spec.loader.exec_module
            def load_and_fake(module):
                load(module)
                module.supported_builds = lambda: ["old"]
            spec.loader.exec_module = load_and_fake
        return spec

sys.meta_path.insert(0, OldProcessor)
try:
    import nnfs
except ImportError as error:
    print(type(error).__name__, *[name for name in sys.modules if name.startswith("nnfs._kernels._v")], error)
""")
    for name in BUILDS:
        result = subprocess.run(
            [sys.executable, script],
            env={**os.environ, "NNFS_BACKEND": "cython", "NNFS_ISA": name},
            capture_output=True,
            text=True,
            check=True,
        )
        assert result.stdout.startswith(f"BackendError NNFS_ISA is {name!r}"), result


@pytest.mark.parametrize("wrong", ["dtype", "axes", "stride", "none", "order"])
def test_kernels_refuse_what_does_not_fit(build, wrong, dtype):
    x, weight, y = np.zeros((4, 6), dtype), np.zeros((3, 6), dtype), np.zeros((4, 3), dtype)
    other = np.float64 if dtype is np.float32 else np.float32
    bad = {
        "dtype": weight.astype(other),
        "axes": weight[0],
        "stride": np.zeros((3, 12), dtype)[:, ::2],
        "none": None,
        "order": weight.astype(np.dtype(dtype).newbyteorder()),
    }[wrong]
    with pytest.raises((ValueError, TypeError, AttributeError)):
        build.dense_forward(x, bad, None, y=y)
    with pytest.raises((ValueError, TypeError, AttributeError)):
        build.relu_forward(x, 0.0, y=bad if bad is None or bad.ndim == 2 else weight.astype(other))


def test_other_types_are_refused(build):
    for wrong in (np.int32, np.int64, np.float16, np.complex64):
        x = np.zeros((2, 2), wrong)
        with pytest.raises((ValueError, TypeError)):
            build.dense_forward(x, x, None, y=x)
        with pytest.raises((ValueError, TypeError)):
            build.relu_forward(x, 0.0, y=x)


def test_inputs_may_be_read_only(build, dtype):
    for case in ODD_CONVOLUTIONS[:2]:
        x, weight, bias, dy = arrays = convolution_arrays(case, dtype)
        for array in arrays:
            array.flags.writeable = False
        build.conv2d_forward(x, weight, bias, case[2], y=np.empty_like(dy))
        build.conv2d_backward_input(dy, weight, case[2], dx=np.empty_like(x))
        build.conv2d_backward_params(x, dy, case[2], dweight=np.zeros_like(weight), dbias=np.zeros_like(bias))
        with pytest.raises(ValueError, match="read-only"):
            build.conv2d_forward(x, weight, bias, case[2], y=dy)
        with pytest.raises(ValueError, match="read-only"):
            build.relu_forward(x, 0.0, y=x)


def test_other_python_threads_run_meanwhile():
    """The GIL is released: a thread that only counts gets on while a long convolution runs."""
    x, weight, y = np.zeros((8, 64, 64, 64), np.float32), np.zeros((64, 64, 3, 3), np.float32), None
    y, counted, over = np.zeros((8, 64, 62, 62), np.float32), [0], threading.Event()

    def count():
        while not over.is_set():
            counted[0] += 1

    counter = threading.Thread(target=count)
    counter.start()
    before = counted[0]
    compiled.kernels.conv2d_forward(x, weight, None, interface.Window((3, 3)), y=y)
    after = counted[0]
    over.set()
    counter.join()
    assert after - before > 1000


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("case", [ODD_CONVOLUTIONS[i] for i in (0, 1, 3, 4, 6, 9, 10, 11, -3, -2, -1)], ids=str)
def test_nothing_is_touched_beyond_the_arrays(build, case, at_end, dtype, guarded):
    """A read or write outside an array ends the process."""
    x, weight, bias, dy = (guarded(array, at_end) for array in convolution_arrays(case, dtype))
    y, dx, dweight, dbias = (guarded(np.zeros_like(array), at_end) for array in (dy, x, weight, bias))
    window = case[2]
    build.conv2d_forward(x, weight, bias, window, y=y)
    build.conv2d_backward_input(dy, weight, window, dx=dx)
    build.conv2d_backward_params(x, dy, window, dweight=dweight, dbias=dbias)
    pooled = guarded(np.zeros((*x.shape[:2], *y.shape[2:]), dtype), at_end)
    argmax = guarded(np.zeros(pooled.shape, np.int32), at_end)
    build.maxpool2d_forward(x, window, y=pooled, argmax=argmax)
    build.maxpool2d_backward(pooled, argmax, dx=dx)
    if min(x.shape[2:]) >= 2:
        half = (*x.shape[:2], x.shape[2] // 2, x.shape[3] // 2)
        pooled, argmax = guarded(np.zeros(half, dtype), at_end), guarded(np.zeros(half, np.int32), at_end)
        build.maxpool2d_forward(x, interface.Window((2, 2), (2, 2)), y=pooled, argmax=argmax)
    build.relu_forward(x, 0.1, y=dx)
    build.relu_backward(x, dx, 0.1, dx=dx)
    padded = guarded(np.zeros((*x.shape[:2], x.shape[2] + 3, x.shape[3] + 1), dtype), at_end)
    build.pad2d_forward(x, (1, 2, 0, 1), y=padded)
    build.pad2d_backward(padded, (1, 2, 0, 1), dx=dx)
    rows, columns = x.reshape(len(x), -1), guarded(np.ones((5, x[0].size), dtype), at_end)
    out, dcolumns = guarded(np.zeros((len(x), 5), dtype), at_end), guarded(np.zeros_like(columns), at_end)
    build.dense_forward(rows, columns, guarded(np.ones(5, dtype), at_end), y=out)
    build.dense_backward_input(out, columns, dx=dx.reshape(rows.shape))
    build.dense_backward_params(rows, out, dweight=dcolumns, dbias=guarded(np.zeros(5, dtype), at_end))
    dbias = guarded(np.zeros(5, dtype), at_end)
    build.dense_relu_backward(out, rows, columns, out, 0.1, dweight=dcolumns, dbias=dbias, dx=dx.reshape(rows.shape))
    build.softmax_cross_entropy(out, guarded(np.zeros(len(x), np.int64), at_end), dlogits=out)
    build.mean_squared_error(y, dy, dy=y)
    assert build.all_finite(weight.reshape(-1))
    state = [guarded(np.ones(weight.size, dtype), at_end) for _ in range(3)]
    build.adam_update(
        dweight.reshape(-1), 0.1, 0.9, 0.9, 1e-8, 0.1, False, 1, value=state[0], mean=state[1], square=state[2]
    )
    build.sgd_update(dweight.reshape(-1), 0.1, 0.9, True, 0.1, value=state[0], velocity=state[1])
    build.rmsprop_update(dweight.reshape(-1), 0.1, 0.9, 1e-8, 0.1, value=state[0], square=state[2])


def disassemble(pattern):
    """Return the instructions of each file of this package that matches."""
    files = sorted(Path(compiled.__file__).parent.glob(pattern))
    return [
        subprocess.run(["objdump", "-d", file], capture_output=True, text=True, check=True).stdout for file in files
    ]


needs_objdump = pytest.mark.skipif(shutil.which("objdump") is None, reason="no objdump")


@needs_objdump
@pytest.mark.parametrize(("build", "forbidden"), [("v2", r"%[yz]mm"), ("v3", r"%zmm")])
def test_a_build_holds_no_wider_instruction(build, forbidden):
    if build not in compiled.BUILDS:
        pytest.skip("not built")
    listings = [listing for pattern in (f"_{build}_*.so", "machine/*.so") for listing in disassemble(pattern)]
    assert len(listings) == 6
    for listing in listings:
        assert re.search(forbidden, listing) is None


@needs_objdump
@pytest.mark.skipif(SANITIZED, reason="not optimized")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("build", "register"), [("v4", "zmm"), ("v3", "ymm")])
def test_a_build_uses_the_widest_instructions(build, register, dtype):
    """A compiler that gives up on a loop makes no mistake, but a kernel several times slower."""
    if build not in compiled.BUILDS:
        pytest.skip("not built")
    kind = "ps" if dtype == "float32" else "pd"
    (listing,) = disassemble(f"_{build}_{dtype}.*")
    counts = {
        "the tile of products": len(re.findall(rf"vfmadd\d+{kind} .*%{register}", listing)),
        "pooling, ReLU": len(re.findall(rf"vcmp\w*{kind} .*%{register}", listing)),
        "Adam, RMSprop": len(re.findall(rf"vsqrt{kind} .*%{register}", listing)),
    }
    least = {"the tile of products": 60, "pooling, ReLU": 20, "Adam, RMSprop": 2}
    assert {name for name in least if counts[name] < least[name]} == set(), counts
