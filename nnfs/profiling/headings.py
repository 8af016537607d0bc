"""The lines above every table: a description of the computer, and its limits."""

from __future__ import annotations

from collections.abc import Mapping

from ..system.machine import machine
from .roofline import Peaks


def machine_line(rivals: Mapping[str, str | None] | None = None) -> str:
    """Return one line that describes the computer, nnfs, and the versions of the rivals that are measured."""
    found = machine()
    memory = found["memory_bytes"]
    kernels = " ".join(filter(None, (found["backend"], found["isa"])))
    parts = [
        f"{found['processor']}, {found['cores']} cores",
        *([f"{memory / 2**30:.0f} GiB"] if memory else []),
        found["system"],
        f"Python {found['python']}",
        f"NumPy {found['numpy']}",
        f"nnfs {found['nnfs']} ({kernels}, {found['threads']} threads)",
        *(f"{rival} {version}" for rival, version in (rivals or {}).items() if version),
    ]
    return "; ".join(parts)


def peaks_line(peaks: Peaks) -> str:
    """Return one line with the limits of the computer: GFLOP/s of arithmetic and GB/s of copies."""
    sizes = ", ".join(f"{rate:.0f} of {size / 2**20:g} MiB" for size, rate in peaks.copies.items())
    return (
        f"limits: {peaks.arithmetic:.0f} GFLOP/s on all threads, {peaks.arithmetic_one_thread:.0f} on one; "
        f"GB/s read and written by copies: {sizes}"
    )
