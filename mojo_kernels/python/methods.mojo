"""What Python may ask of the runtime besides calling a kernel: memory, contexts, threads and GPUs.

Each method receives the runtime's address as `self` and a C array of Python objects; backend.py has checked the
values. A GPU is opened once and stays open; its memory comes from the device's own allocator. Its block begins with a
`DeviceContext`; words behind that hold the address of its fault (runtime/gpu_faults.mojo), and where the host looks at it.
"""

from max.gpu.host import DeviceBuffer, DeviceContext
from std.ffi import external_call
from std.sys import has_accelerator, size_of

from mojo_kernels.python.call import Object, Objects, fail, none, out_of_memory, runtime_of
from mojo_kernels.runtime.context import Context, ContextPointer, Costs
from mojo_kernels.runtime.gpu_faults import FAULT_CELLS, FAULT_WORD
from mojo_kernels.runtime.storage import PoolPointer, allocate, empty_cache
from mojo_kernels.runtime.system import free_block, new_block
from mojo_kernels.runtime.team import forget, round_trip
from mojo_kernels.runtime.tape import GIVE, TAKE, TapePointer
from mojo_kernels.runtime.types import Words
from mojo_kernels.python.tensor import CAPSULE, free_host, new_capsule

comptime _DeviceBytes = DeviceBuffer[DType.uint8]
comptime _DevicePointer = MutPointer[DeviceContext, MutAnyOrigin]
comptime _BufferPointer = MutPointer[_DeviceBytes, MutAnyOrigin]
comptime _Bytes = MutPointer[UInt8, MutAnyOrigin]
comptime _SEEN_WORD = FAULT_WORD + 1
"""The first word of a device's block where the host looks at the device's fault."""
comptime _LIVE_WORD = _SEEN_WORD + FAULT_CELLS
"""The word of a device's block that counts the bytes in use; the most that there were follows."""
comptime _DEVICE_BYTES = 256
"""The size of a device's block."""
comptime _POOL_WORD = 16
"""The word, behind a `DeviceBuffer`, of what a capsule of device memory points to, that holds the address of the pool;
the device's address, the number of bytes and the address of the first one follow."""
comptime _TO_DEVICE = 1
comptime _TO_HOST = 2


@always_inline
def _integer(objects: Objects, i: Int) -> Int:
    return external_call["PyLong_AsLongLong", Int](objects.unsafe_load(i))


@always_inline
def _pair(capsule: Object, address: Int) -> Object:
    """Returns (capsule, address) as a Python tuple; takes over the capsule."""
    var number = external_call["PyLong_FromLongLong", Object](address)
    var pair = external_call["PyTuple_New", Object](Int(2))
    _ = external_call["PyTuple_SetItem", Int32](pair, Int(0), capsule)
    _ = external_call["PyTuple_SetItem", Int32](pair, Int(1), number)
    return pair


@always_inline
def _pointer(capsule: Object) -> Int:
    return external_call["PyCapsule_GetPointer", Int](capsule, CAPSULE.unsafe_ptr())


def _note_device(kind: Int, block: Int, address: Int):
    """Counts device memory that was taken or given back, and tells the tape of it, where there is one."""
    var words = Words(unsafe_from_address=block)
    var device = Int(words.unsafe_load(_POOL_WORD + 1))
    var nbytes = words.unsafe_load(_POOL_WORD + 2)
    var counts = Words(unsafe_from_address=device).unsafe_offset(_LIVE_WORD)
    var live = counts.unsafe_load(0) + (nbytes if kind == TAKE else -nbytes)
    counts.unsafe_store(0, live)
    counts.unsafe_store(1, max(counts.unsafe_load(1), live))
    var tape = PoolPointer(unsafe_from_address=Int(words.unsafe_load(_POOL_WORD)))[].tape
    if tape != 0:
        TapePointer(unsafe_from_address=tape)[].note(kind, address, Int(nbytes), Int(nbytes), device)


def _free_device(capsule: Object) abi("C"):
    var pointer = _BufferPointer(unsafe_from_address=_pointer(capsule))
    _note_device(GIVE, Int(pointer), Int(pointer[].unsafe_ptr()))
    pointer.unsafe_deinit_pointee()
    free_block(Int(pointer))


