"""Movement by index along the middle one of three dimensions: gather, scatter-add and scatter.

    index_select: y[o, i, :] = x[o, index[i], :]
    index_add:    y[o, index[i], :] += x[o, i, :]    (in the order of i)
    index_sum:    the same, from zeros on, which it writes itself, row by row of y where it is given room for lists
    index_copy:   y[o, index[i], :] = x[o, i, :]     (the later i wins)

A negative entry counts from the end where `wraps` is odd, and is out of range where it is even; half of it is the number of
the operation that a GPU tells bad entries of, 0 for the kernel's own. The gradient of index_select is index_sum.

The indexed tensor is (outer, size, inner), the other one (outer, n, inner), the index (n,) of int64; all are
contiguous. On the CPU the index is checked before anything is done; a GPU leaves out what a bad entry names and reports
it. There a thread does an element of y where columns are too few for a thread each: it looks through a short index for the
entries that name its row, a long one is sorted first (runtime/gpu_order.mojo).
`x_step` is 0 where x is one row (outer, 1, inner) for all i, else 1. `lists` is the address of size + n
cells of int32, or 0.
"""

from std.sys import is_gpu, simd_width_of, size_of

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu_faults import launch_telling, number_of, report
from mojo_kernels.runtime.gpu_order import (
    EXTRA,
    FEW_ENTRIES,
    KEY,
    MOST_ENTRIES,
    first_of,
    launch_ordered,
)
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import clear, lanes
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import Buffer, INDEX_OUT_OF_RANGE, OK, Words, buffer, dtype_name, word
from mojo_kernels.runtime.words import Names, count_words

comptime GRAIN = 64
"""Elements of a share are a multiple of this: a cache line at least, so that workers seldom share one."""
comptime NS_PER_ROW = 2.0
"""Nanoseconds that finding a row takes."""
comptime _FEW_COLUMNS = 4096
"""Columns up to which a GPU has a thread for each element instead: too few threads to fill it."""
comptime COPY = 0
"""Rows are replaced."""
comptime ADD = 1
"""Rows are added to."""
comptime _INDEXED = " x:r index:r outer n inner size wraps"
comptime WORDS: StaticString = "y:w" + _INDEXED
"""The words of `IndexSelect`, with which those of the others begin (words.mojo)."""
comptime AT = Names[WORDS]()
"""Their indices."""


@always_inline
def _copy[S: Schedule, dt: DType](y: Buffer[dt], x: Buffer[dt], count: Int):
    comptime W = simd_width_of[dt]()
    comptime if S.SIMD:
        if count >= W:
            var last = count - W
            var i = 0
            while i < last:
                y.unsafe_store(i, x.unsafe_load[width=W](i))
                i += W
            y.unsafe_store(last, x.unsafe_load[width=W](last))  # may overlap the vector before it
            return
    for i in range(count):
        y.unsafe_store(i, x.unsafe_load(i))


@always_inline
def _add[S: Schedule, dt: DType](y: Buffer[dt], x: Buffer[dt], count: Int):
    def body[w: Int](i: Int) {imm}:
        y.unsafe_store(i, y.unsafe_load[width=w](i) + x.unsafe_load[width=w](i))

    lanes[S, simd_width_of[dt]()](count, body)


@always_inline
def _row(index: Buffer[DType.int64], i: Int, size: Int) -> Int:
    """Returns the row that entry `i` of the index names."""
    var row = Int(index.unsafe_load(i))
    return row + size if row < 0 else row


@always_inline
def _least(args: Words) -> Int:
    """Returns the least entry that an index may have."""
    return -word(args, AT.size) * (word(args, AT.wraps) & 1)


def asked_by(args: Words, name: String) -> Int64:
    """Returns the number of a kernel and of the operation that asked for it.

    Args:
        args: The packed words of a kernel of this module.
        name: The kernel's name.

    Returns:
        What `report` tells.
    """
    return number_of(name, word(args, AT.wraps) >> 1)


@always_inline
def _found[words: StaticString](args: Words, index: Buffer[DType.int64], i: Int, size: Int) -> Int:
    """Returns the row that entry `i` of the index names; on a GPU -1, and reports it, where there is no such row.
    """
    comptime if is_gpu():
        var entry = Int(index.unsafe_load(i))
        if entry >= size or entry < _least(args):
            report(args, count_words[words](args), Int64(entry), Int64(size))
            return -1
    return _row(index, i, size)


