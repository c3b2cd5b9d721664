"""Kernels of complex numbers: one loop for each shape of operands, over any strides.

Where what is written lies side by side and operands do so too, or stand still, vectors do the work; elsewhere one number at a
time.
"""

from std.complex import ComplexSIMD
from std.sys import simd_width_of, size_of

from mojo_kernels.elementwise.complex.functions import ComplexBinary, ComplexUnary, PartOp
from mojo_kernels.elementwise.complex.lanes import Pairs, complex_name
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import Input, Offsets, Output, elements, for_each_run, inner_stride, lanes
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import BOOL, Words, dtype_name, scalar
from mojo_kernels.runtime.words import Names, first_shape

comptime GRAIN = 2048
"""Numbers of a share are a multiple of this: some pages."""


@always_inline
def _straight[operands: Int](args: Words, at: Int) -> Bool:
    """Tells whether vectors can follow a layout: the first operand lies side by side, others do so or stand still.
    """
    var bits = 0
    comptime for k in range(1, operands):
        bits |= inner_stride(args, at, k)
    return (bits & ~1) == 0 and inner_stride(args, at, 0) == 1


@always_inline
def _cast[target: DType, source: DType, w: Int](z: ComplexSIMD[source, w]) -> ComplexSIMD[target, w]:
    return ComplexSIMD[target, w](z.re.cast[target](), z.im.cast[target]())


trait Loop:
    """A function of the elements of operands that share a shape, one of which at least is complex."""

    comptime WORDS: StaticString
    """The words of the kernel (words.mojo): the operands, their scalars, and last the shape."""
    comptime AT = Names[Self.WORDS]()
    """The indices of the words by their names."""
    comptime OPERANDS: Int
    """The number of operands."""
    comptime BYTES: Int
    """The bytes of an element of all operands together."""
    comptime COST: Float64
    """Nanoseconds per element on one worker, complex64, in cache."""

    @staticmethod
    def name() -> String:
        """Returns the name in the kernel table.

        Returns:
            The name without its schedule.
        """
        ...

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        """Computes elements of layouts that vectors can follow, under `Original` of any layout.

        Parameters:
            S: The schedule: vectorised or not.

        Args:
            args: The packed words.
            start: The first element.
            stop: The element after the last.
        """
        ...


@doc_hidden
struct OfComplex[Body: Loop](Kernel):
    """The kernel of a loop, a unit of which is an element."""

    comptime WORDS = Self.Body.WORDS

    @staticmethod
    def name() -> String:
        return Self.Body.name()

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, first_shape(Self.WORDS))

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 4, Self.Body.BYTES, Self.Body.COST)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime if S.SIMD:
            if _straight[Self.Body.OPERANDS](args, first_shape(Self.WORDS)):
                Self.Body.rows[S](args, start, stop)
                return
        Self.Body.rows[Original](args, start, stop)


@doc_hidden
struct Unary[Op: ComplexUnary, dt: DType](Loop):
    comptime WORDS: StaticString = "y:w x:r shape:2"
    comptime OPERANDS = 2
    comptime BYTES = 4 * size_of[Self.dt]()
    comptime COST = Self.Op.COST

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".forward.", complex_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Pairs[Self.dt](args, Self.AT.y, inner_stride(args, Self.AT.shape, 0))
        var x = Pairs[Self.dt](args, Self.AT.x, inner_stride(args, Self.AT.shape, 1))

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var x_run = x.run(at[1])

            def body[w: Int](i: Int) {imm}:
                comptime W = DType.float64 if Self.Op.WIDE else Self.dt
                out.store[w](i, _cast[Self.dt](Self.Op.forward(_cast[W](x_run.load[w](i)))))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[2](args, Self.AT.shape, start, stop, run_of)


@doc_hidden
struct Part[Op: PartOp, dt: DType](Loop):
    comptime WORDS: StaticString = "y:w x:r shape:2"
    comptime OPERANDS = 2
    comptime BYTES = 3 * size_of[Self.dt]()
    comptime COST = Self.Op.COST

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".forward.", complex_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Output[S, Self.dt](args, Self.AT.y, inner_stride(args, Self.AT.shape, 0), 0)
        var x = Pairs[Self.dt](args, Self.AT.x, inner_stride(args, Self.AT.shape, 1))

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var x_run = x.run(at[1])

            def body[w: Int](i: Int) {imm}:
                out.store[w](i, Self.Op.forward(x_run.load[w](i)))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[2](args, Self.AT.shape, start, stop, run_of)


@doc_hidden
struct Binary[Op: ComplexBinary, dt: DType](Loop):
    comptime WORDS: StaticString = "y:w a:r b:r scalar:f shape:3"
    comptime OPERANDS = 3
    comptime BYTES = 6 * size_of[Self.dt]()
    comptime COST = Self.Op.COST

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".forward.", complex_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Pairs[Self.dt](args, Self.AT.y, inner_stride(args, Self.AT.shape, 0))
        var a = Pairs[Self.dt](args, Self.AT.a, inner_stride(args, Self.AT.shape, 1), Self.AT.scalar)
        var b = Pairs[Self.dt](args, Self.AT.b, inner_stride(args, Self.AT.shape, 2), Self.AT.scalar)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var a_run = a.run(at[1])
            var b_run = b.run(at[2])

            def body[w: Int](i: Int) {imm}:
                comptime W = DType.float64 if Self.Op.WIDE else Self.dt
                var result = Self.Op.forward(_cast[W](a_run.load[w](i)), _cast[W](b_run.load[w](i)))
                out.store[w](i, _cast[Self.dt](result))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[3](args, Self.AT.shape, start, stop, run_of)


