"""Fast Fourier transforms of rows of complex or real numbers.

Lengths are split into radices, which passes over blocks in the first-level cache do (`passes`), for as many columns as a
vector has lanes. Short rows are columns of such a block, a longer row is a matrix whose columns and rows are done in turn,
and lengths with large prime factors become convolutions (`rows`). Rows are independent of each other.
"""

from std.sys import simd_width_of, size_of

from mojo_kernels.fft.direct import COMPLEX, FROM_REAL, TO_REAL, columns_of, direct
from mojo_kernels.fft.plan import Plan
from mojo_kernels.fft.real import RealRows
from mojo_kernels.fft.rows import transform_rows
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.system import free_block, new_block, yield_core
from mojo_kernels.runtime.types import Buffer, OK, OUT_OF_MEMORY, Words, buffer, dtype_name, scalar, word


@doc_hidden
struct Transform[kind: Int, dt: DType](Kernel):
    """A unit is a row: y[k] = scale * sum of x[j] e^(-2 pi i j k / n), or e^(2 pi i j k / n) of an inverse one.

    The plan is one of n, but of n / 2 for an even number of real numbers; its table begins with the roots of n. `lanes` is
    not 0 where a lane of a vector is a row.
    """

    comptime WORDS: StaticString = "y:w x:r plan:r table:r rows n lanes scale:f inverse"

    @staticmethod
    def name() -> String:
        comptime if Self.kind == COMPLEX:
            return String("fft.forward.", dtype_name(Self.dt))
        elif Self.kind == FROM_REAL:
            return String("rfft.forward.", dtype_name(Self.dt))
        else:
            return String("irfft.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def grain(args: Words) -> Int:
        return simd_width_of[Self.dt]() if word(args, Self.AT.lanes) != 0 else 1

    @staticmethod
    def cost(args: Words) -> Cost:
        var n = word(args, Self.AT.n)
        var passes = 1.0
        while 1 << Int(passes) < n:
            passes += 1
        var parts = 2 if Self.kind == COMPLEX else 1
        return Cost(
            Self.units(args) * n,
            2.5 * passes * Float64(parts),
            2 * parts * size_of[Self.dt](),
            0.02 * passes * Float64(parts * size_of[Self.dt]()) / 4,
        )

    @staticmethod
    def check(args: Words) -> Int64:
        var nbytes = Self.scratch(args)
        var block = new_block(nbytes, 64)
        free_block(block)
        return OK if block != 0 else OUT_OF_MEMORY

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime if S.SIMD:
            var block = new_block(Self.scratch(args), 64)
            while block == 0:  # `check` got it, so other workers hold it
                yield_core()
                block = new_block(Self.scratch(args), 64)
            Self.planned(args, start, stop, Buffer[Self.dt](unsafe_from_address=block))
            free_block(block)
        else:
            var columns = columns_of(Self.kind, word(args, Self.AT.n))
            Self.numbers(args, start * columns, stop * columns)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var count = Self.units(args) * columns_of(Self.kind, word(args, Self.AT.n))
        launch_units[Self.numbers](ctx, args, Self.words(args), count)

    @staticmethod
    def numbers(args: Words, start: Int, stop: Int):
        """Computes numbers of the result by the definition."""
        var n = word(args, Self.AT.n)
        var columns = columns_of(Self.kind, n)
        var y_step = columns if Self.kind == TO_REAL else 2 * columns
        var x_step = n if Self.kind == FROM_REAL else 2 * (n // 2 + 1) if Self.kind == TO_REAL else 2 * n
        for i in range(start, stop):
            var row = i // columns
            direct[Self.kind](
                buffer[Self.dt](args, Self.AT.y).unsafe_offset(row * y_step),
                buffer[Self.dt](args, Self.AT.x).unsafe_offset(row * x_step),
                buffer[Self.dt](args, Self.AT.table),
                n,
                i - row * columns,
                scalar[DType.float64](args, Self.AT.scale),
                word(args, Self.AT.inverse) != 0,
            )

    @staticmethod
    def plan(args: Words) -> Plan[Self.dt]:
        return Plan[Self.dt](word(args, Self.AT.plan), word(args, Self.AT.table))

    @staticmethod
    def scratch(args: Words) -> Int:
        """Returns the bytes that a worker needs: of real numbers also for some rows, before and after."""
        var count = Self.plan(args).scratch()
        comptime if Self.kind != COMPLEX:
            count += 4 * word(args, Self.AT.n) * Self.grain(args)
        return count * size_of[Self.dt]()

    @staticmethod
    def planned(args: Words, start: Int, stop: Int, scratch: Buffer[Self.dt]):
        """Transforms rows by the plan, of real numbers some at a time, which stay in the cache."""
        var n = word(args, Self.AT.n)
        var y = buffer[Self.dt](args, Self.AT.y)
        var x = buffer[Self.dt](args, Self.AT.x)
        var inverse = word(args, Self.AT.inverse) != 0
        var scale = scalar[Self.dt](args, Self.AT.scale)
        var plan = Self.plan(args)
        comptime if Self.kind == COMPLEX:
            y = y.unsafe_offset(2 * n * start)
            x = x.unsafe_offset(2 * n * start)
            transform_rows(plan, y, n, x, n, stop - start, scale, inverse, scratch)
        else:
            var rows = RealRows[Self.dt](plan, n, scale, inverse, scratch)
            var group = Self.grain(args)
            var half = 2 * (n // 2 + 1)
            for row in range(start, stop, group):
                comptime if Self.kind == FROM_REAL:
                    rows.forward(
                        y.unsafe_offset(row * half), x.unsafe_offset(row * n), min(group, stop - row)
                    )
                else:
                    rows.back(y.unsafe_offset(row * n), x.unsafe_offset(row * half), min(group, stop - row))
