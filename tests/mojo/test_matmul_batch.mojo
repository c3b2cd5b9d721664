"""Products of a batch with weights, and those of short sums, have the bits of the general product, which
test_matmul.mojo compares with float64; they write y and nothing else."""

from std.sys import simd_width_of
from std.testing import TestSuite, assert_true

from mojo_kernels.matmul.batch_columns import BatchColumns
from mojo_kernels.matmul.batch_rows import BatchRows
from mojo_kernels.matmul.cpu import Gemm, KC
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.outer import Outer
from mojo_kernels.matmul.skinny import FEW
from mojo_kernels.matmul.tile import MR
from mojo_kernels.runtime.types import FLOATS
from support import address, inf, keep, nan, numbers, same_bits

comptime ROWS = 0
comptime COLUMNS = 1
comptime OUTER = 2
comptime BEHIND = 64
"""Elements behind y that must keep what they hold."""


@fieldwise_init
struct Case(TrivialRegisterPassable):
    """Sizes, gaps between rows of the operands, and what follows the sums."""

    var m: Int
    var n: Int
    var k: Int
    var gap: Int
    var biased: Bool
    var accumulate: Bool
    var relu: Bool
    var alpha: Float64


def _run[dt: DType, form: Int](p: Operands[dt]):
    comptime if form == ROWS:
        BatchRows[dt].run(p)
    elif form == COLUMNS:
        BatchColumns[dt].run(p)
    else:
        Outer[dt].run(p)


def _suits[dt: DType, form: Int](p: Operands[dt]) -> Bool:
    comptime if form == ROWS:
        return BatchRows[dt].suits(p)
    elif form == COLUMNS:
        return BatchColumns[dt].suits(p)
    else:
        return Outer[dt].suits(p)


def _operands[dt: DType, form: Int](c: Case) -> Operands[dt]:
    """Lays out a product as a linear layer has it: x w^T, dy w or dy^T x."""
    var p = Operands[dt](m=c.m, n=c.n, k=c.k)
    p.a_row, p.a_column = c.k + c.gap, 1
    p.b_row, p.b_column = c.n + c.gap, 1
    comptime if form == ROWS:
        p.b_row, p.b_column = 1, c.k + c.gap
    elif form == OUTER:
        p.a_row, p.a_column = 1, c.m + c.gap
    p.alpha = c.alpha.cast[dt]()
    p.accumulate = c.accumulate
    p.relu = c.relu
    p.block = 1 << 20
    return p


def _check[dt: DType, form: Int](c: Case, special: Float64 = 0) raises:
    if 0 < c.n % simd_width_of[dt]() <= FEW:  # those go by two forms, see `Gemm.run`
        return
    var a = numbers[dt]((c.m + c.gap) * (c.k + c.gap), c.m + 3 * c.k)
    var b = numbers[dt]((c.n + c.gap) * (c.k + c.gap), c.n + 5 * c.k)
    var bias = numbers[dt](c.n, c.n)
    var y = numbers[dt](c.m * c.n + BEHIND, c.m + c.n)
    var expected = y.copy()
    if special != 0:
        a[len(a) // 2] = special.cast[dt]()
        b[len(b) // 3] = -special.cast[dt]()
    var p = _operands[dt, form](c)
    p.a = Int(address(a))
    p.b = Int(address(b))
    p.bias = Int(address(bias)) if c.biased else 0
    p.y = Int(address(expected))
    Gemm[dt].run(p)
    p.y = Int(address(y))
    var what = String(dt, " form ", form, ": ", c.m, " x ", c.n, " x ", c.k, " gap ", c.gap)
    assert_true(_suits[dt, form](p), what + " has another form")
    _run[dt, form](p)
    assert_true(same_bits(y, expected), what)
    keep(a)
    keep(b)
    keep(bias)
    keep(y)
    keep(expected)


def _plain(m: Int, n: Int, k: Int, gap: Int = 0) -> Case:
    return Case(m, n, k, gap, False, False, False, 1)


def test_rows_of_weights() raises:
    comptime for dt in FLOATS:
        comptime w = simd_width_of[dt]()
        for m in [2 * w - 1, 2 * w, 3 * w + 1, 64 if w > 4 else 4 * w]:
            for n in [1, MR - 1, w + 5, 2 * w, 32, 33, 79, 2 * KC + 11]:
                for k in [64, KC - 1, KC, KC + 1, 3 * KC + 5]:
                    _check[dt, ROWS](_plain(m, n, k))
        _check[dt, ROWS](_plain(2 * w, 2 * w + 5, KC + 9, 3))


def test_rows_of_weights_longer_than_what_is_packed_at_once() raises:
    comptime for dt in FLOATS:
        comptime w = simd_width_of[dt]()
        for k in [4096, 4097, 8192 + 300]:
            _check[dt, ROWS](_plain(2 * w - 3, 45, k, 1))
            _check[dt, ROWS](Case(2 * w, 48, k, 0, True, False, True, -0.5))


def test_columns_of_weights() raises:
    comptime for dt in FLOATS:
        comptime chunk = BatchColumns[dt].CHUNK
        for m in [2 * MR, 2 * MR + 1, 32, 63]:
            for n in [2 * chunk, 2 * chunk + 5, 3 * chunk - 11, 3 * chunk]:
                for k in [KC + 1, 2 * KC - 1, 2 * KC]:
                    _check[dt, COLUMNS](_plain(m, n, k))
        _check[dt, COLUMNS](_plain(40, 2 * chunk + 7, 4 * KC + 7, 3))
        _check[dt, COLUMNS](_plain(63, 2 * chunk, 2048 + 5))


def test_short_sums() raises:
    comptime for dt in FLOATS:
        comptime w = simd_width_of[dt]()
        for m in [4 * MR, 4 * MR + 1, 77]:
            for n in [4 * w, 4 * w + 5, 9 * w - 1]:
                for k in [MR + 1, 32, 63, 64]:
                    _check[dt, OUTER](_plain(m, n, k))
        _check[dt, OUTER](_plain(4 * MR + 3, 4100, 64, 3))


def test_what_follows_the_sums() raises:
    comptime for dt in FLOATS:
        comptime w = simd_width_of[dt]()
        for biased in [False, True]:
            for relu in [False, True]:
                for alpha in [1.0, -0.5, 0.0]:
                    _check[dt, ROWS](Case(2 * w, 45, KC + 9, 1, biased, False, relu, alpha))
                    for adds in [False, True]:
                        _check[dt, COLUMNS](Case(33, 535, KC + 9, 1, biased, adds, relu, alpha))
                        _check[dt, OUTER](Case(45, 4 * w + 5, 33, 1, biased, adds, relu, alpha))


def test_nan_and_infinity() raises:
    comptime dt = DType.float32
    for special in [inf, nan, 1e38, 1e-42]:
        _check[dt, ROWS](_plain(31, 75, KC + 9), special)
        _check[dt, COLUMNS](_plain(33, 535, KC + 9), special)
        _check[dt, OUTER](_plain(45, 75, 33), special)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
