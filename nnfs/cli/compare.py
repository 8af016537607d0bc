"""The verb ``nnfs compare``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .with_samples import add_network_arguments, is_file, is_path, open_with_samples

if TYPE_CHECKING:
    from ..optimizers import Optimizer

EXAMPLE = "nnfs compare torch runs/first --steps 50"
LEFT_OUT = ("class_weight", "sample_weight", "clip_norm", "clip_value", "augment")
"""Settings of a run's steps that PyTorch is not given."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs compare``."""
    parser.add_argument("with_", metavar="torch", type=_framework, help="what to compare with: PyTorch")
    add_network_arguments(parser)
    parser.add_argument("--steps", type=int, default=20, metavar="N", help="steps of the curve of losses (20)")
    parser.add_argument("--batch-size", type=int, metavar="N", help="samples of a step (that of the run, or 64)")
    parser.add_argument(
        "--optimizer",
        metavar="NAME",
        help="sgd, adam, adamw or rmsprop, with its usual rate (that of the run or the named network, or sgd)",
    )
    parser.add_argument("--no-times", action="store_true", help="leave out times and memory, which take up to a minute")
    parser.add_argument("--json", action="store_true", help="print one JSON object with all figures")


def _framework(text: str) -> str:
    if text != "torch":
        network = text if is_path(text) else "runs/first"
        raise argparse.ArgumentTypeError(
            f"networks are compared with torch, got {text!r}; write nnfs compare torch {network}"
        )
    return text


def run(arguments: argparse.Namespace) -> int:
    """Print what the network and its copy in PyTorch compute; return 0 where they agree, 1 where they do not."""
    from ..io.torch import compare
    from ..io.torch.twin import import_torch

    import_torch()  # before data are read
    network, samples, source, settings = open_with_samples(arguments)
    if samples.y is None:
        raise ValueError(f"{arguments.network}: a comparison needs labels and a loss, and {source} has none that fit")
    optimizer, about = _optimizer(arguments, settings)
    found = compare(
        network,
        samples.x,
        samples.y,
        optimizer=optimizer,
        steps=arguments.steps,
        batch_size=arguments.batch_size or settings.get("batch_size", 64),
        measure=not arguments.no_times,
    )
    if arguments.json:
        print(json.dumps({"network": arguments.network, "samples": source} | found.as_dict()))
    else:
        print(f"{arguments.network}: {source}{about}\n\n{found}")
    return 0 if found.agrees else 1


def _optimizer(arguments: argparse.Namespace, settings: dict[str, Any]) -> tuple[str | Optimizer, str]:
    """Return what takes the steps, and where it comes from, in words."""
    from ..profiling import find_network
    from ..runs.optimizer import optimizer_of

    if arguments.optimizer is not None:
        return arguments.optimizer, ""
    if settings:
        left_out = [name for name in LEFT_OUT if settings[name]]
        without = f", without its {', '.join(left_out)}" if left_out else ""
        return optimizer_of(Path(arguments.network), settings), f"; the optimizer is that of the run{without}"
    if is_file(arguments.network):
        return "sgd", "; the optimizer is sgd, since the file names none; for another one: --optimizer NAME"
    return find_network(arguments.network).optimizer(), ""