@doc_hidden
struct Equal[unequal: Bool, dt: DType](Loop):
    comptime WORDS: StaticString = "y:w a:r b:r scalar:f shape:3"
    comptime OPERANDS = 3
    comptime BYTES = 4 * size_of[Self.dt]() + 1
    comptime COST = 0.3

    @staticmethod
    def name() -> String:
        return String("ne" if Self.unequal else "eq", ".forward.", complex_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Output[S, BOOL](args, Self.AT.y, inner_stride(args, Self.AT.shape, 0), 0)
        var a = Pairs[Self.dt](args, Self.AT.a, inner_stride(args, Self.AT.shape, 1), Self.AT.scalar)
        var b = Pairs[Self.dt](args, Self.AT.b, inner_stride(args, Self.AT.shape, 2), Self.AT.scalar)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var a_run = a.run(at[1])
            var b_run = b.run(at[2])

            def body[w: Int](i: Int) {imm}:
                var left = a_run.load[w](i)
                var right = b_run.load[w](i)
                var same = left.re.eq(right.re) & left.im.eq(right.im)
                comptime yes = Scalar[BOOL](0 if Self.unequal else 1)
                out.store[w](i, same.select(SIMD[BOOL, w](yes), SIMD[BOOL, w](1 - yes)))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[3](args, Self.AT.shape, start, stop, run_of)


@doc_hidden
struct Select[dt: DType](Loop):
    comptime WORDS: StaticString = "y:w condition:r a:r b:r scalar_a:f scalar_b:f shape:4"
    comptime OPERANDS = 4
    comptime BYTES = 6 * size_of[Self.dt]() + 1
    comptime COST = 0.3

    @staticmethod
    def name() -> String:
        return String("where.forward.", complex_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Pairs[Self.dt](args, Self.AT.y, inner_stride(args, Self.AT.shape, 0))
        var c = Input[S, BOOL](
            args, Self.AT.condition, inner_stride(args, Self.AT.shape, 1), Self.AT.condition
        )
        var a = Pairs[Self.dt](args, Self.AT.a, inner_stride(args, Self.AT.shape, 2), Self.AT.scalar_a)
        var b = Pairs[Self.dt](args, Self.AT.b, inner_stride(args, Self.AT.shape, 3), Self.AT.scalar_b)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var c_run = c.run(at[1])
            var a_run = a.run(at[2])
            var b_run = b.run(at[3])

            def body[w: Int](i: Int) {imm}:
                var no = c_run.load[w](i).eq(0)
                var yes = a_run.load[w](i)
                var other = b_run.load[w](i)
                var re = no.select(other.re, yes.re)
                out.store[w](i, ComplexSIMD[Self.dt, w](re, no.select(other.im, yes.im)))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[4](args, Self.AT.shape, start, stop, run_of)


@doc_hidden
struct FromReal[dt: DType](Loop):
    """Complex numbers without imaginary parts."""

    comptime WORDS: StaticString = "y:w x:r shape:2"
    comptime OPERANDS = 2
    comptime BYTES = 3 * size_of[Self.dt]()
    comptime COST = 0.2

    @staticmethod
    def name() -> String:
        return String("cast.", dtype_name(Self.dt), ".", complex_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Pairs[Self.dt](args, Self.AT.y, inner_stride(args, Self.AT.shape, 0))
        var x = Input[S, Self.dt](args, Self.AT.x, inner_stride(args, Self.AT.shape, 1), Self.AT.x)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var x_run = x.run(at[1])

            def body[w: Int](i: Int) {imm}:
                out.store[w](i, ComplexSIMD[Self.dt, w](x_run.load[w](i), SIMD[Self.dt, w](0)))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[2](args, Self.AT.shape, start, stop, run_of)


@doc_hidden
struct Cast[source: DType, target: DType](Loop):
    """The same numbers with parts of another dtype; between equal dtypes a copy."""

    comptime WORDS: StaticString = "y:w x:r shape:2"
    comptime OPERANDS = 2
    comptime BYTES = 2 * (size_of[Self.source]() + size_of[Self.target]())
    comptime COST = 0.2

    @staticmethod
    def name() -> String:
        return String("cast.", complex_name(Self.source), ".", complex_name(Self.target))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Pairs[Self.target](args, Self.AT.y, inner_stride(args, Self.AT.shape, 0))
        var x = Pairs[Self.source](args, Self.AT.x, inner_stride(args, Self.AT.shape, 1))

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var x_run = x.run(at[1])

            def body[w: Int](i: Int) {imm}:
                out.store[w](i, _cast[Self.target](x_run.load[w](i)))

            lanes[S, simd_width_of[Self.source]()](count, body)

        for_each_run[2](args, Self.AT.shape, start, stop, run_of)


@doc_hidden
struct Fill[dt: DType](Loop):
    comptime WORDS: StaticString = "y:w re:f im:f shape:1"
    comptime OPERANDS = 1
    comptime BYTES = 2 * size_of[Self.dt]()
    comptime COST = 0.1

    @staticmethod
    def name() -> String:
        return String("fill.", complex_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Pairs[Self.dt](args, Self.AT.y, inner_stride(args, Self.AT.shape, 0))
        var re = scalar[DType.float64](args, Self.AT.re).cast[Self.dt]()
        var im = scalar[DType.float64](args, Self.AT.im).cast[Self.dt]()

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])

            def body[w: Int](i: Int) {imm}:
                out.store[w](i, ComplexSIMD[Self.dt, w](SIMD[Self.dt, w](re), SIMD[Self.dt, w](im)))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[1](args, Self.AT.shape, start, stop, run_of)
