"""The conversion of a plain ``torch.nn.Sequential`` into a network; PyTorch itself is never imported here."""

from __future__ import annotations

from collections.abc import Iterator

from ..._kernels.interface import Array
from ...arguments.arrays import FLOATS
from ...arguments.shapes import Shape, as_shape
from ...errors import DTypeError, ShapeError, UnsupportedError
from ...layers import Flatten, Layer, Reshape
from ...layers.chain import MOST
from ...sequential import Sequential
from .conversions import CONVERSIONS, Module


def to_network(module: Module, input_shape: int | Shape, *, seed: int = 0) -> Sequential:
    """Convert a ``torch.nn.Sequential`` into a network with equal layers and weights, which can be trained.

    The modules of a Sequential within it become layers of the one network, and Identity is left out. Without either of
    these, the names of the weights do not change, so that ``net.state_dict()`` fits the module, too.

    Parameters
    ----------
    module : torch.nn.Sequential
        Not modified. Its weights, all float32 or all float64, are copied. All of them are trained here, also those
        with ``requires_grad=False``.
    input_shape : int or tuple of int
        Shape of one sample, without the batch axis; PyTorch's modules do not hold it.
    seed : int
        The seed of the network's random numbers: shuffling, dropout.

    Returns
    -------
    Sequential
        A new network that computes the outputs of the module.

    Raises
    ------
    UnsupportedError
        For a module or an option that no layer of nnfs has, for hooks, and for a class of your own; the message names
        the place in the module, what was got and what is supported.
    ShapeError
        When a module cannot take the output of the one before, or has sizes that the layer refuses.
    DTypeError
        For anything else than a ``torch.nn.Sequential``.
    """
    if _kind(module) != "Sequential":
        raise DTypeError(
            f"to_network: module must be a plain torch.nn.Sequential, got {type(module).__name__}; a network with a "
            "forward of its own comes in as ONNX: torch.onnx.export, then nnfs.io.onnx.load(path).to_network()"
        )
    shape = start = as_shape(input_shape, "input_shape")
    layers: list[Layer] = []
    given: list[tuple[str, list[Layer], dict[str, Array]]] = []
    owners: dict[int, str] = {}
    for place, part in _parts(module):
        where = f"to_network: module {place}".rstrip() + f", {type(part).__name__}"
        try:
            made, arrays = _convert(part, shape), _arrays(part, place, owners)
            for layer in made:
                shape = layer.output_shape(shape)
        except ShapeError as error:
            raise error.reworded(f"{where}: {error}") from None
        except (ValueError, TypeError, RuntimeError) as error:  # a layer may accept fewer values than PyTorch's module
            raise UnsupportedError(f"{where}: {error}", node=place, operator=type(part).__name__) from None
        if layers and isinstance(layers[-1], Reshape) and any(isinstance(layer, Flatten) for layer in made):
            layers.pop()  # so that AdaptiveAvgPool2d(1), Flatten() are two layers here too
        layers += made
        given.append((where, made, arrays))
    if not layers:
        raise UnsupportedError("to_network: the module has nothing that a layer does")
    floats = (array.dtype for *_, arrays in given for array in arrays.values() if array.dtype in FLOATS)
    network = Sequential(layers, start, seed=seed, dtype=next(floats, FLOATS[0]))
    for where, made, arrays in given:
        _fill(made, arrays, where)
    return network


def _parts(module: Module) -> Iterator[tuple[str, Module]]:
    """Yield a module and all modules within it, each with its place: "", ``0``, ``1``, ``3``, ``3.conv``, ..."""
    waiting, seen = [("", module)], 0
    while waiting:
        place, part = waiting.pop()
        seen += 1
        if seen > MOST:  # a Sequential may hold itself
            raise UnsupportedError(f"to_network: got more than {MOST} modules; a network has at most {MOST} layers")
        yield place, part
        if _kind(part) == "Sequential":
            # named_children() would leave out a module that occurs twice.
            inner = [(f"{place}.{name}".lstrip("."), child) for name, child in part._modules.items()]
            waiting += reversed(inner)


def _kind(module: Module) -> str | None:
    """Return the name of the class of a module if it is a class of PyTorch, else None.

    A subclass of the user's may compute something else.
    """
    kind = type(module)
    return kind.__name__ if kind.__module__.startswith("torch.nn.modules.") else None


def _convert(module: Module, shape: Shape) -> list[Layer]:
    """Return the layers that compute what a module computes for samples of ``shape``."""
    convert = CONVERSIONS.get(_kind(module) or "")
    if convert is None:
        raise UnsupportedError(f"no layer of nnfs does this; supported are {', '.join(CONVERSIONS)}")
    if "forward" in vars(module):
        raise UnsupportedError("forward: got one of its own, supported is that of the class")
    for hooks in ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks"):
        if getattr(module, hooks):
            raise UnsupportedError(f"{hooks}: got {len(getattr(module, hooks))}, supported is none")
    return convert(module, shape)


def _arrays(module: Module, place: str, owners: dict[int, str]) -> dict[str, Array]:
    """Return a module's own parameters and buffers by name, as arrays that share its memory.

    ``owners`` holds the place of each array that was seen before, by address; a shared one raises UnsupportedError.
    """
    arrays = {}
    for name, tensor in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)):
        dtype, device = str(tensor.dtype).removeprefix("torch."), tensor.device.type
        if device != "cpu":
            raise UnsupportedError(f"{name}: got a tensor on {device}, supported is cpu: module.cpu()")
        if dtype not in ("float32", "float64", "int64"):
            raise UnsupportedError(f"{name}: got {dtype}, supported are float32 and float64: module.float()")
        owner = owners.setdefault(tensor.data_ptr(), f"{place}.{name}")
        if tensor.numel() and owner != f"{place}.{name}":
            raise UnsupportedError(f"{name}: got the same tensor as {owner}, supported are weights of its own")
        arrays[name] = tensor.detach().numpy()
    return arrays


def _fill(layers: list[Layer], arrays: dict[str, Array], where: str) -> None:
    """Copy a module's arrays into the parameters and buffers with these names of the layers that it became."""
    own = {name: parameter.value for layer in layers for name, parameter in layer.parameters.items()}
    own |= {name: buffer for layer in layers for name, buffer in layer.buffers.items()}
    if set(own) != set(arrays):
        found, wanted = (", ".join(names) or "none" for names in (arrays, own))
        raise UnsupportedError(f"{where}: weights: got {found}, supported are {wanted}")
    for name, array in arrays.items():
        if (array.shape, array.dtype) != (own[name].shape, own[name].dtype):
            raise UnsupportedError(
                f"{where}: {name}: got {array.dtype} {array.shape}, wanted {own[name].dtype} {own[name].shape}"
            )
        own[name][...] = array
