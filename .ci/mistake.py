"""Call a kernel with arrays that are too small. `.ci/sanitize` checks that the sanitizer reports this mistake."""

import sys

import numpy as np

from nnfs._kernels.compiled import kernels

x = np.ones((64, 64), np.float32)
if sys.argv[1] == "write":
    kernels.dense_forward(x, x, None, y=np.empty((1, 64), np.float32))
else:
    kernels.conv2d_forward(
        x.reshape(64, 1, 8, 8),
        np.ones((8, 1, 2, 2), np.float32),
        None,
        ((3, 3), (1, 1), (0, 0, 0, 0), (1, 1)),
        y=np.empty((64, 8, 6, 6), np.float32),
    )
