"""Pointwise kernels: each op's Tiled form against Original, its gradients against differences, strides and nan."""

from std.builtin.variadics import TypeList
from std.testing import TestSuite, assert_equal, assert_true

from mojo_kernels.elementwise.arithmetic import basic, bits as float_bits, rounding
from mojo_kernels.elementwise.arithmetic.integer import INTEGER
from mojo_kernels.elementwise.compare import COMPARE
from mojo_kernels.elementwise.kernels import (
    BinaryBackward,
    BinaryForward,
    Cast,
    Compare,
    Fill,
    UnaryBackward,
    UnaryForward,
    Where,
)
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.elementwise.ternary import TERNARY
from mojo_kernels.elementwise.ternary_kernels import Integers, TernaryBackward, TernaryForward
from mojo_kernels.elementwise.transcendental import exponential
from mojo_kernels.runtime.types import BOOL, NUMBERS, STORED
from support import (
    Machine,
    SIZES,
    address,
    assert_close,
    bits,
    close,
    inf,
    keep,
    nan,
    numbers,
    same_bits,
    zeros,
)

comptime UNARY = TypeList._concat[
    basic.UNARY.values, float_bits.UNARY.values, rounding.UNARY.values, exponential.UNARY.values
]
comptime BINARY = TypeList._concat[basic.BINARY.values, exponential.BINARY.values]
comptime DIVISION = TypeList._concat[rounding.BINARY.values, basic.FURTHER.values, float_bits.BINARY.values]
comptime STEP = 1e-6
"""The step of central differences in float64."""
comptime FLOAT[op: Int] = DType.float32 if op % 2 == 0 else DType.float64
"""The dtype that an op is run in: every other one, as the table of operations runs each in both on the built kernels."""


def _positive[dt: DType](count: Int, seed: Int) -> List[Scalar[dt]]:
    """Makes numbers between 0.1 and 8, inside the domain of every op and away from kinks and ties."""
    var x = numbers[dt](count, seed)
    for i in range(count):
        x[i] = abs(x[i]) + Scalar[dt](0.1)
    return x^


