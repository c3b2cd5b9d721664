"""Matrix products against sums in float64, under both schedules and any number of workers."""

from std.sys import simd_width_of, size_of
from std.testing import TestSuite, assert_equal, assert_true

from mojo_kernels.matmul import MatMul
from mojo_kernels.matmul.cpu import BLOCK, Gemm, KC
from mojo_kernels.matmul.operands import STRIPE
from mojo_kernels.matmul.packed_tile import SHAPES
from mojo_kernels.matmul.skinny import FEW, Skinny
from mojo_kernels.matmul.tile import MR
from mojo_kernels.runtime.tuning import tuning_words
from mojo_kernels.runtime.types import FLOATS, NUMBERS
from support import Machine, address, assert_close, bits, inf, keep, nan, numbers, same_bits, zeros


@fieldwise_init
struct Layout(TrivialRegisterPassable):
    """How a matrix lies in memory."""

    var row: Int
    var column: Int

    def length(self, rows: Int, columns: Int) -> Int:
        return max((rows - 1) * self.row + (columns - 1) * self.column, 0) + 1


@fieldwise_init
struct Finish(TrivialRegisterPassable):
    """What follows the sums."""

    var biased: Bool
    var accumulate: Bool
    var relu: Bool
    var alpha: Float64


comptime SHAPE_COUNT = len(SHAPES)
comptime PLAIN = Finish(False, False, False, 1)


def _layouts(rows: Int, columns: Int) -> List[Layout]:
    """Returns rows that are contiguous, columns that are, rows with gaps, and gaps everywhere."""
    return [Layout(columns, 1), Layout(1, rows), Layout(columns + 3, 1), Layout(2 * columns + 1, 2)]


def _expected[
    dt: DType
](
    a: List[Scalar[dt]],
    b: List[Scalar[dt]],
    bias: List[Scalar[dt]],
    held: List[Scalar[dt]],
    m: Int,
    n: Int,
    k: Int,
    in_a: Layout,
    in_b: Layout,
    finish: Finish,
) -> List[Float64]:
    var y = List[Float64]()
    for i in range(m):
        for j in range(n):
            var sum = Float64(0)
            for l in range(k):
                var x = a[i * in_a.row + l * in_a.column].cast[DType.float64]()
                sum += x * b[l * in_b.row + j * in_b.column].cast[DType.float64]()
            sum *= finish.alpha
            if finish.biased:
                sum += bias[j].cast[DType.float64]()
            if finish.accumulate:
                sum += held[i * n + j].cast[DType.float64]()
            y.append(max(sum, 0) if finish.relu else sum)
    return y^


def _check[
    dt: DType
](
    machine: Machine,
    m: Int,
    n: Int,
    k: Int,
    in_a: Layout,
    in_b: Layout,
    finish: Finish = materialize[PLAIN](),
) raises:
    var a = numbers[dt](in_a.length(m, k), m + 3 * k)
    var b = numbers[dt](in_b.length(k, n), n + 5 * k)
    var bias = numbers[dt](n, n)
    var y = numbers[dt](m * n, m + n)
    var held = y.copy()
    var words: List[Int64] = [address(y), address(a), address(b), address(bias) if finish.biased else 0]
    for size in [m, n, k, in_a.row, in_a.column, in_b.row, in_b.column]:
        words.append(Int64(size))
    words.extend([Int64(finish.accumulate), Int64(finish.relu)])
    words.append(bits(finish.alpha) if dt.is_floating_point() else Int64(finish.alpha))
    words.extend([1, 1, 0, 0])
    var original = machine.both[MatMul[dt]](words, y)
    var expected = _expected(a, b, bias, held, m, n, k, in_a, in_b, finish)
    var what = String(dt, " ", m, " x ", n, " x ", k, " strides ", in_a.row, " ", in_a.column)
    what += String(" and ", in_b.row, " ", in_b.column)
    comptime RTOL = 1e-5 if dt == DType.float32 else 1e-12
    var atol = RTOL * 64 * (1 + Float64(k)) ** 0.5  # products of numbers up to 8, rounded k times
    assert_close(y, expected, what, RTOL, atol)
    assert_close(original, expected, "original " + what, RTOL, atol)
    keep(a)
    keep(b)
    keep(bias)


