"""Optimizer updates against the formulas in float64, under both schedules and any number of workers."""

from std.sys import size_of
from std.testing import TestSuite, assert_true

from mojo_kernels.optim import SGD, Update
from mojo_kernels.runtime.types import FLOATS
from support import Machine, SIZES, address, assert_close, bits, numbers, same_bits, tolerance, zeros


def _check_sgd[
    dt: DType
](m: Machine, momentum: Float64, weight_decay: Float64, nesterov: Bool, maximize: Bool, first: Bool) raises:
    """Moves one tensor of each size, which lie one behind the other in one list, and compares."""
    comptime LR = 0.1
    comptime DAMPENING = 0.25
    var total = 0
    for n in materialize[SIZES]():
        total += n
    var params = numbers[dt](total, 1)
    var grads = numbers[dt](total, 2)
    var buffers = numbers[dt](total, 3)
    var expected = List[Float64](capacity=total)
    var directions = List[Float64](capacity=total)
    for i in range(total):
        var param = params[i].cast[DType.float64]()
        var g = grads[i].cast[DType.float64]() * Float64(-1 if maximize else 1) + weight_decay * param
        var buf = buffers[i].cast[DType.float64]()
        if momentum != 0:
            buf = g if first else momentum * buf + (1 - DAMPENING) * g
            g = g + momentum * buf if nesterov else buf
        expected.append(param - LR * g)
        directions.append(buf)
    # states are compared with the parameters: one list holds both
    var moved = params.copy()
    moved.extend(buffers.copy())
    var width = Int64(size_of[dt]())
    var table = List[Int64]()
    var at = Int64(0)
    for n in materialize[SIZES]():
        var state = address(moved) + (Int64(total) + at) * width
        table.extend([address(moved) + at * width, address(grads) + at * width, state if momentum != 0 else 0, Int64(n)])
        at += Int64(n)
    var words: List[Int64] = [address(table), Int64(len(table) // 4)]
    words.extend([bits(LR), bits(momentum), bits(DAMPENING), bits(weight_decay)])
    words.extend([Int64(nesterov), Int64(maximize), Int64(first)])
    var original = m.both[Update[SGD, dt]](words, moved)
    expected.extend(directions^)
    var what = String("sgd ", dt, " momentum ", momentum, " weight_decay ", weight_decay)
    assert_close(moved, expected, what, tolerance[dt](), tolerance[dt]())
    assert_close(original, expected, "original " + what, tolerance[dt](), tolerance[dt]())
    _ = table^
    _ = grads^


def test_sgd() raises:
    var m = Machine()
    comptime for dt in FLOATS:
        for weight_decay in [0.0, 0.01]:
            for maximize in [False, True]:
                _check_sgd[dt](m, 0, weight_decay, False, maximize, False)
                for nesterov in [False, True]:
                    _check_sgd[dt](m, 0.9, weight_decay, nesterov, maximize, False)
                    _check_sgd[dt](m, 0.9, weight_decay, nesterov, maximize, True)


def test_first_step_reads_no_buffer() raises:
    var m = Machine()
    var param = zeros[DType.float32](50)
    var grad = numbers[DType.float32](50, 1)
    var buffer = List[Float32](length=50, fill=Float32(0) / 0)
    var table: List[Int64] = [address(param), address(grad), address(buffer), 50]
    var words: List[Int64] = [address(table), 1, bits(1), bits(0.9), bits(0), bits(0), 0, 0, 1]
    var original = m.both[Update[SGD, DType.float32]](words, buffer)
    assert_true(same_bits(buffer, grad) and same_bits(original, grad))
    _ = param^
    _ = table^


def test_empty_tensors() raises:
    var m = Machine()
    var param = numbers[DType.float32](3, 1)
    var grad = numbers[DType.float32](3, 1)
    var table: List[Int64] = [0, 0, 0, 0, address(param), address(grad), 0, 3, 0, 0, 0, 0]
    var words: List[Int64] = [address(table), 3, bits(1), bits(0), bits(0), bits(0), 0, 0, 0]
    _ = m.both[Update[SGD, DType.float32]](words, param)
    assert_true(same_bits(param, zeros[DType.float32](3)))
    _ = grad^
    _ = table^


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
