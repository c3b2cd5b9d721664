"""Direct calls of matrix products and linear layers, as pointwise.mojo has them for pointwise ops.

The inputs of a linear layer may have more dimensions than two: where they are contiguous, all but the last are rows.

The words are those of mojo_kernels/matmul.
"""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.matmul.linear import AT, WORDS
from mojo_kernels.matmul.operands import pack_product
from mojo_kernels.python.call import (
    Object,
    Objects,
    RuntimePointer,
    none,
    result_of,
    run_kernel,
    runtime_of,
)
from mojo_kernels.python.direct.pointwise import (
    REFUSED,
    drop_all,
    entry_of,
    is_tensor,
    itemsize_of,
    ran,
    run_on,
    tuple_of,
)
from mojo_kernels.python.kinds import Results, drop, field, hold
from mojo_kernels.python.tensor import (
    ADDRESS,
    DENSE,
    DTYPE,
    SHAPE,
    SIZE,
    STRIDES,
    flag,
    item,
    new_tensor,
    on_host,
    times,
)
from mojo_kernels.reduce import BLOCK
from mojo_kernels.runtime.types import MAX_WORDS, OK, Words
from mojo_kernels.runtime.words import count_words


@always_inline
def rank_of(o: Object) -> Int:
    """Returns the number of dimensions of a tensor.

    Args:
        o: The tensor.

    Returns:
        The number.
    """
    return external_call["PyTuple_Size", Int](field(o, SHAPE))


def with_last(shape: Object, last: Int) -> Object:
    """Returns a new tuple, a shape with another last dimension.

    Args:
        shape: A tuple of sizes.
        last: The size of the last dimension.

    Returns:
        A new reference.
    """
    var rank = external_call["PyTuple_Size", Int](shape)
    var new = external_call["PyTuple_New", Object](rank)
    for i in range(rank):
        _ = external_call["PyTuple_SetItem", Int32](new, i, _number(item(shape, i) if i < rank - 1 else last))
    return new


def row_major(shape: Object) -> Object:
    """Returns a new tuple, the strides of contiguous elements.

    Args:
        shape: A tuple of sizes.

    Returns:
        A new reference.
    """
    var rank = external_call["PyTuple_Size", Int](shape)
    var new = external_call["PyTuple_New", Object](rank)
    var step = 1
    for i in range(rank - 1, -1, -1):
        _ = external_call["PyTuple_SetItem", Int32](new, i, _number(step))
        step *= max(item(shape, i), 1)
    return new


@always_inline
def _number(a: Int) -> Object:
    return external_call["PyLong_FromLongLong", Object](a)


@always_inline
def _is_rows(x: Object) -> Bool:
    """Tells whether a tensor of more than two dimensions is contiguous rows of some elements."""
    return rank_of(x) > 2 and flag(x, DENSE) and field(x, SIZE) > 0


@always_inline
def fits(runtime: RuntimePointer, o: Object, like: Object, rank: Int) -> Bool:
    """Returns whether an object is a tensor of so many dimensions in host memory.

    Args:
        runtime: The runtime.
        o: Any object.
        like: A tensor of the dtype.
        rank: The number of dimensions.

    Returns:
        Whether it is.
    """
    return (
        is_tensor(runtime, o)
        and field(o, DTYPE) == field(like, DTYPE)
        and on_host(runtime, o)
        and rank_of(o) == rank
    )


