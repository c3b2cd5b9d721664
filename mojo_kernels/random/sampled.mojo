"""Random numbers of distributions whose parameters are tensors: an element each of a, and of b where there are two.

    bernoulli:  1 with the probability a, else 0
    binomial:   how many of a tries succeed, each with the probability b
    gamma:      the gamma distribution of shape a and scale 1
    poisson:    the Poisson distribution of mean a
    von_mises:  angles of the distribution of concentration a around b, from -pi to pi

Element i depends on the seed, on offset + i and on its parameters alone. `bernoulli` compares the numbers of `uniform`.
The others reject and try again, so each element has a stream of its own, of 53-bit fractions: the counter's first two
words are its position, the third is `OWN`, and the fourth counts. They compute in float64.

Sources: Marsaglia, Tsang: A Simple Method for Generating Gamma Variables, TOMS 2000. Hoermann: The Transformed Rejection
Method for Generating Poisson Random Variables, IME 1993, and The Generation of Binomial Random Variates, JSCS 1993. Best,
Fisher: Efficient Simulation of the von Mises Distribution, Applied Statistics 1979.
"""

from std.math import floor, iota, sqrt
from std.memory import bitcast, stack_allocation
from std.sys import is_gpu, simd_width_of, size_of
from std.utils.numerics import inf, nan

from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.numerics.exponential import log1p
from mojo_kernels.numerics.gamma import lgamma
from mojo_kernels.numerics.trigonometric import acos, cos_pi
from mojo_kernels.random import Counter, GRAIN, LANES, Random, Uniform, normal_of, philox
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu_faults import launch_telling, number_of, report
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.types import Buffer, VALUE_OUT_OF_RANGE, OK, Words, buffer, dtype_name, word

comptime OWN = UInt32(16)
"""The third word of the counters of streams that belong to one element."""
comptime AHEAD = 2
"""Counters that are run for several elements at once: most elements need no more than these."""
comptime TRIES = 1000
"""Rejections after which an element becomes nan: its parameters are, or all but."""
comptime FEW = 10.0
"""The mean below which counts are found by adding up probabilities."""
comptime MANY = Float64(1 << 40)
"""The mean from which on a count is a rounded normal number: logarithms of its probability have no digits left."""
comptime _PI = 3.141592653589793
comptime _acos = acos[DType.float64, 1]
comptime _cos_pi = cos_pi[DType.float64, 1]
comptime _exp = exp[DType.float64, 1]
comptime _lgamma = lgamma[DType.float64, 1]
comptime _log = log[DType.float64, 1]
comptime _log1p = log1p[DType.float64, 1]
comptime _normal_of = normal_of[DType.float64, 1]


@always_inline
def _counters[w: Int](position: Int, count: Int) -> Counter[w]:
    """Returns the counters of neighbouring elements, for the same number of tries."""
    var positions = SIMD[DType.uint64, w](UInt64(position)) + iota[DType.uint64, w]()
    var c = Counter[w](fill=0)
    c[0] = positions.cast[DType.uint32]()
    c[1] = (positions >> 32).cast[DType.uint32]()
    c[2] = OWN
    c[3] = UInt32(count)
    return c^


def _look_ahead(ahead: Buffer[DType.uint32], key: UInt64, position: Int):
    """Writes the first words of `LANES` neighbouring elements, which computed one by one take as long as the rest.
    """
    comptime for count in range(AHEAD):
        var words = philox[LANES](_counters[LANES](position, count), key)
        comptime for k in range(4):
            ahead.unsafe_store((4 * count + k) * LANES, words[k])


struct Fractions:
    """The stream of one element."""

    var key: UInt64
    """The seed."""
    var position: Int
    """The element's position in the generator's stream."""
    var ahead: Int
    """The address of the first words, which are `LANES` apart; 0 where they are not there."""
    var words: Counter[1]
    """The words of two fractions."""
    var taken: Int
    """How many fractions have been taken."""

    @always_inline
    def __init__(out self, key: UInt64, position: Int, ahead: Int):
        """Starts the stream.

        Args:
            key: The seed.
            position: The element's position in the generator's stream.
            ahead: The address of the first words, or 0.
        """
        self.key = key
        self.position = position
        self.ahead = ahead
        self.words = Counter[1](fill=0)
        self.taken = 0

    @always_inline
    def next(mut self) -> Float64:
        """Returns a number uniform in (0, 1).

        Returns:
            The middle of one of 2^53 intervals.
        """
        var count = self.taken // 2
        if self.taken % 2 == 0:
            if self.ahead != 0 and count < AHEAD:
                var ahead = Buffer[DType.uint32](unsafe_from_address=self.ahead)
                comptime for k in range(4):
                    self.words[k] = ahead.unsafe_load((4 * count + k) * LANES)
            else:
                self.words = Self.block(self.key, self.position, count)
        var low = self.words[0] if self.taken % 2 == 0 else self.words[2]
        var high = self.words[1] if self.taken % 2 == 0 else self.words[3]
        self.taken += 1
        var bits = low.cast[DType.uint64]() | (high.cast[DType.uint64]() << 32)
        return ((bits >> 11).cast[DType.float64]() + 0.5) * (1.0 / (1 << 53))

    @staticmethod
    @no_inline
    def block(key: UInt64, position: Int, count: Int) -> Counter[1]:
        """Computes the words of two fractions.

        Args:
            key: The seed.
            position: The element's position.
            count: How many words came before, in fours.

        Returns:
            Four words.
        """
        return philox[1](_counters[1](position, count), key)

    def normal(mut self) -> Float64:
        """Returns a number of the standard normal distribution.

        Returns:
            The cosine's one of Box and Muller's two.
        """
        var first = self.next()
        return _normal_of(first, self.next())


