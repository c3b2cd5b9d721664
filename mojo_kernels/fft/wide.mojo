"""Transforms of long rows in several calls, so that workers share a row. The results are those of `Transform`, to the bit.

    fft_columns, fft_rows: both steps of a complex row, whose columns are divided among workers
    fft_unfold: the numbers of a real row, from the transform of half of its length
    fft_fold: what such a transform back begins with

Python calls them one after another. On a GPU, which has other kernels for the steps (`gpu`), the last two have a thread for
each pair of numbers.
"""

from std.sys import simd_width_of, size_of

from mojo_kernels.fft.half import fold_row, unfold_row
from mojo_kernels.fft.plan import Plan
from mojo_kernels.fft.rows import first_step, second_step
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.system import free_block, new_block, yield_core
from mojo_kernels.runtime.types import (
    Buffer,
    OK,
    OUT_OF_MEMORY,
    Words,
    buffer,
    dtype_name,
    scalar,
    word,
)

comptime _PAIRS = 4096
"""Pairs of numbers that a unit unfolds or folds: from 1 on, so that vectors are those of a whole row."""


def _columns_cost(units: Int, length: Int, size: Int, lanes: Int) -> Cost:
    """Returns the cost of transforming groups of columns, which are read and written far from each other."""
    var passes = 1.0
    while 1 << Int(passes) < length:
        passes += 1
    return Cost(
        units * length * lanes,
        5 * passes,
        4 * size,
        0.04 * passes * Float64(size) / 4 + 0.1 * Float64(size),
    )


def _block[dt: DType](plan: Plan[dt]) -> Int:
    """Returns the address of memory for a plan, which `_check` has found to be there."""
    var nbytes = plan.scratch() * size_of[dt]()
    var block = new_block(nbytes, 64)
    while block == 0:  # other workers hold it
        yield_core()
        block = new_block(nbytes, 64)
    return block


def _check[dt: DType](plan: Plan[dt]) -> Int64:
    """Returns whether there is memory for a plan."""
    var block = new_block(plan.scratch() * size_of[dt](), 64)
    free_block(block)
    return OK if block != 0 else OUT_OF_MEMORY


@doc_hidden
struct WideColumns[dt: DType](Kernel):
    """A unit is as many columns of a row's matrix as a vector has lanes."""

    comptime WORDS: StaticString = "y:w x:r plan:r table:r rows y_pitch x_pitch inverse"
    comptime W = simd_width_of[Self.dt]()

    @staticmethod
    def name() -> String:
        return String("fft_columns.forward.", dtype_name(Self.dt))

    @staticmethod
    def groups(args: Words) -> Int:
        return (Self.plan(args).part(1) + Self.W - 1) // Self.W

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows) * Self.groups(args)

    @staticmethod
    def cost(args: Words) -> Cost:
        return _columns_cost(
            Self.units(args),
            Self.plan(args).part(0),
            size_of[Self.dt](),
            Self.W,
        )

    @staticmethod
    def check(args: Words) -> Int64:
        return _check(Self.plan(args))

    @staticmethod
    def plan(args: Words) -> Plan[Self.dt]:
        return Plan[Self.dt](word(args, Self.AT.plan), word(args, Self.AT.table))

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var plan = Self.plan(args)
        var groups = Self.groups(args)
        var block = _block(plan)
        for unit in range(start, stop):
            var row = unit // groups
            first_step(
                plan,
                buffer[Self.dt](args, Self.AT.y).unsafe_offset(2 * row * word(args, Self.AT.y_pitch)),
                buffer[Self.dt](args, Self.AT.x).unsafe_offset(2 * row * word(args, Self.AT.x_pitch)),
                (unit - row * groups) * Self.W,
                word(args, Self.AT.inverse) != 0,
                Buffer[Self.dt](unsafe_from_address=block),
            )
        free_block(block)


@doc_hidden
struct WideRows[dt: DType](Kernel):
    """A unit is as many columns of the turned matrix as a vector has lanes."""

    comptime WORDS: StaticString = "y:u plan:r table:r rows y_pitch scale:f inverse"
    comptime W = simd_width_of[Self.dt]()

    @staticmethod
    def name() -> String:
        return String("fft_rows.forward.", dtype_name(Self.dt))

    @staticmethod
    def groups(args: Words) -> Int:
        return (Self.plan(args).part(0) + Self.W - 1) // Self.W

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows) * Self.groups(args)

    @staticmethod
    def cost(args: Words) -> Cost:
        return _columns_cost(
            Self.units(args),
            Self.plan(args).part(1),
            size_of[Self.dt](),
            Self.W,
        )

    @staticmethod
    def check(args: Words) -> Int64:
        return _check(Self.plan(args))

    @staticmethod
    def plan(args: Words) -> Plan[Self.dt]:
        return Plan[Self.dt](word(args, Self.AT.plan), word(args, Self.AT.table))

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var plan = Self.plan(args)
        var groups = Self.groups(args)
        var block = _block(plan)
        for unit in range(start, stop):
            var row = unit // groups
            second_step(
                plan,
                buffer[Self.dt](args, Self.AT.y).unsafe_offset(2 * row * word(args, Self.AT.y_pitch)),
                (unit - row * groups) * Self.W,
                scalar[Self.dt](args, Self.AT.scale),
                word(args, Self.AT.inverse) != 0,
                Buffer[Self.dt](unsafe_from_address=block),
            )
        free_block(block)


