"""Sorting, selection, search and scans against plain loops, under both schedules and any number of workers."""

from std.testing import TestSuite, assert_equal, assert_true

from mojo_kernels.reduce.combine import is_nan
from mojo_kernels.moments import BLOCK, Moments
from mojo_kernels.sorting.pick import Pick, Unpick
from mojo_kernels.runtime.types import FLOATS, NUMBERS
from mojo_kernels.scan import CumSum, RunningExtreme, Scan
from mojo_kernels.sorting import FEW, LONGEST, SearchSorted, Sort, TopK
from support import Machine, address, assert_close, bits, keep, nan, numbers, tolerance, zeros

comptime LENGTHS = [1, 2, 7, FEW, FEW + 1, 300, LONGEST, LONGEST + 1]


def _ordered[dt: DType](a: Scalar[dt], b: Scalar[dt], descending: Bool) -> Bool:
    """Tells whether b may come behind a."""
    if is_nan[dt, 1](a) or is_nan[dt, 1](b):
        return is_nan[dt, 1](a) if descending else is_nan[dt, 1](b)
    return a >= b if descending else a <= b


def _check_sorted[
    dt: DType
](
    x: List[Scalar[dt]], values: List[Scalar[dt]], indices: List[Int64], rows: Int, n: Int, descending: Bool
) raises:
    for row in range(rows):
        var seen = List[Bool](length=n, fill=False)
        for j in range(n):
            var index = Int(indices[row * n + j])
            assert_true(not seen[index], "a index twice")
            seen[index] = True
            var value = values[row * n + j]
            var there = x[row * n + index]
            assert_true(value == there or (is_nan[dt, 1](value) and is_nan[dt, 1](there)), "another value")
            if j > 0:
                var before = values[row * n + j - 1]
                assert_true(_ordered[dt](before, value, descending), "out of order")
                if before == value:
                    assert_true(indices[row * n + j - 1] < indices[row * n + j], "not stable")


def _check_sort[dt: DType](m: Machine, mut x: List[Scalar[dt]], rows: Int, n: Int) raises:
    for descending in range(2):
        var values = zeros[dt](rows * n)
        var indices = zeros[DType.int64](rows * n)
        var scratch = zeros[DType.int64](2 * rows * n)
        var words: List[Int64] = [
            address(values),
            address(indices),
            address(x),
            address(scratch),
            Int64(rows),
            Int64(n),
            Int64(descending),
        ]
        var original = m.both[Sort[dt]](words, values)
        _check_sorted[dt](x, values, indices, rows, n, descending == 1)
        for i in range(rows * n):
            assert_true(original[i] == values[i] or is_nan[dt, 1](values[i]), "the schedules differ")
        keep(scratch)


def test_sort() raises:
    var m = Machine()
    comptime for dt in NUMBERS:
        comptime for n in LENGTHS:
            var x = numbers[dt](3 * n, n)
            _check_sort[dt](m, x, 3, n)


def test_sort_of_few_values_and_nan() raises:
    var m = Machine()
    comptime for dt in FLOATS:
        for n in [9, 200]:
            var x = numbers[dt](2 * n, 1)
            for i in range(2 * n):
                x[i] = Scalar[dt](i * 7 % 3 - 1)
            x[3] = nan.cast[dt]()
            x[n + 1] = nan.cast[dt]()
            x[5] = Scalar[dt].MIN
            x[6] = Scalar[dt].MAX
            x[7] = Scalar[dt](-0.0)
            _check_sort[dt](m, x, 2, n)


def test_the_largest_are_the_start_of_the_order() raises:
    var m = Machine()
    comptime for dt in NUMBERS:
        for n in [5, 64, 301]:
            for largest in range(2):
                comptime K = 5
                var x = numbers[dt](2 * n, n)
                var values = zeros[dt](2 * n)
                var indices = zeros[DType.int64](2 * n)
                var words: List[Int64] = [
                    address(values),
                    address(indices),
                    address(x),
                    0,
                    2,
                    Int64(n),
                    Int64(largest),
                ]
                var scratch = zeros[DType.int64](4 * n)
                words[3] = address(scratch)
                _ = m.both[Sort[dt]](words, values)
                var found = zeros[dt](2 * K)
                var there = zeros[DType.int64](2 * K)
                var select: List[Int64] = [
                    address(found),
                    address(there),
                    address(x),
                    2,
                    Int64(n),
                    K,
                    Int64(largest),
                ]
                var original = m.both[TopK[dt]](select, found)
                for row in range(2):
                    for j in range(K):
                        assert_equal(found[row * K + j], values[row * n + j])
                        assert_equal(original[row * K + j], values[row * n + j])
                        assert_equal(there[row * K + j], indices[row * n + j])
                keep(scratch)
                keep(x)


