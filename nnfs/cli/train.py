"""The verb ``nnfs train``."""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import textwrap
from typing import Any

from ..printable import four_digits

EXAMPLE = "nnfs train digits --network cnn filters=16,32 --optimizer adam learning_rate=0.002 --epochs 20 --name first"
TYPES = {"text": str, "count": int, "integer": int, "number": float}
ARGUMENTS = ("NAME", "ARGUMENT=VALUE")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add an option for every setting. Options that are not given are missing from the parsed arguments."""
    from ..runs import SETTINGS

    for name, setting in SETTINGS.items():
        option = _option(name)
        options: dict[str, Any] = {"default": argparse.SUPPRESS, "help": setting.help}
        if name == "data":
            parser.add_argument(name, nargs="?", **options)
        elif name in ("columns", "layers"):
            continue  # these two are settings of files only
        elif setting.kind in TYPES:
            metavar = {"text": "TEXT", "count": "N", "integer": "N", "number": "X"}[setting.kind]
            parser.add_argument(option, type=TYPES[setting.kind], metavar=metavar, **options)
        elif setting.kind == "flag":
            parser.add_argument(option, action=argparse.BooleanOptionalAction, **options)
        elif setting.kind == "parts":
            parser.add_argument(option, dest=name, nargs="+", action="append", metavar=ARGUMENTS, **options)
        else:
            words: Any = {"part": ARGUMENTS, "texts": "NAME", "weights": "CLASS=WEIGHT"}[setting.kind]
            parser.add_argument(option, nargs="+", metavar=words, **options)
    parser.add_argument("--colour", dest="grey", action="store_false", default=argparse.SUPPRESS, help="as --no-grey")
    parser.add_argument("--config", metavar="FILE", help="settings in TOML or JSON, such as the config.json of a run")
    parser.add_argument(
        "--schema", action="store_true", help="print the JSON schema of such files, by which editors complete them"
    )
    parser.add_argument("--name", help="of the run's folder (the network's name and the time)")
    parser.add_argument("--output", default="runs", metavar="DIR", help="where the run's folder is made (runs)")
    add_printing_arguments(parser)
    add_job_arguments(parser)
    parser.epilog = f"{parser.epilog}\n\n{_describe_parts()}"


def add_printing_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options ``--verbose`` and ``--json``, which all verbs that train have."""
    parser.add_argument(
        "--verbose",
        default="auto",
        choices=["auto", "0", "1", "2"],
        help="0 silent, 1 a bar, 2 a line an epoch and the digest of the weights (auto)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_job_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--timeout``, which the verbs have that mpiexec may start."""
    parser.add_argument(
        "--timeout",
        type=float,
        metavar="X",
        help="how many seconds the processes that mpiexec started wait for each other (600)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Train a network, print its final figures and the folder of its run, and return 0."""
    from ..runs import SETTINGS, load_settings, train

    if arguments.schema:
        from ..runs.schema import settings_schema

        print(json.dumps(settings_schema(), indent=1))
        return 0
    given = {name: _value(name, value) for name, value in vars(arguments).items() if name in SETTINGS}
    settings = {} if arguments.config is None else load_settings(arguments.config)
    for option, other in (
        *(("network", "layers"), ("validation_data", "validation_split")),
        *(("validation_split", "validation_data"),),
    ):
        if option in given:  # an option of the command line replaces the alternative in the file
            settings.pop(other, None)
    how = {"output": arguments.output, "name": arguments.name, "timeout": arguments.timeout}
    result = train(settings | given, verbose=verbose(arguments), **how)
    print_result(result, arguments.json)
    return 0


def verbose(arguments: argparse.Namespace) -> str | int:
    """Return the value of ``--verbose`` as `Sequential.fit` takes it: "auto", 0, 1 or 2."""
    return "auto" if arguments.verbose == "auto" else int(arguments.verbose)


def print_result(result: dict[str, Any], as_json: bool) -> None:
    """Print the result of `nnfs.runs.train`: a line for each figure, or one JSON object; nothing for {}."""
    if not result:
        return
    if as_json:
        print(json.dumps(result, indent=2, allow_nan=False))
        return
    lines = {"run": result["run"]}
    lines["epochs"] = f"{result['epochs']}" + (f" ({result['stopped']})" if result["stopped"] else "")
    if result["best_epoch"] is not None:
        lines["weights of epoch"] = result["best_epoch"]
    if result["target"] is not None:
        lines["target"] = result["target"]
    tests = {f"test {name}": value for name, value in (result["test"] or {}).items()}
    report = {"report": f"nnfs report {shlex.quote(result['run'])}"}
    print_lines(lines | format_figures(result["figures"] | tests) | report)


def format_figures(figures: dict[str, Any]) -> dict[str, str]:
    """Return figures by name as texts of four significant digits."""
    return {name: four_digits(value) for name, value in figures.items()}


def print_lines(lines: dict[str, Any]) -> None:
    """Print one line for each entry: the name, then the text, in two aligned columns."""
    width = max(20, *map(len, lines)) + 1
    for name, text in lines.items():
        print(f"{name:<{width}}{text}")


def _describe_parts() -> str:
    """Return the end of the help text: the names that options take, with their arguments and defaults."""
    from ..runs import describe_parts

    width = shutil.get_terminal_size().columns - 2
    lines = ["What these options may name, with arguments and their defaults:"]
    for name, parts in describe_parts().items():
        for index, part in enumerate(parts):
            line = f"  {'' if index else _option(name):<12}{part}"
            lines += textwrap.wrap(line, width, subsequent_indent=" " * 16, break_on_hyphens=False)
    return "\n".join(lines)


def _option(name: str) -> str:
    """Return the option of a setting: ``layers`` becomes ``--layer``, since options for lists are repeated."""
    from ..runs import SETTINGS

    option = "--" + name.replace("_", "-")
    return option.removesuffix("s") if SETTINGS[name].kind == "parts" else option


def _value(name: str, words: Any) -> Any:
    """Return the value of a setting, parsed from the words of its option; raise ValueError that names the option."""
    from ..runs.parts import parse_pairs, parse_part
    from ..runs.settings import SETTINGS

    kind = SETTINGS[name].kind
    try:
        if kind == "part":
            return parse_part(words)
        if kind == "parts":
            return [parse_part(part) for part in words]
        if kind == "weights":
            return "balanced" if words == ["balanced"] else parse_pairs(words)
    except ValueError as error:
        raise ValueError(f"{_option(name)}: {error}") from error
    return words
