"""Parts of a training, such as its optimizer: a name and arguments.

``sgd momentum=0.9`` on the command line and ``{"name": "sgd", "momentum": 0.9}`` in a file both stand for
``SGD(momentum=0.9)``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ..arguments.names import meant_name

Part: TypeAlias = dict[str, Any]


def parse_part(words: Sequence[str]) -> Part:
    """Return the part ``{"name": ..., argument: value}`` for the words ``name argument=value ...``."""
    pairs = parse_pairs(words[1:])
    if "name" in pairs:
        raise ValueError(f"{words[0]!r} has a name already, got the argument name={pairs['name']!r}")
    return {"name": words[0]} | pairs


def parse_pairs(words: Sequence[str]) -> dict[str, Any]:
    """Return a dict of the words ``argument=value``; raise ValueError for any other word, or a repeated argument."""
    pairs: dict[str, Any] = {}
    for before, word in zip(["", *words], words, strict=False):
        name, sign, value = word.partition("=")
        if not sign or not name or name in pairs:
            fix = f"; a list has commas and no spaces: {before},{word}" if "=" in before and not sign else ""
            raise ValueError(f"got {word!r}, wanted name=value, each name once{fix}")
        if value[0:1] in ("[", "("):
            raise ValueError(f"got {word!r}; a list has commas and no brackets: {name}={value.strip('[](),')}")
        pairs[name] = _parse_value(value)
    return pairs


def write_part(part: Part, known: Mapping[str, Callable[..., Any]]) -> str:
    """Return a part as words, the inverse of `parse_part`; arguments that equal their defaults are left out."""
    default = complete_part({"name": part["name"]}, known)
    given = {name: value for name, value in part.items() if name not in default or value != default[name]}
    return " ".join([part["name"], *write_pairs(given)])


def write_pairs(pairs: Mapping[str, Any]) -> list[str]:
    """Return a dict as words ``argument=value``, the inverse of `parse_pairs`."""
    return [f"{name}={_write_value(value)}" for name, value in pairs.items()]


def describe_part(name: str, function: Callable[..., Any], own: int) -> str:
    """Return a line of help for a part: its name, ``argument=...`` for required arguments, then the defaults.

    The first ``own`` arguments of the function are left out: nnfs passes them, not the user.
    """
    parameters = list(inspect.signature(function).parameters.values())[own:]
    needed = [f"{parameter.name}=..." for parameter in parameters if parameter.default is parameter.empty]
    return " ".join([name, *needed, *write_pairs(_defaults(parameters))])


def make(part: Any, known: Mapping[str, Callable[..., Any]], where: str, *first: Any) -> Any:
    """Call the function ``known[part["name"]]`` with the arguments ``first`` and then those of the part.

    Raises ValueError for an unknown name, an unknown argument, or a value that the function does not accept. The
    message begins with ``where`` and lists the names that exist.
    """
    check_part(part, where)
    name = part["name"]
    if name not in known:
        meant = meant_name(name, known, where)
        fix = f"write {meant}" if meant else f"the names are {', '.join(known)}"
        raise ValueError(f"{where}: there is no {name[:50]!r}; {fix}")
    given = {key: value for key, value in part.items() if key != "name"}
    accepted = arguments(known[name])[len(first) :]
    unknown = next((key for key in given if key not in accepted), None)
    if unknown is not None:
        takes = f"it takes {', '.join(accepted)}" if accepted else "it takes none"
        raise ValueError(f"{where}: {name} has no argument {unknown[:50]!r}; {takes}")
    if inspect.isfunction(known[name]):
        _check_call(known[name], len(first), given, where)
    try:
        return known[name](*first, **given)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from error


def _check_call(function: Callable[..., Any], own: int, given: dict[str, Any], where: str) -> None:
    """Raise ValueError if the function lacks an argument; classes check their own arguments, functions do not."""
    parameters = list(inspect.signature(function).parameters.values())[own:]
    call = inspect.Signature([each.replace(annotation=each.empty) for each in parameters])
    try:
        call.bind(**given)
    except TypeError as error:
        raise ValueError(f"{where}: {function.__name__}{call}: {error}") from None


def complete_part(part: Part, known: Mapping[str, Callable[..., Any]]) -> Part:
    """Return a part with the defaults of the arguments that it does not give."""
    return {"name": part["name"]} | _defaults(inspect.signature(known[part["name"]]).parameters.values()) | part


def check_part(part: Any, where: str) -> None:
    """Raise ValueError if a value is not a dict with a ``name``."""
    if not isinstance(part, dict) or not isinstance(part.get("name"), str):
        name = part[:50] if isinstance(part, str) else "..."
        raise ValueError(f'{where}: got {str(part)[:100]}, wanted a name and arguments: {{name = "{name}", ...}}')


def arguments(function: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments of a function, in their order."""
    return list(inspect.signature(function).parameters)


def _defaults(parameters: Iterable[inspect.Parameter]) -> dict[str, Any]:
    return {each.name: each.default for each in parameters if each.default is not each.empty}


def _write_value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(_write_value, value)) + "," * (len(value) == 1)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parse_value(text: str) -> Any:
    """Return the value of a word: a list if it has commas, else an int, a float, True, False, or the text itself."""
    if "," in text or not text:
        return [_parse_value(item) for item in text.split(",") if item]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text, text)
