"""The layer that turns images into rows of features."""

from __future__ import annotations

import math
from typing import Any

from ..arguments.shapes import Shape
from .rearrangement import Rearrangement


class Flatten(Rearrangement):
    """Lay all numbers of a sample in one row: (N, C, H, W) becomes (N, C H W). Nothing is copied."""

    def output_shape(self, input_shape: Shape) -> Shape:
        return (math.prod(input_shape),)

    def onnx_operator(self) -> tuple[str, dict[str, Any]]:
        return "Flatten", {"axis": 1}