def test_search() raises:
    var m = Machine()
    var row: List[Float64] = [-2, 0, 0, 0, 1, 5]
    var values: List[Float64] = [-3, -2, 0, 0.5, 5, 6, nan]
    var expected: List[Int64] = [0, 0, 1, 4, 5, 6, 6, 0, 1, 4, 4, 6, 6, 6]
    for behind in range(2):
        var y = zeros[DType.int64](7)
        var words: List[Int64] = [address(y), address(row), address(values), 6, 0, 7, Int64(behind)]
        _ = m.both[SearchSorted[DType.float64]](words, y)
        for i in range(7):
            assert_equal(y[i], expected[behind * 7 + i])
    keep(row)
    keep(values)


def test_what_is_put_can_be_picked() raises:
    var m = Machine()
    for inner in [1, 3]:
        var indices: List[Int64] = [2, 0, 0, 1, 1, 2]
        var x: List[Float32] = [1, 2, 3, 4, 5, 6]
        var y = zeros[DType.float32](4 * inner)
        var words: List[Int64] = [
            address(y),
            address(x),
            address(indices),
            1,
            Int64(6 // inner),
            4,
            Int64(inner),
        ]
        _ = m.both[Unpick[DType.float32]](words, y)
        var expected = List[Float32](length=4 * inner, fill=0)
        for i in range(6):
            expected[Int(indices[i]) * inner + i % inner] += x[i]
        for i in range(4 * inner):
            assert_equal(y[i], expected[i])
        var z = zeros[DType.float32](6)
        words[0] = address(z)
        words[1] = address(y)
        _ = m.both[Pick[DType.float32]](words, z)
        for i in range(6):
            assert_equal(z[i], y[Int(indices[i]) * inner + i % inner])
        keep(y)
        keep(x)
        keep(indices)


def test_scans() raises:
    var m = Machine()
    comptime for dt in NUMBERS:
        for shape in range(3):
            var outer = 19 if shape == 0 else 2
            var inner = 1 if shape == 0 else 3 if shape == 1 else 70
            comptime N = 33
            var x = numbers[dt](outer * N * inner, shape)
            for reverse in range(2):
                var y = zeros[dt](outer * N * inner)
                var words: List[Int64] = [
                    address(y),
                    address(x),
                    Int64(outer),
                    N,
                    Int64(inner),
                    Int64(reverse),
                ]
                _ = m.both[Scan[CumSum, dt]](words, y)
                var expected = List[Float64](length=outer * N * inner, fill=0)
                for o in range(outer):
                    for c in range(inner):
                        var sum = Float64(0)
                        for step in range(N):
                            var at = (o * N + (N - 1 - step if reverse else step)) * inner + c
                            sum += x[at].cast[DType.float64]()
                            expected[at] = sum
                assert_close(y, expected, "cumsum", tolerance[dt](), tolerance[dt]() * 10)
            var best = zeros[dt](outer * N * inner)
            var indices = zeros[DType.int64](outer * N * inner)
            var words: List[Int64] = [
                address(best),
                address(indices),
                address(x),
                Int64(outer),
                N,
                Int64(inner),
            ]
            _ = m.both[RunningExtreme[True, dt]](words, best)
            for i in range(outer * N * inner):
                var j = i // inner % N
                var index = Int(indices[i])
                assert_true(index <= j and best[i] == x[i + (index - j) * inner] and best[i] >= x[i])
                assert_true(j == 0 or best[i] >= best[i - inner])
            keep(x)
            keep(indices)


def test_moments() raises:
    var m = Machine()
    comptime for dt in FLOATS:
        for shape in range(4):
            var outer = 1 if shape == 3 else 3
            var n = 2 * BLOCK + 77 if shape == 0 else 130
            var inner = 37 if shape == 2 else 300 if shape == 3 else 1
            var x = numbers[dt](outer * n * inner, shape)
            for i in range(len(x)):
                x[i] += 100
            var y = zeros[dt](outer * inner)
            var means = zeros[dt](outer * inner)
            var scratch = zeros[DType.float64](2 * outer * (n // BLOCK + 1))
            var words: List[Int64] = [
                address(y),
                address(means),
                address(x),
                address(scratch),
                Int64(outer),
                Int64(n),
                Int64(inner),
                bits(Float64(n - 1)),
                0,
            ]
            var original = m.both[Moments[dt]](words, y)
            var expected = List[Float64]()
            for o in range(outer):
                for c in range(inner):
                    var mean = Float64(0)
                    for j in range(n):
                        mean += x[(o * n + j) * inner + c].cast[DType.float64]() / Float64(n)
                    var sum = Float64(0)
                    for j in range(n):
                        var off = x[(o * n + j) * inner + c].cast[DType.float64]() - mean
                        sum += off * off
                    expected.append(sum / Float64(n - 1))
            assert_close(y, expected, "tiled", tolerance[dt]() * 10, 0)
            assert_close(original, expected, "original", tolerance[dt]() * 100, 0)
            keep(scratch)
            keep(x)
            keep(means)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
