"""Arrays of every memory layout have this layout, and a method that ignores the layout is detected."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.arguments import arrays
from nnfs.network import network
from nnfs.verify.draw import Draw
from nnfs.verify.gateway import GATES, LAYOUTS


def test_layouts_are_odd():
    x = np.random.default_rng(0).standard_normal((4, 2, 6, 7)).astype(np.float32)
    for name, layout in LAYOUTS.items():
        odd = layout(x)
        plain = odd.flags.c_contiguous and odd.flags.aligned and odd.flags.writeable and type(odd) is np.ndarray
        assert not plain or odd.dtype != x.dtype, name
        if name != "broadcast rows":
            assert np.array_equal(odd, x), name


@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layouts_make_no_difference(backend, name, dtype):
    for seed in range(len(LAYOUTS)):
        assert GATES[name](Draw(name, seed, dtype), seed) is None


@pytest.mark.parametrize("name", GATES)
def test_a_gate_that_reads_memory_as_it_lies_is_seen(name, monkeypatch):
    """A method is detected if it reads a Fortran-ordered array in the order of memory."""

    def careless(values, shape, dtype, argument="x"):
        array = arrays.as_batch(values, shape, dtype, argument)
        odd = isinstance(values, np.ndarray) and values.ndim > 1 and values.flags.f_contiguous
        return np.ascontiguousarray(values.ravel(order="K").reshape(array.shape)) if odd else array

    monkeypatch.setattr(network, "as_batch", careless)
    monkeypatch.setattr("nnfs.training.gate.as_batch", careless)
    seed = list(LAYOUTS).index("Fortran order")
    assert "'Fortran order'" in GATES[name](Draw(name, seed, np.float64), seed)
