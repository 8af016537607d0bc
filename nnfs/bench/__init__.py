"""Measurements: nnfs beside PyTorch and onnxruntime, and beside what the machine can do at most."""

from .clock import Times as Times
from .clock import interleave as interleave
from .comparison import COMPARISONS as COMPARISONS
from .comparison import compare as compare
from .comparison import comparison_table as comparison_table
from .contestants import CHANNELS_LAST as CHANNELS_LAST
from .contestants import TORCH as TORCH
from .contestants import installed_rivals as installed_rivals
from .contestants import nnfs_passes as nnfs_passes
from .contestants import nnfs_step as nnfs_step
from .contestants import torch_passes as torch_passes
from .contestants import torch_step as torch_step
from .headings import machine_line as machine_line
from .headings import peaks_line as peaks_line
from .limits import Peaks as Peaks
from .limits import forward_operations as forward_operations
from .limits import measure_peaks as measure_peaks
from .limits import step_operations as step_operations
from .networks import NETWORKS as NETWORKS
from .networks import Network as Network
from .networks import find_network as find_network
from .profile import profile as profile
from .profile import profile_table as profile_table
from .table import table as table
