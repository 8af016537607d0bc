"""What a test file of a layer gives to `tests/layers/test_every_layer.py`: layers to test, each with an input shape."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnfs import Layer


@dataclass
class Example:
    """A layer to test.

    Attributes
    ----------
    layer : Layer
        Tests work on copies of it.
    input_shape : tuple of int
        Shape of one sample.
    torch : function or None
        Makes the module of PyTorch that computes the same, from the namespace ``torch.nn``. None means that PyTorch
        has no such module.
    training : bool
        Whether the layer does something else in training, so that it is tested in training too.
    no_onnx : str
        Why the layer cannot be written as ONNX; empty where it can.
    """

    layer: Layer
    input_shape: tuple[int, ...]
    torch: Callable[[Any], Any] | None = None
    training: bool = False
    no_onnx: str = ""

    def __str__(self) -> str:
        return f"{self.layer!r} {self.input_shape}"


def renamed(arguments: dict[str, Any], **names: str) -> dict[str, Any]:
    """Return keyword arguments under the names that PyTorch has for them."""
    return {names.get(name, name): value for name, value in arguments.items()}


def all_examples():
    """Return the ``EXAMPLES`` of all test files of layers: a new layer is listed nowhere, its test file is found."""
    files = sorted((Path(__file__).parent / "layers").glob("test_*.py"))
    return [example for path in files if path.stem != "test_every_layer" for example in _examples_of(path)]


def _examples_of(path):
    spec = importlib.util.spec_from_file_location(f"examples_of_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, "EXAMPLES", [])
