"""Metrics: numbers that tell people how good predictions are.

Each metric is a function of targets and outputs, in scikit-learn's order. Labels (N,) and scores (N, K) cannot be
confused, so that functions of these take them in either order. Two arrays that look alike must be given by name:
``r2_score(targets=y, outputs=net.predict(x))``.

An evaluation adds up these metrics batch by batch, see `nnfs.training.running_metrics`. A function of your own is
called once with all outputs; `get_metrics` describes its arguments.
"""

from .arrays import as_pair, by_name
from .classification import accuracy, binary_accuracy, macro_f1, macro_precision, macro_recall, top_k_accuracy
from .confusion import confusion_matrix, confusion_of_scores, f1_score, macro, precision, recall
from .named import METRICS, TARGETS_FIRST, Metric, check_metrics, get_metrics, measure, measure_each
from .named import _TargetsFirst as _TargetsFirst  # older pickles of trainers and estimators name it here
from .regression import mean_absolute_error, r2_score, root_mean_squared_error

__all__ = [
    "METRICS",
    "TARGETS_FIRST",
    "Metric",
    "accuracy",
    "as_pair",
    "binary_accuracy",
    "by_name",
    "check_metrics",
    "confusion_matrix",
    "confusion_of_scores",
    "f1_score",
    "get_metrics",
    "macro",
    "macro_f1",
    "macro_precision",
    "macro_recall",
    "mean_absolute_error",
    "measure",
    "measure_each",
    "precision",
    "r2_score",
    "recall",
    "root_mean_squared_error",
    "top_k_accuracy",
]