trait Sampler:
    """A distribution."""

    comptime NAME: StaticString
    comptime COST: Float64
    """Nanoseconds an element."""

    @staticmethod
    def takes(a: Float64, b: Float64) -> Bool:
        """Returns whether parameters are some of the distribution.

        Args:
            a: The first parameter.
            b: The second parameter, or 0.

        Returns:
            False for nan.
        """
        ...

    @staticmethod
    def sample(a: Float64, b: Float64, mut fractions: Fractions) -> Float64:
        """Returns a number.

        Args:
            a: The first parameter.
            b: The second parameter.
            fractions: The element's stream.

        Returns:
            The number.
        """
        ...


@doc_hidden
struct Gamma(Sampler):
    """d v with v = (1 + c x)^3 of a normal x; below 1, that of a + 1 times u^(1 / a)."""

    comptime NAME: StaticString = "gamma"
    comptime COST = 40.0

    @staticmethod
    def takes(a: Float64, b: Float64) -> Bool:
        return a >= 0

    @staticmethod
    @no_inline
    def sample(a: Float64, b: Float64, mut fractions: Fractions) -> Float64:
        var scale = Float64(1)
        var shape = a
        if a < 1:
            scale = _exp(_log(fractions.next()) / a)
            shape = a + 1
        var d = shape - 1.0 / 3
        var c = 1 / sqrt(9 * d)
        for _ in range(TRIES):
            var x = fractions.normal()
            var root = 1 + c * x
            if root <= 0:
                continue
            var v = root * root * root
            var u = fractions.next()
            if u < 1 - 0.0331 * (x * x) * (x * x) or _log(u) < 0.5 * x * x + d * (1 - v + _log(v)):
                return scale * d * v
        return nan[DType.float64]()


@doc_hidden
struct Poisson(Sampler):
    """Inversion of small means, the transformed rejection PTRS of others."""

    comptime NAME: StaticString = "poisson"
    comptime COST = 40.0

    @staticmethod
    def takes(a: Float64, b: Float64) -> Bool:
        return a >= 0

    @staticmethod
    @no_inline
    def sample(a: Float64, b: Float64, mut fractions: Fractions) -> Float64:
        if a >= MANY:
            return a if a == inf[DType.float64]() else floor(a + sqrt(a) * fractions.normal() + 0.5)
        if a < FEW:
            return Self._small(a, fractions.next())
        var width = 0.931 + 2.53 * sqrt(a)
        var slope = -0.059 + 0.02483 * width
        var quick = 0.9277 - 3.6224 / (width - 2)
        for _ in range(TRIES):
            var u = fractions.next() - 0.5
            var v = fractions.next()
            var edge = 0.5 - abs(u)
            var k = floor((2 * slope / edge + width) * u + a + 0.43)
            if edge >= 0.07 and v <= quick:
                return k
            if k < 0 or (edge < 0.013 and v > edge):
                continue
            var height = 1.1239 + 1.1328 / (width - 3.4)
            if _log(v * height / (slope / (edge * edge) + width)) <= k * _log(a) - a - _lgamma(k + 1):
                return k
        return nan[DType.float64]()

    @staticmethod
    def _small(a: Float64, u: Float64) -> Float64:
        var probability = _exp(-a)
        var sum = probability
        var k = Float64(0)
        while u > sum and k < TRIES:
            k += 1
            probability *= a / k
            sum += probability
        return k


