"""Direct calls of kernels of rows, which lie one behind the other: softmax and log-softmax of the last dimension, and
norms of the last ones. They record what they compute as record.mojo does.
"""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.elementwise.widened_rows import LONGEST_ROW
from mojo_kernels.normalization import RowNorm
from mojo_kernels.python.call import Object, Objects, RuntimePointer, none, runtime_of
from mojo_kernels.python.direct.linear import rank_of, single
from mojo_kernels.python.direct.pointwise import (
    entry_of,
    equal,
    is_half,
    is_tensor,
    itemsize_of,
    run_on,
    same_shape,
    scalar_word,
)
from mojo_kernels.python.direct.record import ROWS, node_of, of_spec, save_result, two, wants
from mojo_kernels.python.kinds import Cells, drop, field, hold
from mojo_kernels.python.node import KEPT, SAVED, attached, recording
from mojo_kernels.python.tensor import ADDRESS, DENSE, DTYPE, SHAPE, SIZE, STRIDES, flag, item, new_tensor
from mojo_kernels.runtime.types import MAX_WORDS, Words
from mojo_kernels.softmax import SoftmaxBackward, SoftmaxForward

comptime _FORWARD = SoftmaxForward[False, DType.float32].AT
comptime _BACKWARD = SoftmaxBackward[False, DType.float32].AT
comptime _NORM = RowNorm[DType.float32].AT
comptime _NORM_ARGUMENTS = 4
"""Those of RowNorm's forward: x, weight, bias, how x is made of rows."""
comptime _WORK = 4
"""Units of work for each element."""


@always_inline
def _is_of_rows(runtime: RuntimePointer, x: Object) -> Bool:
    """Tells whether an object is a contiguous tensor of floats that has elements and dimensions."""
    return itemsize_of(runtime, x) > 0 and flag(x, DENSE) and field(x, SIZE) > 0 and rank_of(x) > 0


@always_inline
def _are_too_long(runtime: RuntimePointer, x: Object) -> Bool:
    """Tells whether rows have 16 bits and are longer than what kernels have room for to convert them."""
    return is_half(runtime, field(x, DTYPE)) and item(field(x, SHAPE), rank_of(x) - 1) > LONGEST_ROW


@always_inline
def _like(runtime: RuntimePointer, x: Object) -> Object:
    """Makes a tensor of the shape and dtype of a contiguous one; NULL with an exception set."""
    return new_tensor(
        runtime, field(x, SHAPE), field(x, STRIDES), field(x, SIZE), itemsize_of(runtime, x), field(x, DTYPE)
    )


@always_inline
def dimension_of(runtime: RuntimePointer, dim: Object, rank: Int) -> Int:
    """Returns the dimension that an object names.

    Args:
        runtime: The runtime.
        dim: Any object.
        rank: The number of dimensions that there are.

    Returns:
        A number from 0 on; -1 for what is no plain integer, or out of range.
    """
    if field(dim, 1) != runtime[].int_type:
        return -1
    var number = external_call["PyLong_AsLongLong", Int](dim)
    if number == -1 and external_call["PyErr_Occurred", Object]() != 0:
        external_call["PyErr_Clear", NoneType]()
        return -1
    if number < -rank or number >= rank:
        return -1
    return number + rank if number < 0 else number


