"""Layouts that vectors cannot follow: innermost strides other than 0 and 1, and short rows.

Such a layout is processed tile by tile. Operands that are not contiguous by rows are copied into a tile of scratch in
the first-level cache, the kernel runs over the tile as over contiguous data, and results are copied back. So only
this file knows how to read a transposed matrix (squares of vectors transposed in registers), every second element, or
a row backwards, and the kernels' own loops stay short. `Original` reads elements one by one and never comes here.
"""

from std.bit import log2_floor
from std.collections import Array
from std.memory import stack_allocation
from std.sys import simd_width_of

from mojo_kernels.runtime.loops import Offsets, decode, inner_stride
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import Buffer, MAX_WORDS, Sizes, Words, word
from mojo_kernels.runtime.words import letter_at

comptime TILE = 2048
"""Elements of a tile: four operands of float64 stay in a second-level cache, of float32 nearly in the first."""
comptime ROWS = 32
"""Rows of a tile: two cache lines of float32 along the rows of a transposed operand (two-core EPYC, 2026-11)."""
comptime NARROW = 32
"""Rows shorter than this are not worth a loop each."""


def operands_of(sizes: Sizes) -> Int:
    """Counts the operands that have sizes.

    Args:
        sizes: The bytes of an element of each.

    Returns:
        The number of operands.
    """
    return Int(sizes.ne(0).cast[DType.int64]().reduce_add())


@always_inline
def run_strided[
    S: Schedule, rows: Part, operands: StaticString, at: Int, sizes: Sizes
](args: Words, start: Int, stop: Int):
    """Does units `start` to `stop` of a pointwise kernel: at once where its loops can follow the strides, or tile by tile.

    Parameters:
        S: The schedule.
        rows: Does units whose operands have innermost strides of 0 and 1, under `Original` of any strides.
        operands: The kernel's `WORDS`, of which the first are its operands.
        at: The index of the shape's first word.
        sizes: The bytes of an element of each operand.

    Args:
        args: The packed words.
        start: The first unit.
        stop: The unit after the last.
    """
    comptime if S.SIMD:
        if not _straight[_strided_before(operands, operands_of(sizes))](args, at):
            _by_tiles[operands, at, sizes](rows, args, start, stop)
            return
    rows(args, start, stop)


@always_inline
def _straight[operands: Int](args: Words, at: Int) -> Bool:
    """Tells whether vectors can follow a layout: innermost strides of 0 and 1 only, and no short rows."""
    var ndim = word(args, at)
    var bits = 0
    comptime for k in range(operands):
        bits |= inner_stride(args, at, k)
    return (bits & ~1) == 0 and (ndim == 1 or word(args, at + ndim) >= NARROW)


comptime _Bytes = Buffer[DType.uint8]


def _strided_before(operands: StaticString, j: Int) -> Int:
    """Counts the operands with strides before operand j: small letters."""
    var count = 0
    for i in range(j):
        count += Int(letter_at(operands, i) >= ord("a"))
    return count


@fieldwise_init
struct _Tile(TrivialRegisterPassable):
    """A tile of the elements."""

    var first: Int
    """Its first unit."""
    var rows: Int
    var columns: Int
    var inner: Int
    """The length of the layout's rows, of which the tile has a part."""
    var flat: Bool
    """Whether the kernel takes it as one run."""


@fieldwise_init
struct _TileOperand(TrivialRegisterPassable):
    """The elements of one operand in a tile."""

    var address: Int
    var down: Int
    """The stride from row to row."""
    var across: Int
    """The stride along a row."""
    var direct: Bool
    """Whether the kernel reads or writes them there, without scratch."""


@always_inline
def _tile_operand[
    operands: StaticString, at: Int, j: Int, size: Int
](args: Words, tile: _Tile, offsets: Offsets) -> _TileOperand:
    """Finds operand j of a tile, given the offsets of the tile's first elements."""
    comptime if letter_at(operands, j) >= ord("a"):
        comptime k = _strided_before(operands, j)
        var ndim = word(args, at)
        var across = word(args, at + (k + 2) * ndim)
        var down = word(args, at + (k + 2) * ndim - 1) if ndim > 1 else 0
        var address = word(args, j)
        if address == 0:
            return _TileOperand(0, 0, 0, True)
        address += Int(offsets[k]) * size
        var direct = across == 1 or across == 0
        if tile.flat:
            direct = direct and down == across * tile.columns
        return _TileOperand(address, down, across, direct or (across == 1 and tile.rows == 1))
    else:
        var address = word(args, j)
        var direct = address == 0 or tile.rows == 1 or tile.columns == tile.inner
        return _TileOperand(
            address + tile.first * size if address != 0 else 0,
            tile.inner,
            1,
            direct,
        )


