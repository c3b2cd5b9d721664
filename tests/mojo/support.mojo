"""What the kernel tests share: data, packed words, and running a kernel under every schedule."""

from std.memory import bitcast
from std.sys import size_of
from std.testing import assert_true

from mojo_kernels.runtime.context import Context
from mojo_kernels.runtime.kernel import Kernel, cpu_entry
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.system import new_block
from mojo_kernels.runtime.team import Team, TeamPointer
from mojo_kernels.runtime.types import OK, Words

comptime SIZES = [1, 7, 31, 33, 127, 129, 1000, 4097]
"""Lengths on either side of vectors, lines, and blocks."""
comptime WORKERS = [0, 1, 2, 3, 7]
"""Worker counts whose results must have the same bits; 0 lets the kernel choose."""
comptime THREADS = 3

comptime inf = Float64.MAX
comptime nan = Float64(0) / 0


@no_inline
def numbers[dt: DType](count: Int, seed: Int) -> List[Scalar[dt]]:
    """Makes numbers between -8 and 8, whole ones for an integral dtype, by a linear congruence."""
    var state = UInt64(seed) * 2862933555777941757 + 3037000493
    var values = List[Scalar[dt]](capacity=count)
    for _ in range(count):
        state = state * 6364136223846793005 + 1442695040888963407
        var value = (state >> 40).cast[DType.int64]().cast[DType.float64]() / (1 << 20) - 8
        comptime if dt.is_floating_point():
            values.append(value.cast[dt]())
        else:
            values.append(Int64(value).cast[dt]())
    return values^


def zeros[dt: DType](count: Int) -> List[Scalar[dt]]:
    """Makes zeros."""
    return List[Scalar[dt]](length=count, fill=0)


def address[dt: DType](values: List[Scalar[dt]]) -> Int64:
    """Returns a list's address as a word. A list goes after its last use by name: `keep` it past the call."""
    return Int64(Int(values.unsafe_ptr()))


@no_inline
def keep[dt: DType](values: List[Scalar[dt]]):
    """Keeps a list alive up to here."""
    pass


def bits(value: Float64) -> Int64:
    """Returns a floating scalar as a word."""
    return bitcast[DType.int64](value)


@no_inline
def same_bits[dt: DType](a: List[Scalar[dt]], b: List[Scalar[dt]]) -> Bool:
    """Returns whether two lists hold the same bytes."""
    var p = a.unsafe_ptr().unsafe_bitcast[UInt8]()
    var q = b.unsafe_ptr().unsafe_bitcast[UInt8]()
    for i in range(len(a) * size_of[dt]()):
        if p.unsafe_load(i) != q.unsafe_load(i):
            return False
    return len(a) == len(b)


@no_inline
def close(a: Float64, b: Float64, rtol: Float64, atol: Float64) -> Bool:
    """Returns whether two numbers are close, both infinite with one sign, or both nan."""
    return a == b or (not a == a and not b == b) or abs(a - b) <= atol + rtol * abs(b)


@no_inline
def assert_close[
    dt: DType, other: DType
](
    a: List[Scalar[dt]], b: List[Scalar[other]], what: String, rtol: Float64 = 1e-5, atol: Float64 = 1e-5
) raises:
    """Asserts that two lists hold close numbers."""
    assert_true(len(a) == len(b), what + ": lengths differ")
    for i in range(len(a)):
        var x = a[i].cast[DType.float64]()
        var y = b[i].cast[DType.float64]()
        assert_true(close(x, y, rtol, atol), String(what, " at ", i, ": ", x, ", expected ", y))


def tolerance[dt: DType]() -> Float64:
    """Returns the error to allow, absolute and relative, where some thousand numbers of size ten come together.
    """
    comptime if dt == DType.float32:
        return 1e-5
    else:
        return 1e-12


struct Machine:
    """A team of threads and what runs kernels on it."""

    var team: Int

    def __init__(out self):
        """Makes a team; its threads end with the process, and so does their memory."""
        self.team = new_block(size_of[Team](), 64)
        TeamPointer(unsafe_from_address=self.team).unsafe_write(Team())

    @no_inline
    def run[K: Kernel, S: Schedule](self, words: List[Int64], workers: Int = 0) -> Int64:
        """Calls a kernel as Python does; returns the status, or -1 where the kernel declares another number of words.
        """
        var context = Context(workers, THREADS, self.team, 0)
        var packed = words.copy()
        if K.words(Words(unsafe_from_address=Int(packed.unsafe_ptr()))) != len(words):
            return -1
        packed.append(Int64(Int(MutPointer(to=context))))
        var status = cpu_entry[K, S](Words(unsafe_from_address=Int(packed.unsafe_ptr())))
        _ = packed^
        _ = context^
        return status

    @no_inline
    def both[
        K: Kernel, dt: DType
    ](self, words: List[Int64], mut output: List[Scalar[dt]]) raises -> List[Scalar[dt]]:
        """Runs a kernel under both schedules and every number of workers, each time from the same output.

        Returns:
            The result of `Original`; `output` holds that of `Tiled`, which has the same bits for all workers.
        """
        var before = output.copy()
        assert_true(self.run[K, Original](words) == OK, K.name() + ": not OK under original")
        var original = output.copy()
        var first = List[Scalar[dt]]()
        comptime for workers in WORKERS:
            for i in range(len(before)):
                output[i] = before[i]
            assert_true(self.run[K, Tiled](words, workers) == OK, K.name() + ": not OK")
            if len(first) == 0:
                first = output.copy()
            assert_true(same_bits(first, output), String(K.name(), ": other bits with ", workers, " workers"))
        return original^
