"""The graph of a scalar result: each node is a number that was computed from one or two others.

A row of `nodes` describes a node: its operation, and the positions of its operands in `values`. The nodes follow the
leaves there, operands first; `Raised` may take its exponent from behind the nodes, where numbers without gradients are.
Forward computes values from the first node to the last, backward adds to `grads` from the last to the first.

Each operation is that of mocrograd.scalar in Python, to the last bit: exp, log, tanh and pow are the C library's, and
no product is fused with a sum. Where Python raises, such as for the logarithm of 0, a kernel stops and leaves the
number of the node in `fault`, which is -1 otherwise.
"""

from std.ffi import external_call
from std.math import isfinite
from std.sys import llvm_intrinsic

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, word

comptime ADD = Int32(0)
"""The sum a + b."""
comptime MUL = Int32(1)
"""The product a b."""
comptime RELU = Int32(2)
"""The operand where it is positive, else 0."""
comptime RAISED = Int32(3)
"""The power a^b, where b is a number without a gradient."""
comptime POWER = Int32(4)
"""The power a^b."""
comptime EXP = Int32(5)
"""The power e^a."""
comptime LOG = Int32(6)
"""The logarithm of a."""
comptime TANH = Int32(7)
"""The hyperbolic tangent of a."""
comptime SIGMOID = Int32(8)
"""1 / (1 + e^-a)."""

comptime ROW = 3
"""The numbers that describe a node."""
comptime NANOSECONDS = 4
"""What a node takes, roughly."""


@always_inline
def product(a: Float64, b: Float64) -> Float64:
    """Multiplies, and rounds: the compiler may not make one instruction of the product and a sum that follows.

    Args:
        a: A factor.
        b: The other one.

    Returns:
        The rounded product.
    """
    return llvm_intrinsic["llvm.arithmetic.fence.f64", Float64, has_side_effect=False](a * b)


@always_inline
def power(a: Float64, b: Float64) -> Float64:
    """Returns a^b.

    Args:
        a: The base.
        b: The exponent.

    Returns:
        The C library's result.
    """
    return external_call["pow", Float64](a, b)


@always_inline
def fails(result: Float64, a: Float64, b: Float64) -> Bool:
    """Tells whether Python raises instead of giving the result of a function.

    Args:
        result: The result.
        a: An operand.
        b: The other operand.

    Returns:
        True where finite operands give inf or nan.
    """
    return not isfinite(result) and isfinite(a) and isfinite(b)


@doc_hidden
struct ScalarForward(Kernel):
    """The only unit is the whole graph, because nodes wait for each other."""

    comptime WORDS: StaticString = "values:u fault:w nodes:r leaves count"

    @staticmethod
    def name() -> String:
        return "scalar.forward.float64"

    @staticmethod
    def units(args: Words) -> Int:
        return 1

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.count), 1, 36, NANOSECONDS)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var values = buffer[DType.float64](args, Self.AT.values)
        var nodes = buffer[DType.int32](args, Self.AT.nodes)
        var leaves = word(args, Self.AT.leaves)
        var fault = buffer[DType.int64](args, Self.AT.fault)
        fault.unsafe_store(0, -1)
        for i in range(word(args, Self.AT.count)):
            var op = nodes.unsafe_load(ROW * i)
            var a = values.unsafe_load(Int(nodes.unsafe_load(ROW * i + 1)))
            var b = values.unsafe_load(Int(nodes.unsafe_load(ROW * i + 2)))
            var y: Float64
            var failed = False
            if op == ADD:
                y = a + b
            elif op == MUL:
                y = a * b
            elif op == RELU:
                y = a if a > 0 else 0
            elif op == RAISED or op == POWER:
                y = power(a, b)
                failed = fails(y, a, b)
            elif op == EXP:
                y = external_call["exp", Float64](a)
                failed = fails(y, a, a)
            elif op == LOG:
                failed = a <= 0
                y = external_call["log", Float64](a)
            elif op == TANH:
                y = external_call["tanh", Float64](a)
            else:
                var small = external_call["exp", Float64](-abs(a))
                y = (1 if a >= 0 else small) / (1 + small)
            if failed:
                fault.unsafe_store(0, Int64(i))
                return
            values.unsafe_store(leaves + i, y)


@doc_hidden
struct ScalarBackward(Kernel):
    """The only unit is the whole graph. `grads` holds those of leaves so far, and 0 for nodes but the last.
    """

    comptime WORDS: StaticString = "grads:u fault:w values:r nodes:r leaves count"

    @staticmethod
    def name() -> String:
        return "scalar.backward.float64"

    @staticmethod
    def units(args: Words) -> Int:
        return 1

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.count), 2, 60, NANOSECONDS)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var grads = buffer[DType.float64](args, Self.AT.grads)
        var values = buffer[DType.float64](args, Self.AT.values)
        var nodes = buffer[DType.int32](args, Self.AT.nodes)
        var leaves = word(args, Self.AT.leaves)
        var fault = buffer[DType.int64](args, Self.AT.fault)
        fault.unsafe_store(0, -1)
        for i in range(word(args, Self.AT.count) - 1, -1, -1):
            var op = nodes.unsafe_load(ROW * i)
            var at_a = Int(nodes.unsafe_load(ROW * i + 1))
            var at_b = Int(nodes.unsafe_load(ROW * i + 2))
            var a = values.unsafe_load(at_a)
            var b = values.unsafe_load(at_b)
            var y = values.unsafe_load(leaves + i)
            var g = grads.unsafe_load(leaves + i)
            if op == ADD:
                Self.add(grads, at_a, g)
                Self.add(grads, at_b, g)
            elif op == MUL:
                Self.add(grads, at_a, product(b, g))
                Self.add(grads, at_b, product(a, g))
            elif op == RELU:
                var slope = Float64(1 if a > 0 else 0)
                Self.add(grads, at_a, product(slope, g))
            elif op == RAISED or op == POWER:
                var slope = power(a, b - 1)
                var failed = b != 0 and fails(slope, a, b)
                var logarithm = Float64(0)
                if op == POWER and (a != 0 or b < 0):
                    failed = failed or a <= 0
                    logarithm = external_call["log", Float64](a)
                if failed:
                    fault.unsafe_store(0, Int64(i))
                    return
                if b != 0:
                    Self.add(grads, at_a, product(product(b, slope), g))
                if op == POWER and (a != 0 or b < 0):
                    Self.add(grads, at_b, product(product(y, logarithm), g))
            elif op == EXP:
                Self.add(grads, at_a, product(y, g))
            elif op == LOG:
                Self.add(grads, at_a, product(1 / a, g))
            elif op == TANH:
                Self.add(grads, at_a, product(1 - product(y, y), g))
            else:
                Self.add(grads, at_a, product(product(y, 1 - y), g))

    @staticmethod
    @always_inline
    def add(grads: Buffer[DType.float64], at: Int, term: Float64):
        """Adds a term to a gradient."""
        grads.unsafe_store(at, grads.unsafe_load(at) + term)