@always_inline
def _run_tile[
    operands: StaticString, at: Int, sizes: Sizes
](part: Part, args: Words, words: Words, scratch: _Bytes, tile: _Tile):
    comptime count = operands_of(sizes)
    comptime strided = _strided_before(operands, count)
    var ndim = 1 if tile.flat else 2
    var offsets = decode[strided](args, at, tile.first)
    words.unsafe_store(at, Int64(ndim))
    words.unsafe_store(at + 1, Int64(tile.rows))
    words.unsafe_store(
        at + ndim,
        Int64(tile.rows * tile.columns if tile.flat else tile.columns),
    )
    comptime for j in range(count):
        var operand = _tile_operand[operands, at, j, Int(sizes[j])](args, tile, offsets)
        var own = scratch.unsafe_offset(j * TILE * 8)
        if not operand.direct:
            comptime if letter_at(operands, j) == ord("r"):
                copy_tile[Int(sizes[j])](
                    own,
                    tile.columns,
                    1,
                    _at(operand.address),
                    operand.down,
                    operand.across,
                    tile.rows,
                    tile.columns,
                )
            operand = _TileOperand(Int(own), tile.columns, 1, True)
        words.unsafe_store(j, Int64(operand.address))
        comptime if letter_at(operands, j) >= ord("a"):
            comptime k = _strided_before(operands, j)
            words.unsafe_store(at + (k + 1) * ndim + 1, Int64(operand.down))
            words.unsafe_store(at + (k + 2) * ndim, Int64(operand.across))
    part(words, 0, tile.rows * tile.columns)
    comptime for j in range(count):
        comptime if letter_at(operands, j) != ord("r"):
            var operand = _tile_operand[operands, at, j, Int(sizes[j])](args, tile, offsets)
            if not operand.direct:
                var own = scratch.unsafe_offset(j * TILE * 8)
                copy_tile[Int(sizes[j])](
                    _at(operand.address),
                    operand.down,
                    operand.across,
                    own,
                    tile.columns,
                    1,
                    tile.rows,
                    tile.columns,
                )


@always_inline
def _at(address: Int) -> _Bytes:
    return _Bytes(unsafe_from_address=address)