def _check_layouts[dt: DType](machine: Machine, m: Int, n: Int, k: Int) raises:
    for in_a in _layouts(m, k):
        for in_b in _layouts(k, n):
            _check[dt](machine, m, n, k, in_a, in_b)


def test_sizes_around_tiles_in_all_layouts() raises:
    var machine = Machine()
    comptime for dt in FLOATS:
        comptime w = simd_width_of[dt]()
        for m in [1, 2, 3, FEW, FEW + 1, MR - 1, MR, MR + 1, 2 * MR + 1, 2 * STRIPE + 1]:
            for n in [
                1,
                FEW,
                FEW + 1,
                w - 1,
                w,
                w + 1,
                2 * w - 1,
                2 * w,
                2 * w + 1,
                3 * w + FEW,
                5 * w + FEW + 1,
            ]:
                for k in [1, 7, 33]:
                    _check_layouts[dt](machine, m, n, k)


def test_every_small_size() raises:
    var machine = Machine()
    for m in range(1, 2 * MR + 2):
        for n in range(1, 36):
            for k in [1, 2, 8, 16, 17]:
                _check[DType.float32](machine, m, n, k, Layout(k, 1), Layout(n, 1))
                _check[DType.float32](machine, m, n, k, Layout(1, m), Layout(1, k))


def test_blocks_of_k_and_packed_operands() raises:
    var machine = Machine()
    comptime for dt in FLOATS:
        comptime w = simd_width_of[dt]()
        for k in [65, KC - 1, KC, KC + 1, 2 * KC + 3]:
            _check_layouts[dt](machine, 4 * MR - 1, 3 * w, k)
            _check_layouts[dt](machine, 4 * MR, 3 * w + 1, k)
            _check_layouts[dt](machine, 4 * MR + 1, 8 * w + 1, k)
            _check_layouts[dt](machine, 5 * MR, 9 * w - 1, k)


def test_more_than_one_block_of_rows() raises:
    var machine = Machine()
    comptime for dt in FLOATS:
        comptime rows = BLOCK // (KC * size_of[dt]())
        comptime n = 8 * simd_width_of[dt]()
        for m in [rows - 1, rows, rows + 1, 2 * rows + MR + 1]:
            _check[dt](machine, m, n, 66, Layout(66, 1), Layout(n, 1))
        _check_layouts[dt](machine, rows + 1, n, 66)


def _choose(shape: Int, block: Int):
    """Sets what products would be told by a measurement: shapes for both dtypes, and the bytes of a block."""
    var words = tuning_words()
    words.unsafe_store(1, Int64(shape))
    words.unsafe_store(2, Int64(shape))
    words.unsafe_store(3, Int64(block))


def test_every_shape_of_tile_in_all_layouts() raises:
    """Sizes on either side of each tile, in blocks of one tile and of several; a shape that is not there is the first.
    """
    var machine = Machine()
    comptime for dt in FLOATS:
        comptime w = simd_width_of[dt]()
        comptime for shape in range(len(SHAPES) + 1):
            comptime rows = SHAPES[shape % len(SHAPES)].rows
            comptime columns = SHAPES[shape % len(SHAPES)].vectors * w
            _choose(shape, 1)
            for m in [5 * rows - 1, 5 * rows, 5 * rows + 1]:
                for n in [8 * w, 4 * columns - 1, 4 * columns + 1, 5 * columns + w + 1]:
                    _check[dt](machine, m, n, 65, Layout(65, 1), Layout(n, 1))
            _choose(shape, 2 * rows * KC * size_of[dt]())
            _check_layouts[dt](machine, 5 * rows + 1, 4 * columns + 3, 67)
            _check[dt](machine, 5 * rows + 1, 4 * columns + 3, KC + 1, Layout(KC + 1, 1), Layout(1, KC + 1))
            _choose(shape, 7 * w * KC * size_of[dt]())  # seven vectors of columns, which are no whole panels
            for n in [14 * w, 14 * w + 1, 16 * w - 1, 22 * w]:
                _check[dt](machine, 4 * rows, n, 66, Layout(66, 1), Layout(n, 1))
            _check[dt](machine, 9 * rows - 1, 16 * w - 1, 66, Layout(1, 9 * rows - 1), Layout(1, 66))
    _choose(0, 0)


