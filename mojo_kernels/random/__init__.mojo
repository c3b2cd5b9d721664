"""Random numbers from a counter: element i of a draw depends on the seed and on offset + i alone.

The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011): a
function of a 64-bit key, the seed, and a 128-bit counter. A draw of n elements takes n positions of the stream, so
the next one starts at offset + n.

Position e belongs to group e // (16 rows), where a counter yields `rows` numbers: four of four bytes or two of eight.
Group g runs the counters 16 g to 16 g + 15; its positions hold the first number of each, then the second of each, and
so on, so that vectors need no shuffling. The counter's third word is the size of a number in bytes, which keeps the
streams of float32 and of 8-byte dtypes apart.

The two parameters are low and high for `uniform`, mean and std for `normal`, the probability to drop and the factor of
what stays for `kept`; `bits` has none. y is contiguous.
"""

from std.collections import Array
from std.math import fma, iota, round, sqrt
from std.memory import bitcast, stack_allocation
from std.sys import size_of

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.numerics.elementary import horner, log
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, scalar, word

comptime LANES = 16
"""Counters of a group, on every machine, as the order of the numbers depends on it."""
comptime GRAIN = 4096
"""Elements of a share are a multiple of this."""
comptime ROUNDS = 10
"""Rounds of Philox."""

comptime Bits[dt: DType] = DType.uint32 if size_of[dt]() == 4 else DType.uint64
"""The dtype of the random bits that become one element.

Parameters:
    dt: The dtype of the element.
"""
comptime Counter[w: Int] = Array[SIMD[DType.uint32, w], 4]
"""The counters, or the random words, of w lanes: four words, low word first.

Parameters:
    w: The number of lanes.
"""


@always_inline
def _exchange[w: Int](x: SIMD[DType.uint32, w]) -> SIMD[DType.uint32, w]:
    """Exchanges the lanes of each pair."""
    var parts = x.deinterleave()
    return rebind[SIMD[DType.uint32, w]](parts[1].interleave(parts[0]))


