"""Functions of three elements and a number."""

from std.builtin.variadics import TypeList

from mojo_kernels.elementwise.lanes import is_inf, is_nan
from mojo_kernels.elementwise.traits import TernaryOp


@doc_hidden
struct Clamp(TernaryOp):
    """y = min(max(x, a), b); nan in any of them stays. The gradient goes to the one that y is, to x where it is between.
    """

    comptime NAME: StaticString = "clamp"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w]) -> SIMD[dt, w]:
        var low = (x.lt(a) | is_nan(a)).select(a, x)  # nan is not less, and stays
        return (low.gt(b) | is_nan(b)).select(b, low)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w], SIMD[dt, w]
    ]:
        var zero = SIMD[dt, w](0)
        var inside = x.ge(a) & x.le(b)
        var to_a = x.lt(a) & (a.lt(b) | (is_inf(b) & b.gt(0)))  # no bound above, where a is inf too
        var to_b = x.gt(b) | b.lt(a)
        return (inside.select(dy, zero), to_a.select(dy, zero), to_b.select(dy, zero))


@doc_hidden
struct Hardtanh(TernaryOp):
    """y = min(max(x, a), b); dx = dy but at the bounds and beyond. The bounds are numbers."""

    comptime NAME: StaticString = "hardtanh"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w]) -> SIMD[dt, w]:
        return x.lt(a).select(a, x.gt(b).select(b, x))

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w], SIMD[dt, w]
    ]:
        var zero = SIMD[dt, w](0)
        return ((x.gt(a) & x.lt(b)).select(dy, zero), zero, zero)


@doc_hidden
struct Huber(TernaryOp):
    """y = n (d - n / 2) / value, where d = x - a and n is d brought between -b and b; dx = dy n / value = -da.

    So y is a parabola of d up to the bound b, a number, and a line beyond.
    """

    comptime NAME: StaticString = "huber"
    comptime INTEGRAL = False
    comptime COST = 0.2

    @staticmethod
    @always_inline
    def near[dt: DType, w: Int](d: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return d.lt(-b).select(-b, d.gt(b).select(b, d))

    @staticmethod
    def forward[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var d = x - a
        var n = Self.near(d, b)
        return n * (d - n * 0.5) / value

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w], SIMD[dt, w]
    ]:
        comptime assert dt.is_floating_point()
        var dx = dy * Self.near(x - a, b) / value
        return (dx, -dx, SIMD[dt, w](0))


@doc_hidden
struct Lerp(TernaryOp):
    """y = x + b (a - x), from the nearer end; dx = dy (1 - b), da = dy b, db = dy (a - x)."""

    comptime NAME: StaticString = "lerp"
    comptime INTEGRAL = False
    comptime COST = 0.2

    @staticmethod
    def forward[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var d = a - x
        var near = abs(b).lt(SIMD[dt, w](0.5))
        return near.select(x + b * d, a - d * (1 - b))

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w], SIMD[dt, w]
    ]:
        return (dy * (1 - b), dy * b, dy * (a - x))


@doc_hidden
struct Addcmul(TernaryOp):
    """y = x + value a b."""

    comptime NAME: StaticString = "addcmul"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w]) -> SIMD[dt, w]:
        return x + value * a * b

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w], SIMD[dt, w]
    ]:
        return (dy, dy * (b * value), dy * (a * value))


@doc_hidden
struct Addcdiv(TernaryOp):
    """y = x + value a / b."""

    comptime NAME: StaticString = "addcdiv"
    comptime INTEGRAL = False
    comptime COST = 0.2

    @staticmethod
    def forward[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return x + value * a / b

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w], SIMD[dt, w]
    ]:
        var da = dy * (value / b)
        return (dy, da, -da * (a / b))


@doc_hidden
struct NanToNum(TernaryOp):
    """y = x, but value for nan, a for inf, b for -inf; dx = dy where x is finite."""

    comptime NAME: StaticString = "nan_to_num"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w]) -> SIMD[dt, w]:
        var finite = is_inf(x).select(x.gt(0).select(a, b), x)
        return is_nan(x).select(value, finite)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](x: SIMD[dt, w], a: SIMD[dt, w], b: SIMD[dt, w], value: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w], SIMD[dt, w]
    ]:
        var zero = SIMD[dt, w](0)
        return ((is_inf(x) | is_nan(x)).select(zero, dy), zero, zero)


comptime TERNARY = TypeList.of[Trait=TernaryOp, Clamp, Hardtanh, Huber, Lerp, Addcmul, Addcdiv, NanToNum]
"""The functions of three elements and a number."""
