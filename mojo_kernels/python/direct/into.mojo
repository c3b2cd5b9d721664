"""Direct calls that write into a tensor that exists: in place, with `out`, by a copy, and with one value.

They do what the general ways in ops/_inplace.py and ops/_outputs.py do where nothing is recorded and no operand lies in
the memory that is written, but for the written view itself. In every other case they return None and have changed
nothing, and the general way follows, which also raises the errors.
"""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.elementwise.kernels import Fill
from mojo_kernels.elementwise.ternary import Clamp
from mojo_kernels.elementwise.ternary_kernels import TernaryForward
from mojo_kernels.python.call import Object, Objects, RuntimePointer, none, result_of, run_kernel, runtime_of
from mojo_kernels.python.direct.pointwise import (
    BINARY_AT,
    UNARY_AT,
    bytes_of,
    entry_of,
    equal,
    is_one,
    is_tensor,
    number_word,
    one_dimension,
    pass_on,
    same_shape,
)
from mojo_kernels.python.kinds import drop, field, hold
from mojo_kernels.python.node import recording, time_now
from mojo_kernels.python.tensor import (
    ADDRESS,
    DENSE,
    DTYPE,
    REQUIRES_GRAD,
    SHAPE,
    SIZE,
    STAMP,
    STRIDES,
    flag,
    item,
    on_host,
    with_stamp,
)
from mojo_kernels.runtime.types import MAX_WORDS, OK, Words

comptime _TERNARY_AT = TernaryForward[Clamp, DType.float32].AT
comptime _FILL_AT = Fill[DType.float32].AT
comptime _ADDRESSES = 1
"""The first word that is the address of an operand; that of the result is before it."""
comptime _MOST_OPERANDS = 3


