"""Recurrent layers: all time steps of one direction in one call, forward and backward.

The recurrent weight is packed once for all steps, if it fits into the second-level cache.

Rows of a batch do not depend on each other, so a unit is a row, and a worker takes its rows through all steps: a step
is one product with the recurrent weight and one pass over the gates. The product with the input has been made before,
for all steps at once, and is in `gates`, where the gates' values replace it.

    LSTM: i, f, o = sigmoid, g = tanh; c' = f c + i g; h' = o tanh(c')
    GRU:  r, z = sigmoid, n = tanh(x_n + r (W_n h + b_n)); h' = n + z (h - n)
    RNN:  h' = tanh or relu

Of sequences of different lengths (`sizes`: how many rows a step has, the longest sequences first) a row keeps its state
in the steps that it lacks. States before each step and after the last one lie in `hs` and `cs`, (T + 1, B, H), by time.

Shapes, with T steps, a batch of B, G gates and a hidden size of H: gates (T, B, G H), sums (T, B, 3 H), of GRU alone:
the recurrent parts of its gates; weight, the recurrent one, (H, G H), in backward (G H, H); bias of GRU alone; douts
(T, B, H). `hn` and `cn` are the last states, `h` and `c` the first. An address of 0 stands for what is absent; an
absent state is 0.
"""

from std.memory import stack_allocation
from std.sys import simd_width_of, size_of
from std.sys.intrinsics import PrefetchOptions, prefetch

from mojo_kernels.matmul import NS_PER_MULTIPLY_ADD
from mojo_kernels.matmul.cpu import Gemm, KC
from mojo_kernels.matmul.naive import matmul_naive
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.matmul.pack import pack
from mojo_kernels.matmul.packed_tile import Ahead
from mojo_kernels.matmul.tile import MR, Panel, Target
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import LINE, lanes
from mojo_kernels.numerics.elementary import tanh
from mojo_kernels.numerics.exponential import sigmoid
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word

comptime LSTM = 0
"""Long short-term memory: gates i, f, g, o."""
comptime GRU = 1
"""Gated recurrent unit: gates r, z, n."""
comptime TANH = 2
"""A plain layer with tanh."""
comptime RELU = 3
"""A plain layer with relu."""
comptime PACKED = 640 << 10
"""Bytes of a packed weight, which stays in the second-level cache."""
comptime ROWS = 8 * MR
"""Rows of the state that are packed at a time."""
comptime FEW_STEPS = 4
"""Steps from which packing the weight is worth its time."""


@doc_hidden
def cell_name[cell: Int]() -> StaticString:
    comptime if cell == LSTM:
        return "lstm"
    elif cell == GRU:
        return "gru"
    elif cell == TANH:
        return "rnn_tanh"
    else:
        return "rnn_relu"


@doc_hidden
comptime gates_of[cell: Int] = 4 if cell == LSTM else 3 if cell == GRU else 1


@always_inline
def _multiply[S: Schedule, dt: DType](p: Operands[dt], packed: Weight[dt]):
    """Computes a product of some rows; a row's bits do not depend on the others."""
    comptime if S.SIMD:
        if packed.there:
            packed.multiply(p)
        else:
            Gemm[dt].run(p)
    else:
        matmul_naive(p)


