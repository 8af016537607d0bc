"""Networks as scikit-learn estimators, `NNClassifier` and `NNRegressor`, for pipelines, grid searches and so on."""

try:
    from sklearn.utils.validation import validate_data as validate_data  # new in scikit-learn 1.6
except ImportError as error:
    raise ImportError('nnfs.sklearn needs scikit-learn 1.6 or later: pip install "nnfs-cython[sklearn]"') from error

from .classifier import NNClassifier
from .estimator import DTYPES, NetworkEstimator
from .regressor import NNRegressor
from .to_network import to_network

__all__ = ["DTYPES", "NNClassifier", "NNRegressor", "NetworkEstimator", "to_network"]
