"""All arithmetic of mocrograd: kernels over addresses, shapes and dtypes, for CPU and GPU.

A kernel is a struct that implements `Kernel` (runtime/kernel.mojo): how many independent units of work
its packed words describe, and how to do the units from `start` to `stop`. Everything else follows from
that: the scalar `original` form, the SIMD form under a fixed or a chosen number of workers, the GPU form,
and the name in the table that Python reads.

Imports point down this list:

- `ext/`: one thin file per Python extension: its `PyInit_` and its list of kernels.
- `python/`: what knows Python: calls, tensor fields, plans, the kernel table.
- one file or folder per family of kernels: the formulas, forward and gradient side by side. Pointwise ops are lanes in
  `elementwise/`, of which `elementwise/pointwise.mojo` makes kernels.
- `numerics/`: elementary and special functions of vectors.
- `runtime/`: what every kernel shares: types, schedules, threads, storage, GPU launch.
"""
