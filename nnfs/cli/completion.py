"""The verb ``completion``."""

from __future__ import annotations

import argparse

EXAMPLE = "nnfs completion bash > ~/.local/share/bash-completion/completions/nnfs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name of the shell."""
    parser.add_argument("shell", choices=["bash", "zsh", "tcsh"], help="the shell that is to read the script")


def run(arguments: argparse.Namespace) -> int:
    """Print the script and return 0."""
    try:
        import shtab
    except ImportError as error:
        raise ImportError(f'completion needs shtab: pip install "nnfs-cython[completion]" ({error})') from error

    from . import VERBS, make_parser

    parser, verbs = make_parser(VERBS)
    for each in (parser, *verbs.values()):
        for action in each._actions:
            if action.nargs != 0 and not action.choices:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    print(shtab.complete(parser, arguments.shell))
    return 0