@no_inline
def _unary[op: Int, dt: DType](m: Machine, n: Int) raises:
    comptime Op = UNARY()[op]
    comptime TOL = 1e-6 if dt == DType.float32 else 1e-14
    var x = numbers[dt](n, n)
    x[0] = Scalar[dt](0) / 0
    x[n // 2] = Scalar[dt].MAX
    x[n - 1] = -0.0
    var y = zeros[dt](n)
    var words: List[Int64] = [address(y), address(x), 1, Int64(n), 1, 1]
    var original = m.both[Pointwise[UnaryForward[Op, dt]]](words, y)
    assert_close(y, original, String(Op.NAME, " ", dt, " ", n), TOL, TOL)
    var dy = numbers[dt](n, n + 1)
    var dx = zeros[dt](n)
    words = [address(dx), address(x), address(y), address(dy), 1, Int64(n), 1, 1, 1, 1]
    original = m.both[Pointwise[UnaryBackward[Op, dt]]](words, dx)
    assert_close(dx, original, String(Op.NAME, " backward ", dt, " ", n), TOL, TOL)
    keep(x)
    keep(y)
    keep(dy)


def test_unary() raises:
    var m = Machine()
    comptime for op in range(UNARY.length):
        comptime for n in SIZES:
            _unary[op, FLOAT[op]](m, n)


def test_unary_gradients_are_slopes() raises:
    comptime for op in range(UNARY.length):
        comptime Op = UNARY()[op]
        for x in _positive[DType.float64](50, 1):
            comptime F = DType.float64
            var slope = (Op.forward[F, 1](x + STEP) - Op.forward[F, 1](x - STEP)) / (2 * STEP)
            var grad = Op.grad[F, 1](x, Op.forward[F, 1](x), 3) / 3
            assert_true(
                close(grad, slope, 1e-6, 1e-6), String(Op.NAME, " at ", x, ": ", grad, ", slope ", slope)
            )


@no_inline
def _binary[op: Int, dt: DType](m: Machine, n: Int) raises:
    comptime Op = BINARY()[op]
    comptime TOL = 1e-6 if dt == DType.float32 else 1e-14
    var a = _positive[dt](n, n)
    var b = _positive[dt](n, n + 1)
    a[n // 2] = Scalar[dt](0) / 0
    b[n // 3] = Scalar[dt].MAX
    var y = zeros[dt](n)
    var words: List[Int64] = [address(y), address(a), address(b), 0, 1, Int64(n), 1, 1, 1]
    var original = m.both[Pointwise[BinaryForward[Op, dt]]](words, y)
    assert_close(y, original, String(Op.NAME, " ", dt, " ", n), TOL, TOL)
    words = [address(y), 0, address(b), bits(0.75), 1, Int64(n), 1, 1, 1]  # a scalar on the left
    original = m.both[Pointwise[BinaryForward[Op, dt]]](words, y)
    assert_close(y, original, String(Op.NAME, " with a scalar ", dt, " ", n), TOL, TOL)
    var dy = numbers[dt](n, n + 2)
    var grads = zeros[dt](2 * n)
    comptime BYTES = 4 if dt == DType.float32 else 8
    words = [address(grads), address(grads) + Int64(n * BYTES), address(a), address(b), address(dy), 0]
    words.extend([1, Int64(n), 1, 1, 1])
    original = m.both[Pointwise[BinaryBackward[Op, dt]]](words, grads)
    assert_close(grads, original, String(Op.NAME, " backward ", dt, " ", n), TOL, TOL)
    keep(a)
    keep(b)
    keep(dy)


def test_binary() raises:
    var m = Machine()
    comptime for op in range(BINARY.length):
        comptime for n in SIZES:
            _binary[op, FLOAT[op]](m, n)


def test_binary_gradients_are_slopes() raises:
    comptime F = DType.float64
    var b = _positive[F](50, 2)
    var i = 0
    for a in _positive[F](50, 1):
        comptime for op in range(BINARY.length):
            comptime Op = BINARY()[op]
            var grads = Op.grad[F, 1](a, b[i], 3)
            var da = (Op.forward[F, 1](a + STEP, b[i]) - Op.forward[F, 1](a - STEP, b[i])) / (2 * STEP)
            var db = (Op.forward[F, 1](a, b[i] + STEP) - Op.forward[F, 1](a, b[i] - STEP)) / (2 * STEP)
            assert_true(close(grads[0] / 3, da, 1e-5, 1e-5), String(Op.NAME, " da at ", a, ", ", b[i]))
            assert_true(close(grads[1] / 3, db, 1e-5, 1e-5), String(Op.NAME, " db at ", a, ", ", b[i]))
        i += 1


@no_inline
def _integers[dt: DType](m: Machine, n: Int) raises:
    var a = numbers[dt](n, n)
    var b = numbers[dt](n, n + 1)
    a[n - 1] = Scalar[dt].MAX
    var y = zeros[dt](n)
    comptime for op in range(BINARY.length):
        comptime Op = BINARY()[op]
        comptime if Op.INTEGRAL:
            var words: List[Int64] = [address(y), address(a), address(b), 0, 1, Int64(n), 1, 1, 1]
            var original = m.both[Pointwise[BinaryForward[Op, dt]]](words, y)
            assert_true(same_bits(y, original))
            for i in range(n):
                assert_equal(y[i], Op.forward[dt, 1](a[i], b[i]))
    keep(a)
    keep(b)


def test_integers() raises:
    var m = Machine()
    comptime for n in SIZES:
        _integers[DType.int64](m, n)


def test_strides_and_broadcasting() raises:
    # y (3, 33) contiguous; a transposed, b one row for all
    var m = Machine()
    comptime dt = DType.float32
    var a = numbers[dt](99, 1)
    var b = numbers[dt](33, 2)
    var y = zeros[dt](99)
    var words: List[Int64] = [address(y), address(a), address(b), 0, 2, 3, 33, 33, 1, 1, 3, 0, 1]
    comptime for op in range(3):  # add, sub, mul
        comptime Op = BINARY()[op]
        var original = m.both[Pointwise[BinaryForward[Op, dt]]](words, y)
        assert_true(same_bits(y, original))
        for i in range(3):
            for j in range(33):
                assert_equal(y[i * 33 + j], Op.forward[dt, 1](a[i + j * 3], b[j]))
    keep(a)
    keep(b)


@no_inline
def _comparisons[dt: DType](m: Machine, n: Int) raises:
    var a = numbers[dt](n, n)
    var b = numbers[dt](n, n + 1)
    for i in range(0, n, 3):
        b[i] = a[i]
    comptime if dt.is_floating_point():
        a[n // 2] = Scalar[dt](0) / 0
        b[n // 2] = a[n // 2]
    comptime for op in range(COMPARE.length):
        comptime Op = COMPARE()[op]
        var y = zeros[BOOL](n)
        var words: List[Int64] = [address(y), address(a), address(b), 0, 1, Int64(n), 1, 1, 1]
        var original = m.both[Pointwise[Compare[Op, dt]]](words, y)
        assert_true(same_bits(y, original))
        for i in range(n):
            var expected = a[i] < b[i]
            comptime if Op.NAME == "eq":
                expected = a[i] == b[i]
            elif Op.NAME == "ne":
                expected = not a[i] == b[i]
            elif Op.NAME == "le":
                expected = a[i] <= b[i]
            assert_equal(y[i] == 1, expected)
    keep(a)
    keep(b)


def test_comparisons() raises:
    var m = Machine()
    comptime for dt in NUMBERS:
        comptime for n in SIZES:
            _comparisons[dt](m, n)


@no_inline
def _where[dt: DType](m: Machine, n: Int) raises:
    var c = zeros[BOOL](n)
    for i in range(0, n, 3):
        c[i] = 1
    var a = numbers[dt](n, n)
    var b = numbers[dt](n, n + 1)
    var y = zeros[dt](n)
    var words: List[Int64] = [address(y), address(c), address(a), address(b), 0, 0, 1, Int64(n), 1, 1, 1, 1]
    var original = m.both[Pointwise[Where[dt]]](words, y)
    for i in range(n):
        assert_equal(y[i], a[i] if i % 3 == 0 else b[i])
    assert_true(same_bits(y, original))
    keep(c)


def test_where() raises:
    var m = Machine()
    comptime for dt in STORED:
        comptime for n in SIZES:
            _where[dt](m, n)


@no_inline
def _casts_and_fills[target: DType](m: Machine, n: Int) raises:
    var y = zeros[target](n)
    comptime for source in STORED:
        var x = numbers[source](n, n)
        x[0] = 0
        var words: List[Int64] = [address(y), address(x), 1, Int64(n), 1, 1]
        var original = m.both[Pointwise[Cast[source, target]]](words, y)
        assert_true(same_bits(y, original))
        for i in range(n):
            comptime if target == BOOL and source != BOOL:
                assert_equal(y[i], Int8(0 if x[i] == 0 else 1).cast[target]())
            elif source.is_floating_point() and not target.is_floating_point():
                assert_equal(y[i], Int64(x[i]).cast[target]())
            else:
                assert_equal(y[i], x[i].cast[target]())
    var words: List[Int64] = [address(y), bits(1) if target.is_floating_point() else 1, 1, Int64(n), 1]
    _ = m.both[Pointwise[Fill[target]]](words, y)
    for i in range(n):
        assert_equal(y[i], 1)


def test_casts_and_fills() raises:
    var m = Machine()
    comptime for target in STORED:
        comptime for n in SIZES:
            _casts_and_fills[target](m, n)


def test_nan_and_ties() raises:
    comptime for op in range(BINARY.length):
        comptime Op = BINARY()[op]
        comptime if Op.NAME == "maximum" or Op.NAME == "minimum":
            comptime F = DType.float64
            for pair in [(nan, 1.0), (1.0, nan), (nan, inf), (-inf, nan)]:
                var y = Op.forward[F, 1](pair[0], pair[1])
                assert_true(not y == y)
            var grads = Op.grad[F, 1](2, 2, 5)
            assert_true(grads[0] == 2.5 and grads[1] == 2.5)
    comptime for op in range(UNARY.length):
        comptime Op = UNARY()[op]
        comptime F = DType.float32
        var y = Op.forward[F, 1](Float32(0) / 0)
        # The sign of what has none is 0, and so is its exponent, as in PyTorch.
        comptime zero = Op.NAME == "sign" or Op.NAME == "frexp_exponent"
        assert_true(y == 0 if zero else not y == y, String(Op.NAME, " loses nan"))


@no_inline
def _division[op: Int, dt: DType](m: Machine, n: Int) raises:
    comptime Op = DIVISION()[op]
    var a = numbers[dt](n, n)
    var b = _positive[dt](n, n + 1)
    var y = zeros[dt](n)
    var words: List[Int64] = [address(y), address(a), address(b), 0, 1, Int64(n), 1, 1, 1]
    var original = m.both[Pointwise[BinaryForward[Op, dt]]](words, y)
    assert_true(same_bits(y, original), String(Op.NAME, " ", dt, " ", n))
    keep(a)
    keep(b)


def test_division() raises:
    var m = Machine()
    comptime for op in range(DIVISION.length):
        comptime for n in SIZES:
            _division[op, FLOAT[op]](m, n)


def test_remainders_are_exact() raises:
    comptime F = DType.float64
    for a in [1e300, -1e300, 5.5, -5.5, 0.0, 1e-310, 123456789.0]:
        for b in [3.0, -3.0, 0.7, 1e-3, 1e200, inf]:
            comptime for op in range(2):  # remainder, fmod
                var y = DIVISION()[op].forward[F, 1](a, b)
                assert_true(abs(y) <= abs(b), String(DIVISION()[op].NAME, " of ", a, " by ", b, ": ", y))
    for pair in [(inf, 2.0), (1.0, 0.0), (nan, 1.0), (1.0, nan)]:
        var y = DIVISION()[1].forward[F, 1](pair[0], pair[1])
        assert_true(not y == y)


@no_inline
def _integer_pairs[op: Int](m: Machine, n: Int) raises:
    comptime Op = Integers[INTEGER()[op]]
    comptime dt = DType.int64
    var a = numbers[dt](n, n)
    var b = numbers[dt](n, n + 1)
    b[0] = 64
    b[n - 1] = -1
    var y = zeros[dt](n)
    var words: List[Int64] = [address(y), address(a), address(b), 0, 1, Int64(n), 1, 1, 1]
    var original = m.both[Pointwise[BinaryForward[Op, dt]]](words, y)
    assert_true(same_bits(y, original), String(Op.NAME, " ", n))
    keep(a)
    keep(b)


def test_integers_alone() raises:
    var m = Machine()
    comptime for op in range(INTEGER.length):
        comptime for n in SIZES:
            _integer_pairs[op](m, n)


@no_inline
def _ternary[op: Int, dt: DType](m: Machine, n: Int) raises:
    comptime Op = TERNARY()[op]
    comptime TOL = 1e-6 if dt == DType.float32 else 1e-14
    var x = numbers[dt](n, n)
    var a = numbers[dt](n, n + 1)
    var b = _positive[dt](n, n + 2)
    x[n // 2] = Scalar[dt](0) / 0
    var y = zeros[dt](n)
    var words: List[Int64] = [address(y), address(x), address(a), address(b), 0, 0, bits(0.5)]
    words.extend([1, Int64(n), 1, 1, 1, 1])
    var original = m.both[Pointwise[TernaryForward[Op, dt]]](words, y)
    assert_close(y, original, String(Op.NAME, " ", dt, " ", n), TOL, TOL)
    var dy = numbers[dt](n, n + 3)
    var grads = zeros[dt](3 * n)
    comptime BYTES = 4 if dt == DType.float32 else 8
    var at = address(grads)
    words = [
        at,
        at + Int64(n * BYTES),
        at + Int64(2 * n * BYTES),
        address(x),
        address(a),
        address(b),
        address(dy),
    ]
    words.extend([0, 0, bits(0.5), 1, Int64(n), 1, 1, 1, 1])
    original = m.both[Pointwise[TernaryBackward[Op, dt]]](words, grads)
    assert_close(grads, original, String(Op.NAME, " backward ", dt, " ", n), TOL, TOL)
    keep(x)
    keep(a)
    keep(b)
    keep(dy)


def test_ternary() raises:
    var m = Machine()
    comptime for op in range(TERNARY.length):
        comptime for n in SIZES:
            _ternary[op, FLOAT[op]](m, n)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
