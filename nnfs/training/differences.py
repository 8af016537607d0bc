"""Differences between two values of plain data, in words."""

from __future__ import annotations

from typing import Any


def differences_of(saved: Any, here: Any, name: str = "", text: str = "{name} was {saved!r}, is {here!r}") -> list[str]:
    """Return in words what differs, each number by itself: an optimizer has a dozen of them."""
    if isinstance(saved, dict) and isinstance(here, dict) and (not name or saved.keys() == here.keys()):
        keys = [*here, *(key for key in saved if key not in here)]
        parts = [(f"{name}.{key}" if name else key, saved.get(key), here.get(key)) for key in keys]
    elif isinstance(saved, list) and isinstance(here, list) and len(saved) == len(here):
        parts = [(f"{name}[{index}]", was, now) for index, (was, now) in enumerate(zip(saved, here, strict=True))]
    else:
        return [] if saved == here else [text.format(name=name, saved=saved, here=here)]
    return [difference for part, was, now in parts for difference in differences_of(was, now, part, text)]
