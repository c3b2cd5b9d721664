"""Transforms of rows of real numbers, and back, by plans."""

from mojo_kernels.fft.blocks import load_rows, store_rows
from mojo_kernels.fft.half import fold_block, fold_row, mirror_row, unfold_block, unfold_row, widen_row
from mojo_kernels.fft.plan import BY_ROWS, Plan
from mojo_kernels.fft.registers import fits_registers
from mojo_kernels.fft.rows import transform_rows, transformed
from mojo_kernels.runtime.types import Buffer


struct RealRows[dt: DType](TrivialRegisterPassable):
    """How rows are transformed: the plan is one of n / 2 where n is even.

    Parameters:
        dt: The dtype of the parts.
    """

    var plan: Plan[Self.dt]
    """The plan."""
    var n: Int
    """The number of real numbers of a row."""
    var scale: Scalar[Self.dt]
    """What results are multiplied by."""
    var inverse: Bool
    """Whether the exponent is positive."""
    var scratch: Int
    """The address of the plan's scratch, behind which there is room for two complex copies of the rows."""

    def __init__(
        out self,
        plan: Plan[Self.dt],
        n: Int,
        scale: Scalar[Self.dt],
        inverse: Bool,
        scratch: Buffer[Self.dt],
    ):
        """Says how rows are transformed.

        Args:
            plan: The plan.
            n: The number of real numbers of a row.
            scale: What results are multiplied by.
            inverse: Whether the exponent is positive.
            scratch: Memory.
        """
        self.plan = plan
        self.n = n
        self.scale = scale
        self.inverse = inverse
        self.scratch = Int(scratch)

    def forward(self, y: Buffer[Self.dt], x: Buffer[Self.dt], rows: Int):
        """Transforms neighbouring rows, as many as a vector has lanes where they are its lanes.

        Args:
            y: The first row of n // 2 + 1 complex numbers.
            x: The first row of n real ones.
            rows: The number of rows.
        """
        var h = self.n // 2
        var block = Buffer[Self.dt](unsafe_from_address=self.scratch)
        if self.n % 2 == 1:
            self._odd_forward(y, x, rows)
        elif self.plan.kind() == BY_ROWS and not fits_registers(self.plan):
            load_rows[Self.dt](block, h, x, h, rows, False)
            var done = transformed(self.plan, 0, block)
            unfold_block[Self.dt](done, self.plan.table(), h, self.inverse)
            store_rows[Self.dt](y, h + 1, rows, done, h + 1, self.scale / 2, False)
        else:
            # rows of h numbers begin on lines of the cache, rows of the result do not
            var z = block.unsafe_offset(self.plan.scratch())
            transform_rows(self.plan, z, h, x, h, rows, self.scale / 2, False, block)
            for r in range(rows):
                unfold_row[Self.dt](
                    y.unsafe_offset(2 * r * (h + 1)),
                    z.unsafe_offset(2 * r * h),
                    self.plan.table(),
                    h,
                    self.inverse,
                    0,
                    h // 2 + 1,
                )

    def back(self, y: Buffer[Self.dt], x: Buffer[Self.dt], rows: Int):
        """Transforms halves of neighbouring rows back to real numbers.

        Args:
            y: The first row of n real numbers.
            x: The first row of n // 2 + 1 complex ones.
            rows: The number of rows.
        """
        var h = self.n // 2
        var block = Buffer[Self.dt](unsafe_from_address=self.scratch)
        if self.n % 2 == 1:
            self._odd_back(y, x, rows)
        elif self.plan.kind() == BY_ROWS and not fits_registers(self.plan):
            load_rows[Self.dt](block, h + 1, x, h + 1, rows, False)
            fold_block[Self.dt](block, self.plan.table(), h, self.inverse)
            store_rows[Self.dt](y, h, rows, transformed(self.plan, 0, block), h, self.scale, True)
        else:
            var spare = block.unsafe_offset(self.plan.scratch())
            for r in range(rows):
                var row = x.unsafe_offset(2 * r * (h + 1))
                var z = spare.unsafe_offset(2 * h * r)
                fold_row[Self.dt](z, row, self.plan.table(), h, self.inverse, 0, h // 2 + 1)
            transform_rows(self.plan, y, h, spare, h, rows, self.scale, True, block)

    def _odd_forward(self, y: Buffer[Self.dt], x: Buffer[Self.dt], rows: Int):
        """Transforms rows of an odd length as complex ones."""
        var n = self.n
        var half = n + 1  # words of n // 2 + 1 complex numbers
        var block = Buffer[Self.dt](unsafe_from_address=self.scratch)
        var spare = block.unsafe_offset(self.plan.scratch())
        var whole = spare.unsafe_offset(2 * n * rows)
        for r in range(rows):
            widen_row[Self.dt](spare.unsafe_offset(2 * n * r), x.unsafe_offset(n * r), n)
        transform_rows(self.plan, whole, n, spare, n, rows, self.scale, self.inverse, block)
        for r in range(rows):
            for k in range(half):
                y.unsafe_store(half * r + k, whole.unsafe_load(2 * n * r + k))
            y.unsafe_store(half * r + 1, 0)

    def _odd_back(self, y: Buffer[Self.dt], x: Buffer[Self.dt], rows: Int):
        """Transforms halves of rows of an odd length, which are completed first."""
        var n = self.n
        var block = Buffer[Self.dt](unsafe_from_address=self.scratch)
        var spare = block.unsafe_offset(self.plan.scratch())
        var whole = spare.unsafe_offset(2 * n * rows)
        for r in range(rows):
            mirror_row[Self.dt](spare.unsafe_offset(2 * n * r), x.unsafe_offset((n + 1) * r), n)
        transform_rows(self.plan, whole, n, spare, n, rows, self.scale, self.inverse, block)
        for r in range(rows):
            for k in range(n):
                y.unsafe_store(n * r + k, whole.unsafe_load(2 * (n * r + k)))
