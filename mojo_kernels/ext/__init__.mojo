"""One file per Python extension: `PyInit_NAME` and the kernels it registers, no arithmetic."""
