"""Checks on the user's own computer: every kernel of every build against the reference and finite differences.

`verify` yields a `Row` of results for each kernel, build and type; ``nnfs verify`` prints them. A case is one call of a
kernel. Its arguments are drawn from one seed (``draw``); it holds the expected outputs and the rounding errors that are
allowed (``case``); it runs on every build with several numbers of threads (``run``). The other files have a function
for each kernel, of the kernel's name, which draws a case. ``gateway`` checks public methods.
"""

from .run import CASES_EACH as CASES_EACH
from .run import CHECKS as CHECKS
from .run import Row as Row
from .run import runnable_builds as runnable_builds
from .run import verify as verify
