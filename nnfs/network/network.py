"""Networks: a list of layers, run forward and backward."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.arrays import as_batch, as_float_dtype, describe_non_finite, is_ready
from ..arguments.attributes import Fixed
from ..arguments.elsewhere import NETWORK
from ..arguments.explained import Explained, explained
from ..arguments.hyperparameters import as_count, as_flag
from ..arguments.seeds import as_seed, make_generators
from ..arguments.shapes import Shape, as_shape, channels_last_hint, check_size
from ..arguments.signals import swapped
from ..errors import ShapeError
from ..layers import Conv1D, Conv2D, Layer
from ..layers.chain import Node, place_fresh
from ..layers.container import as_chain
from ..layers.context import Workspace
from ..layers.parameter import Buffers, Parameters, ParameterVector
from ..losses import KnownLoss
from ..system.caller import calls_within
from ..system.digest import digest
from ..system.notebook import escaped, show
from . import fusion, replay
from .facts import Facts, as_facts
from .guard import set_nodes
from .state import NotLoaded, load_state
from .summary import plan_table, summary_table

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

BATCH_SIZE = 256
"""How many samples go through a network at once, outside training, where nothing else is wanted."""
WIDTH = 100
"""How long the line may be that a printed network takes; a longer one has a line for each layer."""


class Network(Explained, Fixed):
    """Hold layers and their parameters, and run them one after the other, forward and backward.

    A network by itself is not trained: `nnfs.Sequential` adds ``fit``.

    Parameters
    ----------
    layers : list of Layer
        Fresh layers, which the network builds and owns.
    input_shape : int or tuple of int
        Shape of one sample, without the batch axis.
    seed : int
        Where all random numbers of the network come from.
    dtype : "float32" or "float64"
        Type of all parameters and results.
    fuse : bool
        Whether layers may run as one, see `nnfs.network.fusion`.

    Attributes
    ----------
    layers, input_shape, seed, dtype : list, tuple of int, int, numpy.dtype
        What the network was made from.
    output_shape : tuple of int
        The shape of one sample behind the last layer.
    shapes : list of tuple
        The shape of one sample before the first layer, between layers, and after the last one.
    vector : ParameterVector
        All parameter values and all gradients, end to end.
    shuffling, dropout, augmentation : numpy.random.Generator
        Where the random numbers of a training come from, one generator for each use.
    loss : Loss or None
        The loss that the network was last trained with.
    facts : Facts
        The names of classes and columns, and what was done to pixels.
    replayed : str or None
        How the steps of the last training were replayed, and why not more of them; None before one.

    Raises
    ------
    ShapeError
        Where a layer cannot take what the one before gives: its index and name, the shapes so far, the fix.
    """

    settable = frozenset({"loss", "facts", "trainable", "replayed"})
    elsewhere = NETWORK
    hints: ClassVar = {"argument: 'input_shape'": "it is the shape of one sample: {name}(..., x.shape[1:])"}
    _facts = Facts()
    loss = KnownLoss()
    replayed: str | None = None

    def __init__(
        self,
        layers: Sequence[Layer],
        input_shape: int | Shape,
        *,
        seed: int = 0,
        dtype: DTypeLike = "float32",
        fuse: bool = True,
    ) -> None:
        self.layers = as_chain(layers, "layers")
        self.input_shape = as_shape(input_shape, "input_shape")
        self.dtype, self.seed = as_float_dtype(dtype), as_seed(seed)
        fuse = as_flag(fuse, "fuse") and fusion.is_enabled()
        self.shapes = place_fresh(self.layers, self.input_shape)
        if isinstance(self.layers[0], Conv2D) and channels_last_hint(self.input_shape):
            warnings.warn(
                channels_last_hint(self.input_shape).removeprefix(". "), UserWarning, stacklevel=calls_within()
            )
        if isinstance(self.layers[0], Conv1D) and self.input_shape[1] == 1 < self.input_shape[0]:
            text = (
                f"The input_shape {self.input_shape} looks like (L, C), nnfs wants (C, L): {swapped(self.input_shape)}"
            )
            warnings.warn(text, UserWarning, stacklevel=calls_within())
        self.output_shape = self.shapes[-1]
        self.loss = None
        initialization, self.shuffling, self.dropout, self.augmentation = make_generators(self.seed)
        self.layers.build(self.input_shape, initialization, self.dtype)
        self._guarded = set_nodes(self.layers, self.dtype, fuse)
        self.vector = ParameterVector(self.parameters.values(), self.dtype)
        self._free_workspaces: list[Workspace] = []

    # Running

    def workspace(self) -> Workspace:
        """Return new buffers for one pass; passes that run at the same time need one each."""
        workspace = Workspace(len(self.nodes))
        self.layers.mark_wanted(workspace, needs_input_grad=False)
        workspace.replay = replay.Replay() if replay.is_enabled() else None
        return workspace

    @property
    def nodes(self) -> Sequence[Node]:
        """What runs: the layers, or fewer nodes that point at them, see `nnfs.network.fusion`."""
        return self.layers.nodes

    @property
    def facts(self) -> Facts:
        """What the numbers that go in and come out stand for; without any facts where none were set."""
        return self._facts

    @facts.setter
    def facts(self, facts: Facts) -> None:
        self._facts = as_facts(facts, self.input_shape, self.output_shape)

    def forward(self, x: Array, workspace: Workspace, *, training: bool = False) -> Array:
        """Return the output for x (N, *input_shape), which is not modified; it lives in the workspace."""
        return self._run_quietly(self._as_batch(x), workspace, training)  # kernels trust shapes and types

    def backward(self, dy: Array, workspace: Workspace) -> Array | None:
        """Add the gradient of the loss to that of every parameter, given that of the output, dy (N, *output_shape).

        Parameters of layers that are not `trainable` are left out.

        ``forward`` has run in the workspace before. The gradient of the input is returned where it is wanted
        (``workspace[0].needs_input_grad``), else None.
        """
        gradient = as_batch(dy, self.output_shape, self.dtype, "dy")
        if len(dy) != workspace.rows:
            raise ShapeError(f"dy has {len(dy)} rows, but {workspace.rows} went forward in this workspace")
        self.layers.mark_wanted(workspace, workspace[0].needs_input_grad)  # the first node may have no parameters
        with np.errstate(all="ignore"):
            return self.run_backward(gradient, workspace)

    def run_forward(self, x: Array, workspace: Workspace, *, training: bool = False) -> Array:
        """Return the output for a batch x that was checked; it lives in the workspace.

        The caller has turned NumPy's warnings off with ``np.errstate``: a training step does it once for both ways.
        """
        workspace.rows = len(x)
        if workspace.replay is not None:
            return workspace.replay.forward(self.layers, x, workspace, training, self.dropout)
        workspace.begin(training, self.dropout)
        self.layers.mark_wanted(workspace, workspace[0].needs_input_grad)
        return self.layers.forward(x, workspace)

    def _run_quietly(self, x: Array, workspace: Workspace, training: bool = False) -> Array:
        """Return what `run_forward` returns, whatever NumPy is set to: not to warn takes as long as a small kernel."""
        if workspace.replay is not None:
            outputs: Array | None = workspace.replay.forward_compiled(self.layers, x, workspace, training, self.dropout)
            if outputs is not None:
                workspace.rows = len(x)
                return outputs
        with np.errstate(all="ignore"):
            return self.run_forward(x, workspace, training=training)

    def run_backward(self, gradient: Array, workspace: Workspace) -> Array | None:
        """Add the gradients of all parameters, given a checked one of the output; return that of the input, or None.

        The caller has turned NumPy's warnings off with ``np.errstate``.
        """
        if workspace.replay is not None:
            return workspace.replay.backward(self.layers, gradient, workspace)
        return self.layers.backward(gradient, workspace)

    def trace(self, x: Array) -> Iterator[tuple[Layer, Array]]:
        """Yield each layer with its output for x (N, *input_shape), as when it predicts: for pictures and diagnosis.

        An output is valid until the next one is asked for.
        """
        x = self._as_batch(x)
        workspace = Workspace(len(self.layers))  # layer by layer, whatever the nodes
        workspace.begin(training=False)
        for layer, node, ctx in zip(self.layers, self._guarded, workspace, strict=True):
            with np.errstate(all="ignore"):
                x = node.forward(x, ctx)
            yield layer, x

    def clear_gradients(self) -> None:
        """Set every gradient to 0."""
        self.vector.clear_gradients()

    # Using

    @explained("net", {"'training'": NETWORK["training"]})
    def __call__(self, x: Any) -> Array:
        """Return ``predict(x)``, the outputs (N, *output_shape) for x (N, *input_shape)."""
        return self.predict(x)

    def predict(self, x: Any, *, batch_size: int = BATCH_SIZE) -> Array:
        """Return the outputs (N, *output_shape) for x (N, *input_shape): a new array that belongs to the caller.

        x is not modified. Nothing of the network changes, and several threads may predict at the same time. A
        `numpy.memmap`, which may be larger than memory, is read and converted batch by batch. Outputs that are not
        finite give a warning that names their rows.
        """
        if batch_size is not BATCH_SIZE:
            batch_size = as_count(batch_size, "predict: batch_size")
        x = self._as_batch(x) if type(x) is np.ndarray else self.as_rows(x, batch_size)
        outputs = self.run_batches(x, batch_size)
        if not kernels.all_finite(outputs):
            warnings.warn(describe_non_finite(x, outputs), UserWarning, stacklevel=calls_within())
        return outputs

    def as_rows(self, x: Any, batch_size: int) -> Array:
        """Return x (N, *input_shape) checked; of a memory-mapped array of more rows only the first are."""
        if isinstance(x, np.memmap) and x.ndim and len(x) > batch_size:
            self._as_batch(x[:batch_size])  # so that an array that does not fit is an error at once
            return x
        return self._as_batch(x)

    def run_batches(self, x: Array, batch_size: int) -> Array:
        """Return the outputs, a new array, for x (N, *input_shape), which was checked or is a memory-mapped array."""
        try:  # and not a look before: another thread may take the last one in between
            workspace = self._free_workspaces.pop()
        except IndexError:
            workspace = self.workspace()
        if len(x) <= batch_size:  # slices would cost a tenth of a small network's time
            outputs = self._run_quietly(x, workspace).copy()
        else:
            check_size((len(x), *self.output_shape), "predict: outputs of shape", self.dtype.itemsize)
            outputs = np.empty((len(x), *self.output_shape), self.dtype)
            for start in range(0, len(x), batch_size):
                rows = slice(start, start + batch_size)
                outputs[rows] = self._run_quietly(as_batch(x[rows], self.input_shape, self.dtype), workspace)
        self._free_workspaces.append(workspace)
        return outputs

    def summary(self, *, plan: bool = False) -> None:
        """Print a table: layer, output shape, parameters, multiply-adds and bytes; a notebook shows it as HTML.

        With ``plan``: the nodes that run, their layers and bytes, and how the last training's steps were replayed.
        """
        if not plan:
            show(summary_table(self.layers))
            return
        self.forward(np.zeros((1, *self.input_shape), self.dtype), workspace := self.workspace())
        show(plan_table(self.nodes, workspace, self.replayed))

    # Parameters

    @property
    def trainable(self) -> bool:
        """Whether training changes any layer, see `Layer.trainable`; to set it sets it for all of them."""
        return any(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        trainable = as_flag(trainable, f"{type(self).__name__}.trainable")
        for layer in self.layers:
            layer.trainable = trainable

    @property
    def trainable_parameters(self) -> Parameters:
        """The parameters that training changes, by name: those of layers that are not frozen."""
        return Parameters(self.layers.trainable_parameters)

    @property
    def parameters(self) -> Parameters:
        """All parameters by name: ``0.weight``, ``0.bias``, ``3.weight``, ``4.body.0.weight``, ..."""
        return Parameters(self.layers.parameters)

    @property
    def buffers(self) -> dict[str, Array]:
        """All arrays of state that are no parameters, by name, such as ``1.running_mean``: not copies."""
        return Buffers(self.layers.buffers)

    def state_dict(self) -> dict[str, Array]:
        """Return a copy of every parameter's value and every buffer by name, laid out and named as in PyTorch."""
        return {name: array.copy() for name, array in self._state().items()}

    def load_state_dict(self, state: Mapping[str, Any], *, strict: bool = True) -> NotLoaded:
        """Set every parameter and every buffer from arrays by name, as `state_dict` gives them.

        Without ``strict``, arrays that do not fit are left out, and the names of those that are ``missing``,
        ``unexpected`` or of ``other_shape`` are returned: look at them.

        Numbers that are not finite are taken, as in PyTorch, so that a broken network can be looked at;
        `nnfs.save` refuses them, so that it never replaces a good file.

        Raises
        ------
        ShapeError
            Listing all names that are missing, unexpected or of another shape; the network is then unchanged. Without
            ``strict`` where no array fits at all.
        DTypeError
            For types that do not fit without loss; the network is then unchanged.
        """
        return load_state(self._state(), state, strict=as_flag(strict, "load_state_dict: strict"))

    def digest(self) -> str:
        """Return the SHA-256 of all parameters and buffers.

        Compiled kernels train to the same digest on any number of threads.
        """
        return digest(self._state())

    def _state(self) -> dict[str, Array]:
        return {name: parameter.value for name, parameter in self.parameters.items()} | self.buffers

    def __copy__(self) -> Self:
        from copy import deepcopy  # who comes here has it

        return deepcopy(self)  # two networks cannot share layers

    def __getstate__(self) -> dict[str, Any]:
        # The vector is made anew of the parameters.
        return {name: value for name, value in vars(self).items() if name != "vector"} | {"_free_workspaces": []}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        # The parameters of a copy are arrays of their own: lay them end to end again.
        vars(self)["vector"] = ParameterVector(self.parameters.values(), self.dtype)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.layers}, input_shape={self.input_shape})"

    def __str__(self) -> str:
        if len(repr(self)) <= WIDTH:
            return repr(self)
        layers = "".join(f"    {layer},\n" for layer in self.layers)
        return f"{type(self).__name__}([\n{layers}], input_shape={self.input_shape})"

    def _repr_html_(self) -> str:
        known = {"dtype": self.dtype, "seed": self.seed, "loss": self.loss, **self.facts.known()}
        about = ", ".join(f"{name} {_abridged(value)}" for name, value in known.items() if value is not None)
        return f"<p><b>{type(self).__name__}</b>: {escaped(about)}</p>{summary_table(self.layers)._repr_html_()}"

    def _as_batch(self, x: Any) -> Array:
        if self._facts.pixels_divided_by is None and is_ready(x, self.dtype) and x.shape[1:] == self.input_shape:
            return x  # the usual case; the last comparison fails for an array without axes
        x = self._facts.prepared(x, self.dtype)
        self._facts.check_input(x, "x", self.dtype)
        return as_batch(x, self.input_shape, self.dtype)


def _abridged(value: Any) -> str:
    """Return the texts of a list with commas, the first ten of many; any other value as it prints."""
    if not isinstance(value, list):
        return str(value)
    return f"({', '.join(map(str, value[:10]))}{f', … {len(value)} in all' * (len(value) > 10)})"
