"""Orthogonal polynomials of any degree, in float64.

They follow from their recurrences (DLMF 18.9). Chebyshev's of larger degrees are quotients of cosines and sines, or of the hyperbolic
ones (DLMF 18.5), in the absolute value of x: V(-x) is W(x), and the others are even or odd as their degrees.
"""

from std.math import floor, trunc

from mojo_kernels.numerics.exponential import acosh, cosh, sinh
from mojo_kernels.numerics.trigonometric import acos, cos, sin

comptime _D = DType.float64
comptime CHEBYSHEV_T = 0
"""Chebyshev's polynomial of the first kind."""
comptime CHEBYSHEV_U = 1
"""Chebyshev's polynomial of the second kind."""
comptime CHEBYSHEV_V = 2
"""Chebyshev's polynomial of the third kind."""
comptime CHEBYSHEV_W = 3
"""Chebyshev's polynomial of the fourth kind."""
comptime HERMITE_H = 4
"""Hermite's polynomial of the weight e^(-x^2)."""
comptime HERMITE_HE = 5
"""Hermite's polynomial of the weight e^(-x^2 / 2)."""
comptime LAGUERRE_L = 6
"""Laguerre's polynomial."""
comptime LEGENDRE_P = 7
"""Legendre's polynomial."""
comptime MOST_DEGREE = 1e8
"""The largest degree of Laguerre's and Legendre's polynomials, which take a step for each."""


@always_inline
def _first[kind: Int, w: Int](x: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the polynomial of degree 1."""
    comptime if kind == CHEBYSHEV_T or kind == HERMITE_HE or kind == LEGENDRE_P:
        return x
    elif kind == LAGUERRE_L:
        return 1 - x
    elif kind == CHEBYSHEV_V:
        return x + x - 1
    elif kind == CHEBYSHEV_W:
        return x + x + 1
    else:
        return x + x


@always_inline
def _next[kind: Int, w: Int](x: SIMD[_D, w], k: Float64, p: SIMD[_D, w], q: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns the polynomial of degree k + 1 by those of degrees k - 1 and k."""
    comptime if kind <= CHEBYSHEV_W:
        return (x + x) * q - p
    elif kind == HERMITE_H:
        return (x + x) * q - 2 * k * p
    elif kind == HERMITE_HE:
        return x * q - k * p
    elif kind == LAGUERRE_L:
        return ((2 * k + 1 - x) * q - k * p) / (k + 1)
    else:
        return ((2 * k + 1) * x * q - k * p) / (k + 1)


@always_inline
def _by_steps[kind: Int, w: Int](x: SIMD[_D, w], n: SIMD[_D, w], lanes: SIMD[DType.bool, w]) -> SIMD[_D, w]:
    """Returns the polynomials in some of the lanes, infinite ones where they overflow on the way."""
    var p = SIMD[_D, w](1)
    var q = n.eq(0).select(SIMD[_D, w](1), _first[kind](x))
    var k = 1.0
    var more = lanes & n.gt(k) & abs(q).le(Float64.MAX_FINITE)
    while more.reduce_or():
        var following = _next[kind](x, k, p, q)
        p = more.select(q, p)
        q = more.select(following, q)
        k += 1
        more &= n.gt(k) & abs(q).le(Float64.MAX_FINITE)
    return q


@always_inline
def _by_angles[kind: Int, w: Int](a: SIMD[_D, w], n: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns Chebyshev's polynomials for a from 0 on."""
    var inner = a.le(1)
    var angle = acos(inner.select(a, SIMD[_D, w](1)))
    var outer = acosh(inner.select(SIMD[_D, w](1), a))
    comptime if kind == CHEBYSHEV_T:
        return inner.select(cos(n * angle), cosh(n * outer))
    elif kind == CHEBYSHEV_U:
        var y = inner.select(sin((n + 1) * angle) / sin(angle), sinh((n + 1) * outer) / sinh(outer))
        return a.eq(1).select(n + 1, y)
    elif kind == CHEBYSHEV_V:
        return inner.select(
            cos((n + 0.5) * angle) / cos(0.5 * angle), cosh((n + 0.5) * outer) / cosh(0.5 * outer)
        )
    else:
        var y = inner.select(
            sin((n + 0.5) * angle) / sin(0.5 * angle), sinh((n + 0.5) * outer) / sinh(0.5 * outer)
        )
        return a.eq(1).select(n + n + 1, y)


@always_inline
def _chebyshev[kind: Int, w: Int](x: SIMD[_D, w], n: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns Chebyshev's polynomials for x from 0 on."""
    comptime INNER = 8.0
    comptime OUTER = 256.0
    var few = n.le(x.le(1).select(SIMD[_D, w](INNER), SIMD[_D, w](OUTER)))
    var y = _by_steps[kind](x, n, few)
    if not few.reduce_and():
        y = few.select(y, _by_angles[kind](x, n))
    return y


@no_inline
def orthogonal[kind: Int, shifted: Bool, w: Int](x: SIMD[_D, w], degree: SIMD[_D, w]) -> SIMD[_D, w]:
    """Returns an orthogonal polynomial, lane by lane.

    Parameters:
        kind: Which polynomial it is.
        shifted: Whether it is that of 2 x - 1.
        w: The number of lanes.

    Args:
        x: The arguments.
        degree: The degrees, rounded towards 0.

    Returns:
        The polynomial; 0 for negative degrees, nan for nan and where a Hermite or Laguerre polynomial overflows between its zeros.
    """
    var t = 2 * x - 1 if shifted else x
    var n = trunc(degree)
    var a = abs(t)
    var flips = t.lt(0) & ~floor(n * 0.5).eq(n * 0.5)
    var y: SIMD[_D, w]
    comptime if kind == LAGUERRE_L:
        y = _by_steps[kind](x, n, n.le(MOST_DEGREE))
        y = (abs(y).gt(Float64.MAX_FINITE) & x.gt(0)).select(SIMD[_D, w](0) / 0, y)
        flips = SIMD[DType.bool, w](fill=False)
    elif kind == LEGENDRE_P:
        y = _by_steps[kind](a, n, n.le(MOST_DEGREE))
    elif kind == HERMITE_H or kind == HERMITE_HE:
        comptime ZEROS = 2.0 if kind == HERMITE_H else 4.0
        y = _by_steps[kind](a, n, n.eq(n))
        y = (abs(y).gt(Float64.MAX_FINITE) & (a * a).le(ZEROS * n + ZEROS)).select(SIMD[_D, w](0) / 0, y)
    else:
        y = _chebyshev[kind](a, n)
        comptime if kind == CHEBYSHEV_V:
            y = t.lt(0).select(_chebyshev[CHEBYSHEV_W](a, n), y)
        elif kind == CHEBYSHEV_W:
            y = t.lt(0).select(_chebyshev[CHEBYSHEV_V](a, n), y)
    comptime if kind == LAGUERRE_L or kind == LEGENDRE_P:
        y = n.gt(MOST_DEGREE).select(SIMD[_D, w](0) / 0, y)
    y = flips.select(-y, y)
    y = n.lt(0).select(SIMD[_D, w](0), y)
    return (t.eq(t) | n.eq(0)).select(n.eq(n).select(y, n), t)
