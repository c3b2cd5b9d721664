"""Walks done tile by tile, and results that are streamed past the caches: Tiled against Original, bit for bit."""

from std.testing import TestSuite, assert_equal, assert_true

from mojo_kernels.elementwise.arithmetic.basic import Add, Mul, Neg
from mojo_kernels.elementwise.compare import Lt
from mojo_kernels.runtime.loops import STREAMED
from mojo_kernels.elementwise.kernels import (
    BinaryBackward,
    BinaryForward,
    Cast,
    Compare,
    Fill,
    UnaryForward,
    Where,
)
from mojo_kernels.elementwise.pointwise import Pointwise
from mojo_kernels.runtime.types import BOOL, STORED
from std.sys import size_of
from mojo_kernels.runtime.schedule import Original, Tiled
from support import Machine, address, bits, keep, numbers, same_bits, zeros

comptime F = DType.float32
comptime SHAPES = [
    (1, 1),
    (3, 5),
    (16, 16),
    (17, 33),
    (31, 129),
    (33, 31),
    (40, 70),
    (100, 10),
    (65, 2049),
    (1000, 3),
]
"""Rows and columns on either side of squares of vectors, of tiles, and of what counts as a short row."""


def _base[dt: DType](values: List[Scalar[dt]], rows: Int, columns: Int, down: Int, across: Int) -> Int64:
    """Returns the address of the first element of a matrix in a list, which is the last one of a backward stride.
    """
    var first = max(-down, 0) * (rows - 1) + max(-across, 0) * (columns - 1)
    return address(values) + Int64(first * size_of[dt]())


def _strides(rows: Int, columns: Int) -> List[Tuple[Int, Int]]:
    """Lists strides down and across: by rows, transposed, spread, backward, broadcast."""
    return [
        (columns, 1),
        (columns + 3, 1),
        (1, rows),
        (1, rows + 5),
        (2 * columns, 2),
        (columns, -1),
        (-columns, 1),
        (3 * columns, 3),
        (-1, -rows),
        (2, 2 * rows),
        (0, 1),
        (1, 0),
        (0, 0),
        (0, -1),
        (0, 2),
    ]


def _room(rows: Int, columns: Int, down: Int, across: Int) -> Int:
    """Counts the elements that a matrix spans: not one more, so that a load behind the end is one behind the list.
    """
    return abs(down) * (rows - 1) + abs(across) * (columns - 1) + 1


def test_any_strides_of_two_inputs() raises:
    var m = Machine()
    comptime for shape in SHAPES:
        comptime rows = shape[0]
        comptime columns = shape[1]
        var b = numbers[F](rows * columns, 2)
        for stride in _strides(rows, columns):
            var down, across = stride
            var a = numbers[F](_room(rows, columns, down, across), 1)
            var y = zeros[F](rows * columns)
            var first = _base(a, rows, columns, down, across)
            var words: List[Int64] = [address(y), first, address(b), 0, 2, Int64(rows), Int64(columns)]
            words += [Int64(columns), 1, Int64(down), Int64(across), 1, Int64(rows)]
            var original = m.both[Pointwise[BinaryForward[Mul, F]]](words, y)
            assert_true(
                same_bits(original, y), String("strides ", down, " ", across, " of ", rows, " x ", columns)
            )
            keep(a)
        keep(b)


def test_any_strides_of_an_output() raises:
    var m = Machine()
    comptime for shape in SHAPES:
        comptime rows = shape[0]
        comptime columns = shape[1]
        var x = numbers[F](rows * columns, 1)
        for stride in _strides(rows, columns):
            var down, across = stride
            if (down == 0 and rows > 1) or (across == 0 and columns > 1):
                continue
            var y = numbers[F](_room(rows, columns, down, across), 2)
            var first = _base(y, rows, columns, down, across)
            var words: List[Int64] = [first, address(x), 2, Int64(rows), Int64(columns)]
            words += [Int64(down), Int64(across), Int64(columns), 1]
            var original = m.both[Pointwise[UnaryForward[Neg, F]]](words, y)
            assert_true(
                same_bits(original, y), String("strides ", down, " ", across, " of ", rows, " x ", columns)
            )
        keep(x)


def test_in_place_on_a_transposed_view() raises:
    comptime N = 70
    var m = Machine()
    var x = numbers[F](N * N, 1)
    var before = x.copy()
    var words: List[Int64] = [address(x), address(x), 2, N, N, 1, N, 1, N]
    _ = m.run[Pointwise[UnaryForward[Neg, F]], Tiled](words)
    for i in range(N * N):
        assert_equal(x[i], -before[i])


def _copies[dt: DType](m: Machine) raises:
    for sizes in [(2, 40, 50), (5, 17, 9), (3, 1, 200)]:
        var n, rows, columns = sizes
        var x = numbers[dt](n * rows * columns, 3)
        var shape: List[Int64] = [3, Int64(n), Int64(rows), Int64(columns)]
        var by_rows: List[Int64] = [Int64(rows * columns), Int64(columns), 1]
        for strides in [
            (rows * columns, 1, rows),
            (1, n, n * rows),
            (1, n * columns, n),
            (rows, 1, n * rows),
        ]:
            var y = zeros[dt](n * rows * columns)
            var words: List[Int64] = [address(y), address(x)]
            words += shape.copy()
            words += by_rows.copy()
            words += [Int64(strides[0]), Int64(strides[1]), Int64(strides[2])]
            var original = m.both[Pointwise[Cast[dt, dt]]](words, y)
            assert_true(same_bits(original, y), String(dt, " copy of ", n, " x ", rows, " x ", columns))
        keep(x)


