"""Direct calls: pointwise ops on tensors from one call of Python, with the result's memory and the Tensor made here.

They do what the general way in ops/arithmetic.py does, for the cases that fill training loops: gradients of float32 and
float64, and values of any dtype, on the CPU. In every other case they return None, and the general way follows, which
also raises the errors. record.mojo records them for autograd.
"""

from std.ffi import external_call
from std.memory import bitcast, stack_allocation

from mojo_kernels.elementwise.kernels import (
    BINARY_WORDS,
    BINARY_BACKWARD_WORDS,
    UNARY_WORDS,
    UNARY_BACKWARD_WORDS,
)
from mojo_kernels.python.call import (
    Object,
    Objects,
    RuntimePointer,
    none,
    result_of,
    run_kernel,
    runtime_of,
    unpack,
)
from mojo_kernels.python.kinds import Results, drop, field
from mojo_kernels.python.tensor import (
    ADDRESS,
    DENSE,
    DTYPE,
    SHAPE,
    SIZE,
    STRIDES,
    flag,
    is_plain,
    item,
    new_tensor,
    note_order,
    on_host,
)
from mojo_kernels.runtime.types import MAX_WORDS, OK, Words
from mojo_kernels.runtime.words import Names

comptime _EQUAL = 2
comptime UNARY_AT = Names[UNARY_WORDS]()
"""The indices of the words of a function of one operand."""
comptime BINARY_AT = Names[BINARY_WORDS]()
"""Those of a function of two."""
comptime _SLOPE_AT = Names[UNARY_BACKWARD_WORDS]()
comptime _SLOPES_AT = Names[BINARY_BACKWARD_WORDS]()


@always_inline
def _integer(objects: Objects, i: Int) -> Int:
    return external_call["PyLong_AsLongLong", Int](objects.unsafe_load(i))


@always_inline
def is_tensor(runtime: RuntimePointer, o: Object) -> Bool:
    """Returns whether an object is a Tensor.

    Args:
        runtime: The runtime.
        o: Any object.

    Returns:
        Whether its type is Tensor or derives from it.
    """
    var kind = field(o, 1)
    return (
        kind == runtime[].tensor_type
        or external_call["PyType_IsSubtype", Int32](kind, runtime[].tensor_type) != 0
    )


@always_inline
def itemsize_of(runtime: RuntimePointer, o: Object) -> Int:
    """Returns the bytes of an element of a tensor that direct calls of floats take.

    Args:
        runtime: The runtime.
        o: Any object.

    Returns:
        2, 4 or 8; 0 for another dtype or device, for what is no tensor, and for one without memory.
    """
    if not is_tensor(runtime, o) or not on_host(runtime, o):
        return 0
    var dtype = field(o, DTYPE)
    if dtype == runtime[].float32:
        return 4
    return 8 if dtype == runtime[].float64 else 2 if is_half(runtime, dtype) else 0


@always_inline
def is_half(runtime: RuntimePointer, dtype: Object) -> Bool:
    """Returns whether a dtype is a floating one of 16 bits.

    Args:
        runtime: The runtime.
        dtype: The dtype.

    Returns:
        True for float16 and bfloat16.
    """
    return dtype == runtime[].float16 or dtype == runtime[].bfloat16


@always_inline
def bytes_of(runtime: RuntimePointer, o: Object) -> Int:
    """Returns the bytes of an element of a tensor that direct calls of any dtype take.

    Args:
        runtime: The runtime.
        o: Any object.

    Returns:
        1, 2, 4 or 8; 0 for another device, for what is no tensor, and for one without memory.
    """
    var of_float = itemsize_of(runtime, o)
    if of_float != 0 or not is_tensor(runtime, o) or not on_host(runtime, o):
        return of_float
    var dtype = field(o, DTYPE)
    if dtype == runtime[].int64:
        return 8
    if dtype == runtime[].int16:
        return 2
    return 4 if dtype == runtime[].int32 else 1


@always_inline
def same_shape(a: Object, b: Object) -> Bool:
    """Returns whether two tensors have one shape.

    Args:
        a: A tensor.
        b: A tensor.

    Returns:
        Whether their sizes are equal.
    """
    return equal(field(a, SHAPE), field(b, SHAPE))


@always_inline
def equal(left: Object, right: Object) -> Bool:
    """Returns whether two tuples of integers are equal.

    Args:
        left: A tuple.
        right: A tuple.

    Returns:
        Whether their items are.
    """
    return left == right or external_call["PyObject_RichCompareBool", Int32](left, right, Int32(_EQUAL)) == 1


