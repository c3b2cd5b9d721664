"""The door from Python: one trampoline that packs its arguments into words and calls a kernel by address.

    call(kernel, work, *words)

`words` are integers, floats (packed as the bits of a float64), tuples of integers (packed in place) and bytes (packed
as their address, for tables). From
`WORTH_RELEASING` units of `work` on, the kernel runs without Python's GIL. A status other than `OK` becomes
an exception. This file speaks CPython's own C interface (fastcall), because a bound Mojo function costs several times
as much per call.
"""

from std.ffi import external_call
from std.memory import bitcast, stack_allocation
from std.python import Python, PythonObject
from std.time import perf_counter_ns

from mojo_kernels.runtime.storage import Pool
from mojo_kernels.runtime.system import new_block
from mojo_kernels.runtime.tape import Tape
from mojo_kernels.runtime.team import Opaque, Team
from mojo_kernels.runtime.types import (
    DIVISION_BY_ZERO,
    INDEX_OUT_OF_RANGE,
    KernelEntry,
    MAX_WORDS,
    OK,
    OUT_OF_MEMORY,
    Words,
)

comptime Object = Int
"""A borrowed or owned PyObject*, as an address; 0 is NULL."""
comptime _Cells = MutPointer[Int, MutAnyOrigin]
comptime Objects = MutPointer[Int, MutUntrackedOrigin]
"""A C array of borrowed Python objects."""
comptime Method = def(Object, Objects, Int) thin abi("C") -> Object
"""A fastcall method: (self, arguments, their number) -> a new reference, or NULL with an exception set."""

comptime WORTH_RELEASING = 1 << 16
"""Units of work (elements, multiply-adds) from which on the GIL is released: some 10 us, against 0.1 us for that."""
comptime _METH_FASTCALL = 0x80


def fail(kind: StaticString, message: String) -> Object:
    """Sets a Python exception of a builtin type.

    Args:
        kind: The name of the exception type.
        message: Its text.

    Returns:
        NULL, which a method returns to raise it.
    """
    comptime BUILTINS: StaticString = "builtins"
    var text = message
    var builtins = external_call["PyImport_ImportModule", Object](BUILTINS.unsafe_ptr())
    var exception = external_call["PyObject_GetAttrString", Object](builtins, kind.unsafe_ptr())
    external_call["PyErr_SetString", NoneType](exception, text.as_c_string_span().ptr())
    external_call["Py_DecRef", NoneType](exception)
    external_call["Py_DecRef", NoneType](builtins)
    return 0


@always_inline
def none(runtime: RuntimePointer) -> Object:
    """Returns None.

    Args:
        runtime: The runtime.

    Returns:
        A new reference to None.
    """
    external_call["Py_IncRef", NoneType](runtime[].none)
    return runtime[].none


struct Runtime(Copyable, Movable):
    """What the methods of the core extension share; its address is their `self`."""

    var pool: Pool
    """The pool of host memory."""
    var team: Team
    """The team of threads."""
    var tape: Tape
    """The log of kernel calls; `pool.tape` is its address while somebody listens."""
    var int_type: Object
    """The type `int`, borrowed."""
    var float_type: Object
    """The type `float`, borrowed."""
    var tuple_type: Object
    """The type `tuple`, borrowed."""
    var list_type: Object
    """The type `list`, borrowed."""
    var bytes_type: Object
    """The type `bytes`, borrowed."""
    var none: Object
    """The object None, borrowed."""
    var tensor_type: Object
    """The class Tensor; this and the next ones are 0 until `set_up`."""
    var cpu: Object
    """The CPU device."""
    var float32: Object
    """The dtype float32."""
    var float64: Object
    """The dtype float64."""
    var zip_layouts: Object
    """The function of layout.py that broadcasts layouts."""
    var table: Object
    """The dict of the kernels in use on the CPU, 0 until `use`."""
    var context: Int
    """The address of the context of these kernels."""

    def __init__(out self) raises:
        """Makes an empty pool, a team without threads, and remembers some Python objects.

        Raises:
            What Python raises.
        """
        var builtins = Python.import_module("builtins")
        self.pool = Pool()
        self.team = Team()
        self.tape = Tape()
        self.int_type = _object_of(builtins.int)
        self.float_type = _object_of(builtins.float)
        self.tuple_type = _object_of(builtins.tuple)
        self.list_type = _object_of(builtins.list)
        self.bytes_type = _object_of(builtins.bytes)
        self.none = _object_of(Python.none())
        self.tensor_type = 0
        self.cpu = 0
        self.float32 = 0
        self.float64 = 0
        self.zip_layouts = 0
        self.table = 0
        self.context = 0


