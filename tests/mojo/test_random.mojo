"""Random numbers: Philox's known answers, independence of the split of a draw, ranges and moments."""

from std.math import sqrt
from std.testing import TestSuite, assert_equal, assert_true

from mojo_kernels.random import Counter, Distribution, Kept, NonNegative, Normal, Random, Uniform, philox
from mojo_kernels.runtime.schedule import Tiled
from mojo_kernels.runtime.types import FLOATS
from support import Machine, SIZES, address, assert_close, bits, same_bits, tolerance, zeros

comptime SEED = -1234567890123456789


def _philox(a: UInt32, b: UInt32, c: UInt32, d: UInt32, key: UInt64) -> List[UInt32]:
    var counter = Counter[1](fill=0)
    counter[0] = a
    counter[1] = b
    counter[2] = c
    counter[3] = d
    var r = philox[1](counter, key)
    return [r[0][0], r[1][0], r[2][0], r[3][0]]


def test_philox_gives_the_known_answers() raises:
    """The vectors that come with the authors' library, Random123."""
    assert_equal(_philox(0, 0, 0, 0, 0), [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8])
    comptime ONES = UInt32(0xFFFFFFFF)
    assert_equal(
        _philox(ONES, ONES, ONES, ONES, UInt64.MAX), [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    )
    assert_equal(
        _philox(0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0x299F31D0A4093822),
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    )


def _words[D: Distribution](y: Int64, count: Int, offset: Int, a: Float64, b: Float64) -> List[Int64]:
    var words: List[Int64] = [y, Int64(count), Int64(SEED), Int64(offset)]
    comptime if D.PARAMETERS == 2:
        words.extend([bits(a), bits(b)])
    return words^


def _draw[
    D: Distribution, dt: DType
](m: Machine, count: Int, offset: Int, a: Float64, b: Float64) -> List[Scalar[dt]]:
    var y = zeros[dt](count)
    _ = m.run[Random[D, dt], Tiled](_words[D](address(y), count, offset, a, b))
    return y^


def _check[D: Distribution, dt: DType](m: Machine) raises:
    comptime for offset in [0, 3, 64, (1 << 36) + 77]:
        comptime for n in SIZES:
            var y = zeros[dt](n)
            var original = m.both[Random[D, dt]](_words[D](address(y), n, offset, -1.5, 2.5), y)
            comptime if D.NAME == "normal":
                assert_close(original, y, "original", tolerance[dt](), tolerance[dt]())
            else:
                assert_true(same_bits(original, y))
            # the same positions of the stream, drawn in two parts
            var first = _draw[D, dt](m, n // 3, offset, -1.5, 2.5)
            first.extend(_draw[D, dt](m, n - n // 3, offset + n // 3, -1.5, 2.5))
            assert_true(same_bits(first, y), String(D.NAME, " ", dt, " ", n, " from ", offset))


def test_elements_depend_on_their_place_alone() raises:
    var m = Machine()
    comptime for dt in FLOATS:
        _check[Uniform, dt](m)
        _check[Normal, dt](m)
        _check[Kept, dt](m)
    _check[NonNegative, DType.int64](m)


def test_uniform_stays_below_high() raises:
    var m = Machine()
    comptime for dt in FLOATS:
        for y in _draw[Uniform, dt](m, 100_000, 0, 1, 1.0000002):
            assert_true(y >= 1 and y < Float64(1.0000002).cast[dt]())
    for y in _draw[NonNegative, DType.int64](m, 10_000, 0, 0, 0):
        assert_true(y >= 0)


def test_kept_is_one_factor_or_zero() raises:
    var m = Machine()
    comptime for dt in FLOATS:
        var dropped = 0
        for y in _draw[Kept, dt](m, 100_000, 0, 0.25, 4.0):
            assert_true(y == 0 or y == 4)
            dropped += Int(y == 0)
        assert_true(abs(dropped - 25_000) < 700)
        for y in _draw[Kept, dt](m, 1_000, 0, 1.0, 4.0):
            assert_true(y == 0)
        for y in _draw[Kept, dt](m, 1_000, 0, 0.0, 4.0):
            assert_true(y == 4)


def test_moments() raises:
    var m = Machine()
    comptime N = 1_000_000
    comptime for dt in FLOATS:
        var sum = Float64(0)
        var squares = Float64(0)
        for y in _draw[Uniform, dt](m, N, 0, -1, 3):
            sum += y.cast[DType.float64]()
            squares += (y.cast[DType.float64]() - 1) ** 2
        assert_true(abs(sum / N - 1) < 5 * sqrt(16.0 / 12 / N))
        assert_true(abs(squares / N - 16.0 / 12) < 0.01)
        sum = 0
        squares = 0
        var fourth = Float64(0)
        var largest = Float64(0)
        for y in _draw[Normal, dt](m, N, 0, 2, 0.5):
            var z = (y.cast[DType.float64]() - 2) / 0.5
            sum += z
            squares += z * z
            fourth += z**4
            largest = max(largest, abs(z))
        assert_true(abs(sum / N) < 5 / sqrt(Float64(N)))
        assert_true(abs(squares / N - 1) < 5 * sqrt(2.0 / N))
        assert_true(abs(fourth / N - 3) < 5 * sqrt(96.0 / N))
        assert_true(largest > 4 and largest < 7)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