@always_inline
def _step(o: Object) -> Int:
    """Returns how far apart the elements of a tensor lie: 1 where it is contiguous, 0 where it repeats one, -1 else.
    """
    if flag(o, DENSE):
        return 1
    var strides = field(o, STRIDES)
    for i in range(external_call["PyTuple_Size", Int](strides)):
        if item(strides, i) != 0:
            return -1
    return 0


@always_inline
def entry_of(runtime: RuntimePointer, names: Object, dtype: Object) -> Int:
    """Returns the address of the kernel for a dtype.

    Args:
        runtime: The runtime.
        names: A dict from dtype to the kernel's name.
        dtype: The dtype.

    Returns:
        The address; 0 where there is none.
    """
    var name = external_call["PyDict_GetItemWithError", Object](names, dtype)
    if name == 0:
        return 0
    var entry = external_call["PyDict_GetItemWithError", Object](runtime[].table, name)
    return external_call["PyLong_AsLongLong", Int](entry) if entry != 0 else 0


@always_inline
def run_on(
    runtime: RuntimePointer, entry: Int, size: Int, words: Words, count: Int, result: Object
) -> Object:
    """Runs a kernel.

    Args:
        runtime: The runtime.
        entry: The kernel's address.
        size: The number of elements; 0 runs nothing.
        words: Its words, without the context.
        count: Their number.
        result: What holds the result, whose reference is taken over.

    Returns:
        The result; or NULL with an exception set.
    """
    if size == 0:
        return result
    words.unsafe_store(count, Int64(runtime[].context))
    var status = run_kernel(runtime, entry, size, words, count + 1)
    if status == OK:
        return result
    external_call["Py_DecRef", NoneType](result)
    return result_of(runtime, status)


@always_inline
def one_dimension(words: Words, at: Int, size: Int, *strides: Int) -> Int:
    """Writes the shape of operands that lie one element behind the other.

    Args:
        words: The words of a call.
        at: Where the shape starts.
        size: The number of elements.
        strides: The stride of each operand: 1, or 0 where one element stands for all.

    Returns:
        The number of words so far.
    """
    words.unsafe_store(at, 1)
    words.unsafe_store(at + 1, Int64(size))
    for k in range(len(strides)):
        words.unsafe_store(at + 2 + k, Int64(strides[k]))
    return at + 2 + len(strides)


@always_inline
def is_one(o: Object) -> Bool:
    """Returns whether a tensor has no dimensions: its element stands for all of another one's.

    Args:
        o: The tensor.

    Returns:
        Whether it has none.
    """
    return external_call["PyTuple_Size", Int](field(o, SHAPE)) == 0


def _zip(runtime: RuntimePointer, a: Object, b: Object) -> Object:
    """Asks layout.py to broadcast two operands, of which the second may be 0; returns (shape, strides, size, words).
    """
    var arguments = external_call["PyTuple_New", Object](Int(2 if b == 0 else 4))
    pass_on(arguments, 0, field(a, SHAPE))
    pass_on(arguments, 1, field(a, STRIDES))
    if b != 0:
        pass_on(arguments, 2, field(b, SHAPE))
        pass_on(arguments, 3, field(b, STRIDES))
    var layout = external_call["PyObject_CallObject", Object](runtime[].zip_layouts, arguments)
    external_call["Py_DecRef", NoneType](arguments)
    return layout


@always_inline
def pass_on(arguments: Object, i: Int, o: Object):
    """Puts a borrowed object into a new tuple.

    Args:
        arguments: The tuple.
        i: Where it goes.
        o: The object.
    """
    external_call["Py_IncRef", NoneType](o)
    _ = external_call["PyTuple_SetItem", Int32](arguments, i, o)


def _general(
    runtime: RuntimePointer, entry: Int, itemsize: Int, dtype: Object, layout: Object, words: Words, at: Int
) -> Object:
    """Makes the result of a layout that `_zip` returned, and runs the kernel on it; takes over the layout."""
    comptime assert UNARY_AT.y == BINARY_AT.y
    if layout == 0:
        return 0
    var items = stack_allocation[4, Int]()
    for k in range(4):
        items[unsafe_offset=k] = external_call["PyTuple_GetItem", Object](layout, k)
    var size = external_call["PyLong_AsLongLong", Int](items[unsafe_offset=2])
    var result = new_tensor(runtime, items[unsafe_offset=0], items[unsafe_offset=1], size, itemsize, dtype)
    if result != 0:
        note_order(result)
        words.unsafe_store(UNARY_AT.y, Int64(field(result, ADDRESS)))
        var count = unpack(items[unsafe_offset=3], words.unsafe_offset(at))
        result = run_on(runtime, entry, size, words, at + count, result)
    external_call["Py_DecRef", NoneType](layout)
    return result