def softmax(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Computes and records softmax or log-softmax of the last dimension: (specification, x, dim) -> y.

    Args:
        self_: The runtime.
        objects: The class and the names of its kernels, the input, a dimension.
        count: 3.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var spec = objects.unsafe_load(0)
    var x = objects.unsafe_load(1)
    if not _is_of_rows(runtime, x) or _are_too_long(runtime, x):
        return none(runtime)
    var last = rank_of(x) - 1
    if dimension_of(runtime, objects.unsafe_load(2), last + 1) != last:
        return none(runtime)
    var entry = entry_of(runtime, of_spec(spec, 1), field(x, DTYPE))
    if entry == 0:
        return none(runtime)
    var y = _like(runtime, x)
    if y == 0:
        return 0
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    var columns = item(field(x, SHAPE), last)
    words.unsafe_store(_FORWARD.y, Int64(field(y, ADDRESS)))
    words.unsafe_store(_FORWARD.x, Int64(field(x, ADDRESS)))
    words.unsafe_store(_FORWARD.rows, Int64(field(x, SIZE) // columns))
    words.unsafe_store(_FORWARD.columns, Int64(columns))
    y = run_on(runtime, entry, _WORK * field(x, SIZE), words, _FORWARD.columns + 1, y)
    if y == 0 or not wants(x) or not recording(runtime):
        return y
    var node = node_of(runtime, spec, ROWS, Cells(unsafe_from_address=Int(objects) + 8), 1)
    if node == 0:
        drop(y)
        return 0
    save_result(runtime, node, y)
    return attached(runtime, node, y)


def softmax_gradient(runtime: RuntimePointer, names: Object, y: Object, dy: Object) -> Object:
    """Computes the gradient of softmax or log-softmax.

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels by dtype.
        y: The result.
        dy: Its gradient, a tensor.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    if not _is_of_rows(runtime, y) or not _is_of_rows(runtime, dy):
        return none(runtime)
    if field(y, DTYPE) != field(dy, DTYPE) or not same_shape(y, dy) or _are_too_long(runtime, y):
        return none(runtime)
    var entry = entry_of(runtime, names, field(y, DTYPE))
    if entry == 0:
        return none(runtime)
    var dx = _like(runtime, y)
    if dx == 0:
        return 0
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    var columns = item(field(y, SHAPE), rank_of(y) - 1)
    words.unsafe_store(_BACKWARD.dx, Int64(field(dx, ADDRESS)))
    words.unsafe_store(_BACKWARD.y, Int64(field(y, ADDRESS)))
    words.unsafe_store(_BACKWARD.dy, Int64(field(dy, ADDRESS)))
    words.unsafe_store(_BACKWARD.rows, Int64(field(y, SIZE) // columns))
    words.unsafe_store(_BACKWARD.columns, Int64(columns))
    return run_on(runtime, entry, _WORK * field(y, SIZE), words, _BACKWARD.columns + 1, dx)


def _columns_of(runtime: RuntimePointer, x: Object, normalized: Object) -> Int:
    """Returns the number of elements of the last dimensions of a tensor; 0 where an object is not their shape.
    """
    if external_call["PyType_IsSubtype", Int32](field(normalized, 1), runtime[].tuple_type) == 0:
        return 0
    var count = external_call["PyTuple_Size", Int](normalized)
    var before = rank_of(x) - count
    if count == 0 or before < 0:
        return 0
    var columns = 1
    for i in range(count):
        var size = external_call["PyTuple_GetItem", Object](normalized, i)
        if field(size, 1) != runtime[].int_type:
            return 0
        var own = external_call["PyTuple_GetItem", Object](field(x, SHAPE), before + i)
        if not equal(size, own):
            return 0
        columns *= external_call["PyLong_AsLongLong", Int](own)
    return columns


@always_inline
def _fits(runtime: RuntimePointer, weight: Object, dtype: Object, normalized: Object) -> Bool:
    """Tells whether an object is None, or a contiguous tensor of a shape and a dtype."""
    return weight == runtime[].none or (
        _is_of_rows(runtime, weight)
        and field(weight, DTYPE) == dtype
        and equal(field(weight, SHAPE), normalized)
    )


@always_inline
def _dtype_of_weights(runtime: RuntimePointer, x: Object, weight: Object) -> Object:
    """Returns the dtype that weights must have: that of x, or float32 where x has 16 bits and the first weight does not.
    """
    var dtype = field(x, DTYPE)
    if weight == runtime[].none or not is_half(runtime, dtype) or not is_tensor(runtime, weight):
        return dtype
    return dtype if field(weight, DTYPE) == dtype else runtime[].float32


@always_inline
def _address_of(runtime: RuntimePointer, weight: Object) -> Int64:
    return 0 if weight == runtime[].none else Int64(field(weight, ADDRESS))


@always_inline
def _dtype_of(runtime: RuntimePointer, weight: Object) -> Object:
    return hold(weight if weight == runtime[].none else field(weight, DTYPE))


def tuple_of(*items: Object) -> Object:
    """Returns a tuple of objects.

    Args:
        items: New references, which the tuple takes over.

    Returns:
        A new reference.
    """
    var made = external_call["PyTuple_New", Object](len(items))
    for i in range(len(items)):
        _ = external_call["PyTuple_SetItem", Int32](made, i, items[i])
    return made


def row_norm(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Computes and records layer norm, or the norm by the root mean square: (specification, x, normalized shape, weight,
    bias, eps, centred) -> y.

    Args:
        self_: The runtime.
        objects: The class and the names of its kernels; the input; the sizes of its last dimensions, a tuple; tensors of
            that shape, or None; what is added to the variance; whether the mean is subtracted.
        count: 7.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var x = objects.unsafe_load(1)
    var normalized = objects.unsafe_load(2)
    var weight = objects.unsafe_load(3)
    var bias = objects.unsafe_load(4)
    var columns = _columns_of(runtime, x, normalized) if _is_of_rows(runtime, x) else 0
    if columns == 0:
        return none(runtime)
    var given = _dtype_of_weights(runtime, x, weight)
    if not (_fits(runtime, weight, given, normalized) and _fits(runtime, bias, given, normalized)):
        return none(runtime)
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    var entry = entry_of(runtime, of_spec(objects.unsafe_load(0), 1), field(x, DTYPE))
    if entry == 0 or not scalar_word(runtime, objects.unsafe_load(5), words, _NORM.eps):
        return none(runtime)
    var rows = field(x, SIZE) // columns
    var y = _like(runtime, x)
    var shape = single(rows)
    var strides = single(1)
    var half = is_half(runtime, field(x, DTYPE))
    var wide = runtime[].float32 if half else field(x, DTYPE)
    var itemsize = 4 if half else itemsize_of(runtime, x)
    var mean = new_tensor(runtime, shape, strides, rows, itemsize, wide) if y != 0 else 0
    var rstd = new_tensor(runtime, shape, strides, rows, itemsize, wide) if mean != 0 else 0
    drop(shape)
    drop(strides)
    if rstd == 0:
        drop(y)
        drop(mean)
        return 0
    words.unsafe_store(_NORM.y, Int64(field(y, ADDRESS)))
    words.unsafe_store(_NORM.mean, Int64(field(mean, ADDRESS)))
    words.unsafe_store(_NORM.rstd, Int64(field(rstd, ADDRESS)))
    words.unsafe_store(_NORM.x, Int64(field(x, ADDRESS)))
    words.unsafe_store(_NORM.weight, _address_of(runtime, weight))
    words.unsafe_store(_NORM.bias, _address_of(runtime, bias))
    words.unsafe_store(_NORM.rows, Int64(rows))
    words.unsafe_store(_NORM.columns, Int64(columns))
    words.unsafe_store(_NORM.span, 0)
    words.unsafe_store(_NORM.period, 1)
    words.unsafe_store(_NORM.centred, Int64(Int(objects.unsafe_load(6) == runtime[].true_object)))
    var narrow = half and weight != runtime[].none and given != wide
    words.unsafe_store(_NORM.narrow, Int64(Int(narrow)))
    y = run_on(runtime, entry, _WORK * field(x, SIZE), words, _NORM.eps + 1, y)
    if y != 0:
        y = _recorded_norm(runtime, objects, y, mean, rstd, rows, columns)
    drop(mean)
    drop(rstd)
    return y


def _recorded_norm(
    runtime: RuntimePointer, objects: Objects, y: Object, mean: Object, rstd: Object, rows: Int, columns: Int
) -> Object:
    """Makes a normalised tensor the output of a node where a gradient is wanted; takes over the reference to it.
    """
    var arguments = stack_allocation[_NORM_ARGUMENTS, Int]()
    var operands = Cells(unsafe_from_address=Int(arguments))
    var x = objects.unsafe_load(1)
    var weight = objects.unsafe_load(3)
    var bias = objects.unsafe_load(4)
    operands.unsafe_store(0, x)
    operands.unsafe_store(1, 0 if weight == runtime[].none else weight)
    operands.unsafe_store(2, 0 if bias == runtime[].none else bias)
    operands.unsafe_store(3, 0)
    if not (wants(x) or wants(operands.unsafe_load(1)) or wants(operands.unsafe_load(2))):
        return y
    if not recording(runtime):
        return y
    var node = node_of(runtime, objects.unsafe_load(0), 0, operands, _NORM_ARGUMENTS)
    if node == 0:
        drop(y)
        return 0
    var of_rows = tuple_of(
        external_call["PyLong_FromLongLong", Object](rows),
        external_call["PyLong_FromLongLong", Object](columns),
        external_call["PyLong_FromLongLong", Object](Int(0)),
        external_call["PyLong_FromLongLong", Object](Int(1)),
        hold(objects.unsafe_load(6)),
        hold(objects.unsafe_load(5)),
    )
    var dtypes = tuple_of(hold(field(x, DTYPE)), _dtype_of(runtime, weight), _dtype_of(runtime, bias))
    Cells(unsafe_from_address=node).unsafe_store(KEPT, tuple_of(of_rows, dtypes, hold(mean), hold(rstd)))
    Cells(unsafe_from_address=node).unsafe_store(SAVED, two(hold(x), hold(weight)))
    return attached(runtime, node, y)