@doc_hidden
struct Binomial(Sampler):
    """Inversion of small means, the transformed rejection BTRS of others, for the less probable of both outcomes.
    """

    comptime NAME: StaticString = "binomial"
    comptime COST = 60.0

    @staticmethod
    def takes(a: Float64, b: Float64) -> Bool:
        return a >= 0 and a < Float64(1 << 62) * 2 and b >= 0 and b <= 1

    @staticmethod
    @no_inline
    def sample(a: Float64, b: Float64, mut fractions: Fractions) -> Float64:
        var n = floor(a)
        var p = min(b, 1 - b)
        var k: Float64
        if n * p >= MANY:
            k = floor(n * p + sqrt(n * p * (1 - p)) * fractions.normal() + 0.5)
        elif n * p < FEW:
            k = Self._small(n, p, fractions.next())
        else:
            k = Self._large(n, p, fractions)
        return k if b <= 0.5 else n - k

    @staticmethod
    def _small(n: Float64, p: Float64, u: Float64) -> Float64:
        var odds = p / (1 - p)
        var probability = _exp(n * _log1p(-p))
        var sum = probability
        var k = Float64(0)
        while u > sum and k < min(n, TRIES):
            k += 1
            probability *= (n + 1 - k) / k * odds
            sum += probability
        return k

    @staticmethod
    def _large(n: Float64, p: Float64, mut fractions: Fractions) -> Float64:
        var spread = sqrt(n * p * (1 - p))
        var width = 1.15 + 2.53 * spread
        var slope = -0.0873 + 0.0248 * width + 0.01 * p
        var quick = 0.92 - 4.2 / width
        for _ in range(TRIES):
            var u = fractions.next() - 0.5
            var v = fractions.next()
            var edge = 0.5 - abs(u)
            var k = floor((2 * slope / edge + width) * u + n * p + 0.5)
            if k < 0 or k > n:
                continue
            if edge >= 0.07 and v <= quick:
                return k
            var height = (2.83 + 5.1 / width) * spread
            if _log(v * height / (slope / (edge * edge) + width)) <= Self._log_ratio(n, p, k):
                return k
        return nan[DType.float64]()

    @staticmethod
    def _log_ratio(n: Float64, p: Float64, k: Float64) -> Float64:
        """Returns the logarithm of the probability of k, less that of the most probable count, by Stirling's formula.
        """
        var odds = p / (1 - p)
        var middle = floor((n + 1) * p)
        var others = n - middle + 1
        var sum = (middle + 0.5) * _log((middle + 1) / (odds * others)) + (n + 1) * _log(others / (n - k + 1))
        sum += (k + 0.5) * _log(odds * (n - k + 1) / (k + 1))
        return sum + Self._rest(middle) + Self._rest(n - middle) - Self._rest(k) - Self._rest(n - k)

    @staticmethod
    def _rest(k: Float64) -> Float64:
        """Returns log k! less (k + 1/2) log(k + 1) - (k + 1) + log(2 pi) / 2."""
        var x = k + 1
        if k < FEW:
            return _lgamma(x) - (k + 0.5) * _log(x) + x - 0.9189385332046727
        return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / (x * x)) / (x * x)) / x


@doc_hidden
struct VonMises(Sampler):
    """Rejection from the wrapped Cauchy distribution; a narrow one is all but normal."""

    comptime NAME: StaticString = "von_mises"
    comptime COST = 60.0

    @staticmethod
    def takes(a: Float64, b: Float64) -> Bool:
        return True

    @staticmethod
    @no_inline
    def sample(a: Float64, b: Float64, mut fractions: Fractions) -> Float64:
        if a < 1e-8:
            return _PI * (2 * fractions.next() - 1)
        if a > 1e6:
            return Self._wrapped(b + fractions.normal() / sqrt(a))
        var s = 1 / a + a
        if a >= 1e-5:
            var r = 1 + sqrt(1 + 4 * a * a)
            var rho = (r - sqrt(2 * r)) / (2 * a)
            s = (1 + rho * rho) / (2 * rho)
        for _ in range(TRIES):
            var z = _cos_pi(fractions.next())
            var w = (1 + s * z) / (s + z)
            var y = a * (s - w)
            var v = fractions.next()
            if y * (2 - y) - v >= 0 or _log(y / v) + 1 - y >= 0:
                var angle = _acos(w)
                return Self._wrapped(b + (angle if fractions.next() >= 0.5 else -angle))
        return nan[DType.float64]()

    @staticmethod
    def _wrapped(angle: Float64) -> Float64:
        var turned = angle - 2 * _PI * floor((angle + _PI) / (2 * _PI))
        return max(min(turned, _PI), -_PI)


