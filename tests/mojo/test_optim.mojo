"""Optimizer updates against their formulas in float64, under both schedules and any number of workers."""

from std.testing import TestSuite, assert_true

from mojo_kernels.optim.plain import SGD
from mojo_kernels.optim.update import Update
from mojo_kernels.runtime.types import FLOATS
from support import Machine, SIZES, address, assert_close, bits, keep, numbers, tolerance

comptime TOTAL = 1 + 7 + 31 + 33 + 127 + 129 + 1000 + 4097


def _check[
    dt: DType
](
    m: Machine,
    momentum: Float64,
    dampening: Float64,
    decay: Float64,
    nesterov: Bool,
    maximize: Bool,
    first: Bool,
) raises:
    # the tensors' parameters, then their buffers, lie behind each other in one list, so that all bits are compared
    var moved = numbers[dt](2 * TOTAL, 1)
    var before = moved.copy()
    var grad = numbers[dt](TOTAL, 2)
    var table = List[Int64]()
    comptime BYTES = 4 if dt == DType.float32 else 8
    var start = 0
    comptime for n in SIZES:
        var buffer = address(moved) + Int64((TOTAL + start) * BYTES) if momentum != 0 else 0
        var offset = Int64(start * BYTES)
        table.extend([address(moved) + offset, address(grad) + offset, buffer, Int64(n)])
        start += n
    var words: List[Int64] = [
        address(table),
        comptime (Int64(len(SIZES))),
        bits(0.1),
        bits(momentum),
        bits(dampening),
    ]
    words.extend([bits(decay), Int64(nesterov), Int64(maximize), Int64(first)])
    var original = m.both[Update[SGD, dt]](words, moved)

    var expected = List[Float64](length=2 * TOTAL, fill=0)
    for i in range(TOTAL):
        var p = before[i].cast[DType.float64]()
        var g = grad[i].cast[DType.float64]() * (-1.0 if maximize else 1.0) + decay * p
        var b = before[TOTAL + i].cast[DType.float64]()
        if momentum != 0:
            b = g if first else momentum * b + (1 - dampening) * g
            g = g + momentum * b if nesterov else b
        expected[i] = p - 0.1 * g
        expected[TOTAL + i] = b
    assert_close(moved, expected, String(dt), tolerance[dt](), tolerance[dt]())
    assert_close(original, expected, String("original ", dt), tolerance[dt](), tolerance[dt]())
    keep(grad)
    keep(table)


def test_sgd() raises:
    var m = Machine()
    comptime for dt in FLOATS:
        for flags in range(8):
            var maximize = flags & 1 != 0
            var decay = 0.01 if flags & 2 != 0 else 0.0
            var first = flags & 4 != 0
            _check[dt](m, 0, 0, decay, False, maximize, first)
            _check[dt](m, 0.9, 0, decay, False, maximize, first)
            _check[dt](m, 0.9, 0.3, decay, False, maximize, first)
            _check[dt](m, 0.9, 0, decay, True, maximize, first)


def test_a_first_step_does_not_read_the_buffer() raises:
    var m = Machine()
    var param: List[Float32] = [1, 2]
    var grad: List[Float32] = [10, 20]
    var buffer: List[Float32] = [Float32(0) / 0, Float32.MAX]
    var table: List[Int64] = [address(param), address(grad), address(buffer), 2]
    var words: List[Int64] = [address(table), 1, bits(0.5), bits(0.9), bits(0), bits(0), 0, 0, 1]
    _ = m.both[Update[SGD, DType.float32]](words, param)
    assert_true(param[0] == -4 and param[1] == -8)
    assert_true(buffer[0] == 10 and buffer[1] == 20)
    keep(grad)
    keep(table)


def test_no_tensors() raises:
    var m = Machine()
    var nothing: List[Float32] = [1]
    var words: List[Int64] = [0, 0, bits(0.5), bits(0.9), bits(0), bits(0), 0, 0, 1]
    _ = m.both[Update[SGD, DType.float32]](words, nothing)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