def launch_scatter[
    columns: Part, elements: Part, keys: Part, sums: Part
](
    ctx: ContextPointer,
    args: Words,
    count: Int,
    number: Int64,
    units: Int,
    size: Int,
    entries: Int,
    most: Int,
) raises:
    """Launches a kernel that adds entries up by index: a thread for each column, or for each element where they are few.

    Parameters:
        columns: Does columns.
        elements: Does elements, of which each looks through the index.
        keys: Writes the keys of entries.
        sums: Does elements, of entries in the order of their keys.

    Args:
        ctx: The call's context.
        args: The packed words.
        count: Their number.
        number: What tells of bad values (`number_of`).
        units: The number of columns.
        size: The elements of a column.
        entries: The number of entries that have keys.
        most: The largest key.

    Raises:
        What the device's driver reports.
    """
    if ctx[].workers < 0 or units > _FEW_COLUMNS or max(entries, most) >= MOST_ENTRIES:
        launch_telling[columns](ctx, args, count, number, units)
    elif entries <= FEW_ENTRIES:
        launch_telling[elements](ctx, args, count, number, units * size)
    else:
        launch_ordered[keys, sums](ctx, args, count, number, entries, most, units * size)


def _check(args: Words) -> Int64:
    """Returns `INDEX_OUT_OF_RANGE` where an entry of the index names no row."""
    var index = buffer[DType.int64](args, AT.index)
    var size = Int64(word(args, AT.size))
    var least = Int64(_least(args))
    var bad = False

    def body[w: Int](i: Int) {imm, mut bad}:
        var rows = index.unsafe_load[width=w](i)
        bad = bad | (rows.lt(least) | rows.ge(size)).reduce_or()

    lanes[Tiled, simd_width_of[DType.int64]()](word(args, AT.n), body)
    return INDEX_OUT_OF_RANGE if bad else OK


@always_inline
def _cost(args: Words, bytes: Int) -> Cost:
    var rows = word(args, AT.outer) * word(args, AT.n)
    return Cost(rows, 0, word(args, AT.inner) * bytes, NS_PER_ROW)


