"""Elements at the indices that a sort or a search for extremes found, along the middle one of three dimensions.

    pick:   y[o, j, i] = x[o, index[o, j, i], i]
    unpick: y[o, index[o, j, i], i] += x[o, j, i], from zeros, in the order of j

j runs to the word k, and an index that is not below `size` is passed over.
"""

from std.sys import size_of

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import clear
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Words, buffer, dtype_name, word


@doc_hidden
struct Pick[dt: DType](Kernel):
    """A unit is an element of y."""

    comptime WORDS: StaticString = "y:w x:r indices:r outer k size inner"

    @staticmethod
    def name() -> String:
        return String("pick.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.outer) * word(args, Self.AT.k) * word(args, Self.AT.inner)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 0, 2 * size_of[Self.dt]() + 8, 1)

    @staticmethod
    def grain(args: Words) -> Int:
        return 64

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, Self.AT.y)
        var x = buffer[Self.dt](args, Self.AT.x)
        var indices = buffer[DType.int64](args, Self.AT.indices)
        var size = word(args, Self.AT.size)
        var inner = word(args, Self.AT.inner)
        var i = start
        while i < stop:
            var row = i // inner
            var column = i - row * inner
            var count = min(inner - column, stop - i)
            var first = row // word(args, Self.AT.k) * size * inner + column
            for c in range(count):
                var index = Int(indices.unsafe_load(i + c))
                if index >= 0 and index < size:
                    y.unsafe_store(i + c, x.unsafe_load(first + index * inner + c))
            i += count


@doc_hidden
struct Unpick[dt: DType](Kernel):
    """A unit is a column, so that one worker does all that goes to the same element."""

    comptime WORDS: StaticString = "y:w x:r indices:r outer k size inner"

    @staticmethod
    def name() -> String:
        return String("unpick.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.outer) * word(args, Self.AT.inner)

    @staticmethod
    def cost(args: Words) -> Cost:
        var elements = Cost(Self.units(args) * word(args, Self.AT.size), 0, size_of[Self.dt](), 0.1)
        elements += Cost(Self.units(args) * word(args, Self.AT.k), 1, size_of[Self.dt]() + 8, 1)
        return elements

    @staticmethod
    def grain(args: Words) -> Int:
        return 1 if word(args, Self.AT.inner) == 1 else 16

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var k = word(args, Self.AT.k)
        var size = word(args, Self.AT.size)
        var inner = word(args, Self.AT.inner)
        var i = start
        while i < stop:
            var outer = i // inner
            var column = i - outer * inner
            var count = min(inner - column, stop - i)
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(outer * size * inner + column)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(outer * k * inner + column)
            var indices = buffer[DType.int64](args, Self.AT.indices).unsafe_offset(outer * k * inner + column)
            if count == inner:
                clear[S](y, size * inner)
            else:
                for j in range(size):
                    clear[S](y.unsafe_offset(j * inner), count)
            for j in range(k):
                for c in range(count):
                    var index = Int(indices.unsafe_load(j * inner + c))
                    if index >= 0 and index < size:
                        var at = index * inner + c
                        y.unsafe_store(at, y.unsafe_load(at) + x.unsafe_load(j * inner + c))
            i += count
