"""Loop shapes over strided operands: the one place that walks shapes and strides.

A shape stands in the packed words as `ndim, dims..., strides of operand 0..., strides of operand 1..., ...`
(strides in elements, innermost last; Python has merged dimensions that lie one behind the other, so a
contiguous operation has one). The units of work are the elements in row-major order.
"""

from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, scalar, word

comptime Offsets = SIMD[DType.int64, 4]
"""Element offsets of up to four operands."""


@always_inline
def shape_words[operands: Int](args: Words, at: Int) -> Int:
    """Returns how many words a shape takes.

    Parameters:
        operands: The number of operands with strides in the words.

    Args:
        args: The packed words.
        at: The index of the shape's first word.

    Returns:
        The number of words: ndim, the dims and the strides of each operand.
    """
    return 1 + word(args, at) * (1 + operands)


@always_inline
def elements(args: Words, at: Int) -> Int:
    """Returns the number of elements of a shape.

    Args:
        args: The packed words.
        at: The index of the shape's first word.

    Returns:
        The product of the dims.
    """
    var n = 1
    for d in range(word(args, at)):
        n *= word(args, at + 1 + d)
    return n


@always_inline
def for_each_run[
    operands: Int, Body: def(Int, Offsets, Int) -> None
](args: Words, at: Int, start: Int, stop: Int, body: Body):
    """Calls `body(first, offsets, count)` for each run of elements along the innermost dimension.

    Parameters:
        operands: The number of operands with strides in the words.
        Body: The type of `body`.

    Args:
        args: The packed words.
        at: The index of the shape's first word.
        start: The first element.
        stop: The element after the last.
        body: Receives the index of the run's first element, each operand's offset there, and the run's length.
    """
    var ndim = word(args, at)
    var inner = word(args, at + ndim)
    var i = start
    while i < stop:
        var rest = i // inner
        var column = i - rest * inner
        var offsets = Offsets(0)
        comptime for k in range(operands):
            offsets[k] = Int64(column * word(args, at + (k + 2) * ndim))
        for d in range(ndim - 1, 0, -1):
            var size = word(args, at + d)
            var outer = rest // size
            comptime for k in range(operands):
                offsets[k] += Int64((rest - outer * size) * word(args, at + (k + 1) * ndim + d))
            rest = outer
        var count = min(inner - column, stop - i)
        body(i, offsets, count)
        i += count


@always_inline
def inner_stride(args: Words, at: Int, operand: Int) -> Int:
    """Returns the innermost stride of an operand.

    Args:
        args: The packed words.
        at: The index of the shape's first word.
        operand: The operand's place among those with strides, from 0.

    Returns:
        The stride in elements.
    """
    return word(args, at + (operand + 2) * word(args, at))


struct Operand[dtype: DType](TrivialRegisterPassable):
    """An input along the innermost dimension: contiguous, strided, or one value for all elements.

    Parameters:
        dtype: The dtype of the elements.
    """

    var address: Int
    """The address of the elements, 0 for a scalar."""
    var stride: Int
    """The innermost stride in elements, 0 where one element is broadcast."""
    var value: Scalar[Self.dtype]
    """The scalar, if it is one."""

    @always_inline
    def __init__(out self, args: Words, address: Int, stride: Int, value: Int):
        """Reads an operand from the words.

        Args:
            args: The packed words.
            address: The index of the address' word; an address of 0 stands for a scalar.
            stride: The innermost stride.
            value: The index of the scalar's word.
        """
        self.address = word(args, address)
        self.stride = stride
        self.value = scalar[Self.dtype](args, value)

    @always_inline
    def load[width: Int](self, offset: Int64, i: Int) -> SIMD[Self.dtype, width]:
        """Returns elements `i` to `i + width` of a run.

        Parameters:
            width: The number of lanes.

        Args:
            offset: The offset of the run's first element, in elements.
            i: The first element within the run.

        Returns:
            The elements, one per lane.
        """
        if self.address == 0:
            return self.value
        var p = Buffer[Self.dtype](unsafe_from_address=self.address).unsafe_offset(Int(offset))
        if self.stride == 1:
            return p.unsafe_load[width=width](i)
        if self.stride == 0:
            return p[]
        var lanes = SIMD[Self.dtype, width](0)
        comptime for lane in range(width):
            lanes[lane] = p.unsafe_load((i + lane) * self.stride)
        return lanes


@always_inline
def store[dtype: DType, width: Int](p: Buffer[dtype], i: Int, stride: Int, value: SIMD[dtype, width]):
    """Stores lanes at elements `i` to `i + width` of a run with any stride.

    Parameters:
        dtype: The dtype of the elements.
        width: The number of lanes.

    Args:
        p: The run's first element.
        i: The first element within the run.
        stride: The run's stride in elements.
        value: The lanes.
    """
    if stride == 1:
        p.unsafe_store(i, value)
    else:
        comptime for lane in range(width):
            p.unsafe_store((i + lane) * stride, value[lane])


@always_inline
def lanes[S: Schedule, width: Int, Body: def[w: Int](Int) -> None](count: Int, body: Body):
    """Calls `body[w](i)` for all of `count` elements: whole vectors, then one by one; one by one under `Original`.

    Parameters:
        S: The schedule.
        width: The lanes of a vector.
        Body: The type of `body`.

    Args:
        count: The number of elements.
        body: Does elements `i` to `i + w`.
    """
    var i = 0
    comptime if S.SIMD:
        while i + width <= count:
            body[width](i)
            i += width
    while i < count:
        body[1](i)
        i += 1
