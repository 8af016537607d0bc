"""What the kernels stand on: vectors, the team of threads, the arguments of a call, and the product of two matrices."""
