"""The gradients of a linear layer y = x w^T + bias in one call: dx = dy w, dw = dy^T x, dbias = column sums of dy.

Small networks spend more time between kernels than in them, so one call stands for three.

Words: dx, dw, dbias (each 0 where it is not wanted), dy, x, w, rows M, outputs N, inputs K, strides of x (row, column), strides of w
(row, column). dy (M, N) and the outputs are contiguous. Where N is 1, M is at most the block of a reduction.
"""

from std.collections import Array
from std.memory import bitcast, stack_allocation
from std.sys import size_of

from mojo_kernels.matmul import MatMul, NS_PER_MULTIPLY_ADD
from mojo_kernels.reduce import Reduce
from mojo_kernels.reduce.combine import Sum
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import cpu_entry, describe, gpu_entry
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import KernelEntry, MAX_WORDS, OK, Words, word

comptime WORDS: StaticString = "wwwrrr......."
"""The letters of the words."""


@always_inline
def _backward[product: KernelEntry, sum: KernelEntry](args: Words) -> Int64:
    var words = stack_allocation[MAX_WORDS, Int64]()
    var call = Words(unsafe_from_address=Int(words))
    var m = word(args, 6)
    var n = word(args, 7)
    var k = word(args, 8)
    var ctx = word(args, 13)
    var status = OK
    if word(args, 0) != 0:
        var w = [
            word(args, 0),
            word(args, 3),
            word(args, 5),
            0,
            m,
            k,
            n,
            n,
            1,
            word(args, 11),
            word(args, 12),
        ]
        status = product(_product_words(call, w, ctx))
    if status == OK and word(args, 1) != 0:
        var w = [word(args, 1), word(args, 3), word(args, 4), 0, n, k, m, 1, n, word(args, 9), word(args, 10)]
        status = product(_product_words(call, w, ctx))
    if status == OK and word(args, 2) != 0:
        var one = Int(bitcast[DType.int64](Float64(1)))
        var w = [word(args, 2), word(args, 3), 0, one, 1, n, 1, 1, m, n, ctx]
        for i in range(len(w)):
            call.unsafe_store(i, Int64(w[i]))
        status = sum(call)
    return status


@always_inline
def _product_words(call: Words, words: Array[Int, 11], ctx: Int) -> Words:
    """Writes the words of one product without a batch."""
    for i in range(len(words)):
        call.unsafe_store(i, Int64(words[i]))
    var rest = [0, 0, Int(bitcast[DType.int64](Float64(1))), 1, 1, 0, 0, ctx]
    for i in range(len(rest)):
        call.unsafe_store(len(words) + i, Int64(rest[i]))
    return call


def linear_cpu[dt: DType, S: Schedule](args: Words) abi("C") -> Int64:
    """Computes the gradients on the CPU.

    Parameters:
        dt: The dtype.
        S: The schedule.

    Args:
        args: The packed words.

    Returns:
        `OK`, or what a product returned.
    """
    return _backward[cpu_entry[MatMul[dt], S], cpu_entry[Reduce[Sum, dt], S]](args)


def linear_gpu[dt: DType](args: Words) abi("C") -> Int64:
    """Computes the gradients on the GPU that the context names.

    Parameters:
        dt: The dtype.

    Args:
        args: The packed words.

    Returns:
        `OK`, or what a product returned.
    """
    return _backward[gpu_entry[MatMul[dt]], gpu_entry[Reduce[Sum, dt]]](args)


def linear_cost[dt: DType](args: Words, target: Words) abi("C"):
    """Describes a call.

    Parameters:
        dt: The dtype.

    Args:
        args: The packed words.
        target: Where the words of a `CostEntry` go.
    """
    var m = word(args, 6)
    var n = word(args, 7)
    var k = word(args, 8)
    var products = Int(word(args, 0) != 0) + Int(word(args, 1) != 0)
    var cost = Cost(products * m * n, Float64(2 * k), 0, Float64(k * size_of[dt]()) * NS_PER_MULTIPLY_ADD / 4)
    cost.bytes = Float64((m * n + products * (m * k + n * k)) * size_of[dt]())
    describe(1, 1, cost, target)
