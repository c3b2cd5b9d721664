"""The part of a Tensor that lies in C fields, so that one call can make a result without Python setting attributes.

`TensorBase` is a Python type with members at fixed offsets; the class Tensor in tensor.py derives from it and adds
everything else. This file and the direct calls are the only ones that look into Python objects besides the
trampoline.
"""

from std.ffi import external_call

from mojo_kernels.python.call import Object, Objects, RuntimePointer, out_of_memory
from mojo_kernels.runtime.storage import allocate, release
from mojo_kernels.runtime.system import new_block

comptime _Cells = MutPointer[Int, MutAnyOrigin]
comptime _Bytes = MutPointer[UInt8, MutAnyOrigin]

# Fields, counted in words from the start of the object, whose first two are its reference count and its type.
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
comptime _GRAD_FN = 8
comptime _EDGE = 9
comptime GRAD_HOOKS = 10
"""The hooks of a leaf's gradient, a list; None before there are any."""
comptime STAMP = 11
"""The stamp of changes in place, shared by all views of the memory; None before it is asked for."""
comptime ADDRESS = 12
"""The address of the first element, a number; the fields before are Python objects."""
comptime SIZE = 13
"""The number of elements."""
comptime _FLAGS = 14
comptime REQUIRES_GRAD = 8 * _FLAGS
"""The byte that says whether operations are recorded."""
comptime DENSE = 8 * _FLAGS + 1
"""The byte that says whether the tensor is known to be contiguous."""
comptime _IS_VIEW = 8 * _FLAGS + 2
comptime _RETAINS_GRAD = 8 * _FLAGS + 3
comptime _WORDS = 15
comptime _MOST = 1 << 48
"""More elements than any memory has; the bytes of fewer are a number that does not overflow."""

# CPython's numbers: kinds of members, slots of a type, flags of a type.
comptime _OBJECT = 6
comptime _BOOL = 14
comptime _LONGLONG = 17
comptime _WRITABLE = 0
comptime _READONLY = 1
comptime _TP_CLEAR = 51
comptime _TP_DEALLOC = 52
comptime _TP_TRAVERSE = 71
comptime _TP_MEMBERS = 72
comptime _TP_GETSET = 73
comptime _EQUAL = 2
comptime _BASETYPE_AND_GC = (1 << 10) | (1 << 14) | (1 << 18)

comptime _Visit = def(Object, Object) thin abi("C") -> Int32
comptime _Getter = def(Object, Int) thin abi("C") -> Object
comptime _Setter = def(Object, Object, Int) thin abi("C") -> Int32
comptime Destructor = def(Object) thin abi("C") -> None
"""Frees what a capsule holds."""
comptime CAPSULE: StaticString = "mocrograd.storage"
"""The name of the capsules that hold memory."""


