"""Direct calls that change a tensor in place and record it: pointwise ops that `backward` needs no old values of.

Where nothing is recorded they are those of into.mojo.
"""

from std.ffi import external_call

from mojo_kernels.python.call import Object, Objects, RuntimePointer, none, runtime_of
from mojo_kernels.python.direct.into import computed_into
from mojo_kernels.python.direct.pointwise import is_tensor
from mojo_kernels.python.direct.record import (
    SAVES_X,
    is_tracked,
    needs_first,
    number_of,
    of_spec,
    recorded_binary,
    recorded_unary,
)
from mojo_kernels.python.kinds import field
from mojo_kernels.python.node import recording
from mojo_kernels.python.tensor import GRAD_FN, IS_VIEW, REQUIRES_GRAD, STAMP, flag


@always_inline
def _may_record(runtime: RuntimePointer, target: Object) -> Bool:
    """Returns whether a tensor may become the result of a new node, and nothing else has to learn of it: it is no leaf
    that requires a gradient, no view, and has no views that know of it."""
    var node = field(target, GRAD_FN)
    if flag(target, IS_VIEW) or (flag(target, REQUIRES_GRAD) and (node == 0 or node == runtime[].none)):
        return False
    var stamp = field(target, STAMP)
    return (
        stamp == 0
        or stamp == runtime[].none
        or (field(stamp, 1) == runtime[].list_type and external_call["PyList_Size", Int](stamp) == 1)
    )


def unary_in_place(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Replaces the elements of a tensor by a function of them, and records it: (specification, x) -> x.

    Args:
        self_: The runtime.
        objects: The specification and the tensor.
        count: 2.

    Returns:
        The tensor; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var spec = objects.unsafe_load(0)
    var x = objects.unsafe_load(1)
    var operands = objects.unsafe_offset(1)
    var names = of_spec(spec, 1)
    if not is_tracked(runtime, x) or not recording(runtime):
        return computed_into[1](runtime, names, x, operands)
    if number_of(spec, 3) == SAVES_X or not _may_record(runtime, x):
        return none(runtime)
    var y = computed_into[1, records=True](runtime, names, x, operands)
    return y if y == 0 or y == runtime[].none else recorded_unary(runtime, spec, operands, y)


def binary_in_place(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Replaces the elements of a tensor by a function of them and others, and records it: (specification, a, b) -> a.

    Args:
        self_: The runtime.
        objects: The specification, the tensor, and a tensor or a number.
        count: 3.

    Returns:
        The tensor; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var spec = objects.unsafe_load(0)
    var a = objects.unsafe_load(1)
    var b = objects.unsafe_load(2)
    var operands = objects.unsafe_offset(1)
    var names = of_spec(spec, 1)
    var wants_a = is_tracked(runtime, a)
    var wants_b = is_tracked(runtime, b)
    if not (wants_a or wants_b) or not recording(runtime):
        return computed_into[2](runtime, names, a, operands)
    if not is_tensor(runtime, a) or needs_first(spec, wants_a, wants_b) or not _may_record(runtime, a):
        return none(runtime)
    var y = computed_into[2, records=True](runtime, names, a, operands)
    return y if y == 0 or y == runtime[].none else recorded_binary(runtime, spec, a, b, y)