struct Weight[dt: DType](TrivialRegisterPassable):
    """The recurrent weight as register tiles read it: blocks of `KC` rows, each in panels of columns.

    Parameters:
        dt: The dtype.
    """

    comptime NR = Gemm[Self.dt].NR
    """Columns of a panel."""
    comptime MOST = PACKED // size_of[Scalar[Self.dt]]()
    """Elements that there is room for."""

    var there: Bool
    """Whether the weight has been packed."""
    var panels: Int
    """The address of the panels."""

    @always_inline
    def __init__(out self, p: Operands[Self.dt], steps: Int, room: Buffer[Self.dt]):
        """Packs the right operand of a product, if that pays.

        Args:
            p: The product of a step.
            steps: The number of steps.
            room: Where it goes, `MOST` elements.
        """
        self.there = steps >= FEW_STEPS and p.k * self.width(p) <= Self.MOST
        self.panels = Int(room)
        if not self.there:
            return
        for k0 in range(0, p.k, KC):
            for j0 in range(0, p.n, Self.NR):
                var b = Panel[Self.dt](Int(p.element(p.b, k0 * p.b_row + j0)), p.b_row, 1)
                var kc = min(KC, p.k - k0)
                pack[Self.dt, Self.NR](b, kc, min(Self.NR, p.n - j0), self.panel(p, k0, kc, j0))

    @staticmethod
    @always_inline
    def width(p: Operands[Self.dt]) -> Int:
        """Returns the columns of all panels.

        Args:
            p: The product of a step.

        Returns:
            Those of the weight, rounded up.
        """
        return (p.n + Self.NR - 1) // Self.NR * Self.NR

    @always_inline
    def panel(self, p: Operands[Self.dt], k0: Int, kc: Int, j0: Int) -> Buffer[Self.dt]:
        """Returns a panel.

        Args:
            p: The product of a step.
            k0: The first row of its block.
            kc: The rows of its block.
            j0: Its first column.

        Returns:
            The panel's first element.
        """
        return Buffer[Self.dt](unsafe_from_address=self.panels).unsafe_offset(k0 * self.width(p) + j0 * kc)

    @no_inline
    def multiply(self, p: Operands[Self.dt]):
        """Computes the product of a step.

        Args:
            p: The product.
        """
        var room = Buffer[Self.dt](
            unsafe_from_address=Int(stack_allocation[ROWS * KC, Scalar[Self.dt], alignment=64]())
        )
        for m0 in range(0, p.m, ROWS):
            var rows = min(ROWS, p.m - m0)
            for k0 in range(0, p.k, KC):
                var kc = min(KC, p.k - k0)
                var target = Target[Self.dt](p, k0 == 0, k0 + kc == p.k)
                for i in range(0, rows, MR):
                    var a = Panel[Self.dt](Int(p.element(p.a, (m0 + i) * p.a_row + k0)), 1, p.a_row)
                    pack[Self.dt, MR](a, kc, min(MR, rows - i), room.unsafe_offset(i * kc))
                for j0 in range(0, p.n, Self.NR):
                    Gemm[Self.dt].packed_column[MR, 2](
                        Int(room),
                        Int(self.panel(p, k0, kc, j0)),
                        kc,
                        target,
                        m0,
                        rows,
                        j0,
                        min(Self.NR, p.n - j0),
                        Ahead(),
                    )


@always_inline
def _product[dt: DType](m: Int, n: Int, k: Int, a_row: Int, b_row: Int, y_row: Int) -> Operands[dt]:
    """Describes y += a b for matrices with contiguous columns, whose addresses are not set."""
    var p = Operands[dt](m=m, n=n, k=k)
    p.a_row, p.a_column = a_row, 1
    p.b_row, p.b_column = b_row, 1
    p.y_row = y_row
    p.accumulate = True
    return p


@always_inline
def _at[dt: DType](args: Words, i: Int, offset: Int) -> Buffer[dt]:
    return buffer[dt](args, i).unsafe_offset(offset)


@always_inline
def _copy_row[S: Schedule, dt: DType](target: Buffer[dt], args: Words, source: Int, offset: Int, count: Int):
    """Copies a row of an operand, or zeros where it is absent."""
    var there = word(args, source) != 0
    var x = _at[dt](args, source, offset if there else 0)

    def copy[w: Int](j: Int) {imm}:
        target.unsafe_store(j, x.unsafe_load[width=w](j) if there else SIMD[dt, w](0))

    lanes[S, simd_width_of[dt]()](count, copy)