@doc_hidden
struct IndexSelect[dt: DType](Kernel):
    """A unit is one element of y."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("index_select.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.outer) * word(args, AT.n) * word(args, AT.inner)

    @staticmethod
    def cost(args: Words) -> Cost:
        return _cost(args, 2 * size_of[Self.dt]())

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def check(args: Words) -> Int64:
        return _check(args)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_telling[Self.run[Original]](
            ctx, args, Self.words(args), asked_by(args, Self.name()), Self.units(args)
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, AT.y)
        var x = buffer[Self.dt](args, AT.x)
        var index = buffer[DType.int64](args, AT.index)
        var n = word(args, AT.n)
        var inner = word(args, AT.inner)
        var size = word(args, AT.size)
        var column = start % inner
        var i = start // inner % n
        var block = x.unsafe_offset(start // inner // n * size * inner)
        var at = start
        if inner == 1:  # single elements: no run to copy
            while at < stop:
                var end = min(at + n - i, stop)
                for j in range(end - at):
                    var row = _found[WORDS](args, index, i + j, size)
                    y.unsafe_store(at + j, block.unsafe_load(max(row, 0) if is_gpu() else row))
                at = end
                i = 0
                block = block.unsafe_offset(size)
            return
        while at < stop:
            var count = min(inner - column, stop - at)
            var row = _found[WORDS](args, index, i, size)
            var source = block.unsafe_offset((max(row, 0) if is_gpu() else row) * inner + column)
            _copy[S](y.unsafe_offset(at), source, count)
            at += count
            column = 0
            i += 1
            if i == n:
                i = 0
                block = block.unsafe_offset(size * inner)


@always_inline
def _by_columns[S: Schedule, how: Int, dt: DType, words: StaticString](args: Words, start: Int, stop: Int):
    """Does columns of y, of a kernel that declares `words`."""
    comptime AT = Names[words]()
    var index = buffer[DType.int64](args, AT.index)
    var n = word(args, AT.n)
    var inner = word(args, AT.inner)
    var size = word(args, AT.size)
    var step = inner
    comptime if how == COPY:
        step = inner * word(args, AT.x_step)
    var rows = n if step > 0 else 1
    var at = start
    while at < stop:
        var outer = at // inner
        var column = at - outer * inner
        var count = min(inner - column, stop - at)
        var y = buffer[dt](args, AT.y).unsafe_offset(outer * size * inner + column)
        var x = buffer[dt](args, AT.x).unsafe_offset(outer * rows * inner + column)
        comptime if how != COPY:
            if inner == 1:  # single elements: no run to add
                for i in range(n):
                    var to = _found[words](args, index, i, size)
                    comptime if is_gpu():
                        if to < 0:
                            continue
                    y.unsafe_store(to, y.unsafe_load(to) + x.unsafe_load(i))
                at += count
                continue
        for i in range(n):
            var row = _found[words](args, index, i, size)
            comptime if is_gpu():
                if row < 0:
                    continue
            var target = y.unsafe_offset(row * inner)
            comptime if how != COPY:
                _add[S](target, x.unsafe_offset(i * step), count)
            else:
                _copy[S](target, x.unsafe_offset(i * step), count)
        at += count


@always_inline
def _elements[how: Int, dt: DType, words: StaticString, clears: Bool](args: Words, start: Int, stop: Int):
    """Does elements of y, on a GPU: each looks through the index for the entries that name its row."""
    comptime AT = Names[words]()
    var index = buffer[DType.int64](args, AT.index)
    var n = word(args, AT.n)
    var inner = word(args, AT.inner)
    var size = word(args, AT.size)
    var rows = n
    comptime if how == COPY:
        rows = n if word(args, AT.x_step) != 0 else 1
    for at in range(start, stop):
        var row = at // inner % size
        var y = buffer[dt](args, AT.y).unsafe_offset(at)
        var x = buffer[dt](args, AT.x).unsafe_offset(at // inner // size * rows * inner + at % inner)
        var value = Scalar[dt](0) if clears else y[]
        for i in range(n):
            if _found[words](args, index, i, size) == row:
                var other = x.unsafe_load(i * inner if rows == n else 0)
                comptime if how == COPY:
                    value = other
                else:
                    value += other
        y[] = value


def _keys[words: StaticString](args: Words, start: Int, stop: Int):
    """Writes the keys of entries, on a GPU: the rows that they name, and the number of rows for those that name none.
    """
    comptime AT = Names[words]()
    var count = count_words[words](args)
    var size = word(args, AT.size)
    for i in range(start, stop):
        var entry = Int(buffer[DType.int64](args, AT.index).unsafe_load(i))
        if entry >= size or entry < _least(args):
            report(args, count + EXTRA, Int64(entry), Int64(size))
            entry = size
        var key = entry + size if entry < 0 else entry
        buffer[KEY](args, count).unsafe_store(i, UInt32(key))


def _sums[how: Int, dt: DType, words: StaticString, clears: Bool](args: Words, start: Int, stop: Int):
    """Does elements of y, on a GPU, of entries in the order of the rows that they name."""
    comptime AT = Names[words]()
    var count = count_words[words](args)
    var keys = buffer[KEY](args, count)
    var order = buffer[KEY](args, count + 1)
    var entries = word(args, count + 2)
    var inner = word(args, AT.inner)
    var size = word(args, AT.size)
    var step = inner
    comptime if how == COPY:
        step = inner * word(args, AT.x_step)
    for at in range(start, stop):
        var row = at // inner % size
        var rows = entries if step > 0 else 1
        var x = buffer[dt](args, AT.x).unsafe_offset(at // inner // size * rows * inner + at % inner)
        var y = buffer[dt](args, AT.y).unsafe_offset(at)
        var value = Scalar[dt](0) if clears else y[]
        comptime if how == COPY:
            var last = first_of(keys, entries, row + 1) - 1
            if last >= 0 and Int(keys.unsafe_load(last)) == row:
                value = x.unsafe_load(Int(order.unsafe_load(last)) * step)
        else:
            var i = first_of(keys, entries, row)
            while i < entries and Int(keys.unsafe_load(i)) == row:
                value += x.unsafe_load(Int(order.unsafe_load(i)) * step)
                i += 1
        y[] = value


@doc_hidden
struct Scatter[how: Int, dt: DType](Kernel):
    """A unit is one of the outer * inner columns of y, so that one worker does all that goes to the same element.
    """

    comptime WORDS: StaticString = "y:u" + _INDEXED + (" x_step" if Self.how == COPY else "")

    @staticmethod
    def name() -> String:
        comptime NAMES: List[StaticString] = ["index_copy", "index_add"]
        return String(materialize[NAMES]()[Self.how], ".forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.outer) * word(args, Self.AT.inner)

    @staticmethod
    def cost(args: Words) -> Cost:
        return _cost(args, 3 * size_of[Self.dt]())

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN if word(args, Self.AT.inner) > 1 else 1

    @staticmethod
    def check(args: Words) -> Int64:
        return _check(args)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var size = word(args, Self.AT.size)
        launch_scatter[
            Self.run[Original],
            Self.elements,
            _keys[Self.WORDS],
            _sums[Self.how, Self.dt, Self.WORDS, False],
        ](
            ctx,
            args,
            Self.words(args),
            asked_by(args, Self.name()),
            Self.units(args),
            size,
            word(args, Self.AT.n),
            size,
        )

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Does elements of y: what the entries name that name their rows, in order."""
        _elements[Self.how, Self.dt, Self.WORDS, False](args, start, stop)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        _by_columns[S, Self.how, Self.dt, Self.WORDS](args, start, stop)


@always_inline
def _start[S: Schedule, dt: DType](y: Buffer[dt], x: Buffer[dt], count: Int):
    """Writes 0 + x: what adding to zeros gives, where -0 becomes 0."""

    def body[w: Int](i: Int) {imm}:
        y.unsafe_store(i, SIMD[dt, w](0) + x.unsafe_load[width=w](i))

    lanes[S, simd_width_of[dt]()](count, body)


