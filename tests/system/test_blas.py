"""The settings of NumPy's BLAS: name, threads and processor."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nnfs.system import blas


def test_threads_come_from_the_library_or_from_the_environment(monkeypatch):
    found = blas.blas_settings()
    assert list(found) == ["name", "threads", "processor"]
    if found["threads"] is not None:
        assert isinstance(found["threads"], int | str)
    monkeypatch.setattr(blas, "_THREADS", ("no_such_function",))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    assert "OPENBLAS_NUM_THREADS=3" in blas.blas_settings()["threads"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere NumPy brings other libraries")
def test_the_threads_are_those_of_the_environment():
    if not isinstance(blas.blas_settings()["threads"], int):
        pytest.skip("NumPy's library does not tell its threads")
    code = "from nnfs.system.blas import blas_settings; print(blas_settings()['threads'])"
    variables = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    ran = subprocess.run([sys.executable, "-P", "-c", code], env=os.environ | variables, capture_output=True, text=True)
    assert ran.stdout == "1\n"
