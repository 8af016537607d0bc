"""One row of the tables: train a network, judge it, and have PyTorch do the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from statistics import median
from typing import Any

from .._kernels.interface import Array
from ..data import Dataset
from ..metrics import accuracy, binary_accuracy
from ..sequential import Sequential
from ..system.busy import processor_share
from ..training.history import History
from .build import build_network, build_optimizer
from .noise_floor import noise_floor
from .tasks import Settings, Task
from .torch_twin import TorchTwin, count_agreeing_steps, max_loss_curve_difference


class Row:
    """Hold what one task gave. Figures are None until they are known; losses and accuracies are of the test part.

    Attributes
    ----------
    task, dataset : str
    loss, accuracy : float or None
        Accuracy from 0 to 1, None for a regression.
    train_loss : float or None
        On the whole training part after the last step, outside training (nothing is dropped).
    published_loss, published_accuracy, published_torch_loss : float or None
    torch_loss, torch_accuracy : float or None
        PyTorch's, from the same first weights on the same batches.
    max_loss_curve_difference : float or None
        See `torch_twin.max_loss_curve_difference`.
    steps, agreeing_steps : int or None
        How many steps there are, and in how many of them, from the first on, the losses of nnfs and PyTorch agree, see
        `torch_twin.count_agreeing_steps`.
    noise_floor : float or None
        The loss that the noise of the data leaves to the best of all networks; None for images.
    seconds, torch_seconds : float or None
        Of the training steps alone.
    processor_share : float or None
        The smaller of the shares of the processors to be had before and after, see `nnfs.system.busy.processor_share`.
    torch_spread : float or None
        The seconds of PyTorch's slowest epoch divided by those of its median one.
    settings : dict
        How the network was built and trained.
    beats_published : bool or None
        Whether loss and accuracy are at least as good as the published ones; None on other data than those.
    error : str or None
        Why the row is not complete.
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
        """Set `beats_published`, unless the images are others than those of the published figures."""
        if self.dataset == "digits" or self.loss is None:
            return
        self.beats_published = self.loss <= self.published_loss
        if self.published_accuracy is not None and self.accuracy is not None:
            self.beats_published &= self.accuracy >= self.published_accuracy

    def as_dict(self) -> dict[str, Any]:
        """Return the row for JSON, which has no NaN and no infinity: None stands for them."""
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in vars(self).items()
        }


class TrainedRow:
    """Hold what the training of a row leaves beside its figures: histories and pictures are made from it."""

    def __init__(self, row: Row, data: Dataset, network: Sequential, history: History) -> None:
        self.row = row
        self.data = data
        self.network = network
        self.history = history
        self.torch_history: History | None = None

    def histories(self) -> dict[str, Any]:
        """Return the losses of every step and the figures of every epoch, ours and PyTorch's, ready for JSON."""
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
    tell: Callable[[str], object] = str,
) -> TrainedRow:
    """Train and judge one task, in PyTorch too if wanted, and set each figure of ``row`` as soon as it is known.

    The test part is looked at once, after the last step. ``verbose`` is how both tell of their epochs, see
    `Sequential.fit`; ``tell`` is called with a line before PyTorch begins.
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
    # Made before the training, which changes the weights and moves the random generators on.
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
    row.accuracy = share_right(task, network.predict(x_test), y_test)
    row.compare()

    if twin is not None:
        tell(f"{task.name}: PyTorch trains the same network")
        trained.torch_history = twin.fit(x, y, epochs=epochs, batch_size=batch_size, verbose=verbose)
        seconds = trained.torch_history["seconds"]
        row.torch_seconds, row.torch_spread = sum(seconds), max(seconds) / median(seconds)
        row.torch_loss, torch_outputs = twin.evaluate(x_test, y_test)
        row.torch_accuracy = share_right(task, torch_outputs, y_test)
        row.max_loss_curve_difference = max_loss_curve_difference(
            history.step_losses, trained.torch_history.step_losses
        )
        row.agreeing_steps = count_agreeing_steps(history.step_losses, trained.torch_history.step_losses)
    row.processor_share = min(share, processor_share())
    return trained


def share_right(task: Task, outputs: Array, y: Array) -> float | None:
    """Return the accuracy, 0 to 1, or None for a regression."""
    if y.dtype.kind == "f":
        return None
    if task.takes_images:
        return accuracy(y, outputs)
    # The moons' network ends in a sigmoid: above 1/2 is a yes.
    return binary_accuracy(targets=y, outputs=outputs, threshold=0.5)
