"""Measurements: the time of nnfs beside that of PyTorch and onnxruntime, and beside the limits of the computer."""

from ..system.clock import Times, interleave
from ..system.table import table
from .comparison import COMPARISONS, compare, comparison_caveats, comparison_table
from .contestants import CHANNELS_LAST, TORCH, installed_rivals, nnfs_passes, nnfs_step, torch_passes, torch_step
from .headings import machine_line, peaks_line
from .networks import NETWORKS, RECENT, Network, find_network
from .profile import profile as profile
from .profile import profile_table
from .roofline import Peaks, forward_operations, measure_peaks, step_operations

# ``profile`` is left out of ``import *``: Python has a module of this name.
__all__ = [
    "CHANNELS_LAST",
    "COMPARISONS",
    "NETWORKS",
    "RECENT",
    "TORCH",
    "Network",
    "Peaks",
    "Times",
    "compare",
    "comparison_caveats",
    "comparison_table",
    "find_network",
    "forward_operations",
    "installed_rivals",
    "interleave",
    "machine_line",
    "measure_peaks",
    "nnfs_passes",
    "nnfs_step",
    "peaks_line",
    "profile_table",
    "step_operations",
    "table",
    "torch_passes",
    "torch_step",
]
