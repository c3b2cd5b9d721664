"""Images of other sizes: interpolation, and padding with copied pixels.

    y[p] = sum over taps t of weight[t] x[tap t of p],  dx[q] = sum over the p that tap q of weight dy[p]

Taps are found per dimension, and weights multiply: one tap for the nearest pixel, two for linear and four for cubic
interpolation (Keys, 1981, with a = -0.75), one for padding.

Kinds: 0 nearest, 1 nearest to the middle, 2 linear, 3 cubic; padding: 4 reflect, 5 replicate, 6 circular. A scale is
the size of a pixel of the result in pixels of the image; of padding, the pixels before. The gradient has dx and dy in
place of y and x.
"""

from std.math import floor
from std.memory import stack_allocation
from std.sys import simd_width_of, size_of

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import LINE, clear, lanes
from mojo_kernels.runtime.schedule import Schedule, Tiled
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, scalar, word
from mojo_kernels.runtime.words import Names

comptime CUBIC = 3
"""The kind with four taps; greater ones are frames."""
comptime LINEAR = 2
"""The kind with two taps."""
comptime TILE = 256
"""The columns whose taps are kept for all rows."""
comptime SHARPNESS = -0.75
"""The slope of the cubic kernel."""
comptime WORDS: StaticString = "y:w x:r planes image:... result:... kind align scales:fff"
"""The words (words.mojo)."""
comptime AT = Names[WORDS]()
"""Their indices."""


struct Window(TrivialRegisterPassable):
    """Where the pixels of an image are."""

    var pixels: Int
    """Those of one image."""
    var height: Int
    """The rows of a slice."""
    var width: Int
    """The pixels of a row."""

    def __init__(out self, args: Words):
        """Reads the sizes.

        Args:
            args: The packed words.
        """
        self.height = word(args, AT.image + 1)
        self.width = word(args, AT.image + 2)
        self.pixels = word(args, AT.image) * self.height * self.width

    @always_inline
    def line(self, slice: Int64, row: Int64) -> Int:
        """Returns the first pixel of a row.

        Args:
            slice: The slice.
            row: The row within it.

        Returns:
            The position within the image.
        """
        return (Int(slice) * self.height + Int(row)) * self.width


struct Taps[dt: DType](TrivialRegisterPassable):
    """The pixels along one dimension that make a pixel of the result.

    Parameters:
        dt: The dtype of the weights.
    """

    var count: Int
    """Their number."""
    var indices: SIMD[DType.int64, 4]
    """Where they are."""
    var weights: SIMD[Self.dt, 4]
    """What they are multiplied with."""

    @always_inline
    def __init__(out self, args: Words, d: Int, i: Int):
        """Finds the taps of a pixel.

        Args:
            args: The packed words.
            d: The dimension.
            i: The pixel.
        """
        var size = word(args, AT.image + d)
        var kind = word(args, AT.kind)
        self.count = 1
        self.indices = 0
        self.weights = 1
        if kind > CUBIC:
            var index = i - Int(scalar[DType.float64](args, AT.scales + d))
            if index < 0 or index >= size:
                if kind == 4:
                    index = -index if index < 0 else 2 * (size - 1) - index
                elif kind == 5:
                    index = 0 if index < 0 else size - 1
                else:
                    index = index + size if index < 0 else index - size
            self.indices[0] = Int64(index)
            return
        if size == word(args, AT.result + d):
            self.indices[0] = Int64(i)
            return
        if kind < 2:
            var scale = scalar[DType.float32](args, AT.scales + d)
            var middle = Float32(i) + (Float32(0.5) if kind == 1 else Float32(0))
            self.indices[0] = Int64(min(Int(floor(middle * scale)), size - 1))
            return
        var scale = scalar[Self.dt](args, AT.scales + d)
        var at = Scalar[Self.dt](i) * scale
        if word(args, AT.align) == 0:
            at = (Scalar[Self.dt](i) + 0.5) * scale - 0.5
            if kind == 2:
                at = max(at, Scalar[Self.dt](0))
        var whole = Int(floor(at))
        var rest = at - Scalar[Self.dt](whole)
        if kind == 2:
            whole = min(whole, size - 1)
            rest = min(max(at - Scalar[Self.dt](whole), Scalar[Self.dt](0)), Scalar[Self.dt](1))
            self.count = 2
            self.indices[0] = Int64(whole)
            self.indices[1] = Int64(min(whole + 1, size - 1))
            self.weights[0] = 1 - rest
            self.weights[1] = rest
            return
        self.count = 4
        comptime for t in range(4):
            self.indices[t] = Int64(min(max(whole - 1 + t, 0), size - 1))
            var x = abs(rest + Scalar[Self.dt](1 - t))
            comptime A = Scalar[Self.dt](SHARPNESS)
            if t == 1 or t == 2:
                self.weights[t] = ((A + 2) * x - (A + 3)) * x * x + 1
            else:
                self.weights[t] = ((A * x - 5 * A) * x + 8 * A) * x - 4 * A