@no_inline
def _by_tiles[operands: StaticString, at: Int, sizes: Sizes](part: Part, args: Words, start: Int, stop: Int):
    var words = Words(unsafe_from_address=Int(stack_allocation[MAX_WORDS, Int64]()))
    var scratch = _at(Int(stack_allocation[operands_of(sizes) * TILE * 8, UInt8, alignment=64]()))
    for i in range(at):
        words.unsafe_store(i, args.unsafe_load(i))
    var ndim = word(args, at)
    var inner = word(args, at + ndim)
    var outer = word(args, at + ndim - 1) if ndim > 1 else 1
    var narrow = inner < NARROW and ndim > 1
    var i = start
    while i < stop:
        var row = i // inner
        var width = min(inner - (i - row * inner), stop - i)
        var height = min(outer - row % outer, (stop - i) // inner) if width == inner else 1
        var rows = min(height, TILE // inner if narrow else ROWS)
        var columns = min(width, TILE // rows)
        for r in range(0, height, rows):
            for c in range(0, width, columns):
                var tile = _Tile(
                    i + r * inner + c,
                    min(rows, height - r),
                    min(columns, width - c),
                    inner,
                    narrow or height == 1,
                )
                _run_tile[operands, at, sizes](part, args, words, scratch, tile)
        i += height * width


comptime _Unsigned[size: Int] = [DType.uint8, DType.uint16, DType.uint32, DType.uint64][log2_floor(size)]
"""The dtype in which elements of a size are copied.

Parameters:
    size: The bytes of an element.
"""


@no_inline
def copy_tile[
    size: Int
](
    target: Buffer[DType.uint8],
    target_down: Int,
    target_across: Int,
    source: Buffer[DType.uint8],
    source_down: Int,
    source_across: Int,
    rows: Int,
    columns: Int,
):
    """Copies a matrix between any two layouts.

    Parameters:
        size: The bytes of an element.

    Args:
        target: The first element of the copy.
        target_down: Its stride from row to row.
        target_across: Its stride along a row.
        source: The first element of the matrix.
        source_down: Its stride from row to row.
        source_across: Its stride along a row.
        rows: The number of rows.
        columns: The number of columns.
    """
    comptime T = _Unsigned[size]
    var y = target.unsafe_bitcast[Scalar[T]]()
    var x = source.unsafe_bitcast[Scalar[T]]()
    if source_down == 1 and target_across == 1:
        _transpose[T](y, target_down, x, source_across, rows, columns)
    elif target_down == 1 and source_across == 1:
        _transpose[T](y, target_across, x, source_down, columns, rows)
    elif abs(source_down) + abs(target_down) < abs(source_across) + abs(target_across):
        for c in range(columns):
            _copy_run[T](
                y.unsafe_offset(c * target_across),
                target_down,
                x.unsafe_offset(c * source_across),
                source_down,
                rows,
            )
    else:
        for r in range(rows):
            _copy_run[T](
                y.unsafe_offset(r * target_down),
                target_across,
                x.unsafe_offset(r * source_down),
                source_across,
                columns,
            )


@always_inline
def _copy_run[T: DType](y: Buffer[T], y_step: Int, x: Buffer[T], x_step: Int, count: Int):
    """Copies a run; steps of 1, -1 and 2 by whole vectors."""
    comptime W = min(simd_width_of[T](), 16)
    var i = 0
    if y_step == 1:
        if x_step == 1:
            while i + W <= count:
                y.unsafe_store(i, x.unsafe_load[width=W](i))
                i += W
        elif x_step == -1:
            while i + W <= count:
                y.unsafe_store(i, x.unsafe_load[width=W](1 - W - i).reversed())
                i += W
        elif x_step == 2:
            while i + W <= count:
                # the second vector starts one element early, because the last one may be the last that there is
                var low = x.unsafe_load[width=W](2 * i).deinterleave()
                var high = x.unsafe_load[width=W](2 * i + W - 1).deinterleave()
                y.unsafe_store(i, low[0].join(high[1]))
                i += W
    while i < count:
        y.unsafe_store(i * y_step, x.unsafe_load(i * x_step))
        i += 1


def _transpose[
    T: DType
](y: Buffer[T], y_down: Int, x: Buffer[T], x_across: Int, rows: Int, columns: Int,):
    """Copies x, whose columns are contiguous, to y, whose rows are, in squares of vectors."""
    comptime W = min(simd_width_of[T](), 16)
    var whole_rows = rows // W * W
    var whole_columns = columns // W * W
    for c in range(0, whole_columns, W):
        for r in range(0, whole_rows, W):
            _transpose_square[T, W](
                y.unsafe_offset(r * y_down + c),
                y_down,
                x.unsafe_offset(c * x_across + r),
                x_across,
            )
    for c in range(columns):
        for r in range(0 if c >= whole_columns else whole_rows, rows):
            y.unsafe_store(r * y_down + c, x.unsafe_load(c * x_across + r))


@always_inline
def _transpose_square[T: DType, W: Int](y: Buffer[T], y_down: Int, x: Buffer[T], x_across: Int):
    """Turns a square of W vectors in registers."""
    var v = Array[SIMD[T, W], W](fill=0)
    comptime for i in range(W):
        v[i] = x.unsafe_load[width=W](i * x_across)
    turn(v)
    comptime for i in range(W):
        y.unsafe_store(i * y_down, v[i])


@always_inline
def turn[T: DType, W: Int](mut v: Array[SIMD[T, W], W]):
    """Transposes a square of vectors: log W rounds of interleaving vector i with vector i + W/2.

    Parameters:
        T: The dtype.
        W: The number of vectors and of their lanes, a power of two.

    Args:
        v: The rows; they become the columns.
    """
    comptime for _ in range(log2_floor(W)):
        var turned = Array[SIMD[T, W], W](fill=0)
        comptime for i in range(W // 2):
            var pair = v[i].interleave(v[i + W // 2])
            turned[2 * i] = pair.slice[W]()
            turned[2 * i + 1] = pair.slice[W, offset=W]()
        v = turned^
