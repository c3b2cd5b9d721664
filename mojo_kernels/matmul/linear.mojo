"""The gradients of a linear layer y = x w^T + bias in one call: dx = dy w, dw = dy^T x, dbias = column sums of dy.

Small networks spend more time between kernels than in them, so one call does the work of three.

The addresses of dx, dw and dbias are 0 where these are not wanted. There are m rows, n outputs and k inputs. dy (m, n)
and what is written are contiguous. Where n is 1, m is at most the block of a reduction.
"""

from std.memory import bitcast, stack_allocation
from std.sys import size_of

from mojo_kernels.matmul import NS_PER_MULTIPLY_ADD
from mojo_kernels.matmul.operands import pack_product
from mojo_kernels.reduce import pack_reduction
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel, describe, gpu_entry
from mojo_kernels.runtime.types import KernelEntry, MAX_WORDS, OK, Words, word
from mojo_kernels.runtime.words import Names, count_words

comptime WORDS: StaticString = "dx:w dw:w dbias:w dy:r x:r w:r m n k x_row x_column w_row w_column"
"""The words (words.mojo)."""
comptime AT = Names[WORDS]()
"""Their indices."""


@always_inline
def _backward[product: KernelEntry, sum: KernelEntry](args: Words) -> Int64:
    var words = stack_allocation[MAX_WORDS, Int64]()
    var call = Words(unsafe_from_address=Int(words))
    var m = word(args, AT.m)
    var n = word(args, AT.n)
    var k = word(args, AT.k)
    var dy = word(args, AT.dy)
    var ctx = args.unsafe_load(count_words[WORDS](args))
    var status = OK
    if word(args, AT.dx) != 0:
        var w_strides = (word(args, AT.w_row), word(args, AT.w_column))
        var count = pack_product(
            call, word(args, AT.dx), dy, word(args, AT.w), 0, (m, k, n), (n, 1), w_strides
        )
        call.unsafe_store(count, ctx)
        status = product(call)
    if status == OK and word(args, AT.dw) != 0:
        var x_strides = (word(args, AT.x_row), word(args, AT.x_column))
        var count = pack_product(
            call, word(args, AT.dw), dy, word(args, AT.x), 0, (n, k, m), (1, n), x_strides
        )
        call.unsafe_store(count, ctx)
        status = product(call)
    if status == OK and word(args, AT.dbias) != 0:
        var one = bitcast[DType.int64](Float64(1))
        var count = pack_reduction(call, word(args, AT.dbias), dy, one, (n, 1), (m, n))
        call.unsafe_store(count, ctx)
        status = sum(call)
    return status


def linear_cpu[product: KernelEntry, total: KernelEntry](args: Words) abi("C") -> Int64:
    """Computes the gradients on the CPU.

    Parameters:
        product: The kernel of products.
        total: The kernel of sums.

    Args:
        args: The packed words.

    Returns:
        `OK`, or what a product returned.
    """
    return _backward[product, total](args)


def linear_gpu[Product: Kernel, Total: Kernel](args: Words) abi("C") -> Int64:
    """Computes the gradients on the GPU that the context names.

    Parameters:
        Product: The kernel of products.
        Total: The kernel of sums.

    Args:
        args: The packed words.

    Returns:
        `OK`, or what a product returned.
    """
    return _backward[gpu_entry[Product], gpu_entry[Total]](args)


def linear_cost[dt: DType](args: Words, target: Words) abi("C"):
    """Describes a call.

    Parameters:
        dt: The dtype.

    Args:
        args: The packed words.
        target: Where the words of a `CostEntry` go.
    """
    var m = word(args, AT.m)
    var n = word(args, AT.n)
    var k = word(args, AT.k)
    var products = Int(word(args, AT.dx) != 0) + Int(word(args, AT.dw) != 0)
    var cost = Cost(products * m * n, Float64(2 * k), 0, Float64(k * size_of[dt]()) * NS_PER_MULTIPLY_ADD / 4)
    cost.bytes = Float64((m * n + products * (m * k + n * k)) * size_of[dt]())
    describe(1, 1, cost, target)
