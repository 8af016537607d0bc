"""Where the time of a run went: seconds of its epochs, and microseconds of a training step by layer."""

from __future__ import annotations

from typing import Any

from .record import Record


def time_facts(record: Record) -> dict[str, Any] | None:
    """Return the seconds of a run's epochs, and its samples a second; None before the first epoch is finished."""
    seconds = [epoch["seconds"] for epoch in record.epochs if epoch.get("seconds") is not None]
    if not seconds:
        return None
    trained_on = None if record.samples is None else len(record.samples.train.x) - record.held
    total = float(sum(seconds))
    return {
        "total": total,
        "mean": total / len(seconds),
        "fastest": min(seconds),
        "slowest": max(seconds),
        "rate": trained_on * len(seconds) / total if trained_on and total else None,
    }


def layer_rows(profiled: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the microseconds of each node forward and backward, given the result of `nnfs.profiling.profile`.

    The last row has what is spent in no node: loss, update of the weights, checks, Python. ``share`` is that of all
    rows together.
    """
    rows: dict[str, dict[str, Any]] = {}
    for node in profiled["nodes"]:
        row = rows.setdefault(node["layers"], {"layers": node["layers"], "forward": None, "backward": None})
        row[node["direction"]] = node["microseconds"]
    rows["in no layer"] = {"layers": "in no layer", "forward": None, "backward": None}
    for row in rows.values():
        row["total"] = sum(row[way] or 0.0 for way in ("forward", "backward"))
    rows["in no layer"]["total"] = profiled["overhead_microseconds"]
    together = sum(row["total"] for row in rows.values()) or 1.0
    for row in rows.values():
        row["share"] = row["total"] / together
    return list(rows.values())
