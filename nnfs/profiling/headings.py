"""The lines above every table: what was measured on, and what that machine can do at most."""

from __future__ import annotations

from collections.abc import Mapping

from ..system.machine import machine
from .roofline import Peaks


def machine_line(rivals: Mapping[str, str | None] | None = None) -> str:
    """Return the machine in one line, and the versions of the rivals beside whom it is measured."""
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
    """Return the limits of the machine in one line."""
    sizes = ", ".join(f"{rate:.0f} of {size / 2**20:g} MiB" for size, rate in peaks.copies.items())
    return (
        f"limits: {peaks.arithmetic:.0f} GFLOP/s on all threads, {peaks.arithmetic_one_thread:.0f} on one; "
        f"GB/s read and written by copies: {sizes}"
    )
