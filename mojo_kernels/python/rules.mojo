"""The gradients of nodes that direct calls recorded, without Python: what the `backward` of their classes computes.

A rule does the case that training loops are full of, where nothing is recorded. It refuses every other one: saved
tensors that were freed, packed or changed, layouts that no direct call takes. `backward` follows then, which also raises
the errors.
"""

from std.ffi import external_call

from mojo_kernels.python.call import Object, Objects, RuntimePointer
from mojo_kernels.python.direct.linear import linear_gradients, row_major
from mojo_kernels.python.direct.loss import cross_entropy_gradient
from mojo_kernels.python.direct.pointwise import (
    REFUSED,
    binary_gradients,
    binary_result,
    is_tensor,
    unary_gradient,
    unary_result,
)
from mojo_kernels.python.direct.record import (
    BINARY,
    CROSS_ENTROPY,
    LINEAR,
    NEGATES,
    PASSED,
    ROWS,
    SAVES_X,
    SUM,
    UNARY,
    VIEW,
    number_of,
    of_spec,
)
from mojo_kernels.python.direct.rows import softmax_gradient
from mojo_kernels.python.kinds import Cells, Results, drop, field, hold
from mojo_kernels.python.node import EDGES, KEPT, RULE, SAVED, SPEC, TIME, unchanged_since
from mojo_kernels.python.tensor import DENSE, SIZE, flag, item, new_view, with_stamp
from std.memory import stack_allocation

comptime MOST_RESULTS = 3
"""The most gradients that a rule computes."""


@always_inline
def _item(tuple: Object, i: Int) -> Object:
    return external_call["PyTuple_GetItem", Object](tuple, i)


@always_inline
def _holds(runtime: RuntimePointer, o: Object, count: Int) -> Bool:
    """Tells whether an object is a tuple of some items."""
    return o != 0 and field(o, 1) == runtime[].tuple_type and external_call["PyTuple_Size", Int](o) == count


def _wanted(runtime: RuntimePointer, node: Object, count: Int, asked: Int) -> Int:
    """Returns which gradients that are asked for go somewhere, as bits; -1 where there are more or fewer edges.
    """
    var edges = field(node, EDGES)
    if not _holds(runtime, edges, count):
        return -1
    var wants = 0
    for i in range(count):
        if _item(edges, i) != runtime[].none:
            wants |= 1 << i
    return wants & asked


def gradients_of(runtime: RuntimePointer, node: Object, grad: Object, asked: Int, results: Results) -> Int:
    """Computes the gradients of a node that has a rule.

    Args:
        runtime: The runtime.
        node: The node.
        grad: The gradient of its output.
        asked: Which gradients are asked for: 1 for the first, 2 for the second, and so on, added up.
        results: Where they go, at most `MOST_RESULTS`; 0 for those that are not wanted.

    Returns:
        Their number; 0 with an exception set; or `REFUSED`.
    """
    if not is_tensor(runtime, grad):
        return REFUSED
    var rule = field(node, RULE)
    if rule == PASSED:
        return _passed(runtime, node, grad, asked, results)
    if rule == SUM:
        return _one(runtime, _spread(runtime, node, grad), results)
    if rule == VIEW:
        return _one(runtime, _viewed(runtime, node, grad), results)
    var saved = field(node, SAVED)
    if not _holds(runtime, saved, 1 if rule == UNARY or rule == ROWS else 2):
        return REFUSED
    if not unchanged_since(runtime, saved, field(node, TIME)):
        return REFUSED
    var spec = field(node, SPEC)
    var names = of_spec(spec, 2)
    var first = _item(saved, 0)
    if rule == UNARY:
        if first == runtime[].none:
            return REFUSED
        var saves_x = Int(number_of(spec, 3) == SAVES_X)
        return _one(runtime, unary_gradient(runtime, names, first, grad, saves_x), results)
    if rule == ROWS:
        if first == runtime[].none:
            return REFUSED
        return _one(runtime, softmax_gradient(runtime, names, first, grad), results)
    var second = _item(saved, 1)
    var kept = field(node, KEPT)
    if rule != BINARY and second == runtime[].none:
        return REFUSED
    if rule == CROSS_ENTROPY:
        if first == runtime[].none or not _holds(runtime, kept, 4):
            return REFUSED
        return cross_entropy_gradient(runtime, names, first, second, kept, grad, results)
    if rule == LINEAR:
        var wants = _wanted(runtime, node, 3, asked)
        if wants < 0:
            return REFUSED
        return linear_gradients(runtime, names, grad, first, second, wants, results)
    var wants = _wanted(runtime, node, 2, asked)
    if wants < 0:
        return REFUSED
    var block = stack_allocation[2, Int]()
    var operands = Cells(unsafe_from_address=Int(block))
    var has_numbers = _holds(runtime, kept, 3)
    operands.unsafe_store(0, first if first != runtime[].none or not has_numbers else _item(kept, 0))
    operands.unsafe_store(1, second if second != runtime[].none or not has_numbers else _item(kept, 1))
    return binary_gradients(runtime, names, Objects(unsafe_from_address=Int(operands)), grad, wants, results)


