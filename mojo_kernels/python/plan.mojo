"""Plans: recorded kernel calls that run one after the other in one call from Python, and what recording needs.

A program is one block of words, call by call: the address of the kernel's entry, the number of its words, the words.
Before it runs, the values that differ from run to run (addresses of inputs and results, learning rates, positions in
a random stream) are written into it. A table says where: for each value a number of positions, then a position in the
program and an offset in bytes for each. Python builds both and keeps alive every block that a program names.
"""

from std.ffi import external_call
from std.memory import stack_allocation
from std.time import perf_counter_ns

from mojo_kernels.python.call import (
    Object,
    Objects,
    RuntimePointer,
    fail,
    has_room,
    kernel_of,
    none,
    pack,
    result_of,
    runtime_of,
    unpack,
)
from mojo_kernels.python.call import WORTH_RELEASING
from mojo_kernels.python.direct.pointwise import is_tensor
from mojo_kernels.runtime.system import free_block, new_block
from mojo_kernels.runtime.team import Opaque
from mojo_kernels.python.kinds import field
from mojo_kernels.python.tensor import (
    ADDRESS,
    DEVICE,
    DTYPE,
    GRAD,
    GRAD_HOOKS,
    REQUIRES_GRAD,
    SHAPE,
    STRIDES,
    flag,
    is_plain,
)
from mojo_kernels.runtime.types import MAX_WORDS, OK, SMALL_STACK, Words
from mojo_kernels.runtime.words import Letters

comptime _Describe = def(Words, Words) thin abi("C") -> None
comptime STATE = 5
"""The words that tell how a watched tensor was when a plan was made."""
comptime DESCRIPTION = 5
"""The words that describe a call: units, grain, then as bits of float64 flops, bytes and nanoseconds of arithmetic."""


@always_inline
def _integer(objects: Objects, i: Int) -> Int:
    return external_call["PyLong_AsLongLong", Int](objects.unsafe_load(i))


@always_inline
def _python_int(value: Int) -> Object:
    return external_call["PyLong_FromLongLong", Object](value)


def write_values(values: Words, count: Int, table: Words, program: Words):
    """Writes the values of a run into a program, each at all its positions.

    Args:
        values: The values.
        count: Their number.
        table: For each value the number of its positions, then position and offset of each.
        program: The program.
    """
    var at = 0
    for i in range(count):
        for _ in range(Int(table.unsafe_load(at))):
            program.unsafe_store(
                Int(table.unsafe_load(at + 1)), values.unsafe_load(i) + table.unsafe_load(at + 2)
            )
            at += 2
        at += 1


def run_program(program: Words, stop: Int) -> Int64:
    """Runs a program up to its end, or to the first call that fails.

    Args:
        program: The program.
        stop: The number of its words.

    Returns:
        `OK`, or the status of the call that failed.
    """
    var at = 0
    while at < stop:
        var status = kernel_of(Int(program.unsafe_load(at)))(program.unsafe_offset(at + 2))
        if status != OK:
            return status
        at += 2 + Int(program.unsafe_load(at + 1))
    return OK


def _run_logged(runtime: RuntimePointer, program: Words, stop: Int) -> Int64:
    """Runs a program and logs each call."""
    var at = 0
    while at < stop:
        var count = Int(program.unsafe_load(at + 1))
        var args = program.unsafe_offset(at + 2)
        var start = Int(perf_counter_ns())
        var status = kernel_of(Int(program.unsafe_load(at)))(args)
        runtime[].tape.note_call(start, Int(perf_counter_ns()), Int(program.unsafe_load(at)), 0, args, count)
        if status != OK:
            return status
        at += 2 + count
    return OK


@always_inline
def _take_values(runtime: RuntimePointer, objects: Objects, count: Int, program: Words) -> Bool:
    """Writes the values that `replay` received into the program; False with TypeError set where one does not fit.
    """
    comptime FIRST = 5
    var few = stack_allocation[MAX_WORDS, Int64]()
    var room = count - FIRST
    var many = new_block(8 * room, 64) if room > MAX_WORDS else 0
    var values = Words(unsafe_from_address=many if many != 0 else Int(few))
    var signature = Letters(
        unsafe_from_address=external_call["PyBytes_AsString", Int](objects.unsafe_load(4))
    )
    var given = pack(runtime, objects.unsafe_offset(FIRST), room, signature, values, room)
    if given >= 0:
        write_values(values, given, Words(unsafe_from_address=_integer(objects, 2)), program)
    if many != 0:
        free_block(many)
    return given >= 0


