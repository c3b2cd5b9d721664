"""Running sums, products and extremes along the middle one of three dimensions.

    cumsum:        y[j] = x[0] + ... + x[j]
    cumprod:       y[j] = x[0] ... x[j]
    logcumsumexp:  y[j] = log(e^x[0] + ... + e^x[j])
    cummax:        y[j] = the largest of x[0], ..., x[j] and its last index; nan wins

Terms are combined one after the other, those of float32 in float64, those of narrow integers and bools in int64, as y
is. Neighbouring columns are taken a vector at a time, and several rows side by side where the inner dimension is 1,
which changes no column's order. `reverse` starts from the end.

    cumprod backward: dx[j] = x[0] ... x[j - 1] r[j], where r[j] = dy[j] + x[j + 1] r[j + 1]
"""

from std.builtin.variadics import TypeList
from std.math import isinf
from std.memory import stack_allocation
from std.sys import size_of, simd_width_of

from mojo_kernels.reduce.combine import is_nan
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.strided import turn
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word

comptime BAND = 512
"""Columns that are taken side by side."""
comptime ROWS = 8
"""Rows that are taken side by side, because each addition waits for the one before it."""


trait ScanOp:
    """A way of combining terms."""

    comptime NAME: StaticString

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        """Returns the value that combines to nothing.

        Parameters:
            dt: The dtype.

        Returns:
            The neutral value.
        """
        ...

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        """Combines lanes.

        Parameters:
            dt: The dtype.
            w: The number of lanes.

        Args:
            a: What has been combined so far.
            b: The next terms.

        Returns:
            Both combined.
        """
        ...


@doc_hidden
struct CumSum(ScanOp):
    """y = a + b."""

    comptime NAME: StaticString = "cumsum"

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        return 0

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a + b


@doc_hidden
struct CumProd(ScanOp):
    """y = a * b."""

    comptime NAME: StaticString = "cumprod"

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        return 1

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a * b


@doc_hidden
struct LogCumSumExp(ScanOp):
    """y = log(e^a + e^b), without overflow."""

    comptime NAME: StaticString = "logcumsumexp"

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        return Scalar[dt].MIN

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var top = a.gt(b).select(a, b)
        var shift = isinf(top).select(SIMD[dt, w](0), top)
        return shift + log(exp(a - shift) + exp(b - shift))


comptime SCANS = TypeList.of[Trait=ScanOp, CumSum, CumProd]
"""The scans of numbers of any dtype."""


