"""Ctrl-C between two training steps: a step that has begun is finished first, so that no step is half done."""

from __future__ import annotations

import signal
import threading
from importlib import import_module
from types import FrameType
from typing import Any

try:
    # The functions of `signal` convert their results to enum members, which takes as long as a small network's step.
    _signal = import_module("_signal")
except ImportError:
    _signal = signal
_SIGINT = int(signal.SIGINT)
_MAIN = threading.main_thread()


class HeldInterrupts:
    """Delay Ctrl-C within a ``with`` block, in the parts between `hold` and `release`.

    The block begins held. A delayed Ctrl-C takes effect at `release` or at the end of the block; it mostly raises
    KeyboardInterrupt. A second Ctrl-C takes effect at once, because the program may hang. The block does nothing
    outside the main thread, which alone receives signals, and where SIGINT has no handler of Python's.
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
        """Delay Ctrl-C from now on, until `release`."""
        self._is_held = True

    def release(self) -> None:
        """Let Ctrl-C take effect again, and first run the handler for one that was delayed."""
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
