"""A limit for networks from files: how much memory one sample may take on its way through the layers."""

from __future__ import annotations

import math

from ..network.network import Network
from ..system.memory import check_unpacked


def check_network(network: Network, held: int) -> None:
    """Raise FormatError when the layers make far larger arrays of one sample than the file's size justifies.

    ``held`` is the bytes of the weights in the file; `check_unpacked` sets the limit. A file of a few bytes can name a
    layer that makes an image of gigabytes out of one pixel.
    """
    numbers = math.prod(network.input_shape), network.layers.pass_size(network.input_shape)
    sample, made = (number * network.dtype.itemsize for number in numbers)
    check_unpacked(made, held + sample, "the arrays that its layers make of one sample")