def test_few_rows_of_a_large_matrix_in_every_shape() raises:
    var machine = Machine()
    comptime for dt in FLOATS:
        for shape in range(SHAPE_COUNT):
            _choose(shape, 0)
            for m in [13, 16, 31]:
                _check[dt](machine, m, 2101, 66, Layout(66, 1), Layout(2101, 1))
            _check[dt](
                machine, 17, 2101, KC + 1, Layout(1, 17), Layout(2104, 1), Finish(True, True, True, -0.5)
            )
    _choose(0, 0)


def test_every_shape_of_tile_gives_the_same_bits() raises:
    var machine = Machine()
    comptime for dt in FLOATS:
        comptime m = 101
        comptime n = 23 * simd_width_of[dt]() + 5
        comptime k = 2 * KC + 9
        var a = numbers[dt](m * k, 1)
        var b = numbers[dt](k * n, 2)
        var first = zeros[dt](m * n)
        for shape in range(SHAPE_COUNT):
            for block in [1, 0, 100_000]:
                _choose(shape, block)
                var y = zeros[dt](m * n)
                var words: List[Int64] = [address(y), address(a), address(b), 0]
                for word in [m, n, k, k, 1, n, 1, 0, 0]:
                    words.append(Int64(word))
                words.extend([bits(1), 1, 1, 0, 0])
                _ = machine.both[MatMul[dt]](words, y)
                if shape == 0 and block == 1:
                    first = y.copy()
                assert_true(same_bits(y, first), String(dt, " shape ", shape, " block ", block))
        keep(a)
        keep(b)
    _choose(0, 0)


def test_few_rows_and_columns() raises:
    var machine = Machine()
    comptime for dt in FLOATS:
        comptime chunk = Skinny[dt].CHUNK
        for few in range(1, FEW + 2):
            for k in [1, 13]:
                for many in [chunk - 1, chunk, chunk + 21]:
                    _check_layouts[dt](machine, few, many, k)
                    _check_layouts[dt](machine, many, few, k)
            _check_layouts[dt](machine, few, 11, 4099)
            _check_layouts[dt](machine, 11, few, 4099)


def test_streamed_rows_of_a_large_matrix() raises:
    var machine = Machine()
    comptime for dt in FLOATS:
        for few in [FEW + 1, 8, 11, 12, 13]:
            _check_layouts[dt](machine, few, 2101, 66)
            _check_layouts[dt](machine, 2101, few, 66)


def test_what_follows_the_sums() raises:
    var machine = Machine()
    comptime for dt in FLOATS:
        for biased in [False, True]:
            for accumulate in [False, True]:
                for relu in [False, True]:
                    for alpha in [1.0, -0.5, 0.0]:
                        var finish = Finish(biased, accumulate, relu, alpha)
                        for m in [1, 3, 9, 40]:
                            for n in [1, 3, 21, 33, 130]:
                                for k in [0, 1, 20, 70, KC + 1]:
                                    _check[dt](machine, m, n, k, Layout(k, 1), Layout(n, 1), finish)
                                    _check[dt](machine, m, n, k, Layout(1, m), Layout(1, k), finish)


def test_integers() raises:
    var machine = Machine()
    for k in [0, 1, 20]:
        _check[DType.int64](machine, 9, 5, k, Layout(k, 1), Layout(1, k), Finish(True, True, True, -2))