def allocate_host(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Allocates host memory: (nbytes) -> (storage, address).

    Args:
        self_: The runtime.
        objects: The number of bytes.
        count: 1.

    Returns:
        The storage, freed with its last reference, and its address; or NULL with OutOfMemoryError set.
    """
    var nbytes = _integer(objects, 0)
    var address = allocate(MutPointer(to=runtime_of(self_)[].pool), nbytes)
    if address == 0:
        return out_of_memory(String("could not allocate ", nbytes, " bytes"))
    return _pair(new_capsule(address, free_host), address)


def memory_stats(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Tells what the pool holds: () -> (live, peak, reserved) in bytes.

    Args:
        self_: The runtime.
        objects: Nothing.
        count: 0.

    Returns:
        A tuple of three integers.
    """
    var pool = MutPointer(to=runtime_of(self_)[].pool)
    var stats = external_call["PyTuple_New", Object](Int(3))
    var values = [pool[].live, pool[].peak, pool[].reserved]
    for i in range(3):
        var number = external_call["PyLong_FromLongLong", Object](values[i])
        _ = external_call["PyTuple_SetItem", Int32](stats, i, number)
    return stats


def empty_cache_of(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Gives the pool's free blocks back to the system: () -> None.

    Args:
        self_: The runtime.
        objects: Nothing.
        count: 0.

    Returns:
        None.
    """
    empty_cache(MutPointer(to=runtime_of(self_)[].pool))
    return none(runtime_of(self_))


def make_context(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Makes the context of an implementation on a device: (workers, threads, device) -> address.

    Args:
        self_: The runtime.
        objects: The workers (0: the kernel chooses), the most threads, the device's address (0: the CPU).
        count: 3.

    Returns:
        The address of a context that lives as long as the process.
    """
    var block = ContextPointer(unsafe_from_address=new_block(size_of[Context](), 64))
    var team = Int(MutPointer(to=runtime_of(self_)[].team))
    block[] = Context(_integer(objects, 0), _integer(objects, 1), team, _integer(objects, 2))
    return external_call["PyLong_FromLongLong", Object](Int(block))


def set_threads(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Sets the most threads that work at once under a context: (context, threads) -> None.

    Args:
        self_: The runtime.
        objects: The context's address and a positive number.
        count: 2.

    Returns:
        None.
    """
    ContextPointer(unsafe_from_address=_integer(objects, 0))[].threads = _integer(objects, 1)
    return none(runtime_of(self_))


def set_costs(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Sets what the choice of workers rests on: (context, runner, *costs) -> None.

    Args:
        self_: The runtime.
        objects: The context's address, that of a `Runner` or 0 for the team, and the fields of `Costs`.
        count: Their number.

    Returns:
        None.
    """
    var ctx = ContextPointer(unsafe_from_address=_integer(objects, 0))
    ctx[].runner = _integer(objects, 1)
    var fields = MutPointer(to=ctx[].costs).unsafe_bitcast[Float64]()
    for i in range(min(count - 2, size_of[Costs]() // 8)):
        fields[unsafe_offset=i] = external_call["PyFloat_AsDouble", Float64](objects.unsafe_load(i + 2))
    return none(runtime_of(self_))


def trip_to_worker(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Measures the round trip to a worker: () -> nanoseconds, 0 where it sleeps or another call has it.

    Args:
        self_: The runtime.
        objects: Nothing.
        count: 0.

    Returns:
        A Python integer.
    """
    var trip = round_trip(MutPointer(to=runtime_of(self_)[].team))
    return external_call["PyLong_FromLongLong", Object](trip)


def forget_threads(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Forgets the team's threads, in the child of a fork: () -> None.

    Args:
        self_: The runtime.
        objects: Nothing.
        count: 0.

    Returns:
        None.
    """
    forget(MutPointer(to=runtime_of(self_)[].team))
    return none(runtime_of(self_))


def device_count(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Counts the GPUs that this build can use: () -> int, -1 in a build without GPU code.

    Args:
        self_: The runtime.
        objects: Nothing.
        count: 0.

    Returns:
        A Python integer.
    """
    var found = -1
    comptime if has_accelerator():
        found = DeviceContext.number_of_devices()
    return external_call["PyLong_FromLongLong", Object](found)


def open_device(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Opens a GPU: (index) -> address of its context.

    Args:
        self_: The runtime.
        objects: The GPU's index.
        count: 1.

    Returns:
        A Python integer; or NULL with RuntimeError set.
    """
    comptime if has_accelerator():
        try:
            var block = _DevicePointer(unsafe_from_address=new_block(_DEVICE_BYTES, 64))
            block.unsafe_write(DeviceContext(device_id=_integer(objects, 0)))
            var fault = _BufferPointer(unsafe_from_address=new_block(_DEVICE_BYTES, 64))
            fault.unsafe_write(block[].enqueue_create_buffer[DType.uint8](8 * FAULT_CELLS))
            var words = Words(unsafe_from_address=Int(block))
            words.unsafe_store(FAULT_WORD, Int64(Int(fault[].unsafe_ptr())))
            words.unsafe_store(_LIVE_WORD, 0)
            words.unsafe_store(_LIVE_WORD + 1, 0)
            _clear_fault(Int(block))
            return external_call["PyLong_FromLongLong", Object](Int(block))
        except e:
            return fail("RuntimeError", String("the GPU could not be opened: ", e))
    return fail("RuntimeError", "these kernels were built without GPU code")


def _clear_fault(device: Int) raises:
    """Makes a device's fault, and what the host saw of it, none."""
    comptime if has_accelerator():
        var words = Words(unsafe_from_address=device)
        for i in range(FAULT_CELLS):
            words.unsafe_store(_SEEN_WORD + i, 0)
        var context = _DevicePointer(unsafe_from_address=device)
        var cells = _Bytes(unsafe_from_address=Int(words.unsafe_load(FAULT_WORD)))
        var seen = _Bytes(unsafe_from_address=Int(words.unsafe_offset(_SEEN_WORD)))
        context[].enqueue_copy(_DeviceBytes(context[], cells, 8 * FAULT_CELLS, owning=False), seen)
        context[].synchronize()


def _wait(device: Int) raises -> Object:
    """Waits for a device and returns the number of the operation that has met a bad value, 0 for none, to Python.
    """
    comptime if has_accelerator():
        var words = Words(unsafe_from_address=device)
        var context = _DevicePointer(unsafe_from_address=device)
        var cells = _Bytes(unsafe_from_address=Int(words.unsafe_load(FAULT_WORD)))
        var seen = _Bytes(unsafe_from_address=Int(words.unsafe_offset(_SEEN_WORD)))
        context[].enqueue_copy(seen, _DeviceBytes(context[], cells, 8 * FAULT_CELLS, owning=False))
        context[].synchronize()
        return external_call["PyLong_FromLongLong", Object](Int(words.unsafe_load(_SEEN_WORD)))
    return external_call["PyLong_FromLongLong", Object](Int(0))


def device_memory(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Tells of a GPU's memory: (device, forgets) -> (in use, the most that was, free, all) in bytes.

    Args:
        self_: The runtime.
        objects: The device's address, and whether the most becomes what is in use now.
        count: 2.

    Returns:
        A tuple of four integers; or NULL with RuntimeError set.
    """
    comptime if has_accelerator():
        try:
            var device = _DevicePointer(unsafe_from_address=_integer(objects, 0))
            var counts = Words(unsafe_from_address=Int(device)).unsafe_offset(_LIVE_WORD)
            if _integer(objects, 1) != 0:
                counts.unsafe_store(1, counts.unsafe_load(0))
            var info = device[].get_memory_info()
            var values = [Int(counts.unsafe_load(0)), Int(counts.unsafe_load(1)), Int(info[0]), Int(info[1])]
            var found = external_call["PyTuple_New", Object](Int(4))
            for i in range(4):
                var number = external_call["PyLong_FromLongLong", Object](values[i])
                _ = external_call["PyTuple_SetItem", Int32](found, i, number)
            return found
        except e:
            return fail("RuntimeError", String("the GPU failed: ", e))
    return fail("RuntimeError", "these kernels were built without GPU code")


def take_fault(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Tells what a GPU has met and forgets it: (device) -> (value, bound), as they were seen when it was waited for.

    Args:
        self_: The runtime.
        objects: The device's address.
        count: 1.

    Returns:
        A tuple of two integers; or NULL with RuntimeError set.
    """
    var device = _integer(objects, 0)
    var words = Words(unsafe_from_address=device)
    var pair = external_call["PyTuple_New", Object](Int(2))
    for i in range(2):
        var number = external_call["PyLong_FromLongLong", Object](Int(words.unsafe_load(_SEEN_WORD + 1 + i)))
        _ = external_call["PyTuple_SetItem", Int32](pair, i, number)
    try:
        _clear_fault(device)
    except e:
        return fail("RuntimeError", String("the GPU failed: ", e))
    return pair


def allocate_device(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Allocates GPU memory: (device, nbytes) -> (storage, address).

    Args:
        self_: The runtime.
        objects: The device's address and the number of bytes.
        count: 2.

    Returns:
        The storage, freed with its last reference, and its address on the device; or NULL with OutOfMemoryError set.
    """
    comptime if has_accelerator():
        try:
            var device = _DevicePointer(unsafe_from_address=_integer(objects, 0))
            var block = _BufferPointer(unsafe_from_address=new_block(256, 64))
            block.unsafe_write(device[].enqueue_create_buffer[DType.uint8](max(_integer(objects, 1), 1)))
            var words = Words(unsafe_from_address=Int(block))
            words.unsafe_store(_POOL_WORD, Int64(Int(MutPointer(to=runtime_of(self_)[].pool))))
            words.unsafe_store(_POOL_WORD + 1, Int64(Int(device)))
            words.unsafe_store(_POOL_WORD + 2, Int64(_integer(objects, 1)))
            words.unsafe_store(_POOL_WORD + 3, Int64(Int(block[].unsafe_ptr())))
            _note_device(TAKE, Int(block), Int(block[].unsafe_ptr()))
            return _pair(new_capsule(Int(block), _free_device), Int(block[].unsafe_ptr()))
        except e:
            return out_of_memory(String("could not allocate on the GPU: ", e))
    return fail("RuntimeError", "these kernels were built without GPU code")


def copy_host(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Copies bytes within the host: (target, source, nbytes) -> None.

    Args:
        self_: The runtime.
        objects: Two addresses, of blocks that do not overlap, and the bytes.
        count: 3.

    Returns:
        None.
    """
    _ = external_call["memcpy", Int](_integer(objects, 0), _integer(objects, 1), _integer(objects, 2))
    return none(runtime_of(self_))


def copy_device(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Copies bytes to, from or within a GPU: (device, target, source, nbytes, direction, waits) -> int.

    Args:
        self_: The runtime.
        objects: The device's address, two addresses, the bytes; 1 for host to device, 2 for device to host, 3 for device
            to device; and whether to wait.
        count: 6.

    Returns:
        The number of the operation that met a bad value, 0 for none or without waiting; or NULL with RuntimeError set.
    """
    comptime if has_accelerator():
        try:
            var device = _DevicePointer(unsafe_from_address=_integer(objects, 0))
            var nbytes = _integer(objects, 3)
            var target = _Bytes(unsafe_from_address=_integer(objects, 1))
            var source = _Bytes(unsafe_from_address=_integer(objects, 2))
            var direction = _integer(objects, 4)
            if direction == _TO_DEVICE:
                device[].enqueue_copy(_DeviceBytes(device[], target, nbytes, owning=False), source)
            elif direction == _TO_HOST:
                device[].enqueue_copy(target, _DeviceBytes(device[], source, nbytes, owning=False))
            else:
                device[].enqueue_copy(
                    _DeviceBytes(device[], target, nbytes, owning=False),
                    _DeviceBytes(device[], source, nbytes, owning=False),
                )
            if _integer(objects, 5) != 0:
                return _wait(Int(device))
            return external_call["PyLong_FromLongLong", Object](Int(0))
        except e:
            return fail("RuntimeError", String("the copy failed: ", e))
    return fail("RuntimeError", "these kernels were built without GPU code")


def synchronize_device(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Waits until a GPU has done all it was given: (device) -> int.

    Args:
        self_: The runtime.
        objects: The device's address.
        count: 1.

    Returns:
        The number of the operation that met a bad value, 0 for none; or NULL with RuntimeError set.
    """
    try:
        return _wait(_integer(objects, 0))
    except e:
        return fail("RuntimeError", String("the GPU failed: ", e))
