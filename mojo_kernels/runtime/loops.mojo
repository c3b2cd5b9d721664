"""Loop shapes over strided operands: the only file that iterates over shapes and strides.

A shape stands in the packed words as `ndim, dims..., strides of operand 0..., strides of operand 1..., ...` (strides
in elements, innermost last; Python has merged adjacent dimensions, so a contiguous operation has one). The units of
work are the elements in row-major order.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.runtime.bfloat16 import BFLOAT16, from_bfloat16, to_bfloat16
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, scalar, word

comptime LINE = 64
"""Bytes of a cache line."""
comptime STREAMED = 4 << 20
"""Bytes that one worker writes from which on its stores go by the caches (two-core EPYC with 32 MiB of cache, 2026-11)."""
comptime _LONG_ROW = 64 * LINE
"""Bytes of a row from which on it is streamed wherever it begins."""
comptime PIECE_BYTES = 16
"""Bytes that a thread of a GPU loads or stores at once."""
comptime Offsets = SIMD[DType.int64, 4]
"""Element offsets of up to four operands."""
comptime Stored[S: Schedule, dtype: DType] = S.STORED if dtype == DType.float32 else dtype
"""The dtype in which an operand lies in memory.

Parameters:
    S: The schedule.
    dtype: The dtype that it is computed in.
