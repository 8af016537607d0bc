"""A fitted pipeline of scalers and an estimator as one network, which takes the raw columns."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler
from sklearn.utils.validation import check_is_fitted

from .._kernels.interface import Array
from ..errors import DTypeError, ShapeError, UnsupportedError
from ..layers import Normalization
from ..layers.container import as_chain
from ..network.facts import Facts
from ..sequential import Sequential
from .estimator import NetworkEstimator


def to_network(pipeline: Any) -> Sequential:
    """Return a network that computes what a fitted pipeline of scalers and an estimator computes.

    Its first layer, a `Normalization`, is all scalers in one. So the network takes the raw columns, and a file of it,
    in any format, needs no scikit-learn.

    Parameters
    ----------
    pipeline : Pipeline or estimator
        Fitted: any number of StandardScaler, MinMaxScaler and MaxAbsScaler, then `NNClassifier` or `NNRegressor`.

    Raises
    ------
    UnsupportedError
        For a step that is no such scaler; the message names it.
    DTypeError
        Where the last step is no estimator of nnfs.
    """
    steps = pipeline.steps if isinstance(pipeline, Pipeline) else [("the estimator", pipeline)]
    estimator = steps[-1][1]
    if not isinstance(estimator, NetworkEstimator):
        raise DTypeError(f"the last step must be NNClassifier or NNRegressor, got {type(estimator).__name__}")
    check_is_fitted(estimator)
    network = estimator.network_
    if len(network.input_shape) != 1:
        raise ShapeError(f"scalers are for rows of numbers (D,), got samples of shape {network.input_shape}")
    lines = [_as_line(name, scaler) for name, scaler in steps[:-1] if scaler not in (None, "passthrough")]
    own = as_chain(copy.deepcopy(list(network.layers)), "layers")
    for _, chain, index in own.walk():
        chain[index].built_for = None
    front = [Normalization()] if lines else []
    made = Sequential([*front, *own], network.input_shape, seed=network.seed, dtype=network.dtype)
    state = {_moved(name, len(front)): array for name, array in network.state_dict().items()}
    if lines:
        factor, shift = lines[0]
        for times, plus in lines[1:]:
            factor, shift = factor * times, shift * times + plus
        state["0.mean"], state["0.scale"] = (-shift / factor).astype(made.dtype), (1 / factor).astype(made.dtype)
    made.load_state_dict(state)
    names = getattr(pipeline, "feature_names_in_", getattr(estimator, "feature_names_in_", ()))
    known = {name: getattr(network.facts, name) for name in ("class_names", "target")}
    made.facts, made.loss = Facts(**known, columns=[str(name) for name in names]), network.loss
    return made


def _as_line(name: str, scaler: Any) -> tuple[Array, Array]:
    """Return a and b of a fitted scaler, which computes a x + b for each column."""
    if type(scaler) is StandardScaler:
        times = 1 / scaler.scale_ if scaler.with_std else np.ones(scaler.n_features_in_)
        return times, -scaler.mean_ * times if scaler.with_mean else np.zeros(scaler.n_features_in_)
    if type(scaler) is MinMaxScaler and not scaler.clip:
        return scaler.scale_, scaler.min_
    if type(scaler) is MaxAbsScaler and not getattr(scaler, "clip", False):
        return 1 / scaler.scale_, np.zeros(scaler.n_features_in_)
    clips = " with clip=True" if getattr(scaler, "clip", False) else ""
    raise UnsupportedError(
        f"step {name!r}, {type(scaler).__name__}{clips}, cannot become a layer; wanted StandardScaler, MinMaxScaler or "
        "MaxAbsScaler. Try: joblib.dump(pipeline, ...) keeps the whole pipeline"
    )


def _moved(name: str, layers: int) -> str:
    """Return the name of an array where more layers stand in front."""
    number, _, rest = name.partition(".")
    return f"{int(number) + layers}.{rest}"
