"""The door from Python: one trampoline that packs its arguments into words and calls a kernel by address.

    call(kernel, work, *words)

`words` are numbers, tuples of numbers (packed in place) and bytes (packed as their address, for tables). Each is
packed as what the kernel's signature declares (words.mojo): an integer for a float becomes one, and what does not fit
is a TypeError. From `WORTH_RELEASING` units of `work` on, the kernel runs without Python's GIL. A status other than
`OK` becomes an exception. This file speaks CPython's own C interface (fastcall), because a bound Mojo function costs
several times as much per call.
"""

from std.ffi import external_call
from std.memory import bitcast, stack_allocation
from std.python import Python, PythonObject
from std.time import perf_counter_ns

from mojo_kernels.runtime.storage import Pool
from mojo_kernels.runtime.system import new_block, stack_bounds
from mojo_kernels.runtime.tape import Tape
from mojo_kernels.runtime.team import Opaque, Team
from mojo_kernels.runtime.types import (
    DIVISION_BY_ZERO,
    INDEX_OUT_OF_RANGE,
    KernelEntry,
    MAX_WORDS,
    OK,
    MAX_RANK,
    OUT_OF_MEMORY,
    SMALL_STACK,
    VALUE_OUT_OF_RANGE,
    Words,
)
from mojo_kernels.runtime.words import FLOAT, Letters, TABLE, entry_at, is_address, is_shape

comptime Object = Int
"""A borrowed or owned PyObject*, as an address; 0 is NULL."""
comptime _Cells = MutPointer[Int, MutAnyOrigin]
comptime Objects = MutPointer[Int, MutUntrackedOrigin]
"""A C array of borrowed Python objects."""
comptime Method = def(Object, Objects, Int) thin abi("C") -> Object
"""A fastcall method: (self, arguments, their number) -> a new reference, or NULL with an exception set."""

comptime WORTH_RELEASING = 1 << 16
"""Units of work (elements, multiply-adds) from which on the GIL is released: some 10 us, against 0.1 us for that."""
comptime _ROOM = 880 << 10
"""Bytes of stack that kernels may need for their tiles: those of convolutions 834 KB in float64."""
comptime _METH_FASTCALL = 0x80
comptime _MINUS_ONE = bitcast[DType.int64](Float64(-1))
comptime _TYPE_NAME = 3
"""The word of a type object that points to its name."""


def fail(kind: StaticString, message: String, module: StaticString = "builtins") -> Object:
    """Sets a Python exception.

    Args:
        kind: The name of the exception type.
        message: Its text.
        module: The Python module of the type.

    Returns:
        NULL, which a method returns to raise it.
    """
    var text = message
    var owner = external_call["PyImport_ImportModule", Object](module.unsafe_ptr())
    var exception = external_call["PyObject_GetAttrString", Object](owner, kind.unsafe_ptr())
    external_call["PyErr_SetString", NoneType](exception, text.as_c_string_span().ptr())
    external_call["Py_DecRef", NoneType](exception)
    external_call["Py_DecRef", NoneType](owner)
    return 0


def out_of_memory(message: String) -> Object:
    """Sets OutOfMemoryError, which is both Python's MemoryError and the RuntimeError that torch's programs catch.

    Args:
        message: Its text.

    Returns:
        NULL, which a method returns to raise it.
    """
    return fail("OutOfMemoryError", message, "mocrograd.errors")


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
    var int64: Object
    """The dtype int64."""
    var int32: Object
    """The dtype int32."""
    var uint8: Object
    """The dtype uint8."""
    var bool: Object
    """The dtype bool."""
    var float16: Object
    """The dtype float16."""
    var bfloat16: Object
    """The dtype bfloat16."""
    var int16: Object
    """The dtype int16."""
    var zip_layouts: Object
    """The function of layout.py that broadcasts layouts."""
    var node_type: Object
    """The type NodeBase; this and the next ones are 0 until `set_up_graph`."""
    var mode: Object
    """The switches of threads; one of them says whether operations are recorded."""
    var grad_name: Object
    """Its name."""
    var backward_name: Object
    """The name of the method that computes gradients."""
    var requires_name: Object
    """The name of the attribute that says whether a tensor requires a gradient."""
    var edge_name: Object
    """The name of the attribute that is a tensor's edge."""
    var true_object: Object
    """True."""
    var clock: Object
    """A list of one number: how often tensors were changed in place so far."""
    var packers: Object
    """The list of hooks that pack what nodes save."""
    var pack: Object
    """The function that lets them."""
    var nodes: Int
    """How many nodes have been made."""
    var table: Object
    """The dict of the kernels in use on the CPU, 0 until `use`."""
    var context: Int
    """The address of the context of these kernels."""
    var first_stack: Tuple[Int, Int]
    """The addresses from which on the stack of the first thread that ran a kernel has room for them, and where it ends."""
    var last_stack: Tuple[Int, Int]
    """The same of the last other thread."""

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
        self.int64 = 0
        self.int32 = 0
        self.uint8 = 0
        self.bool = 0
        self.float16 = 0
        self.bfloat16 = 0
        self.int16 = 0
        self.zip_layouts = 0
        self.node_type = 0
        self.mode = 0
        self.grad_name = 0
        self.backward_name = 0
        self.requires_name = 0
        self.edge_name = 0
        self.true_object = 0
        self.clock = 0
        self.packers = 0
        self.pack = 0
        self.nodes = 0
        self.table = 0
        self.context = 0
        self.first_stack = (0, 0)
        self.last_stack = (0, 0)


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


