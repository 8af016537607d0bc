"""Functions and classes whose TypeError for wrong arguments shows the signature and what to write."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from .attributes import opened
from .elsewhere import ARGUMENTS

if TYPE_CHECKING:
    import inspect

Function = TypeVar("Function", bound=Callable[..., Any])


class Explained:
    """Show the signature and the argument that was meant in the TypeError for wrong arguments of ``__init__``.

    This holds for every subclass that defines ``__init__``.
    """

    hints: ClassVar[dict[str, str]] = {}
    """For words in Python's error: the hint to add; ``{name}`` in it is replaced by the name of the class."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            cls.__init__ = _explaining(cls.__init__)  # type: ignore[method-assign]


def _explaining(init: Callable[..., None]) -> Callable[..., None]:
    """Wrap an ``__init__``, so that its TypeError for wrong arguments shows what to write."""

    @functools.wraps(init)
    def explaining(self: Explained, *args: Any, **kwargs: Any) -> None:
        try:
            with opened(self):
                init(self, *args, **kwargs)
        except TypeError:
            # Several classes may share this __init__ by inheritance; the user wrote the most derived one.
            owner = next(cls for cls in type(self).__mro__ if cls.__init__ is explaining)  # type: ignore[misc]
            text = _misfit(init, (self, *args), kwargs, owner.__name__, self.hints)
            if text is None:
                raise
            raise TypeError(text) from None

    return explaining


def explained(name: str, hints: Mapping[str, str]) -> Callable[[Function], Function]:
    """Return a decorator for methods: the TypeError for wrong arguments shows the signature and what to write.

    Parameters
    ----------
    name : str
        The name of the method in the error.
    hints : dict
        For words in Python's error: the hint to add.
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def explaining(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except TypeError:
                text = _misfit(function, args, kwargs, name, hints)
                if text is None:
                    raise
                raise TypeError(text) from None

        return explaining  # type: ignore[return-value]

    return decorate


def _misfit(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], name: str, hints: Mapping[str, str]
) -> str | None:
    """Return the message for arguments, ``self`` included, that do not fit the signature; None if they fit."""
    import inspect  # imported only here, because most programs never need it

    signature = inspect.signature(function)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        taken = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()][1:]
        call = signature.replace(parameters=taken, return_annotation=signature.empty)
        hint = next((hint for words, hint in hints.items() if words in str(error)), "")
        hint = hint.format(name=name) or _meant(kwargs, [parameter.name for parameter in taken])
        by_name = _by_name(taken) if "too many" in str(error) else ""
        return "; ".join(filter(None, [f"{name}{call}: {error}", hint, by_name]))
    return None


def _by_name(taken: list[inspect.Parameter]) -> str:
    """Return the hint that arguments after the last positional one need their name; "" where none does."""
    names = [parameter.name for parameter in taken if parameter.kind is parameter.KEYWORD_ONLY]
    before = [parameter.name for parameter in taken if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    return f"what follows {before[-1]} goes by its name: {names[0]}=..." if names and before else ""


def _meant(given: dict[str, Any], taken: list[str]) -> str:
    """Return "write name=" with the argument that the first unknown one stands for; "" where that is not clear."""
    import difflib  # imported only here, because most programs never need it

    for name in given:
        if name not in taken:
            other = [each for each in ARGUMENTS.get(name, ()) if each in taken]
            # The cutoff allows for one wrong letter. A name that is less alike, as padding_mode, means something else.
            near = other or difflib.get_close_matches(name, taken, 2, cutoff=0.85)
            if len(near) == 1 or other:
                return f"write {near[0]}="
    return ""
