"""Many calls of one function at once: in threads of this process, or wherever an executor runs them."""

from .outcomes import Outcome as Outcome
from .outcomes import outcomes as outcomes
