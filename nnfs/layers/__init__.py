"""The layers, one a file; a new one is one line here, and everything else is computed from it."""

from typing import TYPE_CHECKING, NoReturn

from ..arguments.elsewhere import no_attribute
from .avgpool1d import AvgPool1D as AvgPool1D
from .avgpool2d import AvgPool2D as AvgPool2D
from .batchnorm import BatchNorm as BatchNorm
from .clip import Clip as Clip
from .concat import Concat as Concat
from .conv1d import Conv1D as Conv1D
from .conv2d import Conv2D as Conv2D
from .conv_transpose2d import ConvTranspose2D as ConvTranspose2D
from .dense import Dense as Dense
from .dropout import Dropout as Dropout
from .elu import ELU as ELU
from .flatten import Flatten as Flatten
from .gate import Gate as Gate
from .gelu import GELU as GELU
from .global_avgpool1d import GlobalAvgPool1D as GlobalAvgPool1D
from .global_avgpool2d import GlobalAvgPool2D as GlobalAvgPool2D
from .global_maxpool1d import GlobalMaxPool1D as GlobalMaxPool1D
from .global_maxpool2d import GlobalMaxPool2D as GlobalMaxPool2D
from .groupnorm import GroupNorm as GroupNorm
from .hard_sigmoid import HardSigmoid as HardSigmoid
from .hard_swish import HardSwish as HardSwish
from .layer import Layer as Layer
from .layernorm import LayerNorm as LayerNorm
from .leaky_relu import LeakyReLU as LeakyReLU
from .log_softmax import LogSoftmax as LogSoftmax
from .maxpool1d import MaxPool1D as MaxPool1D
from .maxpool2d import MaxPool2D as MaxPool2D
from .mish import Mish as Mish
from .normalization import Normalization as Normalization
from .padding2d import Padding2D as Padding2D
from .permute import Permute as Permute
from .relu import ReLU as ReLU
from .reshape import Reshape as Reshape
from .residual import Residual as Residual
from .sigmoid import Sigmoid as Sigmoid
from .silu import SiLU as SiLU
from .softmax import Softmax as Softmax
from .softplus import Softplus as Softplus
from .softsign import Softsign as Softsign
from .tanh import Tanh as Tanh
from .upsample2d import Upsample2D as Upsample2D

LAYERS: dict[str, type[Layer]] = {
    name: value
    for name, value in sorted(vars().items())
    if isinstance(value, type) and issubclass(value, Layer) and value is not Layer
}
"""The layers by name, which a saved architecture has: all classes that are imported above, but `Layer` itself."""

if not TYPE_CHECKING:
    # A type checker reads the imports. A computed list would hide them, and __getattr__ would let any name pass.
    __all__ = ["Layer", *LAYERS]

    def __getattr__(name: str) -> NoReturn:
        raise no_attribute(__name__, name)