def test_copies_of_three_dimensions() raises:
    var m = Machine()
    comptime for dt in STORED:
        _copies[dt](m)


def test_operands_of_several_sizes() raises:
    comptime R = 37
    comptime C = 53
    var m = Machine()
    var a = numbers[F](R * C, 1)
    var b = numbers[F](R * C, 2)
    var less = zeros[BOOL](R * C)
    var words: List[Int64] = [address(less), address(a), address(b), 0, 2, R, C, C, 1, 1, R, C, 1]
    var compared = m.both[Pointwise[Compare[Lt, F]]](words, less)
    assert_true(same_bits(compared, less), "compare")
    var y = zeros[F](R * C)
    words = [address(y), address(less), address(a), 0, 0, bits(2.5), 2, R, C, C, 1, 1, R, C, 1, 0, 0]
    var chosen = m.both[Pointwise[Where[F]]](words, y)
    assert_true(same_bits(chosen, y), "where")
    var wide = zeros[DType.float64](R * C)
    words = [address(wide), address(a), 2, R, C, 1, R, C, 1]
    var cast = m.both[Pointwise[Cast[F, DType.float64]]](words, wide)
    assert_true(same_bits(cast, wide), "cast")
    words = [address(y), bits(1.5), 2, R, C, 1, R]
    var filled = m.both[Pointwise[Fill[F]]](words, y)
    assert_true(same_bits(filled, y), "fill")
    keep(a)
    keep(b)
    keep(less)


def test_gradients_lie_by_rows() raises:
    var m = Machine()
    for sizes in [(37, 53), (37, 130), (300, 7)]:
        var r = Int64(sizes[0])
        var c = Int64(sizes[1])
        var a = numbers[F](Int(r * c), 1)
        var dy = numbers[F](Int(r * c), 2)
        var da = zeros[F](Int(r * c))
        var db = zeros[F](Int(r * c))
        var shape: List[Int64] = [2, r, c, 1, r, 0, 1, c, 1]
        var words: List[Int64] = [address(da), address(db), address(a), address(dy), address(dy), 0]
        words += shape.copy()
        var original = m.both[Pointwise[BinaryBackward[Mul, F]]](words, da)
        assert_true(same_bits(original, da), "first gradient")
        var tiled = db.copy()
        _ = m.run[Pointwise[BinaryBackward[Mul, F]], Original](words)
        assert_true(same_bits(tiled, db), "second gradient")
        words[0] = 0
        _ = m.run[Pointwise[BinaryBackward[Mul, F]], Tiled](words)
        assert_true(same_bits(tiled, db), "second gradient alone")
        keep(a)
        keep(da)
        keep(dy)


def test_streamed_results() raises:
    """Sizes on either side of what is streamed, addresses of each alignment; elements around the result stay.
    """
    var m = Machine()
    comptime N = STREAMED // size_of[F]()
    for part in [(N - 1, 0), (N, 0), (N + 1, 1), (N + 77, 5), (N + 4096, 15)]:
        var n, shift = part
        var at = Int64(4 * shift)
        var a = numbers[F](n, 1)
        var y = zeros[F](n + 32)
        var words: List[Int64] = [address(y) + at, address(a), address(a), 0, 1, Int64(n), 1, 1, 1]
        var original = m.both[Pointwise[BinaryForward[Add, F]]](words, y)
        assert_true(same_bits(original, y), String("add of ", n, " elements, ", shift, " from the start"))
        var da = zeros[F](n + 32)
        words = [
            address(da) + at,
            address(y) + 4,
            address(a),
            address(a),
            address(a),
            0,
            1,
            Int64(n),
            1,
            1,
            1,
        ]
        var grads = m.both[Pointwise[BinaryBackward[Mul, F]]](words, da)
        assert_true(same_bits(grads, da), String("gradients of ", n, " elements, ", shift, " from the start"))
        keep(a)
        keep(y)


def test_streamed_rows() raises:
    """Rows whose length is no multiple of a vector start at every alignment; bytes are streamed in short vectors.
    """
    comptime R = 33
    comptime C = 130_001
    var m = Machine()
    var a = numbers[F](R * C, 1)
    var b = numbers[F](C, 2)
    var y = zeros[F](R * C)
    var words: List[Int64] = [address(y), address(a), address(b), 0, 2, R, C, C, 1, C, 1, 0, 1]
    var sums = m.both[Pointwise[BinaryForward[Add, F]]](words, y)
    assert_true(same_bits(sums, y), "add")
    var less = zeros[BOOL](R * C)
    words[0] = address(less)
    var compared = m.both[Pointwise[Compare[Lt, F]]](words, less)
    assert_true(same_bits(compared, less), "compare")
    keep(a)
    keep(b)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
