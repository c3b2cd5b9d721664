"""Ways of combining elements: what a reduction is made of."""

from std.builtin.variadics import TypeList
from std.math import isnan


trait ReduceOp:
    """A way of combining elements, associative but for rounding."""

    comptime NAME: StaticString

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        """Returns the value that combines to nothing.

        Parameters:
            dt: The dtype.

        Returns:
            The neutral value.
        """
        ...

    @staticmethod
    def take[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        """Returns what elements count as before they are combined.

        Parameters:
            dt: The dtype.
            w: The number of lanes.

        Args:
            x: Elements.

        Returns:
            The elements themselves, or a function of them.
        """
        return x

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        """Combines lanes.

        Parameters:
            dt: The dtype.
            w: The number of lanes.

        Args:
            a: What has been combined so far.
            b: What comes next.

        Returns:
            Both combined.
        """
        ...


@doc_hidden
struct Sum(ReduceOp):
    """y = a + b."""

    comptime NAME: StaticString = "sum"

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        return 0

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a + b


@doc_hidden
struct Max(ReduceOp):
    """y = max(a, b), nan if either is."""

    comptime NAME: StaticString = "max"

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        return Scalar[dt].MIN

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return (a.ge(b) | is_nan(a)).select(a, b)


@doc_hidden
struct Min(ReduceOp):
    """y = min(a, b), nan if either is."""

    comptime NAME: StaticString = "min"

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        return Scalar[dt].MAX

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return (a.le(b) | is_nan(a)).select(a, b)


@doc_hidden
struct Product(ReduceOp):
    """y = a * b."""

    comptime NAME: StaticString = "prod"

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        return 1

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a * b


@doc_hidden
struct SumOfNumbers(ReduceOp):
    """y = a + b, where nan counts as 0."""

    comptime NAME: StaticString = "nansum"

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        return 0

    @staticmethod
    def take[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        return is_nan(x).select(SIMD[dt, w](0), x)

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a + b


@doc_hidden
struct SumOfSquares(ReduceOp):
    """y = a + b, where x counts as x * x."""

    comptime NAME: StaticString = "sum_of_squares"

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        return 0

    @staticmethod
    def take[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        return x * x

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a + b


@doc_hidden
struct SumOfMagnitudes(ReduceOp):
    """y = a + b, where x counts as |x|."""

    comptime NAME: StaticString = "sum_of_magnitudes"

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        return 0

    @staticmethod
    def take[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        return abs(x)

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a + b


@doc_hidden
struct Nonzero(ReduceOp):
    """y = a + b, where x counts as 1 unless it is 0."""

    comptime NAME: StaticString = "nonzero"

    @staticmethod
    def start[dt: DType]() -> Scalar[dt]:
        return 0

    @staticmethod
    def take[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        return x.eq(0).select(SIMD[dt, w](0), SIMD[dt, w](1))

    @staticmethod
    def combine[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a + b


comptime REDUCTIONS = TypeList.of[Trait=ReduceOp, Sum, Product, Max, Min]
"""The reductions of numbers of any dtype."""
comptime OF_FLOATS = TypeList.of[Trait=ReduceOp, SumOfNumbers, SumOfSquares, SumOfMagnitudes]
"""The reductions of floats alone."""


@always_inline
def is_nan[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[DType.bool, w]:
    """Tells which lanes are nan.

    Parameters:
        dt: The dtype, also one of integers.
        w: The number of lanes.

    Args:
        x: The lanes.

    Returns:
        True where a lane is nan.
    """
    comptime if dt.is_floating_point():
        return isnan(x)
    else:
        return SIMD[DType.bool, w](fill=False)
