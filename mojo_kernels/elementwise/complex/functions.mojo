"""Functions of complex numbers, lane by lane.

Formulas are those of W. Kahan, "Branch Cuts for Complex Elementary Functions" (1987): they have the signs and the accuracy of
each part, also near branch cuts. Those that would overflow or cancel in float32 are computed in float64 there (`WIDE`).
"""

from std.builtin.variadics import TypeList
from std.complex import ComplexSIMD
from std.math import copysign, isinf, pi, sqrt

from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.numerics.exponential import asinh, cosh, log1p, sinh
from mojo_kernels.numerics.fence import fence
from mojo_kernels.numerics.trigonometric import atan2, cos, hypot, sin, tan


trait ComplexUnary:
    """A function of one complex number."""

    comptime NAME: StaticString
    comptime WIDE: Bool
    """Whether it is computed in float64 for parts of float32."""
    comptime COST: Float64
    """Nanoseconds per number on one worker, complex64, in cache."""

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        """Computes the function.

        Parameters:
            dt: The dtype of the parts.
            w: The number of lanes.

        Args:
            z: The input.

        Returns:
            The output f(z).
        """
        ...


trait PartOp:
    """A real function of one complex number."""

    comptime NAME: StaticString
    comptime COST: Float64
    """Nanoseconds per number on one worker, complex64, in cache."""

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> SIMD[dt, w]:
        """Computes the function.

        Parameters:
            dt: The dtype of the parts.
            w: The number of lanes.

        Args:
            z: The input.

        Returns:
            The output f(z).
        """
        ...


