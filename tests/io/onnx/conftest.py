"""Fixtures for tests of ONNX files, which need ``onnx``; some of them need onnxruntime, too."""

from __future__ import annotations

import importlib.util

import pytest

if importlib.util.find_spec("onnx") is None:
    collect_ignore_glob = ["test_backend_suite.py", "test_[efghjmnst]*.py", "operators/*"]


@pytest.fixture
def onnxruntime():
    """Return the module onnxruntime, whose outputs count as right; skip the test if it is not installed."""
    return pytest.importorskip("onnxruntime")