@doc_hidden
struct IndexSum[dt: DType](Kernel):
    """With lists, a unit is one element of y, which is written once: the entries of the index that name a row form a
    list, in order. Without lists, a unit is one of the outer * inner columns of y, as in `Scatter`.

    The lists are worth their making where y has about as many rows as the index has entries: y is then written once
    instead of cleared, read and written. A sum has the same order either way.
    """

    comptime WORDS: StaticString = "y:w" + _INDEXED + " lists:w"

    @staticmethod
    def name() -> String:
        return String("index_sum.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return (
            word(args, Self.AT.outer)
            * word(args, Self.AT.inner)
            * (word(args, Self.AT.size) if Self._listed(args) else 1)
        )

    @staticmethod
    def cost(args: Words) -> Cost:
        return _cost(args, 3 * size_of[Self.dt]())

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN if word(args, Self.AT.inner) > 1 else 1

    @staticmethod
    def check(args: Words) -> Int64:
        var status = _check(args)
        if status == OK and Self._listed(args):
            Self._list(args)
        return status

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        # by rows or by columns, a unit here is a column
        var columns = word(args, Self.AT.outer) * word(args, Self.AT.inner)
        var size = word(args, Self.AT.size)
        launch_scatter[
            Self._columns[Original],
            Self.elements,
            _keys[Self.WORDS],
            _sums[ADD, Self.dt, Self.WORDS, True],
        ](
            ctx,
            args,
            Self.words(args),
            asked_by(args, Self.name()),
            columns,
            size,
            word(args, Self.AT.n),
            size,
        )

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Does elements of y: sums of what the entries name that name their rows, in order."""
        _elements[ADD, Self.dt, Self.WORDS, True](args, start, stop)

    @always_inline
    @staticmethod
    def _listed(args: Words) -> Bool:
        return word(args, Self.AT.lists) != 0

    @staticmethod
    def _list(args: Words):
        """Makes the lists: `size` cells with the first entry for each row or -1, then `n` with the next entry or -1.
        """
        var index = buffer[DType.int64](args, Self.AT.index)
        var first = buffer[DType.int32](args, Self.AT.lists)
        var size = word(args, Self.AT.size)
        var next = first.unsafe_offset(size)

        def none[w: Int](row: Int) {imm}:
            first.unsafe_store(row, SIMD[DType.int32, w](-1))

        lanes[Tiled, simd_width_of[DType.int32]()](size, none)
        for i in range(word(args, Self.AT.n) - 1, -1, -1):
            var row = _row(index, i, size)
            next.unsafe_store(i, first.unsafe_load(row))
            first.unsafe_store(row, Int32(i))

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        if Self._listed(args):
            Self._rows[S](args, start, stop)
        else:
            Self._columns[S](args, start, stop)

    @always_inline
    @staticmethod
    def _rows[S: Schedule](args: Words, start: Int, stop: Int):
        """Writes elements of y, a row or a part of one at a time, and rows that no entry names at once."""
        var n = word(args, Self.AT.n)
        var inner = word(args, Self.AT.inner)
        var size = word(args, Self.AT.size)
        var first = buffer[DType.int32](args, Self.AT.lists)
        var next = first.unsafe_offset(size)
        var at = start
        while at < stop:
            var row = at // inner
            var column = at - row * inner
            var outer = row // size
            var count = min(inner - column, stop - at)
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(at)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(outer * n * inner + column)
            row -= outer * size
            var i = Int(first.unsafe_load(row))
            if i >= 0:
                _start[S](y, x.unsafe_offset(i * inner), count)
                i = Int(next.unsafe_load(i))
                while i >= 0:
                    _add[S](y, x.unsafe_offset(i * inner), count)
                    i = Int(next.unsafe_load(i))
            else:
                row += 1
                while at + count < stop and row < size and first.unsafe_load(row) < 0:
                    count += min(inner, stop - at - count)
                    row += 1
                clear[S](y, count)
            at += count

    @always_inline
    @staticmethod
    def _columns[S: Schedule](args: Words, start: Int, stop: Int):
        """Clears columns of y, then adds to them."""
        var inner = word(args, Self.AT.inner)
        var size = word(args, Self.AT.size)
        var at = start
        while at < stop:
            var outer = at // inner
            var column = at - outer * inner
            var count = min(inner - column, stop - at)
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(outer * size * inner + column)
            if inner == 1:
                clear[S](y, size)
            else:
                for row in range(size):
                    clear[S](y.unsafe_offset(row * inner), count)
            at += count
        _by_columns[S, ADD, Self.dt, Self.WORDS](args, start, stop)
