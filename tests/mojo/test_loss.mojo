"""Cross-entropy and negative log-likelihood against plain loops in float64, under both schedules."""

from std.testing import TestSuite, assert_almost_equal, assert_equal, assert_false

from mojo_kernels.loss.cross_entropy import (
    CrossEntropyBackward,
    CrossEntropyForward,
    NLLLossBackward,
    NLLLossForward,
)
from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.runtime.schedule import Original, Tiled
from mojo_kernels.runtime.types import FLOATS, INDEX_OUT_OF_RANGE, OK
from support import Machine, SIZES, address, assert_close, bits, keep, numbers, zeros

comptime IGNORED = -100


def _targets(rows: Int, columns: Int) -> List[Int64]:
    """Every fifth row is ignored."""
    var t = List[Int64]()
    for r in range(rows):
        t.append(IGNORED if r % 5 == 3 else Int64(r * 7 % columns))
    return t^


def _check_cross_entropy[
    dt: DType
](m: Machine, rows: Int, columns: Int, reduction: Int, smoothing: Float64) raises:
    var x = numbers[dt](rows * columns, rows + columns)
    var t = _targets(rows, columns)
    var loss = List[Float64]()
    var slopes = List[Float64]()
    var dy = numbers[dt](rows, 5)
    var sum = Float64(0)
    var count = 0
    for r in range(rows):
        count += Int(t[r] != IGNORED)
    for r in range(rows):
        var powers = Float64(0)
        var mean = Float64(0)
        for c in range(columns):
            powers += exp[DType.float64, 1](x[r * columns + c].cast[DType.float64]())
            mean += x[r * columns + c].cast[DType.float64]() / Float64(columns)
        var lse = log[DType.float64, 1](powers)
        var counts = t[r] != IGNORED
        var one = Float64(0)
        if counts:
            one = (1 - smoothing) * (lse - x[r * columns + Int(t[r])].cast[DType.float64]())
            one += smoothing * (lse - mean)
        loss.append(one)
        sum += one
        var g = dy[r if reduction == 0 else 0].cast[DType.float64]()
        for c in range(columns):
            var slope = exp[DType.float64, 1](
                x[r * columns + c].cast[DType.float64]() - lse
            ) - smoothing / Float64(columns)
            slope -= (1 - smoothing) if Int64(c) == t[r] else 0
            slopes.append(slope * g / Float64(count if reduction == 1 else 1) if counts else 0)

    comptime TOL = 2e-5 if dt == DType.float32 else 1e-12
    var what = String(dt, " ", rows, " x ", columns, " reduction ", reduction, " smoothing ", smoothing)
    # total, losses, lse and count lie in one list, so that all their bits are compared
    var out = zeros[dt](2 * rows + 2)
    comptime SIZE = Int64(4 if dt == DType.float32 else 8)
    var base = address(out)
    var words: List[Int64] = [
        base,
        base + SIZE,
        base + SIZE * Int64(rows + 1),
        base + SIZE * Int64(2 * rows + 1),
    ]
    words.extend(
        [address(x), address(t), Int64(rows), Int64(columns), IGNORED, Int64(reduction), bits(smoothing)]
    )
    var original = m.both[CrossEntropyForward[dt], dt](words, out)
    assert_close(original, out, "original " + what, TOL, TOL)
    assert_equal(Int(out[2 * rows + 1]), count)
    for r in range(rows):
        assert_almost_equal(out[1 + r].cast[DType.float64](), loss[r], atol=TOL, rtol=TOL)
    var total = out[0].cast[DType.float64]()
    if reduction == 0:
        assert_equal(total, 0)
    else:
        assert_almost_equal(total, sum / Float64(count) if reduction == 1 else sum, atol=TOL, rtol=TOL)

    var dx = zeros[dt](rows * columns)
    words = [
        address(dx),
        address(x),
        base + SIZE * Int64(rows + 1),
        base + SIZE * Int64(2 * rows + 1),
        address(t),
    ]
    words.extend([address(dy), Int64(reduction == 0), Int64(rows), Int64(columns), IGNORED, Int64(reduction)])
    words.append(bits(smoothing))
    original = m.both[CrossEntropyBackward[dt], dt](words, dx)
    assert_close(dx, slopes, "backward " + what, TOL, TOL)
    assert_close(original, slopes, "original backward " + what, TOL, TOL)
    keep(out)
    keep(x)
    keep(t)
    keep(dy)


def test_cross_entropy() raises:
    var m = Machine()
    comptime for dt in FLOATS:
        comptime for columns in SIZES:
            _check_cross_entropy[dt](m, 7, columns, 1, 0)
        for reduction in range(3):
            for smoothing in [0.0, 0.1, 1.0]:
                _check_cross_entropy[dt](m, 32, 10, reduction, smoothing)


