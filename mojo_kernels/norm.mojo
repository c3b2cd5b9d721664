"""Normalisation: of rows (layer, group, instance, root mean square) and of channels over a batch.

    xhat = (x - mean) rstd, rstd = 1 / sqrt(var + eps);  y = xhat weight + bias
    dx = rstd (g - mean g - xhat mean (g xhat)) with g = dy weight;  dweight = sum dy xhat, dbias = sum dy

Without centring (root mean square) the mean is 0 and so is the mean of g. Backward needs x, mean and rstd.

Rows: forward words y, mean, rstd, x, weight or 0, bias or 0, rows, columns, span, period, centred, eps. With a span of 0 a row has
a weight per column; otherwise a weight per span of columns, and `period` rows use others. Backward words: dx, dweight,
dbias (each 0 where it is not wanted), dy, x, mean, rstd, weight, rows, columns, span, period, centred, block. dweight and
dbias are sums over `block` rows, or per row where there is a span; Python adds them up.

Channels: forward words y, mean, rstd, x, weight, bias, running mean, running variance, counter (each 0 if absent), batch,
channels, length, eps, momentum; backward words: dx, dweight, dbias, dy, x, mean, rstd, weight, batch, channels, length,
trained. x is (batch, channels, length). A counter holds how many batches there were; the momentum is then 1 / counter.
"""

from std.math import sqrt
from std.sys import simd_width_of, size_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.rows import first_lanes, sum_lanes
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, scalar, word


@always_inline
def _get[dt: DType, w: Int](p: Buffer[dt], i: Int, mask: SIMD[DType.bool, w]) -> SIMD[dt, w]:
    """Loads lanes; those outside of the mask are 0."""
    comptime if w == 1:
        return p.unsafe_load[width=w](i)
    else:
        return masked_load[w](p.unsafe_offset(i), mask, SIMD[dt, w](0))


@always_inline
def _put[dt: DType, w: Int](p: Buffer[dt], i: Int, value: SIMD[dt, w], mask: SIMD[DType.bool, w]):
    """Stores the lanes within the mask."""
    comptime if w == 1:
        p.unsafe_store(i, value)
    else:
        masked_store(value, p.unsafe_offset(i), mask)


@always_inline
def _lanes[dt: DType, S: Schedule]() -> Int:
    return simd_width_of[dt]() if S.SIMD else 1


@always_inline
def _each[w: Int, Body: def(Int, SIMD[DType.bool, w]) -> None](count: Int, body: Body):
    """Calls `body(i, mask)` for all vectors of `count` elements, the last one masked."""
    comptime ALL = SIMD[DType.bool, w](fill=True)
    var i = 0
    while i + w <= count:
        body(i, ALL)
        i += w
    comptime if w > 1:
        if i < count:
            body(i, first_lanes[w](count - i))


struct Sums[dt: DType, w: Int](TrivialRegisterPassable):
    """Two sums of a row, lane by lane.

    Parameters:
        dt: The dtype.
        w: The number of lanes.
    """

    var a: SIMD[Self.dt, Self.w]
    """The first sum."""
    var b: SIMD[Self.dt, Self.w]
    """The second sum."""

    @always_inline
    def __init__(out self):
        """Starts at 0."""
        self.a = 0
        self.b = 0


@always_inline
def _sum[w: Int, dt: DType](x: Buffer[dt], count: Int) -> Scalar[dt]:
    """Returns the sum of a row."""
    var sum = Sums[dt, w]()
    var i = 0
    while i + 2 * w <= count:
        sum.a += x.unsafe_load[width=w](i)
        sum.b += x.unsafe_load[width=w](i + w)
        i += 2 * w
    while i < count:
        sum.a += _get(x, i, first_lanes[w](count - i))
        i += w
    return sum_lanes(sum.a + sum.b)


