"""Products with few rows or columns: memory-bound, so the large operand is read once, in the order of memory.

- `dots`: y has few columns, rows of a are contiguous: dot products, several rows of a at a time.
- `stream`: y has few rows, rows of b are contiguous: multiples of rows of b are added up, several rows at a time.

Each has a transposed form. The order of an element's sum does not depend on which rows are computed together.
"""

from std.math import fma
from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.tile import Panel, Target, lanes_below, load_lanes
from mojo_kernels.runtime.types import Buffer

comptime FEW = 4
"""The most rows or columns of y that count as few."""
comptime _STREAMED = 12
"""The most rows of y for which a large b is streamed (4096 x 4096 on a two-core EPYC, 2026-11: 8 rows in 1.8 ms by
streams, 2.5 by tiles; 16 rows in 4.2 and 3.0)."""
comptime _LARGE = 512 << 10
"""Bytes of a b that is large: more than half a second-level cache."""
comptime SHORT = 8
"""Sums of fewer elements, for each column, are no dot products."""
comptime _SEGMENT = 4096
"""Elements of k that are copied at once where b's columns are not contiguous."""
comptime _CHUNK_BYTES = 4096
"""Bytes of a row of sums: a few rows stay in the first-level cache, and the prefetcher sees long runs."""
comptime DOTS = 1
"""Dot products of rows of a with columns of b."""
comptime STREAM = 2
"""Sums of multiples of rows of b."""
comptime _TRANSPOSED = 4
"""Added to a form: the transposed product is computed."""


struct Skinny[dt: DType]:
    """The forms for one dtype.

    Parameters:
        dt: The dtype, in which sums are kept too.
    """

    comptime W = simd_width_of[Self.dt]()
    """Lanes of a vector."""
    comptime CHUNK = _CHUNK_BYTES // size_of[Scalar[Self.dt]]()
    """The most columns whose sums are kept at once."""

    @staticmethod
    def form(p: Operands[Self.dt]) -> Int:
        """Chooses a form.

        Args:
            p: The whole product.

        Returns:
            0 where a product has no skinny form, else what `run` takes.
        """
        if min(p.m, p.n) > _STREAMED or p.k == 0:
            return 0
        if Self._is_dots(p):
            return DOTS
        var t = p.transposed()
        if Self._is_dots(t):
            return DOTS + _TRANSPOSED
        if Self._is_stream(p):
            return STREAM
        if Self._is_stream(t):
            return STREAM + _TRANSPOSED
        return 0

    @staticmethod
    @always_inline
    def _is_dots(p: Operands[Self.dt]) -> Bool:
        return p.n <= FEW and p.a_column == 1 and p.k >= SHORT * p.n

    @staticmethod
    @always_inline
    def _is_stream(p: Operands[Self.dt]) -> Bool:
        var most = _STREAMED if p.n * p.k * size_of[Scalar[Self.dt]]() >= _LARGE else FEW
        return p.m <= most and p.b_column == 1

    @staticmethod
    def run(p: Operands[Self.dt], form: Int):
        """Computes y = activation(alpha a b + bias + y).

        Args:
            p: The product, or a stripe of it.
            form: What `form` chose for the whole.
        """
        var q = p.transposed() if form > _TRANSPOSED else p
        comptime for few in range(1, _STREAMED + 1):
            if form & STREAM != 0:
                if q.m == few:
                    _stream[Self.dt, few](q)
            elif q.n == few:
                comptime if few <= FEW:
                    _dots[Self.dt, few](q)


@no_inline
def _dots[dt: DType, columns: Int](p: Operands[dt]):
    """Computes a product of `columns` columns; columns of b that are not contiguous are copied piece by piece.
    """
    comptime size = size_of[Scalar[dt]]()
    if p.b_row == 1 or p.k == 1:
        var b = Panel[dt](p.b, p.b_column, 1)
        _dots_of_rows[dt, columns](Panel[dt](p.a, p.a_row, 1), b, p.k, Target[dt](p, True, True), p.m)
        return
    var copies = stack_allocation[columns * _SEGMENT, Scalar[dt], alignment=64]()
    for k0 in range(0, p.k, _SEGMENT):
        var kc = min(_SEGMENT, p.k - k0)
        for l in range(kc):
            comptime for j in range(columns):
                copies[unsafe_offset=j * _SEGMENT + l] = p.element(p.b, (k0 + l) * p.b_row + j * p.b_column)[]
        var a = Panel[dt](p.a + k0 * size, p.a_row, 1)
        var b = Panel[dt](Int(copies), _SEGMENT, 1)
        _dots_of_rows[dt, columns](a, b, kc, Target[dt](p, k0 == 0, k0 + kc == p.k), p.m)


@always_inline
def _dots_of_rows[dt: DType, columns: Int](a: Panel[dt], b: Panel[dt], k: Int, target: Target[dt], rows: Int):
    var i = 0
    comptime for height in [8, 4, 1]:
        comptime if height * columns <= 16:
            while i + height <= rows:
                _dot_rows[dt, height, columns](a.from_row(i), b, k, target, i)
                i += height


