"""The loss of connectionist temporal classification: over all ways to stretch a sequence of labels to a longer one.

A path through the labels with a blank before, between and behind them, l = (blank, t[0], blank, t[1], ..., blank), stays,
goes to the next, or skips a blank between two labels that differ. With logarithms of probabilities x[t, l] at step t:

    alpha[t, s] = log sum of the paths that end at s,    from alpha[t - 1, s], [s - 1] and, where it may skip, [s - 2]
    beta[t, s]  = log sum of the paths that start at s,  from beta[t + 1, s], [s + 1] and, where it may skip, [s + 2]
    loss        = -log(exp(alpha[last, end]) + exp(alpha[last, end - 1]))
    dx[t, c]    = dy (exp(x[t, c]) - sum over s with l[s] = c of exp(alpha[t, s] + beta[t, s] + loss - x[t, c]))

The first term of dx is there because x comes out of a log-softmax; torch has it too. Rows of alpha, beta and skip have
two cells of -inf before the first (beta: behind the last), so that a path may come from there and brings nothing. skip
is 0 where s can be reached from s - 2 and -inf elsewhere. Steps behind a sample's input length have no gradient.

The targets are rows of `longest` labels, or all samples' labels one behind the other.

`joined` is the size of concatenated targets, or -1; `zero_infinity` tells whether infinite losses count nothing.
Shapes: alpha (batch, steps, width), skip and labels (batch, width), scratch (batch, 2, width), where width is
2 longest + 3.
"""

from std.sys import simd_width_of, size_of
from std.utils.numerics import inf, nan

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import (
    Buffer,
    VALUE_OUT_OF_RANGE,
    INDEX_OUT_OF_RANGE,
    OK,
    Words,
    buffer,
    dtype_name,
    word,
)
from mojo_kernels.runtime.words import Names

comptime Labels = Buffer[DType.int64]
"""The classes of the targets."""
comptime WORDS: StaticString = (
    "losses:w alpha:w skip:w labels:w x:r targets:r input_lengths:r target_lengths:r steps batch "
    "classes longest blank joined"
)
"""The words (words.mojo)."""
comptime AT = Names[WORDS]()
"""Their indices."""


@always_inline
def _width(longest: Int) -> Int:
    return 2 * longest + 3


@always_inline
def _first_label(args: Words, sample: Int) -> Int:
    """Returns where a sample's labels begin, from the words of forward."""
    if word(args, AT.joined) < 0:
        return sample * word(args, AT.longest)
    var first = 0
    for i in range(sample):
        first += Int(buffer[DType.int64](args, AT.target_lengths).unsafe_load(i))
    return first


