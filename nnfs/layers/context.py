"""What one pass through a network leaves behind for the way back: buffers, not layers, hold it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.shapes import Shape, check_size
from ..system.memory import aligned_empty


class Context:
    """Hold what one layer keeps between the forward and the backward half of one pass.

    Attributes
    ----------
    training : bool
        Whether the pass is part of training (Dropout acts only then).
    needs_input_grad : bool
        Whether anybody wants the gradient of the layer's input; if not, ``backward`` returns None.
    rng : numpy.random.Generator or None
        Where random layers draw from in training.
    """

    def __init__(self) -> None:
        self.training = False
        self.needs_input_grad = True
        self.rng: np.random.Generator | None = None
        self._buffers: dict[str, Array] = {}
        self._views: dict[str, Array] = {}
        self._workspaces: dict[str, Workspace] = {}

    def empty(self, name: str, shape: Shape, dtype: Any) -> Array:
        """Return an uninitialized C-contiguous array, at a cache line, that the context owns and reuses.

        The same name gives the same memory again, so a warm pass allocates nothing; the memory grows to the
        largest batch seen. What an earlier call with this name returned is overwritten.
        """
        view = self._views.get(name)
        if view is not None and view.shape == shape and view.dtype == dtype:
            return view
        size = math.prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size or buffer.dtype != dtype:
            check_size(shape, f"a buffer {name!r} of shape", np.dtype(dtype).itemsize)
            buffer = self._buffers[name] = aligned_empty(size, dtype)
        view = self._views[name] = buffer[:size].reshape(shape)
        return view

    def workspace(self, name: str, size: int) -> Workspace:
        """Return the contexts of ``size`` layers within this layer, the same ones each time, as parts of this pass."""
        workspace = self._workspaces.get(name)
        if workspace is None:
            workspace = self._workspaces[name] = Workspace(size)
        workspace.begin(self.training, self.rng)
        return workspace

    def save(self, **values: Any) -> None:
        """Keep values for ``backward``, as attributes: ``ctx.save(x=x)`` and later ``ctx.x``."""
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"forward has saved no {name!r} in this context; call forward before backward")

    @property
    def nbytes(self) -> int:
        """The bytes of all buffers, those of layers within this one included."""
        inner = sum(workspace.nbytes for workspace in self._workspaces.values())
        return inner + sum(buffer.nbytes for buffer in self._buffers.values())


class Workspace(list[Context]):
    """The contexts of one pass, one for each layer. Two passes at once need two workspaces.

    Attributes
    ----------
    rows : int
        The number of samples that went forward.
    """

    rows = 0

    def __init__(self, size: int) -> None:
        super().__init__(Context() for _ in range(size))

    def begin(self, training: bool, rng: np.random.Generator | None = None) -> None:
        """Tell every layer whether this is training, and where to draw random numbers from."""
        for ctx in self:
            ctx.training, ctx.rng = training, rng

    @property
    def nbytes(self) -> int:
        """The bytes of all buffers of all contexts."""
        return sum(ctx.nbytes for ctx in self)
