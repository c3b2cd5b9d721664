"""Parts of transforms on a GPU that have a thread for each butterfly or number: passes through the device's memory, and products
with factors. `gpu` says what they are for."""

from std.collections import Array

from mojo_kernels.fft.butterflies import butterfly
from mojo_kernels.fft.ends import ENDS, Ends
from mojo_kernels.fft.plan import Plan
from mojo_kernels.fft.turned import OddNumber, cost_of, index_of, times_between, times_root
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, dtype_name, word


@doc_hidden
struct DevicePass[dt: DType](Kernel):
    """A unit is a butterfly, or of an odd radix a number of the result; those of neighbouring columns are neighbours.
    """

    comptime WORDS: StaticString = "y:w x:r plan:r table:r rows length columns step" + ENDS + " radix done factors"

    @staticmethod
    def name() -> String:
        return String("fft_pass.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        var radix = word(args, Self.AT.radix)
        var each = word(args, Self.AT.length) // (1 if radix > 5 and radix != 8 else radix)
        return word(args, Self.AT.rows) * each * word(args, Self.AT.columns)

    @staticmethod
    def cost(args: Words) -> Cost:
        return cost_of[Self.dt](
            word(args, Self.AT.rows) * word(args, Self.AT.length) * word(args, Self.AT.columns),
            10,
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var radix = word(args, Self.AT.radix)
        for unit in range(start, stop):
            if radix == 8:
                Self.few[8](args, unit)
            elif radix == 4:
                Self.few[4](args, unit)
            elif radix == 2:
                Self.few[2](args, unit)
            elif radix == 3:
                Self.few[3](args, unit)
            elif radix == 5:
                Self.few[5](args, unit)
            else:
                Self.odd(args, unit)

    @always_inline
    @staticmethod
    def few[R: Int](args: Words, unit: Int):
        """Does a butterfly."""
        var length = word(args, Self.AT.length)
        var columns = word(args, Self.AT.columns)
        var done = word(args, Self.AT.done)
        var factors = Self.factors(args)
        var ends = Ends[Self.dt, Self.WORDS](args)
        var apart = length // R
        var row, b, c = Self.split(unit, apart, columns)
        var re = Array[SIMD[Self.dt, 1], R](fill=0)
        var im = Array[SIMD[Self.dt, 1], R](fill=0)
        comptime for k in range(R):
            var value = ends.load(row, (b + k * apart) * columns + c, length * columns)
            re[k] = value[0]
            im[k] = value[1]
        butterfly[R, Self.dt, 1](re, im)
        var p = b // done
        comptime for j in range(R):
            var value = SIMD[Self.dt, 2](re[j], im[j])
            comptime if j > 0:
                value = times_root(factors, p * (R - 1) + j - 1, value)
            Self.store(args, row, b + (p * (R - 1) + j) * done, c, value)

    @always_inline
    @staticmethod
    def odd(args: Words, unit: Int):
        """Computes a number of the result by the definition."""
        var R = word(args, Self.AT.radix)
        var length = word(args, Self.AT.length)
        var columns = word(args, Self.AT.columns)
        var factors = Self.factors(args)
        var ends = Ends[Self.dt, Self.WORDS](args)
        var row, e, c = Self.split(unit, length, columns)
        var number = OddNumber(e, R, word(args, Self.AT.done))
        var sum = SIMD[Self.dt, 2](0)
        var power = 0
        for k in range(R):
            var value = ends.load(
                row,
                (number.b + k * (length // R)) * columns + c,
                length * columns,
            )
            sum += times_root(factors, power, value)
            power += number.j
            power -= R if power >= R else 0
        Self.store(args, row, e, c, number.turned(factors, R, sum))

    @always_inline
    @staticmethod
    def split(unit: Int, each: Int, columns: Int) -> Tuple[Int, Int, Int]:
        """Returns the row, the number within its column, and the column of a unit."""
        var rest = unit // columns
        var row = rest // each
        return row, rest - row * each, unit - rest * columns

    @always_inline
    @staticmethod
    def factors(args: Words) -> Buffer[Self.dt]:
        return Buffer[Self.dt](unsafe_from_address=word(args, Self.AT.table)).unsafe_offset(
            word(args, Self.AT.factors)
        )

    @always_inline
    @staticmethod
    def store(args: Words, row: Int, e: Int, c: Int, value: SIMD[Self.dt, 2]):
        """Stores an element of a column, after the last pass as a step's result."""
        var length = word(args, Self.AT.length)
        var columns = word(args, Self.AT.columns)
        var ends = Ends[Self.dt, Self.WORDS](args)
        if word(args, Self.AT.done) * word(args, Self.AT.radix) < length:
            ends.store(row, e * columns + c, length * columns, value)
            return
        var step = word(args, Self.AT.step)
        var plan = Plan[Self.dt](word(args, Self.AT.plan), word(args, Self.AT.table))
        var turned = times_between(plan, step, length, columns, e, c, value)
        ends.store(row, index_of(step, length, columns, e, c), length * columns, turned)


@doc_hidden
struct DeviceTimes[dt: DType](Kernel):
    """A unit is a number of the result: x[i] times factor i for the first n of a row, 0 behind them."""

    comptime WORDS: StaticString = "y:w x:r table:r rows length n" + ENDS

    @staticmethod
    def name() -> String:
        return String("fft_times.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows) * word(args, Self.AT.length)

    @staticmethod
    def cost(args: Words) -> Cost:
        return cost_of[Self.dt](Self.units(args), 6)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var length = word(args, Self.AT.length)
        var n = word(args, Self.AT.n)
        var factors = Buffer[Self.dt](unsafe_from_address=word(args, Self.AT.table))
        var ends = Ends[Self.dt, Self.WORDS](args)
        for unit in range(start, stop):
            var row = unit // length
            var i = unit - row * length
            var value = SIMD[Self.dt, 2](0)
            if i < n:
                value = times_root(factors, i, ends.load(row, i, n))
            ends.store(row, i, length, value)
