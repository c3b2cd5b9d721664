"""Elementary and special functions of vectors, which kernels are made of."""
