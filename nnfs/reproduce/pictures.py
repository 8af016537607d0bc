"""The pictures that are drawn for each task."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from typing import Any

from ..io.torch.curves import describe_agreement
from ..plots import (
    plot_decision_boundary,
    plot_feature_maps,
    plot_fitted_line,
    plot_losses,
    plot_wrong_images,
)
from ..printable import four_digits
from ..system.atomic import write_file
from .row import TrainedRow
from .tasks import Task

HOW_TO_DRAW = 'pip install "nnfs-cython[report]"'


def can_draw() -> bool:
    """Return whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def draw_pictures(task: Task, trained: TrainedRow, folder: Path) -> None:
    """Write the pictures of one task into ``folder``, as PNG files whose names begin with the task's name."""
    for name, figure in _pictures(task, trained).items():
        png = io.BytesIO()
        figure.savefig(png, format="png")
        write_file(folder / f"{task.name}-{name}.png", png.getvalue())


def _pictures(task: Task, trained: TrainedRow) -> dict[str, Any]:
    row, data, network = trained.row, trained.data, trained.network
    title = f"{task.name}: {task.what}"
    pictures = {"losses": _losses(trained, title)}
    if task.takes_images:
        subject = f"first test image: {data.class_names[data.y_test[0]]}"
        pictures["feature-maps"] = plot_feature_maps(network, data.x_test[0], title=f"{title}\n{subject}")
        pictures["wrong"] = plot_wrong_images(
            data.x_test,
            data.y_test,
            network.predict_classes(data.x_test),
            class_names=data.class_names,
            title=f"{task.name}: wrongly classified test images",
        )
    elif task.name == "moons":
        pictures["boundary"] = plot_decision_boundary(
            network, data.x_test, data.y_test, class_names=data.class_names, title=f"{title}, test points"
        )
    else:
        units = " (standardized)" if task.name == "linear-large" else ""
        pictures["line"] = plot_fitted_line(
            network,
            data.x_test,
            data.y_test,
            title=f"{title}: test points, loss {four_digits(row.loss)}",
            labels=(f"x{units}", f"y{units}"),
        )
    return pictures


def _losses(trained: TrainedRow, title: str) -> Any:
    row = trained.row
    curves = {"nnfs": trained.history.step_losses}
    if trained.torch_history is not None:
        curves["PyTorch"] = trained.torch_history.step_losses
    levels = {"test loss": row.loss, "published": row.published_loss if row.dataset != "digits" else None}
    known = {name: level for name, level in levels.items() if level is not None}
    parts = [title] if row.dataset == row.task else [title, f"training on {row.dataset}"]
    if agreement := describe_agreement(row.agreeing_steps, row.steps):
        parts.append(f"same weights, same batches: the losses differ by at most 1% {agreement}")
    return plot_losses(curves, levels=known, title="\n".join(parts))