def unary_result(runtime: RuntimePointer, names: Object, x: Object) -> Object:
    """Computes a function of one tensor.

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels by dtype.
        x: The input.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    var itemsize = bytes_of(runtime, x)
    var entry = entry_of(runtime, names, field(x, DTYPE)) if itemsize != 0 else 0
    if entry == 0:
        return none(runtime)
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    words.unsafe_store(UNARY_AT.x, Int64(field(x, ADDRESS)))
    if not flag(x, DENSE):
        return _general(runtime, entry, itemsize, field(x, DTYPE), _zip(runtime, x, 0), words, UNARY_AT.shape)
    var size = field(x, SIZE)
    var result = new_tensor(runtime, field(x, SHAPE), field(x, STRIDES), size, itemsize, field(x, DTYPE))
    if result == 0:
        return 0
    words.unsafe_store(UNARY_AT.y, Int64(field(result, ADDRESS)))
    return run_on(runtime, entry, size, words, one_dimension(words, UNARY_AT.shape, size, 1, 1), result)


def unary_backward(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Computes the gradient of a function of one tensor: (names, saved, grad, whether x was saved) -> dx.

    Args:
        self_: The runtime.
        objects: A dict, the saved input or output, the gradient of the output, a bool.
        count: 4.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    return unary_gradient(
        runtime_of(self_),
        objects.unsafe_load(0),
        objects.unsafe_load(1),
        objects.unsafe_load(2),
        _integer(objects, 3),
    )


def unary_gradient(
    runtime: RuntimePointer, names: Object, saved: Object, grad: Object, saves_x: Int
) -> Object:
    """Computes the gradient of a function of one tensor.

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels by dtype.
        saved: The input or the output, a tensor.
        grad: The gradient of the output.
        saves_x: 1 where the input was saved, 0 where the output was.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    var itemsize = itemsize_of(runtime, grad)
    var step = _step(grad) if itemsize != 0 else -1
    if step < 0 or field(saved, DTYPE) != field(grad, DTYPE) or not flag(saved, DENSE) or not is_plain(saved):
        return none(runtime)
    if not same_shape(saved, grad):
        return none(runtime)
    var entry = entry_of(runtime, names, field(grad, DTYPE))
    if entry == 0:
        return none(runtime)
    var size = field(grad, SIZE)
    var result = new_tensor(
        runtime, field(saved, SHAPE), field(saved, STRIDES), size, itemsize, field(grad, DTYPE)
    )
    if result == 0:
        return 0
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    words.unsafe_store(_SLOPE_AT.dx, Int64(field(result, ADDRESS)))
    words.unsafe_store(_SLOPE_AT.x, Int64(field(saved, ADDRESS) * saves_x))
    words.unsafe_store(_SLOPE_AT.y, Int64(field(saved, ADDRESS) * (1 - saves_x)))
    words.unsafe_store(_SLOPE_AT.dy, Int64(field(grad, ADDRESS)))
    return run_on(
        runtime,
        entry,
        size,
        words,
        one_dimension(words, _SLOPE_AT.shape, size, 1, saves_x, 1 - saves_x, step),
        result,
    )


@always_inline
def scalar_word(runtime: RuntimePointer, o: Object, words: Words, at: Int) -> Bool:
    """Writes a Python number into a word as the bits of a float64.

    Args:
        runtime: The runtime.
        o: Any object.
        words: The words of a call.
        at: The index of the word.

    Returns:
        Whether it is a number.
    """
    var kind = field(o, 1)
    if kind != runtime[].float_type and kind != runtime[].int_type:
        return False
    words.unsafe_store(at, bitcast[DType.int64](external_call["PyFloat_AsDouble", Float64](o)))
    if external_call["PyErr_Occurred", Object]() != 0:
        external_call["PyErr_Clear", NoneType]()
        return False
    return True


