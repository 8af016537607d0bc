"""The entry point of the ``nnfs`` command, outside the package because the import of the package may fail.

``import nnfs`` loads the backend, and NNFS_BACKEND may name one that does not exist. This module then prints an error
of one line. A module of the package could not, because Python imports the package before its modules.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run the ``nnfs`` command with the arguments of the process, and return its exit code."""
    try:
        from nnfs.cli import main as run
    except (ImportError, KeyboardInterrupt) as error:
        return _refuse(error)
    return run()


def leave_if_called(error: ImportError) -> None:
    """Exit with an error of one line if `python -m nnfs` is running and the package cannot be imported."""
    # While Python searches for the module, sys.argv[0] is "-m".
    if sys.argv[:1] == ["-m"] and sys.orig_argv[-len(sys.argv)].removeprefix("-m") == "nnfs":
        raise SystemExit(_refuse(error)) from None


def _refuse(error: ImportError | KeyboardInterrupt) -> int:
    """Print in one line why the package cannot be imported, and return the exit code; raise again with ``--debug``."""
    if "--debug" in sys.argv:
        raise error
    if isinstance(error, KeyboardInterrupt):
        return 130
    if sys.stderr is not None:
        print("nnfs: error:", " ".join(str(error).splitlines()), file=sys.stderr)
    return 2
