"""The verb ``nnfs compare``."""

from __future__ import annotations

import argparse
import json

from .with_samples import add_network_arguments, is_path, open_with_samples

EXAMPLE = "nnfs compare torch runs/first --steps 50"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs compare``."""
    parser.add_argument("with_", metavar="torch", type=_framework, help="what to compare with: PyTorch")
    add_network_arguments(parser)
    parser.add_argument("--steps", type=int, default=20, metavar="N", help="steps of the curve of losses (20)")
    parser.add_argument("--batch-size", type=int, default=64, metavar="N", help="samples of a step (64)")
    parser.add_argument("--optimizer", default="sgd", metavar="NAME", help="sgd, adam, adamw or rmsprop (sgd)")
    parser.add_argument("--no-times", action="store_true", help="leave out times and memory, which take some seconds")
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
    network, samples, source, _ = open_with_samples(arguments)
    if samples.y is None:
        raise ValueError(f"{arguments.network}: a comparison needs labels and a loss, and {source} has none that fit")
    found = compare(
        network,
        samples.x,
        samples.y,
        optimizer=arguments.optimizer,
        steps=arguments.steps,
        batch_size=arguments.batch_size,
        measure=not arguments.no_times,
    )
    if arguments.json:
        print(json.dumps({"network": arguments.network, "samples": source} | found.as_dict()))
    else:
        print(f"{arguments.network}: {source}\n\n{found}")
    return 0 if found.agrees else 1
