"""Functions and classes whose wrong arguments are answered by what to write instead."""

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
    """Name the signature, and the argument that was meant, in the TypeError for arguments that do not fit.

    For every subclass with an ``__init__`` of its own.
    """

    hints: ClassVar[dict[str, str]] = {}
    """What to say where Python's error holds these words; ``{name}`` stands for the class."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            cls.__init__ = _explaining(cls.__init__)  # type: ignore[method-assign]


def _explaining(init: Callable[..., None]) -> Callable[..., None]:
    """Return the same ``__init__`` with errors that say what the class takes to those who come from elsewhere."""

    @functools.wraps(init)
    def explaining(self: Explained, *args: Any, **kwargs: Any) -> None:
        try:
            with opened(self):
                init(self, *args, **kwargs)
        except TypeError:
            # Of the classes that share this __init__, the last one down is what the user wrote.
            owner = next(cls for cls in type(self).__mro__ if cls.__init__ is explaining)  # type: ignore[misc]
            text = _misfit(init, (self, *args), kwargs, owner.__name__, self.hints)
            if text is None:
                raise
            raise TypeError(text) from None

    return explaining


def explained(name: str, hints: Mapping[str, str]) -> Callable[[Function], Function]:
    """Return a decorator for methods, whose errors for wrong arguments say what the method takes.

    Parameters
    ----------
    name : str
        What errors call the method.
    hints : dict
        What to say where Python's error holds these words.
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
    """Say in which way the arguments of a method, its owner among them, do not fit; None where they do."""
    import inspect  # here, since most programs are right

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
    """Say which arguments go by name, after those that need none; "" where there are not both."""
    names = [parameter.name for parameter in taken if parameter.kind is parameter.KEYWORD_ONLY]
    before = [parameter.name for parameter in taken if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    return f"what follows {before[-1]} goes by its name: {names[0]}=..." if names and before else ""


def _meant(given: dict[str, Any], taken: list[str]) -> str:
    """Return which argument the first unknown one stands for, in words; "" where that cannot be told."""
    import difflib  # here, since most programs are right

    for name in given:
        if name not in taken:
            other = [each for each in ARGUMENTS.get(name, ()) if each in taken]
            # Close enough for a letter more or less: what is further away means something else, as padding_mode does.
            near = other or difflib.get_close_matches(name, taken, 2, cutoff=0.85)
            if len(near) == 1 or other:
                return f"write {near[0]}="
    return ""
