"""Classes whose wrong arguments are answered by what to write instead."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar

OTHER_NAMES = {
    "alpha": ("rho", "negative_slope"),
    "bias": ("use_bias",),
    "eps": ("epsilon",),
    "lr": ("learning_rate",),
    "min_delta": ("minimum_change",),
    "min_lr": ("minimum_rate",),
    "out_channels": ("filters",),
    "out_features": ("units",),
    "p": ("rate",),
}
"""What Keras and PyTorch call an argument, where the spelling alone does not tell."""


class Explained:
    """Name the signature, and the argument that was meant, in the TypeError for arguments that do not fit.

    For every subclass with an ``__init__`` of its own.
    """

    hints: ClassVar[dict[str, str]] = {}
    """What to say where Python's error holds these words; ``{name}`` stands for the class."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            cls.__init__ = _explaining(cls.__init__, cls.__name__)  # type: ignore[method-assign]


def _explaining(init: Callable[..., None], owner: str) -> Callable[..., None]:
    """Return the same ``__init__`` with errors that say what the class takes to those who come from elsewhere."""

    @functools.wraps(init)
    def explaining(self: Explained, *args: Any, **kwargs: Any) -> None:
        try:
            init(self, *args, **kwargs)
        except TypeError:
            # A class without an __init__ of its own has this one, and is what the user wrote.
            name = type(self).__name__ if type(self).__init__ is explaining else owner
            text = _misfit(init, self, name, args, kwargs)
            if text is None:
                raise
            raise TypeError(text) from None

    return explaining


def _misfit(
    init: Callable[..., None], owner: Explained, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str | None:
    """Say in which way the arguments do not fit the signature; None where they do."""
    import inspect  # here, since most programs are right

    signature = inspect.signature(init)
    try:
        signature.bind(owner, *args, **kwargs)
    except TypeError as error:
        taken = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()][1:]
        call = signature.replace(parameters=taken, return_annotation=signature.empty)
        hint = next((hint for words, hint in owner.hints.items() if words in str(error)), "")
        hint = hint.format(name=name) or _meant(kwargs, [parameter.name for parameter in taken])
        return f"{name}{call}: {error}{'; ' * bool(hint)}{hint}"
    return None


def _meant(given: dict[str, Any], taken: list[str]) -> str:
    """Return which arguments the first unknown one may stand for, in words; "" for none."""
    import difflib  # here, since most programs are right

    for name in given:
        if name not in taken:
            other = [each for each in OTHER_NAMES.get(name, ()) if each in taken]
            near = other or difflib.get_close_matches(name, taken, 1)
            return f"write {near[0]}=" if near else ""
    return ""
