"""Proof on the user's own machine: every kernel of every build against the reference and finite differences.

`verify` yields a `Row` for each kernel, build and type; `nnfs verify` prints them. A case is drawn from one seed
(`draw`), says what the reference gives and what rounding may change (`case`), and is run on every build with several
numbers of threads (`run`). Cases stand in files named after their topic. `gateway` checks the public methods.
"""

from .run import CASES_EACH as CASES_EACH
from .run import CHECKS as CHECKS
from .run import Row as Row
from .run import runnable_builds as runnable_builds
from .run import verify as verify
