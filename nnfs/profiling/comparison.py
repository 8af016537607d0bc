"""Comparisons with PyTorch and onnxruntime: training steps by SGD or Adam, and predictions of 64 samples and of 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..system.busy import caveats, processor_share
from ..system.clock import interleave
from ..system.table import table
from .contestants import CHANNELS_LAST, ONNX, TORCH, Contestants, predict_contestants, step_contestants
from .networks import NETWORKS, RECENT, Network
from .roofline import Peaks, forward_operations, step_operations

BATCH = 64


class Comparison(NamedTuple):
    """A comparison: its title, its networks, the functions to time, and the samples and operations of one call."""

    title: str
    networks: tuple[Network, ...]
    contestants: Callable[[Network, Sequence[str]], Contestants]
    rows: Callable[[Network], int]
    operations: Callable[..., int]


COMPARISONS = {
    "step": Comparison(
        "One training step: forward, loss, backward, SGD",
        NETWORKS,
        step_contestants,
        lambda network: network.batch_size,
        step_operations,
    ),
    "recent": Comparison(
        "One training step of networks as they are built today: forward, loss, backward, Adam",
        RECENT,
        step_contestants,
        lambda network: network.batch_size,
        step_operations,
    ),
    "batch": Comparison(
        f"Prediction of {BATCH} samples",
        (*NETWORKS, *RECENT),
        lambda network, rivals: predict_contestants(network, rivals, BATCH),
        lambda network: BATCH,
        forward_operations,
    ),
    "sample": Comparison(
        "Prediction of one sample",
        (*NETWORKS, *RECENT),
        lambda network, rivals: predict_contestants(network, rivals, 1),
        lambda network: 1,
        forward_operations,
    ),
}


def compare(
    comparison: Comparison, network: Network, rivals: Sequence[str], peaks: Peaks, *, rounds: int, seconds: float
) -> dict[str, Any]:
    """Measure one network beside its rivals and return a row of the table, as a dict for JSON.

    Parameters
    ----------
    comparison : Comparison
        One of `COMPARISONS`.
    network : Network
        One of the comparison's.
    rivals : list of str
        The rivals to measure beside nnfs: "torch", "onnxruntime".
    peaks : Peaks
        The limits of this computer, for the share of its arithmetic that nnfs reaches.
    rounds, seconds : int, float
        The number of turns of each contestant, and its time over all turns, in seconds.

    Returns
    -------
    dict
        Times are medians and 90 % quantiles of all calls, in microseconds. ``torch`` is the faster of PyTorch's memory
        layouts. The ratio of a rival is its time divided by that of nnfs. Rival and ratio are None if the rival was
        not measured. ``processor_share`` is the share of the processors that was free before or after the
        measurement, the smaller one, see `nnfs.system.busy.processor_share`.
    """
    contestants, share = comparison.contestants(network, rivals), processor_share()
    times = interleave(contestants, rounds=rounds, seconds=seconds)
    rows, ours = comparison.rows(network), times["nnfs"]
    layouts = {name: times[name] for name in (TORCH, CHANNELS_LAST) if name in times}
    layout = min(layouts, key=lambda name: layouts[name].median, default=None)
    gflops = comparison.operations(network.build(), rows) / ours.median / 1e3
    row: dict[str, Any] = {
        "network": network.name,
        "rows": rows,
        "nnfs": ours._asdict(),
        "processor_share": min(share, processor_share()),
        "gflops": gflops,
        "peak_share": gflops / peaks.arithmetic,
        "torch_layout": layout and ("NHWC" if layout == CHANNELS_LAST else "NCHW"),
    }
    for rival, found in ((TORCH, layout), (ONNX, ONNX if ONNX in times else None)):
        row[rival] = times[found]._asdict() if found else None
        row[f"{rival}_ratio"] = times[found].median / ours.median if found else None
    return row


def comparison_caveats(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return a line for each sign that other programs kept the computer busy during the measurement of the rows."""
    spreads = [row[TORCH]["p90"] / row[TORCH]["median"] for row in rows if row[TORCH]]
    return caveats([row["processor_share"] for row in rows], spreads)


def comparison_table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows of one comparison as a text table, without the columns of rivals that were not measured."""
    columns: list[tuple[str, list[Any]]] = [
        ("network", [row["network"] for row in rows]),
        ("rows", [row["rows"] for row in rows]),
    ]
    for name in ("nnfs", TORCH, ONNX):
        columns += [
            (heading, [row[name] and row[name][key] for row in rows])
            for heading, key in ((f"{name} us", "median"), ("p90", "p90"))
        ]
        if name == "nnfs":
            columns.append(("GFLOP/s", [row["gflops"] for row in rows]))
            columns.append(("of peak", [f"{row['peak_share']:.0%}" for row in rows]))
            continue
        if name == TORCH:
            columns.append(("layout", [row["torch_layout"] for row in rows]))
        columns.append((f"{name}/nnfs", [row[f"{name}_ratio"] for row in rows]))
    columns = [column for column in columns if any(value is not None for value in column[1])]
    return table([heading for heading, _ in columns], list(zip(*(values for _, values in columns), strict=True)))
