"""Sums, products, quotients, signs and extremes."""

from std.builtin.variadics import TypeList

from mojo_kernels.elementwise.lanes import copysign, is_nan, to_winner
from mojo_kernels.elementwise.traits import BinaryOp, UnaryOp


@doc_hidden
struct Neg(UnaryOp):
    """y = -x, dx = -dy."""

    comptime NAME: StaticString = "neg"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        return -x

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return -dy


@doc_hidden
struct Abs(UnaryOp):
    """y = |x|, dx = dy sign(x)."""

    comptime NAME: StaticString = "abs"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        return abs(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy * Sign.forward(x)


@doc_hidden
struct Sign(UnaryOp):
    """y = -1, 0 or 1, 0 for nan; dx = 0."""

    comptime NAME: StaticString = "sign"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        var none = SIMD[dt, w](0)
        return x.gt(0).select(SIMD[dt, w](1), x.lt(0).select(none - 1, none))

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return 0


@doc_hidden
struct Relu(UnaryOp):
    """y = max(x, 0), dx = dy where y > 0."""

    comptime NAME: StaticString = "relu"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        return x.lt(0).select(SIMD[dt, w](0), x)  # nan stays nan

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return y.le(0).select(SIMD[dt, w](0), dy)


@doc_hidden
struct Reciprocal(UnaryOp):
    """y = 1 / x, dx = -dy y^2."""

    comptime NAME: StaticString = "reciprocal"
    comptime INTEGRAL = False
    comptime COST = 0.2

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return 1 / x

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return -dy * y * y


@doc_hidden
struct Add(BinaryOp):
    """y = a + b, da = db = dy."""

    comptime NAME: StaticString = "add"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a + b

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return (dy, dy)


@doc_hidden
struct Sub(BinaryOp):
    """y = a - b, da = dy, db = -dy."""

    comptime NAME: StaticString = "sub"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a - b

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return (dy, -dy)


@doc_hidden
struct Mul(BinaryOp):
    """y = a b, da = dy b, db = dy a."""

    comptime NAME: StaticString = "mul"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a * b

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return (dy * b, dy * a)


@doc_hidden
struct Div(BinaryOp):
    """y = a / b, da = dy / b, db = -dy a / b^2."""

    comptime NAME: StaticString = "div"
    comptime INTEGRAL = False
    comptime COST = 0.2

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return a / b

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return (dy / b, -dy * (a / b / b))


@doc_hidden
struct Maximum(BinaryOp):
    """y = max(a, b); the gradient goes to the larger one, half to each in a tie, all to each where one is nan.
    """

    comptime NAME: StaticString = "maximum"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return (a.gt(b) | is_nan(a)).select(a, b)  # nan in either operand stays

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return to_winner(a.lt(b), a.gt(b), a.eq(b), dy)


@doc_hidden
struct Minimum(BinaryOp):
    """y = min(a, b); the gradient goes to the smaller one, half to each in a tie, all to each where one is nan.
    """

    comptime NAME: StaticString = "minimum"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return (a.lt(b) | is_nan(a)).select(a, b)  # nan in either operand stays

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return to_winner(a.gt(b), a.lt(b), a.eq(b), dy)


@doc_hidden
struct Fmax(BinaryOp):
    """y = max(a, b), the other one where one is nan; the gradient goes to a where a >= b or b is nan."""

    comptime NAME: StaticString = "fmax"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return (a.ge(b) | is_nan(b)).select(a, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        var zero = SIMD[dt, w](0)
        var first = a.ge(b) | is_nan(b)
        return (first.select(dy, zero), first.select(zero, dy))


@doc_hidden
struct Fmin(BinaryOp):
    """y = min(a, b), the other one where one is nan; the gradient goes to a where a <= b or b is nan."""

    comptime NAME: StaticString = "fmin"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return (a.le(b) | is_nan(b)).select(a, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        var zero = SIMD[dt, w](0)
        var first = a.le(b) | is_nan(b)
        return (first.select(dy, zero), first.select(zero, dy))


@doc_hidden
struct Copysign(BinaryOp):
    """y = |a| with the sign bit of b, da = dy where the signs agree, -dy where not, 0 where a = 0."""

    comptime NAME: StaticString = "copysign"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return copysign(a, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        var same = copysign(SIMD[dt, w](1), a) * copysign(SIMD[dt, w](1), b)
        return (a.eq(0).select(SIMD[dt, w](0), dy * same), SIMD[dt, w](0))


@doc_hidden
struct Cube(UnaryOp):
    """y = x^3, dx = 3 dy x^2."""

    comptime NAME: StaticString = "cube"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        return x * x * x

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy * (3 * (x * x))


@doc_hidden
struct PowMinusOne(UnaryOp):
    """y = 1 / x, dx = -dy y^2, for which x is kept: the result may be overwritten, as that of other powers.
    """

    comptime NAME: StaticString = "pow_minus_one"
    comptime INTEGRAL = False
    comptime COST = Reciprocal.COST

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        return 1 / x

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        var inverse = 1 / x
        return -dy * inverse * inverse


@doc_hidden
struct SquaredDifference(BinaryOp):
    """y = (a - b)^2, da = 2 dy (a - b) = -db."""

    comptime NAME: StaticString = "squared_difference"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        var d = a - b
        return d * d

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        var da = 2 * dy * (a - b)
        return (da, -da)


comptime UNARY = TypeList.of[Trait=UnaryOp, Neg, Abs, Sign, Relu, Reciprocal, Cube, PowMinusOne]
"""The functions of one element."""
comptime BINARY = TypeList.of[Trait=BinaryOp, Add, Sub, Mul, Div, Maximum, Minimum, SquaredDifference]
"""The functions of two elements that fill models."""
comptime FURTHER = TypeList.of[Trait=BinaryOp, Fmax, Fmin, Copysign]
"""The other functions of two elements."""
