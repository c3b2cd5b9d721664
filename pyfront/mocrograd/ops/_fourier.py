"""Plans of fast Fourier transforms: how a length is split, and the factors of each part, for mojo_kernels/fft."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np

from mocrograd.backend import device as Device
from mocrograd.backend import recording
from mocrograd.dtypes import dtype as Dtype
from mocrograd.ops.creation import from_host
from mocrograd.tensor import Tensor

__all__ = ["BY_ROWS", "CHIRP", "INNER", "RADICES", "STEP", "TWO_STEPS", "Plan", "plan"]

MOST_RADIX = 199
"""The largest prime that passes know; mojo_kernels/fft/passes.mojo knows it too."""
WIDE = 1 << 14
"""The shortest row, in complex numbers, that workers share where there are few."""
_SIDE, _SQUARE = 8, 64
LONGEST_ROW = 255
"""The longest row that is a lane of a vector; a longer one is a matrix of two lengths."""
SHARED_BYTES = 1 << 15
"""Bytes of the longest row that a GPU does in the shared memory of a block; mojo_kernels/fft/gpu.mojo knows it too."""
BY_ROWS, TWO_STEPS, CHIRP = range(3)
"""Kinds of plans: their first number."""
INNER = 64
"""Where the plan of a convolution's transform begins."""
RADICES, STEP = 8, 28
"""Where the radices of the first step are, behind their number, and how far from them those of the second."""


class Plan(NamedTuple):
    """A plan as a kernel takes it."""

    numbers: Tensor
    table: Tensor
    lanes: int
    """1 where a lane of a vector is a row."""
    wide: bool
    """Whether a row is done in two steps and is so long that workers are to share it."""
    known: tuple[int, ...]
    """The integers, for what is decided here."""


class _Table:
    """The numbers of a plan as they come together: pairs of real and imaginary parts, in float64."""

    def __init__(self) -> None:
        self.parts: list[np.ndarray] = []
        self.size = 0

    def add(self, numbers: np.ndarray) -> int:
        """Append numbers, and return where they begin."""
        start = self.size
        flat = numbers.reshape(-1)
        self.parts.append(flat)
        self.size += flat.size
        return start


