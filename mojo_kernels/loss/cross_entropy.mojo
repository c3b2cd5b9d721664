"""Losses over classes: cross-entropy of scores, and the negative log-likelihood of log-probabilities.

    cross_entropy: loss = (1 - e) (lse - x[t]) + e (lse - mean x),    lse = log sum e^x
                   dx = dy (e^(x - lse) - (1 - e) onehot(t) - e / columns)
    nll_loss:      loss = -w[t] x[t],    dx = -dy w[t] onehot(t)

Rows whose target is `ignore_index` have loss 0 and gradient 0 and do not count. `reduction` is 0 for none, 1 for the
mean over the rows that count, 2 for the sum; backward divides by the count itself. Rows are contiguous. The weights w
of classes, at address 0 where there are none, make a row count w[t] times. The address of `total`, the reduced loss,
is 0 where nothing is reduced. Targets that are no class are found before anything is done on the CPU; on a GPU rows with
one are treated as rows to ignore, and reported.
"""

from std.sys import is_gpu, size_of

from mojo_kernels.elementwise.narrow import convert
from mojo_kernels.elementwise.widened_rows import RowKernel
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.gpu_faults import launch_rows_telling, launch_telling, number_of, report
from mojo_kernels.runtime.gpu_rows import (
    Block,
    largest,
    launch_blocks,
    launch_rows,
    map_row,
    owns,
    sum_over,
    sum_row,
)
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import Buffer, INDEX_OUT_OF_RANGE, OK, Words, buffer, dtype_name, scalar, word
from mojo_kernels.runtime.words import count_words

comptime _MEAN = 1
comptime _NONE = 0


def _check_targets(target: Buffer[DType.int64], rows: Int, columns: Int, ignore: Int) -> Int64:
    """Returns whether every target is a class or the one to ignore."""
    for row in range(rows):
        var t = Int(target.unsafe_load(row))
        if (t < 0 or t >= columns) and t != ignore:
            return INDEX_OUT_OF_RANGE
    return OK


@always_inline
def _class[
    words: StaticString
](args: Words, target: Buffer[DType.int64], row: Int, columns: Int, ignore: Int) -> Int:
    """Returns the target of a row; on a GPU `ignore`, and reports it, where it is no class."""
    var t = Int(target.unsafe_load(row))
    comptime if is_gpu():
        if (t < 0 or t >= columns) and t != ignore:
            report(args, count_words[words](args), Int64(t), Int64(columns))
            return ignore
    return t


@always_inline
def _counted(t: Int, columns: Int, ignore: Int) -> Bool:
    """Returns whether a row counts: on a GPU its target may be no class."""
    comptime if is_gpu():
        return t != ignore and t >= 0 and t < columns
    else:
        return t != ignore


def _finish[
    S: Schedule, dt: DType, kept: DType = dt
](
    total: Buffer[dt],
    losses: Buffer[dt],
    count: Buffer[dt],
    target: Buffer[DType.int64],
    weights: Int,
    rows: Int,
    columns: Int,
    ignore: Int,
    reduction: Int,
):
    """Counts the rows that are not ignored, by the weights at an address where it is not 0, and adds up the losses.
    """

    def counts(row: Int) {imm} -> Float64:
        var t = Int(target.unsafe_load(row))
        return _weight[dt, kept](weights, t).cast[DType.float64]() if _counted(t, columns, ignore) else 0

    def loss(row: Int) {imm} -> Float64:
        return losses.unsafe_load(row).cast[DType.float64]()  # 0 where the row is ignored

    var counted = sum_over[S, DType.float64](rows, counts)
    var sum = sum_over[S, DType.float64](rows, loss)
    if owns[S](0):
        count[] = counted.cast[dt]()
        if reduction != _NONE:
            total[] = (sum / counted if reduction == _MEAN else sum).cast[dt]()


@always_inline
def _weight[dt: DType, kept: DType](weights: Int, target: Int) -> Scalar[dt]:
    """Returns a class's weight, which is kept in another dtype, 1 where there are none."""
    if weights == 0:
        return 1
    return convert[dt, kept, 1](Buffer[kept](unsafe_from_address=weights).unsafe_load[width=1](target))


@always_inline
def _scale[dt: DType](dy: Buffer[dt], offset: Int, count: Buffer[dt], reduction: Int) -> Scalar[dt]:
    """Returns the gradient of a row's loss."""
    return dy.unsafe_load(offset) / count[] if reduction == _MEAN else dy.unsafe_load(offset)


