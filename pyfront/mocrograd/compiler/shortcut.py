"""Shortcuts: a call that fits its plan as one block of words, which Mojo checks and runs in one crossing.

A block (mojo_kernels/python/shortcut.mojo, made in shorten.py) has everything that a call compares, what varies, and
what the result is made of. Where it declines, the call goes the long way, which decides.
"""

from __future__ import annotations

from array import array
from typing import Any

_FREE, _BUSY, _RETIRED = range(3)
_MOST_PAUSE = 1 << 12


class Shortcut:
    """A block of words, whose first one tells its state.

    Args:
        words: The block.
        contents: What the watched containers held when it was made.
        keep: The objects that words name.

    Attributes:
        block: The address of the words.
    """

    def __init__(self, words: array[int], contents: Any, keep: list[Any]) -> None:
        self.block = words.buffer_info()[0]
        self._words, self._contents, self._keep = words, contents, keep

    @property
    def busy(self) -> bool:
        """Whether a call of another thread is under way."""
        return self._words[0] == _BUSY

    def fits(self, contents: Any) -> bool:
        """Return whether it may still run: its plan's memory and what its containers shall hold are as they were."""
        return self._words[0] != _RETIRED and self._contents is contents

    def retire(self) -> None:
        """Decline from now on: memory or the program are others now."""
        self._words[0] = _RETIRED

    def __enter__(self) -> None:
        """Decline while a call goes the long way."""
        if self._words[0] == _FREE:
            self._words[0] = _BUSY

    def __exit__(self, *error: object) -> None:
        """Allow calls again."""
        if self._words[0] == _BUSY:
            self._words[0] = _FREE


class Pause:
    """Says when to make a shortcut anew: after one call, after two more, four more, ..."""

    def __init__(self) -> None:
        self._calls = self._next = 1

    def ends(self) -> bool:
        """Count a call that went the long way; return whether the pause ends with it."""
        self._calls -= 1
        if self._calls > 0:
            return False
        self._next = min(2 * self._next, _MOST_PAUSE)
        self._calls = self._next
        return True
