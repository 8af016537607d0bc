"""What is measured side by side: one function for nnfs and for each rival that is installed, all doing the same.

Rivals use as many threads as nnfs. They are imported on use, by ``importlib``, so that the type checker asks for none.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

from .._kernels.interface import Array
from .._kernels.threads import get_num_threads
from ..optimizers import SGD
from ..reproduce.torch_twin import TorchTwin, import_torch
from ..training import Trainer
from .networks import Network
from .onnx_model import onnx_model

LEARNING_RATE = 0.01
TORCH, ONNX = "torch", "onnxruntime"
CHANNELS_LAST = "torch channels_last"

Contestants = dict[str, Callable[[], object]]


def installed_rivals() -> dict[str, str | None]:
    """Return the version of each rival, None for one that is missing; onnxruntime needs onnx to be given a model."""
    versions: dict[str, str | None] = {}
    for rival, needs in ((TORCH, (TORCH,)), (ONNX, (ONNX, "onnx"))):
        found = all(importlib.util.find_spec(name) for name in needs)
        versions[rival] = str(importlib.import_module(rival).__version__) if found else None
    return versions


def step_contestants(network: Network, rivals: Sequence[str]) -> Contestants:
    """Return functions that take one training step: forward, loss, backward, and plain SGD with a small rate.

    PyTorch runs in both of its memory layouts where the input is an image.
    """
    x, y = network.batch()
    optimizer = SGD(LEARNING_RATE)
    trainer = Trainer(network.build(), loss=network.loss, optimizer=optimizer)
    contestants: Contestants = {"nnfs": lambda: trainer.step(x, y)}
    if TORCH in rivals:
        for name, twin, samples in _torch_twins(network, x):
            contestants[name] = _torch_step(twin, samples, twin.torch.from_numpy(y))
    return contestants


def predict_contestants(network: Network, rivals: Sequence[str], rows: int) -> Contestants:
    """Return functions that predict so many samples: PyTorch in inference mode and in both layouts, onnxruntime."""
    x, _ = network.batch(rows)
    ours = network.build()
    contestants: Contestants = {"nnfs": lambda: ours.predict(x)}
    if TORCH in rivals:
        for name, twin, samples in _torch_twins(network, x):
            contestants[name] = _torch_predict(twin, samples)
    if ONNX in rivals:
        session = _onnx_session(onnx_model(ours))
        contestants[ONNX] = lambda: session.run(None, {"x": x})
    return contestants


def _torch_twins(network: Network, x: Array) -> list[tuple[str, TorchTwin, Any]]:
    """Return PyTorch's name, twin and input for each of its memory layouts."""
    torch = import_torch()
    torch.set_num_threads(get_num_threads())
    made = []
    for name in (TORCH, CHANNELS_LAST) if len(network.input_shape) == 3 else (TORCH,):
        twin = TorchTwin(network.build(), loss=network.loss, optimizer=SGD(LEARNING_RATE))
        samples = torch.from_numpy(x)
        if name == CHANNELS_LAST:
            twin.model.to(memory_format=torch.channels_last)
            samples = samples.to(memory_format=torch.channels_last)
        made.append((name, twin, samples))
    return made


def _torch_step(twin: TorchTwin, x: Any, y: Any) -> Callable[[], float]:
    def step() -> float:
        twin.optimizer.zero_grad()
        loss = twin.criterion(twin.model(x), y)
        loss.backward()
        twin.optimizer.step()
        return float(loss.item())

    return step


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
