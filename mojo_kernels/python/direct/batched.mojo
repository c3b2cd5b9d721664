"""The direct call of products of batches of matrices, whose batch dimensions are equal.

The words are those of mojo_kernels/matmul.
"""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.matmul.operands import AT, pack_product
from mojo_kernels.python.call import Object, RuntimePointer, none
from mojo_kernels.python.direct.linear import fits, rank_of, row_major, with_last
from mojo_kernels.python.direct.pointwise import entry_of, itemsize_of, run_on
from mojo_kernels.python.kinds import drop, field
from mojo_kernels.python.tensor import ADDRESS, DTYPE, MOST, SHAPE, STRIDES, item, new_tensor, times
from mojo_kernels.runtime.types import MAX_RANK, MAX_WORDS, Words


@always_inline
def has_batch(runtime: RuntimePointer, o: Object) -> Bool:
    """Returns whether an object is a tensor of floats in host memory of more than two dimensions.

    Args:
        runtime: The runtime.
        o: Any object.

    Returns:
        Whether it is.
    """
    return itemsize_of(runtime, o) != 0 and rank_of(o) > 2


def batched_product(runtime: RuntimePointer, names: Object, a: Object, b: Object) -> Object:
    """Computes the products of two batches of matrices.

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels by dtype.
        a: A tensor that has a batch, (..., m, k).
        b: Another one, (..., k, n).

    Returns:
        A tensor (..., m, n); None where the general way must do it; or NULL with an exception set.
    """
    var itemsize = itemsize_of(runtime, a)
    var rank = rank_of(a)
    if itemsize == 0 or rank > MAX_RANK or not fits(runtime, b, a, rank):
        return none(runtime)
    var m = item(field(a, SHAPE), rank - 2)
    var k = item(field(a, SHAPE), rank - 1)
    var n = item(field(b, SHAPE), rank - 1)
    if item(field(b, SHAPE), rank - 2) != k:
        return none(runtime)
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    var size = times(m, n)
    for d in range(rank - 2):
        if item(field(b, SHAPE), d) != item(field(a, SHAPE), d):
            return none(runtime)
        size = times(size, item(field(a, SHAPE), d))
    var entry = entry_of(runtime, names, field(a, DTYPE))
    if entry == 0 or size > MOST:
        return none(runtime)
    var shape = with_last(field(a, SHAPE), n)
    var strides = row_major(shape)
    var result = new_tensor(runtime, shape, strides, size, itemsize, field(a, DTYPE))
    drop(shape)
    drop(strides)
    if result == 0 or size == 0:
        return result
    _ = pack_product(
        words,
        field(result, ADDRESS),
        field(a, ADDRESS),
        field(b, ADDRESS),
        0,
        (m, n, k),
        (item(field(a, STRIDES), rank - 2), item(field(a, STRIDES), rank - 1)),
        (item(field(b, STRIDES), rank - 2), item(field(b, STRIDES), rank - 1)),
    )
    return run_on(runtime, entry, max(size * k, 1), words, _pack_batch(words, a, b, rank - 2), result)


def _pack_batch(words: Words, a: Object, b: Object, dimensions: Int) -> Int:
    """Writes the batch dimensions, with those merged that lie one behind the other; returns the number of words.
    """
    var sizes = stack_allocation[MAX_RANK, Int]()
    var steps_a = stack_allocation[MAX_RANK, Int]()
    var steps_b = stack_allocation[MAX_RANK, Int]()
    var count = 0
    sizes[unsafe_offset=0] = 1
    steps_a[unsafe_offset=0] = 0
    steps_b[unsafe_offset=0] = 0
    for d in range(dimensions):
        var size = item(field(a, SHAPE), d)
        if size == 1:
            continue
        var step_a = item(field(a, STRIDES), d)
        var step_b = item(field(b, STRIDES), d)
        if (
            count > 0
            and steps_a[unsafe_offset=count - 1] == size * step_a
            and steps_b[unsafe_offset=count - 1] == size * step_b
        ):
            size *= sizes[unsafe_offset=count - 1]
            count -= 1
        sizes[unsafe_offset=count] = size
        steps_a[unsafe_offset=count] = step_a
        steps_b[unsafe_offset=count] = step_b
        count += 1
    count = max(count, 1)
    words.unsafe_store(AT.batch, Int64(count))
    for d in range(count):
        words.unsafe_store(AT.batch + 1 + d, Int64(sizes[unsafe_offset=d]))
        words.unsafe_store(AT.batch + 1 + count + d, Int64(steps_a[unsafe_offset=d]))
        words.unsafe_store(AT.batch + 1 + 2 * count + d, Int64(steps_b[unsafe_offset=d]))
    return AT.batch + 1 + 3 * count
