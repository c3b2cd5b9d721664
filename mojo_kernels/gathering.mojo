"""Gathering and scattering along the middle one of three dimensions, with an index for each element.

    gather:   y[o, j, c] = x[o, index[o, j, c], c]
    scatter:  y[o, index[o, j, c], c] = x[o, j, c]     or +=, *=, max=, min=; in the order of j

The gradient of gather is a scatter that adds, into zeros, which "scatter_sum" writes itself. The indexed tensor is
(outer, size, inner), the index and the other tensor are (outer, n, inner), all of them contiguous; no element of the
index may be negative. `x_step` is 0 where x is a single value. On the CPU a piece of the index is checked right before
it is used, as reading all of it beforehand takes longer than the rest; `found` then tells whether an element was out
of range. A GPU leaves out what a bad entry names and reports it, in the name of the operation whose number `found` is.

`FlatIndex` makes one index of several: y[u] = y[u] * size + index[u], where a negative element counts from the end.
"""

from std.sys import is_gpu, simd_width_of, size_of
from std.utils.numerics import isnan

from mojo_kernels.indexing import launch_scatter
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu_faults import launch_telling, number_of, report
from mojo_kernels.runtime.gpu_order import EXTRA, KEY, first_of
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import clear, lanes
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.types import Buffer, INDEX_OUT_OF_RANGE, OK, Words, buffer, dtype_name, word
from mojo_kernels.runtime.words import Names, count_words

comptime GRAIN = 64
"""Elements of a share are a multiple of this: a cache line at least, so that workers seldom share one."""
comptime NS = 1.0
"""Nanoseconds that following an index takes."""
comptime PIECE = 2048
"""Entries of the index that are checked at a time: they stay in the first cache until they are followed."""
comptime SET = 0
"""The element is replaced."""
comptime ADD = 1
"""It is added to."""
comptime MUL = 2
"""It is multiplied."""
comptime MAX = 3
"""It becomes the greater one."""
comptime MIN = 4
"""It becomes the lesser one."""
comptime SUM = 5
"""It becomes the sum of all that is added; an element that nothing is added to becomes 0."""
comptime _INDEXED = " x:r index:r outer n inner size found"
comptime WORDS: StaticString = "y:w" + _INDEXED
"""The words of `Gather`, with which those of `ScatterAlong` begin (words.mojo)."""
comptime AT = Names[WORDS]()
"""Their indices."""


def _check(index: Buffer[DType.int64], count: Int, low: Int64, high: Int64) -> Int64:
    """Returns `INDEX_OUT_OF_RANGE` where an entry lies outside of low <= entry < high."""
    var bad = False

    def body[w: Int](i: Int) {imm, mut bad}:
        var rows = index.unsafe_load[width=w](i)
        bad = bad | (rows.lt(low) | rows.ge(high)).reduce_or()

    lanes[Tiled, simd_width_of[DType.int64]()](count, body)
    return INDEX_OUT_OF_RANGE if bad else OK


def _asked_by(args: Words, name: String) -> Int64:
    """Returns the number of a kernel and of the operation that asked for it."""
    return number_of(name, word(args, AT.found))


@always_inline
def _inside(args: Words, index: Buffer[DType.int64], count: Int) -> Bool:
    """Returns whether entries of an index may be followed; remembers it if not. On a GPU each is looked at by itself.
    """
    comptime if is_gpu():
        return True
    if _check(index, count, 0, Int64(word(args, AT.size))) == OK:
        return True
    args.unsafe_store(AT.found, INDEX_OUT_OF_RANGE)
    return False


@always_inline
def _entry[words: StaticString](args: Words, index: Buffer[DType.int64], i: Int) -> Int:
    """Returns an entry of the index; on a GPU -1, and reports it, where it is out of range."""
    var entry = index.unsafe_load(i)
    comptime if is_gpu():
        var size = Int64(word(args, AT.size))
        if entry < 0 or entry >= size:
            report(args, count_words[words](args), entry, size)
            return -1
    return Int(entry)


