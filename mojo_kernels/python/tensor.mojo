"""The part of a Tensor that lies in C fields, so that one call can make a result without Python setting attributes.

`TensorBase` is a Python type with members at fixed offsets; the class Tensor in tensor.py derives from it and adds
everything else. This file and the direct calls are the only ones that look into Python objects besides the
trampoline.
"""

from std.ffi import external_call

from mojo_kernels.python.call import Object, Objects, RuntimePointer, out_of_memory
from mojo_kernels.python.kinds import (
    BOOL,
    Kind,
    LONGLONG,
    OBJECT,
    READONLY,
    WRITABLE,
    clear_fields,
    drop,
    field,
    free_object,
    hold,
    none_object,
    store,
    visit_fields,
)
from mojo_kernels.runtime.storage import allocate, release
from mojo_kernels.runtime.system import new_block

comptime _Cells = MutPointer[Int, MutAnyOrigin]
comptime _Bytes = MutPointer[UInt8, MutAnyOrigin]

# Fields.
comptime STORAGE = 2
"""What keeps the memory alive."""
comptime SHAPE = 3
"""A tuple of sizes."""
comptime STRIDES = 4
"""A tuple of strides in elements."""
comptime DTYPE = 5
"""The dtype."""
comptime DEVICE = 6
"""The device."""
comptime GRAD = 7
"""The gradient; None or not set where there is none."""
comptime GRAD_FN = 8
"""The node that made it."""
comptime EDGE = 9
"""Where its gradient goes, a tuple of a node and a number; not set for most leaves."""
comptime GRAD_HOOKS = 10
"""The hooks of a leaf's gradient, a list; None before there are any."""
comptime STAMP = 11
"""The stamp of changes in place, shared by all views of the memory; None before it is asked for."""
comptime BASE = 12
"""The tensor that this is a view of, where recording was on."""
comptime ADDRESS = 13
"""The address of the first element, a number; the fields before are Python objects.

Where the elements are the conjugates or the negatives of what memory holds, it is no address but a marked one, which
is negative: `is_plain` tells, and views inherit the marks by adding to it. No processor takes such a number for an
address, so what reads it without a look fails instead of computing with other numbers. Bits 62 and 61 are the marks;
bit 55 is for processors that leave out the upper eight.
"""
comptime _MARKS_AT = 61
comptime _BARE = (1 << 55) - 1
"""The bits of a marked address that say where the elements lie."""
comptime SIZE = 14
"""The number of elements."""
comptime _FLAGS = 15
comptime REQUIRES_GRAD = 8 * _FLAGS
"""The byte that says whether operations are recorded."""
comptime DENSE = 8 * _FLAGS + 1
"""The byte that says whether the tensor is known to be contiguous."""
comptime IS_VIEW = 8 * _FLAGS + 2
"""The byte that says whether the tensor is a view."""
comptime _RETAINS_GRAD = 8 * _FLAGS + 3
comptime _WORDS = 16
comptime MOST = 1 << 48
"""More elements than any memory has; the bytes of fewer are a number that does not overflow."""

comptime _EQUAL = 2
comptime Destructor = def(Object) thin abi("C") -> None
"""Frees what a capsule holds."""
comptime CAPSULE: StaticString = "mocrograd.storage"
"""The name of the capsules that hold memory."""


@always_inline
def item(tuple: Object, i: Int) -> Int:
    """Returns an integer of a tuple.

    Args:
        tuple: A tuple of integers.
        i: The index.

    Returns:
        The integer.
    """
    return external_call["PyLong_AsLongLong", Int](external_call["PyTuple_GetItem", Object](tuple, i))


@always_inline
def times(a: Int, b: Int) -> Int:
    """Multiplies numbers of elements. Expanded tensors may have so many that a plain product would overflow.

    Args:
        a: A number, at least 0.
        b: Another one.

    Returns:
        The product; a number above `MOST` where it is greater than that.
    """
    return MOST + 1 if b != 0 and a > MOST // b else a * b


@always_inline
def flag(o: Object, i: Int) -> Bool:
    """Returns a flag of a tensor.

    Args:
        o: The tensor.
        i: The flag's byte.

    Returns:
        Whether it is set.
    """
    return _Bytes(unsafe_from_address=o).unsafe_load(i) != 0


@always_inline
def is_plain(o: Object) -> Bool:
    """Returns whether the elements of a tensor are what its memory holds, and not their conjugates or negatives.

    Args:
        o: The tensor.

    Returns:
        Whether its address is one.
    """
    return field(o, ADDRESS) >= 0


