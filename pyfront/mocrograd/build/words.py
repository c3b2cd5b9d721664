"""The words of a kernel's call by their names: checked, and packed in the order that the kernel declares."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mocrograd import backend, dtypes
from mocrograd.autograd import mode
from mocrograd.layout import Shape
from mocrograd.ops._inplace import check_writable
from mocrograd.ops._pointwise import out_words
from mocrograd.tensor import Tensor

_ADDRESSES = "wruWR"
_WRITTEN = "wWu"
_NOTHING: tuple[Shape, Shape] = ((), ())


class Packed(NamedTuple):
    """A call's words.

    Attributes:
        words: Tensors for addresses, None where one is absent; integers, floats, and tuples of integers for shapes.
        written: The tensors that the kernel writes.
        device: Where the tensors are.
    """

    words: list[Any]
    written: list[Tensor]
    device: backend.device


def packed(kernel: str, given: Mapping[str, Any], shown: str) -> Packed:
    """Check the words of a call and put them in order.

    Args:
        kernel: The kernel's name in the kernel table.
        given: The words by name.
        shown: The kernel's name for errors.

    Raises:
        TypeError: A word is missing, unknown, or of a wrong type or dtype.
        ValueError: There is a wrong number of numbers, or a tensor is not contiguous.
        RuntimeError: A tensor is on another device, or one that is written may not be.
    """
    declared = backend.WORDS[kernel]
    missing, unknown = declared.names.keys() - given.keys(), given.keys() - declared.names.keys()
    if missing or unknown or declared.cells:
        wrong = [
            f"{' and '.join(sorted(names))} {verb}"
            for names, verb in ((missing, "missing"), (unknown, "unknown"))
            if names
        ]
        takes = ", ".join(declared.names)
        raise TypeError(f"{shown} takes the words {takes}: {'; '.join(wrong) or 'a table is packed by no call'}")
    strided = any(letter.isdigit() for letter in declared.letters) or any("stride" in name for name in declared.names)
    words: list[Any] = []
    written: list[Tensor] = []
    for name, letters in _by_name(declared.names, declared.letters):
        value, where = given[name], f"{shown}: {name}"
        if letters in _ADDRESSES:
            _check_tensor(where, value, kernel.rpartition(".")[2], strided)
            if value is not None and letters in _WRITTEN:
                check_writable(where, value)
                written.append(value)
            words.append(value)
        elif letters.isdigit():
            words.append(_shape(where, value, int(letters)))
        else:
            words += _numbers(where, value, letters, kernel)
    tensors = [word for word in words if isinstance(word, Tensor)]
    if mode.grad and any(tensor.requires_grad for tensor in tensors):
        raise RuntimeError(
            f"{shown}: a call of a kernel is not recorded, so it has no gradient: make it in the forward or backward "
            "of a Function, or under no_grad() (in backward, gradients that require one come from create_graph=True)"
        )
    devices = {tensor.device for tensor in tensors}
    if len(devices) > 1:
        raise RuntimeError(f"{shown}: tensors are on {' and '.join(sorted(map(str, devices)))}")
    return Packed(words, written, devices.pop() if devices else backend.cpu)


def _by_name(names: Mapping[str, int], letters: str) -> Iterator[tuple[str, str]]:
    """Yield each name with its letters."""
    starts = [*names.values(), len(letters)]
    for name, (start, stop) in zip(names, itertools.pairwise(starts)):
        yield name, letters[start:stop]


def _check_tensor(where: str, value: Any, dtype: str, strided: bool) -> None:
    """Check what is given for an address: a tensor, or None.

    A floating tensor must be of the kernel's dtype. Where that is int32 or uint8, one of integers may also be int64.
    """
    if value is None:
        return
    if not isinstance(value, Tensor):
        raise TypeError(f"{where} must be a Tensor or None, not {type(value).__name__}")
    wanted = next((d for d in dtypes.ALL if d.name == dtype), value.dtype)
    both_integers = wanted.kind == value.dtype.kind == 1 and value.dtype is not dtypes.int64
    if value.dtype is not wanted and (value.dtype.kind == 2 or both_integers):
        raise TypeError(f"{where} must be of the kernel's dtype {dtype}, not {value.dtype.name}")
    if not strided and not value.is_contiguous():
        raise ValueError(f"{where} must be contiguous, because the kernel has no words for strides")


def _shape(where: str, value: Any, count: int) -> tuple[int, ...]:
    """Return the words of the shape of tensors, the first of which has the shape that the others broadcast to."""
    if not isinstance(value, (tuple, list)) or len(value) != count or not isinstance(value[0], Tensor):
        raise TypeError(f"{where} must be a tuple of {count}: the operands, tensors or None, the first one a Tensor")
    if not all(operand is None or isinstance(operand, Tensor) for operand in value):
        raise TypeError(f"{where} must be tensors or None")
    layouts = [_NOTHING if operand is None else (operand._shape, operand._strides) for operand in value[1:]]
    return out_words(value[0], *itertools.chain.from_iterable(layouts))


def _numbers(where: str, value: Any, letters: str, kernel: str) -> list[Any]:
    """Return the numbers of a name that has one letter or several."""
    values = list(value) if isinstance(value, (tuple, list)) else [value]
    if len(values) != len(letters):
        raise ValueError(f"{where} must be {len(letters)} number{'s'[: len(letters) - 1]}, got {len(values)}")
    for number, letter in zip(values, letters):
        floating = letter == "f" or (letter == "n" and ".float" in kernel)
        if isinstance(number, Tensor) or not isinstance(number, (int, float) if floating else int):
            raise TypeError(f"{where} must be {'a float' if floating else 'an int'}, not {type(number).__name__}")
        if not floating and not -(1 << 63) <= number < 1 << 63:
            raise ValueError(f"{where} must fit an int64, got {number}")
    return values
