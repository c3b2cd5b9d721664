"""Streams of random numbers: a seed and how many numbers have been taken from it."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from mocrograd import backend, dtypes
from mocrograd.backend import recording
from mocrograd.ops.creation import tensor
from mocrograd.tensor import Tensor


class Generator:
    """A stream of random numbers: a seed and how many numbers have been taken.

    Example:
        >>> import mocrograd as mg
        >>> stream = mg.Generator().manual_seed(3)
        >>> mg.rand(2, generator=stream).shape
        mocrograd.Size([2])
    """

    def __init__(self, device: Any = "cpu") -> None:
        self.device = backend.device(device)
        self._seed = 67280421310721
        self._taken = 0
        self._spawned = 0

    def manual_seed(self, seed: int) -> Generator:
        """Restart the stream from a seed.

        Raises:
            TypeError: The seed is not an integer.
        """
        if isinstance(seed, bool) or not hasattr(seed, "__index__"):
            raise TypeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        recording.cannot_replay("it seeds a random generator")
        self._seed = seed.__index__() & (1 << 64) - 1
        self._taken = 0
        self._spawned = 0
        return self

    def seed(self) -> int:
        """Restart the stream from a seed of the system, and return it."""
        self.manual_seed(int.from_bytes(os.urandom(7), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """Return the seed."""
        recording.cannot_replay("it asks for the seed of random numbers")
        return self._seed

    def get_state(self) -> Tensor:
        """Return the state of the stream."""
        return tensor([self._seed >> 32, self._seed & 0xFFFFFFFF, self._taken, self._spawned], device="cpu")

    def set_state(self, new_state: Tensor) -> None:
        """Continue a stream from a state, also from one of three numbers, as earlier versions had them.

        Raises:
            TypeError: It is no tensor, or one of another dtype.
            RuntimeError: It is no state: of another size, or with numbers that are none of a state.
        """
        if not isinstance(new_state, Tensor) or new_state.dtype is not dtypes.int64:
            found = new_state.dtype if isinstance(new_state, Tensor) else type(new_state).__name__
            raise TypeError(f"set_state(): expected a tensor of int64, as get_state() returns it, got {found}")
        if new_state.shape not in ((3,), (4,)):
            raise RuntimeError(
                f"set_state(): RNG state is wrong size: expected 4 numbers, got {tuple(new_state.shape)}"
            )
        numbers: list[int] = [*new_state.tolist(), 0]
        high, low, taken, spawned = numbers[:4]
        if not (0 <= high < 1 << 32 and 0 <= low < 1 << 32 and taken >= 0 and spawned >= 0):
            raise RuntimeError(f"set_state(): expected the numbers of get_state(), got {new_state.tolist()}")
        recording.cannot_replay("it sets the state of a random generator")
        self._seed, self._taken, self._spawned = high << 32 | low, taken, spawned

    @property
    def taken(self) -> int:
        """How many numbers have been taken."""
        return self._taken

    @taken.setter
    def taken(self, count: int) -> None:
        self._taken = count

    def clone_state(self) -> Generator:
        """Return another stream that goes on where this one is."""
        new = type(self)(self.device)
        new._seed, new._taken, new._spawned = self._seed, self._taken, self._spawned
        return new

    def take(self, count: int) -> tuple[int, int]:
        """Return the seed and the stream's position of the next `count` numbers, and advance."""
        start = self._taken
        self._taken += count
        seed = self._seed
        return seed - (1 << 64) if seed >> 63 else seed, start

    def spawn_seed(self) -> int:
        """Return a seed for other streams, a new one each time; this stream gives the same numbers as without."""
        self._spawned += 1
        words = np.random.SeedSequence([self._seed, self._taken, self._spawned])
        return int(words.generate_state(1, np.uint64)[0] >> np.uint64(2))


default_generator = Generator()


class Draw:
    """Numbers of a stream that several kernel calls use: the first call takes them, new ones at each replay."""

    def __init__(self, count: int, generator: Generator | None = None) -> None:
        self.stream = generator or default_generator
        self._count = count
        self._position: tuple[int, int] | None = None

    def _take(self) -> tuple[int, int]:
        self._position = self.stream.take(self._count)
        return self._position

    def _same(self) -> tuple[int, int]:
        return self._position or self._take()

    def words(self, word: int) -> tuple[int, int]:
        """Return the seed and the position in the stream, which are words of the next kernel call.

        Args:
            word: The index of the seed's word.
        """
        values = self._same if self._position else self._take
        recording.varies(word, 2, values)
        return values()
