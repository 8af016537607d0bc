"""The contract: one protocol a topic."""

from __future__ import annotations

import pytest

from nnfs._kernels.interface import KERNEL_NAMES, Kernels
from nnfs._kernels.reference import kernels as reference


@pytest.mark.parametrize("name", KERNEL_NAMES)
def test_contract_and_reference_of_a_kernel_are_files_of_one_name(name):
    contract, function = getattr(Kernels, name), getattr(reference, name)
    assert contract.__module__.replace(".interface.", ".reference.") == function.__module__


def test_every_kernel_is_declared_once():
    assert len(set(KERNEL_NAMES)) == len(KERNEL_NAMES) == len([n for n in dir(Kernels) if not n.startswith("_")])
