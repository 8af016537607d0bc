"""Networks from PyTorch's modules; PyTorch itself is never imported here."""

from .conversions import CONVERSIONS, Module
from .to_network import to_network

__all__ = ["CONVERSIONS", "Module", "to_network"]
