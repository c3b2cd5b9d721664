"""Direct calls that record what they compute: the result, its node, the node's edges and what it keeps, in one call.

Each takes a specification (node.mojo) and the operands. What a node keeps is what the class's own `forward` keeps.
"""

from std.memory import stack_allocation
from std.ffi import external_call

from mojo_kernels.python.call import Object, Objects, RuntimePointer, none, runtime_of
from mojo_kernels.python.direct.batched import batched_product, has_batch
from mojo_kernels.python.direct.linear import product, rank_of, vector_product
from mojo_kernels.python.direct.pointwise import (
    binary_result,
    is_tensor,
    itemsize_of,
    same_shape,
    unary_result,
)
from mojo_kernels.python.direct.sum import sum_along_result, sum_result
from mojo_kernels.python.kinds import Cells, drop, field, hold
from mojo_kernels.python.node import (
    KEPT,
    RULE,
    SAVED,
    SAVED_OUTPUTS,
    attached,
    edges_of,
    new_node,
    pair,
    recording,
)
from mojo_kernels.python.tensor import REQUIRES_GRAD, SHAPE, SIZE, flag, item, new_alias, with_stamp

# The rules by which backward.mojo computes the gradients of a node.
comptime UNARY = 1
"""A fused kernel of one operand: (class, forward names, backward names, what is saved)."""
comptime BINARY = 2
"""A fused kernel of two operands: (class, forward names, backward names, needs)."""
comptime PASSED = 3
"""The gradient itself: (class, forward names, backward names, needs, names of neg)."""
comptime LINEAR = 4
"""A linear layer: (class, forward names, backward names)."""
comptime SUM = 5
"""A scaled sum of all elements: (class, forward names, names of mul); keeps (None, shape, scale)."""
comptime CROSS_ENTROPY = 6
"""Cross-entropy: (class, forward names, backward names); keeps what forward found and its options."""
comptime VIEW = 7
"""The same elements in another shape: (class, arguments, rule); keeps the input's shape."""
comptime ROWS = 8
"""Softmax or log-softmax of rows: (class, forward names, backward names); saves the output."""

# What a function of one operand saves.
comptime SAVES_X = 1
"""The input."""
comptime _SAVES_Y = 2

# What a function of two operands needs, added up.
comptime _A_FOR_A = 1
comptime _A_FOR_B = 2
comptime _B_FOR_A = 4
comptime _B_FOR_B = 8
comptime _PASSES = 16
comptime NEGATES = 32
"""The second gradient is the negated one."""


@always_inline
def of_spec(spec: Object, i: Int) -> Object:
    """Returns an item of a specification.

    Args:
        spec: The specification.
        i: The index.

    Returns:
        A borrowed object.
    """
    return external_call["PyTuple_GetItem", Object](spec, i)


@always_inline
def number_of(spec: Object, i: Int) -> Int:
    """Returns a number of a specification.

    Args:
        spec: The specification.
        i: The index.

    Returns:
        The number.
    """
    return external_call["PyLong_AsLongLong", Int](of_spec(spec, i))


@always_inline
def wants(tensor: Object) -> Bool:
    """Returns whether there is a tensor that requires a gradient.

    Args:
        tensor: The tensor, or 0.

    Returns:
        Whether there is.
    """
    return tensor != 0 and flag(tensor, REQUIRES_GRAD)


@always_inline
def _single(a: Object) -> Object:
    """Returns a tuple of one object, a new reference to which it takes over."""
    var made = external_call["PyTuple_New", Object](Int(1))
    _ = external_call["PyTuple_SetItem", Int32](made, Int(0), a)
    return made


@always_inline
def two(a: Object, b: Object) -> Object:
    """Returns a tuple of two objects.

    Args:
        a: A new reference, which the tuple takes over.
        b: Another one.

    Returns:
        A new reference.
    """
    var made = external_call["PyTuple_New", Object](Int(2))
    _ = external_call["PyTuple_SetItem", Int32](made, Int(0), a)
    _ = external_call["PyTuple_SetItem", Int32](made, Int(1), b)
    return made


@always_inline
def three(a: Object, b: Object, c: Object) -> Object:
    """Returns a tuple of three objects.

    Args:
        a: A new reference, which the tuple takes over.
        b: Another one.
        c: Another one.

    Returns:
        A new reference.
    """
    var made = external_call["PyTuple_New", Object](Int(3))
    _ = external_call["PyTuple_SetItem", Int32](made, Int(0), a)
    _ = external_call["PyTuple_SetItem", Int32](made, Int(1), b)
    _ = external_call["PyTuple_SetItem", Int32](made, Int(2), c)
    return made


