"""Notebooks: whether this is one, how to show an object or a line there, and tables as HTML.

The HTML has no colours of its own, so that it is read on a light and on a dark page.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any

from ..printable import printable


def is_notebook() -> bool:
    """Return whether this program runs in the kernel of a notebook."""
    ipython = sys.modules.get("IPython")  # where it is not imported, this is no notebook
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def show(thing: object) -> None:
    """Print an object; in a notebook, show its HTML, unless the output goes elsewhere, as in ``redirect_stdout``."""
    if is_notebook() and type(sys.stdout).__module__.startswith("ipykernel"):
        _ipython().display(thing)
    else:
        print(thing)


class Line:
    """A line in the output of a notebook, whose text is replaced by each new one; a file, to whoever writes to it."""

    encoding = "utf-8"

    _handle: Any = None

    def write(self, text: str) -> None:
        """Show this text in place of the one before; an empty one changes nothing."""
        shown = {"text/plain": printable(text.strip())}
        if self._handle is not None and text.strip():
            self._handle.update(shown, raw=True)
        elif text.strip():
            self._handle = _ipython().display(shown, raw=True, display_id=True)

    def flush(self) -> None:
        """Do nothing: each text is shown at once."""


def _ipython() -> Any:
    return importlib.import_module("IPython.display")


def escaped(text: object) -> str:
    """Return a text that HTML shows as it is, whatever it holds."""
    import html  # imported only here, because most programs never need it

    return html.escape(printable(str(text)))


def html_table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Return a table of texts as HTML; the first ``left`` columns begin at the left, the others, of numbers, end right.

    All texts are escaped.
    """

    def line(row: Sequence[str], tag: str) -> str:
        sides = ("left" if column < left else "right" for column in range(len(row)))
        cells = (
            f'<{tag} style="text-align:{side}">{escaped(cell)}</{tag}>' for side, cell in zip(sides, row, strict=True)
        )
        return f"<tr>{''.join(cells)}</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<table><thead>{line(header, 'th')}</thead><tbody>{body}</tbody></table>"
