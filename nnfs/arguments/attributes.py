"""Attributes: what may be set on an object that is made, and an error with what to write for all others."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

OPEN = "_open"
"""The attribute that an object has while its ``__init__`` or ``build`` runs."""


@contextmanager
def opened(owner: Any) -> Iterator[None]:
    """Let any attribute of an object be set in the body."""
    outermost = OPEN not in vars(owner)
    vars(owner)[OPEN] = True
    try:
        yield
    finally:
        if outermost:
            vars(owner).pop(OPEN, None)


class Fixed:
    """Refuse attributes that nothing would read, and changes that would come too late.

    Any attribute may be set in ``__init__`` and in ``build``. Afterwards only those in ``settable``, those that begin
    with "_" and, on a class from outside this package, those that are not in ``elsewhere``.
    """

    settable: ClassVar[frozenset[str]] = frozenset()
    elsewhere: ClassVar[dict[str, str]] = {}
    """What to write instead, by the names that attributes have in other frameworks."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = _opening(cls.build)  # type: ignore[attr-defined]

    def __setattr__(self, name: str, value: Any) -> None:
        own = vars(self)
        # The same object again is what `layer.running_mean += 1` sets, when it has changed the array in place.
        if not (name[0] == "_" or OPEN in own or (name in own and own[name] is value) or self.is_settable(name)):
            raise AttributeError(self._refusal(name))
        object.__setattr__(self, name, value)

    def is_settable(self, name: str) -> bool:
        """Return whether an attribute may be set on this object, now that it is made."""
        is_own = type(self).__module__.split(".")[0] == __name__.split(".")[0]
        return name in self.settable or not (is_own or name in self.elsewhere)

    if not TYPE_CHECKING:  # to a type checker every attribute would be there

        def __getattr__(self, name: str) -> NoReturn:
            text = f"{type(self).__name__!r} object has no attribute {name!r}"
            if name[:1] != "_" and (fix := self.elsewhere.get(name) or _near(name, self)):
                text += f"; {fix}"
            raise AttributeError(text)

    def _refusal(self, name: str) -> str:
        kind = type(self).__name__
        present = vars(self).get(name)
        if name in self.elsewhere:
            return f"{kind}.{name} cannot be set; {self.elsewhere[name]}"
        if isinstance(present, np.ndarray):
            return f"{kind}.{name} cannot be replaced by another array; to fill it, write .{name}[...] = ..."
        if hasattr(present, "grad"):
            return f"{kind}.{name} cannot be replaced; to fill it, write .{name}.value[...] = ..."
        if name in vars(self) or hasattr(type(self), name):
            return f"{kind}.{name} cannot be changed now, nothing would follow it; make a new one: {kind}(...)"
        fix = _near(name, self) or f"it has {', '.join(key for key in vars(self) if key[0] != '_') or 'none to set'}"
        return f"{kind} has no attribute {name!r}, nothing would read it; {fix}"


def _opening(build: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(build)
    def opening(self: Any, *args: Any, **kwargs: Any) -> None:
        with opened(self):
            build(self, *args, **kwargs)

    return opening


def _near(name: str, owner: Any) -> str:
    """Return in words which attribute is spelt almost like this; "" for none."""
    import difflib  # here, since most programs are right

    names = [each for each in {*vars(owner), *dir(type(owner))} if each[0] != "_"]
    near = difflib.get_close_matches(name, sorted(names), 1, cutoff=0.8)
    return f"perhaps .{near[0]}" if near else ""