@always_inline
def _squares[w: Int, dt: DType](x: Buffer[dt], count: Int, mean: Scalar[dt]) -> Scalar[dt]:
    """Returns the sum of the squared distances from the mean."""
    var sum = Sums[dt, w]()
    var i = 0
    while i + 2 * w <= count:
        var a = x.unsafe_load[width=w](i) - mean
        var b = x.unsafe_load[width=w](i + w) - mean
        sum.a += a * a
        sum.b += b * b
        i += 2 * w
    while i < count:
        var mask = first_lanes[w](count - i)
        var a = mask.select(_get(x, i, mask) - mean, SIMD[dt, w](0))
        sum.a += a * a
        i += w
    return sum_lanes(sum.a + sum.b)


@always_inline
def _scaled[
    w: Int, dt: DType
](y: Buffer[dt], x: Buffer[dt], count: Int, mean: Scalar[dt], scale: Scalar[dt], bias: Scalar[dt]):
    """Computes y = (x - mean) scale + bias."""

    def body(i: Int, mask: SIMD[DType.bool, w]) {imm}:
        _put(y, i, (_get(x, i, mask) - mean) * scale + bias, mask)

    _each[w](count, body)


@always_inline
def _sum_pair[w: Int, dt: DType](dy: Buffer[dt], x: Buffer[dt], count: Int, mean: Scalar[dt]) -> SIMD[dt, 2]:
    """Returns the sums of dy and of dy (x - mean)."""
    var a = SIMD[dt, w](0)
    var b = SIMD[dt, w](0)
    var i = 0
    while i < count:
        var mask = first_lanes[w](count - i)
        var g = _get(dy, i, mask)
        a += g
        b += mask.select(g * (_get(x, i, mask) - mean), SIMD[dt, w](0))
        i += w
    return SIMD[dt, 2](sum_lanes(a), sum_lanes(b))


@always_inline
def _gradient[
    w: Int, dt: DType
](
    dx: Buffer[dt],
    dy: Buffer[dt],
    x: Buffer[dt],
    count: Int,
    mean: Scalar[dt],
    scale: Scalar[dt],
    shift: Scalar[dt],
    slope: Scalar[dt],
):
    """Computes dx = dy scale - shift - (x - mean) slope."""

    def body(i: Int, mask: SIMD[DType.bool, w]) {imm}:
        _put(dx, i, _get(dy, i, mask) * scale - shift - (_get(x, i, mask) - mean) * slope, mask)

    _each[w](count, body)


@always_inline
def _at[dt: DType](args: Words, i: Int, place: Int, otherwise: Scalar[dt]) -> Scalar[dt]:
    """Returns an element of an operand that may be absent."""
    if word(args, i) == 0:
        return otherwise
    return buffer[dt](args, i).unsafe_load(place)


@doc_hidden
struct RowNorm[dt: DType](Kernel):
    """A unit is a row."""

    comptime OPERANDS: StaticString = "wwwrrr"

    @staticmethod
    def name() -> String:
        return String("row_norm.forward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return 12

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, 6)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, 6) * word(args, 7), 7, 2 * size_of[Self.dt](), 0.25)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime w = _lanes[Self.dt, S]()
        var columns = word(args, 7)
        var span = word(args, 8)
        var period = word(args, 9)
        var count = Scalar[Self.dt](columns)
        for row in range(start, stop):
            var y = buffer[Self.dt](args, 0).unsafe_offset(row * columns)
            var x = buffer[Self.dt](args, 3).unsafe_offset(row * columns)
            var mean = Scalar[Self.dt](0)
            if word(args, 10) != 0:
                mean = _sum[w](x, columns) / count
            var variance = _squares[w](x, columns, mean) / count
            var rstd = 1 / sqrt(variance + scalar[Self.dt](args, 11))
            buffer[Self.dt](args, 1).unsafe_store(row, mean)
            buffer[Self.dt](args, 2).unsafe_store(row, rstd)
            if span != 0:
                var parts = columns // span
                for c in range(parts):
                    var place = row % period * parts + c
                    var scale = rstd * _at[Self.dt](args, 4, place, 1)
                    var bias = _at[Self.dt](args, 5, place, 0)
                    _scaled[w](y.unsafe_offset(c * span), x.unsafe_offset(c * span), span, mean, scale, bias)
            elif word(args, 4) == 0:
                _scaled[w](y, x, columns, mean, rstd, 0)
            else:
                var weight = buffer[Self.dt](args, 4)
                var has_bias = word(args, 5) != 0
                var bias = buffer[Self.dt](args, 5 if has_bias else 4)

                def body(i: Int, mask: SIMD[DType.bool, w]) {imm}:
                    var v = (_get(x, i, mask) - mean) * rstd * _get(weight, i, mask)
                    if has_bias:
                        v += _get(bias, i, mask)
                    _put(y, i, v, mask)

                _each[w](columns, body)


