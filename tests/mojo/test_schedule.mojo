"""Schedules: every unit is done once, in shares cut at the grain, whatever the number of workers."""

from std.atomic import Atomic
from std.testing import TestSuite, assert_equal, assert_true

from mojo_kernels.runtime.context import Context, ContextPointer, Costs
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel, cpu_entry
from mojo_kernels.runtime.parallelize import max_runner
from mojo_kernels.runtime.schedule import DECISIONS, Original, Schedule, Tiled, worth
from mojo_kernels.runtime.team import TeamPointer, round_trip
from mojo_kernels.runtime.types import OK, Words, buffer, word
from support import Machine, SIZES, THREADS, address, zeros

comptime GRAIN = 8


struct Count(Kernel):
    """Counts how often each unit is done. Words: counts, units, number of shares, first units that are off the grain.
    """

    comptime WORDS: StaticString = "counts:w units shares:w off:w"

    @staticmethod
    def name() -> String:
        return "count"

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.units)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.units), 0, 0, 1000)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        for i in range(start, stop):
            _ = Atomic.fetch_add(buffer[DType.int64](args, Self.AT.counts).unsafe_offset(i), Int64(1))
        _ = Atomic.fetch_add(buffer[DType.int64](args, Self.AT.shares), Int64(1))
        if start % GRAIN != 0:
            _ = Atomic.fetch_add(buffer[DType.int64](args, Self.AT.off), Int64(1))


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


def _worth(m: Machine, cost: Cost, trip: Int, threads: Int = 2) -> Int:
    """Returns how many workers a call is worth where the last round trip took `trip` nanoseconds."""
    var team = TeamPointer(unsafe_from_address=m.team)
    team[].trip = trip
    team[].until_trip = DECISIONS
    for i in range(threads):
        team[].slots[i].parked = 0
    var context = Context(0, threads, m.team, 0)
    var found = worth(ContextPointer(unsafe_from_address=Int(MutPointer(to=context))), cost)
    _ = context^
    return found


def test_a_worker_joins_only_if_it_pays() raises:
    var m = Machine()
    var costs = Costs()
    var near = Int(costs.far_trip) - 1
    var far = Int(costs.far_trip)
    # two workers halve the time: that pays from twice the cost of joining on
    assert_equal(_worth(m, Cost(1, 0, 0, 2 * costs.join - 1), near), 1)
    assert_equal(_worth(m, Cost(1, 0, 0, 2 * costs.join + 1), near), 2)
    assert_equal(_worth(m, Cost(1, 0, 0, 2 * costs.far_join - 1), far), 1)
    assert_equal(_worth(m, Cost(1, 0, 0, 2 * costs.far_join + 1), far), 2)
    # the third saves a sixth
    assert_equal(_worth(m, Cost(1, 0, 0, 6 * costs.join - 1), near, 3), 2)
    assert_equal(_worth(m, Cost(1, 0, 0, 6 * costs.join + 1), near, 3), 3)
    # a far worker joins wherever it pays by that measure: workers that take turns over the same data cost more
    var cached = Int(costs.cache)
    assert_equal(_worth(m, Cost(1, 0, cached, 0), near), 2)
    assert_equal(_worth(m, Cost(1, 0, cached, 0), far), 2)


def test_a_sleeping_worker_costs_its_waker() raises:
    var m = Machine()
    var costs = Costs()
    var cost = Cost(1, 0, 0, 2 * costs.join + costs.wake)
    assert_equal(_worth(m, cost, 1), 2)
    var team = TeamPointer(unsafe_from_address=m.team)
    team[].slots[1].parked = 1
    var context = Context(0, 2, m.team, 0)
    assert_equal(worth(ContextPointer(unsafe_from_address=Int(MutPointer(to=context))), cost), 1)
    _ = context^


def test_round_trips_find_a_thread_awake() raises:
    var m = Machine()
    var team = TeamPointer(unsafe_from_address=m.team)
    var found = 0
    for _ in range(1_000_000):
        var trip = round_trip(team)
        assert_true(trip >= 0)
        found += Int(trip > 0)
        if found == 10:
            return
    assert_true(False, "no round trip was measured")


def test_max_threads_do_the_shares_too() raises:
    var m = Machine()
    var counts = zeros[DType.int64](1000)
    var shares = zeros[DType.int64](1)
    var off = zeros[DType.int64](1)
    var context = Context(5, THREADS, m.team, 0)
    context.runner = max_runner()
    var words: List[Int64] = [
        address(counts),
        1000,
        address(shares),
        address(off),
        Int64(Int(MutPointer(to=context))),
    ]
    assert_equal(cpu_entry[Count, Tiled](Words(unsafe_from_address=Int(words.unsafe_ptr()))), OK)
    _ = words^
    _ = context^
    for i in range(1000):
        assert_equal(counts[i], 1)
    assert_equal(off[0], 0)
    assert_equal(shares[0], 5)
    assert_equal(TeamPointer(unsafe_from_address=m.team)[].started, 0)


def test_a_team_serves_many_calls() raises:
    var m = Machine()
    for i in range(2000):
        _ = _shares[Tiled](m, 100 + i % 50, 2 + i % 6)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
