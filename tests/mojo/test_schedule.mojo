"""Schedules: every unit is done once, in shares cut at the grain, whatever the number of workers."""

from std.atomic import Atomic
from std.testing import TestSuite, assert_equal, assert_true

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.types import OK, Words, buffer, word
from support import Machine, SIZES, address, zeros

comptime GRAIN = 8


struct Count(Kernel):
    """Counts how often each unit is done. Words: counts, units, number of shares, first units that are off the grain.
    """

    comptime OPERANDS: StaticString = "w.ww"

    @staticmethod
    def name() -> String:
        return "count"

    @staticmethod
    def words(args: Words) -> Int:
        return 4

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, 1)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, 1), 0, 0, 1000)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        for i in range(start, stop):
            _ = Atomic.fetch_add(buffer[DType.int64](args, 0).unsafe_offset(i), Int64(1))
        _ = Atomic.fetch_add(buffer[DType.int64](args, 2), Int64(1))
        if start % GRAIN != 0:
            _ = Atomic.fetch_add(buffer[DType.int64](args, 3), Int64(1))


def _shares[S: Schedule](m: Machine, units: Int, workers: Int) raises -> Int:
    var counts = zeros[DType.int64](units)
    var shares = zeros[DType.int64](1)
    var off = zeros[DType.int64](1)
    var words: List[Int64] = [address(counts), Int64(units), address(shares), address(off)]
    assert_equal(m.run[Count, S](words, workers), OK)
    for i in range(units):
        assert_equal(counts[i], 1)
    assert_equal(off[0], 0)
    return Int(shares[0])


def test_every_unit_is_done_once() raises:
    var m = Machine()
    comptime for units in SIZES:
        for workers in [0, 1, 2, 3, 7, 64, 1000]:
            assert_true(_shares[Tiled](m, units, workers) <= max(workers, 3))
        assert_equal(_shares[Original](m, units, 7), 1)


def test_fixed_has_as_many_shares_as_workers() raises:
    var m = Machine()
    for workers in [1, 2, 3, 7, 64]:
        assert_equal(_shares[Tiled](m, 64 * GRAIN * workers, workers), workers)


def test_dynamic_stays_alone_where_work_is_small() raises:
    var m = Machine()
    assert_equal(_shares[Tiled](m, 7, 0), 1)
    assert_equal(_shares[Tiled](m, 1000, 0), 3)


def test_a_team_serves_many_calls() raises:
    var m = Machine()
    for i in range(2000):
        _ = _shares[Tiled](m, 100 + i % 50, 2 + i % 6)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
