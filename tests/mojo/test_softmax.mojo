"""Softmax and log-softmax against plain loops in float64, under both schedules and any number of workers."""

from std.sys import size_of
from std.testing import TestSuite, assert_almost_equal, assert_false, assert_true

from mojo_kernels.runtime.loops import STREAMED
from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.runtime.types import FLOATS
from mojo_kernels.softmax import LONGEST, SoftmaxBackward, SoftmaxForward
from support import Machine, SIZES, address, assert_close, inf, keep, nan, numbers, zeros


def _naive[logarithm: Bool, dt: DType](x: List[Scalar[dt]], rows: Int, columns: Int) -> List[Float64]:
    var y = List[Float64]()
    for r in range(rows):
        var top = x[r * columns].cast[DType.float64]()
        for c in range(columns):
            top = max(top, x[r * columns + c].cast[DType.float64]())
        var sum = Float64(0)
        for c in range(columns):
            sum += exp[DType.float64, 1](x[r * columns + c].cast[DType.float64]() - top)
        for c in range(columns):
            var shifted = x[r * columns + c].cast[DType.float64]() - top
            y.append(
                shifted - log[DType.float64, 1](sum) if logarithm else exp[DType.float64, 1](shifted) / sum
            )
    return y^


def _check[logarithm: Bool, dt: DType](m: Machine, rows: Int, columns: Int) raises:
    var count = rows * columns
    var x = numbers[dt](count, count)
    var y = zeros[dt](count)
    var words: List[Int64] = [address(y), address(x), Int64(rows), Int64(columns)]
    var original = m.both[SoftmaxForward[logarithm, dt], dt](words, y)
    var expected = _naive[logarithm](x, rows, columns)
    comptime RTOL = 1e-5 if dt == DType.float32 else 1e-12
    assert_close(y, expected, String("forward ", rows, " x ", columns), RTOL, RTOL / 10)
    assert_close(original, expected, String("original forward ", rows, " x ", columns), RTOL, RTOL / 10)

    var dy = numbers[dt](count, count + 1)
    var dx = zeros[dt](count)
    words = [address(dx), address(y), address(dy), Int64(rows), Int64(columns)]
    original = m.both[SoftmaxBackward[logarithm, dt], dt](words, dx)
    var slopes = List[Float64]()
    for r in range(rows):
        var sum = Float64(0)
        for c in range(r * columns, (r + 1) * columns):
            var g = dy[c].cast[DType.float64]()
            sum += g if logarithm else g * expected[c]
        for c in range(r * columns, (r + 1) * columns):
            var g = dy[c].cast[DType.float64]()
            slopes.append(
                g - exp[DType.float64, 1](expected[c]) * sum if logarithm else expected[c] * (g - sum)
            )
    assert_close(dx, slopes, String("backward ", rows, " x ", columns), RTOL * 10, RTOL * 10)
    assert_close(original, slopes, String("original backward ", rows, " x ", columns), RTOL * 10, RTOL * 10)
    keep(x)
    keep(y)
    keep(dy)


def test_against_plain_loops() raises:
    var m = Machine()
    comptime for dt in FLOATS:
        comptime for columns in SIZES:
            _check[False, dt](m, 5, columns)
            _check[True, dt](m, 5, columns)
        comptime for columns in [2, 8, 10, 15, 16, 17]:
            _check[False, dt](m, 32, columns)
            _check[True, dt](m, 32, columns)


def _row[logarithm: Bool](m: Machine, x: List[Float32]) raises -> List[Float32]:
    var y = zeros[DType.float32](len(x))
    var words: List[Int64] = [address(y), address(x), 1, Int64(len(x))]
    var original = m.both[SoftmaxForward[logarithm, DType.float32], DType.float32](words, y)
    assert_close(original, y, "original")
    keep(x)
    return y^


def test_log_softmax_of_large_scores_is_exact() raises:
    var m = Machine()
    for top in [Float32(-200), Float32(1e6), Float32(-3e7)]:
        for columns in [2, 64]:
            var y = _row[True](m, List[Float32](length=columns, fill=top))
            assert_almost_equal(
                y[0].cast[DType.float64](), -log[DType.float64, 1](Float64(columns)), atol=1e-6
            )


def test_minus_infinity_has_no_weight() raises:
    var m = Machine()
    for columns in [3, 40]:
        var x = List[Float32](length=columns, fill=Float32.MIN)
        x[columns - 1] = -5
        x[0] = -5
        var y = _row[False](m, x)
        assert_true(y[0] == 0.5 and y[1] == 0 and y[columns - 1] == 0.5)
        y = _row[True](m, x)
        assert_true(y[1] == Float32.MIN)


def test_rows_without_a_softmax_are_nan() raises:
    var m = Machine()
    for columns in [3, 40]:
        for value in [-inf, inf, nan]:
            var x = List[Float32](length=columns, fill=Float32.MIN if value == -inf else 0)
            x[columns // 2] = value.cast[DType.float32]()
            for y in _row[False](m, x):
                assert_false(y == y)
            for y in _row[True](m, x):
                assert_false(y == y)


def test_streamed_rows() raises:
    """One worker streams these, seven do not; rows on either side of the longest that is kept aside."""
    var m = Machine()
    comptime for columns in [LONGEST - 1, 2 * LONGEST + 7]:
        comptime rows = STREAMED // size_of[DType.float32]() // columns + 2
        _check[False, DType.float32](m, rows, columns)
        _check[True, DType.float32](m, rows, columns)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
