"""Fixtures for the whole suite: each test that asks for ``backend`` runs once on every backend."""

from __future__ import annotations

import os

import pytest

from nnfs import _kernels

BACKENDS = ["numpy"] if os.environ.get("NNFS_BACKEND") == "numpy" else _kernels.available_backends()


@pytest.fixture(params=BACKENDS)
def backend(request):
    """Run the test with each backend in turn and give its name."""
    with _kernels.use_backend(request.param):
        yield request.param