@doc_hidden
struct Scan[Op: ScanOp, source: DType, dt: DType = source](Kernel):
    """A unit is a column: a row where inner is 1. y is of dtype dt."""

    comptime WORDS: StaticString = "y:w x:r outer n inner reverse"
    comptime SUM = DType.float64 if Self.dt == DType.float32 else Self.dt
    """The dtype of running sums."""

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".forward.", dtype_name(Self.source))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.outer) * word(args, Self.AT.inner)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(
            Self.units(args) * word(args, Self.AT.n), 1, size_of[Self.source]() + size_of[Self.dt](), 0.6
        )

    @staticmethod
    def grain(args: Words) -> Int:
        return ROWS if word(args, Self.AT.inner) == 1 else simd_width_of[Self.dt]()

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime W = simd_width_of[Self.dt]()
        var y = buffer[Self.dt](args, Self.AT.y)
        var x = buffer[Self.source](args, Self.AT.x)
        var n = word(args, Self.AT.n)
        var inner = word(args, Self.AT.inner)
        var i = start
        while i < stop:
            var outer = i // inner
            var column = i - outer * inner
            var first = outer * n * inner + column
            var count = min(inner - column, stop - i)
            comptime if S.SIMD:
                if inner == 1 and i + ROWS <= stop:
                    if word(args, Self.AT.reverse) != 0:
                        Self.rows[ROWS, True](n, y.unsafe_offset(first), x.unsafe_offset(first))
                    else:
                        Self.rows[ROWS, False](n, y.unsafe_offset(first), x.unsafe_offset(first))
                    i += ROWS
                    continue
                if count >= W:
                    count = min(count // W * W, BAND)
                    Self.band[W, BAND](
                        args,
                        y.unsafe_offset(first),
                        x.unsafe_offset(first),
                        count,
                    )
                    i += count
                    continue
            Self.band[1, 1](args, y.unsafe_offset(first), x.unsafe_offset(first), 1)
            i += 1

    @staticmethod
    def rows[count: Int, back: Bool](n: Int, y: Buffer[Self.dt], x: Buffer[Self.source]):
        """Does neighbouring contiguous rows, in squares that are turned, so that a vector is a column of all rows.
        """
        var sums = SIMD[Self.SUM, count](Self.Op.start[Self.SUM]())
        var whole = n // count * count
        comptime if back:
            for j in range(n - 1, whole - 1, -1):
                Self.column[count](n, y.unsafe_offset(j), x.unsafe_offset(j), sums)
        for block in range(0, whole, count):
            var j = whole - count - block if back else block
            var square = Array[SIMD[Self.dt, count], count](fill=0)
            comptime for r in range(count):
                square[r] = x.unsafe_load[width=count](r * n + j).cast[Self.dt]()
            turn(square)
            comptime for step in range(count):
                comptime c = count - 1 - step if back else step
                sums = Self.Op.combine[Self.SUM, count](sums, square[c].cast[Self.SUM]())
                square[c] = sums.cast[Self.dt]()
            turn(square)
            comptime for r in range(count):
                y.unsafe_store(r * n + j, square[r])
        comptime if not back:
            for j in range(whole, n):
                Self.column[count](n, y.unsafe_offset(j), x.unsafe_offset(j), sums)

    @staticmethod
    @always_inline
    def column[
        count: Int
    ](n: Int, y: Buffer[Self.dt], x: Buffer[Self.source], mut sums: SIMD[Self.SUM, count],):
        """Does one column of neighbouring rows."""
        var next = SIMD[Self.SUM, count](0)
        comptime for r in range(count):
            next[r] = x.unsafe_load(r * n).cast[Self.SUM]()
        sums = Self.Op.combine[Self.SUM, count](sums, next)
        comptime for r in range(count):
            y.unsafe_store(r * n, sums[r].cast[Self.dt]())

    @staticmethod
    def band[w: Int, most: Int](args: Words, y: Buffer[Self.dt], x: Buffer[Self.source], width: Int):
        """Does `width` neighbouring columns, a multiple of w."""
        var n = word(args, Self.AT.n)
        var inner = word(args, Self.AT.inner)
        var sums = Buffer[Self.SUM](unsafe_from_address=Int(stack_allocation[most, Scalar[Self.SUM]]()))
        for v in range(0, width, w):
            sums.unsafe_store(v, SIMD[Self.SUM, w](Self.Op.start[Self.SUM]()))
        var back = word(args, Self.AT.reverse) != 0
        for step in range(n):
            var at = (n - 1 - step if back else step) * inner
            for v in range(0, width, w):
                var next = x.unsafe_load[width=w](at + v).cast[Self.SUM]()
                var sum = Self.Op.combine[Self.SUM, w](sums.unsafe_load[width=w](v), next)
                sums.unsafe_store(v, sum)
                y.unsafe_store(at + v, sum.cast[Self.dt]())


@doc_hidden
struct RunningExtreme[largest: Bool, dt: DType](Kernel):
    """A unit is a column."""

    comptime WORDS: StaticString = "values:w indices:w x:r outer n inner"

    @staticmethod
    def name() -> String:
        return String(
            "cummax" if Self.largest else "cummin",
            ".forward.",
            dtype_name(Self.dt),
        )

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.outer) * word(args, Self.AT.inner)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args) * word(args, Self.AT.n), 1, 2 * size_of[Self.dt]() + 8, 1)

    @staticmethod
    def grain(args: Words) -> Int:
        return 1 if word(args, Self.AT.inner) == 1 else 16

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var n = word(args, Self.AT.n)
        var inner = word(args, Self.AT.inner)
        var i = start
        while i < stop:
            var outer = i // inner
            var column = i - outer * inner
            var count = min(inner - column, stop - i)
            var first = outer * n * inner + column
            var y = buffer[Self.dt](args, Self.AT.values).unsafe_offset(first)
            var indices = buffer[DType.int64](args, Self.AT.indices).unsafe_offset(first)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(first)
            comptime if S.SIMD:
                if inner == 1:
                    Self.row(n, y, indices, x)
                    i += 1
                    continue
            for c in range(count):
                y.unsafe_store(c, x.unsafe_load(c))
                indices.unsafe_store(c, 0)
            for j in range(1, n):
                for c in range(j * inner, j * inner + count):
                    var best = y.unsafe_load(c - inner)
                    var next = x.unsafe_load(c)
                    if Self.wins(next, best):
                        y.unsafe_store(c, next)
                        indices.unsafe_store(c, Int64(j))
                    else:
                        y.unsafe_store(c, best)
                        indices.unsafe_store(c, indices.unsafe_load(c - inner))
            i += count

    @staticmethod
    @always_inline
    def wins(next: Scalar[Self.dt], best: Scalar[Self.dt]) -> Bool:
        """Tells whether an element takes the place of the extreme before it."""
        var better = next.ge(best) if Self.largest else next.le(best)
        return is_nan[Self.dt, 1](next) or (better and not is_nan[Self.dt, 1](best))

    @staticmethod
    def row(n: Int, y: Buffer[Self.dt], indices: Buffer[DType.int64], x: Buffer[Self.dt]):
        """Does a contiguous row, of which few vectors hold an element that takes the extreme's place."""
        comptime W = simd_width_of[Self.dt]()
        var best = x.unsafe_load(0)
        var at = Int64(0)
        var j = 0
        while j < n:
            if j + W <= n:
                var next = x.unsafe_load[width=W](j)
                var better = next.ge(best) if Self.largest else next.le(best)
                if not (better | is_nan(next)).reduce_or():
                    y.unsafe_store(j, SIMD[Self.dt, W](best))
                    indices.unsafe_store(j, SIMD[DType.int64, W](at))
                    j += W
                    continue
            for i in range(j, min(j + W, n)):
                var next = x.unsafe_load(i)
                if Self.wins(next, best):
                    best = next
                    at = Int64(i)
                y.unsafe_store(i, best)
                indices.unsafe_store(i, at)
            j += W


@doc_hidden
struct CumProdBackward[dt: DType](Kernel):
    """A unit is a column."""

    comptime WORDS: StaticString = "dx:w x:r dy:r outer n inner"

    @staticmethod
    def name() -> String:
        return String("cumprod.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.outer) * word(args, Self.AT.inner)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args) * word(args, Self.AT.n), 4, 3 * size_of[Self.dt](), 3)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var n = word(args, Self.AT.n)
        var inner = word(args, Self.AT.inner)
        for i in range(start, stop):
            var outer = i // inner
            var first = outer * n * inner + i - outer * inner
            var dx = buffer[Self.dt](args, Self.AT.dx).unsafe_offset(first)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(first)
            var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_offset(first)
            var before = Float64(1)
            for j in range(n):
                dx.unsafe_store(j * inner, before.cast[Self.dt]())
                before *= x.unsafe_load(j * inner).cast[DType.float64]()
            var after = Float64(0)
            for step in range(n):
                var at = (n - 1 - step) * inner
                after += dy.unsafe_load(at).cast[DType.float64]()
                var left = dx.unsafe_load(at).cast[DType.float64]()
                dx.unsafe_store(at, (left * after).cast[Self.dt]())
                after *= x.unsafe_load(at).cast[DType.float64]()