comptime RuntimePointer = MutPointer[Runtime, MutAnyOrigin]
"""The address of the runtime, which lives as long as the process."""


def _object_of(o: PythonObject) -> Object:
    """Returns a Python object's address."""
    var copy = o
    return MutPointer(to=copy).unsafe_bitcast[Int]()[]


@always_inline
def runtime_of(self_: Object) -> RuntimePointer:
    """Returns the runtime that a method belongs to.

    Args:
        self_: The method's `self`, which holds the runtime's address as a Python integer.

    Returns:
        The runtime.
    """
    return RuntimePointer(unsafe_from_address=external_call["PyLong_AsLongLong", Int](self_))


@always_inline
def _type_of(o: Object) -> Object:
    return _Cells(unsafe_from_address=o).unsafe_load(1)


@always_inline
def _error() -> Bool:
    return external_call["PyErr_Occurred", Object]() != 0


def _pack_one(runtime: RuntimePointer, o: Object, words: Words, at: Int) -> Int:
    if at >= MAX_WORDS:
        _ = fail("ValueError", String("a kernel takes at most ", MAX_WORDS, " words"))
        return -1
    if _type_of(o) == runtime[].float_type:
        words.unsafe_store(at, bitcast[DType.int64](external_call["PyFloat_AsDouble", Float64](o)))
        return at + 1
    if _type_of(o) == runtime[].tuple_type:
        var next = at
        for k in range(external_call["PyTuple_Size", Int](o)):
            next = _pack_one(runtime, external_call["PyTuple_GetItem", Object](o, k), words, next)
            if next < 0:
                return -1
        return next
    if _type_of(o) == runtime[].bytes_type:
        words.unsafe_store(at, Int64(external_call["PyBytes_AsString", Int](o)))
        return at + 1
    var value = external_call["PyLong_AsLongLong", Int](o)
    if value == -1 and _error():
        return -1
    words.unsafe_store(at, Int64(value))
    return at + 1


def pack(runtime: RuntimePointer, objects: Objects, count: Int, words: Words) -> Int:
    """Packs Python integers, floats and tuples of them into words.

    Args:
        runtime: The runtime.
        objects: The Python objects.
        count: Their number.
        words: Where the words go; it has room for `MAX_WORDS`.

    Returns:
        The number of words, or -1 with a Python exception set.
    """
    var at = 0
    for i in range(count):
        var o = objects.unsafe_load(i)
        if _type_of(o) == runtime[].int_type and at < MAX_WORDS:
            var value = external_call["PyLong_AsLongLong", Int](o)
            if value == -1 and _error():
                return -1
            words.unsafe_store(at, Int64(value))
            at += 1
        else:
            at = _pack_one(runtime, o, words, at)
            if at < 0:
                return -1
    return at


@always_inline
def run_kernel(runtime: RuntimePointer, entry: Int, work: Int, args: Words, count: Int) -> Int64:
    """Runs a kernel, without the GIL where that is worth it, and logs it where somebody listens.

    Args:
        runtime: The runtime.
        entry: The kernel's address.
        work: Its work in units that cost about a nanosecond.
        args: The packed words.
        count: Their number.

    Returns:
        The kernel's status.
    """
    if runtime[].pool.tape != 0:
        return _run_logged(runtime, entry, work, args, count)
    return _run(entry, work, args)


