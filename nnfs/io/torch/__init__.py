"""PyTorch's modules as networks, and networks beside their copy in PyTorch, which is imported where a copy is made."""

from .comparison import TorchComparison, compare
from .conversions import CONVERSIONS, Module
from .to_network import to_network

__all__ = ["CONVERSIONS", "Module", "TorchComparison", "compare", "to_network"]
