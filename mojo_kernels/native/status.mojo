"""What the functions of a C library return; pyfront/mocrograd/export/header.py tells them to C."""

from mojo_kernels.runtime.types import INDEX_OUT_OF_RANGE, OK as KERNEL_OK, OUT_OF_MEMORY

comptime OK = Int32(0)
"""All went well."""
comptime NULL = Int32(1)
"""An argument is a null pointer."""
comptime BATCH = Int32(2)
"""The model has no plan for the batch size."""
comptime UNREADABLE = Int32(3)
"""The file of weights cannot be opened or read."""
comptime DAMAGED = Int32(4)
"""The file of weights is damaged, or belongs to another model."""
comptime MEMORY = Int32(5)
"""There is no memory, or the system refuses a thread."""
comptime INDEX = Int32(6)
"""An index among the inputs is out of range."""
comptime BUSY = Int32(7)
"""Another thread runs the same model."""
comptime UNALIGNED = Int32(8)
"""The address of an input or an output is no multiple of its elements' size."""
comptime OVERLAP = Int32(9)
"""An output shares memory with an input or another output."""
comptime FAILED = Int32(10)
"""A kernel refused its operands, or is missing."""
comptime PROCESSOR = Int32(11)
"""The processor lacks instructions that the library was built for."""


def of_kernel(status: Int64) -> Int32:
    """Translates the status of a kernel.

    Args:
        status: What the kernel returned.

    Returns:
        What the library returns.
    """
    if status == KERNEL_OK:
        return OK
    if status == INDEX_OUT_OF_RANGE:
        return INDEX
    return MEMORY if status == OUT_OF_MEMORY else FAILED