def into(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Writes a pointwise function into a tensor: (names, target, *operands) -> target.

    Args:
        self_: The runtime.
        objects: A dict of the names of the kernels by dtype; the tensor; and one or two operands, or three and a number.
        count: 3, 4 or 6.

    Returns:
        The tensor; None where the general way must do it; or NULL with an exception set.
    """
    comptime assert UNARY_AT.y == 0 and BINARY_AT.y == 0 and _TERNARY_AT.y == 0
    comptime assert UNARY_AT.x == _ADDRESSES and BINARY_AT.b == _ADDRESSES + 1
    comptime assert _TERNARY_AT.b == _ADDRESSES + 2
    var runtime = runtime_of(self_)
    var names = objects.unsafe_load(0)
    var target = objects.unsafe_load(1)
    var operands = objects.unsafe_offset(2)
    if count == 3:
        return computed_into[1](runtime, names, target, operands)
    if count == 4:
        return computed_into[2](runtime, names, target, operands)
    if count == 6:
        return computed_into[3](runtime, names, target, operands)
    return none(runtime)


def copy_into(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Copies a tensor, which broadcasts, into another one: (names, target, source) -> target.

    Args:
        self_: The runtime.
        objects: A dict of the names of the kernels that cast from the source's dtype, by the other dtype; the tensors.
        count: 3.

    Returns:
        The tensor; None where the general way must do it; or NULL with an exception set.
    """
    return computed_into[1, casts=True](
        runtime_of(self_), objects.unsafe_load(0), objects.unsafe_load(1), objects.unsafe_offset(2)
    )


def fill_with(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Sets all elements of a tensor to a number: (names, target, number) -> target.

    Args:
        self_: The runtime.
        objects: A dict of the names of the kernels by dtype, the tensor, a number.
        count: 3.

    Returns:
        The tensor; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var target = objects.unsafe_load(1)
    if not is_tensor(runtime, target) or bytes_of(runtime, target) == 0 or not flag(target, DENSE):
        return none(runtime)
    var entry = entry_of(runtime, objects.unsafe_load(0), field(target, DTYPE))
    if entry == 0 or not _may_change(runtime, target, flag(target, REQUIRES_GRAD)):
        return none(runtime)
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    if not number_word(runtime, objects.unsafe_load(2), field(target, DTYPE), words, _FILL_AT.value):
        return none(runtime)
    words.unsafe_store(_FILL_AT.y, Int64(field(target, ADDRESS)))
    return _written(
        runtime, entry, target, words, one_dimension(words, _FILL_AT.shape, field(target, SIZE), 1)
    )


@always_inline
def _shape_at[count: Int]() -> Int:
    """Returns the index of the shape's first word."""
    return UNARY_AT.shape if count == 1 else BINARY_AT.shape if count == 2 else _TERNARY_AT.shape


@always_inline
def _number_at[count: Int](k: Int) -> Int:
    """Returns the index of the word of an operand that is a number; 0 where none may be."""
    comptime if count == 2:
        return BINARY_AT.scalar
    comptime if count == 1:
        return 0
    if k == 0:
        return 0
    return _TERNARY_AT.scalar_a if k == 1 else _TERNARY_AT.scalar_b


def computed_into[
    count: Int, casts: Bool = False, records: Bool = False
](runtime: RuntimePointer, names: Object, target: Object, operands: Objects) -> Object:
    """Runs a kernel of some operands on an existing result.

    Parameters:
        count: The number of operands.
        casts: Whether the operand has a dtype of its own.
        records: Whether the caller records it, and has looked at the graph: no other operand lies in the result then.

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels by dtype.
        target: The result.
        operands: Tensors and numbers; behind three of them the number that the kernel takes.

    Returns:
        The result, a new reference; None where the general way must do it; or NULL with an exception set.
    """
    var itemsize = bytes_of(runtime, target)
    var dtype = field(target, DTYPE) if itemsize != 0 else 0
    if itemsize == 0 or (count == 1 and not casts and dtype == runtime[].bool):
        return none(runtime)
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    var steps = stack_allocation[_MOST_OPERANDS, Int]()
    comptime if count > 1:
        words.unsafe_store(_number_at[count](1), 0)
        words.unsafe_store(_number_at[count](2), 0)
    var plain = flag(target, DENSE)
    var tracked = flag(target, REQUIRES_GRAD)
    var whole = casts  # whether the operands broadcast to the result's shape, not to less
    comptime for k in range(count):
        var x = operands.unsafe_load(k)
        steps[unsafe_offset=k] = 0
        words.unsafe_store(_ADDRESSES + k, 0)
        if not is_tensor(runtime, x):
            var at = _number_at[count](k)
            if at == 0 or not number_word(runtime, x, dtype, words, at):
                return none(runtime)
        else:
            if not _is_operand[casts](runtime, target, itemsize, x, exempt=not records or k == 0):
                return none(runtime)
            words.unsafe_store(_ADDRESSES + k, Int64(field(x, ADDRESS)))
            tracked = tracked or flag(x, REQUIRES_GRAD)
            var alike = x == target or same_shape(x, target)
            whole = whole or alike
            steps[unsafe_offset=k] = Int(alike)
            plain = plain and ((alike and flag(x, DENSE)) or is_one(x))
    comptime if count == 3:
        if not number_word(runtime, operands.unsafe_load(3), dtype, words, _TERNARY_AT.value):
            return none(runtime)
    var entry = entry_of(runtime, names, dtype) if whole else 0
    if entry == 0 or not _may_change(runtime, target, tracked and not records):
        return none(runtime)
    comptime AT = _shape_at[count]()
    words.unsafe_store(0, Int64(field(target, ADDRESS)))
    if not plain:
        var used = _strided[count](runtime, target, operands, words, AT)
        return _written(runtime, entry, target, words, used) if used != 0 else none(runtime)
    var used = one_dimension(words, AT, field(target, SIZE), 1)
    comptime for k in range(count):
        words.unsafe_store(used + k, Int64(steps[unsafe_offset=k]))
    return _written(runtime, entry, target, words, used + count)


@always_inline
def _is_operand[
    casts: Bool
](runtime: RuntimePointer, target: Object, itemsize: Int, x: Object, exempt: Bool) -> Bool:
    """Returns whether a tensor may be read while another one is written: it lies in host memory, has the dtype unless it
    is cast, and does not clash."""
    var width = bytes_of(runtime, x) if casts else itemsize
    return (
        width != 0
        and on_host(runtime, x)
        and (casts or field(x, DTYPE) == field(target, DTYPE))
        and not _clashes(target, itemsize, x, width, exempt)
    )


@always_inline
def _may_change(runtime: RuntimePointer, target: Object, tracked: Bool) -> Bool:
    """Returns whether a tensor may be written without a look at the graph; `tracked` where an operand requires a
    gradient."""
    if tracked and recording(runtime):
        return False
    var stamp = field(target, STAMP)
    return (
        stamp == 0
        or stamp == runtime[].none
        or (field(stamp, 1) == runtime[].list_type and external_call["PyList_Size", Int](stamp) > 0)
    )


def _written(runtime: RuntimePointer, entry: Int, target: Object, words: Words, used: Int) -> Object:
    """Runs a kernel, and notes that its result has changed."""
    var size = field(target, SIZE)
    if size != 0:
        words.unsafe_store(used, Int64(runtime[].context))
        var status = run_kernel(runtime, entry, size, words, used + 1)
        if status != OK:
            return result_of(runtime, status)
    var now = external_call["PyLong_FromLongLong", Object](time_now(runtime) + 1)
    if now == 0:
        return 0
    _ = external_call["PyList_SetItem", Int32](runtime[].clock, Int(0), hold(now))
    _ = external_call["PyList_SetItem", Int32](field(with_stamp(runtime, target), STAMP), Int(0), now)
    return hold(target)


@always_inline
def _end(x: Object, itemsize: Int) -> Int:
    """Returns the address behind the last element of a tensor."""
    var size = field(x, SIZE)
    if size == 0 or flag(x, DENSE):
        return field(x, ADDRESS) + size * itemsize
    var reach = 1
    for d in range(external_call["PyTuple_Size", Int](field(x, SHAPE))):
        reach += (item(field(x, SHAPE), d) - 1) * item(field(x, STRIDES), d)
    return field(x, ADDRESS) + reach * itemsize


@always_inline
def _clashes(target: Object, itemsize: Int, x: Object, width: Int, exempt: Bool) -> Bool:
    """Returns whether an operand lies in the memory that is written; the same view of it may be exempt."""
    if x == target and exempt:
        return False
    var first = field(target, ADDRESS)
    if field(x, ADDRESS) >= _end(target, itemsize) or first >= _end(x, width):
        return False
    return (
        not exempt
        or field(x, ADDRESS) != first
        or field(x, DTYPE) != field(target, DTYPE)
        or not same_shape(x, target)
        or not equal(field(x, STRIDES), field(target, STRIDES))
    )


def _strided[
    count: Int
](runtime: RuntimePointer, target: Object, operands: Objects, words: Words, at: Int) -> Int:
    """Writes the shape and the strides of a result and operands of any layout; returns the number of words, 0 where the
    operands do not broadcast to the result, or elements of it share memory."""
    for d in range(external_call["PyTuple_Size", Int](field(target, SHAPE))):
        if item(field(target, STRIDES), d) == 0 and item(field(target, SHAPE), d) > 1:
            return 0
    var layouts = external_call["PyTuple_New", Object](Int(2 * (count + 1)))
    pass_on(layouts, 0, field(target, SHAPE))
    pass_on(layouts, 1, field(target, STRIDES))
    comptime for k in range(count):
        var x = operands.unsafe_load(k)
        for part in range(2):
            if is_tensor(runtime, x):
                pass_on(layouts, 2 * k + 2 + part, field(x, SHAPE + part))
            else:
                _ = external_call["PyTuple_SetItem", Int32](
                    layouts, 2 * k + 2 + part, external_call["PyTuple_New", Object](Int(0))
                )
    var zipped = external_call["PyObject_CallObject", Object](runtime[].zip_layouts, layouts)
    drop(layouts)
    if zipped == 0:
        external_call["PyErr_Clear", NoneType]()
        return 0
    var used = 0
    if equal(external_call["PyTuple_GetItem", Object](zipped, Int(0)), field(target, SHAPE)):
        used = _without_first(external_call["PyTuple_GetItem", Object](zipped, Int(3)), words, at)
    drop(zipped)
    return used


def _without_first(layout: Object, words: Words, at: Int) -> Int:
    """Writes the words of a layout without the strides of its first operand, a fresh result; returns the number of words,
    0 where they are too many."""
    var total = external_call["PyTuple_Size", Int](layout)
    var rank = item(layout, 0)
    if at + total >= MAX_WORDS:
        return 0
    var to = at
    for i in range(total):
        if i <= rank or i > 2 * rank:
            words.unsafe_store(to, Int64(item(layout, i)))
            to += 1
    return to
