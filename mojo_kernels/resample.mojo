"""Images of other sizes: interpolation, and padding with copied pixels.

    y[p] = sum over taps t of weight[t] x[tap t of p],  dx[q] = sum over the p that tap q of weight dy[p]

Taps are found per dimension, and weights multiply: one tap for the nearest pixel, two for linear and four for cubic
interpolation (Keys, 1981, with a = -0.75), one for padding.

Kinds: 0 nearest, 1 nearest to the middle, 2 linear, 3 cubic; padding: 4 reflect, 5 replicate, 6 circular. A scale is
the size of a pixel of the result in pixels of the image; of padding, the pixels before. The gradient has dx and dy in
place of y and x.
"""

from std.math import floor
from std.sys import simd_width_of, size_of

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import Words, buffer, dtype_name, scalar, word
from mojo_kernels.runtime.words import Names

comptime CUBIC = 3
"""The kind with four taps; greater ones are frames."""
comptime SHARPNESS = -0.75
"""The slope of the cubic kernel."""
comptime WORDS: StaticString = "y:w x:r planes image:... result:... kind align scales:fff"
"""The words (words.mojo)."""
comptime AT = Names[WORDS]()
"""Their indices."""


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
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var width = word(args, AT.result + 2)
        for unit in range(start, stop):
            var low = 0
            var high = 0
            comptime if S.SIMD:
                if word(args, AT.kind) > CUBIC:  # the image inside of its frame is copied row by row
                    var h = Taps[Self.dt](args, 1, unit % word(args, AT.result + 1))
                    var d = Taps[Self.dt](args, 0, unit // word(args, AT.result + 1) % word(args, AT.result))
                    var before = Int(scalar[DType.float64](args, AT.scales + 2))
                    low = min(max(before, 0), width)
                    high = max(min(before + word(args, AT.image + 2), width), low)
                    var plane = (
                        unit // word(args, AT.result + 1) // word(args, AT.result) * word(args, AT.image)
                    )
                    var line = (plane + Int(d.indices[0])) * word(args, AT.image + 1) + Int(h.indices[0])
                    var y = buffer[Self.dt](args, AT.y).unsafe_offset(unit * width + low)
                    var x = buffer[Self.dt](args, AT.x).unsafe_offset(
                        line * word(args, AT.image + 2) + low - before
                    )

                    def copied[w: Int](i: Int) {imm}:
                        y.unsafe_store(i, x.unsafe_load[width=w](i))

                    lanes[S, simd_width_of[Self.dt]()](high - low, copied)
            Self.elements(args, unit * width, unit * width + low)
            Self.elements(args, unit * width + high, (unit + 1) * width)

    @staticmethod
    def elements(args: Words, start: Int, stop: Int):
        """Computes the elements of y from `start` to `stop`, which lie in one row."""
        var width = word(args, AT.result + 2)
        if start >= stop:
            return
        var row = start // width
        var h = Taps[Self.dt](args, 1, row % word(args, AT.result + 1))
        var d = Taps[Self.dt](args, 0, row // word(args, AT.result + 1) % word(args, AT.result))
        var plane = row // word(args, AT.result + 1) // word(args, AT.result) * word(args, AT.image)
        var x = buffer[Self.dt](args, AT.x)
        for i in range(start, stop):
            var w = Taps[Self.dt](args, 2, i - row * width)
            var sum = Scalar[Self.dt](0)
            for a in range(d.count):
                for b in range(h.count):
                    var line = (
                        (plane + Int(d.indices[a])) * word(args, AT.image + 1) + Int(h.indices[b])
                    ) * word(args, AT.image + 2)
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
        var pixels = word(args, AT.image) * word(args, AT.image + 1) * word(args, AT.image + 2)
        var rows = word(args, AT.result) * word(args, AT.result + 1)
        var width = word(args, AT.result + 2)
        for plane in range(start, stop):
            var dx = buffer[Self.dt](args, AT.y).unsafe_offset(plane * pixels)
            var dy = buffer[Self.dt](args, AT.x).unsafe_offset(plane * rows * width)
            for i in range(pixels):
                dx.unsafe_store(i, 0)
            for row in range(rows):
                var h = Taps[Self.dt](args, 1, row % word(args, AT.result + 1))
                var d = Taps[Self.dt](args, 0, row // word(args, AT.result + 1))
                for i in range(width):
                    var w = Taps[Self.dt](args, 2, i)
                    var g = dy.unsafe_load(row * width + i)
                    for a in range(d.count):
                        for b in range(h.count):
                            var line = (
                                Int(d.indices[a]) * word(args, AT.image + 1) + Int(h.indices[b])
                            ) * word(args, AT.image + 2)
                            var share = g * d.weights[a] * h.weights[b]
                            for c in range(w.count):
                                var at = line + Int(w.indices[c])
                                dx.unsafe_store(at, dx.unsafe_load(at) + share * w.weights[c])
