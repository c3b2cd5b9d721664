"""What steps and passes of transforms on a GPU share: factors, and where numbers stand."""

from std.sys import size_of

from mojo_kernels.fft.plan import Plan
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.types import Buffer


@doc_hidden
@always_inline
def times[dt: DType](a: SIMD[dt, 2], c: Scalar[dt], s: Scalar[dt]) -> SIMD[dt, 2]:
    return SIMD[dt, 2](a[0] * c - a[1] * s, a[0] * s + a[1] * c)


@doc_hidden
@always_inline
def times_root[dt: DType](factors: Buffer[dt], i: Int, a: SIMD[dt, 2]) -> SIMD[dt, 2]:
    """Returns a number times factor `i`."""
    return times(a, factors.unsafe_load(2 * i), factors.unsafe_load(2 * i + 1))


@doc_hidden
@always_inline
def times_between[
    dt: DType
](plan: Plan[dt], step: Int, length: Int, columns: Int, e: Int, c: Int, a: SIMD[dt, 2],) -> SIMD[dt, 2]:
    """Returns element `e` of column `c` times the factor between both steps, after the first of them."""
    if step != 0 or columns == 1:
        return a
    var factors = plan.between().unsafe_offset(e * columns + c)
    return times(a, factors.unsafe_load(0), factors.unsafe_load(length * columns))


@doc_hidden
@always_inline
def index_of(step: Int, length: Int, columns: Int, e: Int, c: Int) -> Int:
    """Returns where in its row element `e` of column `c` goes: the first step turns the matrix."""
    return c * length + e if step == 0 else e * columns + c


@doc_hidden
struct OddNumber(TrivialRegisterPassable):
    """What the number at an index after a pass of an odd radix is: number `j` of butterfly `b`, of group `p`.
    """

    var j: Int
    var p: Int
    var b: Int

    @always_inline
    def __init__(out self, e: Int, R: Int, done: Int):
        var group = Int(UInt32(e) // UInt32(done))
        self.p = Int(UInt32(group) // UInt32(R))
        self.j = group - self.p * R
        self.b = e - group * done + self.p * done

    @always_inline
    def turned[dt: DType](self, factors: Buffer[dt], R: Int, sum: SIMD[dt, 2]) -> SIMD[dt, 2]:
        """Returns a sum times its factor; the radix's roots stand before the factors."""
        if self.j == 0:
            return sum
        return times_root(factors, R + self.p * (R - 1) + self.j - 1, sum)


@doc_hidden
def cost_of[dt: DType](numbers: Int, flops: Float64) -> Cost:
    return Cost(numbers, flops, 4 * size_of[dt](), 0)
