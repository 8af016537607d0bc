"""The metadata of a model: the loss and the facts of the network, as JSON texts."""

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
"""The keys of the two texts; keys of other programs are ignored."""
LONGEST_TEXT = 2**26
"""The largest number of characters of a text: parsed JSON takes many times its bytes, and facts are shorter."""


class Metadata(NamedTuple):
    """Hold the loss and the facts of a network; None and empty facts if another program wrote the file."""

    loss: Loss | None
    facts: Facts


def write_metadata(network: Sequential) -> dict[str, str]:
    """Return the JSON texts for the loss and the facts of a network by key, without those that are empty."""
    import json

    found = {LOSS: describe_loss(network.loss), FACTS: network.facts.known()}
    return {key: json.dumps(value, allow_nan=False, ensure_ascii=False) for key, value in found.items() if value}


def read_metadata(properties: Any) -> Metadata:
    """Read the loss and the facts from the ``metadata_props`` of a model.

    Raises FormatError or UnsupportedError for texts under nnfs's keys that nnfs would not write.
    """
    check_entries(properties, "metadata_props")
    found: dict[str, Any] = {}
    for entry in properties:
        if entry.key not in (LOSS, FACTS):
            continue
        if entry.key in found:
            raise FormatError(f"metadata_props: {entry.key} occurs twice")
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
