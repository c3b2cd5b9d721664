"""Steps of transforms on a GPU: Stockham's passes in the shared memory of a block of threads, or through the device's memory.

    fft_step: transforms rows, or columns of the matrices that rows are, as many as a block's shared memory has room for
    fft_pass: one pass of columns that are longer than that, from x to y (gpu_passes.mojo)
    fft_times: a row's numbers times factors, with zeros behind them: the parts of a convolution with a chirp (the same)

A row of n1 n2 numbers is an n1 x n2 matrix: its columns are transformed (step 0), multiplied by factors, and written as rows of
the turned matrix, whose columns are transformed (step 1). Where `columns` is 1, a row is one column. The passes are those of
`passes`: of radix R, elements that are a share of the length apart are combined, and results are left in order. A thread
does a butterfly; of an odd radix above 5 a number of the result. ops/_fourier_gpu.py calls these one after another.
"""

from max.gpu import (
    MAX_THREADS_PER_BLOCK_METADATA,
    block_idx,
    grid_dim,
    thread_idx,
)
from max.gpu.sync import barrier
from std.collections import Array
from std.memory.pointer import AddressSpace
from std.sys import has_accelerator, size_of
from std.utils import StaticTuple

from mojo_kernels.fft.butterflies import butterfly
from mojo_kernels.fft.ends import ENDS, Ends
from mojo_kernels.fft.plan import Plan
from mojo_kernels.fft.turned import OddNumber, cost_of, index_of, times_between, times_root
from mojo_kernels.matmul.gpu_panel import shared_memory
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import (
    WordBlock,
    blocks_for,
    device_context,
    word_block,
)
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, dtype_name, word
from mojo_kernels.runtime.words import Names

comptime SHARED_BYTES = 1 << 15
"""Bytes of shared memory that numbers take; ops/_fourier_gpu.py knows them too."""
comptime _THREADS = 256
comptime _Shared[dt: DType] = MutPointer[Scalar[dt], MutUntrackedOrigin, address_space=AddressSpace.SHARED]
comptime _FILLED = 4
"""Blocks of short rows hold a quarter of what fits, so that few rows keep more of them busy; not measured."""
comptime _STEP_WORDS: StaticString = "y:w x:r plan:r table:r rows length columns step" + ENDS


@always_inline
def _index(i: Int) -> Int:
    """Returns where a number lies in shared memory, so that those of neighbouring butterflies are in different banks.
    """
    return i + i // 32