@always_inline
def list_taps[
    dt: DType
](args: Words, first: Int, count: Int, at: Buffer[DType.int32], shares: Buffer[dt]) -> Int:
    """Finds the taps of some columns.

    Parameters:
        dt: The dtype of the weights.

    Args:
        args: The packed words.
        first: The first column.
        count: The number of columns, up to `TILE`.
        at: Receives their first taps, from `TILE` on their second ones, and so on.
        shares: Receives the weights in the same way.

    Returns:
        The taps of a column.
    """
    var taps = 1
    for i in range(count):
        var w = Taps[dt](args, 2, first + i)
        taps = w.count
        for t in range(taps):
            at.unsafe_store(t * TILE + i, w.indices[t].cast[DType.int32]())
            shares.unsafe_store(t * TILE + i, w.weights[t])
    return taps


@doc_hidden
struct Resample[dt: DType](Kernel):
    """A unit is a row of y."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("resample.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.planes) * word(args, AT.result) * word(args, AT.result + 1)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args) * word(args, AT.result + 2), 4, 2 * size_of[Self.dt](), 4)

    @staticmethod
    def grain(args: Words) -> Int:
        return min(word(args, AT.result + 1), 64)  # rows that share what is found about their columns

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var width = word(args, AT.result + 2)
        comptime if S.SIMD:
            for first in range(0, width, TILE):
                Self.columns(args, start, stop, first, min(TILE, width - first))
        else:
            Self.elements(args, start * width, stop * width)

    @staticmethod
    def columns(args: Words, start: Int, stop: Int, first: Int, count: Int):
        """Computes some columns of the rows from `start` to `stop`, whose taps along a row are the same."""
        comptime W = simd_width_of[Self.dt]()
        var at = Buffer[DType.int32](
            unsafe_from_address=Int(stack_allocation[4 * TILE, Scalar[DType.int32], alignment=LINE]())
        )
        var shares = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[4 * TILE, Scalar[Self.dt], alignment=LINE]())
        )
        var taps = list_taps(args, first, count, at, shares)
        var image = Window(args)
        var rows = word(args, AT.result + 1)
        var row = start % rows
        var plane = start // rows // word(args, AT.result)
        var slice = start // rows % word(args, AT.result)
        var d = Taps[Self.dt](args, 0, slice)
        for unit in range(start, stop):
            var h = Taps[Self.dt](args, 1, row)
            var y = buffer[Self.dt](args, AT.y).unsafe_offset(unit * word(args, AT.result + 2) + first)
            var x = buffer[Self.dt](args, AT.x).unsafe_offset(plane * image.pixels)

            def picked[w: Int](i: Int) {imm}:
                var line = x.unsafe_offset(image.line(d.indices[0], h.indices[0]))
                var here = at.unsafe_load[width=w](i)
                if Int(here[w - 1] - here[0]) == w - 1:  # neighbours: taps go by one pixel at most, or back
                    y.unsafe_store(i, line.unsafe_load[width=w](Int(here[0])))
                else:
                    y.unsafe_store(i, line.unsafe_gather(here.cast[DType.int64]()))

            def summed[w: Int](i: Int) {imm}:
                var sum = SIMD[Self.dt, w](0)
                for a in range(d.count):
                    for b in range(h.count):
                        var line = x.unsafe_offset(image.line(d.indices[a], h.indices[b]))
                        var along = SIMD[Self.dt, w](0)
                        for t in range(taps):
                            var pixels = line.unsafe_gather(
                                at.unsafe_load[width=w](t * TILE + i).cast[DType.int64]()
                            )
                            along += shares.unsafe_load[width=w](t * TILE + i) * pixels
                        sum += d.weights[a] * h.weights[b] * along
                y.unsafe_store(i, sum)

            if word(args, AT.kind) == LINEAR or word(args, AT.kind) == CUBIC:
                lanes[Tiled, W](count, summed)
            else:
                lanes[Tiled, W](count, picked)
            row += 1
            if row == rows:
                row = 0
                slice += 1
                if slice == word(args, AT.result):
                    slice = 0
                    plane += 1
                d = Taps[Self.dt](args, 0, slice)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the elements of y from `start` to `stop`."""
        var width = word(args, AT.result + 2)
        var image = Window(args)
        for i in range(start, stop):
            var row = i // width
            var h = Taps[Self.dt](args, 1, row % word(args, AT.result + 1))
            var d = Taps[Self.dt](args, 0, row // word(args, AT.result + 1) % word(args, AT.result))
            var plane = row // word(args, AT.result + 1) // word(args, AT.result)
            var x = buffer[Self.dt](args, AT.x).unsafe_offset(plane * image.pixels)
            var w = Taps[Self.dt](args, 2, i - row * width)
            var sum = Scalar[Self.dt](0)
            for a in range(d.count):
                for b in range(h.count):
                    var line = image.line(d.indices[a], h.indices[b])
                    var along = Scalar[Self.dt](0)
                    for c in range(w.count):
                        along += w.weights[c] * x.unsafe_load(line + Int(w.indices[c]))
                    sum += d.weights[a] * h.weights[b] * along
            buffer[Self.dt](args, AT.y).unsafe_store(i, sum)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_units[Self.elements](ctx, args, Self.words(args), Self.units(args) * word(args, AT.result + 2))


@doc_hidden
struct ResampleBackward[dt: DType](Kernel):
    """A unit is a plane: its pixels spread their gradients in order."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("resample.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.planes)

    @staticmethod
    def cost(args: Words) -> Cost:
        var indices = word(args, AT.result) * word(args, AT.result + 1) * word(args, AT.result + 2)
        return Cost(word(args, AT.planes) * indices, 4, 2 * size_of[Self.dt](), 4)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var pixels = Window(args).pixels
        var width = word(args, AT.result + 2)
        clear[S](buffer[Self.dt](args, AT.y).unsafe_offset(start * pixels), (stop - start) * pixels)
        for first in range(0, width, TILE):
            Self.columns(args, start, stop, first, min(TILE, width - first))

    @staticmethod
    def columns(args: Words, start: Int, stop: Int, first: Int, count: Int):
        """Spreads the gradients of some columns, whose taps are the same in all rows."""
        var at = Buffer[DType.int32](
            unsafe_from_address=Int(stack_allocation[4 * TILE, Scalar[DType.int32], alignment=LINE]())
        )
        var shares = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[4 * TILE, Scalar[Self.dt], alignment=LINE]())
        )
        var taps = list_taps(args, first, count, at, shares)
        var image = Window(args)
        var rows = word(args, AT.result) * word(args, AT.result + 1)
        for plane in range(start, stop):
            var dx = buffer[Self.dt](args, AT.y).unsafe_offset(plane * image.pixels)
            for row in range(rows):
                var h = Taps[Self.dt](args, 1, row % word(args, AT.result + 1))
                var d = Taps[Self.dt](args, 0, row // word(args, AT.result + 1))
                var dy = buffer[Self.dt](args, AT.x).unsafe_offset(
                    (plane * rows + row) * word(args, AT.result + 2) + first
                )
                for a in range(d.count):
                    for b in range(h.count):
                        var line = dx.unsafe_offset(image.line(d.indices[a], h.indices[b]))
                        var share = d.weights[a] * h.weights[b]
                        for i in range(count):
                            var g = dy.unsafe_load(i) * share
                            for t in range(taps):
                                var to = line.unsafe_offset(Int(at.unsafe_load(t * TILE + i)))
                                to.unsafe_store(to[] + g * shares.unsafe_load(t * TILE + i))
