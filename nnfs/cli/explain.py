"""The verb ``nnfs explain``."""

from __future__ import annotations

import argparse
import sys

from .one_sample import add_sample_arguments, explain_sample

EXAMPLE = "nnfs explain runs/first --sample 3 --output page.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs explain``."""
    add_sample_arguments(parser)
    parser.add_argument("--output", default="explain.html", metavar="FILE", help="the page to write (explain.html)")


def run(arguments: argparse.Namespace) -> int:
    """Write the page, print its path, and return 0."""
    from .._kernels import use_backend
    from ..explain.page import page_of
    from ..system.atomic import write_file

    network, explanation, about = explain_sample(arguments)
    with use_backend("numpy"):
        page = page_of(explanation, network, f"{arguments.network}: {about}").encode(errors="backslashreplace")
    write_file(arguments.output, page)
    print(arguments.output)
    print(f"{len(page):,} bytes; open it in a browser", file=sys.stderr)
    return 0