def _pair_units(h: Int) -> Int:
    """Returns how many units a row has whose numbers 0 to h / 2 are done with those from behind."""
    return max((h // 2 + _PAIRS - 1) // _PAIRS, 1)


@doc_hidden
struct Unfold[dt: DType](Kernel):
    """A unit is some numbers of a row and those that belong to them from behind."""

    comptime WORDS: StaticString = "y:u table:r rows h inverse"

    @staticmethod
    def name() -> String:
        return String("fft_unfold.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows) * _pair_units(word(args, Self.AT.h))

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(
            word(args, Self.AT.rows) * word(args, Self.AT.h),
            8,
            6 * size_of[Self.dt](),
            0.5,
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var h = word(args, Self.AT.h)
        var each = _pair_units(h)
        for unit in range(start, stop):
            var row = unit // each
            var part = unit - row * each
            Self.some(
                args,
                row,
                part * _PAIRS + 1 if part > 0 else 0,
                min(part * _PAIRS + _PAIRS, h // 2) + 1,
            )

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var pairs = word(args, Self.AT.h) // 2 + 1
        launch_units[Self.pairs](ctx, args, Self.words(args), word(args, Self.AT.rows) * pairs)

    @staticmethod
    def pairs(args: Words, start: Int, stop: Int):
        """Does pairs of numbers, one at a time."""
        var each = word(args, Self.AT.h) // 2 + 1
        for unit in range(start, stop):
            var row = unit // each
            Self.some(args, row, unit - row * each, unit - row * each + 1)

    @always_inline
    @staticmethod
    def some(args: Words, row: Int, first: Int, stop: Int):
        """Does some pairs of a row."""
        var h = word(args, Self.AT.h)
        var numbers = buffer[Self.dt](args, Self.AT.y).unsafe_offset(2 * row * (h + 1))
        unfold_row[Self.dt](
            numbers,
            numbers,
            buffer[Self.dt](args, Self.AT.table),
            h,
            word(args, Self.AT.inverse) != 0,
            first,
            stop,
        )


@doc_hidden
struct Fold[dt: DType](Kernel):
    """A unit is some numbers of a row and those that belong to them from behind."""

    comptime WORDS: StaticString = "y:w x:r table:r rows h inverse"

    @staticmethod
    def name() -> String:
        return String("fft_fold.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows) * _pair_units(word(args, Self.AT.h))

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(
            word(args, Self.AT.rows) * word(args, Self.AT.h),
            8,
            6 * size_of[Self.dt](),
            0.5,
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var h = word(args, Self.AT.h)
        var each = _pair_units(h)
        for unit in range(start, stop):
            var row = unit // each
            var part = unit - row * each
            Self.some(
                args,
                row,
                part * _PAIRS + 1 if part > 0 else 0,
                min(part * _PAIRS + _PAIRS, h // 2) + 1,
            )

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var pairs = word(args, Self.AT.h) // 2 + 1
        launch_units[Self.pairs](ctx, args, Self.words(args), word(args, Self.AT.rows) * pairs)

    @staticmethod
    def pairs(args: Words, start: Int, stop: Int):
        """Does pairs of numbers, one at a time."""
        var each = word(args, Self.AT.h) // 2 + 1
        for unit in range(start, stop):
            var row = unit // each
            Self.some(args, row, unit - row * each, unit - row * each + 1)

    @always_inline
    @staticmethod
    def some(args: Words, row: Int, first: Int, stop: Int):
        """Does some pairs of a row."""
        var h = word(args, Self.AT.h)
        fold_row[Self.dt](
            buffer[Self.dt](args, Self.AT.y).unsafe_offset(2 * row * h),
            buffer[Self.dt](args, Self.AT.x).unsafe_offset(2 * row * (h + 1)),
            buffer[Self.dt](args, Self.AT.table),
            h,
            word(args, Self.AT.inverse) != 0,
            first,
            stop,
        )