struct _Packer(Movable):
    """Packs the words of a call after a signature."""

    var signature: Letters
    var words: MutPointer[Int64, MutUntrackedOrigin]
    var tuple_type: Object
    var bytes_type: Object
    var room: Int
    """How many words there may be."""
    var at: Int
    """How many words there are so far."""
    var next: Int
    """How many letters have had their words."""
    var rest: Int
    """How many words the shape lacks that has begun."""

    @always_inline
    def __init__(out self, runtime: RuntimePointer, signature: Letters, words: Words, room: Int):
        self.signature = signature
        self.words = MutPointer[Int64, MutUntrackedOrigin](unsafe_from_address=Int(words))
        self.tuple_type = runtime[].tuple_type
        self.bytes_type = runtime[].bytes_type
        self.room = room
        self.at = 0
        self.next = 0
        self.rest = 0

    @always_inline
    def letter(self) -> Int:
        """Returns the letter of the next word: 0 behind the last, and 1 within a shape."""
        return 1 if self.rest > 0 else Int(self.signature.unsafe_load(self.next))

    @always_inline
    def add(mut self, o: Object) -> Bool:
        """Packs a number, or the numbers of a tuple; False with an exception set where the signature has none there.
        """
        if _type_of(o) == self.tuple_type:
            return self.add_all(o)
        var letter = self.letter()
        if letter == 0 or self.at == self.room:
            return self.refuse(o)
        var value: Int64
        if letter == FLOAT:
            value = bitcast[DType.int64](external_call["PyFloat_AsDouble", Float64](o))
        elif letter == TABLE:
            if _type_of(o) != self.bytes_type:
                return self.refuse(o)
            value = Int64(external_call["PyBytes_AsString", Int](o))
        else:
            value = Int64(external_call["PyLong_AsLongLong", Int](o))
            if not _may_be(letter, value):
                return self.refuse(o)
        if (value == -1 or value == _MINUS_ONE) and _error():
            return self.refuse(o)
        self.words.unsafe_store(self.at, value)
        self.at += 1
        if letter == 1:
            self.rest -= 1
        else:
            self.next += 1
            if is_shape(letter):
                self.rest = Int(value) * (1 + letter - ord("0"))
        return True

    @no_inline
    def add_all(mut self, tuple: Object) -> Bool:
        """Packs the numbers of a tuple."""
        for i in range(external_call["PyTuple_Size", Int](tuple)):
            if not self.add(external_call["PyTuple_GetItem", Object](tuple, i)):
                return False
        return True

    @no_inline
    def refuse(self, o: Object) -> Bool:
        """Sets TypeError for an object that does not fit, or for words that lack; `o` is 0 then. Returns False.
        """
        external_call["PyErr_Clear", NoneType]()
        var got = String("nothing more")
        if o != 0:
            got = _text(
                Letters(unsafe_from_address=_Cells(unsafe_from_address=_type_of(o)).unsafe_load(_TYPE_NAME))
            )
        _ = fail(
            "TypeError",
            String("a kernel takes the words ", _text(self.signature), ", got ", got, " for word ", self.at),
        )
        return False


@always_inline
def _may_be(letter: Int, value: Int64) -> Bool:
    """Returns whether an integer may be what a letter stands for; no tensor lies in the first page of memory.
    """
    if is_shape(letter):
        return value >= 0 and value <= MAX_RANK
    return value >= 4096 or value == 0 or not is_address(letter)


def _text(letters: Letters) -> String:
    """Returns a C string."""
    var text = String()
    var i = 0
    while letters.unsafe_load(i) != 0:
        text += chr(Int(letters.unsafe_load(i)))
        i += 1
    return text