@doc_hidden
struct Gather[dt: DType](Kernel):
    """A unit is one element of y."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("gather.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.outer) * word(args, AT.n) * word(args, AT.inner)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 0, 2 * size_of[Self.dt]() + 8, NS)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def check(args: Words) -> Int64:
        args.unsafe_store(AT.found, OK)
        return OK

    @staticmethod
    def found(args: Words) -> Int64:
        return args.unsafe_load(AT.found)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_telling[Self.run[Original]](
            ctx, args, Self.words(args), _asked_by(args, Self.name()), Self.units(args)
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var index = buffer[DType.int64](args, AT.index)
        for first in range(start, stop, PIECE):
            var last = min(first + PIECE, stop)
            if not _inside(args, index.unsafe_offset(first), last - first):
                return
            Self._follow(args, index, first, last)

    @always_inline
    @staticmethod
    def _follow(args: Words, index: Buffer[DType.int64], start: Int, stop: Int):
        """Gathers the elements from `start` to `stop`."""
        var y = buffer[Self.dt](args, AT.y)
        var n = word(args, AT.n)
        var inner = word(args, AT.inner)
        var block = word(args, AT.size) * inner
        var at = start
        while at < stop:
            if inner == 1:
                var outer = at // n
                var end = min((outer + 1) * n, stop)
                var x = buffer[Self.dt](args, AT.x).unsafe_offset(outer * block)
                for i in range(at, end):
                    var row = _entry[WORDS](args, index, i)
                    y.unsafe_store(i, x.unsafe_load(max(row, 0) if is_gpu() else row))
                at = end
            else:
                var row = at // inner
                var end = min((row + 1) * inner, stop)
                var x = buffer[Self.dt](args, AT.x).unsafe_offset(row // n * block - row * inner)
                for i in range(at, end):
                    var entry = _entry[WORDS](args, index, i)
                    y.unsafe_store(i, x.unsafe_load((max(entry, 0) if is_gpu() else entry) * inner + i))
                at = end


@always_inline
def _store[how: Int, dt: DType](y: Buffer[dt], at: Int, value: Scalar[dt]):
    """Changes one element."""
    comptime if how == SET:
        y.unsafe_store(at, value)
    elif how == ADD or how == SUM:
        y.unsafe_store(at, y.unsafe_load(at) + value)
    elif how == MUL:
        y.unsafe_store(at, y.unsafe_load(at) * value)
    else:
        var old = y.unsafe_load(at)
        comptime if dt.is_floating_point():  # nan wins, as in other maxima
            if isnan(old) or isnan(value):
                y.unsafe_store(at, old + value)
                return
        comptime if how == MAX:
            y.unsafe_store(at, max(old, value))
        else:
            y.unsafe_store(at, min(old, value))


@doc_hidden
struct ScatterAlong[how: Int, dt: DType](Kernel):
    """A unit is one of the outer * inner columns of y, so that one worker does all that goes to the same element.
    """

    comptime WORDS: StaticString = ("y:w" if Self.how == SUM else "y:u") + _INDEXED + " x_step"

    @staticmethod
    def name() -> String:
        comptime NAMES: List[StaticString] = ["set", "add", "mul", "max", "min", "sum"]
        return String("scatter_", materialize[NAMES]()[Self.how], ".forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.outer) * word(args, Self.AT.inner)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args) * word(args, Self.AT.n), 0, 3 * size_of[Self.dt]() + 8, NS)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN if word(args, Self.AT.inner) > 1 else 1

    @staticmethod
    def check(args: Words) -> Int64:
        args.unsafe_store(AT.found, OK)
        return OK

    @staticmethod
    def found(args: Words) -> Int64:
        return args.unsafe_load(AT.found)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var columns = Self.units(args)
        var size = word(args, Self.AT.size)
        launch_scatter[Self.run[Original], Self.elements, Self.keys, Self.sums](
            ctx,
            args,
            Self.words(args),
            _asked_by(args, Self.name()),
            columns,
            size,
            columns * word(args, Self.AT.n),
            columns * size,
        )

    @staticmethod
    def keys(args: Words, start: Int, stop: Int):
        """Writes the keys of entries, on a GPU: the elements of y that they name, behind the last one for those that name none.
        """
        var index = buffer[DType.int64](args, Self.AT.index)
        var n = word(args, Self.AT.n)
        var inner = word(args, Self.AT.inner)
        var size = word(args, Self.AT.size)
        for i in range(start, stop):
            var entry = Int(index.unsafe_load(i))
            var key = (i // inner // n * size + entry) * inner + i % inner
            if entry < 0 or entry >= size:
                report(args, Self.words(args) + EXTRA, Int64(entry), Int64(size))
                key = Self.units(args) * size
            buffer[KEY](args, Self.words(args)).unsafe_store(i, UInt32(key))

    @staticmethod
    def sums(args: Words, start: Int, stop: Int):
        """Does elements of y, on a GPU, of entries in the order of the elements that they name."""
        var keys = buffer[KEY](args, Self.words(args))
        var order = buffer[KEY](args, Self.words(args) + 1)
        var entries = word(args, Self.words(args) + 2)
        var step = word(args, Self.AT.x_step)
        for at in range(start, stop):
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(at)
            comptime if Self.how == SUM:
                y[] = 0
            var i = first_of(keys, entries, at)
            while i < entries and Int(keys.unsafe_load(i)) == at:
                _store[Self.how](
                    y, 0, buffer[Self.dt](args, Self.AT.x).unsafe_load(Int(order.unsafe_load(i)) * step)
                )
                i += 1

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Does elements of y, on a GPU: each looks through the index for the entries that name its row."""
        var index = buffer[DType.int64](args, Self.AT.index)
        var n = word(args, Self.AT.n)
        var inner = word(args, Self.AT.inner)
        var size = word(args, Self.AT.size)
        var step = word(args, Self.AT.x_step)
        for at in range(start, stop):
            var row = at // inner % size
            var first = at // inner // size * n * inner + at % inner
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(at)
            comptime if Self.how == SUM:
                y[] = 0
            for j in range(first, first + n * inner, inner):
                if _entry[Self.WORDS](args, index, j) == row:
                    _store[Self.how](y, 0, buffer[Self.dt](args, Self.AT.x).unsafe_load(j * step))

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var inner = word(args, Self.AT.inner)
        var block = word(args, Self.AT.size) * inner
        var at = start
        while at < stop:
            var outer = at // inner
            var column = at - outer * inner
            var count = min(inner - column, stop - at)
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(outer * block)
            var inside: Bool
            if inner == 1:
                comptime if Self.how == SUM:
                    clear[S](y, block)
                inside = Self._column(args, y, outer)
            else:
                comptime if Self.how == SUM:
                    for row in range(0, block, inner):
                        clear[S](y.unsafe_offset(row + column), count)
                inside = Self._columns(args, y, outer, column, count)
            if not inside:
                return
            at += count

    @always_inline
    @staticmethod
    def _column(args: Words, y: Buffer[Self.dt], outer: Int) -> Bool:
        """Scatters a column whose elements lie next to each other; returns whether all entries were inside.
        """
        var n = word(args, Self.AT.n)
        var step = word(args, Self.AT.x_step)
        var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(outer * n * step)
        var index = buffer[DType.int64](args, Self.AT.index).unsafe_offset(outer * n)
        for first in range(0, n, PIECE):
            var last = min(first + PIECE, n)
            if not _inside(args, index.unsafe_offset(first), last - first):
                return False
            for i in range(first, last):
                var row = _entry[Self.WORDS](args, index, i)
                comptime if is_gpu():
                    if row < 0:
                        continue
                _store[Self.how](y, row, x.unsafe_load(i * step))
        return True

    @always_inline
    @staticmethod
    def _columns(args: Words, y: Buffer[Self.dt], outer: Int, column: Int, count: Int) -> Bool:
        """Scatters columns side by side, row after row; returns whether all entries were inside."""
        var x = buffer[Self.dt](args, Self.AT.x)
        var index = buffer[DType.int64](args, Self.AT.index)
        var n = word(args, Self.AT.n)
        var inner = word(args, Self.AT.inner)
        var step = word(args, Self.AT.x_step)
        for j in range(n):
            var row = (outer * n + j) * inner
            if not _inside(args, index.unsafe_offset(row + column), count):
                return False
            for c in range(column, column + count):
                var i = row + c
                var entry = _entry[Self.WORDS](args, index, i)
                comptime if is_gpu():
                    if entry < 0:
                        continue
                _store[Self.how](y, entry * inner + c, x.unsafe_load(i * step))
        return True


@doc_hidden
struct FlatIndex(Kernel):
    """A unit is one entry of y."""

    comptime WORDS: StaticString = "y:u index:r n size"

    @staticmethod
    def name() -> String:
        return String("flat_index.forward.int64")

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.n)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.n), 3, 24, NS)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def check(args: Words) -> Int64:
        var size = Int64(word(args, Self.AT.size))
        return _check(buffer[DType.int64](args, Self.AT.index), word(args, Self.AT.n), -size, size)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_telling[Self.run[Original]](
            ctx, args, Self.words(args), number_of(Self.name()), Self.units(args)
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[DType.int64](args, Self.AT.y)
        var index = buffer[DType.int64](args, Self.AT.index)
        var size = Int64(word(args, Self.AT.size))
        for i in range(start, stop):
            var entry = index.unsafe_load(i)
            comptime if is_gpu():
                if entry < -size or entry >= size:
                    report(args, Self.words(args), entry, size)
                    entry = 0
            y.unsafe_store(i, y.unsafe_load(i) * size + (entry + size if entry < 0 else entry))
