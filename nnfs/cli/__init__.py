"""The ``nnfs`` command. Each verb is a module of its own, which is imported when the verb is called.

The module of a verb has ``EXAMPLE``, which ``--help`` shows, ``add_arguments(parser)`` and ``run(arguments)``. ``run``
prints data on stdout and messages on stderr, and returns an exit code or raises an error.

Exit codes: 0 success, 1 a check failed, 2 wrong usage, 3 bad data, 4 input, output, memory or another process, 5
numbers that are not finite, 130 interrupted, 141 nobody reads the output, 143 terminated.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import warnings
from collections.abc import Container, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import Any, NoReturn

from ..errors import BackendError, DTypeError, FormatError, NumericError, UnsupportedError, WorkerError
from ..printable import PrintableStream, printable
from ..system.memory import memory_bytes

__all__ = ["exit_code", "main"]  # a submodule may have the name of a module of Python

VERBS = {
    "bench": "measure training steps and predictions on this computer, beside PyTorch and onnxruntime",
    "compare": "compare a network with its copy in PyTorch: outputs, gradients, losses of steps, times, memory",
    "completion": "print a script by which a shell completes verbs, options and names of files",
    "data": "list the data sets that nnfs knows by name, fetch and verify them, and say where they are",
    "evaluate": "print loss and metrics of a trained network on data with labels",
    "explain": "write a page that shows every number of one sample's pass, and how it came about",
    "export": "write a trained network to a .onnx, .safetensors, .c or .py file",
    "info": "say what nnfs runs on: versions, backend, threads, data sets, extras",
    "predict": "print what a trained network says of each sample, as CSV: classes, probabilities or numbers",
    "profile": "show where the time of a training step goes, layer by layer, against the limits of this computer",
    "report": "write a page about a run, or about several side by side: curves, mistakes, how to reproduce it",
    "reproduce": "train the networks of the original project, beside its published figures and PyTorch",
    "resume": "go on with a run that was broken off, from its newest checkpoint, as if it had never been",
    "sweep": "train a network with many settings at once, and say which were best and what mattered",
    "trace": "print what each layer of a network makes of one sample, forward and backward, large arrays as statistics",
    "train": "train a network on a data set, a .npz or CSV file, or a folder of images, and leave a folder under runs/",
    "verify": "check every kernel of every build that this machine runs against the reference",
}
"""The verbs with a line of help each. They are listed here so that ``nnfs --help`` imports no verb."""

INTERRUPTED = 130
NOBODY_READS = 141
TERMINATED = 143


def main(argv: Sequence[str] | None = None) -> int:
    """Run the ``nnfs`` command and return its exit code.

    ``argv`` holds the words after ``nnfs``; None stands for those of the process. Errors are printed in one line;
    with ``--debug`` among the words, they are raised.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        with _terminable(), _plain_warnings():
            code = _run(words)
            if sys.stdout is not None:
                sys.stdout.flush()
        return code
    except BrokenPipeError:
        _drop_output()
        return NOBODY_READS
    except KeyboardInterrupt as interrupt:
        if "--debug" in words:
            raise
        _print_message("; ".join(["interrupted", *map(str, interrupt.args)]))
        return INTERRUPTED
    except Exception as error:
        if "--debug" in words:
            raise
        _drop_unwritable_output()
        _print_message(_message(error))
        return exit_code(error)


def _run(words: list[str]) -> int:
    try:
        arguments = _parse(words)
        with _printable_output():
            return int(arguments.run(arguments))
    except SystemExit as leave:  # --help, --version, usage, SIGTERM
        for advice in getattr(leave, "__notes__", ()):
            _print_message(f"terminated; {advice}")
        return leave.code if isinstance(leave.code, int) else int(leave.code is not None)


def exit_code(error: Exception) -> int:
    """Return the exit code for an error, 1 to 5; 1 is for errors of unexpected types."""
    if isinstance(error, NumericError):
        return 5
    if isinstance(error, FormatError | UnsupportedError):
        return 3
    if isinstance(error, MemoryError | WorkerError):
        return 4
    if isinstance(error, OSError):
        # nnfs raises FileNotFoundError without an error number if it does not find a data set.
        return 3 if isinstance(error, FileNotFoundError) and error.errno is None else 4
    if isinstance(error, ValueError | DTypeError | BackendError | OverflowError):
        return 2
    if isinstance(error, RecursionError):
        return 3
    return 1


