"""A sign for calls in threads of this process that they shall end."""

from __future__ import annotations

import threading
from typing import Any


class Stop(threading.Event):
    """An event that calls look at from time to time; a copy in another process is never set."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Stop, ()
