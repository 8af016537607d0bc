"""Every kernel in plain NumPy: the specification that the compiled kernels are tested against, one topic a file.

Read it beside `interface`, which states each formula. Nothing here is clever.
"""

from .activations import elu_backward as elu_backward
from .activations import elu_forward as elu_forward
from .activations import gelu_backward as gelu_backward
from .activations import gelu_forward as gelu_forward
from .activations import relu_backward as relu_backward
from .activations import relu_forward as relu_forward
from .activations import silu_backward as silu_backward
from .activations import silu_forward as silu_forward
from .activations import softplus_backward as softplus_backward
from .activations import softplus_forward as softplus_forward
from .dense import dense_backward_input as dense_backward_input
from .dense import dense_backward_params as dense_backward_params
from .dense import dense_forward as dense_forward
from .dropout import dropout as dropout
from .fused import conv2d_relu_backward as conv2d_relu_backward
from .fused import conv2d_relu_forward as conv2d_relu_forward
from .fused import conv2d_relu_maxpool2d_backward as conv2d_relu_maxpool2d_backward
from .fused import conv2d_relu_maxpool2d_forward as conv2d_relu_maxpool2d_forward
from .fused import dense_relu_backward as dense_relu_backward
from .fused import dense_relu_forward as dense_relu_forward
from .losses import all_finite as all_finite
from .losses import fill as fill
from .losses import mean_squared_error as mean_squared_error
from .losses import softmax_cross_entropy as softmax_cross_entropy
from .noise import add_noise as add_noise
from .normalization import batchnorm_apply as batchnorm_apply
from .normalization import batchnorm_backward as batchnorm_backward
from .normalization import batchnorm_forward as batchnorm_forward
from .normalization import layernorm_backward as layernorm_backward
from .normalization import layernorm_forward as layernorm_forward
from .optimizers import adam_update as adam_update
from .optimizers import rmsprop_update as rmsprop_update
from .optimizers import sgd_update as sgd_update
from .rotation import rotate2d as rotate2d
from .windows import avgpool2d_backward as avgpool2d_backward
from .windows import avgpool2d_forward as avgpool2d_forward
from .windows import conv2d_backward_input as conv2d_backward_input
from .windows import conv2d_backward_params as conv2d_backward_params
from .windows import conv2d_forward as conv2d_forward
from .windows import maxpool2d_backward as maxpool2d_backward
from .windows import maxpool2d_forward as maxpool2d_forward
from .windows import pad2d_backward as pad2d_backward
from .windows import pad2d_forward as pad2d_forward

uses_blas = True
"""Whether the bits of a product are those of NumPy's BLAS, which depend on its threads."""
