"""The compiled kernels: one source, built once for each instruction set and float type.

The build defines NNFS_REAL (float or double) and NNFS_LANES, how many of them make a vector, and gives each build a
name such as `_v4_float32`; `compiled` chooses among them. One extension holds all topics, since each extension brings
100 kB of Cython's own code with it; each topic is a file, included here, that states its loop order and why
the caches like it. What the signatures mean stands in `interface`.
"""

from libc.math cimport INFINITY
from libc.stdint cimport int64_t
from libc.stdlib cimport free
from libc.string cimport memcpy, memset

from nnfs._kernels.team cimport Task, run, run_whole, share

include "stamp.pyx"
include "vector.pyx"
include "arguments.pyx"
include "product.pyx"
include "planes.pyx"
include "padding.pyx"
include "winograd.pyx"
include "depthwise.pyx"
include "depthwise_params_gradient.pyx"
include "convolution.pyx"
include "convolution_input_gradient.pyx"
include "convolution_params_gradient.pyx"
include "winograd_gradients.pyx"
include "maxpool.pyx"
include "avgpool.pyx"
include "few_filters.pyx"
include "winners.pyx"
include "fused.pyx"
include "dense.pyx"
include "elementwise.pyx"
include "activations.pyx"
include "dropout.pyx"
include "noise.pyx"
include "rotation.pyx"
include "normalization.pyx"
include "batchnorm.pyx"
include "layernorm.pyx"
include "losses.pyx"
include "optimizers.pyx"
