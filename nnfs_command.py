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
        if "--debug" in sys.argv:
            raise
        if isinstance(error, KeyboardInterrupt):
            return 130
        if sys.stderr is not None:
            print("nnfs: error:", " ".join(str(error).splitlines()), file=sys.stderr)
        return 2
    return run()
