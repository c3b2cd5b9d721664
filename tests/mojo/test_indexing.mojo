"""Gather and scatter against plain loops, under both schedules and any number of workers."""

from std.testing import TestSuite, assert_equal, assert_true

from mojo_kernels.indexing import ADD, COPY, IndexSelect, IndexSum, Scatter
from mojo_kernels.runtime.schedule import Original, Tiled
from mojo_kernels.runtime.types import INDEX_OUT_OF_RANGE, NUMBERS, STORED
from support import Machine, SIZES, address, keep, numbers, same_bits, zeros

comptime SHAPES = [(1, 5, 1), (3, 33, 2), (2, 3, 31), (1, 7, 4097), (2, 40, 129)]
"""Outer, size and inner."""


def _index(n: Int, size: Int) -> List[Int64]:
    """Entries from -size to size - 1, some of them more than once."""
    var index = List[Int64]()
    for i in range(n):
        index.append(Int64(i * 5 % (2 * size) - size))
    return index^


def _row(entry: Int64, size: Int) -> Int:
    return Int(entry) + size if entry < 0 else Int(entry)


def _check_select[dt: DType](m: Machine, outer: Int, size: Int, inner: Int, n: Int) raises:
    var x = numbers[dt](outer * size * inner, n)
    var index = _index(n, size)
    var y = zeros[dt](outer * n * inner)
    var words: List[Int64] = [address(y), address(x), address(index)]
    words.extend([Int64(outer), Int64(n), Int64(inner), Int64(size), 1])
    var original = m.both[IndexSelect[dt]](words, y)
    var expected = List[Scalar[dt]]()
    for o in range(outer):
        for i in range(n):
            for c in range(inner):
                expected.append(x[(o * size + _row(index[i], size)) * inner + c])
    assert_true(same_bits(y, expected), String(dt, " ", outer, " ", size, " ", inner, " ", n))
    assert_true(same_bits(original, expected), "original")


def _check_scatter[
    how: Int, dt: DType
](m: Machine, outer: Int, size: Int, inner: Int, n: Int, step: Int) raises:
    var rows = n if step == 1 else 1
    var x = numbers[dt](outer * rows * inner, n)
    var index = _index(n, size)
    var y = numbers[dt](outer * size * inner, n + 1)
    var expected = y.copy()
    var words: List[Int64] = [address(y), address(x), address(index)]
    words.extend([Int64(outer), Int64(n), Int64(inner), Int64(size), 1])
    comptime if how == COPY:
        words.append(Int64(step))
    var original = m.both[Scatter[how, dt]](words, y)
    for o in range(outer):
        for i in range(n):
            for c in range(inner):
                var target = (o * size + _row(index[i], size)) * inner + c
                var value = x[(o * rows + i * step) * inner + c]
                expected[target] = value if how == COPY else expected[target] + value
    assert_true(same_bits(y, expected), String(dt, " ", outer, " ", size, " ", inner, " ", n))
    assert_true(same_bits(original, expected), "original")


def _check_sum[dt: DType](m: Machine, outer: Int, size: Int, inner: Int, n: Int, listed: Bool) raises:
    var x = numbers[dt](outer * n * inner, n)
    var index = _index(n, size)
    var y = numbers[dt](outer * size * inner, n + 1)
    var lists = zeros[DType.int32](size + n)
    var words: List[Int64] = [address(y), address(x), address(index)]
    words.extend([Int64(outer), Int64(n), Int64(inner), Int64(size), 1, address(lists) if listed else 0])
    var original = m.both[IndexSum[dt]](words, y)
    keep(lists)
    var expected = zeros[dt](len(y))
    for o in range(outer):
        for i in range(n):
            for c in range(inner):
                expected[(o * size + _row(index[i], size)) * inner + c] += x[(o * n + i) * inner + c]
    assert_true(same_bits(y, expected), String(dt, " ", outer, " ", size, " ", inner, " ", n, " ", listed))
    assert_true(same_bits(original, expected), "original")


def test_index_select() raises:
    var m = Machine()
    comptime for dt in STORED:
        comptime for n in SIZES:
            _check_select[dt](m, 2, 9, 3, n)
        comptime for shape in SHAPES:
            _check_select[dt](m, shape[0], shape[1], shape[2], 23)


def test_index_add() raises:
    var m = Machine()
    comptime for dt in NUMBERS:
        comptime for n in SIZES:
            _check_scatter[ADD, dt](m, 2, 9, 3, n, 1)
        comptime for shape in SHAPES:
            _check_scatter[ADD, dt](m, shape[0], shape[1], shape[2], 23, 1)


def test_index_sum() raises:
    var m = Machine()
    comptime for dt in NUMBERS:
        for listed in [False, True]:
            comptime for n in SIZES:
                _check_sum[dt](m, 2, 9, 3, n, listed)
            comptime for shape in SHAPES:
                _check_sum[dt](m, shape[0], shape[1], shape[2], 23, listed)


def test_index_copy() raises:
    var m = Machine()
    comptime for dt in STORED:
        for step in range(2):
            comptime for n in SIZES:
                _check_scatter[COPY, dt](m, 2, 9, 3, n, step)
            comptime for shape in SHAPES:
                _check_scatter[COPY, dt](m, shape[0], shape[1], shape[2], 23, step)


def test_entries_outside_are_refused() raises:
    var m = Machine()
    comptime dt = DType.float32
    var x = numbers[dt](50, 1)
    var y = zeros[dt](50)
    for bad in [-6, 5, 1 << 40, -(1 << 62)]:
        for bad_one in [0, 7, 9]:
            var index = _index(10, 5)
            index[bad_one] = Int64(bad)
            var words: List[Int64] = [address(y), address(x), address(index), 1, 10, 5, 5, 1]
            assert_equal(m.run[IndexSelect[dt], Original](words), INDEX_OUT_OF_RANGE)
            assert_equal(m.run[IndexSelect[dt], Tiled](words), INDEX_OUT_OF_RANGE)
            assert_equal(m.run[Scatter[ADD, dt], Tiled](words), INDEX_OUT_OF_RANGE)
            words.append(1)
            assert_equal(m.run[Scatter[COPY, dt], Tiled](words), INDEX_OUT_OF_RANGE)
            keep(index)
    assert_true(same_bits(y, zeros[dt](50)))
    keep(x)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
