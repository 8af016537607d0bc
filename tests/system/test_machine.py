"""The description of the computer: complete, plain enough for JSON, and true of the backend in use."""

from __future__ import annotations

import json

from nnfs import _kernels
from nnfs.system.machine import machine


def test_describes_the_backend_in_use(backend):
    described = machine()
    assert described["backend"] == backend
    assert described["backend_reason"] == _kernels.reason
    assert (described["isa"] is None) == (backend == "numpy")
    assert described["isa"] in (None, *described["isa_available"])


def test_the_description_is_plain_and_complete():
    described = machine()
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert described["cores"] >= 1
    assert described["threads"] >= 1
    assert described["memory_bytes"] > 2**20
    for name in ("processor", "architecture", "system", "python", "numpy", "nnfs"):
        assert described[name], name
