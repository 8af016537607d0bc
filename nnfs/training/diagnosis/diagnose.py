"""Diagnose: look for everything that is known to go wrong with a network and its data."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...losses import Loss, loss_for
from ...network.network import Network
from ..gate import Gate
from ..history import History
from . import before, course, passes
from .activity import activity_of
from .case import Case
from .finding import Findings, untold


def diagnose(
    net: Network,
    x: Any,
    y: Any,
    *,
    loss: str | Loss | None = None,
    batch_size: int | None = None,
    shuffle: bool = True,
    history: History | None = None,
) -> Findings:
    """Return what is wrong with samples, network and training: a list of findings, empty where nothing is known.

    A finding has ``what`` is wrong, ``where``, what it ``got``, in numbers, and what to ``write``. One pass forward and
    backward is made, of 64 samples; nothing of the network changes. The shares and ratios from which something is told
    were chosen so that networks that train well have no finding: an empty list is no proof that all is well.

    Parameters
    ----------
    net : Network
        A network, trained or not.
    x, y : array (N, *input_shape), and its targets
        What it is trained on, as `nnfs.Sequential.fit` takes it; not modified.
    loss : str, Loss or None
        What it is trained for; None is the loss of the last training.
    batch_size : int or None
        How many samples a step takes, where you want that looked at.
    shuffle : bool
        Whether samples are shuffled in training.
    history : History or None
        What ``fit`` returned, for what is seen in losses.

    Raises
    ------
    ShapeError, DTypeError, ValueError, NumericError
        For samples that do not fit.
    """
    known = loss_for(loss, net.loss, "diagnose")
    x, y, _ = Gate(net, known).check_rows(x, y, None, "")
    case = Case(net, known, x, y, batch_size=batch_size, is_shuffled=shuffle, history=history)
    with np.errstate(all="ignore"):
        case.activity = activity_of(net, known, case.inputs, case.targets)
        symptoms = (*before.SYMPTOMS, *passes.SYMPTOMS, *course.SYMPTOMS)
        return Findings(untold(symptoms, case, case.told))