@always_inline
def on_host(runtime: RuntimePointer, o: Object) -> Bool:
    """Returns whether direct calls may read the elements of a tensor: they lie in host memory, as they are.

    Args:
        runtime: The runtime.
        o: The tensor.

    Returns:
        Whether they do.
    """
    return field(o, DEVICE) == runtime[].cpu and is_plain(o)


@always_inline
def require_gradient(o: Object):
    """Says of a tensor that operations on it are recorded.

    Args:
        o: The tensor.
    """
    _Bytes(unsafe_from_address=o).unsafe_store(REQUIRES_GRAD, UInt8(1))


@always_inline
def _set(o: Object, i: Int, value: Object):
    """Sets a field of a new object to a new reference."""
    external_call["Py_IncRef", NoneType](value)
    _Cells(unsafe_from_address=o).unsafe_store(i, value)


def free_host(capsule: Object) abi("C"):
    """Gives host memory back to the pool: the destructor of its capsule.

    Args:
        capsule: The capsule.
    """
    release(external_call["PyCapsule_GetPointer", Int](capsule, CAPSULE.unsafe_ptr()))


@always_inline
def new_capsule(pointer: Int, destructor: Destructor) -> Object:
    """Returns a capsule.

    Args:
        pointer: What it holds.
        destructor: What frees it with the capsule's last reference.

    Returns:
        A new reference.
    """
    var keep = destructor
    var code = MutPointer(to=keep).unsafe_bitcast[Int]()[]
    return external_call["PyCapsule_New", Object](pointer, CAPSULE.unsafe_ptr(), code)


def new_tensor(
    runtime: RuntimePointer, shape: Object, strides: Object, size: Int, itemsize: Int, dtype: Object
) -> Object:
    """Makes a contiguous tensor in fresh host memory.

    Args:
        runtime: The runtime.
        shape: A tuple of sizes.
        strides: The strides of a contiguous layout of that shape, or others without gaps: `note_order` must follow.
        size: The number of elements.
        itemsize: Bytes per element.
        dtype: The dtype.

    Returns:
        A new reference; or NULL with OutOfMemoryError set.
    """
    if size < 0 or size > MOST:
        external_call["PyErr_Clear", NoneType]()  # a size beyond 64 bits has set an exception
        return out_of_memory(String("could not allocate a tensor of more than ", MOST, " elements"))
    var address = allocate(MutPointer(to=runtime[].pool), size * itemsize)
    if address == 0:
        return out_of_memory(String("could not allocate ", size * itemsize, " bytes"))
    var new = external_call["PyType_GenericAlloc", Object](runtime[].tensor_type, Int(0))
    var cells = _Cells(unsafe_from_address=new)
    cells.unsafe_store(STORAGE, new_capsule(address, free_host))
    _set(new, SHAPE, shape)
    _set(new, STRIDES, strides)
    _set(new, DTYPE, dtype)
    _set(new, DEVICE, runtime[].cpu)
    cells.unsafe_store(ADDRESS, address)
    cells.unsafe_store(SIZE, size)
    _Bytes(unsafe_from_address=new).unsafe_store(DENSE, UInt8(1))
    return new


def note_order(tensor: Object):
    """Notes of a new tensor whether its strides are those of a contiguous layout.

    Args:
        tensor: The tensor, or 0.
    """
    if tensor != 0:
        var dense = _lies_in_order(field(tensor, SHAPE), field(tensor, STRIDES))
        _Bytes(unsafe_from_address=tensor).unsafe_store(DENSE, UInt8(Int(dense)))


def new_view(
    runtime: RuntimePointer, base: Object, shape: Object, strides: Object, offset: Int, size: Int
) -> Object:
    """Makes a tensor over the memory of another one, which takes no part in the graph.

    Args:
        runtime: The runtime.
        base: The other tensor, whose stamp is set.
        shape: A tuple of sizes.
        strides: A tuple of strides in elements.
        offset: Where the view starts, in bytes.
        size: The number of elements.

    Returns:
        A new reference.
    """
    var new = external_call["PyType_GenericAlloc", Object](runtime[].tensor_type, Int(0))
    var cells = _Cells(unsafe_from_address=new)
    _set(new, STORAGE, field(base, STORAGE))
    _set(new, SHAPE, shape)
    _set(new, STRIDES, strides)
    _set(new, DTYPE, field(base, DTYPE))
    _set(new, DEVICE, field(base, DEVICE))
    _set(new, STAMP, field(base, STAMP))
    cells.unsafe_store(ADDRESS, field(base, ADDRESS) + offset)
    cells.unsafe_store(SIZE, size)
    _Bytes(unsafe_from_address=new).unsafe_store(IS_VIEW, UInt8(1))
    _Bytes(unsafe_from_address=new).unsafe_store(DENSE, UInt8(Int(_lies_in_order(shape, strides))))
    return new


