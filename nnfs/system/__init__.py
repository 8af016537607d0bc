"""The machine and its operating system: memory, files, signals, BLAS, floating-point warnings."""