def roots(n: int, powers: np.ndarray) -> np.ndarray:
    """Return e^(-2 pi i p / n) as pairs, each part rounded once: from angles of at most an eighth of a turn."""
    k = powers % n
    eighth, rest = np.divmod(8 * k, n)  # 8 k = eighth n + rest
    odd = eighth % 2 == 1
    angle = np.where(odd, n - rest, rest) * (math.pi / 4 / n)
    c, s = np.cos(angle), np.sin(angle)
    c, s = np.where((eighth + 1) // 2 % 2 == 1, s, c), np.where((eighth + 1) // 2 % 2 == 1, c, s)
    c = np.where((eighth >= 2) & (eighth < 6), -c, c)
    s = np.where(eighth >= 4, -s, s)
    return np.stack([c, -s], -1)


def radices(n: int) -> list[int] | None:
    """Return the radices of a length's passes; None where a prime factor is too large."""
    found = []
    twos = (n & -n).bit_length() - 1
    n >>= twos
    fours = {0: 0, 1: 2, 2: 1}[twos % 3] if twos > 1 else 0
    found += [8] * ((twos - 2 * fours) // 3) + [4] * fours + [2] * (twos == 1)
    for p in range(3, MOST_RADIX + 1, 2):
        while n % p == 0:
            found.append(p)
            n //= p
    return found if n == 1 else None


def _factors(length: int, found: list[int], table: _Table) -> int:
    """Append the factors of a length's passes."""
    start = table.size
    done = 1
    for radix in found:
        groups = length // (done * radix)
        if radix not in (2, 3, 4, 5, 8):
            table.add(roots(radix, np.arange(radix)))
        table.add(roots(groups * radix, np.outer(np.arange(groups), np.arange(1, radix))))
        done *= radix
    return start


def _split(n: int) -> tuple[int, int]:
    """Return two lengths whose product is n and that waste few lanes of vectors: the first is at most the second."""
    best, least = (1, n), math.inf
    for first in range(2, math.isqrt(n) + 1):
        if n % first == 0:
            second = n // first
            waste = (-(-first // 16) * 16 / first + -(-second // 16) * 16 / second) * (second / first) ** 0.125
            if waste < least:
                best, least = (first, second), waste
    return best


def _smooth(least: int) -> int:
    """Return the shortest length from `least` on of a power of two times 1, 3, 5, 9 or 15."""
    return min(odd << max(0, (-(-least // odd) - 1).bit_length()) for odd in (1, 3, 5, 9, 15))


def _make(n: int, table: _Table, longest: int) -> list[int]:
    """Return the integers of a plan whose rows are split from a length on, and append its factors."""
    numbers = [0] * INNER
    found = radices(n)
    numbers[1] = n
    if found is None:
        return _chirp(n, numbers, table, longest)
    lengths = (n, 1) if n <= longest else _split(n)
    numbers[0] = BY_ROWS if n <= longest else TWO_STEPS
    for step, length in enumerate(lengths):
        found = radices(length)
        assert found is not None
        numbers[2 + step] = length
        numbers[4 + step] = _factors(length, found, table)
        numbers[RADICES + STEP * step : RADICES + 1 + STEP * step + len(found)] = [len(found), *found]
    if n in (_SQUARE, 2 * _SQUARE):
        numbers[6] = _square_factors(table)
    if n > longest:
        between = roots(n, np.outer(np.arange(lengths[0]), np.arange(lengths[1])))
        numbers[6] = table.add(np.moveaxis(between, -1, 0))
    return numbers


def _square_factors(table: _Table) -> int:
    """Append what rows of 64 and 128 numbers take in registers: mojo_kernels/fft/registers.mojo says in which order."""
    between = roots(_SQUARE, np.outer(np.arange(1, _SIDE), np.arange(_SIDE)))
    halves = np.ones((_SQUARE, 2), complex)
    halves[:, 1] = roots(2 * _SQUARE, np.arange(_SQUARE)) @ (1, 1j)
    halves = halves.reshape(_SIDE, 2 * _SIDE)
    start = table.add(np.moveaxis(between, -1, 1))
    table.add(np.moveaxis(np.repeat(between, 2, 1), -1, 1))
    table.add(np.stack([halves.real, halves.imag], 1))
    return start


def _chirp(n: int, numbers: list[int], table: _Table, longest: int) -> list[int]:
    """Return the integers of a convolution with the chirp e^(-i pi j^2 / n), and append it and its transform."""
    m = _smooth(2 * n - 1)
    squares = np.arange(n, dtype=np.int64) ** 2 % (2 * n)
    chirp = roots(2 * n, squares)
    wave = np.zeros(m, complex)
    wave[:n] = chirp[:, 0] - 1j * chirp[:, 1]
    wave[m - n + 1 :] = wave[1:n][::-1]
    spectrum = np.fft.fft(wave) / m
    numbers[0] = CHIRP
    numbers[2] = m
    numbers[4] = table.add(chirp)
    numbers[5] = table.add(np.stack([spectrum.real, spectrum.imag], -1))
    return numbers[:INNER] + _make(m, table, longest)


def plan(n: int, real: bool, dtype: Dtype, device: Device) -> Plan:
    """Return the plan of a transform; a recording gets its own copy, which lives as long as it does.

    Args:
        n: The length, 1 or more.
        real: Whether one side of it is real numbers.
        dtype: The dtype of the parts.
        device: Where it runs.
    """
    return (_kept if recording.active is None else _loaded)(n, real, dtype, device)


def _loaded(n: int, real: bool, dtype: Dtype, device: Device) -> Plan:
    longest = SHARED_BYTES // (2 * dtype.itemsize) if device.handle else LONGEST_ROW
    numbers, table, lanes = _arrays(n, real, dtype, longest)
    wide = bool(numbers[0] == TWO_STEPS and numbers[1] >= WIDE and not (real and n % 2))
    known = tuple(numbers.tolist())
    return Plan(from_host(numbers, device, False), from_host(table, device, False), lanes, wide, known)


_kept = functools.lru_cache(maxsize=64)(_loaded)


@functools.lru_cache(maxsize=64)
def _arrays(n: int, real: bool, dtype: Dtype, longest: int) -> tuple[np.ndarray, np.ndarray, int]:
    table = _Table()
    table.add(roots(n, np.arange(n)))
    numbers = _make(n // 2 if real and n % 2 == 0 else n, table, longest)
    values = np.concatenate(table.parts).astype(dtype.numpy)
    return np.array(numbers, np.int64), values, int(BY_ROWS in (numbers[0], *numbers[INNER : INNER + 1]))
