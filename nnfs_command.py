"""Where the ``nnfs`` command begins: beside the package, because importing the package may fail.

``import nnfs`` chooses the backend, and NNFS_BACKEND may name one that is not there. The command says so in one
line, which no module inside of the package could: the package is imported before it.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command and return its exit code."""
    try:
        from nnfs.cli import main as run
    except (ImportError, KeyboardInterrupt) as error:
        return _refuse(error)
    return run()


def leave_if_called(error: ImportError) -> None:
    """End the process with one line and an exit code where it is `python -m nnfs` that cannot import the package."""
    # While Python looks for the module, sys.argv begins with "-m" in its place.
    if sys.argv[:1] == ["-m"] and sys.orig_argv[-len(sys.argv)].removeprefix("-m") == "nnfs":
        raise SystemExit(_refuse(error)) from None


def _refuse(error: ImportError | KeyboardInterrupt) -> int:
    """Say in one line why the package cannot be imported, and return the exit code; raise again with ``--debug``."""
    if "--debug" in sys.argv:
        raise error
    if isinstance(error, KeyboardInterrupt):
        return 130
    if sys.stderr is not None:
        print("nnfs: error:", " ".join(str(error).splitlines()), file=sys.stderr)
    return 2