struct _Columns[dt: DType](TrivialRegisterPassable):
    """Columns in shared memory, real parts and imaginary parts apart."""

    comptime COUNT = SHARED_BYTES // (2 * size_of[Self.dt]())
    comptime EACH = Self.COUNT // _THREADS
    """Numbers of a thread."""

    var re: _Shared[Self.dt]
    var im: _Shared[Self.dt]
    var length: Int
    var lanes: Int
    """How many columns there are."""
    var across: Bool
    """Whether elements of neighbouring columns are neighbours, else those of a column."""

    @always_inline
    def __init__(out self, length: Int, lanes: Int, across: Bool):
        self.re = rebind[_Shared[Self.dt]](shared_memory[Self.dt, Self.COUNT + Self.COUNT // 32]())
        self.im = rebind[_Shared[Self.dt]](shared_memory[Self.dt, Self.COUNT + Self.COUNT // 32]())
        self.length = length
        self.lanes = lanes
        self.across = across

    @always_inline
    def at(self, e: Int, c: Int) -> Int:
        return _index(e * self.lanes + c if self.across else c * self.length + e)

    @always_inline
    def split(self, i: Int, each: Int) -> Tuple[Int, Int]:
        """Returns the number within its column, and the column, of the i-th of `each` things that columns have.
        """
        var by = UInt32(self.lanes if self.across else each)
        var high = Int(UInt32(i) // by)
        var low = i - high * Int(by)
        return (high, low) if self.across else (low, high)

    @always_inline
    def load(self, at: Int) -> SIMD[Self.dt, 2]:
        return SIMD[Self.dt, 2](self.re[unsafe_offset=at], self.im[unsafe_offset=at])

    @always_inline
    def store(self, at: Int, value: SIMD[Self.dt, 2]):
        self.re[unsafe_offset=at] = value[0]
        self.im[unsafe_offset=at] = value[1]

    @always_inline
    def fill(
        self,
        ends: Ends[Self.dt, _STEP_WORDS],
        row: Int,
        column: Int,
        rows: Int,
        columns: Int,
    ):
        """Loads columns; those behind the last one become 0."""
        for i in range(Int(thread_idx.x), self.length * self.lanes, _THREADS):
            var e, c = self.split(i, self.length)
            var value = SIMD[Self.dt, 2](0)
            if self.across and column + c < columns:
                value = ends.load(row, e * columns + column + c, self.length * columns)
            elif not self.across and row + c < rows:
                value = ends.load(row + c, e, self.length)
            self.store(self.at(e, c), value)

    @always_inline
    def transform(self, plan: Plan[Self.dt], step: Int):
        """Does all passes; the columns are there before and after."""
        var radices = plan.radices(step)
        var factors = plan.factors(step)
        var done = 1
        for i in range(plan.count(step)):
            var radix = Int(radices.unsafe_load(i))
            barrier()
            if radix == 8:
                self.one_pass[8](factors, done)
            elif radix == 4:
                self.one_pass[4](factors, done)
            elif radix == 2:
                self.one_pass[2](factors, done)
            elif radix == 3:
                self.one_pass[3](factors, done)
            elif radix == 5:
                self.one_pass[5](factors, done)
            else:
                self.odd_pass(radix, factors, done)
                factors = factors.unsafe_offset(2 * radix)
            factors = factors.unsafe_offset(2 * (radix - 1) * (self.length // (done * radix)))
            done *= radix
        barrier()

    @always_inline
    def one_pass[R: Int](self, factors: Buffer[Self.dt], done: Int):
        """Does a pass: results wait in registers until all threads have read what they replace."""
        comptime TURNS = (Self.EACH + R - 1) // R
        var apart = self.length // R
        var held = Array[SIMD[Self.dt, 2], TURNS * R](fill=0)
        comptime for turn in range(TURNS):
            var i = Int(thread_idx.x) + turn * _THREADS
            if i < apart * self.lanes:
                var b, c = self.split(i, apart)
                var re = Array[SIMD[Self.dt, 1], R](fill=0)
                var im = Array[SIMD[Self.dt, 1], R](fill=0)
                comptime for k in range(R):
                    var value = self.load(self.at(b + k * apart, c))
                    re[k] = value[0]
                    im[k] = value[1]
                butterfly[R, Self.dt, 1](re, im)
                var p = Int(UInt32(b) // UInt32(done))
                held[turn * R] = SIMD[Self.dt, 2](re[0], im[0])
                comptime for j in range(1, R):
                    held[turn * R + j] = times_root(
                        factors,
                        p * (R - 1) + j - 1,
                        SIMD[Self.dt, 2](re[j], im[j]),
                    )
        barrier()
        comptime for turn in range(TURNS):
            var i = Int(thread_idx.x) + turn * _THREADS
            if i < apart * self.lanes:
                var b, c = self.split(i, apart)
                var p = Int(UInt32(b) // UInt32(done))
                comptime for j in range(R):
                    self.store(
                        self.at(b + (p * (R - 1) + j) * done, c),
                        held[turn * R + j],
                    )

    @always_inline
    def odd_pass(self, R: Int, factors: Buffer[Self.dt], done: Int):
        """Does a pass by the definition."""
        var held = Array[SIMD[Self.dt, 2], Self.EACH](fill=0)
        var apart = self.length // R
        comptime for turn in range(Self.EACH):
            var i = Int(thread_idx.x) + turn * _THREADS
            if i < self.length * self.lanes:
                var e, c = self.split(i, self.length)
                var number = OddNumber(e, R, done)
                var sum = SIMD[Self.dt, 2](0)
                var power = 0
                for k in range(R):
                    sum += times_root(
                        factors,
                        power,
                        self.load(self.at(number.b + k * apart, c)),
                    )
                    power += number.j
                    power -= R if power >= R else 0
                held[turn] = number.turned(factors, R, sum)
        barrier()
        comptime for turn in range(Self.EACH):
            var i = Int(thread_idx.x) + turn * _THREADS
            if i < self.length * self.lanes:
                var e, c = self.split(i, self.length)
                self.store(self.at(e, c), held[turn])


@always_inline
def _lanes[dt: DType](length: Int, columns: Int) -> Int:
    """Returns how many columns a block of threads transforms."""
    comptime COUNT = _Columns[dt].COUNT
    return max(COUNT // _FILLED // length, 1) if columns == 1 else min(COUNT // length, columns)


@always_inline
def _groups[dt: DType](args: Words) -> Int:
    """Returns how many groups of columns there are: of whole rows, or a share of the columns of one."""
    comptime AT = Names[_STEP_WORDS]()
    var rows = word(args, AT.rows)
    var columns = word(args, AT.columns)
    var lanes = _lanes[dt](word(args, AT.length), columns)
    return (rows + lanes - 1) // lanes if columns == 1 else rows * ((columns + lanes - 1) // lanes)


@__llvm_metadata(MAX_THREADS_PER_BLOCK_METADATA=StaticTuple[Int32, 1](Int32(_THREADS)))
def fft_step[dt: DType](block: WordBlock, groups: Int64):
    """Transforms groups of columns, one after the other with a stride of the grid.

    Parameters:
        dt: The dtype of the parts.

    Args:
        block: The packed words.
        groups: The number of groups.
    """
    comptime AT = Names[_STEP_WORDS]()
    var args = Words(unsafe_from_address=Int(Pointer(to=block)))
    var rows = word(args, AT.rows)
    var length = word(args, AT.length)
    var columns = word(args, AT.columns)
    var step = word(args, AT.step)
    var plan = Plan[dt](word(args, AT.plan), word(args, AT.table))
    var ends = Ends[dt, _STEP_WORDS](args)
    var lanes = _lanes[dt](length, columns)
    var held = _Columns[dt](length, lanes, columns > 1)
    for group in range(Int(block_idx.x), Int(groups), Int(grid_dim.x)):
        var row = group * lanes
        var column = 0
        if columns > 1:
            var each = (columns + lanes - 1) // lanes
            row = group // each
            column = (group - row * each) * lanes
        held.fill(ends, row, column, rows, columns)
        held.transform(plan, step)
        for i in range(Int(thread_idx.x), length * lanes, _THREADS):
            # Neighbouring threads store neighbouring numbers, which the first step takes from one column.
            var within = Int(UInt32(i) // UInt32(length if step == 0 else lanes))
            var e = i - within * length if step == 0 else within
            var c = within if step == 0 else i - within * lanes
            if columns > 1 and column + c < columns:
                var value = times_between(
                    plan,
                    step,
                    length,
                    columns,
                    e,
                    column + c,
                    held.load(held.at(e, c)),
                )
                ends.store(
                    row,
                    index_of(step, length, columns, e, column + c),
                    length * columns,
                    value,
                )
            elif columns == 1 and row + c < rows:
                ends.store(row + c, e, length, held.load(held.at(e, c)))
        barrier()  # all threads have read the columns before the next ones replace them


@doc_hidden
struct DeviceStep[dt: DType](Kernel):
    """A unit is a group of columns."""

    comptime WORDS = _STEP_WORDS

    @staticmethod
    def name() -> String:
        return String("fft_step.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return _groups[Self.dt](args)

    @staticmethod
    def cost(args: Words) -> Cost:
        return cost_of[Self.dt](
            word(args, Self.AT.rows) * word(args, Self.AT.length) * word(args, Self.AT.columns),
            40,
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        pass  # its units need a block of threads each

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        comptime if has_accelerator():
            var groups = Self.units(args)
            device_context(ctx).enqueue_function[fft_step[Self.dt]](
                word_block(args, Self.words(args)),
                Int64(groups),
                grid_dim=blocks_for(ctx, groups),
                block_dim=_THREADS,
            )
