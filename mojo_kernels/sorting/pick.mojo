"""Elements at the places that a sort or a search for extremes found, along the middle one of three dimensions.

    pick: y[o, j, i] = x[o, place[o, j, i], i]
    put:  y[o, place[o, j, i], i] += x[o, j, i], from zeros, in the order of j

Places outside of the dimension are passed over.

Words: y, x, places, outer, k, size, inner; j goes to k and places to size.
"""

from std.sys import size_of

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Words, buffer, dtype_name, word


@doc_hidden
struct Pick[dt: DType](Kernel):
    """A unit is an element of y."""

    comptime WORDS: StaticString = "y:w x:r places:r outer k size inner"

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
        var places = buffer[DType.int64](args, Self.AT.places)
        var size = word(args, Self.AT.size)
        var inner = word(args, Self.AT.inner)
        var i = start
        while i < stop:
            var row = i // inner
            var column = i - row * inner
            var count = min(inner - column, stop - i)
            var first = row // word(args, Self.AT.k) * size * inner + column
            for c in range(count):
                var place = Int(places.unsafe_load(i + c))
                if place >= 0 and place < size:
                    y.unsafe_store(i + c, x.unsafe_load(first + place * inner + c))
            i += count


@doc_hidden
struct Put[dt: DType](Kernel):
    """A unit is a column, so that one worker does all that goes to the same element."""

    comptime WORDS: StaticString = "y:w x:r places:r outer k size inner"

    @staticmethod
    def name() -> String:
        return String("put.forward.", dtype_name(Self.dt))

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
            var places = buffer[DType.int64](args, Self.AT.places).unsafe_offset(outer * k * inner + column)
            for j in range(size):
                for c in range(count):
                    y.unsafe_store(j * inner + c, 0)
            for j in range(k):
                for c in range(count):
                    var place = Int(places.unsafe_load(j * inner + c))
                    if place >= 0 and place < size:
                        var at = place * inner + c
                        y.unsafe_store(at, y.unsafe_load(at) + x.unsafe_load(j * inner + c))
            i += count
