"""Reductions against plain loops, under both schedules and any number of workers."""

from std.testing import TestSuite, assert_equal

from mojo_kernels.reduce.combine import Max, Min, ReduceOp, Sum
from mojo_kernels.reduce import ArgExtreme, BLOCK, Reduce
from mojo_kernels.runtime.types import NUMBERS
from support import Machine, SIZES, address, assert_close, bits, keep, nan, numbers, tolerance, zeros


def _words[dt: DType](outputs: Int, step: Int, length: Int, stride: Int, scale: Float64) -> List[Int64]:
    """Returns the words behind the addresses: one output and one reduced dimension."""
    var factor = bits(scale) if dt.is_floating_point() else Int64(scale)
    return [factor, 1, Int64(outputs), Int64(step), 1, Int64(length), Int64(stride)]


def _naive[
    Op: ReduceOp, dt: DType
](x: List[Scalar[dt]], outputs: Int, step: Int, length: Int, stride: Int) -> List[Float64]:
    var y = List[Float64]()
    for o in range(outputs):
        var best = Op.start[DType.float64]()
        for i in range(length):
            best = Op.combine[DType.float64, 1](best, x[o * step + i * stride].cast[DType.float64]())
        y.append(best)
    return y^


def _check[
    Op: ReduceOp, dt: DType
](m: Machine, x: List[Scalar[dt]], outputs: Int, step: Int, length: Int, stride: Int) raises:
    var y = zeros[dt](outputs)
    var side_by_side = step == 1 and stride != 1
    var blocks = 1 if side_by_side else (length + BLOCK - 1) // BLOCK
    var scratch = zeros[dt](outputs * blocks)
    var words: List[Int64] = [address(y), address(x), address(scratch) if blocks > 1 else 0]
    words.extend(_words[dt](outputs, step, length, stride, 1))
    var original = m.both[Reduce[Op, dt]](words, y)
    var expected = _naive[Op](x, outputs, step, length, stride)
    var what = String(Op.NAME, " ", dt, " ", outputs, " x ", length, " stride ", stride)
    var atol = tolerance[dt]() * (10 + Float64(length) / 100)
    assert_close(y, expected, what, tolerance[dt](), atol)
    assert_close(original, expected, "original " + what, tolerance[dt](), atol)
    keep(scratch)


def _check_all[dt: DType](m: Machine, outputs: Int, step: Int, length: Int, stride: Int) raises:
    var x = numbers[dt]((outputs - 1) * step + (length - 1) * stride + 1, outputs + length)
    _check[Sum](m, x, outputs, step, length, stride)
    _check[Max](m, x, outputs, step, length, stride)
    _check[Min](m, x, outputs, step, length, stride)


def test_rows() raises:
    var m = Machine()
    comptime for dt in NUMBERS:
        comptime for n in SIZES:
            _check_all[dt](m, 1, 0, n, 1)
            _check_all[dt](m, 5, n, n, 1)


def test_columns() raises:
    var m = Machine()
    comptime for dt in NUMBERS:
        comptime for n in SIZES:
            _check_all[dt](m, n, 1, 5, n)
            _check_all[dt](m, 33, 1, n, 33)


def test_strided_rows() raises:
    var m = Machine()
    comptime for dt in NUMBERS:
        comptime for n in SIZES:
            _check_all[dt](m, 3, 2 * n + 1, n, 2)


def test_long_reductions_are_cut_into_blocks() raises:
    var m = Machine()
    comptime for dt in NUMBERS:
        _check_all[dt](m, 1, 0, 3 * BLOCK + 1, 1)
        _check_all[dt](m, 2, 5 * BLOCK, 2 * BLOCK + 77, 2)
        _check_all[dt](m, 3, 1, 2 * BLOCK + 77, 3)


