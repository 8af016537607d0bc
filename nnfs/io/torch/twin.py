"""A copy of a network in PyTorch, trained with equal weights, batches, dropped units and optimizer.

PyTorch is imported when it is needed, by ``importlib``, so that the type checker does not need it either.
"""

from __future__ import annotations

import copy
import importlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...errors import BackendError, UnsupportedError
from ...losses import L1, BinaryCrossEntropy, CrossEntropy, Huber, Loss, MeanSquaredError, get_loss
from ...optimizers import OPTIMIZERS, SGD, Adam, AdamW, Optimizer, RMSprop
from ...sequential import Sequential
from ...training.history import History
from ...training.progress import Progress
from .modules import Twins

SMALL = 2**20
"""If the training part has fewer numbers than this, PyTorch gets one thread. Ten epochs of digits take 0.33 s with one
thread and 0.42 s with two, and many times that if other programs run on the same cores."""


def import_torch() -> Any:
    """Return the module torch; raise ImportError or OSError if it is not installed or broken."""
    try:
        return importlib.import_module("torch")
    except ModuleNotFoundError as error:
        raise BackendError(f'PyTorch is not installed; write: pip install "torch==2.13.0" ({error})') from error


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
        One of those of nnfs.
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
        self.model = Twins(self.torch, self.dropout).sequence(network.layers)
        self.model.to(self._tensor(np.empty(0, self.dtype)).dtype)
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
                history.step_losses.append(self.step(samples[rows], targets[rows], step))
                total += history.step_losses[-1] * len(rows)
                step += 1
                progress.step()
            history.epochs.append({"loss": total / len(x), "seconds": time.perf_counter() - began})
            progress.end_epoch(epoch, history.epochs[-1])
        return history

    def step(self, x: Any, y: Any, number: int) -> float:
        """Take one training step on a batch of tensors, and return its loss; ``number`` counts the steps from 0."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule(number)
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return float(loss.item())

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

    def _criterion(self) -> Any:
        nn, loss = self.torch.nn, self.loss
        makers: dict[type[Loss], Callable[[Any], Any]] = {
            CrossEntropy: lambda loss: nn.CrossEntropyLoss(label_smoothing=loss.label_smoothing),
            BinaryCrossEntropy: lambda loss: nn.BCEWithLogitsLoss(),
            MeanSquaredError: lambda loss: nn.MSELoss(),
            L1: lambda loss: nn.L1Loss(),
            Huber: lambda loss: nn.HuberLoss(delta=loss.delta),
        }
        if type(loss) not in makers:  # a subclass may compute something else
            raise UnsupportedError(f"PyTorch has no counterpart here of the loss {loss.name!r}")
        return makers[type(loss)](loss)

    def _optimizer(self, ours: Optimizer) -> Any:
        optim, parameters, decay = self.torch.optim, self.model.parameters(), ours.weight_decay
        if type(ours) not in OPTIMIZERS.values():  # a subclass may do something else
            raise UnsupportedError(f"PyTorch has no counterpart here of the optimizer {ours!r}")
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
        raise AssertionError(ours)
