"""A copy of a network in PyTorch, trained with equal weights, batches, dropped units and optimizer.

PyTorch is imported when it is needed, by ``importlib``, so that the type checker does not need it either.
"""

from __future__ import annotations

import copy
import importlib
import time
from typing import Any

import numpy as np

from ..._kernels import kernels
from ..._kernels.interface import Array
from ...errors import UnsupportedError
from ...layers import Conv2D, Dense, Dropout, Flatten, Layer, LeakyReLU, MaxPool2D, ReLU, Sigmoid, Tanh
from ...losses import CrossEntropy, Loss, MeanSquaredError, get_loss
from ...optimizers import SGD, Adam, AdamW, Optimizer, RMSprop
from ...sequential import Sequential
from ...training.history import History
from ...training.progress import Progress

SMALL = 2**20
"""If the training part has fewer numbers than this, PyTorch gets one thread. Ten epochs of digits take 0.33 s with one
thread and 0.42 s with two, and many times that if other programs run on the same cores."""


def import_torch() -> Any:
    """Return the module torch; raise ImportError or OSError if it is not installed or broken."""
    return importlib.import_module("torch")


class TorchTwin:
    """A copy of a network in PyTorch, for a comparison of the two trainings.

    Make the copy before the network is trained. It copies the weights and the two random generators that training
    draws from, for shuffling and for dropout. Both trainings thus see equal numbers, and their losses differ only by
    rounding errors.

    Parameters
    ----------
    network : Sequential
        Not modified.
    loss : str or Loss
        cross_entropy or mean_squared_error.
    optimizer : Optimizer
        Its arguments and its schedule are copied.

    Raises
    ------
    UnsupportedError
        For a layer, loss or optimizer that has no counterpart here.
    ImportError
        If PyTorch is not installed.
    """

    def __init__(self, network: Sequential, *, loss: str | Loss, optimizer: Optimizer) -> None:
        self.torch = import_torch()
        self.loss = get_loss(loss)
        self.output_shape, self.dtype = network.output_shape, network.dtype
        self.shuffling = copy.deepcopy(network.shuffling)
        self.dropout = copy.deepcopy(network.dropout)
        modules = [self._module(layer, shape) for layer, shape in zip(network.layers, network.shapes, strict=False)]
        self.model = self.torch.nn.Sequential(*modules).to(self._tensor(np.empty(0, self.dtype)).dtype)
        self.model.load_state_dict({name: self._tensor(value) for name, value in network.state_dict().items()})
        self.criterion = self._criterion()
        self.schedule = optimizer.schedule
        self.optimizer = self._optimizer(optimizer)

    def fit(self, x: Array, y: Array, *, epochs: int, batch_size: int, verbose: str | int = 0) -> History:
        """Train the copy on x (N, ...) and y, and return the history with ``loss`` and ``seconds`` of each epoch.

        Batches and their order are those of `Sequential.fit`. ``verbose`` is described there; lines of progress begin
        with "PyTorch:". PyTorch uses its default number of threads, or one thread for a small data set.
        """
        threads = self.torch.get_num_threads()
        self.torch.set_num_threads(1 if x.size < SMALL else threads)
        try:
            return self._fit(x, y, epochs, batch_size, Progress(epochs, verbose, name="PyTorch:"))
        finally:
            self.torch.set_num_threads(threads)

    def _fit(self, x: Array, y: Array, epochs: int, batch_size: int, progress: Progress) -> History:
        samples = self._tensor(x)
        targets = self._tensor(self.loss.check_targets(y, self.output_shape, self.dtype))
        history = History()
        self.model.train()
        step = 0
        for epoch in range(epochs):
            progress.begin_epoch(epoch, -(-len(x) // batch_size))
            began = time.perf_counter()
            order = self._tensor(self.shuffling.permutation(len(x)))
            total = 0.0
            for start in range(0, len(x), batch_size):
                rows = order[start : start + batch_size]
                for group in self.optimizer.param_groups:
                    group["lr"] = self.schedule(step)
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(samples[rows]), targets[rows])
                loss.backward()
                self.optimizer.step()
                history.step_losses.append(loss.item())
                total += history.step_losses[-1] * len(rows)
                step += 1
                progress.step()
            history.epochs.append({"loss": total / len(x), "seconds": time.perf_counter() - began})
            progress.end_epoch(epoch, history.epochs[-1])
        return history

    def evaluate(self, x: Array, y: Array, *, batch_size: int = 256) -> tuple[float, Array]:
        """Return the loss of the copy on x (N, ...) and y, and its outputs (N, ...), without dropout."""
        targets = self._tensor(self.loss.check_targets(y, self.output_shape, self.dtype))
        self.model.eval()
        with self.torch.no_grad():
            outputs = self.torch.cat([self.model(batch) for batch in self._tensor(x).split(batch_size)])
            return self.criterion(outputs, targets).item(), outputs.numpy()

    def _tensor(self, array: Array) -> Any:
        """Return a tensor with a copy of an array, since data sets are shared and may be read-only."""
        return self.torch.tensor(array)

    def _module(self, layer: Layer, input_shape: tuple[int, ...]) -> Any:
        nn = self.torch.nn
        match layer:
            case Conv2D():
                return nn.Conv2d(
                    input_shape[0],
                    layer.filters,
                    layer.window.size,
                    stride=layer.window.stride,
                    padding=_even_padding(layer),
                    dilation=layer.window.dilation,
                    groups=layer.groups,
                    bias=layer.use_bias,
                )
            case MaxPool2D():
                return nn.MaxPool2d(layer.window.size, stride=layer.window.stride, padding=_even_padding(layer))
            case Dense():
                return nn.Linear(input_shape[0], layer.units, bias=layer.use_bias)
            case LeakyReLU():
                return nn.LeakyReLU(layer.negative_slope)
            case Dropout():
                return self._dropout_module(layer.rate)
            case Flatten():
                return nn.Flatten()
            case ReLU():
                return nn.ReLU()
            case Sigmoid():
                return nn.Sigmoid()
            case Tanh():
                return nn.Tanh()
        raise UnsupportedError(f"{layer!r} has no counterpart in PyTorch here")

    def _dropout_module(self, rate: float) -> Any:
        """Return a dropout layer with the random numbers of nnfs, since PyTorch's dropout has numbers of its own."""
        torch, rng = self.torch, self.dropout

        class SharedDropout(torch.nn.Module):  # type: ignore[misc, name-defined]
            def forward(self, x: Any) -> Any:
                if not self.training or rate == 0:
                    return x
                scales = torch.ones_like(x).numpy()
                kernels.dropout(scales, int(rng.integers(2**64, dtype=np.uint64)), rate, y=scales)
                return x * torch.from_numpy(scales)

        return SharedDropout()

    def _criterion(self) -> Any:
        match self.loss:
            case CrossEntropy():
                return self.torch.nn.CrossEntropyLoss(label_smoothing=self.loss.label_smoothing)
            case MeanSquaredError():
                return self.torch.nn.MSELoss()
        raise UnsupportedError(f"the loss {self.loss.name!r} has no counterpart in PyTorch here")

    def _optimizer(self, ours: Optimizer) -> Any:
        optim, parameters, decay = self.torch.optim, self.model.parameters(), ours.weight_decay
        rate = ours.schedule(0)
        # fused=True is PyTorch's fastest way, with one pass over each parameter, as in nnfs.
        match ours:
            case SGD():
                return optim.SGD(
                    parameters, rate, ours.momentum, weight_decay=decay, nesterov=ours.nesterov, fused=True
                )
            case Adam():
                kind = optim.AdamW if isinstance(ours, AdamW) else optim.Adam
                betas = (ours.beta1, ours.beta2)
                return kind(parameters, rate, betas, ours.epsilon, weight_decay=decay, fused=True)
            case RMSprop():
                return optim.RMSprop(parameters, rate, ours.rho, ours.epsilon, weight_decay=decay)
        raise UnsupportedError(f"{ours!r} has no counterpart in PyTorch here")


def _even_padding(layer: Conv2D | MaxPool2D) -> tuple[int, int]:
    top, bottom, left, right = layer.window.padding
    if (top, left) != (bottom, right):
        raise UnsupportedError(f"PyTorch pads both sides equally, got {layer!r}")
    return top, left
