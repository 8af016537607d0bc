"""The functions that are timed side by side: one of nnfs and one of each installed rival, with equal work.

Rivals use as many threads as nnfs. They are imported when they are needed, by ``importlib``, so that the type checker
does not need them.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

from .._kernels.interface import Array
from .._kernels.threads import get_num_threads
from ..io.onnx.export import to_model
from ..io.torch.twin import TorchTwin, import_torch
from ..layers import Dropout
from ..optimizers import SGD, Optimizer
from ..sequential import Sequential
from ..training.trainer import Trainer
from .networks import Network

TORCH, ONNX = "torch", "onnxruntime"
CHANNELS_LAST = "torch channels_last"

Contestants = dict[str, Callable[[], object]]


def installed_rivals() -> dict[str, str | None]:
    """Return the version of each rival, None for one that is missing. onnxruntime counts only together with onnx."""
    versions: dict[str, str | None] = {}
    for rival, needs in ((TORCH, (TORCH,)), (ONNX, (ONNX, "onnx"))):
        found = all(importlib.util.find_spec(name) for name in needs)
        versions[rival] = str(importlib.import_module(rival).__version__) if found else None
    return versions


def step_contestants(network: Network, rivals: Sequence[str]) -> Contestants:
    """Return functions by name that take one training step each: forward, loss, backward, update.

    If the input is an image, PyTorch has two functions, one for each of its memory layouts.
    """
    contestants: Contestants = {"nnfs": nnfs_step(network)}
    if TORCH in rivals:
        contestants |= {name: torch_step(network, name) for name in _layouts(network)}
    return contestants


def predict_contestants(network: Network, rivals: Sequence[str], rows: int) -> Contestants:
    """Return functions by name that predict ``rows`` samples: of nnfs, PyTorch in inference mode, and onnxruntime.

    If the input is an image, PyTorch has two functions, one for each of its memory layouts.
    """
    x, _ = network.batch(rows)
    ours = network.build()
    contestants: Contestants = {"nnfs": lambda: ours.predict(x)}
    if TORCH in rivals:
        contestants |= {name: _torch_predict(*_torch_twin(network, name, x)) for name in _layouts(network)}
    if ONNX in rivals:
        session = _onnx_session(to_model(ours).SerializeToString())
        contestants[ONNX] = lambda: session.run(None, {"input": x})
    return contestants


def nnfs_step(network: Network) -> Callable[[], float]:
    """Return a function that takes one training step in nnfs and returns the loss."""
    x, y = network.batch()
    trainer = Trainer(network.build(), loss=network.loss, optimizer=network.optimizer())
    return lambda: trainer.step(x, y)


def torch_step(network: Network, layout: str) -> Callable[[], float]:
    """Return a function that takes one training step in PyTorch and returns the loss.

    ``layout`` is the layout of memory, `TORCH` or `CHANNELS_LAST`.
    """
    x, y = network.batch()
    twin, samples = _torch_twin(network, layout, x)
    targets = twin.torch.from_numpy(y)

    def step() -> float:
        twin.optimizer.zero_grad()
        loss = twin.criterion(twin.model(samples), targets)
        loss.backward()
        twin.optimizer.step()
        return float(loss.item())

    return step


def nnfs_passes(network: Sequential, x: Array, dy: Array) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return two functions of nnfs: one does a forward pass of x, the other a forward and a backward pass with dy.

    The first returns the output of the network, the second the gradient of x.
    """
    inference, training = network.workspace(), network.workspace()
    training[0].needs_input_grad = True

    def both() -> Array | None:
        network.forward(x, training, training=True)
        return network.backward(dy, training)

    return lambda: network.forward(x, inference), both


def torch_passes(
    network: Sequential, x: Array, dy: Array, layout: str = TORCH
) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return two functions of PyTorch: one does a forward pass of x, the other a forward and a backward pass with dy.

    The first returns the output of the network, the second the gradient of x, both as tensors. ``layout`` is the layout
    of memory, `TORCH` or `CHANNELS_LAST`.
    """
    twin, samples = _twin_in_layout(network, "mean_squared_error", layout, x, SGD(0.0))
    gradient = twin.torch.from_numpy(dy)
    if layout == CHANNELS_LAST:
        gradient = gradient.to(memory_format=twin.torch.channels_last)
    wanted, inference_mode, model = samples.clone().requires_grad_(), twin.torch.inference_mode, twin.model

    def forward() -> Any:
        with inference_mode():
            return model(samples)

    def both() -> Any:
        model.zero_grad()
        wanted.grad = None
        model(wanted).backward(gradient)
        return wanted.grad

    return forward, both


def _layouts(network: Network) -> tuple[str, ...]:
    return (TORCH, CHANNELS_LAST) if len(network.input_shape) == 3 else (TORCH,)


def _torch_twin(network: Network, layout: str, x: Array) -> tuple[TorchTwin, Any]:
    built = network.build()
    twin, samples = _twin_in_layout(built, network.loss, layout, x, network.optimizer())
    for index, layer in enumerate(built.layers):
        if isinstance(layer, Dropout):  # the twin's own drops what nnfs drops, and takes longer
            twin.model[index] = twin.torch.nn.Dropout(layer.rate)
    return twin, samples


def _twin_in_layout(
    network: Sequential, loss: str, layout: str, x: Array, optimizer: Optimizer
) -> tuple[TorchTwin, Any]:
    """Return the copy of a network in PyTorch and its input x as a tensor, in one of PyTorch's memory layouts."""
    torch = import_torch()
    torch.set_num_threads(get_num_threads())
    twin = TorchTwin(network, loss=loss, optimizer=optimizer)
    samples = torch.from_numpy(x)
    if layout == CHANNELS_LAST:
        twin.model.to(memory_format=torch.channels_last)
        samples = samples.to(memory_format=torch.channels_last)
    return twin, samples


def _torch_predict(twin: TorchTwin, x: Any) -> Callable[[], Any]:
    inference_mode, model = twin.torch.inference_mode, twin.model.eval()

    def predict() -> Any:
        with inference_mode():
            return model(x)

    return predict


def _onnx_session(model: bytes) -> Any:
    onnxruntime = importlib.import_module(ONNX)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = get_num_threads(), 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