def test_cross_entropy_of_large_scores_is_exact() raises:
    var m = Machine()
    var x: List[Float32] = [1e6, 1e6]
    var t: List[Int64] = [1]
    var out = zeros[DType.float32](4)
    var base = address(out)
    var words: List[Int64] = [
        base,
        base + 4,
        base + 8,
        base + 12,
        address(x),
        address(t),
        1,
        2,
        IGNORED,
        2,
        bits(0),
    ]
    _ = m.both[CrossEntropyForward[DType.float32], DType.float32](words, out)
    assert_almost_equal(out[0], Float32(0.6931472), atol=1e-6)
    keep(x)
    keep(t)


def test_mean_of_no_rows_is_nan() raises:
    var m = Machine()
    var x = numbers[DType.float32](6, 1)
    var t: List[Int64] = [IGNORED, IGNORED]
    var out = zeros[DType.float32](6)
    var base = address(out)
    var words: List[Int64] = [
        base,
        base + 4,
        base + 12,
        base + 20,
        address(x),
        address(t),
        2,
        3,
        IGNORED,
        1,
        bits(0),
    ]
    _ = m.both[CrossEntropyForward[DType.float32], DType.float32](words, out)
    assert_false(out[0] == out[0])
    assert_equal(out[5], 0)
    keep(x)
    keep(t)


def test_targets_outside_the_classes_are_refused() raises:
    var m = Machine()
    var x = numbers[DType.float32](12, 1)
    var out = zeros[DType.float32](10)
    var base = address(out)
    for bad in [-1, 3, 100, -99]:
        var t: List[Int64] = [0, 2, Int64(bad), 1]
        var words: List[Int64] = [
            base,
            base + 4,
            base + 20,
            base + 36,
            address(x),
            address(t),
            4,
            3,
            IGNORED,
            1,
            bits(0),
        ]
        assert_equal(m.run[CrossEntropyForward[DType.float32], Original](words), INDEX_OUT_OF_RANGE)
        assert_equal(m.run[CrossEntropyForward[DType.float32], Tiled](words), INDEX_OUT_OF_RANGE)
        words = [base, base + 4, base + 36, address(x), address(t), 0, 4, 3, IGNORED, 1]
        assert_equal(m.run[NLLLossForward[DType.float32], Tiled](words), INDEX_OUT_OF_RANGE)
        words[8] = Int64(bad)  # unless that is the one to ignore
        assert_equal(m.run[NLLLossForward[DType.float32], Tiled](words), OK)
        keep(t)
    keep(out)
    keep(x)


def test_nll_loss() raises:
    var m = Machine()
    comptime for dt in FLOATS:
        var weights: List[Scalar[dt]] = [0.5, 2, 1]
        comptime for rows in SIZES:
            for reduction in range(3):
                _check_nll_loss[dt](m, rows, reduction, [1, 1, 1], 0)
                _check_nll_loss[dt](m, rows, reduction, weights, address(weights))
        keep(weights)


def _check_nll_loss[
    dt: DType
](m: Machine, rows: Int, reduction: Int, weights: List[Scalar[dt]], given: Int64) raises:
    var columns = 3
    var x = numbers[dt](rows * columns, rows)
    var t = _targets(rows, columns)
    var out = zeros[dt](rows + 2)
    comptime SIZE = Int64(4 if dt == DType.float32 else 8)
    var base = address(out)
    var last = base + SIZE * Int64(rows + 1)
    var words: List[Int64] = [base, base + SIZE, last, address(x), address(t), given]
    words.extend([Int64(rows), Int64(columns), IGNORED, Int64(reduction)])
    var original = m.both[NLLLossForward[dt], dt](words, out)
    assert_close(original, out, "original", 0, 0)
    var sum = Float64(0)
    var count = Scalar[dt](0)
    var dy = numbers[dt](rows, 3)
    var dx = numbers[dt](rows * columns, 9)
    var slopes = zeros[dt](rows * columns)
    for r in range(rows):
        var counts = t[r] != IGNORED
        var loss = -x[r * columns + Int(t[r])] * weights[Int(t[r])] if counts else 0
        assert_equal(out[1 + r], loss)
        sum += loss.cast[DType.float64]()
        count += weights[Int(t[r])] if counts else 0
    for r in range(rows):
        if t[r] != IGNORED:
            var g = dy[r if reduction == 0 else 0] * weights[Int(t[r])]
            slopes[r * columns + Int(t[r])] = -g / count if reduction == 1 else -g
    if reduction != 0:
        var total = sum / count.cast[DType.float64]() if reduction == 1 else sum
        assert_almost_equal(out[0].cast[DType.float64](), total, atol=1e-5, rtol=1e-6)
    words = [address(dx), last, address(t), address(dy), given, Int64(reduction == 0)]
    words.extend([Int64(rows), Int64(columns), IGNORED, Int64(reduction)])
    original = m.both[NLLLossBackward[dt], dt](words, dx)
    assert_close(dx, slopes, "backward", 1e-7, 0)
    assert_close(original, slopes, "original backward", 1e-7, 0)
    keep(out)
    keep(x)
    keep(t)
    keep(dy)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
