"""The functions of ``functions.c``, by name."""

from __future__ import annotations

import re
from pathlib import Path


def functions(names: set[str]) -> list[str]:
    """Return the texts of functions in C by name, with those that they call, in the order of their definition."""
    text = Path(__file__).with_name("functions.c").read_text(encoding="ascii")
    blocks = text.strip().split("\n\n")[1:]
    by_name = {re.findall(r"^(?:static \w+|struct) (\w+)", block, re.MULTILINE)[0]: block for block in blocks}
    wanted: set[str] = set()
    left = {name for name in names if name != "concat"}
    while left:
        wanted |= left
        words = {
            word for name in left for word in re.findall(r"\w+", re.sub(r"/\*.*?\*/", "", by_name[name], flags=re.S))
        }
        left = (words & by_name.keys()) - wanted
    return [block for name, block in by_name.items() if name in wanted]
