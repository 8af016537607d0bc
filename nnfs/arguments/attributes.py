"""Attributes of finished objects: which may be set, and errors for all others that show what to write."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

OPEN = "_open"
"""The name of the attribute that marks an object while its ``__init__`` or ``build`` runs."""


@contextmanager
def opened(owner: Any) -> Iterator[None]:
    """Allow every attribute of a `Fixed` object to be set within the ``with`` block."""
    outermost = OPEN not in vars(owner)
    vars(owner)[OPEN] = True
    try:
        yield
    finally:
        if outermost:
            vars(owner).pop(OPEN, None)


class Fixed:
    """Refuse to set an attribute that nothing would read, or that is read only when the object is made.

    Every attribute may be set in ``__init__`` and in ``build``. Afterwards, an attribute may be set if it is in
    ``settable`` or begins with "_". A class from outside this package may also set attributes that are not in
    ``elsewhere``. All others raise AttributeError with what to write.
    """

    settable: ClassVar[frozenset[str]] = frozenset()
    elsewhere: ClassVar[dict[str, str]] = {}
    """For attribute names of other frameworks: what to write here."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = _opening(cls.build)  # type: ignore[attr-defined]

    def __setattr__(self, name: str, value: Any) -> None:
        own = vars(self)
        # `layer.running_mean += 1` changes the array in place, and then sets the attribute to this very array.
        if not (name[0] == "_" or OPEN in own or (name in own and own[name] is value) or self.is_settable(name)):
            raise AttributeError(self._refusal(name))
        object.__setattr__(self, name, value)

    def is_settable(self, name: str) -> bool:
        """Return whether an attribute may be set on this object after its ``__init__`` and ``build``."""
        is_own = type(self).__module__.split(".")[0] == __name__.split(".")[0]
        return name in self.settable or not (is_own or name in self.elsewhere)

    if not TYPE_CHECKING:  # with it, a type checker would accept every attribute

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
    """Return "perhaps .name" with the attribute of ``owner`` that is spelt almost like ``name``; "" for none."""
    import difflib  # imported only here, because most programs never need it

    names = [each for each in {*vars(owner), *dir(type(owner))} if each[0] != "_"]
    near = difflib.get_close_matches(name, sorted(names), 1, cutoff=0.8)
    return f"perhaps .{near[0]}" if near else ""
