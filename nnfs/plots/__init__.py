"""Plots of networks and their training, drawn with matplotlib: ``pip install "nnfs-cython[report]"``.

Every function returns a new matplotlib figure; ``figure.savefig("name.png")`` writes it. Nothing is shown on the
screen, and matplotlib's global state (pyplot) is not changed.
"""

from .decision_boundary import plot_decision_boundary
from .feature_maps import MAPS_IN_A_LINE, plot_feature_maps
from .figure import BLUE, COLOURS, GREEN, GREY, ORANGE, POINTS
from .fitted_line import plot_fitted_line
from .history import plot_history
from .losses import plot_losses
from .wrong_images import plot_wrong_images

__all__ = [
    "BLUE",
    "COLOURS",
    "GREEN",
    "GREY",
    "MAPS_IN_A_LINE",
    "ORANGE",
    "POINTS",
    "plot_decision_boundary",
    "plot_feature_maps",
    "plot_fitted_line",
    "plot_history",
    "plot_losses",
    "plot_wrong_images",
]
