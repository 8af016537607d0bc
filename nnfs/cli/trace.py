"""The verb ``nnfs trace``."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from .one_sample import add_sample_arguments, explain_sample

if TYPE_CHECKING:
    from ..explain import Explanation

EXAMPLE = "nnfs trace runs/first --sample 3 --layers 0-1 --backward"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs trace``."""
    add_sample_arguments(parser)
    parser.add_argument("--layers", metavar="A-B", help="which ones, as in 0-2,4.body.0 (all)")
    parser.add_argument("--backward", action="store_true", help="print the gradient of the loss at each number too")
    parser.add_argument(
        "--number",
        metavar="I,J,K",
        help="print how one number came about, with all its terms; --layers names its layer",
    )
    parser.add_argument(
        "--of",
        default="output",
        metavar="NAME",
        help="of what --number is: output, or a parameter such as weight (output)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object with all numbers in full")


def run(arguments: argparse.Namespace) -> int:
    """Print what each layer makes of one sample, and return 0."""
    from ..explain.one_number import lists_of_number, one_number, text_of_number
    from ..explain.text import lists_of, text_of

    found = explain_sample(arguments)
    explanation, about = found.explanation, found.about
    if arguments.backward and explanation.loss is None:
        raise ValueError("--backward needs labels and a loss; leave it out")
    if arguments.number is None and arguments.of != "output":
        raise ValueError("--of says of what --number is; give --number too, such as --number 0,4,3")
    number = None
    if arguments.number is not None:
        layers = _named(explanation, arguments.layers)
        number = one_number(explanation, layers, arguments.of, arguments.number, arguments.backward)
    else:
        layers = _shown(explanation, arguments.layers)
    if arguments.json and number is not None:
        print(json.dumps({"sample": about} | lists_of_number(number)))
        return 0
    if arguments.json:
        print(json.dumps({"sample": about} | lists_of(explanation, layers, backward=arguments.backward)))
        return 0
    how = ", as in a step of training" if arguments.training else ""
    print(f"{arguments.network}: {about}; computed by the NumPy reference{how}")
    count = len(explanation.x)
    if count > 1:
        print(f"Shown is sample {arguments.sample}; the loss is the mean over these {count} samples.")
    if arguments.backward:
        of = "of this one sample" if count == 1 else f"that is the mean over these {count} samples"
        print(f"Gradients are those of the loss {of}; --number tells how one of them came about.")
    if number is not None:
        print("Places of x, y and dy begin with the sample, from 0.")
    print()
    if number is not None:
        print(text_of_number(number))
        return 0
    print(text_of(explanation, layers, backward=arguments.backward, first=arguments.sample))
    return 0


def _shown(explanation: Explanation, layers: str | None) -> list[str]:
    """Return the layers that ``--layers`` means; x and the loss, which are always shown, are none."""
    from ..explain.text import choose_layers

    parts = [] if layers is None else [part for part in layers.split(",") if part.strip() not in ("x", "loss")]
    return [] if layers is not None and not parts else choose_layers(explanation.layers, ",".join(parts) or None)


def _named(explanation: Explanation, layers: str | None) -> list[str]:
    """Return the layer that ``--layers`` names, without those within it; all of them where it names none."""
    from ..explain.text import choose_layers

    if layers is None:
        return list(explanation.layers)
    named = layers.strip()
    if named == "loss":
        raise ValueError("--number is of a layer or of x; how the loss came about is told without --number")
    return [named] if named == "x" or named in explanation.layers else choose_layers(explanation.layers, layers)
