"""The compiled kernels: one source, built once for each instruction set and float type.

The build defines NNFS_REAL (float or double) and NNFS_LANES, the number of them in a vector, and gives each extension
module a name such as `_v4_float32`; `compiled` chooses among them. One module holds all kernels, since each module
contains 100 kB of Cython's own code. Each topic is a file, included here, whose docstring states its loop order and how
it uses the caches. A file uses only what files above it define; its line `# Needs:` names these files. `interface`
documents what each kernel computes.
"""

from libc.math cimport INFINITY, NAN
from libc.stdint cimport int64_t
from libc.stdlib cimport free
from libc.string cimport memcpy, memset

from nnfs._kernels.machine.replay cimport perform
from nnfs._kernels.machine.team cimport Task, run, run_whole, thread_count

include "machine/stamp.pyx"
include "machine/vector.pyx"
include "machine/strides.pyx"
include "machine/transpose.pyx"
include "machine/arguments.pyx"
include "machine/product.pyx"
include "machine/tasks.pyx"
include "machine/elementary.pyx"

include "window.pyx"
include "elementwise.pyx"
include "padding.pyx"
include "maxpool.pyx"
include "avgpool.pyx"

include "convolution/planes.pyx"
include "convolution/winograd.pyx"
include "convolution/winograd_weights.pyx"
include "convolution/forward.pyx"
include "convolution/endings.pyx"
include "convolution/direct.pyx"
include "convolution/winograd_forward.pyx"
include "convolution/depthwise_strips.pyx"
include "convolution/depthwise.pyx"
include "convolution/depthwise_params_gradient.pyx"
include "convolution/params_gradient.pyx"
include "convolution/winograd_gradients.pyx"
include "convolution/unpooling.pyx"
include "convolution/input_gradient.pyx"
include "convolution/few_weights.pyx"
include "convolution/winners.pyx"
include "convolution/fused.pyx"
include "convolution/choice.pyx"

include "dense.pyx"
include "dense_gradients.pyx"

include "activations.pyx"
include "splitmix.pyx"
include "dropout.pyx"
include "noise.pyx"
include "rotation.pyx"

include "normalization.pyx"
include "batchnorm.pyx"
include "batchnorm_relu.pyx"
include "batchnorm_relu_gradients.pyx"
include "layernorm.pyx"

include "losses.pyx"
include "optimizers.pyx"