@doc_hidden
struct RowNormBackward[dt: DType](Kernel):
    """A unit is a block of rows."""

    comptime OPERANDS: StaticString = "wwwrrrrr"

    @staticmethod
    def name() -> String:
        return String("row_norm.backward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return 14

    @staticmethod
    def units(args: Words) -> Int:
        return (word(args, 8) + word(args, 13) - 1) // word(args, 13)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, 8) * word(args, 9), 12, 3 * size_of[Self.dt](), 0.35)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var block = word(args, 13)
        for unit in range(start, stop):
            if word(args, 10) == 0:
                comptime w = _lanes[Self.dt, S]()
                for place in [1, 2]:
                    if word(args, place) != 0:
                        var sums = buffer[Self.dt](args, place).unsafe_offset(unit * word(args, 9))

                        def zero(i: Int, mask: SIMD[DType.bool, w]) {imm}:
                            _put(sums, i, SIMD[Self.dt, w](0), mask)

                        _each[w](word(args, 9), zero)
            for row in range(unit * block, min((unit + 1) * block, word(args, 8))):
                if word(args, 10) == 0:
                    Self.columns_row[S](args, unit, row)
                else:
                    Self.spans_row[S](args, row)

    @staticmethod
    @always_inline
    def columns_row[S: Schedule](args: Words, unit: Int, row: Int):
        """Does a row with a weight per column."""
        comptime w = _lanes[Self.dt, S]()
        comptime V = SIMD[Self.dt, w]
        var columns = word(args, 9)
        var dy = buffer[Self.dt](args, 3).unsafe_offset(row * columns)
        var x = buffer[Self.dt](args, 4).unsafe_offset(row * columns)
        var mean = buffer[Self.dt](args, 5).unsafe_load(row)
        var rstd = buffer[Self.dt](args, 6).unsafe_load(row)
        var weighted = word(args, 7) != 0
        var weight = buffer[Self.dt](args, 7 if weighted else 3)
        var sums = Sums[Self.dt, w]()
        var wants_weight = word(args, 1) != 0
        var wants_bias = word(args, 2) != 0
        var dweight = buffer[Self.dt](args, 1).unsafe_offset(unit * columns)
        var dbias = buffer[Self.dt](args, 2).unsafe_offset(unit * columns)

        def first(i: Int, mask: SIMD[DType.bool, w]) {imm, mut sums}:
            var g = _get(dy, i, mask)
            var xhat = mask.select((_get(x, i, mask) - mean) * rstd, V(0))
            if wants_weight:
                _put(dweight, i, _get(dweight, i, mask) + g * xhat, mask)
            if wants_bias:
                _put(dbias, i, _get(dbias, i, mask) + g, mask)
            if weighted:
                g *= _get(weight, i, mask)
            sums.a += g
            sums.b += g * xhat

        _each[w](columns, first)
        if word(args, 0) == 0:
            return
        var dx = buffer[Self.dt](args, 0).unsafe_offset(row * columns)
        var count = Scalar[Self.dt](columns)
        var shift = sum_lanes(sums.a) / count if word(args, 12) != 0 else Scalar[Self.dt](0)
        var slope = sum_lanes(sums.b) / count * rstd

        def second(i: Int, mask: SIMD[DType.bool, w]) {imm}:
            var g = _get(dy, i, mask)
            if weighted:
                g *= _get(weight, i, mask)
            _put(dx, i, rstd * (g - shift - (_get(x, i, mask) - mean) * slope), mask)

        _each[w](columns, second)

    @staticmethod
    @always_inline
    def spans_row[S: Schedule](args: Words, row: Int):
        """Does a row with a weight per span."""
        comptime w = _lanes[Self.dt, S]()
        var columns = word(args, 9)
        var span = word(args, 10)
        var parts = columns // span
        var dy = buffer[Self.dt](args, 3).unsafe_offset(row * columns)
        var x = buffer[Self.dt](args, 4).unsafe_offset(row * columns)
        var mean = buffer[Self.dt](args, 5).unsafe_load(row)
        var rstd = buffer[Self.dt](args, 6).unsafe_load(row)
        var place = row % word(args, 11) * parts
        var total = Scalar[Self.dt](0)
        var along = Scalar[Self.dt](0)
        for c in range(parts):
            var sums = _sum_pair[w](dy.unsafe_offset(c * span), x.unsafe_offset(c * span), span, mean)
            if word(args, 1) != 0:
                buffer[Self.dt](args, 1).unsafe_store(row * parts + c, sums[1] * rstd)
            if word(args, 2) != 0:
                buffer[Self.dt](args, 2).unsafe_store(row * parts + c, sums[0])
            var scale = _at[Self.dt](args, 7, place + c, 1)
            total += scale * sums[0]
            along += scale * sums[1]
        if word(args, 0) == 0:
            return
        var dx = buffer[Self.dt](args, 0).unsafe_offset(row * columns)
        var count = Scalar[Self.dt](columns)
        var shift = rstd * total / count if word(args, 12) != 0 else Scalar[Self.dt](0)
        var slope = rstd * rstd * rstd * along / count
        for c in range(parts):
            _gradient[w](
                dx.unsafe_offset(c * span),
                dy.unsafe_offset(c * span),
                x.unsafe_offset(c * span),
                span,
                mean,
                rstd * _at[Self.dt](args, 7, place + c, 1),
                shift,
                slope,
            )


@doc_hidden
struct ChannelNorm[trained: Bool, dt: DType](Kernel):
    """A unit is a channel. Trained: statistics of the batch, which move the running ones; otherwise the running ones.
    """

    comptime OPERANDS: StaticString = "wwwrrruur" if Self.trained else "wwwrrrrrr"

    @staticmethod
    def name() -> String:
        return String("channel_norm" if Self.trained else "channel_apply", ".forward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return 14

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, 10)

    @staticmethod
    def grain(args: Words) -> Int:
        return 16 if word(args, 11) == 1 else 1

    @staticmethod
    def cost(args: Words) -> Cost:
        var count = word(args, 9) * word(args, 10) * word(args, 11)
        return Cost(count, 7, 2 * size_of[Self.dt](), 0.25)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime w = _lanes[Self.dt, S]()
        if word(args, 11) == 1:  # channels lie side by side

            def side_by_side(i: Int, mask: SIMD[DType.bool, w]) {imm}:
                Self.lanes[w](args, start + i, mask)

            _each[w](stop - start, side_by_side)
            return
        for channel in range(start, stop):
            Self.channel[w](args, channel)

    @staticmethod
    @always_inline
    def moved[
        w: Int
    ](
        args: Words,
        channel: Int,
        mask: SIMD[DType.bool, w],
        mean: SIMD[Self.dt, w],
        variance: SIMD[Self.dt, w],
    ):
        """Moves the running statistics."""
        if word(args, 6) == 0:
            return
        var momentum = scalar[Self.dt](args, 13)
        if word(args, 8) != 0:
            momentum = 1 / buffer[DType.int64](args, 8)[].cast[Self.dt]()
        var n = word(args, 9) * word(args, 11)
        var unbiased = variance * (Scalar[Self.dt](n) / Scalar[Self.dt](max(n - 1, 1)))
        var means = buffer[Self.dt](args, 6)
        var variances = buffer[Self.dt](args, 7)
        _put(means, channel, (1 - momentum) * _get(means, channel, mask) + momentum * mean, mask)
        _put(variances, channel, (1 - momentum) * _get(variances, channel, mask) + momentum * unbiased, mask)

    @staticmethod
    @always_inline
    def channel[w: Int](args: Words, channel: Int):
        """Does a channel whose elements lie side by side for each of the batch."""
        comptime V = SIMD[Self.dt, 1]
        var batch = word(args, 9)
        var step = word(args, 10) * word(args, 11)
        var length = word(args, 11)
        var y = buffer[Self.dt](args, 0).unsafe_offset(channel * length)
        var x = buffer[Self.dt](args, 3).unsafe_offset(channel * length)
        var mean = V(0)
        var variance = V(0)
        comptime if Self.trained:
            var count = V(batch * length)
            for n in range(batch):
                mean += _sum[w](x.unsafe_offset(n * step), length)
            mean /= count
            for n in range(batch):
                variance += _squares[w](x.unsafe_offset(n * step), length, mean)
            variance /= count
            Self.moved[1](args, channel, SIMD[DType.bool, 1](fill=True), mean, variance)
        else:
            mean = buffer[Self.dt](args, 6).unsafe_load(channel)
            variance = buffer[Self.dt](args, 7).unsafe_load(channel)
        var rstd = 1 / sqrt(variance + scalar[Self.dt](args, 12))
        buffer[Self.dt](args, 1).unsafe_store(channel, mean)
        buffer[Self.dt](args, 2).unsafe_store(channel, rstd)
        var scale = rstd * _at[Self.dt](args, 4, channel, 1)
        var bias = _at[Self.dt](args, 5, channel, 0)
        for n in range(batch):
            _scaled[w](y.unsafe_offset(n * step), x.unsafe_offset(n * step), length, mean, scale, bias)

    @staticmethod
    @always_inline
    def lanes[w: Int](args: Words, channel: Int, mask: SIMD[DType.bool, w]):
        """Does neighbouring channels of length 1, a lane each."""
        comptime V = SIMD[Self.dt, w]
        var batch = word(args, 9)
        var step = word(args, 10)
        var y = buffer[Self.dt](args, 0)
        var x = buffer[Self.dt](args, 3)
        var mean = V(0)
        var variance = V(0)
        comptime if Self.trained:
            for n in range(batch):
                mean += _get(x, n * step + channel, mask)
            mean /= V(Scalar[Self.dt](batch))
            for n in range(batch):
                var v = _get(x, n * step + channel, mask) - mean
                variance += v * v
            variance /= V(Scalar[Self.dt](batch))
            Self.moved[w](args, channel, mask, mean, variance)
        else:
            mean = _get(buffer[Self.dt](args, 6), channel, mask)
            variance = _get(buffer[Self.dt](args, 7), channel, mask)
        var rstd = 1 / sqrt(variance + scalar[Self.dt](args, 12))
        _put(buffer[Self.dt](args, 1), channel, mean, mask)
        _put(buffer[Self.dt](args, 2), channel, rstd, mask)
        var scale = rstd
        var bias = V(0)
        if word(args, 4) != 0:
            scale *= _get(buffer[Self.dt](args, 4), channel, mask)
        if word(args, 5) != 0:
            bias = _get(buffer[Self.dt](args, 5), channel, mask)
        for n in range(batch):
            _put(y, n * step + channel, (_get(x, n * step + channel, mask) - mean) * scale + bias, mask)


@doc_hidden
struct ChannelNormBackward[dt: DType](Kernel):
    """A unit is a channel."""

    comptime OPERANDS: StaticString = "wwwrrrrr"

    @staticmethod
    def name() -> String:
        return String("channel_norm.backward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return 12

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, 9)

    @staticmethod
    def grain(args: Words) -> Int:
        return 16 if word(args, 10) == 1 else 1

    @staticmethod
    def cost(args: Words) -> Cost:
        var count = word(args, 8) * word(args, 9) * word(args, 10)
        return Cost(count, 12, 3 * size_of[Self.dt](), 0.35)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime w = _lanes[Self.dt, S]()
        if word(args, 10) == 1:

            def side_by_side(i: Int, mask: SIMD[DType.bool, w]) {imm}:
                Self.lanes[w](args, start + i, mask)

            _each[w](stop - start, side_by_side)
            return
        for channel in range(start, stop):
            Self.channel[w](args, channel)

    @staticmethod
    @always_inline
    def channel[w: Int](args: Words, channel: Int):
        """Does a channel whose elements lie side by side for each of the batch."""
        var batch = word(args, 8)
        var length = word(args, 10)
        var step = word(args, 9) * length
        var dy = buffer[Self.dt](args, 3).unsafe_offset(channel * length)
        var x = buffer[Self.dt](args, 4).unsafe_offset(channel * length)
        var mean = buffer[Self.dt](args, 5).unsafe_load(channel)
        var rstd = buffer[Self.dt](args, 6).unsafe_load(channel)
        var sums = SIMD[Self.dt, 2](0)
        for n in range(batch):
            sums += _sum_pair[w](dy.unsafe_offset(n * step), x.unsafe_offset(n * step), length, mean)
        if word(args, 1) != 0:
            buffer[Self.dt](args, 1).unsafe_store(channel, sums[1] * rstd)
        if word(args, 2) != 0:
            buffer[Self.dt](args, 2).unsafe_store(channel, sums[0])
        if word(args, 0) == 0:
            return
        var dx = buffer[Self.dt](args, 0).unsafe_offset(channel * length)
        var scale = rstd * _at[Self.dt](args, 7, channel, 1)
        var share = Scalar[Self.dt](0)
        if word(args, 11) != 0:
            share = scale / Scalar[Self.dt](batch * length)
        for n in range(batch):
            _gradient[w](
                dx.unsafe_offset(n * step),
                dy.unsafe_offset(n * step),
                x.unsafe_offset(n * step),
                length,
                mean,
                scale,
                share * sums[0],
                share * sums[1] * rstd * rstd,
            )

    @staticmethod
    @always_inline
    def lanes[w: Int](args: Words, channel: Int, mask: SIMD[DType.bool, w]):
        """Does neighbouring channels of length 1, a lane each."""
        comptime V = SIMD[Self.dt, w]
        var batch = word(args, 8)
        var step = word(args, 9)
        var dy = buffer[Self.dt](args, 3)
        var x = buffer[Self.dt](args, 4)
        var mean = _get(buffer[Self.dt](args, 5), channel, mask)
        var rstd = _get(buffer[Self.dt](args, 6), channel, mask)
        var total = V(0)
        var along = V(0)
        for n in range(batch):
            var g = _get(dy, n * step + channel, mask)
            total += g
            along += g * (_get(x, n * step + channel, mask) - mean)
        if word(args, 1) != 0:
            _put(buffer[Self.dt](args, 1), channel, along * rstd, mask)
        if word(args, 2) != 0:
            _put(buffer[Self.dt](args, 2), channel, total, mask)
        if word(args, 0) == 0:
            return
        var scale = rstd
        if word(args, 7) != 0:
            scale *= _get(buffer[Self.dt](args, 7), channel, mask)
        var share = V(0)
        if word(args, 11) != 0:
            share = scale / V(Scalar[Self.dt](batch))
        var dx = buffer[Self.dt](args, 0)
        for n in range(batch):
            var at = n * step + channel
            var centred = _get(x, at, mask) - mean
            var gradient = (
                _get(dy, at, mask) * scale - share * total - centred * (share * along * rstd * rstd)
            )
            _put(dx, at, gradient, mask)
