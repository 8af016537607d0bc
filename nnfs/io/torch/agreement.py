"""Whether a network and its copy in PyTorch agree: outputs of each layer, loss, and the gradient of each parameter.

Two programs that add the same numbers in another order differ by rounding. A sum of n terms is off by about sqrt(n)
roundings, and what a layer is off by goes on to all that is computed from it. So the tolerance of a number is::

    16 eps S a

eps is the rounding of the network's type, 1.2e-7 for float32 and 2.2e-16 for float64. S adds sqrt(n) for every layer
that the number comes from: all before it, and for gradients also the loss and all layers behind it on the way back. a
is the largest number of the array. For gradients that nearly cancel it is what n terms of the usual size may sum to.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...arguments.shapes import Shape
from ...layers import BatchNorm, Layer, LayerNorm, Softmax
from ...layers.chain import Chain
from ...layers.container import Container
from ...losses import BinaryCrossEntropy, CrossEntropy
from ...optimizers import SGD
from ...sequential import Sequential
from ...training.trainer import Trainer
from .twin import TorchTwin

MARGIN = 16
"""How many times the expected rounding a difference may be. The largest that was seen is 9."""


@dataclass(frozen=True)
class Difference:
    """The largest difference between two arrays, of nnfs and of PyTorch.

    Attributes
    ----------
    layer : str
        The layer and its place, such as ``0, Conv2D(8, 3)``; "" for the loss.
    what : str
        "outputs", "loss", "gradient of weight", or the name of a buffer, such as "running_mean".
    largest : float
        The largest absolute difference; NaN where a number is not finite in one of the two alone.
    roundings, size, eps : float
        S, a and eps, of which the tolerance is made.
    """

    layer: str
    what: str
    largest: float
    roundings: float
    size: float
    eps: float

    @property
    def tolerance(self) -> float:
        """What the difference may be by rounding."""
        return MARGIN * self.eps * self.roundings * self.size

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance."""
        return self.largest <= self.tolerance


def differences(network: Sequential, twin: TorchTwin, x: Array, y: Array) -> list[Difference]:
    """Return the differences of one prediction and one pass of training of a batch x, y, which was checked.

    Outputs are those of a prediction, layer by layer: dropout does nothing, and batches are normalized by running
    statistics. Loss, gradients and buffers are those of training: dropout drops the same units in both, and batches
    are normalized by themselves. The weights of the network stay as they are, its running statistics move.
    """
    return [*_outputs(network, twin, x), *_training(network, twin, x, y)]


def _outputs(network: Sequential, twin: TorchTwin, x: Array) -> Iterator[Difference]:
    total, eps = 0.0, float(np.finfo(network.dtype).eps)
    twin.model.eval()
    theirs = twin.torch.tensor(x)
    for index, ((layer, ours), module) in enumerate(zip(network.trace(x), twin.model, strict=True)):
        with twin.torch.no_grad():
            theirs = module(theirs)
        total += _roundings(layer, network.shapes[index], 1)
        wanted = theirs.numpy()
        yield Difference(f"{index}, {layer!r}", "outputs", _largest(ours, wanted), total, _size(wanted), eps)
    yield Difference("", "outputs of predict", _largest(network.predict(x), wanted), total, _size(wanted), eps)


