"""The verb ``nnfs explain``."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .one_sample import OneSample, add_sample_arguments, explain_sample

if TYPE_CHECKING:
    from ..sequential import Sequential

EXAMPLE = "nnfs explain runs/first --sample 3 --output page.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs explain``."""
    add_sample_arguments(parser)
    parser.add_argument("--output", default="explain.html", metavar="FILE", help="the page to write (explain.html)")


def run(arguments: argparse.Namespace) -> int:
    """Write the page, print its path, and return 0."""
    from .._kernels import use_backend
    from ..explain.page import page_of
    from ..runs.saved import is_done
    from ..system.pages import find_older, write_page

    find_older(arguments.output, "explain")  # an error before all the work
    found = explain_sample(arguments)
    words = "explaining each state of the network, and measuring gradients by finite differences"
    telling = threading.Timer(1.5, print, [words], {"file": sys.stderr})
    telling.start()
    try:
        with use_backend("numpy"):
            earlier = [
                (title, state.explain(found.x, found.y, training=arguments.training))
                for title, state in _earlier(arguments.network, found)
            ]
            about = f"{arguments.network}: {found.about}"
            title = "trained" if not found.settings or is_done(arguments.network) else "so far"
            page = page_of(
                found.explanation, found.network, about, earlier, found.samples, found.around, title, found.labels
            )
    finally:
        telling.cancel()
    written = write_page(arguments.output, page, "explain")
    print(arguments.output)
    print(written, file=sys.stderr)
    return 0


def _earlier(folder: str, found: OneSample) -> Iterator[tuple[str, Sequential]]:
    """Yield the network of a run as it was before training and at its checkpoints, but for the last, which it is."""
    from ..errors import FormatError
    from ..io.checkpoints import list_checkpoints, load_checkpoint
    from ..layers import Normalization
    from ..runs.folder import CHECKPOINTS
    from ..runs.start import start_network

    network, settings = found.network, found.settings
    if not settings:
        return
    state, _ = start_network(settings, network.input_shape)
    state.loss, state.facts = network.loss, network.facts
    for (_, chain, index), (_, trained, _) in zip(state.layers.walk(), network.layers.walk(), strict=True):
        if isinstance(chain[index], Normalization):  # it is measured before training, and not trained
            for name, array in chain[index].buffers.items():
                array[...] = trained[index].buffers[name]
    yield "before training", state
    for path in list_checkpoints(os.path.join(folder, CHECKPOINTS)):
        try:
            saved = load_checkpoint(path)
        except (FormatError, OSError) as error:
            print(f"{error}; the page goes without this checkpoint", file=sys.stderr)
            continue
        state.load_state_dict(saved["network"])
        if state.digest() != network.digest():
            epoch, batch = saved["place"]["epoch"], saved["place"]["batch"]
            yield f"after {saved['steps']:,} steps" if batch else f"after epoch {epoch}", state