@always_inline
def _ask[dt: DType](x: Buffer[dt], count: Int):
    """Asks for elements that the next step reads: another worker may have written them."""
    for j in range(0, count, LINE // size_of[dt]()):
        prefetch[PrefetchOptions().for_read().medium_locality()](x.unsafe_offset(j))


@always_inline
def _active(args: Words, sizes: Int, t: Int, stop: Int) -> Int:
    """Returns the row after the last one that has step t, at most `stop`."""
    if word(args, sizes) == 0:
        return stop
    return min(stop, Int(buffer[DType.int64](args, sizes).unsafe_load(t)))


@always_inline
def _cost[cell: Int, dt: DType](t: Int, b: Int, h: Int, operands: Int) -> Cost:
    comptime G = gates_of[cell]
    var multiply = Float64(h * size_of[dt]()) * NS_PER_MULTIPLY_ADD / 4
    return Cost(t * b * h * G, Float64(2 * h + 8), operands * size_of[dt](), multiply + 0.6)


@doc_hidden
struct RecurrentForward[cell: Int, dt: DType](Kernel):
    """A unit is a row of the batch."""

    comptime WORDS: StaticString = (
        "hs:w hn:w cs:w cn:w gates:u sums:w h:r c:r weight:r bias:r sizes:r steps batch hidden reverse"
    )
    comptime G = gates_of[Self.cell]

    @staticmethod
    def name() -> String:
        return String(cell_name[Self.cell](), ".forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.batch)

    @staticmethod
    def grain(args: Words) -> Int:
        return MR

    @staticmethod
    def cost(args: Words) -> Cost:
        return _cost[Self.cell, Self.dt](
            word(args, Self.AT.steps), word(args, Self.AT.batch), word(args, Self.AT.hidden), 3
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime size = size_of[Self.dt]()
        var steps = word(args, Self.AT.steps)
        var b = word(args, Self.AT.batch)
        var h = word(args, Self.AT.hidden)
        var backwards = word(args, Self.AT.reverse) != 0
        var first = (steps if backwards else 0) * b * h
        for row in range(start, stop):
            var position = first + row * h
            _copy_row[S, Self.dt](_at[Self.dt](args, Self.AT.hs, position), args, Self.AT.h, row * h, h)
            comptime if Self.cell == LSTM:
                _copy_row[S, Self.dt](_at[Self.dt](args, Self.AT.cs, position), args, Self.AT.c, row * h, h)
        var n = Self.G * h
        var p = _product[Self.dt](stop - start, n, h, h, n, n)
        p.b = word(args, Self.AT.weight)
        comptime if Self.cell == GRU:
            p.accumulate = False
            p.bias = word(args, Self.AT.bias)
        var room = Buffer[Self.dt](
            unsafe_from_address=Int(
                stack_allocation[Weight[Self.dt].MOST if S.SIMD else 1, Scalar[Self.dt], alignment=64]()
            )
        )
        var packed = Weight[Self.dt](p, steps if S.SIMD else 0, room)
        for step in range(steps):
            var t = steps - 1 - step if backwards else step
            var before = ((t + 1 if backwards else t) * b + start) * h
            var after = ((t if backwards else t + 1) * b + start) * h
            p.a = word(args, Self.AT.hs) + before * size
            p.y = word(args, Self.AT.sums if Self.cell == GRU else Self.AT.gates) + (t * b + start) * n * size
            _multiply[S](p, packed)
            var active = _active(args, Self.AT.sizes, t, stop)
            for row in range(start, stop):
                var skipped = (row - start) * h
                comptime if S.SIMD:
                    if step + 1 < steps:
                        var next = t - 1 if backwards else t + 1
                        _ask(_at[Self.dt](args, Self.AT.gates, (next * b + row) * n), n)
                if row < active:
                    Self.step[S](args, (t * b + row) * n, before + skipped, after + skipped, h)
                else:
                    _copy_row[S, Self.dt](
                        _at[Self.dt](args, Self.AT.hs, after + skipped), args, Self.AT.hs, before + skipped, h
                    )
                    comptime if Self.cell == LSTM:
                        _copy_row[S, Self.dt](
                            _at[Self.dt](args, Self.AT.cs, after + skipped),
                            args,
                            Self.AT.cs,
                            before + skipped,
                            h,
                        )
        var last = (0 if backwards else steps) * b * h
        for row in range(start, stop):
            _copy_row[S, Self.dt](
                _at[Self.dt](args, Self.AT.hn, row * h), args, Self.AT.hs, last + row * h, h
            )
            comptime if Self.cell == LSTM:
                _copy_row[S, Self.dt](
                    _at[Self.dt](args, Self.AT.cn, row * h), args, Self.AT.cs, last + row * h, h
                )

    @staticmethod
    @always_inline
    def step[S: Schedule](args: Words, at: Int, before: Int, after: Int, h: Int):
        """Computes the gates and the next state of a row, from the sums of a step."""
        var gates = _at[Self.dt](args, Self.AT.gates, at)
        var old = _at[Self.dt](args, Self.AT.hs, before)
        var new = _at[Self.dt](args, Self.AT.hs, after)

        def columns[w: Int](j: Int) {imm}:
            comptime V = SIMD[Self.dt, w]
            comptime if Self.cell == LSTM:
                var i = sigmoid(gates.unsafe_load[width=w](j))
                var f = sigmoid(gates.unsafe_load[width=w](h + j))
                var g = tanh(gates.unsafe_load[width=w](2 * h + j))
                var o = sigmoid(gates.unsafe_load[width=w](3 * h + j))
                var c = f * _at[Self.dt](args, Self.AT.cs, before).unsafe_load[width=w](j) + i * g
                gates.unsafe_store(j, i)
                gates.unsafe_store(h + j, f)
                gates.unsafe_store(2 * h + j, g)
                gates.unsafe_store(3 * h + j, o)
                _at[Self.dt](args, Self.AT.cs, after).unsafe_store(j, c)
                new.unsafe_store(j, o * tanh(c))
            elif Self.cell == GRU:
                var sums = _at[Self.dt](args, Self.AT.sums, at)
                var r = sigmoid(gates.unsafe_load[width=w](j) + sums.unsafe_load[width=w](j))
                var z = sigmoid(gates.unsafe_load[width=w](h + j) + sums.unsafe_load[width=w](h + j))
                var n = tanh(gates.unsafe_load[width=w](2 * h + j) + r * sums.unsafe_load[width=w](2 * h + j))
                gates.unsafe_store(j, r)
                gates.unsafe_store(h + j, z)
                gates.unsafe_store(2 * h + j, n)
                new.unsafe_store(j, n + z * (old.unsafe_load[width=w](j) - n))
            elif Self.cell == TANH:
                new.unsafe_store(j, tanh(gates.unsafe_load[width=w](j)))
            else:
                var x = gates.unsafe_load[width=w](j)
                new.unsafe_store(j, x.lt(0).select(V(0), x))  # nan stays nan

        lanes[S, simd_width_of[Self.dt]()](h, columns)


@doc_hidden
struct RecurrentBackward[cell: Int, dt: DType](Kernel):
    """A unit is a row of the batch. The gradient of the state stands in dh_0 and dc_0 on its way back."""

    comptime WORDS: StaticString = (
        "dgates:w dsums:w dh:w dc:w hs:r cs:r gates:r sums:r weight:r douts:r dhn:r dcn:r sizes:r steps "
        "batch hidden reverse"
    )
    comptime G = gates_of[Self.cell]

    @staticmethod
    def name() -> String:
        return String(cell_name[Self.cell](), ".backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.batch)

    @staticmethod
    def grain(args: Words) -> Int:
        return MR

    @staticmethod
    def cost(args: Words) -> Cost:
        return _cost[Self.cell, Self.dt](
            word(args, Self.AT.steps), word(args, Self.AT.batch), word(args, Self.AT.hidden), 5
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime size = size_of[Self.dt]()
        var steps = word(args, Self.AT.steps)
        var b = word(args, Self.AT.batch)
        var h = word(args, Self.AT.hidden)
        var backwards = word(args, Self.AT.reverse) != 0
        for row in range(start, stop):
            _copy_row[S, Self.dt](_at[Self.dt](args, Self.AT.dh, row * h), args, Self.AT.dhn, row * h, h)
            comptime if Self.cell == LSTM:
                _copy_row[S, Self.dt](_at[Self.dt](args, Self.AT.dc, row * h), args, Self.AT.dcn, row * h, h)
        var n = Self.G * h
        var p = _product[Self.dt](stop - start, h, n, n, h, h)
        p.b = word(args, Self.AT.weight)
        p.y = word(args, Self.AT.dh) + start * h * size
        var room = Buffer[Self.dt](
            unsafe_from_address=Int(
                stack_allocation[Weight[Self.dt].MOST if S.SIMD else 1, Scalar[Self.dt], alignment=64]()
            )
        )
        var packed = Weight[Self.dt](p, steps if S.SIMD else 0, room)
        for step in range(steps):
            var t = step if backwards else steps - 1 - step
            var before = (t + 1 if backwards else t) * b * h
            var after = (t if backwards else t + 1) * b * h
            var active = _active(args, Self.AT.sizes, t, stop)
            for row in range(start, stop):
                Self.step[S](args, row, t * b + row, before + row * h, after + row * h, row < active, h)
            p.a = (
                word(args, Self.AT.dsums if Self.cell == GRU else Self.AT.dgates) + (t * b + start) * n * size
            )
            _multiply[S](p, packed)

    @staticmethod
    @always_inline
    def step[
        S: Schedule
    ](args: Words, row: Int, position: Int, before: Int, after: Int, active: Bool, h: Int):
        """Computes the gradients of a row's gates, and what of the state's gradient goes by the product."""
        var n = Self.G * h
        var gates = _at[Self.dt](args, Self.AT.gates, position * n)
        var dgates = _at[Self.dt](args, Self.AT.dgates, position * n)
        var state = _at[Self.dt](args, Self.AT.dh, row * h)
        var outer = word(args, Self.AT.douts) != 0
        var upstream = _at[Self.dt](args, Self.AT.douts, position * h if outer else 0)

        def columns[w: Int](j: Int) {imm}:
            comptime V = SIMD[Self.dt, w]
            var dh = state.unsafe_load[width=w](j)
            if outer:
                dh += upstream.unsafe_load[width=w](j)
            if not active:
                state.unsafe_store(j, dh)
                comptime for k in range(Self.G):
                    dgates.unsafe_store(k * h + j, V(0))
                    comptime if Self.cell == GRU:
                        _at[Self.dt](args, Self.AT.dsums, position * n).unsafe_store(k * h + j, V(0))
                return
            comptime if Self.cell == LSTM:
                var dstate = _at[Self.dt](args, Self.AT.dc, row * h)
                var i = gates.unsafe_load[width=w](j)
                var f = gates.unsafe_load[width=w](h + j)
                var g = gates.unsafe_load[width=w](2 * h + j)
                var o = gates.unsafe_load[width=w](3 * h + j)
                var squashed = tanh(_at[Self.dt](args, Self.AT.cs, after).unsafe_load[width=w](j))
                var dc = dstate.unsafe_load[width=w](j) + dh * o * (1 - squashed * squashed)
                dgates.unsafe_store(j, dc * g * i * (1 - i))
                var old = _at[Self.dt](args, Self.AT.cs, before).unsafe_load[width=w](j)
                dgates.unsafe_store(h + j, dc * old * f * (1 - f))
                dgates.unsafe_store(2 * h + j, dc * i * (1 - g * g))
                dgates.unsafe_store(3 * h + j, dh * squashed * o * (1 - o))
                dstate.unsafe_store(j, dc * f)
                state.unsafe_store(j, V(0))
            elif Self.cell == GRU:
                var dsums = _at[Self.dt](args, Self.AT.dsums, position * n)
                var r = gates.unsafe_load[width=w](j)
                var z = gates.unsafe_load[width=w](h + j)
                var new = gates.unsafe_load[width=w](2 * h + j)
                var old = _at[Self.dt](args, Self.AT.hs, before).unsafe_load[width=w](j)
                var dn = dh * (1 - z) * (1 - new * new)
                var dz = dh * (old - new) * z * (1 - z)
                var dr = (
                    dn
                    * _at[Self.dt](args, Self.AT.sums, position * n).unsafe_load[width=w](2 * h + j)
                    * r
                    * (1 - r)
                )
                dgates.unsafe_store(j, dr)
                dgates.unsafe_store(h + j, dz)
                dgates.unsafe_store(2 * h + j, dn)
                dsums.unsafe_store(j, dr)
                dsums.unsafe_store(h + j, dz)
                dsums.unsafe_store(2 * h + j, dn * r)
                state.unsafe_store(j, dh * z)
            else:
                var y = _at[Self.dt](args, Self.AT.hs, after).unsafe_load[width=w](j)
                comptime if Self.cell == TANH:
                    dgates.unsafe_store(j, dh * (1 - y * y))
                else:
                    dgates.unsafe_store(j, y.le(0).select(V(0), dh))
                state.unsafe_store(j, V(0))

        lanes[S, simd_width_of[Self.dt]()](h, columns)
