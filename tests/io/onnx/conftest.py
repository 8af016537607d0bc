"""Tests of ONNX files need ``onnx``; those that compare with onnxruntime need that too."""

from __future__ import annotations

import importlib.util

import pytest

if importlib.util.find_spec("onnx") is None:
    collect_ignore_glob = ["test_backend_suite.py", "test_[eghmnt]*.py", "operators/*"]


@pytest.fixture
def onnxruntime():
    """Give onnxruntime, the oracle, where it is installed."""
    return pytest.importorskip("onnxruntime")
