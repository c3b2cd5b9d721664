"""Orthogonal polynomials, of an argument and a degree."""

from std.builtin.variadics import TypeList

from mojo_kernels.elementwise.higher.exact import ExactBinary, WIDE
from mojo_kernels.numerics.orthogonal import (
    CHEBYSHEV_T,
    CHEBYSHEV_U,
    CHEBYSHEV_V,
    CHEBYSHEV_W,
    HERMITE_H,
    HERMITE_HE,
    LAGUERRE_L,
    LEGENDRE_P,
    orthogonal,
)

comptime _NAMES: List[StaticString] = [
    "chebyshev_polynomial_t",
    "chebyshev_polynomial_u",
    "chebyshev_polynomial_v",
    "chebyshev_polynomial_w",
    "hermite_polynomial_h",
    "hermite_polynomial_he",
    "laguerre_polynomial_l",
    "legendre_polynomial_p",
]
comptime _SHIFTED: List[StaticString] = [
    "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u",
    "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w",
]


@doc_hidden
struct Orthogonal[kind: Int, shifted: Bool](ExactBinary):
    """The polynomial of a, or of 2 a - 1, whose degree is b."""

    comptime NAME: StaticString = _SHIFTED[Self.kind] if Self.shifted else _NAMES[Self.kind]
    comptime COST = 10.0

    @staticmethod
    def value[w: Int](a: SIMD[WIDE, w], b: SIMD[WIDE, w]) -> SIMD[WIDE, w]:
        return orthogonal[Self.kind, Self.shifted](a, b)


comptime ORTHOGONAL = TypeList.of[
    Trait=ExactBinary,
    Orthogonal[CHEBYSHEV_T, False],
    Orthogonal[CHEBYSHEV_U, False],
    Orthogonal[CHEBYSHEV_V, False],
    Orthogonal[CHEBYSHEV_W, False],
    Orthogonal[CHEBYSHEV_T, True],
    Orthogonal[CHEBYSHEV_U, True],
    Orthogonal[CHEBYSHEV_V, True],
    Orthogonal[CHEBYSHEV_W, True],
    Orthogonal[HERMITE_H, False],
    Orthogonal[HERMITE_HE, False],
    Orthogonal[LAGUERRE_L, False],
    Orthogonal[LEGENDRE_P, False],
]
"""The functions of two elements."""