@doc_hidden
struct Sampled[D: Sampler, dt: DType](Kernel):
    """A unit is an element; b is 0 where there is one parameter."""

    comptime WORDS: StaticString = "y:w a:r b:r n seed offset"

    @staticmethod
    def name() -> String:
        return String("random.", Self.D.NAME, ".", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.n)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.n), 50, 3 * size_of[Self.dt](), Self.D.COST)

    @staticmethod
    def grain(args: Words) -> Int:
        return 64

    @staticmethod
    @always_inline
    def parameter(args: Words, at: Int, i: Int) -> Float64:
        """Returns a parameter of an element."""
        if word(args, at) == 0:
            return 0
        return buffer[Self.dt](args, at).unsafe_load(i).cast[DType.float64]()

    @staticmethod
    def check(args: Words) -> Int64:
        for i in range(word(args, Self.AT.n)):
            if not Self.D.takes(Self.parameter(args, Self.AT.a, i), Self.parameter(args, Self.AT.b, i)):
                return VALUE_OUT_OF_RANGE
        return OK

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_telling[Self.run[Original]](
            ctx, args, Self.words(args), number_of(Self.name()), Self.units(args)
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime if S.SIMD:
            var room = Int(stack_allocation[4 * AHEAD * LANES, UInt32]())
            for first in range(start, stop, LANES):
                _look_ahead(
                    Buffer[DType.uint32](unsafe_from_address=room),
                    UInt64(word(args, Self.AT.seed)),
                    word(args, Self.AT.offset) + first,
                )
                for i in range(first, min(first + LANES, stop)):
                    Self.element(args, i, room + (i - first) * size_of[UInt32]())
        else:
            for i in range(start, stop):
                Self.element(args, i, 0)

    @staticmethod
    @always_inline
    def element(args: Words, i: Int, ahead: Int):
        """Writes an element, whose first words are at an address."""
        var a = Self.parameter(args, Self.AT.a, i)
        var b = Self.parameter(args, Self.AT.b, i)
        comptime if is_gpu():
            if not Self.D.takes(a, b):
                report(args, Self.words(args), bitcast[DType.int64](a), 0)
                return
        var fractions = Fractions(UInt64(word(args, Self.AT.seed)), word(args, Self.AT.offset) + i, ahead)
        buffer[Self.dt](args, Self.AT.y).unsafe_store(i, Self.D.sample(a, b, fractions).cast[Self.dt]())


@doc_hidden
struct Bernoulli[dt: DType](Kernel):
    """A unit is an element."""

    comptime WORDS: StaticString = "y:w a:r n seed offset"
    comptime Fraction = Random[Uniform, Self.dt]

    @staticmethod
    def name() -> String:
        return String("random.bernoulli.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.n)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(
            word(args, Self.AT.n), 11, 2 * size_of[Self.dt](), Float64(size_of[Self.dt]()) * Uniform.COST
        )

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def check(args: Words) -> Int64:
        var p = buffer[Self.dt](args, Self.AT.a)
        var good = True

        def body[w: Int](i: Int) {imm, mut good}:
            var some = p.unsafe_load[width=w](i)
            good = good & (some.ge(0) & some.le(1)).reduce_and()  # nan is neither

        lanes[Tiled, simd_width_of[Self.dt]()](word(args, Self.AT.n), body)
        return OK if good else VALUE_OUT_OF_RANGE

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_telling[Self.run[Original]](
            ctx, args, Self.words(args), number_of(Self.name()), Self.units(args)
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, Self.AT.y)
        var p = buffer[Self.dt](args, Self.AT.a)
        var key = UInt64(word(args, Self.AT.seed))
        var offset = word(args, Self.AT.offset)
        comptime W = Self.Fraction.GROUP
        var part = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[W, Scalar[Self.dt]]()))
        var i = start
        while i < stop:
            comptime if S.SIMD:
                var group = (offset + i) // W
                var skip = offset + i - group * W
                Self.Fraction.group(part, key, group, 0, 1)
                if skip == 0 and i + W <= stop:
                    var below = part.unsafe_load[width=W](0).lt(p.unsafe_load[width=W](i))
                    y.unsafe_store(i, below.cast[Self.dt]())
                    i += W
                    continue
                for k in range(min(W - skip, stop - i)):
                    y.unsafe_store(i + k, part.unsafe_load(skip + k).lt(p.unsafe_load(i + k)).cast[Self.dt]())
                i += min(W - skip, stop - i)
            else:
                var chance = p.unsafe_load(i)
                comptime if is_gpu():
                    if not (chance >= 0 and chance <= 1):
                        report(args, Self.words(args), bitcast[DType.int64](chance.cast[DType.float64]()), 1)
                        return
                var fraction = Self.Fraction.element(key, offset + i, 0, 1)
                y.unsafe_store(i, fraction.lt(chance).cast[Self.dt]())
                i += 1
