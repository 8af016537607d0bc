"""The verb ``nnfs trace``."""

from __future__ import annotations

import argparse
import json

from .one_sample import add_sample_arguments, explain_sample

EXAMPLE = "nnfs trace runs/first --sample 3 --layers 0-1 --backward"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs trace``."""
    add_sample_arguments(parser)
    parser.add_argument("--layers", metavar="A-B", help="which ones, as in 0-2,4.body.0 (all)")
    parser.add_argument("--backward", action="store_true", help="print the gradient of the loss at each number too")
    parser.add_argument("--json", action="store_true", help="print one JSON object with all numbers in full")


def run(arguments: argparse.Namespace) -> int:
    """Print what each layer makes of one sample, and return 0."""
    from ..explain.text import choose_layers, lists_of, text_of

    found = explain_sample(arguments)
    explanation, about = found.explanation, found.about
    if arguments.backward and explanation.loss is None:
        raise ValueError("--backward needs labels and a loss; leave it out")
    layers = choose_layers(explanation, arguments.layers)
    if arguments.json:
        print(json.dumps({"sample": about} | lists_of(explanation, layers, backward=arguments.backward)))
        return 0
    print(f"{arguments.network}: {about}; computed by the NumPy reference")
    count = len(explanation.x)
    if count > 1:
        print(f"Shown is sample {arguments.sample}; the loss is the mean over these {count} samples.")
    if arguments.backward:
        of = "of this one sample" if count == 1 else f"that is the mean over these {count} samples"
        print(f"Gradients are those of the loss {of}; nnfs explain shows how each came about.")
    print()
    print(text_of(explanation, layers, backward=arguments.backward, first=arguments.sample))
    return 0