@always_inline
def number_word(runtime: RuntimePointer, o: Object, dtype: Object, words: Words, at: Int) -> Bool:
    """Writes a Python number into a word as kernels of a dtype take it.

    Args:
        runtime: The runtime.
        o: Any object.
        dtype: The dtype, a real one.
        words: The words of a call.
        at: The index of the word.

    Returns:
        Whether it is a number that fits the dtype.
    """
    if dtype == runtime[].float32 or dtype == runtime[].float64 or is_half(runtime, dtype):
        return scalar_word(runtime, o, words, at)
    if field(o, 1) != runtime[].int_type or dtype == runtime[].bool:
        return False
    var value = external_call["PyLong_AsLongLong", Int](o)
    if value == -1 and external_call["PyErr_Occurred", Object]() != 0:
        external_call["PyErr_Clear", NoneType]()
        return False
    words.unsafe_store(at, Int64(value))
    if dtype == runtime[].uint8:
        return value >= 0 and value <= 255
    if dtype == runtime[].int64:
        return True
    if dtype == runtime[].int32:
        return Int(Int32(value)) == value
    return Int(Int16(value) if dtype == runtime[].int16 else Int16(Int8(value))) == value


def binary_result[
    compares: Bool = False
](runtime: RuntimePointer, names: Object, a: Object, b: Object) -> Object:
    """Computes a function of two operands.

    Parameters:
        compares: Whether the result is of bools; such a result has one order in memory, or is left to the general way.

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels by dtype.
        a: The first operand.
        b: The second one; one of them may be a number.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    words.unsafe_store(BINARY_AT.scalar, 0)
    var a_tensor = is_tensor(runtime, a)
    var b_tensor = is_tensor(runtime, b)
    var first = a if a_tensor else b
    if not (a_tensor or b_tensor):
        return none(runtime)
    var dtype = field(first, DTYPE)
    var itemsize = bytes_of(runtime, first)
    if itemsize == 0 or (a_tensor and b_tensor and (field(b, DTYPE) != dtype or not on_host(runtime, b))):
        return none(runtime)
    if not (a_tensor and b_tensor) and not number_word(
        runtime, b if a_tensor else a, dtype, words, BINARY_AT.scalar
    ):
        return none(runtime)
    var entry = entry_of(runtime, names, dtype)
    if entry == 0:
        return none(runtime)
    comptime if compares:
        dtype = runtime[].bool
        itemsize = 1
    words.unsafe_store(BINARY_AT.a, Int64(field(a, ADDRESS) if a_tensor else 0))
    words.unsafe_store(BINARY_AT.b, Int64(field(b, ADDRESS) if b_tensor else 0))
    var dense = flag(first, DENSE)
    var a_step = Int(a_tensor)
    var b_step = Int(b_tensor)
    if a_tensor and b_tensor:
        if dense and is_one(b):
            b_step = 0
        elif flag(b, DENSE) and is_one(a):
            a_step = 0
            first = b
        elif not (dense and flag(b, DENSE) and same_shape(a, b)):
            comptime if compares:
                if not (dense and flag(b, DENSE)):
                    return none(runtime)
            return _general(runtime, entry, itemsize, dtype, _zip(runtime, a, b), words, BINARY_AT.shape)
    elif not dense:
        return none(runtime)
    var size = field(first, SIZE)
    var result = new_tensor(runtime, field(first, SHAPE), field(first, STRIDES), size, itemsize, dtype)
    if result == 0:
        return 0
    words.unsafe_store(BINARY_AT.y, Int64(field(result, ADDRESS)))
    return run_on(
        runtime,
        entry,
        size,
        words,
        one_dimension(words, BINARY_AT.shape, size, 1, a_step, b_step),
        result,
    )


comptime REFUSED = -1
"""What gradients return where the general way must compute them."""


def binary_backward(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Computes the gradients of a function of two operands: (names, a, b, grad, wants a, wants b) -> (da, db).

    Args:
        self_: The runtime.
        objects: A dict, the operands (None where it was not saved, or a number), the gradient, two bools.
        count: 6.

    Returns:
        A tuple of tensors and None; None where the general way must do it; or NULL with an exception set.
    """
    var block = stack_allocation[2, Int]()
    var results = Results(unsafe_from_address=Int(block))
    var wants = Int(_integer(objects, 4) != 0) + 2 * Int(_integer(objects, 5) != 0)
    var runtime = runtime_of(self_)
    return tuple_of(
        runtime,
        binary_gradients(
            runtime, objects.unsafe_load(0), objects.unsafe_offset(1), objects.unsafe_load(3), wants, results
        ),
        results,
    )