def replay(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Runs a plan: (program, its number of words, table, work, signature, *values) -> None.

    Args:
        self_: The runtime.
        objects: The addresses, the work in units that cost about a nanosecond, the letters of the values as bytes
            (words.mojo), and the values of this run.
        count: The number of objects.

    Returns:
        None, or NULL with the exception of the first call that failed.
    """
    var runtime = runtime_of(self_)
    var program = Words(unsafe_from_address=_integer(objects, 0))
    var stop = _integer(objects, 1)
    if not _take_values(runtime, objects, count, program):
        return 0
    if not has_room(runtime):
        return result_of(runtime, SMALL_STACK)
    if runtime[].pool.tape != 0:
        return result_of(runtime, _run_logged(runtime, program, stop))
    if _integer(objects, 3) < WORTH_RELEASING:
        return result_of(runtime, run_program(program, stop))
    var thread = external_call["PyEval_SaveThread", Opaque]()
    var status = run_program(program, stop)
    external_call["PyEval_RestoreThread", NoneType](thread)
    return result_of(runtime, status)


@always_inline
def equal_tuples(a: Object, b: Object) -> Bool:
    """Returns whether two tuples of integers are equal.

    Args:
        a: A tuple.
        b: Another one.

    Returns:
        Whether they are.
    """
    return a == b or external_call["PyObject_RichCompareBool", Int32](a, b, Int32(2)) == 1


@always_inline
def is_as_it_was(runtime: RuntimePointer, tensor: Object, state: Words) -> Bool:
    """Tells whether a tensor is as its state says.

    Args:
        runtime: The runtime.
        tensor: The tensor.
        state: Its address; whether it has a gradient (1), requires one (2), and has hooks (4); the addresses of its
            dtype, shape and strides, which the caller keeps alive.

    Returns:
        Whether it is.
    """
    var has_grad = field(tensor, GRAD) != 0 and field(tensor, GRAD) != runtime[].none
    var has_hooks = field(tensor, GRAD_HOOKS) != 0 and field(tensor, GRAD_HOOKS) != runtime[].none
    var flags = Int(has_grad) + 2 * Int(flag(tensor, REQUIRES_GRAD)) + 4 * Int(has_hooks)
    return (
        Int64(field(tensor, ADDRESS)) == state.unsafe_load(0)
        and Int64(flags) == state.unsafe_load(1)
        and Int64(field(tensor, DTYPE)) == state.unsafe_load(2)
        and equal_tuples(field(tensor, SHAPE), Int(state.unsafe_load(3)))
        and equal_tuples(field(tensor, STRIDES), Int(state.unsafe_load(4)))
    )


def fits(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Tells whether a plan may fit a call: (arguments, layouts, watched tensors, their states) -> bool.

    Args:
        self_: The runtime.
        objects: A tuple of arguments; a tuple of (shape, strides, dtype, device, requires_grad); a tuple of tensors; bytes
            with `STATE` words for each of these.
        count: 4.

    Returns:
        True where all arguments are tensors of these layouts and the watched tensors are as they were, else False.
    """
    var runtime = runtime_of(self_)
    var arguments = objects.unsafe_load(0)
    var layouts = objects.unsafe_load(1)
    var length = external_call["PyTuple_Size", Int](arguments)
    var fit = length == external_call["PyTuple_Size", Int](layouts)
    for i in range(length if fit else 0):
        var o = external_call["PyTuple_GetItem", Object](arguments, i)
        var layout = external_call["PyTuple_GetItem", Object](layouts, i)
        fit = (
            is_tensor(runtime, o)
            and equal_tuples(field(o, SHAPE), external_call["PyTuple_GetItem", Object](layout, Int(0)))
            and equal_tuples(field(o, STRIDES), external_call["PyTuple_GetItem", Object](layout, Int(1)))
            and field(o, DTYPE) == external_call["PyTuple_GetItem", Object](layout, Int(2))
            and field(o, DEVICE) == external_call["PyTuple_GetItem", Object](layout, Int(3))
            and is_plain(o)
            and Int32(Int(flag(o, REQUIRES_GRAD)))
            == external_call["PyObject_IsTrue", Int32](
                external_call["PyTuple_GetItem", Object](layout, Int(4))
            )
        )
        if not fit:
            break
    var watched = objects.unsafe_load(2)
    var states = Words(unsafe_from_address=external_call["PyBytes_AsString", Int](objects.unsafe_load(3)))
    for i in range(external_call["PyTuple_Size", Int](watched) if fit else 0):
        var o = external_call["PyTuple_GetItem", Object](watched, i)
        fit = is_as_it_was(runtime, o, states.unsafe_offset(STATE * i))
        if not fit:
            break
    return external_call["PyBool_FromLong", Object](Int(fit))


def describe(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Describes a call: (the kernel's ".cost" entry, words) -> five integers, see `DESCRIPTION`.

    Args:
        self_: The runtime.
        objects: The entry and a tuple of the call's words.
        count: 2.

    Returns:
        A tuple, or NULL with an exception set.
    """
    var values = stack_allocation[MAX_WORDS, Int64]()
    var packed = Words(unsafe_from_address=Int(values))
    _ = unpack(objects.unsafe_load(1), packed)
    var found = stack_allocation[DESCRIPTION, Int64]()
    var entry = _integer(objects, 0)
    MutPointer(to=entry).unsafe_bitcast[_Describe]()[](packed, Words(unsafe_from_address=Int(found)))
    var tuple = external_call["PyTuple_New", Object](Int(DESCRIPTION))
    for i in range(DESCRIPTION):
        _ = external_call["PyTuple_SetItem", Int32](tuple, i, _python_int(Int(found[unsafe_offset=i])))
    return tuple


def tape_start(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Starts to listen: () -> where the log stands now.

    Args:
        self_: The runtime.
        objects: Nothing.
        count: 0.

    Returns:
        A number of words, which `tape_stop` takes.
    """
    var runtime = runtime_of(self_)
    runtime[].tape.listeners += 1
    runtime[].pool.tape = Int(MutPointer(to=runtime[].tape))
    return _python_int(runtime[].tape.used)


def tape_stop(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Stops listening: (where the log stood) -> the words since then as bytes.

    Args:
        self_: The runtime.
        objects: What `tape_start` returned.
        count: 1.

    Returns:
        A Python bytes object.
    """
    var runtime = runtime_of(self_)
    var start = _integer(objects, 0)
    var log = external_call["PyBytes_FromStringAndSize", Object](
        runtime[].tape.address + 8 * start, 8 * (runtime[].tape.used - start)
    )
    runtime[].tape.listeners -= 1
    if runtime[].tape.listeners == 0:
        runtime[].pool.tape = 0
        runtime[].tape.clear()
    return log


def tape_calls(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Counts the calls in the log: () -> int.

    Args:
        self_: The runtime.
        objects: Nothing.
        count: 0.

    Returns:
        A Python integer.
    """
    return _python_int(runtime_of(self_)[].tape.calls)
