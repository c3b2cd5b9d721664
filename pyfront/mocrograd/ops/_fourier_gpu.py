"""Fast Fourier transforms on a GPU: which kernels of mojo_kernels/fft/gpu.mojo a plan means, one after another."""

from __future__ import annotations

from typing import NamedTuple

from mocrograd.backend import call
from mocrograd.dtypes import dtype as Dtype
from mocrograd.ops._fourier import BY_ROWS, CHIRP, INNER, RADICES, SHARED_BYTES, STEP, Plan
from mocrograd.tensor import Tensor, fresh

__all__ = ["transform"]

_NUMBERS, _REAL, _HALF = range(3)


class _From(NamedTuple):
    """The rows that a step reads: complex numbers, real ones, or the first half of an odd number of them."""

    address: int
    x_pitch: int
    source: int = _NUMBERS
    swap_x: bool = False


class _To(NamedTuple):
    """The rows that it writes: how many of a row's numbers are kept, or whether their real parts are."""

    address: int
    y_pitch: int
    kept: int
    real: bool = False
    swap_y: bool = False
    scale: float = 1.0


class _Rows:
    """Rows of a length on a device, to be transformed by a plan."""

    def __init__(self, made: Plan, rows: int, dtype: Dtype, like: Tensor) -> None:
        self.made, self.rows, self.dtype, self.like, self.device = made, rows, dtype, like, like.device

    def room(self, n: int) -> Tensor:
        """Return memory for rows of n complex numbers."""
        return fresh((self.rows, n), self.rows * n, self.dtype.to_complex(), self.device)

    def run(self, y: _To, x: _From, at: int = 0) -> None:
        """Transform rows by the plan that begins at a number of the plan."""
        kind, n, first, second = self.made.known[at : at + 4]
        if kind == CHIRP:
            self.convolve(y, x, n, first)
        elif kind == BY_ROWS:
            self.step(y, x, n, 1, 0, at)
        else:
            between = self.room(n)
            self.step(_To(between.address, 2 * n, n), x, first, second, 0, at)
            self.step(y, _From(between.address, 2 * n), second, first, 1, at)

    def convolve(self, y: _To, x: _From, n: int, m: int) -> None:
        """Transform rows as convolutions with a chirp of n numbers, by transforms of m; Bluestein 1970."""
        a, b, c, d = (self.room(m) for _ in range(4))
        size, (chirp, spectrum) = self.dtype.itemsize, self.made.known[4:6]
        self.times(_To(a.address, 2 * m, m), x, m, n, chirp * size)
        self.run(_To(b.address, 2 * m, m), _From(a.address, 2 * m), INNER)
        self.times(_To(c.address, 2 * m, m), _From(b.address, 2 * m), m, m, spectrum * size)
        self.run(_To(d.address, 2 * m, m, swap_y=True), _From(c.address, 2 * m, swap_x=True), INNER)
        self.times(y, _From(d.address, 2 * m), n, n, chirp * size)

    def times(self, y: _To, x: _From, length: int, n: int, skipped: int) -> None:
        """Multiply the first n numbers of rows by factors that begin at a byte of the table; zeros come behind them."""
        made = self.made
        call(
            self.device.table[f"fft_times.forward.{self.dtype.name}"], self.rows * length, y.address, x.address,
            made.table.address + skipped, self.rows, length, n, x.x_pitch, y.y_pitch, y.kept, x.source, y.real,
            x.swap_x, y.swap_y, y.scale, self.device.context,
        )  # fmt: skip

    def step(self, y: _To, x: _From, length: int, columns: int, step: int, at: int) -> None:
        """Transform columns of the matrices that rows are, in shared memory or pass by pass."""
        if length * 2 * self.dtype.itemsize > SHARED_BYTES:
            self.passes(y, x, length, columns, step, at)
            return
        made = self.made
        call(
            self.device.table[f"fft_step.forward.{self.dtype.name}"], self.rows * length * columns, y.address,
            x.address, made.numbers.address + 8 * at, made.table.address, self.rows, length, columns, step, x.x_pitch,
            y.y_pitch, y.kept, x.source, y.real, x.swap_x, y.swap_y, y.scale, self.device.context,
        )  # fmt: skip

    def passes(self, end: _To, x: _From, length: int, columns: int, step: int, at: int) -> None:
        """Transform columns that are too long for shared memory: each pass writes new rows."""
        made, n, done = self.made, length * columns, 1
        first = at + RADICES + STEP * step
        factors = made.known[at + 4 + step]
        for radix in made.known[first + 1 : first + 1 + made.known[first]]:
            groups = length // (done * radix)
            room = None if groups == 1 else self.room(n)
            y = end if room is None else _To(room.address, 2 * n, n)
            call(
                self.device.table[f"fft_pass.forward.{self.dtype.name}"], self.rows * n, y.address, x.address,
                made.numbers.address + 8 * at, made.table.address, self.rows, length, columns, step, x.x_pitch,
                y.y_pitch, y.kept, x.source, y.real, x.swap_x, y.swap_y, y.scale, radix, done, factors,
                self.device.context,
            )  # fmt: skip
            factors += 2 * (radix - 1) * groups + (0 if radix in (2, 3, 4, 5, 8) else 2 * radix)
            done *= radix
            x, kept = _From(y.address, 2 * n), room  # until the next pass has read it
        del kept


def transform(name: str, y: Tensor, x: Tensor, n: int, scale: float, inverse: bool, made: Plan) -> None:
    """Transform the rows of x into those of y.

    Args:
        name: "fft", "rfft" or "irfft".
        y: The results.
        x: The operand, contiguous.
        n: The length of the transform.
        scale: What results are multiplied by.
        inverse: Whether the exponent is positive.
        made: The plan; of real numbers of an even length, that of half of it.
    """
    dtype, work = x.dtype.to_real(), y._size
    rows, half = work // y._shape[-1], n // 2 + 1
    each = _Rows(made, rows, dtype, x)
    if name == "fft":
        each.run(_To(y.address, 2 * n, n, False, inverse, scale), _From(x.address, 2 * n, _NUMBERS, inverse))
    elif n % 2 == 0:
        _even(name, y, x, n // 2, scale, inverse, each)
    elif name == "rfft":
        each.run(_To(y.address, 2 * half, half, False, inverse, scale), _From(x.address, n, _REAL, inverse))
    else:
        each.run(_To(y.address, n, n, True, inverse, scale), _From(x.address, 2 * half, _HALF, inverse))


def _even(name: str, y: Tensor, x: Tensor, h: int, scale: float, inverse: bool, each: _Rows) -> None:
    """Transform 2 h real numbers a row, or back to them, as h complex ones."""
    device, rows, made = each.device, each.rows, each.made
    table, end = device.table, f".forward.{each.dtype.name}"
    if name == "rfft":
        each.run(_To(y.address, 2 * (h + 1), h, scale=scale / 2), _From(x.address, 2 * h))
        call(
            table["fft_unfold" + end], rows * h, y.address, made.table.address, rows, h, inverse, device.context
        )  # fmt: skip
        return
    out = each.room(h)
    call(
        table["fft_fold" + end], rows * h, out.address, x.address, made.table.address, rows, h, inverse, device.context
    )  # fmt: skip
    each.run(_To(y.address, 2 * h, h, False, True, scale), _From(out.address, 2 * h, _NUMBERS, True))
