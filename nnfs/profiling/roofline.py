"""The arithmetic of a network, and the limits of this computer: the roofline model.

Work that does some operations and moves some bytes takes at least max(operations / peak arithmetic, bytes / peak
bandwidth). Source: S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance model", 2009.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array, Window
from .._kernels.threads import get_num_threads, set_num_threads
from ..arguments.shapes import Shape
from ..layers import Layer
from ..sequential import Sequential

SIZES = (2**18, 2**20, 2**22, 2**24, 2**27)
"""The sizes of measured copies in bytes, read and written together: from the cache of one core to main memory."""


class Peaks(NamedTuple):
    """The limits of this computer for one type of numbers, in 1e9 operations and 1e9 bytes per second."""

    arithmetic: float
    """1e9 operations per second on all threads that nnfs uses; a multiply-add counts as two operations."""
    arithmetic_one_thread: float
    """1e9 operations per second on one thread."""
    copies: dict[int, float]
    """1e9 bytes per second, read and written together, on all threads, by the size of the copy in bytes."""

    def bandwidth(self, moved: int) -> float:
        """Return the bandwidth, in 1e9 bytes per second, of work that moves ``moved`` bytes; small work fits caches."""
        return self.copies[min((size for size in self.copies if size >= moved), default=max(self.copies))]

    def seconds(self, operations: int, moved: int) -> float:
        """Return the shortest possible time, in seconds, of work with so many operations and moved bytes."""
        return max(operations / self.arithmetic, moved / self.bandwidth(moved)) / 1e9

    def binding(self, operations: int, moved: int) -> str:
        """Return the limit that decides the shortest time of the work: "arithmetic" or "bandwidth"."""
        return "arithmetic" if operations / self.arithmetic >= moved / self.bandwidth(moved) else "bandwidth"


def forward_operations(network: Sequential, rows: int) -> int:
    """Return the operations of a forward pass of ``rows`` samples: two for each multiply-add, nothing else counts."""
    return sum(2 * rows * layer.multiply_adds(shape) for layer, shape in _layers(network))


def step_operations(network: Sequential, rows: int) -> int:
    """Return the operations of a forward and a backward pass of ``rows`` samples, two for each multiply-add.

    The gradient of a layer's parameters, and the gradient of its input, cost as much as its forward pass each. No
    gradient of the input is computed for the first layer that trains, nor for the layers before it.
    """
    total, learns = 0, False
    for layer, shape in _layers(network):
        operations = 2 * rows * layer.multiply_adds(shape)
        trains = bool(layer.trainable_parameters)
        total += operations * (1 + trains + learns)
        learns = learns or trains
    return total


def measure_peaks(dtype: np.dtype[Any], *, seconds: float = 0.1) -> Peaks:
    """Measure the limits of this computer for one type of numbers, by about 20 probes of ``seconds`` each.

    The limit of arithmetic is the fastest of a dense and a convolutional layer, whose arrays fit the caches, and, if
    nnfs may use all cores, of NumPy's matrix product. The limit of bandwidth is the faster of NumPy's copy, which runs
    on one thread, and ReLU of positive numbers, which is a copy, too.

    Parameters
    ----------
    dtype : numpy.dtype
        float32 or float64.
    seconds : float
        The time of each probe.

    Returns
    -------
    Peaks
        The limits on the number of threads that nnfs uses, which is unchanged at the end.
    """
    threads = get_num_threads()
    products = _products(dtype)
    try:
        set_num_threads(1)
        one = max(operations / _shortest(call, seconds) for call, operations in products) / 1e9
    finally:
        set_num_threads(threads)
    if threads >= (os.cpu_count() or 1):
        a, b, c = (np.ones((1024, 1024), dtype) for _ in range(3))
        products.append((lambda: np.matmul(a, b, out=c), 2 * 1024**3))
    every = max(operations / _shortest(call, seconds) for call, operations in products) / 1e9
    copies = {}
    for size in SIZES:
        source = np.ones(size // 2 // dtype.itemsize, dtype)
        copies[size] = size / min(_shortest(call, seconds) for call in _copies(source)) / 1e9
    # The limit of all threads cannot be below that of one thread, whatever one measurement says.
    return Peaks(max(one, every), one, copies)


def _layers(network: Sequential) -> Iterator[tuple[Layer, Shape]]:
    return zip(network.layers, network.shapes, strict=False)


def _products(dtype: np.dtype[Any]) -> list[tuple[Callable[[], object], int]]:
    """Return functions that do little but multiply and add, each with its number of operations."""
    size = 512
    a, weight, y = (np.ones((size, size), dtype) for _ in range(3))
    gradient, bias = np.zeros_like(weight), np.ones(size, dtype)
    # 5 x 5, since Winograd's algorithm would need fewer multiplications for 3 x 3.
    images, filters, maps = (
        np.ones((8, 32, 28, 28), dtype),
        np.ones((32, 32, 5, 5), dtype),
        np.empty((8, 32, 28, 28), dtype),
    )
    window = Window((5, 5), padding=(2, 2, 2, 2))
    return [
        (lambda: kernels.dense_forward(a, weight, bias, y=y), 2 * size**3),
        (lambda: kernels.dense_backward_input(a, weight, dx=y), 2 * size**3),
        (lambda: kernels.dense_backward_params(a, weight, dweight=gradient, dbias=None), 2 * size**3),
        (lambda: kernels.conv2d_forward(images, filters, None, window, y=maps), 2 * maps.size * filters[0].size),
    ]


def _copies(source: Array) -> list[Callable[[], object]]:
    target = np.empty_like(source)
    return [lambda: np.copyto(target, source), lambda: kernels.relu_forward(source, 0.0, y=target)]


def _shortest(call: Callable[[], object], seconds: float) -> float:
    """Return the shortest time of a call in seconds, since a limit is what is possible, not what is usual."""
    call()
    shortest, end = np.inf, time.perf_counter() + seconds
    while True:
        began = time.perf_counter()
        call()
        now = time.perf_counter()
        shortest = min(shortest, now - began)
        if now >= end:
            return shortest
