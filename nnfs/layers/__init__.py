"""The layers, one a file."""

from .conv2d import Conv2D as Conv2D
from .dense import Dense as Dense
from .dropout import Dropout as Dropout
from .flatten import Flatten as Flatten
from .layer import Layer as Layer
from .leaky_relu import LeakyReLU as LeakyReLU
from .maxpool2d import MaxPool2D as MaxPool2D
from .padding2d import Padding2D as Padding2D
from .relu import ReLU as ReLU
from .sigmoid import Sigmoid as Sigmoid
from .softmax import Softmax as Softmax
from .tanh import Tanh as Tanh

LAYERS: dict[str, type[Layer]] = {
    layer.__name__: layer
    for layer in (
        Conv2D,
        Dense,
        Dropout,
        Flatten,
        LeakyReLU,
        MaxPool2D,
        Padding2D,
        ReLU,
        Sigmoid,
        Softmax,
        Tanh,
    )
}
"""The layers that a saved architecture can name."""