def product[
    transposed: Bool
](runtime: RuntimePointer, names: Object, x: Object, w: Object, bias: Object) -> Object:
    """Computes x w^T + bias, or x w + bias.

    Parameters:
        transposed: Whether w is (N, K); else it is (K, N).

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels by dtype.
        x: The input, (..., K).
        w: A matrix.
        bias: A vector of N, or None.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    comptime K = 1 if transposed else 0
    var itemsize = itemsize_of(runtime, x)
    if itemsize == 0 or not fits(runtime, w, x, 2) or not (rank_of(x) == 2 or _is_rows(x)):
        return none(runtime)
    var rank = rank_of(x)
    var k = item(field(x, SHAPE), rank - 1)
    var m = item(field(x, SHAPE), 0) if rank == 2 else field(x, SIZE) // k
    var n = item(field(w, SHAPE), 1 - K)
    if item(field(w, SHAPE), K) != k:
        return none(runtime)
    if bias != runtime[].none and not (
        fits(runtime, bias, x, 1) and flag(bias, DENSE) and field(bias, SIZE) == n
    ):
        return none(runtime)
    var entry = entry_of(runtime, names, field(x, DTYPE))
    if entry == 0:
        return none(runtime)
    var shape = with_last(field(x, SHAPE), n)
    var strides = row_major(shape)
    var result = new_tensor(runtime, shape, strides, times(m, n), itemsize, field(x, DTYPE))
    external_call["Py_DecRef", NoneType](shape)
    external_call["Py_DecRef", NoneType](strides)
    if result == 0 or m * n == 0:
        return result
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    var used = pack_product(
        words,
        field(result, ADDRESS),
        field(x, ADDRESS),
        field(w, ADDRESS),
        field(bias, ADDRESS) if bias != runtime[].none else 0,
        (m, n, k),
        (k if rank > 2 else item(field(x, STRIDES), 0), item(field(x, STRIDES), rank - 1)),
        (item(field(w, STRIDES), K), item(field(w, STRIDES), 1 - K)),
    )
    words.unsafe_store(used, Int64(runtime[].context))
    var status = run_kernel(runtime, entry, m * n * k, words, used + 1)
    if status == OK:
        return result
    external_call["Py_DecRef", NoneType](result)
    return result_of(runtime, status)


def vector_product(runtime: RuntimePointer, names: Object, x: Object, w: Object) -> Object:
    """Computes x w of a matrix and a vector, or of two vectors.

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels by dtype.
        x: The input, (M, K) or (K).
        w: A tensor of one dimension.

    Returns:
        A tensor of the shape (M), or of no dimensions; None where the general way must do it; or NULL with an exception
        set.
    """
    var itemsize = itemsize_of(runtime, x)
    if itemsize == 0 or not 0 < rank_of(x) < 3 or not fits(runtime, w, x, 1):
        return none(runtime)
    var rank = rank_of(x)
    var k = field(w, SIZE)
    var m = item(field(x, SHAPE), 0) if rank == 2 else 1
    var entry = entry_of(runtime, names, field(x, DTYPE))
    if entry == 0 or item(field(x, SHAPE), rank - 1) != k or m == 0 or k == 0:
        return none(runtime)
    var shape = external_call["PyTuple_New", Object](rank - 1)
    if rank == 2:
        _ = external_call["PyTuple_SetItem", Int32](shape, 0, _number(m))
    var strides = row_major(shape)
    var result = new_tensor(runtime, shape, strides, m, itemsize, field(x, DTYPE))
    external_call["Py_DecRef", NoneType](shape)
    external_call["Py_DecRef", NoneType](strides)
    if result == 0:
        return 0
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    var used = pack_product(
        words,
        field(result, ADDRESS),
        field(x, ADDRESS),
        field(w, ADDRESS),
        0,
        (m, 1, k),
        (item(field(x, STRIDES), 0) if rank == 2 else k, item(field(x, STRIDES), rank - 1)),
        (item(field(w, STRIDES), 0), 1),
    )
    return run_on(runtime, entry, m * k, words, used, result)


def linear_backward(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Computes the gradients of a linear layer: (names, dy, x, w, wants dx, wants dw, wants dbias) -> (dx, dw, dbias).

    Args:
        self_: The runtime.
        objects: A dict, dy (..., N), x (..., K) or None, w (N, K), three bools.
        count: 7.

    Returns:
        A tuple of tensors and None; None where the general way must do it; or NULL with an exception set.
    """
    var block = stack_allocation[3, Int]()
    var results = Results(unsafe_from_address=Int(block))
    var wants = 0
    for i in range(3):
        if external_call["PyLong_AsLongLong", Int](objects.unsafe_load(4 + i)) != 0:
            wants += 1 << i
    var runtime = runtime_of(self_)
    return tuple_of(
        runtime,
        linear_gradients(
            runtime,
            objects.unsafe_load(0),
            objects.unsafe_load(1),
            objects.unsafe_load(2),
            objects.unsafe_load(3),
            wants,
            results,
        ),
        results,
    )