@no_inline
def _dot_rows[
    dt: DType, rows: Int, columns: Int
](a: Panel[dt], b: Panel[dt], k: Int, target: Target[dt], first: Int):
    """Computes dot products of rows of a with the rows of b, here b's columns."""
    comptime w = simd_width_of[dt]()
    var sums = stack_allocation[rows * columns, SIMD[dt, w]]()
    comptime for t in range(rows * columns):
        sums[unsafe_offset=t] = 0
    var whole = k // w * w
    var mask = lanes_below[w](k - whole)

    @always_inline
    def step[tail: Bool](l: Int) {imm}:
        var x = stack_allocation[columns, SIMD[dt, w]]()
        comptime for j in range(columns):
            x[unsafe_offset=j] = load_lanes[dt, w, tail](b.at(j, 0).unsafe_offset(l), mask)
        comptime for i in range(rows):
            var row = load_lanes[dt, w, tail](a.at(i, 0).unsafe_offset(l), mask)
            comptime for j in range(columns):
                sums[unsafe_offset=i * columns + j] = fma(
                    row, x[unsafe_offset=j], sums[unsafe_offset=i * columns + j]
                )

    for l in range(0, whole, w):
        step[False](l)
    if whole < k:
        step[True](whole)
    comptime for i in range(rows):
        comptime for j in range(columns):
            target.store_one(first + i, j, sums[unsafe_offset=i * columns + j].reduce_add())


@no_inline
def _stream[dt: DType, rows: Int](p: Operands[dt]):
    """Computes a product of `rows` rows, a chunk of columns after the other."""
    comptime CHUNK = Skinny[dt].CHUNK // (1 if rows <= 4 else 2)
    comptime w = simd_width_of[dt]()
    comptime GROUP = 8 if rows == 1 else 4
    var sums = stack_allocation[rows * CHUNK, Scalar[dt], alignment=64]()
    var chunk = Buffer[dt](unsafe_from_address=Int(sums))
    var target = Target[dt](p, True, True)
    for j0 in range(0, p.n, CHUNK):
        var columns = min(CHUNK, p.n - j0)
        for i in range(rows):
            for j in range(0, columns, w):
                chunk.unsafe_store(i * CHUNK + j, SIMD[dt, w](0))
        var l = 0
        while l + GROUP <= p.k:
            _add_rows[dt, rows, GROUP](p, l, j0, columns, chunk)
            l += GROUP
        while l < p.k:
            _add_rows[dt, rows, 1](p, l, j0, columns, chunk)
            l += 1
        for i in range(rows):
            if p.y_column == 1:
                for j in range(0, columns, w):
                    var sum = chunk.unsafe_load[width=w](i * CHUNK + j)
                    if j + w <= columns:
                        target.store[w, False](i, j0 + j, sum, SIMD[DType.bool, w](fill=True))
                    else:
                        target.store[w, True](i, j0 + j, sum, lanes_below[w](columns - j))
            else:
                for j in range(columns):
                    target.store_one(i, j0 + j, chunk.unsafe_load(i * CHUNK + j))


@always_inline
def _add_rows[
    dt: DType, rows: Int, group: Int
](p: Operands[dt], l: Int, j0: Int, columns: Int, chunk: Buffer[dt]):
    """Adds multiples of `group` rows of b to each row of sums."""
    comptime CHUNK = Skinny[dt].CHUNK // (1 if rows <= 4 else 2)
    comptime w = simd_width_of[dt]()
    var a = stack_allocation[rows * group, SIMD[dt, w]]()
    comptime for i in range(rows):
        comptime for g in range(group):
            a[unsafe_offset=i * group + g] = p.element(p.a, i * p.a_row + (l + g) * p.a_column)[]
    var b = p.element(p.b, l * p.b_row + j0)

    @always_inline
    def step[tail: Bool](j: Int, mask: SIMD[DType.bool, w]) {imm}:
        var sums = stack_allocation[rows, SIMD[dt, w]]()
        comptime for i in range(rows):
            sums[unsafe_offset=i] = chunk.unsafe_load[width=w](i * CHUNK + j)
        comptime for g in range(group):
            var row = load_lanes[dt, w, tail](b.unsafe_offset(g * p.b_row + j), mask)
            comptime for i in range(rows):
                sums[unsafe_offset=i] = fma(a[unsafe_offset=i * group + g], row, sums[unsafe_offset=i])
        comptime for i in range(rows):
            chunk.unsafe_store(i * CHUNK + j, sums[unsafe_offset=i])

    var whole = columns // w * w
    for j in range(0, whole, w):
        step[False](j, SIMD[DType.bool, w](fill=True))
    if whole < columns:
        step[True](whole, lanes_below[w](columns - whole))
