"""Text: the lines of a file, and tokenizers of bytes and characters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mocrograd.ops import from_numpy, tensor
from mocrograd.tensor import Tensor
from mocrograd.utils.data import Dataset


class TextLines(Dataset[Any]):
    r"""The lines of a text file, without what ends them.

    Args:
        path: The file.
        transform: Makes of a line what a sample is, a tokenizer's `encode` for instance.
        encoding: How the text is written: an encoding whose lines end in the byte 10.

    Raises:
        FileNotFoundError: There is no such file.

    Example:
        >>> from pathlib import Path
        >>> import mocrograd as mg
        >>> _ = Path("lines.txt").write_text("one\ntwo\n")
        >>> list(mg.datasets.TextLines("lines.txt"))
        ['one', 'two']
    """

    def __init__(
        self, path: str | Path, transform: Callable[[str], Any] | None = None, encoding: str = "utf-8"
    ) -> None:
        self.path = Path(path)
        self.transform = transform
        self.encoding = encoding
        self._content = self.path.read_bytes()
        ends = np.flatnonzero(np.frombuffer(self._content, np.uint8) == ord("\n"))
        if self._content and not self._content.endswith(b"\n"):
            ends = np.append(ends, len(self._content))
        self._ends = ends

    def __getitem__(self, index: int) -> Any:
        """Return a line after its transform.

        Raises:
            IndexError: There are fewer lines.
            ValueError: The line is no text in the encoding.
        """
        if not -len(self) <= index < len(self):
            raise IndexError(f"line {index} is out of range for {len(self)} lines")
        index %= len(self)
        start = int(self._ends[index - 1]) + 1 if index else 0
        try:
            line = self._content[start : int(self._ends[index])].removesuffix(b"\r").decode(self.encoding)
        except UnicodeDecodeError as fault:
            raise ValueError(f"{self.path}: line {index + 1} is no text in {self.encoding}: {fault}") from fault
        return line if self.transform is None else self.transform(line)

    def __len__(self) -> int:
        """Count the lines."""
        return len(self._ends)


class ByteTokenizer:
    """Turns text into the numbers of its bytes in UTF-8, of which there are 256.

    Example:
        >>> import mocrograd as mg
        >>> tokenizer = mg.datasets.ByteTokenizer()
        >>> tokenizer.decode(tokenizer.encode("né"))
        'né'
    """

    def __len__(self) -> int:
        """Count the numbers that there are."""
        return 256

    def encode(self, text: str) -> Tensor:
        """Return the bytes of a text, (N), int64.

        Args:
            text: Any text.
        """
        return from_numpy(np.frombuffer(text.encode(), np.uint8).astype(np.int64))

    def decode(self, tokens: Tensor | Iterable[int]) -> str:
        """Return the text of bytes; what is none is shown as U+FFFD.

        Args:
            tokens: The bytes.

        Raises:
            ValueError: A number is no byte.
        """
        numbers = _numbers(tokens)
        for position, number in enumerate(numbers):
            if not 0 <= number < 256:
                raise ValueError(f"expected bytes from 0 to 255, got {number} at {position}")
        return bytes(numbers).decode(errors="replace")


class CharTokenizer:
    """Turns text into the numbers of its characters, in the order of their code points.

    Args:
        text: A text, or texts, with all characters that there are.

    Example:
        >>> import mocrograd as mg
        >>> tokenizer = mg.datasets.CharTokenizer("hello")
        >>> tokenizer.decode(tokenizer.encode("hole"))
        'hole'
    """

    def __init__(self, text: str | Iterable[str]) -> None:
        self.characters = "".join(sorted(set("".join(text))))
        self._numbers = {character: number for number, character in enumerate(self.characters)}

    def __len__(self) -> int:
        """Count the characters that there are."""
        return len(self.characters)

    def encode(self, text: str) -> Tensor:
        """Return the numbers of a text's characters, (N), int64.

        Args:
            text: A text of these characters.

        Raises:
            ValueError: A character is another.
        """
        for position, character in enumerate(text):
            if character not in self._numbers:
                raise ValueError(f"character {character!r} at {position} is none of the {len(self)} of the tokenizer")
        return tensor([self._numbers[character] for character in text]).long()

    def decode(self, tokens: Tensor | Iterable[int]) -> str:
        """Return the text of numbers.

        Args:
            tokens: The numbers.

        Raises:
            ValueError: A number stands for no character.
        """
        numbers = _numbers(tokens)
        for position, number in enumerate(numbers):
            if not 0 <= number < len(self):
                raise ValueError(f"expected numbers from 0 to {len(self) - 1}, got {number} at {position}")
        return "".join(self.characters[number] for number in numbers)


def _numbers(tokens: Tensor | Iterable[int]) -> Sequence[int]:
    if isinstance(tokens, Tensor):
        found: Any = tokens.reshape(-1).tolist()
    else:
        found = [int(token) for token in tokens]
    return found
