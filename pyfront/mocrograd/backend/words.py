"""What the words of a kernel's calls are, as the kernel declares them (mojo_kernels/runtime/words.mojo)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

__all__ = ["Words"]


class Words(NamedTuple):
    """What a kernel's words are.

    Attributes:
        letters: A letter for each word, but one for all words of a shape.
        names: How many letters stand before those of a name.
        cells: The letters of a table's cells.
        shape: The index of the first word of a pointwise kernel's shape; -1 in others.
        itemsizes: The bytes of an element of each operand of a pointwise kernel.
    """

    letters: str
    names: dict[str, int]
    cells: str
    shape: int = -1
    itemsizes: Sequence[int] = ()

    def at(self, name: str) -> int:
        """Return the index of the first word of a name.

        Raises:
            KeyError: There is no such name.
            ValueError: The word stands behind a shape, so that its index differs from call to call.
        """
        index = self.names[name]
        if any(letter.isdigit() for letter in self.letters[:index]):
            raise ValueError(f"{name} stands behind a shape")
        return index


def _parsed(text: str) -> tuple[str, dict[str, int]]:
    names: dict[str, int] = {}
    letters = ""
    for word in text.split():
        name, _, own = word.partition(":")
        names[name] = len(letters)
        letters += own or "."
    return letters, names


@cache
def declared(text: str, shape: int = -1, itemsizes: Sequence[int] = ()) -> Words:
    """Return what a kernel declares as text: "y:w x:r rows columns"; kernels of several dtypes share it."""
    words, _, cells = text.rstrip("]").partition("[")
    return Words(*_parsed(words), _parsed(cells)[0], shape, itemsizes)