@always_inline
def _one(runtime: RuntimePointer, result: Object, results: Results) -> Int:
    """Stores the one gradient of a node, a new reference, None where the general way must compute it."""
    if result == runtime[].none:
        drop(result)
        return REFUSED
    results.unsafe_store(0, result)
    return 0 if result == 0 else 1


def _passed(runtime: RuntimePointer, node: Object, grad: Object, asked: Int, results: Results) -> Int:
    """The gradients of a sum or a difference."""
    var wants = _wanted(runtime, node, 2, asked)
    if wants < 0:
        return REFUSED
    var second = 0
    if wants & 2 != 0:
        var spec = field(node, SPEC)
        if number_of(spec, 3) & NEGATES != 0:
            second = unary_result(runtime, of_spec(spec, 4), grad)
            if second == 0:
                return 0
            if second == runtime[].none:
                drop(second)
                return REFUSED
        else:
            second = hold(grad)
    results.unsafe_store(0, hold(grad) if wants & 1 != 0 else 0)
    results.unsafe_store(1, second)
    return 2


def _spread(runtime: RuntimePointer, node: Object, grad: Object) -> Object:
    """Returns the gradient of all elements of a sum: a scaled number, repeated; None where Python must do it.
    """
    var kept = field(node, KEPT)
    if not _holds(runtime, kept, 3) or not flag(grad, DENSE) or field(grad, SIZE) != 1:
        return hold(runtime[].none)
    var shape = _item(kept, 1)
    if field(shape, 1) != runtime[].tuple_type or field(_item(kept, 2), 1) != runtime[].float_type:
        return hold(runtime[].none)
    var scaled: Object
    if external_call["PyFloat_AsDouble", Float64](_item(kept, 2)) == 1:
        scaled = hold(grad)
    else:
        scaled = binary_result(runtime, of_spec(field(node, SPEC), 2), grad, _item(kept, 2))
        if scaled == 0 or scaled == runtime[].none:
            return scaled
    var rank = external_call["PyTuple_Size", Int](shape)
    var strides = external_call["PyTuple_New", Object](rank)
    var size = 1
    for i in range(rank):
        size *= item(shape, i)
        _ = external_call["PyTuple_SetItem", Int32](
            strides, i, external_call["PyLong_FromLongLong", Object](Int(0))
        )
    var view = new_view(runtime, with_stamp(runtime, scaled), shape, strides, 0, size)
    drop(strides)
    drop(scaled)
    return view


def _viewed(runtime: RuntimePointer, node: Object, grad: Object) -> Object:
    """Returns a gradient in the shape of a view's base; None where Python must do it."""
    var shape = field(node, KEPT)
    if shape == 0 or field(shape, 1) != runtime[].tuple_type or not flag(grad, DENSE):
        return hold(runtime[].none)
    var size = 1
    for i in range(external_call["PyTuple_Size", Int](shape)):
        size *= item(shape, i)
    if size != field(grad, SIZE) or external_call["PyErr_Occurred", Object]() != 0:
        external_call["PyErr_Clear", NoneType]()
        return hold(runtime[].none)
    var strides = row_major(shape)
    var view = new_view(runtime, with_stamp(runtime, grad), shape, strides, 0, size)
    drop(strides)
    return view