class _Parser(argparse.ArgumentParser):
    """An argument parser that reports a mistake in one line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **options, add_help=True, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter
        )

    def error(self, message: str) -> NoReturn:
        _print_message(f"{message}; see `{self.prog} --help`")
        raise SystemExit(2)


def _parse(words: list[str]) -> argparse.Namespace:
    from .usage import answer_option, answer_verb

    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    called = next((word for word in words if not word.startswith("-")), None)
    parser, verbs = make_parser([called])
    if called is not None and called not in verbs:
        parser.error(answer_verb(called, verbs))
    chosen = parser if called is None else verbs[called]
    arguments, unknown = parser.parse_known_args(words)
    if called is not None and unknown and not any(word.startswith("-") for word in unknown):
        # Before Python 3.12.7, argparse does not accept an optional positional argument after an option.
        arguments, unknown = parser.parse_known_args(_before_options(words, called, unknown))
    if unknown:
        options = {option for action in chosen._actions for option in action.option_strings}
        chosen.error(f"unrecognized arguments: {' '.join(unknown)}{answer_option(unknown[0], options)}")
    if arguments.version:
        from ..system.version import __version__

        print(f"nnfs {__version__}")
        raise SystemExit(0)
    if called is None:
        parser.print_help(sys.stderr)
        parser.error("a verb is missing")
    return arguments


def make_parser(called: Container[str | None]) -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """Return the parser of the command, and the parsers of its verbs by name; those not in ``called`` have no options.

    Options are added by the module of a verb, and each import takes time.
    """
    parser = _Parser(
        prog="nnfs",
        description="Neural networks from scratch.",
        epilog="Examples:\n  nnfs train digits --network cnn\n  nnfs reproduce --dataset digits\n  nnfs info",
    )
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    parser.add_argument("--debug", action="store_true", help="show where in the program an error came from")
    verbs = parser.add_subparsers(metavar="verb")
    return parser, {
        verb: _add_verb(verbs, verb, line) if verb in called else verbs.add_parser(verb, help=line)
        for verb, line in VERBS.items()
    }


def _before_options(words: list[str], verb: str, names: list[str]) -> list[str]:
    """Return the words of a command, with ``names`` moved in front of the first option of the verb."""
    others = words[::-1]
    for name in names:
        others.remove(name)
    others.reverse()
    start = others.index(verb)
    place = next((place for place in range(start, len(others)) if others[place].startswith("-")), len(others))
    return others[:place] + names + others[place:]


def _add_verb(verbs: Any, verb: str, help_line: str) -> argparse.ArgumentParser:
    import importlib

    module = importlib.import_module(f".{verb}", __name__)
    of_a_run = "\n(runs/first is what the example of `nnfs train` leaves)" * ("runs/first" in module.EXAMPLE)
    parser: argparse.ArgumentParser = verbs.add_parser(
        verb, help=help_line, description=help_line, epilog=f"Example:\n  {module.EXAMPLE.strip()}{of_a_run}"
    )
    # --debug is accepted before and after the verb. A default here would overwrite a --debug before the verb.
    parser.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    module.add_arguments(parser)
    parser.set_defaults(run=module.run)
    return parser


@contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM into SystemExit(143) within a ``with`` block, so that files are closed and left whole."""

    def leave(number: int, frame: Any) -> NoReturn:
        raise SystemExit(TERMINATED)

    # Python lets only the main thread set handlers.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _printable_output() -> Iterator[None]:
    """Replace control characters in all output within a ``with`` block.

    Names in data come from anybody. Control characters in them could give orders to the terminal.
    """
    with ExitStack() as restored:
        for stream, redirect in ((sys.stdout, redirect_stdout), (sys.stderr, redirect_stderr)):
            if stream is not None:
                restored.enter_context(redirect(PrintableStream(stream)))
        yield


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Print each warning within a ``with`` block once, in one line, without its place in the source code."""
    shown: set[str] = set()

    def show(message: Warning | str, *where: Any, **further: Any) -> None:
        line = getattr(message, "for_command", "") or str(message)
        if line not in shown:
            shown.add(line)
            _print_message(line, "warning")

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    text = str(error) or type(error).__name__
    if isinstance(error, MemoryError):
        there = memory_bytes()
        has = "" if there is None else f"; this computer has {there:,} bytes, of which this process may use a part"
        return f"memory is too short: {text}{has}. Try a smaller --batch-size, fewer or smaller samples, or float32"
    if exit_code(error) == 1:
        return f"unexpected {type(error).__name__}: {text}; --debug shows where"
    return text


def _print_message(message: str, kind: str = "error") -> None:
    # print(file=None) would write to stdout; sys.stderr is None if stderr is closed.
    if sys.stderr is not None:
        print(f"nnfs: {kind}:", printable(" ".join(message.splitlines())), file=sys.stderr)


def _drop_unwritable_output() -> None:
    """Drop pending output if it cannot be written; otherwise Python would print a second error when it exits."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _drop_output()


def _drop_output() -> None:
    try:
        handle = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):
        return  # stdout is closed, or is no file of the system
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, handle)
    os.close(nowhere)
