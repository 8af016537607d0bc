"""Names of losses, optimizers, metrics, activations and initializers, here and in other frameworks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from ..errors import DTypeError

Part = TypeVar("Part")

OTHER_NAMES = {
    "loss": {
        "bce": "binary_cross_entropy",
        "bcewithlogits": "binary_cross_entropy",
        "binarycrossentropy": "binary_cross_entropy",
        "categoricalcrossentropy": "cross_entropy",
        "ce": "cross_entropy",
        "l2": "mean_squared_error",
        "log": "cross_entropy",
        "mae": "l1",
        "meanabsoluteerror": "l1",
        "mse": "mean_squared_error",
        "nll": "cross_entropy",
        "smoothl1": "huber",
        "softmaxcrossentropy": "cross_entropy",
        "sparsecategoricalcrossentropy": "cross_entropy",
        "squarederror": "mean_squared_error",
    },
    "optimizer": {"adamax": "", "nadam": "", "radam": ""},
    "metric": {
        "acc": "accuracy",
        "binaryacc": "binary_accuracy",
        "categoricalaccuracy": "accuracy",
        "f1": "macro_f1",
        "f1macro": "macro_f1",
        "f1score": "macro_f1",
        "mae": "mean_absolute_error",
        "precision": "macro_precision",
        "r2": "r2_score",
        "recall": "macro_recall",
        "sparsecategoricalaccuracy": "accuracy",
        "sparsetopkcategoricalaccuracy": "top_k_accuracy",
        "top5accuracy": "top_k_accuracy",
        "topkcategoricalaccuracy": "top_k_accuracy",
    },
    "activation": {"celu": "", "logistic": "sigmoid", "relu6": "", "selu": "", "swish": "silu"},
    "initializer": {
        "glorot": "glorot_uniform",
        "he": "he_uniform",
        "kaiming": "he_uniform",
        "kaimingnormal": "he_normal",
        "kaiminguniform": "he_uniform",
        "lecun": "lecun_normal",
        "one": "ones",
        "xavier": "glorot_uniform",
        "xaviernormal": "glorot_normal",
        "xavieruniform": "glorot_uniform",
        "zero": "zeros",
    },
}
"""For names in Keras, PyTorch and scikit-learn, as small letters: the name here.

"" stands for a part that nnfs does not have, although its name is close to one that it has.
"""


def find_part(name: Any, parts: Mapping[str, Part], kind: str, write: str = "") -> Part:
    """Return the loss, optimizer or other part that has this name.

    Parameters
    ----------
    name : str
        What the user gave.
    parts : dict
        All parts of the kind by name.
    kind : str
        "loss", "optimizer", "metric", "activation" or "initializer".
    write : str
        The code for the message, with ``{}`` in the place of the name, such as "loss={}".

    Raises
    ------
    ValueError
        For anything else than a name in ``parts``. The message gives the name that is meant, or all names.
    DTypeError
        For a class of nnfs in the place of a name.
    """
    if isinstance(name, str) and name in parts:
        return parts[name]
    if isinstance(name, type) and (name in parts.values() or any(type(part) is name for part in parts.values())):
        text = f"{kind} is the class {name.__name__}; make one of it: {name.__name__}()"
        raise DTypeError(text)
    # Classes and objects of other packages often have the names of ours: torch.optim.Adam. So has the module of a loss.
    word = name if isinstance(name, str) else getattr(name, "__name__", type(name).__name__).rpartition(".")[2]
    meant = meant_name(word, parts, kind)
    fix = f"write {(write or kind + '={}').format(repr(meant))}" if meant else f"the names are {', '.join(parts)}"
    raise ValueError(f"unknown {kind} {name!r}; {fix}")


def meant_name(name: str, known: Iterable[str], kind: str) -> str:
    """Return the known name that ``name`` stands for: misspelt, or from another framework; "" for none."""
    import difflib  # imported only here, because most programs never need it

    plain, known = _letters(name), list(known)
    for key in (plain, plain.removesuffix(kind), plain.removesuffix(f"{kind}s")):
        for table in ({_letters(each): each for each in known}, OTHER_NAMES.get(kind, {})):
            if key in table:
                return table[key]
    return next(iter(difflib.get_close_matches(name.lower(), known, 1, cutoff=0.85)), "")


def _letters(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())