def test_several_dimensions() raises:
    # x is (3, 4, 5, 6); dimensions 1 and 3 are reduced
    var m = Machine()
    var x = numbers[DType.float32](360, 1)
    var y = zeros[DType.float32](15)
    var words: List[Int64] = [address(y), address(x), 0, bits(0.5), 2, 3, 5, 120, 6, 2, 4, 6, 30, 1]
    var original = m.both[Reduce[Sum, DType.float32]](words, y)
    var expected = List[Float64]()
    for a in range(3):
        for c in range(5):
            var sum = Float64(0)
            for b in range(4):
                for d in range(6):
                    sum += x[a * 120 + b * 30 + c * 6 + d].cast[DType.float64]()
            expected.append(sum / 2)
    assert_close(y, expected, "tiled")
    assert_close(original, expected, "original")


def test_many_small_parts_do_not_get_lost() raises:
    # one after the other, float32 would stop at 2^24
    var m = Machine()
    var n = (1 << 24) + 100_000
    var x = List[Float32](length=n, fill=1)
    for outputs in range(1, 3):
        var y = zeros[DType.float32](outputs)
        var scratch = zeros[DType.float32](n // BLOCK + 1)
        var length = n // outputs
        var words: List[Int64] = [address(y), address(x), address(scratch) if outputs == 1 else 0]
        words.extend(_words[DType.float32](outputs, 1 if outputs > 1 else 0, length, outputs, 1))
        var original = m.both[Reduce[Sum, DType.float32]](words, y)
        assert_equal(y[0], Float32(length))
        assert_equal(original[0], Float32(length))
        keep(scratch)
    keep(x)


def test_nan_wins_wherever_it_stands() raises:
    var m = Machine()
    for nan_at in [0, 1, 16, 63, 64, 70]:
        for columns in range(2):
            var x = numbers[DType.float32](142, 3)
            x[nan_at * 2 if columns else nan_at] = nan.cast[DType.float32]()
            var step = 1 if columns else 71
            _check[Max](m, x, 2, step, 71, 2 if columns else 1)
            _check[Min](m, x, 2, step, 71, 2 if columns else 1)
            _check[Sum](m, x, 2, step, 71, 2 if columns else 1)
            _check_arg[Max](m, x, 2, step, 71, 2 if columns else 1)
            _check_arg[Min](m, x, 2, step, 71, 2 if columns else 1)


def _check_arg[
    Op: ReduceOp, dt: DType
](m: Machine, x: List[Scalar[dt]], outputs: Int, step: Int, length: Int, stride: Int) raises:
    var y = zeros[DType.int64](outputs)
    var words: List[Int64] = [address(y), address(x), 0]
    words.extend(_words[dt](outputs, step, length, stride, 1))
    var original = m.both[ArgExtreme[Op, dt]](words, y)
    var extremes = _naive[Op](x, outputs, step, length, stride)
    for o in range(outputs):
        var index = 0
        while True:
            var value = x[o * step + index * stride].cast[DType.float64]()
            if value == extremes[o] or (not value == value and not extremes[o] == extremes[o]):
                break
            index += 1
        assert_equal(Int(y[o]), index)
        assert_equal(Int(original[o]), index)


def test_positions_of_extremes() raises:
    var m = Machine()
    comptime for dt in NUMBERS:
        comptime for n in SIZES:
            for stride in [1, 3]:
                var x = numbers[dt](3 * n * stride, n)
                _check_arg[Max](m, x, 3, n * stride, n, stride)
                _check_arg[Min](m, x, 3, n * stride, n, stride)


def test_ties_go_to_the_first() raises:
    var m = Machine()
    var x: List[Float64] = [1, 3, 3, -2, -2, 3]
    _check_arg[Max](m, x, 1, 0, 6, 1)
    _check_arg[Min](m, x, 1, 0, 6, 1)


def test_infinities() raises:
    var m = Machine()
    var low = List[Float32](length=40, fill=Float32.MIN)
    _check[Max](m, low, 1, 0, 40, 1)
    _check[Sum](m, low, 1, 0, 40, 1)
    _check_arg[Max](m, low, 1, 0, 40, 1)
    low[17] = Float32.MAX
    _check[Max](m, low, 1, 0, 40, 1)
    _check[Sum](m, low, 1, 0, 40, 1)
    _check_arg[Max](m, low, 1, 0, 40, 1)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