trait ComplexBinary:
    """A function of two complex numbers."""

    comptime NAME: StaticString
    comptime WIDE: Bool
    """Whether it is computed in float64 for parts of float32."""
    comptime COST: Float64
    """Nanoseconds per number on one worker, complex64, in cache."""

    @staticmethod
    def forward[dt: DType, w: Int](a: ComplexSIMD[dt, w], b: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        """Computes the function.

        Parameters:
            dt: The dtype of the parts.
            w: The number of lanes.

        Args:
            a: The first input.
            b: The second input.

        Returns:
            The output f(a, b).
        """
        ...


# ------------------------------------------------------------------------------------ elementary


@always_inline
def _times_i[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    return ComplexSIMD[dt, w](-z.im, z.re)


@always_inline
def _times_minus_i[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    return ComplexSIMD[dt, w](z.im, -z.re)


@always_inline
def _product[dt: DType, w: Int](a: ComplexSIMD[dt, w], b: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    """Rounds each of the four products, so that a number times its conjugate is real."""
    return ComplexSIMD[dt, w](
        fence(a.re * b.re) - fence(a.im * b.im), fence(a.re * b.im) + fence(a.im * b.re)
    )


@always_inline
def _quotient[dt: DType, w: Int](a: ComplexSIMD[dt, w], b: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    """R. Smith, "Algorithm 116: Complex division" (1962): the larger part of the divisor divides first."""
    var wide = abs(b.re).ge(abs(b.im))
    var large = wide.select(b.re, b.im)
    var small = wide.select(b.im, b.re)
    var ratio = large.eq(0).select(SIMD[dt, w](0), small / large)
    var scale = large + small * ratio
    var re = wide.select(a.re + a.im * ratio, a.re * ratio + a.im)
    var im = wide.select(a.im - a.re * ratio, a.im * ratio - a.re)
    return ComplexSIMD[dt, w](re / scale, im / scale)


@always_inline
def _exp[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    comptime assert dt.is_floating_point()
    var size = exp(z.re)
    var real = z.im.eq(0)  # inf times 0 would be nan
    # without an angle the result is 0 where the size is, else inf and nan, as C has it
    var endless = isinf(z.re) & ~(z.im - z.im).eq(0)
    var re = endless.select(size, size * cos(z.im))
    var im = (endless & size.eq(0)).select(size, size * sin(z.im))
    return ComplexSIMD[dt, w](real.select(size, re), real.select(z.im, im))


@always_inline
def _log[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    comptime assert dt.is_floating_point()
    var large = abs(z.re).gt(abs(z.im)).select(abs(z.re), abs(z.im))
    var small = abs(z.re).gt(abs(z.im)).select(abs(z.im), abs(z.re))
    var size = hypot(z.re, z.im)
    var near = size.gt(0.5) & size.lt(2)  # where the logarithm of the rounded size has lost digits
    var re = near.select(
        SIMD[dt, w](0.5) * log1p((large - 1) * (large + 1) + small * small),
        log(size),
    )
    return ComplexSIMD[dt, w](re, atan2(z.im, z.re))


@always_inline
def _sqrt[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    comptime assert dt.is_floating_point()
    var half = SIMD[dt, w](0.5)
    var t = sqrt(abs(z.re) * half + hypot(z.re * half, z.im * half))
    var other = t.eq(0).select(SIMD[dt, w](0), abs(z.im) * half / t)
    var far = isinf(z.im)  # whatever the real part is
    t = far.select(abs(z.im), t)
    other = far.select(abs(z.im), other)
    var right = z.re.ge(0)
    return ComplexSIMD[dt, w](right.select(t, other), copysign(right.select(other, t), z.im))


@always_inline
def _sinh[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    comptime assert dt.is_floating_point()
    return ComplexSIMD[dt, w](
        z.re.eq(0).select(z.re, sinh(z.re) * cos(z.im)),
        z.im.eq(0).select(z.im, cosh(z.re) * sin(z.im)),
    )


@always_inline
def _cosh[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    comptime assert dt.is_floating_point()
    var zero = copysign(SIMD[dt, w](0), z.re) * copysign(SIMD[dt, w](1), z.im)
    var real = z.re.eq(0) | z.im.eq(0)  # inf times 0 would be nan
    return ComplexSIMD[dt, w](cosh(z.re) * cos(z.im), real.select(zero, sinh(z.re) * sin(z.im)))


@always_inline
def _tanh[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    comptime assert dt.is_floating_point()
    var t = tan(z.im)
    var s = sinh(z.re)
    var beta = t * t + 1
    var scale = beta * s * s + 1
    var re = beta * sqrt(s * s + 1) * s / scale
    var far = abs(z.re).gt(20)  # s * s would overflow further on
    var small = SIMD[dt, w](4) * sin(z.im) * cos(z.im) * exp(SIMD[dt, w](-2) * abs(z.re))
    re = far.select(copysign(SIMD[dt, w](1), z.re), re)
    return ComplexSIMD[dt, w](
        z.re.eq(0).select(z.re, re),
        z.im.eq(0).select(z.im, far.select(small, t / scale)),
    )


@always_inline
def _end[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns where a part points to from afar: 1 or -1 where it is infinite, 0 where it is finite, and nan.
    """
    return isinf(x).select(copysign(SIMD[dt, w](1), x), x * 0)


@always_inline
def _asin[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    comptime assert dt.is_floating_point()
    var below = _sqrt(ComplexSIMD[dt, w](1 - z.re, -z.im))
    var above = _sqrt(ComplexSIMD[dt, w](1 + z.re, z.im))
    var far = isinf(z.re) | isinf(z.im)
    return ComplexSIMD[dt, w](
        far.select(
            atan2(_end(z.re), abs(_end(z.im))),
            atan2(z.re, below.re * above.re - below.im * above.im),
        ),
        far.select(
            copysign(SIMD[dt, w](Scalar[dt].MAX), z.im),
            asinh(below.re * above.im - below.im * above.re),
        ),
    )


@always_inline
def _acos[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    comptime assert dt.is_floating_point()
    var below = _sqrt(ComplexSIMD[dt, w](1 - z.re, -z.im))
    var above = _sqrt(ComplexSIMD[dt, w](1 + z.re, z.im))
    var far = isinf(z.re) | isinf(z.im)
    return ComplexSIMD[dt, w](
        far.select(
            atan2(abs(_end(z.im)), _end(z.re)),
            SIMD[dt, w](2) * atan2(below.re, above.re),
        ),
        far.select(
            copysign(SIMD[dt, w](Scalar[dt].MAX), -z.im),
            asinh(above.re * below.im - above.im * below.re),
        ),
    )


@always_inline
def _acosh[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    comptime assert dt.is_floating_point()
    var below = _sqrt(ComplexSIMD[dt, w](z.re - 1, z.im))
    var above = _sqrt(ComplexSIMD[dt, w](z.re + 1, z.im))
    var far = isinf(z.re) | isinf(z.im)
    return ComplexSIMD[dt, w](
        far.select(
            SIMD[dt, w](Scalar[dt].MAX),
            asinh(below.re * above.re + below.im * above.im),
        ),
        far.select(
            atan2(copysign(_end(z.im), z.im), _end(z.re)),
            SIMD[dt, w](2) * atan2(below.im, above.re),
        ),
    )


@always_inline
def _atanh[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
    comptime assert dt.is_floating_point()
    var left = SIMD[dt, w](1) - abs(z.re)
    var squared = z.im * z.im
    var re = log1p(SIMD[dt, w](4) * abs(z.re) / (left * left + squared)) * SIMD[dt, w](0.25)
    var im = atan2(z.im * 2, left * (abs(z.re) + 1) - squared) * SIMD[dt, w](0.5)
    var far = isinf(z.re) | isinf(z.im)
    re = far.select(SIMD[dt, w](0), re)
    return ComplexSIMD[dt, w](copysign(re, z.re), far.select(copysign(SIMD[dt, w](pi / 2), z.im), im))


# ------------------------------------------------------------------------------------ of one number


@doc_hidden
struct Negative(ComplexUnary):
    comptime NAME: StaticString = "neg"
    comptime WIDE = False
    comptime COST = 0.2

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return ComplexSIMD[dt, w](-z.re, -z.im)


@doc_hidden
struct Conjugate(ComplexUnary):
    comptime NAME: StaticString = "conj"
    comptime WIDE = False
    comptime COST = 0.2

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return ComplexSIMD[dt, w](z.re, -z.im)


@doc_hidden
struct Direction(ComplexUnary):
    """z / |z|, 0 at 0."""

    comptime NAME: StaticString = "sgn"
    comptime WIDE = True
    comptime COST = 1.5

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var size = hypot(z.re, z.im)
        var none = size.eq(0)
        return ComplexSIMD[dt, w](none.select(size, z.re / size), none.select(size, z.im / size))


@doc_hidden
struct Inverse(ComplexUnary):
    comptime NAME: StaticString = "reciprocal"
    comptime WIDE = True
    comptime COST = 1.5

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _quotient(ComplexSIMD[dt, w](SIMD[dt, w](1), SIMD[dt, w](0)), z)


@doc_hidden
struct Exponential(ComplexUnary):
    comptime NAME: StaticString = "exp"
    comptime WIDE = False
    comptime COST = 2.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _exp(z)


@doc_hidden
struct Logarithm(ComplexUnary):
    comptime NAME: StaticString = "log"
    comptime WIDE = True
    comptime COST = 6.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _log(z)


@doc_hidden
struct Root(ComplexUnary):
    comptime NAME: StaticString = "sqrt"
    comptime WIDE = True
    comptime COST = 3.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _sqrt(z)


@doc_hidden
struct Logistic(ComplexUnary):
    comptime NAME: StaticString = "sigmoid"
    comptime WIDE = True
    comptime COST = 4.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        var e = _exp(ComplexSIMD[dt, w](-z.re, -z.im))
        return Inverse.forward(ComplexSIMD[dt, w](e.re + 1, e.im))


@doc_hidden
struct Sine(ComplexUnary):
    """sin(z) = -i sinh(i z)."""

    comptime NAME: StaticString = "sin"
    comptime WIDE = True
    comptime COST = 6.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _times_minus_i(_sinh(_times_i(z)))


@doc_hidden
struct Cosine(ComplexUnary):
    """cos(z) = cosh(i z)."""

    comptime NAME: StaticString = "cos"
    comptime WIDE = True
    comptime COST = 6.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _cosh(_times_i(z))


@doc_hidden
struct Tangent(ComplexUnary):
    """tan(z) = -i tanh(i z)."""

    comptime NAME: StaticString = "tan"
    comptime WIDE = True
    comptime COST = 8.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _times_minus_i(_tanh(_times_i(z)))


@doc_hidden
struct HyperbolicSine(ComplexUnary):
    comptime NAME: StaticString = "sinh"
    comptime WIDE = True
    comptime COST = 6.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _sinh(z)


@doc_hidden
struct HyperbolicCosine(ComplexUnary):
    comptime NAME: StaticString = "cosh"
    comptime WIDE = True
    comptime COST = 6.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _cosh(z)


@doc_hidden
struct HyperbolicTangent(ComplexUnary):
    comptime NAME: StaticString = "tanh"
    comptime WIDE = True
    comptime COST = 8.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _tanh(z)


@doc_hidden
struct ArcSine(ComplexUnary):
    comptime NAME: StaticString = "asin"
    comptime WIDE = True
    comptime COST = 10.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _asin(z)


@doc_hidden
struct ArcCosine(ComplexUnary):
    comptime NAME: StaticString = "acos"
    comptime WIDE = True
    comptime COST = 10.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _acos(z)


@doc_hidden
struct ArcTangent(ComplexUnary):
    """atan(z) = -i atanh(i z)."""

    comptime NAME: StaticString = "atan"
    comptime WIDE = True
    comptime COST = 8.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _times_minus_i(_atanh(_times_i(z)))


@doc_hidden
struct AreaSine(ComplexUnary):
    """asinh(z) = -i asin(i z)."""

    comptime NAME: StaticString = "asinh"
    comptime WIDE = True
    comptime COST = 10.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _times_minus_i(_asin(_times_i(z)))


@doc_hidden
struct AreaCosine(ComplexUnary):
    comptime NAME: StaticString = "acosh"
    comptime WIDE = True
    comptime COST = 10.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _acosh(z)


@doc_hidden
struct AreaTangent(ComplexUnary):
    comptime NAME: StaticString = "atanh"
    comptime WIDE = True
    comptime COST = 8.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _atanh(z)


# ------------------------------------------------------------------------------------ real functions


@doc_hidden
struct Modulus(PartOp):
    comptime NAME: StaticString = "modulus"
    comptime COST = 1.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return hypot(z.re, z.im)


@doc_hidden
struct Argument(PartOp):
    comptime NAME: StaticString = "argument"
    comptime COST = 2.0

    @staticmethod
    def forward[dt: DType, w: Int](z: ComplexSIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return atan2(z.im, z.re)


# ------------------------------------------------------------------------------------ of two numbers


@doc_hidden
struct Sum(ComplexBinary):
    comptime NAME: StaticString = "add"
    comptime WIDE = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](a: ComplexSIMD[dt, w], b: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return ComplexSIMD[dt, w](a.re + b.re, a.im + b.im)


@doc_hidden
struct Difference(ComplexBinary):
    comptime NAME: StaticString = "sub"
    comptime WIDE = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](a: ComplexSIMD[dt, w], b: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return ComplexSIMD[dt, w](a.re - b.re, a.im - b.im)


@doc_hidden
struct Product(ComplexBinary):
    comptime NAME: StaticString = "mul"
    comptime WIDE = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](a: ComplexSIMD[dt, w], b: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _product(a, b)


@doc_hidden
struct Quotient(ComplexBinary):
    comptime NAME: StaticString = "div"
    comptime WIDE = True
    comptime COST = 1.5

    @staticmethod
    def forward[dt: DType, w: Int](a: ComplexSIMD[dt, w], b: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        return _quotient(a, b)


@doc_hidden
struct Power(ComplexBinary):
    """a^b = e^(b log(a)); 1 where b = 0, 0 where a = 0 and the real part of b is positive."""

    comptime NAME: StaticString = "pow"
    comptime WIDE = True
    comptime COST = 10.0

    @staticmethod
    def forward[dt: DType, w: Int](a: ComplexSIMD[dt, w], b: ComplexSIMD[dt, w]) -> ComplexSIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var y = _exp(_product(b, _log(a)))
        var one = b.re.eq(0) & b.im.eq(0)
        var none = a.re.eq(0) & a.im.eq(0) & b.re.gt(0)
        var zero = SIMD[dt, w](0)
        var re = one.select(SIMD[dt, w](1), none.select(zero, y.re))
        return ComplexSIMD[dt, w](re, (one | none).select(zero, y.im))


comptime UNARY = TypeList.of[
    Trait=ComplexUnary,
    Negative,
    Conjugate,
    Direction,
    Inverse,
    Exponential,
    Logarithm,
    Root,
    Logistic,
    Sine,
    Cosine,
    Tangent,
    HyperbolicSine,
    HyperbolicCosine,
    HyperbolicTangent,
    ArcSine,
    ArcCosine,
    ArcTangent,
    AreaSine,
    AreaCosine,
    AreaTangent,
]
"""The functions of one number."""
comptime PARTS = TypeList.of[Trait=PartOp, Modulus, Argument]
"""The real functions."""
comptime BINARY = TypeList.of[Trait=ComplexBinary, Sum, Difference, Product, Quotient, Power]
"""The functions of two numbers."""
