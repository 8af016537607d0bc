"""One row of the tables: train and evaluate the network of a task, in nnfs and in PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from statistics import median
from typing import Any

from .._kernels.interface import Array
from ..data import Dataset
from ..io.torch.curves import count_agreeing_steps, max_loss_curve_difference
from ..io.torch.twin import TorchTwin
from ..metrics import accuracy, binary_accuracy
from ..sequential import Sequential
from ..system.busy import processor_share
from ..training.history import History
from .build import build_network, build_optimizer
from .noise_floor import noise_floor
from .tasks import Settings, Task


class Row:
    """The results of one task. A figure is None until it is known.

    Attributes
    ----------
    task, dataset : str
        The names of the task and of its data set.
    loss, accuracy : float or None
        Of nnfs on the test part. Accuracy is from 0 to 1, and None for a regression.
    train_loss : float or None
        The loss on the whole training part after the last step, without dropout.
    published_loss, published_accuracy, published_torch_loss : float or None
        The figures of the original project on its test part.
    torch_loss, torch_accuracy : float or None
        Of PyTorch on the test part, trained from equal initial weights on equal batches.
    max_loss_curve_difference : float or None
        See `nnfs.io.torch.curves.max_loss_curve_difference`.
    steps, agreeing_steps : int or None
        The number of training steps, and the number of first steps in which the losses of nnfs and PyTorch agree, see
        `nnfs.io.torch.curves.count_agreeing_steps`.
    noise_floor : float or None
        The smallest loss to be expected of any network, because of the noise in the data; None for images.
    seconds, torch_seconds : float or None
        The time of the training steps, without evaluation.
    processor_share : float or None
        The share of the processors that was free before or after the training, the smaller one, see
        `nnfs.system.busy.processor_share`.
    torch_spread : float or None
        The time of PyTorch's slowest epoch divided by that of its median epoch.
    settings : dict
        How the network was built and trained.
    beats_published : bool or None
        Whether loss and accuracy are at least as good as the published ones; None if the data are others.
    error : str or None
        The error that ended this task early.
    """

    def __init__(self, task: str, dataset: str, published: Task) -> None:
        self.task = task
        self.dataset = dataset
        self.loss: float | None = None
        self.accuracy: float | None = None
        self.train_loss: float | None = None
        self.published_loss = published.published_loss
        self.published_accuracy = published.published_accuracy
        self.published_torch_loss = published.published_torch_loss
        self.torch_loss: float | None = None
        self.torch_accuracy: float | None = None
        self.max_loss_curve_difference: float | None = None
        self.steps: int | None = None
        self.agreeing_steps: int | None = None
        self.noise_floor: float | None = None
        self.seconds: float | None = None
        self.torch_seconds: float | None = None
        self.processor_share: float | None = None
        self.torch_spread: float | None = None
        self.settings: dict[str, Any] = {}
        self.beats_published: bool | None = None
        self.error: str | None = None

    def compare(self) -> None:
        """Set ``beats_published``, unless the data set is the digits, of which no figures were published."""
        if self.dataset == "digits" or self.loss is None:
            return
        self.beats_published = self.loss <= self.published_loss
        if self.published_accuracy is not None and self.accuracy is not None:
            self.beats_published &= self.accuracy >= self.published_accuracy

    def as_dict(self) -> dict[str, Any]:
        """Return the row as a dict for JSON, with None in place of NaN and infinities, which JSON does not have."""
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in vars(self).items()
        }


class TrainedRow:
    """A row after its training: the row itself, data, network and histories, for files and pictures."""

    def __init__(self, row: Row, data: Dataset, network: Sequential, history: History) -> None:
        self.row = row
        self.data = data
        self.network = network
        self.history = history
        self.torch_history: History | None = None

    def histories(self) -> dict[str, Any]:
        """Return the loss of every step and the figures of every epoch, of nnfs and of PyTorch, as a dict for JSON."""
        return {
            "task": self.row.task,
            "dataset": self.row.dataset,
            "nnfs": vars(self.history),
            "torch": self.torch_history and vars(self.torch_history),
        }


def train_row(
    task: Task,
    settings: Settings,
    data: Dataset,
    row: Row,
    *,
    seed: int,
    with_torch: bool,
    dtype: str = "float32",
    verbose: str | int = 0,
    print_line: Callable[[str], object] = str,
) -> TrainedRow:
    """Train and evaluate the network of one task, and write each figure into ``row`` as soon as it is known.

    Parameters
    ----------
    task, settings : Task, Settings
        What to build and how to train it.
    data : Dataset
        Its test part is read once, after the last step.
    row : Row
        Modified.
    seed : int
        The seed of initial weights, shuffling and dropout.
    with_torch : bool
        Whether PyTorch trains an equal network afterwards.
    dtype : str
        float32 or float64.
    verbose : str or int
        How progress is shown, see `Sequential.fit`.
    print_line : function of a text
        Called with one line before PyTorch begins.
    """
    x, y, x_test, y_test = (
        array.astype(dtype, copy=False) if array.dtype.kind == "f" else array
        for array in (data.x_train, data.y_train, data.x_test, data.y_test)
    )
    outputs = len(data.class_names) if task.takes_images else 1
    network = build_network(task, settings, x.shape[1:], outputs, seed=seed, dtype=dtype)
    optimizer = build_optimizer(settings, len(x))
    row.settings = {"network": [repr(layer) for layer in network.layers], "seed": seed, "dtype": dtype}
    row.settings |= asdict(settings) | {"hidden_units": list(settings.hidden_units)}
    # The twin copies weights and random generators, both of which the training changes.
    twin = TorchTwin(network, loss=task.loss, optimizer=optimizer) if with_torch else None
    epochs, batch_size = settings.epochs, settings.batch_size
    row.noise_floor = noise_floor(task.name, seed)
    share = processor_share()

    history = network.fit(
        x, y, loss=task.loss, optimizer=optimizer, epochs=epochs, batch_size=batch_size, verbose=verbose
    )
    trained = TrainedRow(row, data, network, history)
    row.steps = len(history.step_losses)
    row.seconds = sum(history["seconds"])
    row.train_loss = network.evaluate(x, y)["loss"]
    row.loss = network.evaluate(x_test, y_test)["loss"]
    row.accuracy = compute_accuracy(task, network.predict(x_test), y_test)
    row.compare()

    if twin is not None:
        print_line(f"{task.name}: PyTorch trains the same network")
        trained.torch_history = twin.fit(x, y, epochs=epochs, batch_size=batch_size, verbose=verbose)
        seconds = trained.torch_history["seconds"]
        row.torch_seconds, row.torch_spread = sum(seconds), max(seconds) / median(seconds)
        row.torch_loss, torch_outputs = twin.evaluate(x_test, y_test)
        row.torch_accuracy = compute_accuracy(task, torch_outputs, y_test)
        row.max_loss_curve_difference = max_loss_curve_difference(
            history.step_losses, trained.torch_history.step_losses
        )
        row.agreeing_steps = count_agreeing_steps(history.step_losses, trained.torch_history.step_losses)
    row.processor_share = min(share, processor_share())
    return trained


def compute_accuracy(task: Task, outputs: Array, y: Array) -> float | None:
    """Return the accuracy of outputs, from 0 to 1; None for a regression."""
    if y.dtype.kind == "f":
        return None
    if task.takes_images:
        return accuracy(y, outputs)
    # The network of the moons ends in a sigmoid: an output above 0.5 stands for class 1.
    return binary_accuracy(targets=y, outputs=outputs, threshold=0.5)
