"""What a model's metadata say of the network that it was: its loss and its facts, as JSON texts."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...errors import FormatError
from ...losses import Loss
from ...network.facts import Facts, read_facts
from ...sequential import Sequential
from .. import strict_json
from ..architecture import describe_loss, make_loss
from ..strict_json import short
from .graph_size import check_entries
from .locating import locating
from .texts import as_texts

LOSS, FACTS = "nnfs_loss", "nnfs_facts"
"""The keys; those of other programs are not looked at."""
LONGEST_TEXT = 2**26
"""The most characters of a text: facts have fewer, and what JSON becomes takes many times its bytes."""


class Metadata(NamedTuple):
    """Hold what was found; nothing is known where another program wrote the file."""

    loss: Loss | None
    facts: Facts


def write_metadata(network: Sequential) -> dict[str, str]:
    """Return the texts for a network by key; none for what is not known."""
    import json

    found = {LOSS: describe_loss(network.loss), FACTS: network.facts.known()}
    return {key: json.dumps(value, allow_nan=False, ensure_ascii=False) for key, value in found.items() if value}


def read_metadata(properties: Any) -> Metadata:
    """Return what the ``metadata_props`` of a model say; raise FormatError where they are not as nnfs writes them."""
    check_entries(properties, "metadata_props")
    found: dict[str, Any] = {}
    for entry in properties:
        if entry.key not in (LOSS, FACTS):
            continue
        if entry.key in found:
            raise FormatError(f"metadata_props: {entry.key} stands there twice")
        with locating("metadata_props"):
            as_texts((entry.value,))
        if len(entry.value) > LONGEST_TEXT:
            text = f"metadata_props: {entry.key}: got {len(entry.value):,} characters, wanted at most {LONGEST_TEXT:,}"
            raise FormatError(text)
        try:
            found[entry.key] = strict_json.parse(entry.value)
        except ValueError as error:
            text = f"metadata_props: {entry.key}: not strict JSON: {error}; got {short(entry.value)}"
            raise FormatError(text) from None
    with locating("metadata_props"):
        loss = make_loss(found.get(LOSS))
    with locating("metadata_props"):
        return Metadata(loss, read_facts(found.get(FACTS, {})))