def test_a_result_does_not_depend_on_other_rows_and_columns() raises:
    """Tiles of any height, width and position give an element the same bits: those of the first row's product alone
    where both have one form."""
    var machine = Machine()
    comptime dt = DType.float32
    comptime k = KC + 9
    var a = numbers[dt](70 * k, 1)
    var b = numbers[dt](k * 64, 2)
    var whole = zeros[dt](70 * 64)
    var part = zeros[dt](5 * 64)
    var one = bits(1)
    var words: List[Int64] = [
        address(whole), address(a), address(b), 0, 70, 64, k, k, 1, 64, 1, 0, 0, one, 1, 1, 0, 0,
    ]  # fmt: skip
    _ = machine.both[MatMul[dt]](words, whole)
    words[0] = address(part)
    words[4] = 5
    _ = machine.both[MatMul[dt]](words, part)
    for i in range(5 * 64):
        assert_equal(part[i], whole[i])
    keep(a)
    keep(b)


def test_batches_broadcast() raises:
    var machine = Machine()
    comptime dt = DType.float64
    for m in [1, 5, 20]:
        comptime n = 19
        comptime k = 6
        var a = numbers[dt](3 * m * k, 1)
        var b = numbers[dt](2 * k * n, 2)
        var y = zeros[dt](6 * m * n)
        var words: List[Int64] = [address(y), address(a), address(b), 0]
        for word in [m, n, k, k, 1, n, 1, 0, 0]:
            words.append(Int64(word))
        words.append(bits(1))
        for word in [2, 2, 3, 0, m * k, k * n, 0]:  # b's batch first, a's second
            words.append(Int64(word))
        var original = machine.both[MatMul[dt]](words, y)
        for p in range(2):
            for q in range(3):
                var one_a = List[Float64]()
                for i in range(m * k):
                    one_a.append(a[q * m * k + i])
                var one_b = List[Float64]()
                for i in range(k * n):
                    one_b.append(b[p * k * n + i])
                var none = zeros[dt](m * n)
                var expected = _expected(
                    one_a, one_b, none, none, m, n, k, Layout(k, 1), Layout(n, 1), materialize[PLAIN]()
                )
                for i in range(m * n):
                    var index = (p * 3 + q) * m * n + i
                    assert_true(abs(y[index] - expected[i]) < 1e-11)
                    assert_true(abs(original[index] - expected[i]) < 1e-11)
        keep(a)
        keep(b)


def test_nan_and_infinity_stay_in_their_rows_and_columns() raises:
    var machine = Machine()
    comptime dt = DType.float32
    for shape in [
        (1, 40, 40),
        (3, 33, 40),
        (9, 1, 40),
        (9, 3, 40),
        (20, 35, 9),
        (40, 130, 70),
        (61, 150, 70),
    ]:
        var m, n, k = shape
        _choose((m + n) % SHAPE_COUNT, 0)
        for relu in [0, 1]:
            for value in [nan, inf, -inf]:
                for transposed in [False, True]:
                    var a = List[Scalar[dt]](length=m * k, fill=1)
                    var b = List[Scalar[dt]](length=k * n, fill=1)
                    a[(m - 1) if transposed else (m - 1) * k] = value.cast[dt]()
                    var y = zeros[dt](m * n)
                    var words: List[Int64] = [address(y), address(a), address(b), 0]
                    for word in [m, n, k]:
                        words.append(Int64(word))
                    var strides = [1, m, 1, k] if transposed else [k, 1, n, 1]
                    for stride in strides:
                        words.append(Int64(stride))
                    words.extend([0, Int64(relu), bits(1), 1, 1, 0, 0])
                    _ = machine.both[MatMul[dt]](words, y)
                    for i in range(m):
                        for j in range(n):
                            var got = y[i * n + j].cast[DType.float64]()
                            if i < m - 1:
                                assert_equal(got, Float64(k))
                            elif value == -inf and relu == 1:
                                assert_equal(got, 0)
                            elif value == value:
                                assert_equal(got, value)
                            else:
                                assert_true(not got == got)
                    keep(a)
                    keep(b)
    _choose(0, 0)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
