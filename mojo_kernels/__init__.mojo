"""All arithmetic of mocrograd: kernels over addresses, shapes and dtypes, for CPU and GPU.

A kernel is a struct that implements `Kernel` (runtime/kernel.mojo): how many independent units of work
its packed words describe, and how to do the units from `start` to `stop`. Everything else follows from
that: the scalar `original` form, the SIMD form under a fixed or a chosen number of workers, the GPU form,
and the name in the table that Python reads.

- `runtime/`: what every kernel shares (types, schedules, threads, storage, GPU launch, the call from Python).
- one file per family: the formulas, forward and gradient side by side.
- `matmul/`: an op too big for one file.
- `ext/`: one thin file per Python extension: its `PyInit_` and its list of kernels.
"""
