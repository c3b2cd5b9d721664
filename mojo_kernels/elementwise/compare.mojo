"""Comparisons: they have no gradient."""

from std.builtin.variadics import TypeList

from mojo_kernels.elementwise.traits import CompareOp


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