@always_inline
def field(o: Object, i: Int) -> Int:
    """Returns a field of a tensor.

    Args:
        o: The tensor.
        i: The field.

    Returns:
        A borrowed object or a number; 0 for an object that is not set.
    """
    return _Cells(unsafe_from_address=o).unsafe_load(i)


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
        strides: The strides of a contiguous layout of that shape.
        size: The number of elements.
        itemsize: Bytes per element.
        dtype: The dtype.

    Returns:
        A new reference; or NULL with OutOfMemoryError set.
    """
    if size < 0 or size > _MOST:
        external_call["PyErr_Clear", NoneType]()  # a size beyond 64 bits has set an exception
        return out_of_memory(String("could not allocate a tensor of more than ", _MOST, " elements"))
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
    _Bytes(unsafe_from_address=new).unsafe_store(_IS_VIEW, UInt8(1))
    _Bytes(unsafe_from_address=new).unsafe_store(DENSE, UInt8(Int(_lies_in_order(shape, strides))))
    return new


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
    flags.unsafe_store(_IS_VIEW, UInt8(0))
    flags.unsafe_store(DENSE, UInt8(Int(flag(base, DENSE))))
    return new


def _traverse(self_: Object, visit: Int, arg: Object) abi("C") -> Int32:
    """Shows the garbage collector what a tensor refers to."""
    var address = visit
    var function = MutPointer(to=address).unsafe_bitcast[_Visit]()[]
    var status = function(field(self_, 1), arg)  # its type
    if status != 0:
        return status
    for i in range(STORAGE, ADDRESS):
        if field(self_, i) != 0:
            status = function(field(self_, i), arg)
            if status != 0:
                return status
    return 0


def _clear(self_: Object) abi("C") -> Int32:
    """Drops what a tensor refers to."""
    for i in range(STORAGE, ADDRESS):
        var o = field(self_, i)
        if o != 0:
            _Cells(unsafe_from_address=self_).unsafe_store(i, 0)
            external_call["Py_DecRef", NoneType](o)
    return 0


def _dealloc(self_: Object) abi("C"):
    """Frees a tensor."""
    external_call["PyObject_GC_UnTrack", NoneType](self_)
    _ = _clear(self_)
    var kind = field(self_, 1)
    external_call["PyObject_GC_Del", NoneType](self_)
    external_call["Py_DecRef", NoneType](kind)


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
    if value != 0 and value != field(known, _NONE) and not _fits(self_, value, known):
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
    var old = field(self_, GRAD)
    if value != 0:
        external_call["Py_IncRef", NoneType](value)
    _Cells(unsafe_from_address=self_).unsafe_store(GRAD, value)
    if old != 0:
        external_call["Py_DecRef", NoneType](old)
    return 0


@always_inline
def _fits(self_: Object, value: Object, known: Int) -> Bool:
    """Returns whether an object can be the gradient of a tensor."""
    if external_call["PyType_IsSubtype", Int32](field(value, 1), field(known, _BASE)) == 0:
        return False
    if field(value, DTYPE) != field(self_, DTYPE) or field(value, DEVICE) != field(self_, DEVICE):
        return False
    var own = field(self_, SHAPE)
    var its = field(value, SHAPE)
    if value == self_ or own == 0 or its == 0:
        return False
    return own == its or external_call["PyObject_RichCompareBool", Int32](own, its, Int32(_EQUAL)) == 1


def _member(table: _Cells, i: Int, name: StaticString, kind: Int, offset: Int, flags: Int):
    table.unsafe_store(5 * i, Int(name.unsafe_ptr()))
    table.unsafe_store(5 * i + 1, kind)
    table.unsafe_store(5 * i + 2, offset)
    table.unsafe_store(5 * i + 3, flags)


def make_type() -> Object:
    """Makes the type TensorBase, whose fields that kernels follow can be read only: `set_memory` sets them.

    Returns:
        A new reference; or NULL with an exception set.
    """
    comptime MEMBERS = 16
    var members = _Cells(unsafe_from_address=new_block(40 * MEMBERS, 64))
    for i in range(5 * MEMBERS):
        members.unsafe_store(i, 0)
    _member(members, 0, "storage", _OBJECT, 8 * STORAGE, _READONLY)
    _member(members, 1, "_shape", _OBJECT, 8 * SHAPE, _READONLY)
    _member(members, 2, "_strides", _OBJECT, 8 * STRIDES, _READONLY)
    _member(members, 3, "dtype", _OBJECT, 8 * DTYPE, _READONLY)
    _member(members, 4, "device", _OBJECT, 8 * DEVICE, _READONLY)
    _member(members, 5, "grad_fn", _OBJECT, 8 * _GRAD_FN, _WRITABLE)
    _member(members, 6, "_edge", _OBJECT, 8 * _EDGE, _WRITABLE)
    _member(members, 7, "_grad_hooks", _OBJECT, 8 * GRAD_HOOKS, _WRITABLE)
    _member(members, 8, "_stamp", _OBJECT, 8 * STAMP, _WRITABLE)
    _member(members, 9, "address", _LONGLONG, 8 * ADDRESS, _READONLY)
    _member(members, 10, "_size", _LONGLONG, 8 * SIZE, _READONLY)
    _member(members, 11, "requires_grad", _BOOL, REQUIRES_GRAD, _WRITABLE)
    _member(members, 12, "_dense", _BOOL, DENSE, _READONLY)
    _member(members, 13, "_is_view", _BOOL, _IS_VIEW, _WRITABLE)
    _member(members, 14, "_retains_grad", _BOOL, _RETAINS_GRAD, _WRITABLE)
    comptime WORDS = 10  # a name, two functions, a text and what they know; and an empty entry
    var known = _Cells(unsafe_from_address=new_block(16, 64))
    var getset = _Cells(unsafe_from_address=new_block(8 * WORDS, 64))
    for i in range(WORDS):
        getset.unsafe_store(i, 0)
    comptime GRAD_NAME: StaticString = "grad"
    var getter: _Getter = _get_grad
    var setter: _Setter = _set_grad
    getset.unsafe_store(0, Int(GRAD_NAME.unsafe_ptr()))
    getset.unsafe_store(1, MutPointer(to=getter).unsafe_bitcast[Int]()[])
    getset.unsafe_store(2, MutPointer(to=setter).unsafe_bitcast[Int]()[])
    getset.unsafe_store(4, Int(known))
    var traverse: def(Object, Int, Object) thin abi("C") -> Int32 = _traverse
    var clear: def(Object) thin abi("C") -> Int32 = _clear
    var dealloc: def(Object) thin abi("C") -> None = _dealloc
    var slots = _Cells(unsafe_from_address=new_block(96, 64))
    slots.unsafe_store(0, _TP_MEMBERS)
    slots.unsafe_store(1, Int(members))
    slots.unsafe_store(2, _TP_TRAVERSE)
    slots.unsafe_store(3, MutPointer(to=traverse).unsafe_bitcast[Int]()[])
    slots.unsafe_store(4, _TP_CLEAR)
    slots.unsafe_store(5, MutPointer(to=clear).unsafe_bitcast[Int]()[])
    slots.unsafe_store(6, _TP_DEALLOC)
    slots.unsafe_store(7, MutPointer(to=dealloc).unsafe_bitcast[Int]()[])
    slots.unsafe_store(8, _TP_GETSET)
    slots.unsafe_store(9, Int(getset))
    slots.unsafe_store(10, 0)
    slots.unsafe_store(11, 0)
    comptime NAME: StaticString = "mocrograd._kernels.core.TensorBase"
    var spec = _Cells(unsafe_from_address=new_block(64, 64))
    spec.unsafe_store(0, Int(NAME.unsafe_ptr()))
    spec.unsafe_store(1, 8 * _WORDS)  # basicsize, and an itemsize of 0 in the upper half
    spec.unsafe_store(2, _BASETYPE_AND_GC)
    spec.unsafe_store(3, Int(slots))
    var kind = external_call["PyType_FromSpec", Object](spec)
    comptime BUILTINS: StaticString = "builtins"
    comptime NONE_NAME: StaticString = "None"
    var builtins = external_call["PyImport_ImportModule", Object](BUILTINS.unsafe_ptr())
    known.unsafe_store(
        _NONE, external_call["PyObject_GetAttrString", Object](builtins, NONE_NAME.unsafe_ptr())
    )
    known.unsafe_store(_BASE, kind)
    external_call["Py_DecRef", NoneType](builtins)
    return kind