@always_inline
def _multiply[
    w: Int
](x: SIMD[DType.uint32, w], factor: UInt64) -> Tuple[SIMD[DType.uint32, w], SIMD[DType.uint32, w]]:
    """Returns the high and the low words of products: lanes of even and of odd positions apart, as processors multiply them.
    """
    comptime if w == 1:
        var product = x.cast[DType.uint64]() * factor
        return ((product >> 32).cast[DType.uint32](), product.cast[DType.uint32]())
    else:
        var pairs = bitcast[DType.uint64, w // 2](x)
        var even = (pairs & 0xFFFFFFFF) * factor
        var odd = (pairs >> 32) * factor
        # exchanged by shuffles: a shift would be folded into a 64-bit product, which is slow
        var evens = bitcast[DType.uint32, w](even)
        var odds = bitcast[DType.uint32, w](odd)
        var first = (iota[DType.uint32, w]() & 1).eq(0)
        return (first.select(_exchange(evens), odds), first.select(evens, _exchange(odds)))


@always_inline
def philox[w: Int](counter: Counter[w], key: UInt64) -> Counter[w]:
    """Computes Philox4x32-10, lane by lane.

    Parameters:
        w: The number of lanes.

    Args:
        counter: The 128-bit counters, low word first.
        key: The 64-bit key.

    Returns:
        Four random words for each counter.
    """
    var c = counter.copy()
    var k0 = key.cast[DType.uint32]()
    var k1 = (key >> 32).cast[DType.uint32]()
    comptime for _ in range(ROUNDS):
        var a = _multiply(c[0], 0xD2511F53)
        var b = _multiply(c[2], 0xCD9E8D57)
        c[0] = b[0] ^ c[1] ^ k0
        c[1] = b[1]
        c[2] = a[0] ^ c[3] ^ k1
        c[3] = a[1]
        k0 += 0x9E3779B9
        k1 += 0xBB67AE85
    return c^


@always_inline
def _bits[dt: DType, w: Int](key: UInt64, counter: Int) -> Array[SIMD[Bits[dt], w], 16 // size_of[dt]()]:
    """Returns the random bits of counters `counter` to `counter + w`; w divides `counter`."""
    var c = Counter[w](fill=0)
    c[0] = SIMD[DType.uint32, w](UInt32(counter & 0xFFFFFFFF)) + iota[DType.uint32, w]()
    c[1] = UInt32(counter >> 32)
    c[2] = UInt32(size_of[dt]())
    var r = philox(c, key)
    var bits = Array[SIMD[Bits[dt], w], 16 // size_of[dt]()](fill=0)
    comptime if size_of[dt]() == 4:
        comptime for row in range(4):
            bits[row] = r[row].cast[Bits[dt]]()
    else:
        comptime for row in range(2):
            bits[row] = r[2 * row].cast[Bits[dt]]() | (r[2 * row + 1].cast[Bits[dt]]() << 32)
    return bits^


@always_inline
def _fraction[dt: DType, w: Int](bits: SIMD[Bits[dt], w]) -> SIMD[dt, w]:
    """Returns numbers uniform in [0, 1), of 24 or 53 bits."""
    comptime if dt == DType.float32:
        return (bits >> 8).cast[DType.int32]().cast[dt]() * Scalar[dt](1.0 / (1 << 24))
    else:
        return (bits >> 11).cast[DType.int64]().cast[dt]() * Scalar[dt](1.0 / (1 << 53))


@always_inline
def _positive_fraction[dt: DType, w: Int](bits: SIMD[Bits[dt], w]) -> SIMD[dt, w]:
    """Returns numbers uniform in (0, 1], of 31 or 53 bits."""
    comptime if dt == DType.float32:
        return ((bits >> 1).cast[DType.int32]().cast[dt]() + 0.5) * Scalar[dt](1.0 / (1 << 31))
    else:
        return ((bits >> 11).cast[DType.int64]().cast[dt]() + 0.5) * Scalar[dt](1.0 / (1 << 53))


@always_inline
def _turn[dt: DType, w: Int](fraction: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
    """Returns the cosine and the sine of 2 pi times a fraction in [0, 1), by Cephes' polynomials."""
    var quarters = fraction * 4
    var whole = round(quarters)
    var x = (quarters - whole) * 1.5707963267948966
    var z = x * x
    var s: SIMD[dt, w]
    var c: SIMD[dt, w]
    comptime if dt == DType.float32:
        s = horner[-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1](z)
        c = horner[2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2](z)
    else:
        s = horner[
            1.58962301576546568060e-10,
            -2.50507477628578072866e-8,
            2.75573136213857245213e-6,
            -1.98412698295895385996e-4,
            8.33333333332211858878e-3,
            -1.66666666666666307295e-1,
        ](z)
        c = horner[
            -1.13585365213876817300e-11,
            2.08757008419747316778e-9,
            -2.75573141792967388112e-7,
            2.48015872888517045348e-5,
            -1.38888888888730564116e-3,
            4.16666666666665929218e-2,
        ](z)
    s = fma(s * z, x, x)
    c = fma(c * z, z, fma(z, SIMD[dt, w](-0.5), SIMD[dt, w](1)))
    var quadrant = whole.cast[DType.int32]()
    var odd = (quadrant & 1).eq(1)
    var cosine = odd.select(s, c)
    var sine = odd.select(c, s)
    cosine = ((quadrant + 1) & 2).eq(2).select(-cosine, cosine)
    sine = (quadrant & 2).eq(2).select(-sine, sine)
    return (cosine, sine)


@always_inline
def normal_of[dt: DType, w: Int](u: SIMD[dt, w], v: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns normal numbers by Box and Muller, those of the cosine.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        u: Numbers uniform in (0, 1].
        v: Numbers uniform in [0, 1).

    Returns:
        The numbers, sqrt(-2 log u) cos(2 pi v).
    """
    return sqrt(-2 * log(u)) * _turn(v)[0]


trait Distribution:
    """A way of turning random bits into elements, two by two."""

    comptime NAME: StaticString
    comptime PARAMETERS: Int
    """The number of parameter words."""
    comptime COST: Float64
    """Nanoseconds per byte on one worker."""

    @staticmethod
    def draw[
        dt: DType, w: Int
    ](first: SIMD[Bits[dt], w], second: SIMD[Bits[dt], w], a: Scalar[dt], b: Scalar[dt]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w]
    ]:
        """Turns bits into elements.

        Parameters:
            dt: The dtype.
            w: The number of lanes.

        Args:
            first: Random bits.
            second: More random bits.
            a: The first parameter.
            b: The second parameter.

        Returns:
            Two elements per lane, for the positions of the first and of the second bits.
        """
        ...


@doc_hidden
struct Uniform(Distribution):
    """Uniform in [low, high): low + (high - low) u."""

    comptime NAME: StaticString = "uniform"
    comptime PARAMETERS = 2
    comptime COST = 0.09

    @staticmethod
    @always_inline
    def draw[
        dt: DType, w: Int
    ](first: SIMD[Bits[dt], w], second: SIMD[Bits[dt], w], a: Scalar[dt], b: Scalar[dt]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w]
    ]:
        return (Self._between[dt, w](first, a, b), Self._between[dt, w](second, a, b))

    @staticmethod
    @always_inline
    def _between[
        dt: DType, w: Int
    ](bits: SIMD[Bits[dt], w], low: Scalar[dt], high: Scalar[dt]) -> SIMD[dt, w]:
        var y = fma(_fraction[dt, w](bits), SIMD[dt, w](high - low), SIMD[dt, w](low))
        return y.ge(high).select(SIMD[dt, w](low), y)  # rounding may reach high


@doc_hidden
struct Normal(Distribution):
    """Normal by Box and Muller: mean + std sqrt(-2 log u) cos(2 pi v), and with the sine."""

    comptime NAME: StaticString = "normal"
    comptime PARAMETERS = 2
    comptime COST = 0.14

    @staticmethod
    @always_inline
    def draw[
        dt: DType, w: Int
    ](first: SIMD[Bits[dt], w], second: SIMD[Bits[dt], w], a: Scalar[dt], b: Scalar[dt]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w]
    ]:
        comptime assert dt.is_floating_point()
        var radius = sqrt(-2 * log(_positive_fraction[dt, w](first))) * b
        var direction = _turn(_fraction[dt, w](second))
        return (fma(radius, direction[0], SIMD[dt, w](a)), fma(radius, direction[1], SIMD[dt, w](a)))


@doc_hidden
struct Kept(Distribution):
    """Dropout's factors: 0 with probability p, else the same number."""

    comptime NAME: StaticString = "kept"
    comptime PARAMETERS = 2
    comptime COST = 0.09

    @staticmethod
    @always_inline
    def draw[
        dt: DType, w: Int
    ](first: SIMD[Bits[dt], w], second: SIMD[Bits[dt], w], a: Scalar[dt], b: Scalar[dt]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w]
    ]:
        return (Self._factors[dt, w](first, a, b), Self._factors[dt, w](second, a, b))

    @staticmethod
    @always_inline
    def _factors[
        dt: DType, w: Int
    ](bits: SIMD[Bits[dt], w], p: Scalar[dt], factor: Scalar[dt]) -> SIMD[dt, w]:
        return _fraction[dt, w](bits).ge(p).select(SIMD[dt, w](factor), SIMD[dt, w](0))


@doc_hidden
struct NonNegative(Distribution):
    """63 random bits."""

    comptime NAME: StaticString = "bits"
    comptime PARAMETERS = 0
    comptime COST = 0.09

    @staticmethod
    @always_inline
    def draw[
        dt: DType, w: Int
    ](first: SIMD[Bits[dt], w], second: SIMD[Bits[dt], w], a: Scalar[dt], b: Scalar[dt]) -> Tuple[
        SIMD[dt, w], SIMD[dt, w]
    ]:
        return ((first >> 1).cast[dt](), (second >> 1).cast[dt]())


@doc_hidden
struct Random[D: Distribution, dt: DType](Kernel):
    """A unit is an element."""

    comptime ROWS = 16 // size_of[Self.dt]()
    comptime GROUP = LANES * Self.ROWS

    comptime WORDS: StaticString = "y:w n seed offset" + (" parameters:ff" if Self.D.PARAMETERS == 2 else "")

    @staticmethod
    def name() -> String:
        return String("random.", Self.D.NAME, ".", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.n)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.n), 10, size_of[Self.dt](), Float64(size_of[Self.dt]()) * Self.D.COST)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, Self.AT.y)
        var key = UInt64(word(args, Self.AT.seed))
        var offset = word(args, Self.AT.offset)
        var a = Scalar[Self.dt](0)
        var b = Scalar[Self.dt](0)
        comptime if Self.D.PARAMETERS == 2:
            a = scalar[Self.dt](args, Self.AT.parameters)
            b = scalar[Self.dt](args, Self.AT.parameters + 1)
        comptime if S.SIMD:
            var part = stack_allocation[Self.GROUP, Scalar[Self.dt]]()
            var i = start
            while i < stop:
                var group = (offset + i) // Self.GROUP
                var skip = offset + i - group * Self.GROUP
                var count = min(Self.GROUP - skip, stop - i)
                if count == Self.GROUP:
                    Self.group(y.unsafe_offset(i), key, group, a, b)
                else:
                    Self.group(Buffer[Self.dt](unsafe_from_address=Int(part)), key, group, a, b)
                    for k in range(count):
                        y.unsafe_store(i + k, part.unsafe_load(skip + k))
                i += count
        else:
            for i in range(start, stop):
                y.unsafe_store(i, Self.element(key, offset + i, a, b))

    @staticmethod
    @always_inline
    def group(y: Buffer[Self.dt], key: UInt64, group: Int, a: Scalar[Self.dt], b: Scalar[Self.dt]):
        var bits = _bits[Self.dt, LANES](key, group * LANES)
        comptime for pair in range(Self.ROWS // 2):
            var drawn = Self.D.draw[Self.dt, LANES](bits[2 * pair], bits[2 * pair + 1], a, b)
            y.unsafe_store(2 * pair * LANES, drawn[0])
            y.unsafe_store((2 * pair + 1) * LANES, drawn[1])

    @staticmethod
    @always_inline
    def element(key: UInt64, position: Int, a: Scalar[Self.dt], b: Scalar[Self.dt]) -> Scalar[Self.dt]:
        var group = position // Self.GROUP
        var row = position % Self.GROUP // LANES
        var bits = _bits[Self.dt, 1](key, group * LANES + position % LANES)
        var first = bits[0]
        var second = bits[1]
        comptime if Self.ROWS == 4:
            if row >= 2:
                first = bits[2]
                second = bits[3]
        var drawn = Self.D.draw[Self.dt, 1](first, second, a, b)
        return drawn[0] if row % 2 == 0 else drawn[1]


@doc_hidden
struct Permutations(Kernel):
    """Rows of the integers below n in random order. A unit is a row: each integer takes the place of one before it or
    its own, which goes to the end (Fisher and Yates)."""

    comptime WORDS: StaticString = "y:w size seed offset n"
    comptime Bits63 = Random[NonNegative, DType.int64]

    @staticmethod
    def name() -> String:
        return "random.permutation.int64"

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.size) // word(args, Self.AT.n)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.size), 10, 16, 4)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var key = UInt64(word(args, Self.AT.seed))
        var n = word(args, Self.AT.n)
        comptime GROUP = Self.Bits63.GROUP
        var drawn = Buffer[DType.int64](
            unsafe_from_address=Int(stack_allocation[GROUP, Scalar[DType.int64]]())
        )
        for row in range(start, stop):
            var y = buffer[DType.int64](args, Self.AT.y).unsafe_offset(row * n)
            var first = word(args, Self.AT.offset) + row * n
            var group = -1
            for i in range(n):
                var position = first + i
                var bits: Int64
                comptime if S.SIMD:
                    if position // GROUP != group:
                        group = position // GROUP
                        Self.Bits63.group(drawn, key, group, 0, 0)
                    bits = drawn.unsafe_load(position % GROUP)
                else:
                    bits = Self.Bits63.element(key, position, 0, 0)
                var at = Int((bits.cast[DType.uint128]() * Scalar[DType.uint128](i + 1)) >> 63)
                y.unsafe_store(i, y.unsafe_load(at))
                y.unsafe_store(at, Int64(i))
