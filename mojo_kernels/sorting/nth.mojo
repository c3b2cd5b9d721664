"""The element of rows that would have a position if they were sorted, without sorting them: medians, k-th smallest.

The order is that of `sort`: equal elements in the order of their indices, nan behind everything. Keys are found three
bits at a time from the highest on: each pass over a row counts the keys below each of seven bounds. So the work is
that of a few comparisons per element and pass, whatever the elements are, and takes no memory.
"""

from std.collections import Array
from std.sys import simd_width_of, size_of

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word
from mojo_kernels.sorting.keys import greatest_key, key_dtype, keys_of

comptime MEDIAN = -1
"""The word k of a median, the lower of two: the first nan of a row that has one."""
comptime NAN_MEDIAN = -2
"""The word k of a median of what is not nan: nan of a row that has nothing else."""
comptime _BITS = 3
"""Bits that a pass finds."""
comptime _BOUNDS = (1 << _BITS) - 1


@doc_hidden
struct Nth[dt: DType](Kernel):
    """A unit is a row; k counts from 0, or is one of the numbers above."""

    comptime WORDS: StaticString = "values:w indices:w x:r rows columns k"
    comptime K = key_dtype[Self.dt]
    comptime W = simd_width_of[Self.K]()
    comptime WIDTH = 8 * size_of[Self.dt]()

    @staticmethod
    def name() -> String:
        return String("nth.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        var elements = word(args, Self.AT.rows) * word(args, Self.AT.columns)
        return Cost(elements, Float64(Self.WIDTH), size_of[Self.dt](), 0.05 * Float64(Self.WIDTH))

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var n = word(args, Self.AT.columns)
        for row in range(start, stop):
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(row * n)
            var position = word(args, Self.AT.k)
            if position < 0:
                position = Self._middle[S](x, n, position == MEDIAN)
            var index = Self._find[S](x, n, position)
            buffer[DType.int64](args, Self.AT.indices).unsafe_store(row, Int64(index))
            buffer[Self.dt](args, Self.AT.values).unsafe_store(row, x.unsafe_load(index))

    @staticmethod
    def _middle[S: Schedule](x: Buffer[Self.dt], n: Int, nan_wins: Bool) -> Int:
        """Returns the position of a row's median."""
        comptime if Self.dt.is_floating_point():
            var numbers = Self._below[S, 1](x, n, Scalar[Self.K](greatest_key[Self.dt]), 0)[0]
            if numbers < n:
                return numbers if nan_wins else max(numbers - 1, 0) // 2
        return (n - 1) // 2

    @staticmethod
    def _find[S: Schedule](x: Buffer[Self.dt], n: Int, position: Int) -> Int:
        """Returns the index of the element at a position of the order."""
        var key = Scalar[Self.K](0)
        var before = 0
        var bit = Self.WIDTH
        while bit > 0:
            var bounds = (1 << min(_BITS, bit)) - 1
            bit = max(bit - _BITS, 0)
            var step = Scalar[Self.K](1) << Scalar[Self.K](bit)
            var counts = Self._below[S, _BOUNDS](x, n, key + step, step)
            for b in range(bounds):
                if counts[b] <= position:
                    before = counts[b]
                    key += step
        return Self._occurrence[S](x, n, key, position - before)

    @always_inline
    @staticmethod
    def _below[
        S: Schedule, bounds: Int
    ](x: Buffer[Self.dt], n: Int, first: Scalar[Self.K], step: Scalar[Self.K]) -> Array[Int, bounds]:
        """Counts the keys below each of some bounds, a step apart."""
        var sums = Array[SIMD[Self.K, Self.W], bounds](fill=0)
        var rest = Array[Int, bounds](fill=0)

        def body[w: Int](i: Int) {imm, mut sums, mut rest}:
            var keys = keys_of(x.unsafe_load[width=w](i))
            comptime for b in range(bounds):
                var below = keys.lt(first + Scalar[Self.K](b) * step)
                comptime if w == Self.W:
                    sums[b] += rebind[SIMD[Self.K, Self.W]](below.cast[Self.K]())
                else:
                    rest[b] += Int(below.reduce_or())

        lanes[S, Self.W](n, body)
        comptime for b in range(bounds):
            rest[b] += Int(sums[b].cast[DType.int64]().reduce_add())
        return rest^

    @staticmethod
    def _occurrence[S: Schedule](x: Buffer[Self.dt], n: Int, key: Scalar[Self.K], skip: Int) -> Int:
        """Returns the index of the element with a key that as many others come before."""
        var i = 0
        var left = skip
        while i < n:
            comptime if S.SIMD:
                if i + Self.W <= n:
                    var equal = keys_of(x.unsafe_load[width=Self.W](i)).eq(key)
                    var count = Int(equal.cast[Self.K]().reduce_add()) if equal.reduce_or() else 0
                    if count <= left:
                        left -= count
                        i += Self.W
                        continue
            if keys_of[Self.dt, 1](x.unsafe_load(i)) == key:
                if left == 0:
                    return i
                left -= 1
            i += 1
        return 0  # which no position of the row reaches
