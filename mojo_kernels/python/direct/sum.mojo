"""Direct calls of sums, as pointwise.mojo has them for pointwise ops: of two tensors in place, of all elements of one, along
one dimension.
"""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.python.call import Object, Objects, RuntimePointer, none, runtime_of
from mojo_kernels.python.direct.pointwise import (
    BINARY_AT,
    entry_of,
    is_tensor,
    itemsize_of,
    one_dimension,
    run_on,
    same_shape,
    scalar_word,
)
from mojo_kernels.python.direct.linear import row_major
from mojo_kernels.python.kinds import field, hold
from mojo_kernels.python.tensor import ADDRESS, DENSE, DTYPE, SHAPE, SIZE, flag, item, new_tensor, on_host
from mojo_kernels.reduce import AT as REDUCE_AT, BLOCK, pack_reduction
from mojo_kernels.runtime.types import MAX_WORDS, Words


def accumulate(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Adds a tensor to another one in place, unrecorded: (names of the kernels of add by dtype, sum, addend) -> sum.

    Args:
        self_: The runtime.
        objects: A dict and the tensors.
        count: 3.

    Returns:
        The sum; or None where the general way must do it.
    """
    var runtime = runtime_of(self_)
    var sum = objects.unsafe_load(1)
    var addend = objects.unsafe_load(2)
    var entry = (
        entry_of(runtime, objects.unsafe_load(0), field(sum, DTYPE)) if itemsize_of(runtime, sum) != 0 else 0
    )
    if (
        entry == 0
        or not is_tensor(runtime, addend)
        or field(sum, DTYPE) != field(addend, DTYPE)
        or not on_host(runtime, addend)
        or not (flag(sum, DENSE) and flag(addend, DENSE) and same_shape(sum, addend))
    ):
        return none(runtime)
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    words.unsafe_store(BINARY_AT.y, Int64(field(sum, ADDRESS)))
    words.unsafe_store(BINARY_AT.a, Int64(field(sum, ADDRESS)))
    words.unsafe_store(BINARY_AT.b, Int64(field(addend, ADDRESS)))
    words.unsafe_store(BINARY_AT.scalar, 0)
    var size = field(sum, SIZE)
    external_call["Py_IncRef", NoneType](sum)
    return run_on(runtime, entry, size, words, one_dimension(words, BINARY_AT.shape, size, 1, 1, 1), sum)


def sum_result(runtime: RuntimePointer, names: Object, x: Object, scale: Object) -> Object:
    """Adds up all elements.

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels of sum by dtype.
        x: The input.
        scale: A float.

    Returns:
        The scaled sum, a tensor of no dimensions; None where the general way must do it; or NULL with an exception set.
    """
    var itemsize = itemsize_of(runtime, x)
    var entry = entry_of(runtime, names, field(x, DTYPE)) if itemsize != 0 else 0
    if entry == 0 or not flag(x, DENSE) or field(x, SIZE) == 0 or field(x, SIZE) > BLOCK:
        return none(runtime)
    var shape = external_call["PyTuple_New", Object](Int(0))
    var result = new_tensor(runtime, shape, shape, 1, itemsize, field(x, DTYPE))
    external_call["Py_DecRef", NoneType](shape)
    if result == 0:
        return 0
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    var size = field(x, SIZE)
    var used = pack_reduction(words, field(result, ADDRESS), field(x, ADDRESS), 0, (1, 0), (size, 1))
    _ = scalar_word(runtime, scale, words, REDUCE_AT.scale)
    return run_on(runtime, entry, size, words, used, result)


def sum_along_result(
    runtime: RuntimePointer, names: Object, x: Object, dim: Int, keeps: Bool, scale: Object
) -> Object:
    """Adds up along the first or the last dimension, or one with only dimensions of size 1 before it or behind it.

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels of sum by dtype.
        x: A tensor with memory.
        dim: One of its dimensions, from 0.
        keeps: Whether the dimension stays, with size 1.
        scale: A float.

    Returns:
        The scaled sums; None where the general way must do it; or NULL with an exception set.
    """
    var shape = field(x, SHAPE)
    var length = item(shape, dim)
    var before = 1
    for i in range(dim):
        before *= item(shape, i)
    var size = field(x, SIZE)
    var itemsize = itemsize_of(runtime, x)
    var entry = entry_of(runtime, names, field(x, DTYPE))
    if entry == 0 or not flag(x, DENSE) or size == 0 or length > BLOCK:
        return none(runtime)
    var behind = size // length // before
    if before != 1 and behind != 1:
        return none(runtime)
    var kept = _without(shape, dim, keeps)
    var strides = row_major(kept)
    var result = new_tensor(runtime, kept, strides, size // length, itemsize, field(x, DTYPE))
    external_call["Py_DecRef", NoneType](kept)
    external_call["Py_DecRef", NoneType](strides)
    if result == 0:
        return 0
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    var outputs = (before, length) if behind == 1 else (behind, 1)
    var used = pack_reduction(words, field(result, ADDRESS), field(x, ADDRESS), 0, outputs, (length, behind))
    _ = scalar_word(runtime, scale, words, REDUCE_AT.scale)
    return run_on(runtime, entry, size, words, used, result)


def _without(shape: Object, dim: Int, keeps: Bool) -> Object:
    """Returns a new tuple of sizes, without that of a dimension or with 1 in its place."""
    var rank = external_call["PyTuple_Size", Int](shape)
    var made = external_call["PyTuple_New", Object](rank if keeps else rank - 1)
    for i in range(rank):
        if i == dim:
            if keeps:
                _ = external_call["PyTuple_SetItem", Int32](
                    made, i, external_call["PyLong_FromLongLong", Object](Int(1))
                )
            continue
        var size = hold(external_call["PyTuple_GetItem", Object](shape, i))
        _ = external_call["PyTuple_SetItem", Int32](made, i if keeps or i < dim else i - 1, size)
    return made
