"""Enlarging images by a whole factor: repeated pixels, or linear interpolation between them."""

from __future__ import annotations

from ...._kernels.interface import Array
from ....errors import FormatError, UnsupportedError
from ....layers import Upsample2D
from ....layers.context import Context
from ...strict_json import short
from ..graph_size import check_array_size
from ..node import Node
from .windows import as_images

# Pairs of coordinate_transformation_mode and nearest_mode; all of them give equal results for whole factors.
NEAREST = {
    ("asymmetric", "floor"),
    *((place, f"round_prefer_{side}") for place in ("half_pixel", "pytorch_half_pixel") for side in ("floor", "ceil")),
}
LINEAR = ("half_pixel", "pytorch_half_pixel")


def resize(
    node: Node, x: Array, roi: Array | None = None, scales: Array | None = None, sizes: Array | None = None
) -> Array:
    """Return images x (N, C, H, W) enlarged by whole factors, computed by the layer `Upsample2D`."""
    images = as_images(x)
    if node.version < 11:
        roi, scales = None, roi
    layer = upsample(node, images.shape, scales, sizes)
    shape = (len(x), *layer.output_shape(images.shape[1:]))
    check_array_size(shape, images.dtype)
    return layer.forward(images, Context()).astype(x.dtype, copy=False)


def upsample(node: Node, shape: tuple[int, ...], scales: Array | None, sizes: Array | None) -> Upsample2D:
    """Return the layer that computes a Resize node for images of ``shape`` (N, C, H, W).

    ``scales`` or ``sizes`` (4,) is the node's input. Raises UnsupportedError when no layer computes the node.
    """
    attributes = node.attributes
    mode = attributes["mode"]
    place = attributes.get("coordinate_transformation_mode", "asymmetric")
    rounding = attributes.get("nearest_mode", "floor")
    if not ((mode == "nearest" and (place, rounding) in NEAREST) or (mode == "linear" and place in LINEAR)):
        raise UnsupportedError(
            f"attribute mode: got {short(mode)} with {short(place)} and {short(rounding)}; nnfs repeats pixels, or "
            "draws straight lines between their centres"
        )
    if attributes.get("antialias") or attributes.get("exclude_outside") or "axes" in attributes:
        raise UnsupportedError("attributes antialias, exclude_outside, axes: nnfs has none of them")
    if (scales is None or not scales.size) == (sizes is None or not sizes.size):
        raise FormatError("inputs scales, sizes: wanted one of them")
    if sizes is not None and sizes.size:
        if sizes.shape != (4,):
            raise FormatError(f"input sizes: got shape {sizes.shape}, wanted (4,)")
        factors = [wanted / size for wanted, size in zip(sizes.tolist(), (max(size, 1) for size in shape), strict=True)]
    else:
        assert scales is not None
        if scales.shape != (4,):
            raise FormatError(f"input scales: got shape {scales.shape}, wanted (4,)")
        factors = scales.tolist()
    rows, columns = factors[2:]
    if factors[:2] != [1, 1] or not all(1 <= factor < 2**31 and factor == int(factor) for factor in (rows, columns)):
        raise UnsupportedError(
            f"input scales or sizes: got factors {short(factors)}, wanted whole ones for pixels alone"
        )
    factor = int(rows) if rows == columns else (int(rows), int(columns))
    return Upsample2D(factor, mode="nearest" if mode == "nearest" else "bilinear")
