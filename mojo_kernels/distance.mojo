"""Distances between all rows of two matrices, in batches.

    cdist:  y[i, j] = (sum |a[i] - b[j]|^p)^(1/p);  p = 0 counts what differs, p = inf takes the largest
            da[i] = sum over j of dy[i, j] sign(d) (|d| / y[i, j])^(p - 1),  d = a[i] - b[j]

The gradient of b is that of a with the two exchanged, so indices into y and dy are given by strides: of a row of the
first (`of_a`) and of a row of the second (`of_b`). There are `rows` rows of a and `others` of b.

Sums of squares and of magnitudes between many rows go tile by tile: rows of b are copied k-major, so that a vector holds
the same column of some of them, and a tile of rows of a by vectors of rows of b is summed up in registers.
"""

from std.math import fma, sqrt
from std.memory import stack_allocation
from std.sys import simd_width_of, size_of
from std.utils.numerics import inf

from mojo_kernels.matmul.pack import pack
from mojo_kernels.matmul.tile import Panel, lanes_below, load_lanes, store_lanes
from mojo_kernels.reduce.combine import is_nan
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu_rows import sum_row2
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.numerics.power import pow
from mojo_kernels.runtime.schedule import Schedule, Tiled
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, scalar, word

comptime _MANY = 64
"""Rows of a from which on rows of b are copied, and of which shares of the work are multiples."""
comptime _DEPTH = 512
"""Columns of a panel of rows of b."""
comptime _VECTORS = 2
"""Vectors of rows of b in a panel, 64 KB with all columns."""
comptime _HEIGHT = 4
"""Rows of a in a tile."""


@always_inline
def _distance[
    S: Schedule, dt: DType
](a: Buffer[dt], b: Buffer[dt], columns: Int, p: Scalar[dt]) -> Scalar[dt]:
    """Returns the distance between two rows."""

    def difference[w: Int](x: SIMD[dt, w], y: SIMD[dt, w]) {} -> SIMD[dt, w]:
        return abs(x - y)

    def square[w: Int](x: SIMD[dt, w], y: SIMD[dt, w]) {} -> SIMD[dt, w]:
        return (x - y) * (x - y)

    def differs[w: Int](x: SIMD[dt, w], y: SIMD[dt, w]) {} -> SIMD[dt, w]:
        return x.eq(y).select(SIMD[dt, w](0), SIMD[dt, w](1))

    def power[w: Int](x: SIMD[dt, w], y: SIMD[dt, w]) {imm} -> SIMD[dt, w]:
        return pow(abs(x - y), SIMD[dt, w](p))

    if p == 2:
        return sqrt(sum_row2[S](a, b, columns, square))
    if p == 1:
        return sum_row2[S](a, b, columns, difference)
    if p == 0:
        return sum_row2[S](a, b, columns, differs)
    if p != inf[dt]():
        return pow[dt, 1](sum_row2[S](a, b, columns, power), 1 / p)
    var top = Scalar[dt](0)
    for c in range(columns):
        var d = abs(a.unsafe_load(c) - b.unsafe_load(c))
        if d > top or is_nan[dt, 1](d):
            top = d
    return top


