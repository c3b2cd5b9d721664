"""Lanes of complex numbers: loaded from and stored to memory in which real and imaginary parts alternate."""

from std.complex import ComplexSIMD
from std.sys import size_of

from mojo_kernels.runtime.types import Buffer, Words, scalar, word


def complex_name(dt: DType) -> String:
    """Returns the name that Python knows the complex dtype by.

    Args:
        dt: The dtype of the parts.

    Returns:
        The name.
    """
    return "complex64" if dt == DType.float32 else "complex128"


@fieldwise_init
struct Pairs[dt: DType](TrivialRegisterPassable):
    """Complex numbers in memory, at any distance from each other, or one real number for all.

    Parameters:
        dt: The dtype of the parts.
    """

    var address: Int
    """The address of the first number, 0 where one real number stands for all."""
    var stride: Int
    """The distance between two numbers, in numbers."""
    var value: Scalar[Self.dt]
    """The real number, if it is one."""

    @always_inline
    def __init__(out self, args: Words, address: Int, stride: Int):
        """Reads an operand from the words.

        Args:
            args: The packed words.
            address: The index of the address' word.
            stride: The innermost stride.
        """
        self = Self(word(args, address), stride, 0)

    @always_inline
    def __init__(out self, args: Words, address: Int, stride: Int, value: Int):
        """Reads an operand that may be a real number from the words.

        Args:
            args: The packed words.
            address: The index of the address' word.
            stride: The innermost stride.
            value: The index of the number's word.
        """
        self = Self(word(args, address), stride, scalar[DType.float64](args, value).cast[Self.dt]())

    @always_inline
    def run(self, offset: Int64) -> Self:
        """Returns the numbers from another one on.

        Args:
            offset: Its offset, in numbers.

        Returns:
            The operand along one run.
        """
        var moved = self
        if self.address != 0:
            moved.address += Int(offset) * 2 * size_of[Self.dt]()
        return moved

    @always_inline
    def load[w: Int](self, i: Int) -> ComplexSIMD[Self.dt, w]:
        """Returns numbers `i` to `i + w`.

        Parameters:
            w: The number of lanes; more than one follow strides of 0 and 1 only.

        Args:
            i: The first number.

        Returns:
            The numbers, one per lane.
        """
        if self.address == 0:
            return ComplexSIMD[Self.dt, w](self.value, 0)
        var p = Buffer[Self.dt](unsafe_from_address=self.address)
        comptime if w > 1:
            if self.stride == 1:
                return ComplexSIMD[Self.dt, w](from_interleaved=p.unsafe_load[width=2 * w](2 * i))
        var at = 2 * i * self.stride
        return ComplexSIMD[Self.dt, w](p.unsafe_load(at), p.unsafe_load(at + 1))

    @always_inline
    def store[w: Int](self, i: Int, z: ComplexSIMD[Self.dt, w]):
        """Stores numbers `i` to `i + w`.

        Parameters:
            w: The number of lanes; more than one follow a stride of 1 only.

        Args:
            i: The first number.
            z: The numbers.
        """
        var p = Buffer[Self.dt](unsafe_from_address=self.address)
        comptime if w > 1:
            p.unsafe_store(2 * i, z.re.interleave(z.im))
        else:
            var at = 2 * i * self.stride
            p.unsafe_store(at, z.re[0])
            p.unsafe_store(at + 1, z.im[0])
