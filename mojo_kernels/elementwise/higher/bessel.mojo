"""The Bessel functions, modified and spherical ones among them, and Airy's."""

from std.builtin.variadics import TypeList

from mojo_kernels.elementwise.higher.exact import ExactUnary, WIDE
from mojo_kernels.numerics.airy import airy_ai
from mojo_kernels.numerics.bessel import bessel_j, bessel_y
from mojo_kernels.numerics.bessel_modified import bessel_k
from mojo_kernels.numerics.trigonometric import sin


@doc_hidden
struct BesselJ[order: Int](ExactUnary):
    """The function of the first kind."""

    comptime NAME: StaticString = "bessel_j0" if Self.order == 0 else "bessel_j1"
    comptime COST = 12.0

    @staticmethod
    def value[w: Int](x: SIMD[WIDE, w]) -> SIMD[WIDE, w]:
        return bessel_j[Self.order](x)


@doc_hidden
struct BesselY[order: Int](ExactUnary):
    """The function of the second kind."""

    comptime NAME: StaticString = "bessel_y0" if Self.order == 0 else "bessel_y1"
    comptime COST = 14.0

    @staticmethod
    def value[w: Int](x: SIMD[WIDE, w]) -> SIMD[WIDE, w]:
        return bessel_y[Self.order](x)


@doc_hidden
struct BesselK[order: Int, scaled: Bool](ExactUnary):
    """The modified function of the second kind, also times e^x."""

    comptime NAME: StaticString = ("scaled_modified_bessel_k" if Self.scaled else "modified_bessel_k") + (
        "0" if Self.order == 0 else "1"
    )
    comptime COST = 8.0

    @staticmethod
    def value[w: Int](x: SIMD[WIDE, w]) -> SIMD[WIDE, w]:
        return bessel_k[Self.order, Self.scaled](x)


@doc_hidden
struct SphericalBesselJ0(ExactUnary):
    """The spherical function of the first kind: sin(x) / x, 0 at infinity."""

    comptime NAME: StaticString = "spherical_bessel_j0"
    comptime COST = 3.0

    @staticmethod
    def value[w: Int](x: SIMD[WIDE, w]) -> SIMD[WIDE, w]:
        var y = x.eq(0).select(SIMD[WIDE, w](1), sin(x) / x)
        return abs(x).gt(Float64.MAX_FINITE).select(SIMD[WIDE, w](0), y)


@doc_hidden
struct AiryAi(ExactUnary):
    """Airy's function Ai."""

    comptime NAME: StaticString = "airy_ai"
    comptime COST = 15.0

    @staticmethod
    def value[w: Int](x: SIMD[WIDE, w]) -> SIMD[WIDE, w]:
        return airy_ai(x)


comptime BESSEL = TypeList.of[
    Trait=ExactUnary,
    BesselJ[0],
    BesselJ[1],
    BesselY[0],
    BesselY[1],
    BesselK[0, False],
    BesselK[1, False],
    BesselK[0, True],
    BesselK[1, True],
    SphericalBesselJ0,
    AiryAi,
]
"""The functions of one element."""
