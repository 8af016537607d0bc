"""The kernels, which do the arithmetic of the layers, and the choice between their two implementations.

`kernels` has one function for each operation that `interface.Kernels` declares, such as ``kernels.conv2d_forward``. The
functions come from one of two backends: plain NumPy, or Cython that was compiled. The environment variable NNFS_BACKEND
chooses the backend at import: ``numpy``, ``cython``, or ``auto``, the default, which takes the compiled kernels if they
load, and otherwise NumPy, with one warning. Layers never ask which backend is in use. `use_backend` switches it for
tests and benchmarks.
"""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import cast

from ..errors import BackendError
from .interface import KERNEL_NAMES as KERNEL_NAMES
from .interface import Array as Array
from .interface import Kernels
from .interface import Padding as Padding
from .interface import Window as Window

BACKENDS = ("numpy", "cython")

kernels = cast("Kernels", SimpleNamespace())
"""The kernels of the backend in use."""
backend = "numpy"
"""The name of the backend in use."""
reason = ""
"""Why this backend is in use, in words."""


def load_backend(name: str) -> ModuleType:
    """Return the module with the kernels of the backend ``name``; raise `BackendError` if it cannot be loaded."""
    if name == "numpy":
        return importlib.import_module(".reference", __name__)
    if name != "cython":
        text = f"NNFS_BACKEND is {name!r}; it must be one of 'auto', 'numpy', 'cython'"
        raise BackendError(text)
    try:
        return importlib.import_module(".compiled", __name__)
    except BackendError:  # NNFS_ISA or NNFS_NUM_THREADS has a wrong value
        raise
    except ImportError as error:
        raise BackendError(
            f"the backend 'cython' cannot be loaded: {error}. Install nnfs with a C compiler at hand, "
            "or choose NNFS_BACKEND=numpy",
        ) from error


def available_backends() -> list[str]:
    """Return the names of the backends that load on this machine."""
    available = []
    for name in BACKENDS:
        try:
            load_backend(name)
        except BackendError:
            continue
        available.append(name)
    return available


@contextmanager
def use_backend(name: str) -> Iterator[None]:
    """Use the backend ``name`` within a ``with`` statement, for tests and benchmarks; it is not thread-safe."""
    before = backend, reason
    _activate(name, load_backend(name), "use_backend")
    try:
        yield
    finally:
        _activate(before[0], load_backend(before[0]), before[1])


def _activate(name: str, module: ModuleType, why: str) -> None:
    global backend, reason
    vars(kernels).update(vars(module.kernels))
    backend, reason = name, why


def _choose() -> None:
    wanted = os.environ.get("NNFS_BACKEND", "")
    if wanted not in ("", "auto"):
        _activate(wanted, load_backend(wanted), f"NNFS_BACKEND={wanted}")
        return
    try:
        _activate("cython", load_backend("cython"), "compiled kernels found")
    except BackendError as error:
        if error.__cause__ is None:
            raise
        why = str(error.__cause__)
        _activate("numpy", load_backend("numpy"), why)
        if not _installed_without_kernels():
            warnings.warn(f"nnfs runs on plain NumPy, which is slower: {why}", RuntimeWarning, stacklevel=2)


def _installed_without_kernels() -> bool:
    """Return whether the build was told to leave the kernels out (meson option ``kernels=disabled``)."""
    try:
        built = importlib.import_module("._built", __name__)
    except ImportError:
        return False
    return not built.KERNELS


_choose()