def node_of(runtime: RuntimePointer, spec: Object, rule: Int, operands: Cells, count: Int) -> Object:
    """Makes a node.

    Args:
        runtime: The runtime.
        spec: The specification.
        rule: The rule, 0 for none.
        operands: The arguments of forward; 0 stands for one that is no tensor.
        count: Their number.

    Returns:
        A new reference; or NULL with an exception set.
    """
    var node = new_node(spec, edges_of(runtime, Objects(unsafe_from_address=Int(operands)), count))
    if node != 0:
        Cells(unsafe_from_address=node).unsafe_store(RULE, rule)
    return node


def unary(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Computes and records a function of one tensor: (specification, x) -> y.

    Args:
        self_: The runtime.
        objects: The specification and the input.
        count: 2.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var spec = objects.unsafe_load(0)
    var x = objects.unsafe_load(1)
    var y = unary_result(runtime, of_spec(spec, 1), x)
    if y == 0 or y == runtime[].none or not wants(x) or not recording(runtime):
        return y
    return recorded_unary(runtime, spec, objects.unsafe_offset(1), y)


def recorded_unary(runtime: RuntimePointer, spec: Object, operands: Objects, y: Object) -> Object:
    """Records a function of one tensor.

    Args:
        runtime: The runtime.
        spec: The specification.
        operands: The input.
        y: The result, a new reference, which is given back after an exception.

    Returns:
        The result; or NULL with an exception set.
    """
    var x = operands.unsafe_load(0)
    var saves = number_of(spec, 3)
    var node = node_of(runtime, spec, UNARY if saves != 0 else 0, Cells(unsafe_from_address=Int(operands)), 1)
    if node == 0:
        drop(y)
        return 0
    var cells = Cells(unsafe_from_address=node)
    if saves == SAVES_X:
        cells.unsafe_store(SAVED, _single(hold(x)))
    elif saves == _SAVES_Y:
        save_result(runtime, node, y)
    return attached(runtime, node, y)


def save_result(runtime: RuntimePointer, node: Object, y: Object):
    """Saves the one output of a node, without the node, or the two would keep each other alive.

    Args:
        runtime: The runtime.
        node: The node.
        y: The output.
    """
    var cells = Cells(unsafe_from_address=node)
    cells.unsafe_store(SAVED, _single(new_alias(runtime, with_stamp(runtime, y))))
    cells.unsafe_store(SAVED_OUTPUTS, _single(pair(external_call["PyLong_FromLongLong", Object](Int(0)), 0)))


def binary(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Computes and records a function of two operands: (specification, a, b) -> y.

    Args:
        self_: The runtime.
        objects: The specification and the operands, of which one may be a number.
        count: 3.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var spec = objects.unsafe_load(0)
    var a = objects.unsafe_load(1)
    var b = objects.unsafe_load(2)
    var y = binary_result(runtime, of_spec(spec, 1), a, b)
    if y == 0 or y == runtime[].none:
        return y
    if not (is_tracked(runtime, a) or is_tracked(runtime, b)) or not recording(runtime):
        return y
    return recorded_binary(runtime, spec, a, b, y)


@always_inline
def is_tracked(runtime: RuntimePointer, operand: Object) -> Bool:
    """Returns whether an operand is a tensor that requires a gradient.

    Args:
        runtime: The runtime.
        operand: A tensor or a number.

    Returns:
        Whether it is.
    """
    return is_tensor(runtime, operand) and flag(operand, REQUIRES_GRAD)


def needs_first(spec: Object, wants_a: Bool, wants_b: Bool) -> Bool:
    """Returns whether the gradients of a function of two operands are computed of the first one.

    Args:
        spec: The specification.
        wants_a: Whether the gradient of the first operand is wanted.
        wants_b: Whether that of the second one is.

    Returns:
        Whether they are.
    """
    var needs = number_of(spec, 3)
    var for_a = (_A_FOR_A if wants_a else 0) | (_A_FOR_B if wants_b else 0)
    return needs & _PASSES == 0 and needs & for_a != 0


def recorded_binary(runtime: RuntimePointer, spec: Object, a: Object, b: Object, y: Object) -> Object:
    """Records a function of two operands.

    Args:
        runtime: The runtime.
        spec: The specification.
        a: The first operand.
        b: The second one; one of them may be a number.
        y: The result, a new reference, which is given back after an exception.

    Returns:
        The result; or NULL with an exception set.
    """
    var block = stack_allocation[2, Int]()
    var tensors = Cells(unsafe_from_address=Int(block))
    tensors.unsafe_store(0, a if is_tensor(runtime, a) else 0)
    tensors.unsafe_store(1, b if is_tensor(runtime, b) else 0)
    var wants_a = wants(tensors.unsafe_load(0))
    var wants_b = wants(tensors.unsafe_load(1))
    var needs = number_of(spec, 3)
    var apart = _is_broadcast(tensors.unsafe_load(0), y) or _is_broadcast(tensors.unsafe_load(1), y)
    var rule = 0
    if not apart:
        rule = PASSED if needs & _PASSES != 0 else BINARY if needs != 0 else 0
    var node = node_of(runtime, spec, rule, tensors, 2)
    if node == 0:
        drop(y)
        return 0
    var kernel = needs != 0 and needs & _PASSES == 0
    if apart or (kernel and (tensors.unsafe_load(0) == 0 or tensors.unsafe_load(1) == 0)):
        var shapes = two(
            _shape_of(tensors.unsafe_load(0)), _shape_of(tensors.unsafe_load(1))
        ) if apart else none(runtime)
        Cells(unsafe_from_address=node).unsafe_store(
            KEPT,
            three(
                _number_or_none(runtime, a, tensors.unsafe_load(0)),
                _number_or_none(runtime, b, tensors.unsafe_load(1)),
                shapes,
            ),
        )
    if kernel:
        var for_b = (_B_FOR_A if wants_a else 0) | (_B_FOR_B if wants_b else 0)
        Cells(unsafe_from_address=node).unsafe_store(
            SAVED,
            two(
                _tensor_or_none(runtime, tensors.unsafe_load(0), needs_first(spec, wants_a, wants_b)),
                _tensor_or_none(runtime, tensors.unsafe_load(1), needs & for_b != 0),
            ),
        )
    return attached(runtime, node, y)


@always_inline
def _is_broadcast(tensor: Object, result: Object) -> Bool:
    return tensor != 0 and not same_shape(tensor, result)


@always_inline
def _shape_of(tensor: Object) -> Object:
    return hold(field(tensor, SHAPE)) if tensor != 0 else external_call["PyTuple_New", Object](Int(0))


@always_inline
def _number_or_none(runtime: RuntimePointer, operand: Object, tensor: Object) -> Object:
    """Returns a new reference to an operand that is a number, as a float."""
    return none(runtime) if tensor != 0 else external_call["PyNumber_Float", Object](operand)


@always_inline
def _tensor_or_none(runtime: RuntimePointer, tensor: Object, keeps: Bool) -> Object:
    return hold(tensor) if tensor != 0 and keeps else none(runtime)


def linear(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Computes and records y = x w^T + bias: (specification, x, w, bias) -> y.

    Args:
        self_: The runtime.
        objects: The specification, x (..., K), a matrix w (N, K), a vector of N or None.
        count: 4.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    return _product[True](runtime_of(self_), objects)


def matmul(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Computes and records y = x w: (specification, x, w, None) -> y.

    Args:
        self_: The runtime.
        objects: The specification, x (..., M, K) and w (K, N) or (..., K, N), or x (M, K) or (K) and w (K); None.
        count: 4.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    return _product[False](runtime_of(self_), objects)


def _product[transposed: Bool](runtime: RuntimePointer, objects: Objects) -> Object:
    """Computes and records a product."""
    var spec = objects.unsafe_load(0)
    var x = objects.unsafe_load(1)
    var w = objects.unsafe_load(2)
    var bias = objects.unsafe_load(3)
    var names = of_spec(spec, 1)
    var y: Object
    var is_vector = not transposed and itemsize_of(runtime, w) != 0 and rank_of(w) == 1
    if is_vector:
        y = vector_product(runtime, names, x, w)
    elif transposed or not has_batch(runtime, x):
        y = product[transposed](runtime, names, x, w, bias)
    elif has_batch(runtime, w):
        y = batched_product(runtime, names, x, w)
    elif is_tensor(runtime, w) and (wants(x) or wants(w)) and recording(runtime):
        y = none(runtime)  # the gradient of w is a sum over the batch
    else:
        y = product[transposed](runtime, names, x, w, bias)
    if y == 0 or y == runtime[].none:
        return y
    var block = stack_allocation[3, Int]()
    var tensors = Cells(unsafe_from_address=Int(block))
    tensors.unsafe_store(0, x)
    tensors.unsafe_store(1, w)
    tensors.unsafe_store(2, bias if bias != runtime[].none else 0)
    if not (wants(x) or wants(w) or wants(tensors.unsafe_load(2))) or not recording(runtime):
        return y
    var node = node_of(runtime, spec, LINEAR if transposed else 0, tensors, 3 if transposed else 2)
    if node == 0:
        drop(y)
        return 0
    # The weight of a layer outlives its graph anyway; what else no gradient needs may be large.
    var kept_x = _tensor_or_none(runtime, x, wants(w))
    var kept_w = _tensor_or_none(runtime, w, transposed or wants(x))
    Cells(unsafe_from_address=node).unsafe_store(SAVED, two(kept_x, kept_w))
    if is_vector:
        Cells(unsafe_from_address=node).unsafe_store(KEPT, hold(field(x, SHAPE)))
    return attached(runtime, node, y)


def sum_all(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Adds up all elements, and records it: (specification, x, scale) -> a tensor of no dimensions.

    Args:
        self_: The runtime.
        objects: The specification, the input, a float.
        count: 3.

    Returns:
        The scaled sum; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var spec = objects.unsafe_load(0)
    var x = objects.unsafe_load(1)
    var scale = objects.unsafe_load(2)
    var y = sum_result(runtime, of_spec(spec, 1), x, scale)
    if y == 0 or y == runtime[].none or not wants(x) or not recording(runtime):
        return y
    var node = node_of(runtime, spec, SUM, Cells(unsafe_from_address=Int(objects) + 8), 1)
    if node == 0:
        drop(y)
        return 0
    Cells(unsafe_from_address=node).unsafe_store(
        KEPT, three(none(runtime), hold(field(x, SHAPE)), hold(scale))
    )
    return attached(runtime, node, y)


def sum_along(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Adds up along a dimension, and records it: (specification, x, dim, keepdim, whether it is the mean) -> sums.

    Args:
        self_: The runtime.
        objects: The specification, the input, an integer, two bools.
        count: 5.

    Returns:
        The sums or means; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var spec = objects.unsafe_load(0)
    var x = objects.unsafe_load(1)
    var chosen = objects.unsafe_load(2)
    var keepdim = external_call["PyObject_IsTrue", Int32](objects.unsafe_load(3))
    if itemsize_of(runtime, x) == 0 or field(chosen, 1) != runtime[].int_type or keepdim < 0:
        return 0 if keepdim < 0 else none(runtime)
    var rank = external_call["PyTuple_Size", Int](field(x, SHAPE))
    var dim = external_call["PyLong_AsLongLong", Int](chosen)
    if dim == -1 and external_call["PyErr_Occurred", Object]() != 0:  # an integer beyond 64 bits
        external_call["PyErr_Clear", NoneType]()
        return none(runtime)
    dim = dim + rank if dim < 0 else dim
    if dim < 0 or dim >= rank or field(x, SIZE) == 0:
        return none(runtime)
    var is_mean = objects.unsafe_load(4) == runtime[].true_object
    var factor = 1 / Float64(item(field(x, SHAPE), dim)) if is_mean else Float64(1)
    var scale = external_call["PyFloat_FromDouble", Object](factor)
    var y = sum_along_result(runtime, of_spec(spec, 1), x, dim, keepdim == 1, scale)
    if y == 0 or y == runtime[].none or not wants(x) or not recording(runtime):
        drop(scale)
        return y
    var node = node_of(runtime, spec, 0, Cells(unsafe_from_address=Int(objects) + 8), 1)
    if node == 0:
        drop(scale)
        drop(y)
        return 0
    var dims = external_call["PyTuple_New", Object](Int(1))
    _ = external_call["PyTuple_SetItem", Int32](
        dims, Int(0), external_call["PyLong_FromLongLong", Object](dim)
    )
    Cells(unsafe_from_address=node).unsafe_store(KEPT, three(dims, hold(field(x, SHAPE)), scale))
    return attached(runtime, node, y)