@doc_hidden
struct CrossEntropyForward[dt: DType](RowKernel):
    """A unit is a row."""

    comptime WORDS: StaticString = (
        "total:w losses:w lse:w count:w x:r target:r rows columns ignore_index reduction smoothing:f"
    )
    comptime ROWS = 1 << Self.AT.x

    @staticmethod
    def name() -> String:
        return String("cross_entropy.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.rows) * word(args, Self.AT.columns), 4, size_of[Self.dt](), 0.4)

    @staticmethod
    def check(args: Words) -> Int64:
        return _check_targets(
            buffer[DType.int64](args, Self.AT.target),
            word(args, Self.AT.rows),
            word(args, Self.AT.columns),
            word(args, Self.AT.ignore_index),
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var columns = word(args, Self.AT.columns)
        var smoothing = scalar[Self.dt](args, Self.AT.smoothing)
        var ignore = word(args, Self.AT.ignore_index)
        for row in range(start, stop):
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(row * columns)
            var target = _class[Self.WORDS](
                args, buffer[DType.int64](args, Self.AT.target), row, columns, ignore
            )
            var loss = Scalar[Self.dt](0)
            var top = largest[S](x, columns)

            def power[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                return exp(v - top)

            var log_sum = log[Self.dt, 1](sum_row[S](x, columns, power))
            if target != ignore:
                # lse - x in this order loses nothing where top is large
                loss = (1 - smoothing) * (log_sum + (top - x.unsafe_load(target)))
                if smoothing != 0:

                    def same[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                        return v

                    loss += smoothing * (
                        log_sum + (top - sum_row[S](x, columns, same) / Scalar[Self.dt](columns))
                    )
            if owns[S](0):
                buffer[Self.dt](args, Self.AT.losses).unsafe_store(row, loss)
                buffer[Self.dt](args, Self.AT.lse).unsafe_store(row, top + log_sum)

    @staticmethod
    def finish(args: Words):
        Self.total[Original](args, 0, 1)

    @staticmethod
    def total[S: Schedule](args: Words, start: Int, stop: Int):
        """Counts the rows and adds up their losses, which is one unit of work."""
        _finish[S](
            buffer[Self.dt](args, Self.AT.total),
            buffer[Self.dt](args, Self.AT.losses),
            buffer[Self.dt](args, Self.AT.count),
            buffer[DType.int64](args, Self.AT.target),
            0,
            word(args, Self.AT.rows),
            word(args, Self.AT.columns),
            word(args, Self.AT.ignore_index),
            word(args, Self.AT.reduction),
        )

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_rows_telling[Self.run[Original], Self.run[Block]](
            ctx, args, Self.words(args), number_of(Self.name()), Self.units(args), word(args, Self.AT.columns)
        )
        launch_blocks[Self.total[Block]](ctx, args, Self.words(args), 1)


@doc_hidden
struct CrossEntropyBackward[dt: DType](RowKernel):
    """A unit is a row."""

    comptime WORDS: StaticString = (
        "dx:w x:r lse:r count:r target:r dy:r dy_stride rows columns ignore_index reduction smoothing:f"
    )
    comptime ROWS = 1 << Self.AT.dx | 1 << Self.AT.x

    @staticmethod
    def name() -> String:
        return String("cross_entropy.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.rows) * word(args, Self.AT.columns), 3, 2 * size_of[Self.dt](), 0.4)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var columns = word(args, Self.AT.columns)
        var smoothing = scalar[Self.dt](args, Self.AT.smoothing)
        for row in range(start, stop):
            var dx = buffer[Self.dt](args, Self.AT.dx).unsafe_offset(row * columns)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(row * columns)
            var lse = buffer[Self.dt](args, Self.AT.lse).unsafe_load(row)
            var target = Int(buffer[DType.int64](args, Self.AT.target).unsafe_load(row))
            var offset = row * word(args, Self.AT.dy_stride)
            var dy = _scale(
                buffer[Self.dt](args, Self.AT.dy),
                offset,
                buffer[Self.dt](args, Self.AT.count),
                word(args, Self.AT.reduction),
            )
            if not _counted(target, columns, word(args, Self.AT.ignore_index)):

                def nothing[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                    return 0

                map_row[S](dx, x, columns, nothing)
                continue
            var rest = smoothing / Scalar[Self.dt](columns)

            def gradient[w: Int](v: SIMD[Self.dt, w]) {imm} -> SIMD[Self.dt, w]:
                return dy * (exp(v - lse) - rest)

            map_row[S](dx, x, columns, gradient)
            if owns[S](target):
                dx.unsafe_store(target, dx.unsafe_load(target) - dy * (1 - smoothing))

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_rows[Self.run[Original], Self.run[Block]](
            ctx, args, Self.words(args), Self.units(args), word(args, Self.AT.columns)
        )


@doc_hidden
struct NLLLossForward[source: DType, dt: DType = source](Kernel):
    """A unit is a row. x and the weights are of dtype source, everything else is computed and stored in dt.
    """

    comptime WORDS: StaticString = (
        "total:w losses:w count:w x:r target:r weight:r rows columns ignore_index reduction"
    )

    @staticmethod
    def name() -> String:
        return String("nll_loss.forward.", dtype_name(Self.source))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.rows), 1, 2 * size_of[Self.source]() + 8, 2)

    @staticmethod
    def check(args: Words) -> Int64:
        return _check_targets(
            buffer[DType.int64](args, Self.AT.target),
            word(args, Self.AT.rows),
            word(args, Self.AT.columns),
            word(args, Self.AT.ignore_index),
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var losses = buffer[Self.dt](args, Self.AT.losses)
        var x = buffer[Self.source](args, Self.AT.x)
        var columns = word(args, Self.AT.columns)
        var ignore = word(args, Self.AT.ignore_index)
        for row in range(start, stop):
            var target = _class[Self.WORDS](
                args, buffer[DType.int64](args, Self.AT.target), row, columns, ignore
            )
            var loss = Scalar[Self.dt](0)
            if target != ignore:
                var own = convert[Self.dt, Self.source, 1](x.unsafe_load[width=1](row * columns + target))
                loss = -own * _weight[Self.dt, Self.source](word(args, Self.AT.weight), target)
            losses.unsafe_store(row, loss)

    @staticmethod
    def finish(args: Words):
        Self.total[Original](args, 0, 1)

    @staticmethod
    def total[S: Schedule](args: Words, start: Int, stop: Int):
        """Counts the rows and adds up their losses, which is one unit of work."""
        _finish[S, Self.dt, Self.source](
            buffer[Self.dt](args, Self.AT.total),
            buffer[Self.dt](args, Self.AT.losses),
            buffer[Self.dt](args, Self.AT.count),
            buffer[DType.int64](args, Self.AT.target),
            word(args, Self.AT.weight),
            word(args, Self.AT.rows),
            word(args, Self.AT.columns),
            word(args, Self.AT.ignore_index),
            word(args, Self.AT.reduction),
        )

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_telling[Self.run[Original]](
            ctx, args, Self.words(args), number_of(Self.name()), Self.units(args)
        )
        launch_blocks[Self.total[Block]](ctx, args, Self.words(args), 1)


@doc_hidden
struct NLLLossBackward[source: DType, dt: DType = source](Kernel):
    """A unit is a row. dx and the weights are of dtype source, dy and the count of dt."""

    comptime WORDS: StaticString = (
        "dx:w count:r target:r dy:r weight:r dy_stride rows columns ignore_index reduction"
    )

    @staticmethod
    def name() -> String:
        return String("nll_loss.backward.", dtype_name(Self.source))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.rows) * word(args, Self.AT.columns), 0, size_of[Self.source](), 0.2)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var columns = word(args, Self.AT.columns)
        for row in range(start, stop):
            var dx = buffer[Self.source](args, Self.AT.dx).unsafe_offset(row * columns)
            var target = Int(buffer[DType.int64](args, Self.AT.target).unsafe_load(row))
            for column in range(columns):
                dx.unsafe_store(column, 0)
            if _counted(target, columns, word(args, Self.AT.ignore_index)):
                var offset = row * word(args, Self.AT.dy_stride)
                var dy = _scale(
                    buffer[Self.dt](args, Self.AT.dy),
                    offset,
                    buffer[Self.dt](args, Self.AT.count),
                    word(args, Self.AT.reduction),
                )
                var slope = -dy * _weight[Self.dt, Self.source](word(args, Self.AT.weight), target)
                dx.unsafe_store(target, convert[Self.source, Self.dt, 1](slope))
