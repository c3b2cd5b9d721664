"""Gather and scatter by index against plain loops, under both schedules and any number of workers."""

from std.testing import TestSuite, assert_equal, assert_true

from mojo_kernels.movement import IndexSelect, Scatter
from mojo_kernels.runtime.schedule import Original, Tiled
from mojo_kernels.runtime.types import INDEX_OUT_OF_RANGE, NUMBERS, STORED
from support import Machine, SIZES, address, numbers, same_bits, zeros


def _index(n: Int, size: Int) -> List[Int64]:
    """Makes an index whose entries repeat, half of them negative."""
    var index = List[Int64](capacity=n)
    for i in range(n):
        var row = (7 * i + i // 3) % size
        index.append(Int64(row - size if i % 2 == 1 else row))
    return index^


def _words(y: Int64, x: Int64, index: List[Int64], outer: Int, inner: Int, size: Int) -> List[Int64]:
    return [y, x, address(index), Int64(outer), Int64(len(index)), Int64(inner), Int64(size)]


def _row(index: List[Int64], i: Int, size: Int) -> Int:
    return Int(index[i]) % size


def _check_select[dt: DType](m: Machine, outer: Int, n: Int, inner: Int, size: Int) raises:
    var index = _index(n, size)
    var x = numbers[dt](outer * size * inner, n)
    var y = zeros[dt](outer * n * inner)
    var expected = List[Scalar[dt]](capacity=len(y))
    for o in range(outer):
        for i in range(n):
            for k in range(inner):
                expected.append(x[(o * size + _row(index, i, size)) * inner + k])
    var original = m.both[IndexSelect[dt]](_words(address(y), address(x), index, outer, inner, size), y)
    assert_true(same_bits(original, expected) and same_bits(y, expected), String("index_select ", dt, " ", n, " x ", inner))
    _ = x^
    _ = index^


def _check_scatter[add: Bool, dt: DType](m: Machine, outer: Int, n: Int, inner: Int, size: Int, step: Int) raises:
    var index = _index(n, size)
    var rows = n if step == 1 else 1
    var x = numbers[dt](outer * rows * inner, n)
    var y = numbers[dt](outer * size * inner, n + 1)
    var expected = y.copy()
    for o in range(outer):
        for i in range(n):
            for k in range(inner):
                var target = (o * size + _row(index, i, size)) * inner + k
                var value = x[(o * rows + i * step) * inner + k]
                expected[target] = expected[target] + value if add else value
    var words = _words(address(y), address(x), index, outer, inner, size)
    comptime if not add:
        words.append(Int64(step))
    var original = m.both[Scatter[add, dt]](words, y)
    var what = String("index_add " if add else "index_copy ", dt, " ", n, " x ", inner)
    assert_true(same_bits(original, expected) and same_bits(y, expected), what)
    _ = x^
    _ = index^


def test_select() raises:
    var m = Machine()
    comptime for dt in STORED:
        for n in materialize[SIZES]():
            _check_select[dt](m, 1, 5, n, 3)
            _check_select[dt](m, 2, n, 1, 9)
            _check_select[dt](m, 3, 11, n, 70)


def test_add() raises:
    var m = Machine()
    comptime for dt in NUMBERS:
        for n in materialize[SIZES]():
            _check_scatter[True, dt](m, 1, 5, n, 3, 1)
            _check_scatter[True, dt](m, 2, n, 1, 9, 1)
            _check_scatter[True, dt](m, 3, n, 17, 4, 1)


def test_copy() raises:
    var m = Machine()
    comptime for dt in STORED:
        for n in materialize[SIZES]():
            for step in range(2):
                _check_scatter[False, dt](m, 1, 5, n, 3, step)
                _check_scatter[False, dt](m, 2, n, 1, 9, step)
                _check_scatter[False, dt](m, 3, n, 17, 4, step)


def test_bad_index_is_refused_before_anything_is_written() raises:
    var m = Machine()
    var x = numbers[DType.float32](12, 1)
    for place in range(20):
        for bad in [-5, 4]:
            var index = _index(20, 4)
            index[place] = Int64(bad)
            var y = zeros[DType.float32](60)
            var words = _words(address(y), address(x), index, 1, 3, 4)
            assert_equal(m.run[IndexSelect[DType.float32], Original](words), INDEX_OUT_OF_RANGE)
            assert_equal(m.run[IndexSelect[DType.float32], Tiled](words), INDEX_OUT_OF_RANGE)
            assert_equal(m.run[Scatter[True, DType.float32], Tiled](words), INDEX_OUT_OF_RANGE)
            assert_true(same_bits(y, zeros[DType.float32](60)))
            _ = index^
    _ = x^


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