@always_inline
def _log_sum[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w], c: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns log(e^a + e^b + e^c), -inf where all are."""
    var top = max(max(a, b), c)
    top = top.eq(-inf[dt]()).select(SIMD[dt, w](0), top)
    return top + log(exp(a - top) + exp(b - top) + exp(c - top))


@always_inline
def _gather[dt: DType, w: Int](x: Buffer[dt], labels: Labels, s: Int) -> SIMD[dt, w]:
    """Returns x at the labels of neighbouring positions."""
    var v = SIMD[dt, w](0)
    comptime for i in range(w):
        v[i] = x.unsafe_load(Int(labels.unsafe_load(s + i)))
    return v


@doc_hidden
struct CTCForward[dt: DType](Kernel):
    """A unit is a sample."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("ctc_loss.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, AT.batch)

    @staticmethod
    def cost(args: Words) -> Cost:
        var cells = word(args, AT.batch) * word(args, AT.steps) * _width(word(args, AT.longest))
        return Cost(cells, 12, 3 * size_of[Self.dt](), 4)

    @staticmethod
    def check(args: Words) -> Int64:
        var total = 0
        var good = True
        for sample in range(word(args, AT.batch)):
            var length = Int(buffer[DType.int64](args, AT.target_lengths).unsafe_load(sample))
            good = good and 0 <= length <= word(args, AT.longest)
            good = good and 0 <= Int(buffer[DType.int64](args, AT.input_lengths).unsafe_load(sample)) <= word(
                args, AT.steps
            )
            total += length
        if not good or (word(args, AT.joined) >= 0 and total != word(args, AT.joined)):
            return VALUE_OUT_OF_RANGE
        var first = 0
        for sample in range(word(args, AT.batch)):
            var length = Int(buffer[DType.int64](args, AT.target_lengths).unsafe_load(sample))
            first = first if word(args, AT.joined) >= 0 else sample * word(args, AT.longest)
            for i in range(first, first + length):
                good = good and 0 <= Int(buffer[DType.int64](args, AT.targets).unsafe_load(i)) < word(
                    args, AT.classes
                )
            first += length
        return OK if good else INDEX_OUT_OF_RANGE

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var width = _width(word(args, AT.longest))
        for sample in range(start, stop):
            var labels = buffer[DType.int64](args, AT.labels).unsafe_offset(sample * width)
            var skip = buffer[Self.dt](args, AT.skip).unsafe_offset(sample * width)
            var targets = buffer[DType.int64](args, AT.targets).unsafe_offset(_first_label(args, sample))
            var cells = 2 * Int(buffer[DType.int64](args, AT.target_lengths).unsafe_load(sample)) + 1
            for s in range(width):
                labels.unsafe_store(s, Int64(word(args, AT.blank)))
                skip.unsafe_store(s, -inf[Self.dt]())
            for s in range(1, cells, 2):
                var label = targets.unsafe_load(s // 2)
                labels.unsafe_store(s, label)
                if s > 1 and label != targets.unsafe_load(s // 2 - 1):
                    skip.unsafe_store(s, 0)
            Self.paths[S](args, sample, cells, labels, skip)

    @staticmethod
    @always_inline
    def paths[S: Schedule](args: Words, sample: Int, cells: Int, labels: Labels, skip: Buffer[Self.dt]):
        """Computes a sample's alpha and loss."""
        var width = _width(word(args, AT.longest))
        var steps = Int(buffer[DType.int64](args, AT.input_lengths).unsafe_load(sample))
        var losses = buffer[Self.dt](args, AT.losses)
        if steps == 0:
            losses.unsafe_store(sample, 0 if cells == 1 else inf[Self.dt]())
            return
        var row = buffer[Self.dt](args, AT.alpha).unsafe_offset(sample * word(args, AT.steps) * width)
        var x = buffer[Self.dt](args, AT.x).unsafe_offset(sample * word(args, AT.classes))
        for s in range(cells + 2):
            row.unsafe_store(s, -inf[Self.dt]())
        row.unsafe_store(2, x.unsafe_load(Int(labels.unsafe_load(0))))
        if cells > 1:
            row.unsafe_store(3, x.unsafe_load(Int(labels.unsafe_load(1))))
        for _ in range(1, steps):
            var last = row
            row = row.unsafe_offset(width)
            x = x.unsafe_offset(word(args, AT.batch) * word(args, AT.classes))
            row.unsafe_store(0, -inf[Self.dt]())
            row.unsafe_store(1, -inf[Self.dt]())

            def body[w: Int](s: Int) {imm}:
                var skipping = last.unsafe_load[width=w](s) + skip.unsafe_load[width=w](s)
                var sum = _log_sum(
                    last.unsafe_load[width=w](s + 2), last.unsafe_load[width=w](s + 1), skipping
                )
                row.unsafe_store(s + 2, sum + _gather[Self.dt, w](x, labels, s))

            lanes[S, simd_width_of[Self.dt]()](cells, body)
        var before = row.unsafe_load(cells) if cells > 1 else -inf[Self.dt]()
        losses.unsafe_store(
            sample, -_log_sum[Self.dt, 1](row.unsafe_load(cells + 1), before, -inf[Self.dt]())
        )


@doc_hidden
struct CTCBackward[dt: DType](Kernel):
    """A unit is a sample."""

    comptime WORDS: StaticString = (
        "dx:w scratch:w alpha:r skip:r labels:r x:r losses:r dy:r input_lengths:r target_lengths:r "
        "steps batch classes longest dy_stride zero_infinity"
    )

    @staticmethod
    def name() -> String:
        return String("ctc_loss.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.batch)

    @staticmethod
    def cost(args: Words) -> Cost:
        var cells = (
            word(args, Self.AT.batch) * word(args, Self.AT.steps) * _width(word(args, Self.AT.longest))
        )
        var cost = Cost(cells, 15, 4 * size_of[Self.dt](), 6)
        cost += Cost(
            word(args, Self.AT.batch) * word(args, Self.AT.steps) * word(args, Self.AT.classes),
            2,
            2 * size_of[Self.dt](),
            0.4,
        )
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var classes = word(args, Self.AT.classes)
        var stride = word(args, Self.AT.batch) * classes
        for sample in range(start, stop):
            var loss = buffer[Self.dt](args, Self.AT.losses).unsafe_load(sample)
            var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_load(sample * word(args, Self.AT.dy_stride))
            var steps = Int(buffer[DType.int64](args, Self.AT.input_lengths).unsafe_load(sample))
            var dx = buffer[Self.dt](args, Self.AT.dx).unsafe_offset(sample * classes)
            if loss == inf[Self.dt]():
                var value = Scalar[Self.dt](0) if word(args, Self.AT.zero_infinity) != 0 else nan[Self.dt]()
                for step in range(word(args, Self.AT.steps)):
                    for c in range(classes):
                        dx.unsafe_store(step * stride + c, value if step < steps else 0)
                continue
            for step in range(steps, word(args, Self.AT.steps)):
                for c in range(classes):
                    dx.unsafe_store(step * stride + c, 0)
            for back in range(steps):
                Self.step[S](args, sample, steps - 1 - back, steps, dx, dy, loss)

    @staticmethod
    @always_inline
    def step[
        S: Schedule
    ](
        args: Words,
        sample: Int,
        step: Int,
        steps: Int,
        dx: Buffer[Self.dt],
        dy: Scalar[Self.dt],
        loss: Scalar[Self.dt],
    ):
        """Moves beta on to a step, and computes the gradient there."""
        comptime W = simd_width_of[Self.dt]()
        var width = _width(word(args, Self.AT.longest))
        var classes = word(args, Self.AT.classes)
        var beta = buffer[Self.dt](args, Self.AT.scratch).unsafe_offset(sample * 2 * width)
        var shares = beta.unsafe_offset(width)
        var alpha = buffer[Self.dt](args, Self.AT.alpha).unsafe_offset(
            (sample * word(args, Self.AT.steps) + step) * width
        )
        var skip = buffer[Self.dt](args, Self.AT.skip).unsafe_offset(sample * width)
        var labels = buffer[DType.int64](args, Self.AT.labels).unsafe_offset(sample * width)
        var cells = 2 * Int(buffer[DType.int64](args, Self.AT.target_lengths).unsafe_load(sample)) + 1
        var at = (step * word(args, Self.AT.batch) + sample) * classes
        var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(at)
        var slope = dx.unsafe_offset(at - sample * classes)
        if step == steps - 1:  # a path may end at the last label or at the blank behind it
            for s in range(cells + 2):
                beta.unsafe_store(s, 0 if s < cells and s >= cells - 2 else -inf[Self.dt]())

        def shift[w: Int](s: Int) {imm}:
            var emission = _gather[Self.dt, w](x, labels, s)
            var b = beta.unsafe_load[width=w](s)
            if step != steps - 1:
                var skipping = beta.unsafe_load[width=w](s + 2) + skip.unsafe_load[width=w](s + 2)
                b = _log_sum(b, beta.unsafe_load[width=w](s + 1), skipping)
            beta.unsafe_store(s, b + emission)
            shares.unsafe_store(s, exp(alpha.unsafe_load[width=w](s + 2) + b + loss))  # b is beta without x

        lanes[S, W](cells, shift)

        def through_softmax[w: Int](c: Int) {imm}:
            slope.unsafe_store(c, dy * exp(x.unsafe_load[width=w](c)))

        lanes[S, W](classes, through_softmax)
        for s in range(cells):
            var c = Int(labels.unsafe_load(s))
            slope.unsafe_store(c, slope.unsafe_load(c) - dy * shares.unsafe_load(s))