"""


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
def decode[operands: Int](args: Words, at: Int, i: Int) -> Offsets:
    """Returns each operand's offset at an element.

    Parameters:
        operands: The number of operands with strides in the words.

    Args:
        args: The packed words.
        at: The index of the shape's first word.
        i: The element, in row-major order.

    Returns:
        The offsets in elements.
    """
    var ndim = word(args, at)
    var offsets = Offsets(0)
    var rest = i
    for d in range(ndim, 1, -1):
        var size = word(args, at + d)
        var outer = rest // size
        comptime for k in range(operands):
            offsets[k] += Int64((rest - outer * size) * word(args, at + (k + 1) * ndim + d))
        rest = outer
    comptime for k in range(operands):
        offsets[k] += Int64(rest * word(args, at + (k + 1) * ndim + 1))
    return offsets


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
    if start >= stop:
        return
    var ndim = word(args, at)
    var inner = stop  # one dimension: one run, and no division
    var column = start
    var row = 0
    if ndim > 1:
        inner = word(args, at + ndim)
        row = start // inner
        column = start - row * inner
        row %= word(args, at + ndim - 1)
    var i = start
    var offsets = decode[operands](args, at, i)
    while True:
        var count = min(inner - column, stop - i)
        body(i, offsets, count)
        i += count
        if i >= stop:
            return
        row += 1
        if row == word(args, at + ndim - 1):
            row = 0
            offsets = decode[operands](args, at, i)
        else:  # the next row of the same matrix
            comptime for k in range(operands):
                var step = word(args, at + (k + 2) * ndim - 1) - column * word(args, at + (k + 2) * ndim)
                offsets[k] += Int64(step)
        column = 0


@always_inline
def inner_stride(args: Words, at: Int, operand: Int) -> Int:
    """Returns the innermost stride of an operand.

    Args:
        args: The packed words.
        at: The index of the shape's first word.
        operand: The operand's position among those with strides, from 0.

    Returns:
        The stride in elements.
    """
    return word(args, at + (operand + 2) * word(args, at))


struct Input[S: Schedule, dtype: DType](TrivialRegisterPassable):
    """An operand that is read along the innermost dimension: contiguous, strided, or one value for all elements.

    Parameters:
        S: The schedule; vectors follow strides of 0 and 1 only.
        dtype: The dtype of the elements.
    """

    comptime LANES = simd_width_of[Self.dtype]() if Self.S.SIMD else 1
    """The lanes of the widest vector that is loaded."""

    var address: Int
    """The address of the elements, 0 for a scalar."""
    var stride: Int
    """The innermost stride in elements, 0 where one element is broadcast."""
    var value: Scalar[Self.dtype]
    """The scalar, if it is one."""
    var room: Int
    """The address of memory for a vector of one value, so that the loop over vectors has no case for it."""

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
        self.room = Int(stack_allocation[Self.LANES, Scalar[Self.dtype], alignment=LINE]())

    @always_inline
    def run(self, offset: Int64) -> Run[Self.S, Self.dtype]:
        """Returns the operand along one run.

        Args:
            offset: The offset of the run's first element, in elements.

        Returns:
            Where to load the run's elements.
        """
        var p = self.address + Int(offset) * size_of[Stored[Self.S, Self.dtype]]()
        comptime if Self.S.SIMD:
            if self.address == 0 or self.stride == 0:
                var value = self.value
                if self.address != 0:
                    value = Buffer[Self.dtype](unsafe_from_address=p)[]
                Buffer[Self.dtype](unsafe_from_address=self.room).unsafe_store(
                    SIMD[Self.dtype, Self.LANES](value)
                )
                return Run[Self.S, Self.dtype](self.room, 0, self.value)
        return Run[Self.S, Self.dtype](p if self.address != 0 else 0, self.stride, self.value)


@fieldwise_init
struct Run[S: Schedule, dtype: DType](TrivialRegisterPassable):
    """The elements of an operand along one run.

    Parameters:
        S: The schedule.
        dtype: The dtype of the elements.
    """

    var first: Int
    """The address of the first element, 0 for a scalar under `Original`."""
    var stride: Int
    """The stride in elements."""
    var value: Scalar[Self.dtype]
    """The scalar, if it is one."""

    @always_inline
    def load[width: Int](self, i: Int) -> SIMD[Self.dtype, width]:
        """Returns elements `i` to `i + width`.

        Parameters:
            width: The number of lanes, one unless under `Tiled`.

        Args:
            i: The first element within the run.

        Returns:
            The elements, one per lane.
        """
        comptime if not Self.S.SIMD:
            if self.first == 0:
                return self.value
        comptime if Self.S.PIECE > 0:
            comptime T = Stored[Self.S, Self.dtype]
            comptime bytes = min(width * size_of[T](), PIECE_BYTES)
            var p = Buffer[T](unsafe_from_address=self.first)
            if self.stride == 0:
                return SIMD[Self.dtype, width](_widened[Self.dtype, T, 1](p.unsafe_load(0)))
            return _widened[Self.dtype](p.unsafe_load[width=width, alignment=bytes](i))
        return Buffer[Self.dtype](unsafe_from_address=self.first).unsafe_load[width=width](i * self.stride)


@always_inline
def streamed[dt: DType](args: Words, address: Int, at: Int, count: Int) -> Int:
    """Returns how many elements a worker may stream: all, or none where rows are short and share cache lines.

    A line that is written by ordinary stores and past the caches is sent to memory several times, which took 20 times as
    long as the rest of such a row.

    Parameters:
        dt: The dtype of the output.

    Args:
        args: The packed words.
        address: The index of the word with the output's address.
        at: The index of the shape's first word.
        count: The number of elements that the worker writes.

    Returns:
        `count` or 0.
    """
    var ndim = word(args, at)
    if ndim < 2:
        return count
    var row = word(args, at + ndim) * size_of[dt]()
    var is_whole = row % LINE == 0 and word(args, address) % LINE == 0
    return count if is_whole or row >= _LONG_ROW else 0


struct Output[S: Schedule, dtype: DType](TrivialRegisterPassable):
    """The operand that is written along the innermost dimension.

    A large one is streamed: stores that go by the caches save reading each line before it is replaced, a third of the
    traffic of a copy. A small one is left in the cache, where the next kernel finds it; one that is updated in place has been
    read anyway.

    Parameters:
        S: The schedule; vectors follow a stride of 1 only.
        dtype: The dtype of the elements.
    """

    var first: Int
    """The address of the first element."""
    var stride: Int
    """The innermost stride in elements."""
    var streams: Bool
    """Whether stores go by the caches. Readers on other cores see them after the locked instruction by which a
    worker leaves its job."""

    @always_inline
    def __init__(out self, args: Words, address: Int, stride: Int, count: Int, inputs: Int = 0):
        """Reads an output from the words.

        Args:
            args: The packed words.
            address: The index of the address' word.
            stride: The innermost stride.
            count: The number of elements that this worker may stream.
            inputs: The number of words behind the address that name memory which is read.
        """
        self.first = word(args, address)
        self.stride = stride
        self.streams = False
        comptime if Self.S.SIMD:
            self.streams = count * size_of[Self.dtype]() >= STREAMED
            for i in range(inputs):
                self.streams &= word(args, address + 1 + i) != self.first

    @always_inline
    def run(self, offset: Int64) -> Self:
        """Returns the output along one run.

        Args:
            offset: The offset of the run's first element, in elements.

        Returns:
            Where to store the run's elements.
        """
        var moved = self
        moved.first = self.first + Int(offset) * size_of[Stored[Self.S, Self.dtype]]()
        return moved

    @always_inline
    def ahead(self, count: Int) -> Int:
        """Returns how many of a run's first elements to do one by one, so that vectors are aligned for streaming.

        Args:
            count: The number of elements of the run.

        Returns:
            The number of elements, 0 unless streaming.
        """
        if not self.streams:
            return 0
        return min(count, -self.first % LINE // size_of[Self.dtype]())

    @always_inline
    def store[width: Int](self, i: Int, value: SIMD[Self.dtype, width]):
        """Stores lanes at elements `i` to `i + width`.

        Parameters:
            width: The number of lanes, one unless under `Tiled`.

        Args:
            i: The first element within the run.
            value: The lanes.
        """
        var p = Buffer[Self.dtype](unsafe_from_address=self.first)
        comptime if Self.S.PIECE > 0:
            comptime T = Stored[Self.S, Self.dtype]
            comptime bytes = min(width * size_of[T](), PIECE_BYTES)
            Buffer[T](unsafe_from_address=self.first).unsafe_store[alignment=bytes](i, _narrowed[T](value))
        elif not Self.S.SIMD:
            p.unsafe_store(i * self.stride, value)
        elif width == 1:
            p.unsafe_store(i, value)
        else:
            comptime aligned = min(width * size_of[Self.dtype](), LINE)
            if self.streams:
                p.unsafe_store[non_temporal=True, alignment=aligned](i, value)
            else:
                p.unsafe_store(i, value)


@always_inline
def _widened[target: DType, source: DType, width: Int](x: SIMD[source, width]) -> SIMD[target, width]:
    """Returns elements as they are computed with."""
    comptime if target == source:
        return rebind[SIMD[target, width]](x)
    elif source == BFLOAT16:
        return rebind[SIMD[target, width]](from_bfloat16(rebind[SIMD[BFLOAT16, width]](x)))
    else:
        return x.cast[target]()


@always_inline
def _narrowed[target: DType, source: DType, width: Int](x: SIMD[source, width]) -> SIMD[target, width]:
    """Returns elements as they are stored."""
    comptime if target == source:
        return rebind[SIMD[target, width]](x)
    elif target == BFLOAT16:
        return rebind[SIMD[target, width]](to_bfloat16(rebind[SIMD[DType.float32, width]](x)))
    else:
        return x.cast[target]()


@always_inline
def lanes[
    S: Schedule, width: Int, Body: def[w: Int](Int) -> None, *, unroll: Int = 1
](count: Int, body: Body, ahead: Int = 0):
    """Calls `body[w](i)` for all of `count` elements: whole vectors, then one by one; one by one under `Original`, and where
    there are pieces a whole one at once.

    Parameters:
        S: The schedule.
        width: The lanes of a vector.
        Body: The type of `body`.
        unroll: Vectors that one turn of the loop does; cheap bodies want several.

    Args:
        count: The number of elements.
        body: Does elements `i` to `i + w`.
        ahead: Elements to do one by one before the first vector.
    """
    comptime if S.PIECE > 0:
        if count == S.PIECE:
            body[S.PIECE](0)
            return
    var i = 0
    comptime if S.SIMD:
        while i < ahead:
            body[1](i)
            i += 1
        comptime if unroll > 1:
            while i + unroll * width <= count:
                comptime for u in range(unroll):
                    body[width](i + u * width)
                i += unroll * width
        while i + width <= count:
            body[width](i)
            i += width
    while i < count:
        body[1](i)
        i += 1


@always_inline
def clear[S: Schedule, dt: DType](y: Buffer[dt], count: Int):
    """Writes zeros.

    Parameters:
        S: The schedule: vectorised or not.
        dt: The dtype.

    Args:
        y: Where they go.
        count: How many.
    """

    def body[w: Int](i: Int) {imm}:
        y.unsafe_store(i, SIMD[dt, w](0))

    lanes[S, simd_width_of[dt]()](count, body)