@no_inline
def _tile[
    dt: DType, height: Int, squares: Bool
](
    y: Buffer[dt],
    others: Int,
    a: Buffer[dt],
    columns: Int,
    panel: Buffer[dt],
    depth: Int,
    width: Int,
    is_first: Bool,
    is_last: Bool,
):
    """Adds to y the sums of a panel's columns, of `height` rows of a and `width` rows of b."""
    comptime W = simd_width_of[dt]()
    var sums = stack_allocation[height * _VECTORS, SIMD[dt, W]]()
    comptime for i in range(height * _VECTORS):
        sums[unsafe_offset=i] = SIMD[dt, W](0)
    for c in range(depth):
        comptime for v in range(_VECTORS):
            var other = panel.unsafe_load[width=W]((c * _VECTORS + v) * W)
            comptime for r in range(height):
                comptime i = r * _VECTORS + v
                var d = SIMD[dt, W](a.unsafe_load(r * columns + c)) - other
                comptime if squares:
                    sums[unsafe_offset=i] = fma(d, d, sums[unsafe_offset=i])
                else:
                    sums[unsafe_offset=i] += abs(d)
    comptime for r in range(height):
        comptime for v in range(_VECTORS):
            var at = y.unsafe_offset(r * others + v * W)
            var mask = lanes_below[W](width - v * W)
            var sum = sums[unsafe_offset=r * _VECTORS + v]
            if not is_first:
                sum += load_lanes[dt, W, True](at, mask)
            comptime if squares:
                sum = sqrt(sum) if is_last else sum
            store_lanes[dt, W, True](at, sum, mask)


def _tiles[
    dt: DType, squares: Bool
](y: Buffer[dt], a: Buffer[dt], b: Buffer[dt], rows: Int, others: Int, columns: Int):
    """Computes the distances of some rows of a to all rows of b."""
    comptime WIDTH = _VECTORS * simd_width_of[dt]()
    var room = stack_allocation[_DEPTH * WIDTH, Scalar[dt], alignment=64]()
    var panel = Buffer[dt](unsafe_from_address=Int(room))
    for first in range(0, others, WIDTH):
        var width = min(WIDTH, others - first)
        for k in range(0, max(columns, 1), _DEPTH):
            var depth = min(_DEPTH, columns - k)
            pack[dt, WIDTH](
                Panel[dt](Int(b.unsafe_offset(first * columns + k)), 1, columns), depth, width, panel
            )
            var is_last = k + _DEPTH >= columns
            var row = 0
            while row < rows:
                var at = y.unsafe_offset(row * others + first)
                var x = a.unsafe_offset(row * columns + k)
                if rows - row >= _HEIGHT:
                    _tile[dt, _HEIGHT, squares](at, others, x, columns, panel, depth, width, k == 0, is_last)
                    row += _HEIGHT
                else:
                    _tile[dt, 1, squares](at, others, x, columns, panel, depth, width, k == 0, is_last)
                    row += 1


