"""The direct call of joining tensors along a dimension that they have, or a new one, recorded as record.mojo does it."""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.joining import Join, MANY
from mojo_kernels.python.call import Object, Objects, RuntimePointer, none, runtime_of
from mojo_kernels.python.direct.linear import rank_of, row_major
from mojo_kernels.python.direct.pointwise import bytes_of, entry_of, is_tensor, run_on, same_shape
from mojo_kernels.python.direct.record import node_of, of_spec, wants
from mojo_kernels.python.direct.rows import dimension_of, tuple_of
from mojo_kernels.python.kinds import Cells, drop, field, hold
from mojo_kernels.python.node import KEPT, attached, recording
from mojo_kernels.python.tensor import ADDRESS, DENSE, DTYPE, SHAPE, SIZE, flag, item, new_tensor, on_host
from mojo_kernels.runtime.types import MAX_WORDS, Words

comptime _AT = Join[DType.float32].AT
comptime _BEFORE = 3
"""The arguments of Cat's forward before the tensors: the dimension, the shape, whether the dimension is new."""


@always_inline
def _item(tuple: Object, i: Int) -> Object:
    return external_call["PyTuple_GetItem", Object](tuple, i)


@always_inline
def _length(t: Object, dim: Int, new: Bool) -> Int:
    return 1 if new else item(field(t, SHAPE), dim)


def _fit(runtime: RuntimePointer, tensors: Object, dim: Int, new: Bool) -> Bool:
    """Tells whether all of some objects are contiguous tensors that have elements, of the first one's dtype and shape,
    but for a dimension where that is not new.
    """
    var first = _item(tensors, 0)
    for k in range(external_call["PyTuple_Size", Int](tensors)):
        var t = _item(tensors, k)
        if not is_tensor(runtime, t) or not on_host(runtime, t) or field(t, SIZE) == 0:
            return False
        if field(t, DTYPE) != field(first, DTYPE) or not flag(t, DENSE) or rank_of(t) != rank_of(first):
            return False
        if new and not same_shape(t, first):
            return False
        for d in range(0 if new else rank_of(first)):
            if d != dim and item(field(t, SHAPE), d) != item(field(first, SHAPE), d):
                return False
    return True


def _joined_shape(tensors: Object, dim: Int, new: Bool) -> Object:
    """Returns a new tuple, the shape of joined tensors."""
    var own = field(_item(tensors, 0), SHAPE)
    var total = 0
    for k in range(external_call["PyTuple_Size", Int](tensors)):
        total += _length(_item(tensors, k), dim, new)
    var rank = external_call["PyTuple_Size", Int](own) + Int(new)
    var shape = external_call["PyTuple_New", Object](rank)
    for d in range(rank):
        var of_own = d - Int(new and d > dim)
        var size = external_call["PyLong_FromLongLong", Object](total) if d == dim else hold(
            _item(own, of_own)
        )
        _ = external_call["PyTuple_SetItem", Int32](shape, d, size)
    return shape


def join(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Joins tensors and records it: (specification, tensors, dimension, whether it is new) -> tensor.

    Args:
        self_: The runtime.
        objects: The class and the names of the kernels, a list or tuple, an integer, a bool.
        count: 4.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var given = objects.unsafe_load(1)
    if field(given, 1) != runtime[].list_type and field(given, 1) != runtime[].tuple_type:
        return none(runtime)
    # A list that another thread changes meanwhile must not take the memory along.
    var tensors = external_call["PySequence_Tuple", Object](given)
    if tensors == 0:
        return 0
    var y = _joined(runtime, objects, tensors)
    drop(tensors)
    return y


def _joined(runtime: RuntimePointer, objects: Objects, tensors: Object) -> Object:
    """Joins the tensors of a tuple; None where the general way must do it."""
    var count = external_call["PyTuple_Size", Int](tensors)
    if count == 0 or count > MANY or not is_tensor(runtime, _item(tensors, 0)):
        return none(runtime)
    var first = _item(tensors, 0)
    var itemsize = bytes_of(runtime, first)
    if itemsize == 0:
        return none(runtime)
    var new = objects.unsafe_load(3) == runtime[].true_object
    var dim = dimension_of(runtime, objects.unsafe_load(2), rank_of(first) + Int(new))
    var entry = entry_of(runtime, of_spec(objects.unsafe_load(0), 1), field(first, DTYPE))
    if entry == 0 or dim < 0 or not _fit(runtime, tensors, dim, new):
        return none(runtime)
    var inner = 1
    for d in range(dim if new else dim + 1, rank_of(first)):
        inner *= item(field(first, SHAPE), d)
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    var row = 0
    for k in range(MANY):
        var length = _length(_item(tensors, k), dim, new) * inner if k < count else 0
        words.unsafe_store(_AT.xs + k, Int64(field(_item(tensors, k), ADDRESS)) if k < count else 0)
        words.unsafe_store(_AT.lengths + k, Int64(length))
        row += length
    var outer = field(first, SIZE) // (_length(first, dim, new) * inner)
    var shape = _joined_shape(tensors, dim, new)
    var strides = row_major(shape)
    var y = new_tensor(runtime, shape, strides, outer * row, itemsize, field(first, DTYPE))
    drop(shape)
    drop(strides)
    if y == 0:
        return 0
    words.unsafe_store(_AT.y, Int64(field(y, ADDRESS)))
    words.unsafe_store(_AT.outer, Int64(outer))
    words.unsafe_store(_AT.stride, Int64(row))
    y = run_on(runtime, entry, outer * row, words, _AT.stride + 1, y)
    return 0 if y == 0 else _recorded(runtime, objects, tensors, dim, new, y)


def _recorded(
    runtime: RuntimePointer, objects: Objects, tensors: Object, dim: Int, new: Bool, y: Object
) -> Object:
    """Makes joined tensors the output of a node where a gradient is wanted; takes over the reference to it.
    """
    var count = external_call["PyTuple_Size", Int](tensors)
    var arguments = stack_allocation[_BEFORE + MANY, Int]()
    var operands = Cells(unsafe_from_address=Int(arguments))
    var wanted = False
    for i in range(_BEFORE):
        operands.unsafe_store(i, 0)
    for k in range(count):
        operands.unsafe_store(_BEFORE + k, _item(tensors, k))
        wanted = wanted or wants(_item(tensors, k))
    if not wanted or not recording(runtime):
        return y
    var node = node_of(runtime, objects.unsafe_load(0), 0, operands, _BEFORE + count)
    if node == 0:
        drop(y)
        return 0
    var sizes = external_call["PyTuple_New", Object](count)
    for k in range(count):
        var size = external_call["PyLong_FromLongLong", Object](_length(_item(tensors, k), dim, new))
        _ = external_call["PyTuple_SetItem", Int32](sizes, k, size)
    var kept = tuple_of(
        external_call["PyLong_FromLongLong", Object](dim), hold(objects.unsafe_load(3)), sizes
    )
    Cells(unsafe_from_address=node).unsafe_store(KEPT, kept)
    return attached(runtime, node, y)