def _training(network: Sequential, twin: TorchTwin, x: Array, y: Array) -> Iterator[Difference]:
    eps = float(np.finfo(network.dtype).eps)
    loss = Trainer(network, loss=twin.loss, optimizer=SGD(0.0)).step(x, y)
    their_loss, outputs = _their_pass(twin, x, y)
    arrays = [x, *(output.detach().numpy() for output in outputs)]
    gradients = [_gradient(output) for output in outputs]
    roundings = [_roundings(layer, shape, len(x)) for layer, shape in zip(network.layers, network.shapes, strict=False)]
    forward, last = sum(roundings), gradients[-1]
    is_entropy = isinstance(twin.loss, CrossEntropy | BinaryCrossEntropy)
    logits = _size(arrays[-1])
    own = 1.0 if is_entropy else 0.0  # it is log(1 + what is left): what is left may be far less than the rounding of 1
    size = abs(their_loss) or 1.0
    through_logits = logits * forward * float(np.abs(last).sum()) + own
    yield Difference("", "loss", _largest(loss, their_loss), 1 + through_logits / size, size, eps)
    theirs = dict(twin.model.named_parameters(remove_duplicate=False))
    total = _after_loss(forward, arrays[-1], y, last, is_entropy)
    for index in reversed(range(len(network.layers))):
        layer, gradient = network.layers[index], gradients[index]
        count = gradient.size // max(1, gradient.shape[1])  # the terms of the sum that gives a bias
        usual = _rms(gradient) * math.sqrt(count) * _rms(arrays[index])
        for name, parameter in layer.parameters.items():
            wanted = theirs[f"{index}.{name}"].grad.numpy()
            apart, size = _largest(parameter.grad, wanted), max(_size(wanted), usual)
            yield Difference(f"{index}, {layer!r}", f"gradient of {name}", apart, total + math.sqrt(count), size, eps)
        total += roundings[index]
    yield from _buffers(network, dict(twin.model.named_buffers(remove_duplicate=False)), forward, eps)


def _their_pass(twin: TorchTwin, x: Array, y: Array) -> tuple[float, list[Any]]:
    """Return PyTorch's loss in training, and the outputs of each module, which hold their gradients."""
    twin.model.train()
    twin.model.zero_grad()
    tensor, outputs = twin.torch.tensor(x, requires_grad=True), []
    for module in twin.model:
        tensor = module(tensor)
        tensor.retain_grad()
        outputs.append(tensor)
    loss = twin.criterion(tensor, twin.torch.tensor(y))
    loss.backward()
    return float(loss.item()), outputs


def _buffers(network: Sequential, theirs: Mapping[str, Any], total: float, eps: float) -> Iterator[Difference]:
    for index, layer in enumerate(network.layers):
        for name, buffer in layer.buffers.items():
            wanted = theirs[f"{index}.{name}"].numpy()
            yield Difference(f"{index}, {layer!r}", name, _largest(buffer, wanted), total, _size(wanted), eps)


def _after_loss(forward: float, outputs: Array, targets: Array, gradient: Array, is_entropy: bool) -> float:
    """Return S for the gradient of the loss: what its outputs are off by, and what a difference near 0 adds.

    A gradient of cross-entropy is p - q, divided by the samples: near 0, it has the rounding of p, which is near 1.
    That of other losses is the difference of outputs and targets.
    """
    largest = _size(gradient) or 1.0
    if is_entropy:
        return forward * max(1.0, _size(outputs)) + 1 / (len(outputs) * largest)
    unit = 2 / outputs.size * max(_size(outputs), _size(targets))
    return forward * max(1.0, unit / largest)


def _roundings(layer: Layer, shape: Shape, rows: int) -> float:
    """Return sqrt(n) for the n terms of a sum in the layer; of layers within it, the sum of it for all of them."""
    if isinstance(layer, Container):
        return 1 + sum(_of_chain(chain, rows) for chain in layer.chains.values())
    outputs = math.prod(layer.output_shape(shape))
    terms = max(1, layer.multiply_adds(shape) // outputs, math.prod(shape) // outputs)
    if isinstance(layer, BatchNorm):
        terms = max(terms, rows * math.prod(shape[1:]))
    elif isinstance(layer, LayerNorm | Softmax):
        terms = max(terms, math.prod(shape))
    return math.sqrt(terms)


def _of_chain(chain: Chain, rows: int) -> float:
    return sum(_roundings(layer, shape, rows) for layer, shape in zip(chain, chain.shapes, strict=False))


def _gradient(tensor: Any) -> Array:
    return np.zeros(tuple(tensor.shape)) if tensor.grad is None else tensor.grad.numpy()


def _largest(ours: Any, theirs: Any) -> float:
    """Return the largest absolute difference; equal infinities and NaN in both do not differ."""
    a, b = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if not a.size:
        return 0.0
    with np.errstate(all="ignore"):
        apart = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
    return float(apart.max())


def _size(array: Any) -> float:
    return float(np.abs(array).max(initial=0))


def _rms(array: Array) -> float:
    return math.sqrt(float(np.square(array, dtype=np.float64).mean())) if array.size else 0.0
