"""The activations with kernels of their own: functions of an element, and of an element and a slope or a bound.

They are pointwise ops like those of the package elementwise. Where a gradient is said for the first operand alone, the
second is always a number.
"""

from std.builtin.variadics import TypeList
from std.math import fma

from mojo_kernels.elementwise.traits import BinaryOp, UnaryOp
from mojo_kernels.numerics.elementary import exp, log, tanh
from mojo_kernels.numerics.exponential import sigmoid
from mojo_kernels.numerics.special import erfc_and_bell

comptime _ROOT_HALF = 0.70710678118654752440
comptime _ROOT_2_BY_PI = 0.79788456080286535588
comptime _BELL = 0.39894228040143267794
"""The height of the normal density."""
comptime _CUBIC = 0.044715
comptime _SELU_ALPHA = 1.6732632423543772848170429916717
comptime _SELU_SCALE = 1.0507009873554804934193349852946


@always_inline
def _log1p[dt: DType, w: Int](u: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns log(1 + u) for u >= 0, without loss for small ones."""
    comptime assert dt.is_floating_point()
    var s = 1 + u
    return s.eq(1).select(u, s.gt(1e6).select(log(s), log(s) * (u / (s - 1))))


@always_inline
def _expm1[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^x - 1 for x <= 0, without loss for small ones."""
    comptime assert dt.is_floating_point()
    var t = tanh(x * 0.5)
    return 2 * t / (1 - t)


@always_inline
def _cdf_and_bell[dt: DType, w: Int](x: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
    """Returns the normal distribution's share below x, and e^(-x^2 / 2)."""
    comptime assert dt.is_floating_point()
    var both = erfc_and_bell(abs(x) * SIMD[dt, w](_ROOT_HALF))
    var tail = 0.5 * both[0]
    return x.lt(0).select(tail, 1 - tail), both[1]


@doc_hidden
struct Ndtr(UnaryOp):
    """y = the share of the normal distribution below x."""

    comptime NAME: StaticString = "ndtr"
    comptime INTEGRAL = False
    comptime COST = 1.0

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return _cdf_and_bell(x)[0]

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * exp(x * x * -0.5) * SIMD[dt, w](_BELL)


@doc_hidden
struct Gelu(UnaryOp):
    """y = x ndtr(x), dx = dy (ndtr(x) + x density(x))."""

    comptime NAME: StaticString = "gelu"
    comptime INTEGRAL = False
    comptime COST = 1.0

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return x * _cdf_and_bell(x)[0]

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var both = _cdf_and_bell(x)
        return dy * fma(x * SIMD[dt, w](_BELL), both[1], both[0])


@doc_hidden
struct GeluTanh(UnaryOp):
    """y = x (1 + tanh(u)) / 2 = x sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3)."""

    comptime NAME: StaticString = "gelu_tanh"
    comptime INTEGRAL = False
    comptime COST = 0.6

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var u = x * fma(x * x, SIMD[dt, w](_ROOT_2_BY_PI * _CUBIC), SIMD[dt, w](_ROOT_2_BY_PI))
        return x * sigmoid(2 * u)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var square = x * x
        var share = sigmoid(
            2 * x * fma(square, SIMD[dt, w](_ROOT_2_BY_PI * _CUBIC), SIMD[dt, w](_ROOT_2_BY_PI))
        )
        var slope = fma(square, SIMD[dt, w](6 * _ROOT_2_BY_PI * _CUBIC), SIMD[dt, w](2 * _ROOT_2_BY_PI))
        return dy * share * fma(x * (1 - share), slope, SIMD[dt, w](1))


@doc_hidden
struct Silu(UnaryOp):
    """y = x sigmoid(x)."""

    comptime NAME: StaticString = "silu"
    comptime INTEGRAL = False
    comptime COST = 0.5

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return x * sigmoid(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var s = sigmoid(x)
        return dy * s * (1 + x * (1 - s))


@doc_hidden
struct Mish(UnaryOp):
    """y = x t with t = tanh(softplus(x)) = (e^2 + 2 e) / (e^2 + 2 e + 2), e = exp(x)."""

    comptime NAME: StaticString = "mish"
    comptime INTEGRAL = False
    comptime COST = 0.6

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var e = exp(x.gt(20).select(SIMD[dt, w](20), x))
        var n = e * (e + 2)
        return x * (n / (n + 2))

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var e = exp(x.gt(20).select(SIMD[dt, w](20), x))
        var n = e * (e + 2)
        var t = n / (n + 2)
        return dy * (t + x * (e / (1 + e)) * (1 - t * t))


@doc_hidden
struct Hardswish(UnaryOp):
    """y = x min(max(x + 3, 0), 6) / 6."""

    comptime NAME: StaticString = "hardswish"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var zero = SIMD[dt, w](0)
        var six = SIMD[dt, w](6)
        var z = x + 3
        return x * z.lt(0).select(zero, z.gt(6).select(six, z)) / 6

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return x.le(-3).select(SIMD[dt, w](0), x.ge(3).select(dy, dy * (x / 3 + 0.5)))


@doc_hidden
struct Hardsigmoid(UnaryOp):
    """y = min(max(x + 3, 0), 6) / 6."""

    comptime NAME: StaticString = "hardsigmoid"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var zero = SIMD[dt, w](0)
        var six = SIMD[dt, w](6)
        var z = x + 3
        return z.lt(0).select(zero, z.gt(6).select(six, z)) / 6

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return (x.gt(-3) & x.lt(3)).select(dy / 6, SIMD[dt, w](0))


@doc_hidden
struct Relu6(UnaryOp):
    """y = min(max(x, 0), 6), dx = dy strictly between."""

    comptime NAME: StaticString = "relu6"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return x.lt(0).select(SIMD[dt, w](0), x.gt(6).select(SIMD[dt, w](6), x))

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return (x.gt(0) & x.lt(6)).select(dy, SIMD[dt, w](0))


@doc_hidden
struct LogSigmoid(UnaryOp):
    """y = min(x, 0) - log(1 + e^-|x|), dx = dy sigmoid(-x)."""

    comptime NAME: StaticString = "log_sigmoid"
    comptime INTEGRAL = False
    comptime COST = 0.6

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return x.lt(0).select(x, SIMD[dt, w](0)) - _log1p(exp(-abs(x)))

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var e = exp(-abs(x))
        return dy * x.lt(0).select(SIMD[dt, w](1), e) / (1 + e)


@doc_hidden
struct Selu(UnaryOp):
    """y = scale x where x > 0, scale alpha (e^x - 1) elsewhere."""

    comptime NAME: StaticString = "selu"
    comptime INTEGRAL = False
    comptime COST = 0.5

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return SIMD[dt, w](_SELU_SCALE) * x.gt(0).select(
            x, SIMD[dt, w](_SELU_ALPHA) * _expm1(x.gt(0).select(SIMD[dt, w](0), x))
        )

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return (
            dy * SIMD[dt, w](_SELU_SCALE) * x.gt(0).select(SIMD[dt, w](1), SIMD[dt, w](_SELU_ALPHA) * exp(x))
        )


comptime UNARY = TypeList.of[
    Trait=UnaryOp, Ndtr, Gelu, GeluTanh, Silu, Mish, Hardswish, Hardsigmoid, Relu6, LogSigmoid, Selu
]
"""The functions of one element."""


@doc_hidden
struct Prelu(BinaryOp):
    """y = a where a > 0, b a elsewhere."""

    comptime NAME: StaticString = "prelu"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return a.gt(0).select(a, a * b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        var zero = SIMD[dt, w](0)
        return (a.gt(0).select(dy, dy * b), a.gt(0).select(zero, dy * a))


@doc_hidden
struct Elu(BinaryOp):
    """y = a where a > 0, b (e^a - 1) elsewhere; da alone."""

    comptime NAME: StaticString = "elu"
    comptime INTEGRAL = False
    comptime COST = 0.4

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return a.gt(0).select(a, b * _expm1(a.gt(0).select(SIMD[dt, w](0), a)))

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        return (a.gt(0).select(dy, dy * b * exp(a)), SIMD[dt, w](0))


@doc_hidden
struct Celu(BinaryOp):
    """y = a where a > 0, b (e^(a / b) - 1) elsewhere; da alone."""

    comptime NAME: StaticString = "celu"
    comptime INTEGRAL = False
    comptime COST = 0.5

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var zero = SIMD[dt, w](0)
        return a.gt(0).select(a, b * _expm1(a.gt(0).select(zero, a / b)))

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        return (a.gt(0).select(dy, dy * exp(a / b)), SIMD[dt, w](0))


@doc_hidden
struct Softplus(BinaryOp):
    """y = log(1 + e^(a b)) / b, a where a b > 20; da alone, dy sigmoid(a b)."""

    comptime NAME: StaticString = "softplus"
    comptime INTEGRAL = False
    comptime COST = 0.6

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var z = a * b
        return z.gt(20).select(a, _log1p(exp(z)) / b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        var z = a * b
        return (z.gt(20).select(dy, dy * sigmoid(z)), SIMD[dt, w](0))


@doc_hidden
struct Hardshrink(BinaryOp):
    """y = a, 0 where |a| <= b; da alone."""

    comptime NAME: StaticString = "hardshrink"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return abs(a).le(b).select(SIMD[dt, w](0), a)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        var zero = SIMD[dt, w](0)
        return (abs(a).gt(b).select(dy, zero), zero)


@doc_hidden
struct Softshrink(BinaryOp):
    """y = a - b where a > b, a + b where a < -b, 0 elsewhere; da alone."""

    comptime NAME: StaticString = "softshrink"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return a.gt(b).select(a - b, a.lt(-b).select(a + b, a * 0))

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        var zero = SIMD[dt, w](0)
        return (abs(a).gt(b).select(dy, zero), zero)


comptime BINARY = TypeList.of[Trait=BinaryOp, Prelu, Elu, Celu, Softplus, Hardshrink, Softshrink]
"""The functions of an element and a number, or a second element."""
