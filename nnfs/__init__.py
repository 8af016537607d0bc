"""nnfs: neural networks from scratch, that you can read, check and trust, and that are fast."""

from . import data as data
from . import initializers as initializers
from . import losses as losses
from . import metrics as metrics
from . import optimizers as optimizers
from . import schedules as schedules
from ._kernels.threads import get_num_threads as get_num_threads
from ._kernels.threads import set_num_threads as set_num_threads
from .errors import BackendError as BackendError
from .errors import ChecksumError as ChecksumError
from .errors import DTypeError as DTypeError
from .errors import FormatError as FormatError
from .errors import NumericError as NumericError
from .errors import ShapeError as ShapeError
from .errors import UnsupportedError as UnsupportedError
from .errors import WorkerError as WorkerError
from .history import History as History
from .io import load as load
from .io import save as save
from .layers import Conv2D as Conv2D
from .layers import Dense as Dense
from .layers import Dropout as Dropout
from .layers import Flatten as Flatten
from .layers import Layer as Layer
from .layers import LeakyReLU as LeakyReLU
from .layers import MaxPool2D as MaxPool2D
from .layers import Padding2D as Padding2D
from .layers import ReLU as ReLU
from .layers import Sigmoid as Sigmoid
from .layers import Softmax as Softmax
from .layers import Tanh as Tanh
from .models import CNN as CNN
from .models import NeuralNetwork as NeuralNetwork
from .network import Sequential as Sequential
from .parameter import Parameter as Parameter
from .training import Trainer as Trainer

__version__ = "0.1.0"
