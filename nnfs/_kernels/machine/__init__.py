"""What all compiled kernels use: vectors, a team of threads, the arguments of a call, and the product of matrices."""
