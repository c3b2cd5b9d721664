"""The C library, each function declared once: memory, threads and their stacks, and parking a thread on a word."""

from std.collections import Array
from std.ffi import external_call
from std.memory import stack_allocation
from std.sys import CompilationTarget

comptime _Bytes = MutPointer[UInt8, MutUntrackedOrigin]
comptime _FUTEX_WAIT_PRIVATE = 128
comptime _FUTEX_WAKE_PRIVATE = 129
comptime _THREAD_STACK = 8 << 20
"""Bytes of the stack of a thread that runs kernels, whatever the system's limit is."""
comptime _SYS_FUTEX = 202 if CompilationTarget.is_x86() else 98


def new_block(nbytes: Int, alignment: Int) -> Int:
    """Takes host memory from the system.

    Args:
        nbytes: The size in bytes.
        alignment: The alignment in bytes, a power of two of 8 or more.

    Returns:
        The address, or 0 where there is no memory; `free_block` gives it back.
    """
    var base = Int(0)
    if external_call["posix_memalign", Int32](MutPointer(to=base), alignment, nbytes) != 0:
        return 0
    return base


def free_block(address: Int):
    """Gives memory back to the system.

    Args:
        address: An address of `new_block`, or 0.
    """
    external_call["free", NoneType](_Bytes(unsafe_from_address=address))


def advise_huge_pages(address: Int, nbytes: Int):
    """Asks for huge pages behind a block; a request that the system may ignore.

    Args:
        address: The block's address, a multiple of the page size.
        nbytes: The block's size in bytes.
    """
    comptime if CompilationTarget.is_linux():
        comptime MADV_HUGEPAGE = Int32(14)
        _ = external_call["madvise", Int32](address, nbytes, MADV_HUGEPAGE)


def park(word: Int, seen: Int):
    """Sleeps until somebody wakes a word, unless it no longer holds what was seen.

    Args:
        word: The address of the word, of which 4 bytes count.
        seen: What it held.
    """
    comptime if CompilationTarget.is_linux():
        _ = external_call["syscall", Int](_SYS_FUTEX, word, _FUTEX_WAIT_PRIVATE, seen, Int(0), Int(0), Int(0))
    else:
        _ = external_call["usleep", Int32](Int32(200))  # no futex: a nap


def wake(word: Int, most: Int):
    """Wakes threads that sleep on a word.

    Args:
        word: The address of the word.
        most: The most threads to wake.
    """
    comptime if CompilationTarget.is_linux():
        _ = external_call["syscall", Int](_SYS_FUTEX, word, _FUTEX_WAKE_PRIVATE, most, Int(0), Int(0), Int(0))


def yield_core():
    """Lets another thread run."""
    _ = external_call["sched_yield", Int32]()


def start_thread(handle: MutPointer[Int, _], entry: Int, argument: Int) -> Bool:
    """Starts a thread.

    Args:
        handle: Where its handle goes.
        entry: The address of its function.
        argument: What the function receives.

    Returns:
        False where the system refuses.
    """
    var attributes = stack_allocation[8, Int]()
    _ = external_call["pthread_attr_init", Int32](attributes)
    _ = external_call["pthread_attr_setstacksize", Int32](attributes, Int(_THREAD_STACK))
    var refused = external_call["pthread_create", Int32](handle, attributes, entry, argument)
    _ = external_call["pthread_attr_destroy", Int32](attributes)
    return refused == 0


def stack_bounds() -> Tuple[Int, Int]:
    """Returns where this thread's stack lies.

    Returns:
        Its lowest address and the one behind its highest; zeros where the system does not tell.
    """
    var low = Int(0)
    var size = Int(0)
    comptime if CompilationTarget.is_linux():
        var attributes = stack_allocation[8, Int]()
        var thread = external_call["pthread_self", Int]()
        if external_call["pthread_getattr_np", Int32](thread, attributes) == 0:
            _ = external_call["pthread_attr_getstack", Int32](
                attributes, MutPointer(to=low), MutPointer(to=size)
            )
            _ = external_call["pthread_attr_destroy", Int32](attributes)
    elif CompilationTarget.is_macos():
        var thread = external_call["pthread_self", Int]()
        size = external_call["pthread_get_stacksize_np", Int](thread)
        low = external_call["pthread_get_stackaddr_np", Int](thread) - size
    return low, low + size


def thread_id() -> Int:
    """Returns the system's number of this thread.

    Returns:
        The number, or 0 where the system is not Linux.
    """
    comptime if CompilationTarget.is_linux():
        return Int(external_call["gettid", Int32]())
    return 0


def this_core() -> Int:
    """Returns the core that runs this thread.

    Returns:
        The core's number, or -1 where the system does not tell.
    """
    comptime if CompilationTarget.is_linux():
        return Int(external_call["sched_getcpu", Int32]())
    return -1


def keep_off(thread: Int, core: Int):
    """Lets a thread run wherever the caller may, but not on one core, unless that is the only one.

    Args:
        thread: The system's number of the thread.
        core: The core to keep off.
    """
    comptime if CompilationTarget.is_linux():
        comptime CORES = 1024
        var mask = Array[UInt64, CORES // 64](fill=0)
        var address = MutPointer(to=mask)
        if external_call["sched_getaffinity", Int32](Int32(0), CORES // 8, address) < 0:
            return
        mask[core // 64] &= ~(UInt64(1) << UInt64(core % 64))
        for i in range(CORES // 64):
            if mask[i] != 0:
                _ = external_call["sched_setaffinity", Int32](Int32(thread), CORES // 8, address)
                return