@always_inline
def _run(entry: Int, work: Int, args: Words) -> Int64:
    var address = entry
    var kernel = MutPointer(to=address).unsafe_bitcast[KernelEntry]()[]
    if work < WORTH_RELEASING:
        return kernel(args)
    var thread = external_call["PyEval_SaveThread", Opaque]()
    var status = kernel(args)
    external_call["PyEval_RestoreThread", NoneType](thread)
    return status


@no_inline
def _run_logged(runtime: RuntimePointer, entry: Int, work: Int, args: Words, count: Int) -> Int64:
    var start = Int(perf_counter_ns())
    var status = _run(entry, work, args)
    if runtime[].pool.tape != 0:  # the last listener may have left while the GIL was released
        runtime[].tape.note_call(start, Int(perf_counter_ns()), entry, work, args, count)
    return status


@always_inline
def result_of(runtime: RuntimePointer, status: Int64) -> Object:
    """Turns a kernel's status into what a method returns.

    Args:
        runtime: The runtime.
        status: The status.

    Returns:
        None, or NULL with RuntimeError, IndexError or MemoryError set.
    """
    if status == OK:
        return none(runtime)
    if status == INDEX_OUT_OF_RANGE:
        return fail("IndexError", "index out of range")
    if status == OUT_OF_MEMORY:
        return fail("MemoryError", "out of memory in a kernel")
    if status == DIVISION_BY_ZERO:
        return fail("RuntimeError", "ZeroDivisionError: an integer would be divided by 0")
    return fail("RuntimeError", "the device refused the kernel")


def call(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Calls a kernel: (kernel, work, *words).

    Args:
        self_: The runtime's address as a Python integer.
        objects: The kernel's address, its work in units that cost about a nanosecond, and its words.
        count: The number of objects.

    Returns:
        None, or NULL with RuntimeError, IndexError or MemoryError set where the kernel's status says so.
    """
    if count < 2:
        return fail("TypeError", "call takes (kernel, work, *words)")
    var words = stack_allocation[MAX_WORDS, Int64]()
    var args = Words(unsafe_from_address=Int(words))
    var entry = external_call["PyLong_AsLongLong", Int](objects.unsafe_load(0))
    var work = external_call["PyLong_AsLongLong", Int](objects.unsafe_load(1))
    if (entry == -1 or work == -1) and _error():
        return 0
    var runtime = runtime_of(self_)
    var packed = pack(runtime, objects.unsafe_offset(2), count - 2, args)
    if packed < 0:
        return 0
    return result_of(runtime, run_kernel(runtime, entry, work, args, packed))


def add_method(module: PythonObject, name: StaticString, method: Method, runtime: RuntimePointer) raises:
    """Adds a fastcall method to a module.

    Args:
        module: The Python module.
        name: The method's name.
        method: The function, which receives the runtime's address as `self`.
        runtime: The runtime.

    Raises:
        What Python raises.
    """
    var keep = method
    var definition = _Cells(unsafe_from_address=new_block(32, 64))
    definition.unsafe_store(0, Int(name.unsafe_ptr()))
    definition.unsafe_store(1, MutPointer(to=keep).unsafe_bitcast[Int]()[])
    definition.unsafe_store(2, _METH_FASTCALL)
    definition.unsafe_store(3, 0)
    var self_ = PythonObject(Int(runtime))
    var function = external_call["PyCFunction_NewEx", Object](definition, _object_of(self_), Int(0))
    _ = external_call["PyObject_SetAttrString", Int32](_object_of(module), name.unsafe_ptr(), function)


def add_object(module: PythonObject, name: StaticString, value: Object) raises:
    """Adds an object to a module.

    Args:
        module: The Python module.
        name: The object's name.
        value: The object.

    Raises:
        What Python raises.
    """
    _ = external_call["PyObject_SetAttrString", Int32](_object_of(module), name.unsafe_ptr(), value)
