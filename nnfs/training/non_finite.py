"""Where numbers are not finite: the first layer, or the first parameter, in words and as facts of an error."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..network.network import Network


def non_finite_output(network: Network, x: Array) -> tuple[str, dict[str, Any]]:
    """Return in words, and as facts of an error, which layer gives the first output that is not finite.

    Layers are run on the batch x (N, *input_shape) one by one, outside training.
    """
    if not np.isfinite(x).all():
        return "the batch itself holds numbers that are not finite", {}
    for index, (layer, output) in enumerate(network.trace(x)):
        if not np.isfinite(output).all():
            return f"the first output that is not finite is that of layer {index}, {layer!r}", {"layer": index}
    return "outside training, without dropout, all layers' outputs are finite: else the loss itself overflowed", {}


def non_finite_parameter(network: Network, attribute: str) -> tuple[str, dict[str, Any]]:
    """Return in words, and as facts of an error, the first parameter whose numbers are not finite.

    ``attribute`` is ``"value"`` or ``"grad"``: which numbers of each parameter are looked at.
    """
    for name, parameter in network.parameters.items():
        if not np.isfinite(getattr(parameter, attribute)).all():
            index = int(name.split(".")[0])
            return f"{name}, of layer {index}, {network.layers[index]!r}", {"layer": index, "parameter": name}
    return "none", {}
