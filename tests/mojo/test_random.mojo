"""Philox against its known answers; the draws against its definition, their moments, and under every schedule."""

from std.math import cos, log, sin, sqrt
from std.testing import TestSuite, assert_equal, assert_true

from mojo_kernels.random import Counter, LANES, NonNegative, Normal, Random, Uniform, philox
from mojo_kernels.runtime.schedule import Tiled
from mojo_kernels.runtime.types import FLOATS
from support import Machine, SIZES, address, assert_close, bits, same_bits, tolerance, zeros

comptime SEED = Int64(-12345678901234567)
comptime OFFSETS = [0, 3, 63, 64, 777, 1 << 36]


def _known(c: List[UInt32], key: UInt64, expected: List[UInt32]) raises:
    var counter = Counter[4](fill=0)
    for i in range(4):
        counter[i] = c[i]
    var words = philox[4](counter, key)
    for i in range(4):
        for lane in range(4):
            assert_equal(words[i][lane], expected[i])


def test_known_answers() raises:
    # the known-answer test of the reference implementation, Random123
    _known([0, 0, 0, 0], 0, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8])
    var ones = UInt32.MAX
    _known([ones, ones, ones, ones], UInt64.MAX, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD])
    _known(
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        0x299F31D0A4093822,
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    )


def _words_at(place: Int, rows: Int) -> Counter[1]:
    """Returns the random words of a place's counter."""
    var counter = place // (LANES * rows) * LANES + place % LANES
    var c = Counter[1](fill=0)
    c[0] = UInt32(counter & 0xFFFFFFFF)
    c[1] = UInt32(counter >> 32)
    c[2] = UInt32(16 // rows)
    return philox[1](c, UInt64(SEED))


def _long_at(place: Int, row: Int) -> UInt64:
    var words = _words_at(place, 2)
    return UInt64(words[2 * row]) | UInt64(words[2 * row + 1]) << 32


def test_bits_follow_the_definition() raises:
    var m = Machine()
    for offset in materialize[OFFSETS]():
        var y = zeros[DType.int64](200)
        var words: List[Int64] = [address(y), 200, SEED, Int64(offset)]
        var original = m.both[Random[NonNegative, DType.int64]](words, y)
        assert_true(same_bits(original, y))
        for i in range(200):
            var place = offset + i
            assert_equal(UInt64(y[i]), _long_at(place, place // LANES % 2) >> 1)


def test_uniform_follows_the_definition() raises:
    var m = Machine()
    for offset in materialize[OFFSETS]():
        var y = zeros[DType.float32](200)
        var words: List[Int64] = [address(y), 200, SEED, Int64(offset), bits(0), bits(1)]
        var original = m.both[Random[Uniform, DType.float32]](words, y)
        assert_true(same_bits(original, y))
        for i in range(200):
            var place = offset + i
            var drawn = _words_at(place, 4)[place // LANES % 4] >> 8
            assert_equal(y[i], Float32(drawn) / (1 << 24))


def test_normal_follows_the_definition() raises:
    var m = Machine()
    var y = zeros[DType.float64](200)
    var words: List[Int64] = [address(y), 200, SEED, 5, bits(2), bits(3)]
    _ = m.both[Random[Normal, DType.float64]](words, y)
    for i in range(200):
        var place = 5 + i
        var u = (Float64(_long_at(place, 0) >> 11) + 0.5) / (1 << 53)
        var angle = 6.283185307179586 * Float64(_long_at(place, 1) >> 11) / (1 << 53)
        var direction = sin(angle) if place // LANES % 2 == 1 else cos(angle)
        var expected = 2 + 3 * sqrt(-2 * log(u)) * direction
        assert_true(abs(y[i] - expected) < 1e-9, String("normal at ", i, ": ", y[i], ", expected ", expected))


def _check_places[normal: Bool, dt: DType](m: Machine) raises:
    """Checks that an element depends on its place in the stream alone."""
    for n in materialize[SIZES]():
        for offset in [0, 1, 31, 64, 100]:
            var y = zeros[dt](n)
            var all = zeros[dt](n + offset)
            var words: List[Int64] = [address(y), Int64(n), SEED, Int64(offset), bits(-1.5), bits(2.25)]
            var words_of_all: List[Int64] = [address(all), Int64(n + offset), SEED, 0, bits(-1.5), bits(2.25)]
            var original: List[Scalar[dt]]
            comptime if normal:
                original = m.both[Random[Normal, dt]](words, y)
                _ = m.run[Random[Normal, dt], Tiled](words_of_all)
            else:
                original = m.both[Random[Uniform, dt]](words, y)
                _ = m.run[Random[Uniform, dt], Tiled](words_of_all)
            for i in range(n):
                assert_equal(y[i], all[offset + i])
            assert_close(original, y, String("random ", dt), tolerance[dt](), tolerance[dt]())


def test_elements_depend_on_their_place_alone() raises:
    var m = Machine()
    comptime for dt in FLOATS:
        _check_places[False, dt](m)
        _check_places[True, dt](m)


def _check_moments[dt: DType](m: Machine) raises:
    comptime N = 1 << 20
    var y = zeros[dt](N)
    _ = m.run[Random[Normal, dt], Tiled]([address(y), N, 1, 0, bits(0), bits(1)])
    var power = List[Float64](length=5, fill=0)
    for i in range(N):
        var v = y[i].cast[DType.float64]()
        var p = v
        for k in range(1, 5):
            power[k] += p / N
            p *= v
    # five standard deviations of the means of z, z^2, z^3, z^4: 1, sqrt 2, sqrt 15, sqrt 96 over sqrt N
    assert_true(abs(power[1]) < 0.005 and abs(power[2] - 1) < 0.007, String(power[1], " ", power[2]))
    assert_true(abs(power[3]) < 0.019 and abs(power[4] - 3) < 0.048, String(power[3], " ", power[4]))
    _ = m.run[Random[Uniform, dt], Tiled]([address(y), N, 1, 0, bits(0), bits(1)])
    var counts = List[Int](length=64, fill=0)
    for i in range(N):
        counts[Int(y[i] * 64)] += 1
    var chi = Float64(0)
    for count in counts:
        chi += (Float64(count) - N / 64) ** 2 / (N / 64)
    assert_true(chi > 20 and chi < 120, String("chi square of 63 degrees: ", chi))


def test_moments() raises:
    var m = Machine()
    comptime for dt in FLOATS:
        _check_moments[dt](m)


def test_uniform_stays_below_high() raises:
    var m = Machine()
    var y = zeros[DType.float32](4096)
    var high = Float32(1) + Float32(1) / (1 << 23)
    _ = m.run[Random[Uniform, DType.float32], Tiled]([address(y), 4096, 1, 0, bits(1), bits(Float64(high))])
    for v in y:
        assert_equal(v, 1)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
