"""The extension `max_threads`: max's `parallelize` in the place of the team. It alone needs a run-time library, of
1.3 MB, and is loaded where MOCROGRAD_TEAM asks for it."""

from std.ffi import external_call

from mojo_kernels.python.extension import add_to_module, new_module
from mojo_kernels.python.table import Object
from mojo_kernels.runtime.parallelize import max_runner


@export
def PyInit_max_threads() abi("C") -> Object:
    """Makes the extension module, whose `runner` is the address of a context's `Runner`.

    Returns:
        The module.
    """
    var module = new_module("max_threads")
    add_to_module(module, "runner", external_call["PyLong_FromLongLong", Object](max_runner()))
    return module