def linear_gradients(
    runtime: RuntimePointer, names: Object, dy: Object, x: Object, w: Object, wants: Int, results: Results
) -> Int:
    """Computes the gradients of a linear layer.

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels by dtype.
        dy: The gradient of the output, (..., N).
        x: The input, (..., K); None where the gradient of w is not wanted.
        w: The weight, (N, K).
        wants: 1 for the gradient of x, 2 for that of w, 4 for that of the bias.
        results: Where they go, 0 where they are not wanted.

    Returns:
        3; 0 with an exception set; or `REFUSED`.
    """
    comptime assert AT.dw == AT.dx + 1 and AT.dbias == AT.dx + 2
    var itemsize = itemsize_of(runtime, dy)
    var entry = entry_of(runtime, names, field(dy, DTYPE)) if itemsize != 0 else 0
    if (
        entry == 0
        or not flag(dy, DENSE)
        or rank_of(dy) < 2
        or not fits(runtime, w, dy, 2)
        or not flag(w, DENSE)
    ):
        return REFUSED
    var rank = rank_of(dy)
    var n = item(field(w, SHAPE), 0)
    var k = item(field(w, SHAPE), 1)
    if field(w, SIZE) == 0 or item(field(dy, SHAPE), rank - 1) != n:
        return REFUSED
    var m = field(dy, SIZE) // n
    var has_x = x != runtime[].none
    if has_x and not (fits(runtime, x, dy, rank) and flag(x, DENSE) and field(x, SIZE) == m * k):
        return REFUSED
    if has_x and item(field(x, SHAPE), rank - 1) != k:
        return REFUSED
    if not has_x and wants & 2 != 0:
        return REFUSED
    if m * n * k == 0 or (n == 1 and m > BLOCK):
        return REFUSED
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    for i in range(3):
        results.unsafe_store(i, 0)
    for i in range(3):
        words.unsafe_store(AT.dx + i, 0)
        if (wants >> i) & 1 == 0:
            continue
        var shape = (
            with_last(field(dy, SHAPE), k) if i == 0 else hold(field(w, SHAPE)) if i == 1 else single(n)
        )
        var strides = row_major(shape)
        var size = m * k if i == 0 else n * k if i == 1 else n
        var result = new_tensor(runtime, shape, strides, size, itemsize, field(dy, DTYPE))
        drop(shape)
        drop(strides)
        if result == 0:
            drop_all(3, results)
            return 0
        results.unsafe_store(i, result)
        words.unsafe_store(AT.dx + i, Int64(field(result, ADDRESS)))
    words.unsafe_store(AT.dy, Int64(field(dy, ADDRESS)))
    words.unsafe_store(AT.x, Int64(field(x, ADDRESS) if has_x else 0))
    words.unsafe_store(AT.w, Int64(field(w, ADDRESS)))
    words.unsafe_store(AT.m, Int64(m))
    words.unsafe_store(AT.n, Int64(n))
    words.unsafe_store(AT.k, Int64(k))
    words.unsafe_store(AT.x_row, Int64(k))
    words.unsafe_store(AT.x_column, 1)
    words.unsafe_store(AT.w_row, Int64(k))
    words.unsafe_store(AT.w_column, 1)
    return ran(runtime, entry, 2 * m * n * k, words, count_words[WORDS](words), 3, results)


def single(a: Int) -> Object:
    """Returns a new tuple of one integer.

    Args:
        a: The integer.

    Returns:
        A new reference.
    """
    var made = external_call["PyTuple_New", Object](Int(1))
    _ = external_call["PyTuple_SetItem", Int32](made, Int(0), _number(a))
    return made
