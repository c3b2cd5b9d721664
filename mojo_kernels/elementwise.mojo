"""The pointwise ops. Each is one struct: its name, its forward lanes and, beside them, its gradient lanes.

To add an op, write its struct and put its name into the list of its kind. Loops, broadcasting, strides, dtypes,
schedules, the GPU form and the entry in the kernel table follow from the list (runtime/pointwise.mojo). Which of x
and y a gradient reads is what the op's line in mocrograd/ops/elementwise.py saves.
"""

from std.builtin.variadics import TypeList
from std.math import isnan, sqrt

from mojo_kernels.runtime.numerics import exp, log, pow, tanh
from mojo_kernels.runtime.ops import BinaryOp, CompareOp, UnaryOp


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
struct Exp(UnaryOp):
    """y = e^x, dx = dy y."""

    comptime NAME: StaticString = "exp"
    comptime INTEGRAL = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return exp(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy * y


@doc_hidden
struct Log(UnaryOp):
    """y = log(x), dx = dy / x."""

    comptime NAME: StaticString = "log"
    comptime INTEGRAL = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return log(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy / x


@doc_hidden
struct Sqrt(UnaryOp):
    """y = x^(1/2), dx = dy / 2y."""

    comptime NAME: StaticString = "sqrt"
    comptime INTEGRAL = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return sqrt(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy / (y + y)


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
    """y = -1, 0 or 1, dx = 0."""

    comptime NAME: StaticString = "sign"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        return x.gt(0).select(SIMD[dt, w](1), x.lt(0).select(SIMD[dt, w](-1), x * 0))  # nan stays nan

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
struct Sigmoid(UnaryOp):
    """y = 1 / (1 + e^-x), dx = dy y (1 - y)."""

    comptime NAME: StaticString = "sigmoid"
    comptime INTEGRAL = False
    comptime COST = 0.4

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return 1 / (1 + exp(-x))

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy * y * (1 - y)


@doc_hidden
struct Tanh(UnaryOp):
    """y = tanh(x), dx = dy (1 - y^2)."""

    comptime NAME: StaticString = "tanh"
    comptime INTEGRAL = False
    comptime COST = 0.4

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return tanh(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy * (1 - y * y)


comptime UNARY = TypeList.of[Trait=UnaryOp, Neg, Exp, Log, Sqrt, Abs, Sign, Relu, Sigmoid, Tanh]
"""The functions of one element."""


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
        var da = dy / b
        return (da, -da * (a / b))


@doc_hidden
struct Pow(BinaryOp):
    """y = a^b, da = dy b a^(b-1) (0 where b = 0), db = dy y log(a) (0 where a = 0 and b >= 0)."""

    comptime NAME: StaticString = "pow"
    comptime INTEGRAL = False
    comptime COST = 4.0

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return pow(a, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        var zero = SIMD[dt, w](0)
        var da = b.eq(0).select(zero, dy * b * pow(a, b - 1))
        var db = (a.eq(0) & b.ge(0)).select(zero, dy * pow(a, b) * log(a))
        return (da, db)


@doc_hidden
struct Maximum(BinaryOp):
    """y = max(a, b); the gradient goes to the larger one, half to each in a tie."""

    comptime NAME: StaticString = "maximum"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return (a.gt(b) | _isnan(a)).select(a, b)  # nan in either operand stays

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return _to_winner(a.gt(b), a.eq(b), dy)


@doc_hidden
struct Minimum(BinaryOp):
    """y = min(a, b); the gradient goes to the smaller one, half to each in a tie."""

    comptime NAME: StaticString = "minimum"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return (a.lt(b) | _isnan(a)).select(a, b)  # nan in either operand stays

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return _to_winner(a.lt(b), a.eq(b), dy)


comptime BINARY = TypeList.of[Trait=BinaryOp, Add, Sub, Mul, Div, Pow, Maximum, Minimum]
"""The functions of two elements."""


@doc_hidden
struct Eq(CompareOp):
    """y = (a == b)."""

    comptime NAME: StaticString = "eq"

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[DType.bool, w]:
        return a.eq(b)


@doc_hidden
struct Ne(CompareOp):
    """y = (a != b)."""

    comptime NAME: StaticString = "ne"

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[DType.bool, w]:
        return ~a.eq(b)  # SIMD.ne is false for nan


@doc_hidden
struct Lt(CompareOp):
    """y = (a < b); a > b is b < a."""

    comptime NAME: StaticString = "lt"

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[DType.bool, w]:
        return a.lt(b)


@doc_hidden
struct Le(CompareOp):
    """y = (a <= b); a >= b is b <= a."""

    comptime NAME: StaticString = "le"

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[DType.bool, w]:
        return a.le(b)


comptime COMPARE = TypeList.of[Trait=CompareOp, Eq, Ne, Lt, Le]
"""The comparisons."""


@always_inline
def _isnan[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[DType.bool, w]:
    comptime if dt.is_floating_point():
        return isnan(x)
    else:
        return SIMD[DType.bool, w](fill=False)


@always_inline
def _to_winner[
    dt: DType, w: Int
](first: SIMD[DType.bool, w], tie: SIMD[DType.bool, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
    """Gives dy to a where it won, to b where it lost, half to each in a tie; integers have no gradient."""
    var zero = SIMD[dt, w](0)
    comptime if dt.is_floating_point():
        var half = dy * 0.5
        return (tie.select(half, first.select(dy, zero)), tie.select(half, first.select(zero, dy)))
    else:
        return (zero, zero)
