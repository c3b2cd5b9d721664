"""Ops without gradients, whose functions are computed in float64 alone, for float32 too.

The functions are compiled once for a vector and once for a number; kernels of all dtypes and schedules call them.
"""

from std.sys import simd_width_of

from mojo_kernels.elementwise.traits import BinaryOp, UnaryOp

comptime WIDE = DType.float64
"""The dtype in which they are computed."""
comptime _LANES = simd_width_of[WIDE]()


trait ExactUnary:
    """A function of one number."""

    comptime NAME: StaticString
    comptime COST: Float64
    """Nanoseconds per element on one worker."""

    @staticmethod
    def value[w: Int](x: SIMD[WIDE, w]) -> SIMD[WIDE, w]:
        """Computes the function.

        Parameters:
            w: The number of lanes.

        Args:
            x: The input.

        Returns:
            The output.
        """
        ...


trait ExactBinary:
    """A function of two numbers."""

    comptime NAME: StaticString
    comptime COST: Float64
    """Nanoseconds per element on one worker."""

    @staticmethod
    def value[w: Int](a: SIMD[WIDE, w], b: SIMD[WIDE, w]) -> SIMD[WIDE, w]:
        """Computes the function.

        Parameters:
            w: The number of lanes.

        Args:
            a: The first input.
            b: The second input.

        Returns:
            The output.
        """
        ...


@doc_hidden
struct Exact[Op: ExactUnary](UnaryOp):
    """The op of a function of one number; its gradient is no kernel."""

    comptime NAME: StaticString = Self.Op.NAME
    comptime INTEGRAL = False
    comptime COST = Self.Op.COST

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime if w <= _LANES:
            return Self.Op.value(x.cast[WIDE]()).cast[dt]()
        else:
            var y = SIMD[dt, w](0)
            comptime for i in range(0, w, _LANES):
                var part = Self.Op.value(x.slice[_LANES, offset=i]().cast[WIDE]())
                y = y.insert[offset=i](part.cast[dt]())
            return y

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return SIMD[dt, w](0)


@doc_hidden
struct ExactPair[Op: ExactBinary](BinaryOp):
    """The op of a function of two numbers; its gradients are no kernel."""

    comptime NAME: StaticString = Self.Op.NAME
    comptime INTEGRAL = False
    comptime COST = Self.Op.COST

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime if w <= _LANES:
            return Self.Op.value(a.cast[WIDE](), b.cast[WIDE]()).cast[dt]()
        else:
            var y = SIMD[dt, w](0)
            comptime for i in range(0, w, _LANES):
                var first = a.slice[_LANES, offset=i]().cast[WIDE]()
                var part = Self.Op.value(first, b.slice[_LANES, offset=i]().cast[WIDE]())
                y = y.insert[offset=i](part.cast[dt]())
            return y

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return (SIMD[dt, w](0), SIMD[dt, w](0))