def with_stamp(runtime: RuntimePointer, tensor: Object) -> Object:
    """Gives a tensor a stamp where it has none yet.

    Args:
        runtime: The runtime.
        tensor: The tensor.

    Returns:
        The tensor.
    """
    var stamp = field(tensor, STAMP)
    if stamp == 0 or stamp == runtime[].none:
        var list = external_call["PyList_New", Object](Int(1))
        _ = external_call["PyList_SetItem", Int32](
            list, Int(0), external_call["PyLong_FromLongLong", Object](Int(0))
        )
        store(tensor, STAMP, list)
    return tensor


def _lies_in_order(shape: Object, strides: Object) -> Bool:
    """Returns whether strides are those of a contiguous layout of a shape."""
    var step = 1
    for d in range(external_call["PyTuple_Size", Int](shape) - 1, -1, -1):
        if item(strides, d) != step:
            return False
        step *= max(item(shape, d), 1)
    return True


def set_memory(tensor: Object, objects: Objects):
    """Gives a tensor memory and a layout, in place of those it had.

    Args:
        tensor: The tensor.
        objects: The storage, the shape, the strides, the dtype, the device, and as numbers the address, the number of
            elements and whether they are contiguous.
    """
    var cells = _Cells(unsafe_from_address=tensor)
    for i in range(STORAGE, DEVICE + 1):
        var old = field(tensor, i)
        _set(tensor, i, objects.unsafe_load(i - STORAGE))
        if old != 0:
            external_call["Py_DecRef", NoneType](old)
    cells.unsafe_store(ADDRESS, external_call["PyLong_AsLongLong", Int](objects.unsafe_load(5)))
    cells.unsafe_store(SIZE, external_call["PyLong_AsLongLong", Int](objects.unsafe_load(6)))
    var dense = external_call["PyLong_AsLongLong", Int](objects.unsafe_load(7)) != 0
    _Bytes(unsafe_from_address=tensor).unsafe_store(DENSE, UInt8(Int(dense)))


def new_alias(runtime: RuntimePointer, base: Object) -> Object:
    """Makes a tensor with the memory and the layout of another one, which takes no part in the graph.

    Args:
        runtime: The runtime.
        base: The other tensor, whose stamp is set.

    Returns:
        A new reference.
    """
    var new = new_view(runtime, base, field(base, SHAPE), field(base, STRIDES), 0, field(base, SIZE))
    var flags = _Bytes(unsafe_from_address=new)
    flags.unsafe_store(IS_VIEW, UInt8(0))
    flags.unsafe_store(DENSE, UInt8(Int(flag(base, DENSE))))
    return new


def _traverse(self_: Object, visit: Int, arg: Object) abi("C") -> Int32:
    """Shows the garbage collector what a tensor refers to."""
    return visit_fields(self_, ADDRESS, visit, arg)


def _clear(self_: Object) abi("C") -> Int32:
    """Drops what a tensor refers to."""
    return clear_fields(self_, ADDRESS)


def _dealloc(self_: Object) abi("C"):
    """Frees a tensor."""
    free_object(self_, ADDRESS)


# What the field `grad` needs to know, in words: None and the type TensorBase.
comptime _NONE = 0
comptime _BASE = 1


def _get_grad(self_: Object, known: Int) abi("C") -> Object:
    """Returns the gradient, or None."""
    var grad = field(self_, GRAD)
    if grad == 0:
        grad = field(known, _NONE)
    external_call["Py_IncRef", NoneType](grad)
    return grad


def _set_grad(self_: Object, value: Object, known: Int) abi("C") -> Int32:
    """Sets the gradient: None, or a tensor of the same shape, dtype and device. The method _refuse_grad raises else.
    """
    if (
        value != 0
        and value != field(known, _NONE)
        and not (
            external_call["PyType_IsSubtype", Int32](field(value, 1), field(known, _BASE)) != 0
            and fits_as_grad(self_, value)
        )
    ):
        comptime REFUSE: StaticString = "_refuse_grad"
        var refuse = external_call["PyObject_GetAttrString", Object](self_, REFUSE.unsafe_ptr())
        if refuse == 0:
            return -1
        var arguments = external_call["PyTuple_New", Object](Int(1))
        external_call["Py_IncRef", NoneType](value)
        _ = external_call["PyTuple_SetItem", Int32](arguments, Int(0), value)
        var result = external_call["PyObject_CallObject", Object](refuse, arguments)
        external_call["Py_DecRef", NoneType](arguments)
        external_call["Py_DecRef", NoneType](refuse)
        if result == 0:
            return -1
        external_call["Py_DecRef", NoneType](result)
    store(self_, GRAD, hold(value))
    return 0


