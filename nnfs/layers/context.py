"""What one pass through a network leaves behind for the way back: buffers, not layers, hold it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .._kernels.interface import Array
from .scratch import Scratch


class Context(Scratch):
    """Hold what one layer keeps between the forward and the backward half of one pass.

    Attributes
    ----------
    training : bool
        Whether the pass is part of training (Dropout acts only then).
    needs_input_grad : bool
        Whether anybody wants the gradient of the layer's input; if not, nobody reads what ``backward`` returns.
    learns : bool
        Whether training changes any parameter of the layer; if not, and nobody wants the gradient of its input, its
        ``backward`` is not called.
    rng : numpy.random.Generator or None
        Where random layers draw from in training.
    workspaces : dict
        The contexts of layers within this one, by name.
    """

    x: Array
    """The input, which many layers keep. They set it without `save`, whose call takes as long as a small kernel."""
    y: Array
    """The output, kept likewise."""

    def __init__(self) -> None:
        super().__init__()
        self.training = False
        self.needs_input_grad = True
        self.learns = True
        self.rng: np.random.Generator | None = None
        self.workspaces: dict[str, Workspace] = {}

    def workspace(self, name: str, size: int) -> Workspace:
        """Return the contexts of ``size`` layers within this layer, the same ones each time, as parts of this pass."""
        workspace = self.workspaces.get(name)
        if workspace is None:
            workspace = self.workspaces[name] = Workspace(size)
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
        return super().nbytes + sum(workspace.nbytes for workspace in self.workspaces.values())


class Workspace(list[Context]):
    """The contexts of one pass, one for each layer. Two passes at once need two workspaces.

    Attributes
    ----------
    rows : int
        The number of samples that went forward.
    replay : nnfs.network.replay.Replay or None
        What runs the passes of a whole network; None runs them as the layers are written.
    recording : nnfs.network.replay.Recording or None
        The recording of the last pass; None for a pass that ran as the layers are written.
    """

    rows = 0
    replay: Any = None
    recording: Any = None

    def __init__(self, size: int) -> None:
        super().__init__(Context() for _ in range(size))

    def begin(self, training: bool, rng: np.random.Generator | None = None) -> None:
        """Tell every layer whether this is training, and where to draw random numbers from."""
        for ctx in self:
            ctx.training, ctx.rng = training, rng

    def walk(self) -> Iterator[Context]:
        """Yield each context, and behind it those of layers within its layer."""
        for ctx in self:
            yield ctx
            for workspace in ctx.workspaces.values():
                yield from workspace.walk()

    @property
    def nbytes(self) -> int:
        """The bytes of all buffers of all contexts."""
        return sum(ctx.nbytes for ctx in self)