@doc_hidden
struct CdistForward[dt: DType](Kernel):
    """A unit is a pair of rows."""

    comptime WORDS: StaticString = "y:w a:r b:r batch rows others columns p:f"

    @staticmethod
    def name() -> String:
        return String("cdist.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.batch) * word(args, Self.AT.rows) * word(args, Self.AT.others)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args) * word(args, Self.AT.columns), 3, size_of[Self.dt](), 0.2)

    @staticmethod
    @always_inline
    def in_tiles(args: Words) -> Bool:
        """Returns whether tiles compute the distances."""
        var p = scalar[Self.dt](args, Self.AT.p)
        var many = word(args, Self.AT.others) >= simd_width_of[Self.dt]()
        return many and word(args, Self.AT.rows) >= _MANY and (p == 1 or p == 2)

    @staticmethod
    def grain(args: Words) -> Int:
        return _MANY * word(args, Self.AT.others) if Self.in_tiles(args) else 1

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime if S.NAME == Tiled.NAME:
            if Self.in_tiles(args):
                return Self.tiles(args, start, stop)
        var rows = word(args, Self.AT.rows)
        var others = word(args, Self.AT.others)
        var columns = word(args, Self.AT.columns)
        var p = scalar[Self.dt](args, Self.AT.p)
        for unit in range(start, stop):
            var row = unit // others
            var other = row // rows * others + unit % others
            var a = buffer[Self.dt](args, Self.AT.a).unsafe_offset(row * columns)
            var b = buffer[Self.dt](args, Self.AT.b).unsafe_offset(other * columns)
            buffer[Self.dt](args, Self.AT.y).unsafe_store(unit, _distance[S](a, b, columns, p))

    @staticmethod
    def tiles(args: Words, start: Int, stop: Int):
        """Computes pairs of whole rows of a."""
        var rows = word(args, Self.AT.rows)
        var others = word(args, Self.AT.others)
        var columns = word(args, Self.AT.columns)
        var row = start // others
        while row < stop // others:
            var batch = row // rows
            var count = min(stop // others, (batch + 1) * rows) - row
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(row * others)
            var a = buffer[Self.dt](args, Self.AT.a).unsafe_offset(row * columns)
            var b = buffer[Self.dt](args, Self.AT.b).unsafe_offset(batch * others * columns)
            if scalar[Self.dt](args, Self.AT.p) == 2:
                _tiles[Self.dt, True](y, a, b, count, others, columns)
            else:
                _tiles[Self.dt, False](y, a, b, count, others, columns)
            row += count


@doc_hidden
struct CdistBackward[dt: DType](Kernel):
    """A unit is a row of da."""

    comptime WORDS: StaticString = "da:w a:r b:r y:r dy:r batch rows others columns of_a of_b p:f"

    @staticmethod
    def name() -> String:
        return String("cdist.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.batch) * word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(
            Self.units(args) * word(args, Self.AT.others) * word(args, Self.AT.columns),
            3,
            size_of[Self.dt](),
            0.2,
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime W = simd_width_of[Self.dt]()
        var rows = word(args, Self.AT.rows)
        var others = word(args, Self.AT.others)
        var columns = word(args, Self.AT.columns)
        for row in range(start, stop):
            var batch = row // rows
            var da = buffer[Self.dt](args, Self.AT.da).unsafe_offset(row * columns)
            var a = buffer[Self.dt](args, Self.AT.a).unsafe_offset(row * columns)

            def clear[w: Int](i: Int) {imm}:
                da.unsafe_store(i, SIMD[Self.dt, w](0))

            lanes[S, W](columns, clear)
            for other in range(others):
                var at = (
                    batch * rows * others
                    + (row - batch * rows) * word(args, Self.AT.of_a)
                    + other * word(args, Self.AT.of_b)
                )
                var b = buffer[Self.dt](args, Self.AT.b).unsafe_offset((batch * others + other) * columns)
                var y = buffer[Self.dt](args, Self.AT.y).unsafe_load(at)
                Self.pull[S](
                    da,
                    a,
                    b,
                    columns,
                    y,
                    buffer[Self.dt](args, Self.AT.dy).unsafe_load(at),
                    scalar[Self.dt](args, Self.AT.p),
                )

    @staticmethod
    @always_inline
    def pull[
        S: Schedule
    ](
        da: Buffer[Self.dt],
        a: Buffer[Self.dt],
        b: Buffer[Self.dt],
        columns: Int,
        y: Scalar[Self.dt],
        dy: Scalar[Self.dt],
        p: Scalar[Self.dt],
    ):
        """Adds the gradient of one distance."""
        comptime W = simd_width_of[Self.dt]()
        if y == 0 or p == 0:
            return
        var scale = dy / y
        if p != 2:
            scale = dy if p == 1 or p == inf[Self.dt]() else dy * pow[Self.dt, 1](y, 1 - p)

        def add[w: Int](i: Int) {imm}:
            var d = a.unsafe_load[width=w](i) - b.unsafe_load[width=w](i)
            var slope = d
            if p != 2:
                var one = SIMD[Self.dt, w](1)
                slope = d.lt(0).select(-one, d.gt(0).select(one, d))  # nan and 0 stay
                if p == inf[Self.dt]():
                    slope = abs(d).eq(y).select(slope, SIMD[Self.dt, w](0))
                elif p != 1:
                    slope = d.eq(0).select(d, slope * pow(abs(d), SIMD[Self.dt, w](p - 1)))
            da.unsafe_store(i, da.unsafe_load[width=w](i) + slope * scale)

        lanes[S, W](columns, add)
