"""Answers to unknown options and verbs: the words that the user probably meant."""

from __future__ import annotations

from collections.abc import Iterable

_OPTIMIZER = "--optimizer adam learning_rate=0.001"
_NETWORK = "--network mlp hidden_units=16,16"
OPTIONS = {
    "--activation": "--network mlp activation=tanh",
    "--batch": "--batch-size",
    "--bs": "--batch-size",
    "--callbacks": "--callback",
    "--dropout": "--network mlp dropout=0.5",
    "--early-stopping": "--callback EarlyStopping patience=5",
    "--filters": "--network cnn filters=8,16",
    "--hidden": _NETWORK,
    "--hidden-units": _NETWORK,
    "--layers": _NETWORK,
    "--learning-rate": _OPTIMIZER,
    "--lr": _OPTIMIZER,
    "--model": "--network",
    "--momentum": "--optimizer sgd momentum=0.9",
    "--n-epochs": "--epochs",
    "--num-epochs": "--epochs",
    "--out": "--output",
    "--patience": "--callback EarlyStopping patience=5",
    "--save": "--name",
    "--scheduler": "--schedule",
    "--units": _NETWORK,
    "--val-split": "--validation-split",
    "--weight-decay": "--optimizer adamw weight_decay=0.01",
}
"""Names that options have in other programs, and what to write instead."""


def answer_option(word: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown option, "; write --other"; "" if no known option is similar."""
    import difflib  # imported here, since most commands have no unknown option

    option, known = word.partition("=")[0].replace("_", "-"), list(known)
    meant = OPTIONS.get(option, option)
    if meant.split()[0] not in known:
        meant = next(iter(difflib.get_close_matches(option, known, 1, cutoff=0.75)), "")
    return f"; write {meant}" if meant else ""


def answer_verb(word: str, verbs: Iterable[str]) -> str:
    """Return the message about an unknown verb, with the nearest verb or all verbs."""
    import difflib

    if word.lower() == "diagnose":
        return (
            f"there is no verb {word!r}; `nnfs report RUN` shows what goes wrong; in Python: nnfs.diagnose(net, x, y)"
        )
    verbs = list(verbs)
    near = difflib.get_close_matches(word.lower(), verbs, 1)
    fix = f"perhaps `nnfs {near[0]}`" if near else f"the verbs are {', '.join(verbs)}"
    return f"there is no verb {word[:50]!r}; {fix}"
