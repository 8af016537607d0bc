"""Ctrl-C between two steps: a step that it lands in is ended first, so that all of it is there or nothing."""

from __future__ import annotations

import signal
import threading
from importlib import import_module
from types import FrameType
from typing import Any

try:
    # The functions of signal look their results up among its constants, which takes as long as a small network's step.
    _signal = import_module("_signal")
except ImportError:
    _signal = signal
_SIGINT = int(signal.SIGINT)
_MAIN = threading.main_thread()


class HeldInterrupts:
    """Hold Ctrl-C back within a ``with`` block, or within those parts of it that are between `hold` and `release`.

    What Ctrl-C does, mostly raise KeyboardInterrupt, it does at `release` and at the end of the block. A second Ctrl-C
    does not wait: something may hang. The block begins held. Only the main thread receives signals, and a handler that
    is not Python's raises nothing: elsewhere the block does nothing.
    """

    __slots__ = ("_before", "_is_held", "_is_pending")

    def __init__(self) -> None:
        self._is_held, self._is_pending = True, False
        self._before: Any = None

    def __enter__(self) -> HeldInterrupts:
        if threading.current_thread() is _MAIN:
            before = _signal.getsignal(_SIGINT)
            if callable(before):
                self._before = before
                _signal.signal(_SIGINT, self._handle)
        return self

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            self._is_held = True
            _signal.signal(_SIGINT, self._before)
            self.release()

    def hold(self) -> None:
        """Hold Ctrl-C back from now on."""
        self._is_held = True

    def release(self) -> None:
        """Let Ctrl-C through, first one that was held back."""
        self._is_held = False
        if self._is_pending:
            self._is_pending = False
            self._before(_SIGINT, None)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._is_held and not self._is_pending:
            self._is_pending = True
        else:
            self._is_pending = False
            self._before(number, frame)
