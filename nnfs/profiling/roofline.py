"""What a network costs in arithmetic, and what this machine can do at most: the roofline.

S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance model", 2009: work of so many
operations that moves so many bytes takes at least max(operations / peak arithmetic, bytes / peak bandwidth).
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
"""Bytes that a copy moves, read and written together: from what a core's cache holds to what only memory does."""


class Peaks(NamedTuple):
    """What this machine does at most in one type of numbers: in 1e9 operations, and in 1e9 bytes, a second."""

    arithmetic: float
    """On all threads that nnfs uses; a multiply-add counts as two operations."""
    arithmetic_one_thread: float
    copies: dict[int, float]
    """Bytes read and written a second by copies that move so many bytes, on all threads."""

    def bandwidth(self, moved: int) -> float:
        """Return the peak for work that moves so many bytes: small work stays in the caches, which are faster."""
        return self.copies[min((size for size in self.copies if size >= moved), default=max(self.copies))]

    def seconds(self, operations: int, moved: int) -> float:
        """Return the least time of work."""
        return max(operations / self.arithmetic, moved / self.bandwidth(moved)) / 1e9

    def binding(self, operations: int, moved: int) -> str:
        """Return which limit binds: ``arithmetic`` or ``bandwidth``."""
        return "arithmetic" if operations / self.arithmetic >= moved / self.bandwidth(moved) else "bandwidth"


def forward_operations(network: Sequential, rows: int) -> int:
    """Return the operations of a forward pass over so many rows: two for each multiply-add, none for what else is."""
    return sum(2 * rows * layer.multiply_adds(shape) for layer, shape in _layers(network))


def step_operations(network: Sequential, rows: int) -> int:
    """Return the operations of forward and backward: the gradients of parameters and of the input cost as much each.

    Nobody needs the gradient of the input of the first layer that has parameters, nor of those before it.
    """
    total, learns = 0, False
    for layer, shape in _layers(network):
        operations = 2 * rows * layer.multiply_adds(shape)
        total += operations * (1 + bool(layer.parameters) + learns)
        learns = learns or bool(layer.parameters)
    return total


def measure_peaks(dtype: np.dtype[Any], *, seconds: float = 0.1) -> Peaks:
    """Measure this machine, ``seconds`` for each of 20 probes, and return the best of each kind.

    Arithmetic: a dense and a convolutional layer that fit the caches and, where nnfs may use all cores, as NumPy
    does, NumPy's matrix product. Bandwidth: NumPy's copy, which runs on one thread, and ReLU on numbers that it leaves
    as they are.
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
    # A second thread never makes the machine slower, whatever one measurement says.
    return Peaks(max(one, every), one, copies)


def _layers(network: Sequential) -> Iterator[tuple[Layer, Shape]]:
    return zip(network.layers, network.shapes, strict=False)


def _products(dtype: np.dtype[Any]) -> list[tuple[Callable[[], object], int]]:
    """Return calls that do little but multiply and add, and the operations of each."""
    size = 512
    a, weight, y = (np.ones((size, size), dtype) for _ in range(3))
    gradient, bias = np.zeros_like(weight), np.ones(size, dtype)
    # 5 x 5, for which nothing takes fewer multiplications than the plain way.
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
    """Return the shortest time of a call: a limit is what the machine can do, not what it does on average."""
    call()
    shortest, end = np.inf, time.perf_counter() + seconds
    while True:
        began = time.perf_counter()
        call()
        now = time.perf_counter()
        shortest = min(shortest, now - began)
        if now >= end:
            return shortest
