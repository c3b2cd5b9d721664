"""Hurwitz's zeta function and the incomplete gamma functions."""

from std.builtin.variadics import TypeList

from mojo_kernels.elementwise.higher.exact import ExactBinary, WIDE
from mojo_kernels.numerics.incomplete_gamma import gamma_density, incomplete_gamma
from mojo_kernels.numerics.zeta import zeta


@doc_hidden
struct Zeta(ExactBinary):
    """The sum of (b + k)^-a over k from 0 on."""

    comptime NAME: StaticString = "zeta"
    comptime COST = 250.0

    @staticmethod
    def value[w: Int](a: SIMD[WIDE, w], b: SIMD[WIDE, w]) -> SIMD[WIDE, w]:
        return zeta(a, b)


@doc_hidden
struct IncompleteGamma[upper: Bool](ExactBinary):
    """The regularised integral of t^(a - 1) e^-t up to b, or from b on."""

    comptime NAME: StaticString = "igammac" if Self.upper else "igamma"
    comptime COST = 60.0

    @staticmethod
    def value[w: Int](a: SIMD[WIDE, w], b: SIMD[WIDE, w]) -> SIMD[WIDE, w]:
        return incomplete_gamma[Self.upper](a, b)


@doc_hidden
struct GammaDensity(ExactBinary):
    """The derivative of the first one with respect to b."""

    comptime NAME: StaticString = "gamma_density"
    comptime COST = 15.0

    @staticmethod
    def value[w: Int](a: SIMD[WIDE, w], b: SIMD[WIDE, w]) -> SIMD[WIDE, w]:
        return gamma_density(a, b)


comptime GAMMA = TypeList.of[
    Trait=ExactBinary, Zeta, IncompleteGamma[False], IncompleteGamma[True], GammaDensity
]
"""The functions of two elements."""