def tuple_of(runtime: RuntimePointer, count: Int, results: Results) -> Object:
    """Makes what a `backward` returns of gradients.

    Args:
        runtime: The runtime.
        count: Their number, 0 after an exception, or `REFUSED`.
        results: New references to tensors, which the tuple takes over; 0 stands for None.

    Returns:
        A tuple; None where the general way must compute them; or NULL with an exception set.
    """
    if count == 0:
        return 0
    if count == REFUSED:
        return none(runtime)
    var made = external_call["PyTuple_New", Object](count)
    for i in range(count):
        var result = results.unsafe_load(i)
        _ = external_call["PyTuple_SetItem", Int32](made, i, result if result != 0 else none(runtime))
    return made


def drop_all(count: Int, results: Results):
    """Gives references back.

    Args:
        count: Their number.
        results: The references; 0 stands for none.
    """
    for i in range(count):
        drop(results.unsafe_load(i))


def binary_gradients(
    runtime: RuntimePointer, names: Object, operands: Objects, grad: Object, wants: Int, results: Results
) -> Int:
    """Computes the gradients of a function of two operands.

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels by dtype.
        operands: Two operands: tensors, numbers, or None where one was not saved.
        grad: The gradient of the output.
        wants: 1 for the gradient of the first operand, and 2 for that of the second.
        results: Where they go, 0 where they are not wanted.

    Returns:
        2; 0 with an exception set; or `REFUSED`.
    """
    comptime assert _SLOPES_AT.b == _SLOPES_AT.a + 1 and _SLOPES_AT.db == _SLOPES_AT.da + 1
    var itemsize = itemsize_of(runtime, grad)
    var entry = entry_of(runtime, names, field(grad, DTYPE)) if itemsize != 0 else 0
    var step = _step(grad) if entry != 0 else -1
    if step < 0:
        return REFUSED
    var like = grad  # a contiguous tensor of the result's layout
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    words.unsafe_store(_SLOPES_AT.scalar, 0)
    var strides = stack_allocation[2, Int]()
    for k in range(2):
        var o = operands.unsafe_load(k)
        strides[unsafe_offset=k] = 0
        words.unsafe_store(_SLOPES_AT.a + k, 0)
        if o == runtime[].none or scalar_word(runtime, o, words, _SLOPES_AT.scalar):
            continue
        if not is_tensor(runtime, o) or field(o, DTYPE) != field(grad, DTYPE):
            return REFUSED
        if not flag(o, DENSE) or not is_plain(o) or not same_shape(o, grad):
            return REFUSED
        strides[unsafe_offset=k] = 1
        like = o
        words.unsafe_store(_SLOPES_AT.a + k, Int64(field(o, ADDRESS)))
    if not flag(like, DENSE):
        return REFUSED
    var size = field(grad, SIZE)
    words.unsafe_store(_SLOPES_AT.dy, Int64(field(grad, ADDRESS)))
    for k in range(2):
        results.unsafe_store(k, 0)
    for k in range(2):
        words.unsafe_store(_SLOPES_AT.da + k, 0)
        if (wants >> k) & 1 == 0:
            continue
        var result = new_tensor(
            runtime, field(like, SHAPE), field(like, STRIDES), size, itemsize, field(like, DTYPE)
        )
        if result == 0:
            drop_all(2, results)
            return 0
        results.unsafe_store(k, result)
        words.unsafe_store(_SLOPES_AT.da + k, Int64(field(result, ADDRESS)))
    var used = one_dimension(
        words, _SLOPES_AT.shape, size, strides[unsafe_offset=0], strides[unsafe_offset=1], step
    )
    return ran(runtime, entry, size, words, used, 2, results)


def ran(
    runtime: RuntimePointer, entry: Int, work: Int, words: Words, used: Int, count: Int, results: Results
) -> Int:
    """Runs a kernel of several results.

    Args:
        runtime: The runtime.
        entry: The kernel's address.
        work: Its work; 0 runs nothing.
        words: Its words, without the context.
        used: Their number.
        count: The number of results.
        results: The results, which are given back after an exception.

    Returns:
        The number of results; or 0 with an exception set.
    """
    if work == 0:
        return count
    words.unsafe_store(used, Int64(runtime[].context))
    var status = run_kernel(runtime, entry, work, words, used + 1)
    if status == OK:
        return count
    drop_all(count, results)
    _ = result_of(runtime, status)
    return 0