def _get_address(self_: Object, known: Int) abi("C") -> Object:
    """Returns the address, which a marked one is not: the method _refuse_address raises then."""
    var address = field(self_, ADDRESS)
    if address >= 0:
        return external_call["PyLong_FromLongLong", Object](address)
    comptime REFUSE: StaticString = "_refuse_address"
    var refuse = external_call["PyObject_GetAttrString", Object](self_, REFUSE.unsafe_ptr())
    if refuse == 0:
        return 0
    var result = external_call["PyObject_CallNoArgs", Object](refuse)
    external_call["Py_DecRef", NoneType](refuse)
    return result


def _get_bare_address(self_: Object, known: Int) abi("C") -> Object:
    """Returns where the first element lies, whether or not the address is marked."""
    var address = field(self_, ADDRESS)
    if address == 0:  # a class that has no memory says so
        comptime NAME: StaticString = "address"
        return external_call["PyObject_GetAttrString", Object](self_, NAME.unsafe_ptr())
    return external_call["PyLong_FromLongLong", Object](address if address > 0 else address & _BARE)


def _get_marks(self_: Object, known: Int) abi("C") -> Object:
    """Returns the marks of the address, a number of two bits: 1 for negatives, 2 for conjugates."""
    var address = field(self_, ADDRESS)
    return external_call["PyLong_FromLongLong", Object](0 if address >= 0 else (address >> _MARKS_AT) & 3)


def fits_as_grad(tensor: Object, value: Object) -> Bool:
    """Returns whether a tensor can be the gradient of another one.

    Args:
        tensor: The other one.
        value: The tensor.

    Returns:
        Whether shape, dtype and device agree.
    """
    if field(value, DTYPE) != field(tensor, DTYPE) or field(value, DEVICE) != field(tensor, DEVICE):
        return False
    var own = field(tensor, SHAPE)
    var its = field(value, SHAPE)
    if value == tensor or own == 0 or its == 0:
        return False
    return own == its or external_call["PyObject_RichCompareBool", Int32](own, its, Int32(_EQUAL)) == 1


def make_type() -> Object:
    """Makes the type TensorBase, whose fields that kernels follow can be read only: `set_memory` sets them.

    Returns:
        A new reference; or NULL with an exception set.
    """
    var kind = Kind(16, 4)
    kind.member("storage", OBJECT, 8 * STORAGE, READONLY)
    kind.member("_shape", OBJECT, 8 * SHAPE, READONLY)
    kind.member("_strides", OBJECT, 8 * STRIDES, READONLY)
    kind.member("dtype", OBJECT, 8 * DTYPE, READONLY)
    kind.member("device", OBJECT, 8 * DEVICE, READONLY)
    kind.member("grad_fn", OBJECT, 8 * GRAD_FN, WRITABLE)
    kind.member("_edge", OBJECT, 8 * EDGE, WRITABLE)
    kind.member("_grad_hooks", OBJECT, 8 * GRAD_HOOKS, WRITABLE)
    kind.member("_base", OBJECT, 8 * BASE, WRITABLE)
    kind.member("_stamp", OBJECT, 8 * STAMP, WRITABLE)
    kind.member("_marked_address", LONGLONG, 8 * ADDRESS, READONLY)
    kind.member("_size", LONGLONG, 8 * SIZE, READONLY)
    kind.member("requires_grad", BOOL, REQUIRES_GRAD, WRITABLE)
    kind.member("_dense", BOOL, DENSE, READONLY)
    kind.member("_is_view", BOOL, IS_VIEW, WRITABLE)
    kind.member("_retains_grad", BOOL, _RETAINS_GRAD, WRITABLE)
    var known = _Cells(unsafe_from_address=new_block(16, 64))
    kind.attribute("grad", _get_grad, _set_grad, Int(known))
    kind.readable("address", _get_address)
    kind.readable("_bare_address", _get_bare_address)
    kind.readable("_marks", _get_marks)
    var made = kind.make("mocrograd._kernels.core.TensorBase", _WORDS, _traverse, _clear, _dealloc)
    known.unsafe_store(_NONE, none_object())
    known.unsafe_store(_BASE, made)
    return made