@always_inline
def pack(
    runtime: RuntimePointer,
    objects: Objects,
    count: Int,
    signature: Letters,
    words: Words,
    room: Int = MAX_WORDS,
) -> Int:
    """Packs Python integers, floats, bytes and tuples of them into the words of a signature.

    Args:
        runtime: The runtime.
        objects: The Python objects.
        count: Their number.
        signature: The letters of the words.
        words: Where the words go.
        room: How many may go there.

    Returns:
        The number of words, or -1 with TypeError set: a number stands where the signature has none, or one lacks.
    """
    var packer = _Packer(runtime, signature, words, room)
    for i in range(count):
        if not packer.add(objects.unsafe_load(i)):
            return -1
    if packer.letter() != 0:
        _ = packer.refuse(0)
        return -1
    return packer.at


def unpack(tuple: Object, words: Words) -> Int:
    """Copies the integers of a tuple, words as they are.

    Args:
        tuple: A Python tuple of at most `MAX_WORDS` integers.
        words: Where they go.

    Returns:
        The number of words.
    """
    var count = min(external_call["PyTuple_Size", Int](tuple), MAX_WORDS)
    for i in range(count):
        var o = external_call["PyTuple_GetItem", Object](tuple, i)
        words.unsafe_store(i, Int64(external_call["PyLong_AsLongLong", Int](o)))
    return count


@always_inline
def run_kernel(runtime: RuntimePointer, entry: Int, work: Int, args: Words, count: Int) -> Int64:
    """Runs a kernel, without the GIL where that is worth it, and logs it where somebody listens.

    Args:
        runtime: The runtime.
        entry: The address of its entry in the kernel table.
        work: Its work in units that cost about a nanosecond.
        args: The packed words.
        count: Their number.

    Returns:
        The kernel's status.
    """
    if not has_room(runtime):
        return SMALL_STACK
    if runtime[].pool.tape != 0:
        return _run_logged(runtime, entry, work, args, count)
    return _run(entry, work, args)


@always_inline
def has_room(runtime: RuntimePointer) -> Bool:
    """Returns whether kernels fit on what is left of this thread's stack; what lies below it belongs to others.

    Args:
        runtime: The runtime.

    Returns:
        True where there is room, or the system does not tell.
    """
    var here = Int(stack_allocation[1, Int64]())
    if here >= runtime[].first_stack[0] and here < runtime[].first_stack[1]:
        return True
    if here >= runtime[].last_stack[0] and here < runtime[].last_stack[1]:
        return True
    return _look_for_room(runtime, here)


@no_inline
def _look_for_room(runtime: RuntimePointer, here: Int) -> Bool:
    """Asks the system for the bounds of this thread's stack, and keeps them."""
    var bounds = stack_bounds()
    if here < bounds[0] or here >= bounds[1]:
        return True  # a stack that a library made: nobody knows its bounds
    var roomy = (bounds[0] + _ROOM, bounds[1])
    if runtime[].first_stack[1] == 0:
        runtime[].first_stack = roomy
    else:
        runtime[].last_stack = roomy
    return here >= roomy[0]


@always_inline
def kernel_of(entry: Int) -> KernelEntry:
    """Returns the function of an entry of the kernel table.

    Args:
        entry: The entry's address.

    Returns:
        The kernel.
    """
    return MutPointer(to=entry_at(entry)[].kernel).unsafe_bitcast[KernelEntry]()[]


@always_inline
def _run(entry: Int, work: Int, args: Words) -> Int64:
    var kernel = kernel_of(entry)
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
        None, or NULL with RuntimeError, IndexError or OutOfMemoryError set.
    """
    if status == OK:
        return none(runtime)
    if status == INDEX_OUT_OF_RANGE:
        return fail("IndexError", "index out of range")
    if status == OUT_OF_MEMORY:
        return out_of_memory("out of memory in a kernel")
    if status == DIVISION_BY_ZERO:
        return fail("RuntimeError", "ZeroDivisionError: an integer would be divided by 0")
    if status == VALUE_OUT_OF_RANGE:
        return fail("RuntimeError", "a value lies outside of the range that the operation takes")
    if status == SMALL_STACK:
        return fail(
            "RuntimeError",
            (
                "this thread's stack is too small for kernels, which need 1 MiB: call threading.stack_size(1"
                " << 20) before it starts"
            ),
        )
    return fail("RuntimeError", "the device refused the kernel")


def call(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Calls a kernel: (kernel, work, *words).

    Args:
        self_: The runtime's address as a Python integer.
        objects: The address of its entry, its work in units that cost about a nanosecond, and its words.
        count: The number of objects.

    Returns:
        None, or NULL with RuntimeError, IndexError or OutOfMemoryError set where the kernel's status says so.
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
    var packed = pack(runtime, objects.unsafe_offset(2), count - 2, entry_at(entry)[].signature, args)
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
