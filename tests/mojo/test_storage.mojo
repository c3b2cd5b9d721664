"""The pool: sizes that keep changing stay bounded, blocks are reused, and the figures add up."""

from std.testing import TestSuite, assert_equal, assert_true

from mojo_kernels.runtime.storage import Pool, PoolPointer, SLACK, allocate, empty_cache, release

comptime MIB = 1 << 20


def test_changing_sizes_stay_bounded() raises:
    var own = Pool()
    var pool = PoolPointer(unsafe_from_address=Int(MutPointer(to=own)))
    var state = UInt64(1)
    var blocks = List[Int]()
    var most = 0
    for round in range(3000):
        state = state * 6364136223846793005 + 1442695040888963407
        # sizes drift over a factor of 4000, so that the classes in use change all the time
        var top = 1 << (12 + round // 250)
        blocks.append(allocate(pool, top + Int(state >> 33) % (3 * top)))
        if len(blocks) > 8:
            release(blocks.pop(Int(state >> 40) % len(blocks)))
        assert_true(own.live <= own.peak and own.live <= own.reserved, "live, peak, reserved")
        assert_true(own.reserved <= 2 * own.peak + SLACK, "reserved beyond its bound")
        most = max(most, own.reserved)
    assert_true(most > SLACK, "sizes so small that nothing is tested")
    for block in blocks:
        release(block)
    assert_equal(own.live, 0)
    empty_cache(pool)
    assert_equal(own.reserved, 0)


def test_unused_classes_are_given_back() raises:
    var own = Pool()
    var pool = PoolPointer(unsafe_from_address=Int(MutPointer(to=own)))
    for i in range(40):  # one block at a time, each of another class or size of a class
        release(allocate(pool, (16 + i) * MIB))
    assert_true(own.reserved <= 2 * own.peak + SLACK, "reserved beyond its bound")
    empty_cache(pool)
    assert_equal(own.reserved, 0)


def test_a_block_is_reused() raises:
    var own = Pool()
    var pool = PoolPointer(unsafe_from_address=Int(MutPointer(to=own)))
    var first = allocate(pool, 5 * MIB)
    release(first)
    var reserved = own.reserved
    for _ in range(100):
        var again = allocate(pool, 5 * MIB - 100)
        assert_equal(again, first)
        assert_equal(again % 64, 0)
        release(again)
    assert_equal(own.reserved, reserved)
    assert_equal(own.live, 0)
    empty_cache(pool)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
