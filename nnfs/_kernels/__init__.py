"""The kernels of the chosen backend, under the names of `interface.Kernels`.

The choice is made once, at import, by NNFS_BACKEND: ``auto`` (the default; compiled where it loads, else
NumPy with one warning), ``numpy`` or ``cython``. Layers call ``kernels.conv2d_forward(...)`` on this
package and never ask which backend answers; `use_backend` switches it for tests and benchmarks.
"""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import BackendError
from .interface import KERNEL_NAMES as KERNEL_NAMES
from .interface import Array as Array
from .interface import Kernels
from .interface import Padding as Padding
from .interface import Window as Window

# `_activate` puts the kernels of the chosen backend under these names. The reference is not read where it is not used.
if TYPE_CHECKING:
    from .reference import adam_update as adam_update
    from .reference import add_noise as add_noise
    from .reference import all_finite as all_finite
    from .reference import avgpool2d_backward as avgpool2d_backward
    from .reference import avgpool2d_forward as avgpool2d_forward
    from .reference import batchnorm_apply as batchnorm_apply
    from .reference import batchnorm_backward as batchnorm_backward
    from .reference import batchnorm_forward as batchnorm_forward
    from .reference import conv2d_backward_input as conv2d_backward_input
    from .reference import conv2d_backward_params as conv2d_backward_params
    from .reference import conv2d_forward as conv2d_forward
    from .reference import conv2d_relu_backward as conv2d_relu_backward
    from .reference import conv2d_relu_forward as conv2d_relu_forward
    from .reference import conv2d_relu_maxpool2d_backward as conv2d_relu_maxpool2d_backward
    from .reference import conv2d_relu_maxpool2d_forward as conv2d_relu_maxpool2d_forward
    from .reference import dense_backward_input as dense_backward_input
    from .reference import dense_backward_params as dense_backward_params
    from .reference import dense_forward as dense_forward
    from .reference import dense_relu_backward as dense_relu_backward
    from .reference import dense_relu_forward as dense_relu_forward
    from .reference import dropout as dropout
    from .reference import elu_backward as elu_backward
    from .reference import elu_forward as elu_forward
    from .reference import fill as fill
    from .reference import gelu_backward as gelu_backward
    from .reference import gelu_forward as gelu_forward
    from .reference import layernorm_backward as layernorm_backward
    from .reference import layernorm_forward as layernorm_forward
    from .reference import maxpool2d_backward as maxpool2d_backward
    from .reference import maxpool2d_forward as maxpool2d_forward
    from .reference import mean_squared_error as mean_squared_error
    from .reference import pad2d_backward as pad2d_backward
    from .reference import pad2d_forward as pad2d_forward
    from .reference import relu_backward as relu_backward
    from .reference import relu_forward as relu_forward
    from .reference import rmsprop_update as rmsprop_update
    from .reference import rotate2d as rotate2d
    from .reference import sgd_update as sgd_update
    from .reference import silu_backward as silu_backward
    from .reference import silu_forward as silu_forward
    from .reference import softmax_cross_entropy as softmax_cross_entropy
    from .reference import softplus_backward as softplus_backward
    from .reference import softplus_forward as softplus_forward

BACKENDS = ("numpy", "cython")

backend = "numpy"
"""The name of the backend in use."""
reason = ""
"""Why it is in use, in words."""


def load_backend(name: str) -> Kernels:
    """Return the module of the backend ``name``; raise `BackendError` where it cannot be loaded."""
    if name == "numpy":
        return importlib.import_module(".reference", __name__)
    if name != "cython":
        text = f"NNFS_BACKEND is {name!r}; it must be one of 'auto', 'numpy', 'cython'"
        raise BackendError(text, got=name, wanted=("auto", *BACKENDS))
    try:
        return importlib.import_module(".compiled", __name__)
    except BackendError:  # NNFS_ISA or NNFS_NUM_THREADS asks for what there is not
        raise
    except ImportError as error:
        raise BackendError(
            f"the backend 'cython' cannot be loaded: {error}. Install nnfs with a C compiler at hand, "
            "or choose NNFS_BACKEND=numpy",
            got=name,
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
    """Run the body with the backend ``name``: for tests and benchmarks, not thread-safe."""
    before = backend, reason
    _activate(name, load_backend(name), "use_backend")
    try:
        yield
    finally:
        _activate(before[0], load_backend(before[0]), before[1])


def _activate(name: str, module: Kernels, why: str) -> None:
    names = globals()
    for kernel in KERNEL_NAMES:
        names[kernel] = getattr(module, kernel)
    names["backend"], names["reason"] = name, why


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
