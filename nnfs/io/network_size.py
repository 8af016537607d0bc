"""How much memory a network out of a file may take: the bound of all readers, for one sample on its way through it."""

from __future__ import annotations

import math

from ..network.network import Network
from ..system.memory import check_unpacked


def check_network(network: Network, held: int) -> None:
    """Raise FormatError where more is made of one sample and ``held`` bytes of weights than `check_unpacked` lets be.

    A file of a few bytes can name a layer that makes an image of gigabytes out of one pixel.
    """
    numbers = math.prod(network.input_shape), network.layers.pass_size(network.input_shape)
    sample, made = (number * network.dtype.itemsize for number in numbers)
    check_unpacked(made, held + sample, "the arrays that its layers make of one sample")
