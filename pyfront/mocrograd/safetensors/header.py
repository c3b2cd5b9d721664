"""The header of a safetensors file: eight bytes with its length, then JSON that says what lies where.

What is read is as strict as the package `safetensors`: a file that one refuses, the other refuses too. So JSON is read
as its parser reads it, where Python's is more tolerant.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mocrograd.safetensors.errors import SafetensorError
from mocrograd.safetensors.source import Source

BITS = {
    "U64": 64, "I64": 64, "F64": 64, "C64": 64, "F32": 32, "U32": 32, "I32": 32, "BF16": 16, "F16": 16, "U16": 16,
    "I16": 16, "F8_E5M2FNUZ": 8, "F8_E4M3FNUZ": 8, "F8_E8M0": 8, "F8_E4M3": 8, "F8_E5M2": 8, "I8": 8, "U8": 8,
    "F6_E3M2": 6, "F6_E2M3": 6, "F4": 4, "BOOL": 8,
}  # fmt: skip
"""The format's types of elements and their bits, in the order in which tensors are written."""
_ORDER = {short: number for number, short in enumerate(BITS)}
_LONGEST = 100_000_000
"""Bytes that a header has at most."""
_ALIGNMENT = 8
_NATURAL = 1 << 64
"""Numbers and products from which on the format has none."""
_DEEPEST = 125
"""How many brackets a value of an unknown field may have inside each other."""
_FIELDS = ("dtype", "shape", "data_offsets")


class Info(NamedTuple):
    """A tensor of a file: type of its elements, shape, and its first byte and the one after its last."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


class Header(NamedTuple):
    """What a header says.

    Attributes:
        metadata: Text by name, None if there is no such entry.
        tensors: The tensors by name, in the order of their bytes.
        data: Where the bytes of tensors begin.
    """

    metadata: dict[str, str] | None
    tensors: dict[str, Info]
    data: int


class _Object(NamedTuple):
    """A JSON object: names and values, also of names that come twice."""

    pairs: list[tuple[str, Any]]


def pack(
    tensors: Mapping[str, tuple[str, Sequence[int]]], metadata: Mapping[str, str] | None
) -> tuple[bytes, list[str]]:
    """Return a header with its length before it, and the names in the order in which the tensors follow.

    Args:
        tensors: Type of the elements and shape, by name.
        metadata: Text by name.

    Raises:
        TypeError: A name or a text is no str.
        ValueError: A tensor has the name of the metadata.
        SafetensorError: The header would be too large.
    """
    for key, text in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise TypeError(f"save: expected text by name as metadata, got {text!r} under {key!r}")
    if "__metadata__" in tensors:
        raise ValueError("save: a tensor cannot be called '__metadata__': a file has its metadata there")
    described: dict[str, Any] = {} if metadata is None else {"__metadata__": dict(metadata)}
    names = sorted(tensors, key=lambda name: (_ORDER[tensors[name][0]], name))  # so that all are aligned
    stop = 0
    for name in names:
        short, shape = tensors[name]
        start, stop = stop, stop + math.prod(shape) * BITS[short] // 8
        described[name] = {"dtype": short, "shape": list(shape), "data_offsets": [start, stop]}
    raw = json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode()
    raw += b" " * (-len(raw) % _ALIGNMENT)
    if len(raw) > _LONGEST:
        raise SafetensorError(f"header too large: {len(raw)} bytes, expected at most {_LONGEST}")
    return len(raw).to_bytes(8, "little") + raw, names


def parse(source: Source) -> Header:
    """Return what the header of a file says, when all of it fits the file.

    Args:
        source: The file.

    Raises:
        SafetensorError: It does not.
    """
    if source.size < 8:
        raise SafetensorError(f"header too small: a safetensors file has at least 8 bytes, this one has {source.size}")
    length = int.from_bytes(source.read(0, 8), "little")
    if length > _LONGEST:
        raise SafetensorError(f"header too large: {length} bytes, expected at most {_LONGEST}")
    if length > source.size - 8:
        raise SafetensorError(f"invalid header length: {length} bytes in a file of {source.size}")
    try:
        described = json.loads(
            source.read(8, length).decode("utf-8"),
            object_pairs_hook=_Object, parse_int=_integer, parse_float=_real, parse_constant=_no_number,
        )  # fmt: skip
    except UnicodeDecodeError as error:
        raise SafetensorError(f"invalid UTF-8 in header: {error}") from None
    except (ValueError, RecursionError) as error:
        raise SafetensorError(f"invalid JSON in header: {error}") from None
    if not isinstance(described, _Object):
        raise SafetensorError(f"invalid JSON in header: expected an object, got {type(described).__name__}")
    metadata, infos = _metadata(described), {}
    for name, value in described.pairs:
        if name != "__metadata__":
            infos[_text(name)] = _info(name, value)  # of two with one name the last one counts
    tensors = dict(sorted(infos.items(), key=lambda item: (item[1].start, item[1].stop)))
    _check_offsets(tensors, source.size - 8 - length)
    return Header(metadata, tensors, 8 + length)


def _integer(text: str) -> int | float:
    """Return an integer, or a float where the format has no such integer."""
    if text != "-0" and len(text) <= 20 and abs(value := int(text)) < _NATURAL:
        return value
    return _real(text)


def _real(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number {text[:20]}... is out of range")
    return value


def _no_number(text: str) -> float:
    raise ValueError(f"expected a value, got {text}")


def _text(text: str) -> str:
    """Return text without surrogates, which UTF-8 does not have.

    Raises:
        SafetensorError: There are some.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SafetensorError(f"invalid JSON in header: half a character in {text!r}") from None
    return text


def _metadata(described: _Object) -> dict[str, str] | None:
    found = [value for name, value in described.pairs if name == "__metadata__"]
    if len(found) > 1:
        raise SafetensorError("invalid JSON in header: __metadata__ comes twice")
    if not found or found[0] is None:
        return None
    if not isinstance(found[0], _Object) or not all(isinstance(text, str) for _, text in found[0].pairs):
        raise SafetensorError(f"invalid JSON in header: expected text by name as __metadata__, got {found[0]!r}")
    return {_text(name): _text(text) for name, text in found[0].pairs}


def _info(name: str, value: Any) -> Info:
    """Return what an entry says: an object with three fields, or a list of their values."""
    fields: dict[str, Any] = {}
    if isinstance(value, _Object):
        for key, inner in value.pairs:
            if key in fields:
                raise SafetensorError(f"invalid JSON in header: {key} comes twice in the tensor {name!r}")
            if key in _FIELDS:
                fields[key] = inner
            else:
                _text(key)
                _check_unknown(inner)
    elif isinstance(value, list) and len(value) == len(_FIELDS):
        fields = dict(zip(_FIELDS, value))
    match fields:
        case {"dtype": dtype, "shape": list(shape), "data_offsets": list([start, stop])}:
            if isinstance(dtype, _Object) and len(dtype.pairs) == 1 and dtype.pairs[0][1] is None:
                dtype = dtype.pairs[0][0]
            if not isinstance(dtype, str) or dtype not in BITS:
                raise SafetensorError(f"the tensor {name!r} has elements of {dtype!r}, expected {', '.join(BITS)}")
            if all(type(n) is int and n >= 0 for n in (*shape, start, stop)):
                return Info(dtype, tuple(shape), start, stop)
    raise SafetensorError(f"invalid JSON in header: the tensor {name!r} is {value!r}, expected {', '.join(_FIELDS)}")


def _check_unknown(value: Any, depth: int = 0) -> None:
    """Raise if a value that nobody reads could not be read."""
    if isinstance(value, str):
        _text(value)
    elif isinstance(value, list | _Object):
        if depth >= _DEEPEST:
            raise SafetensorError(f"invalid JSON in header: more than {_DEEPEST} brackets inside each other")
        for inner in value if isinstance(value, list) else itertools.chain.from_iterable(value.pairs):
            _check_unknown(inner, depth + 1)


def _check_offsets(tensors: Mapping[str, Info], size: int) -> None:
    """Raise unless tensors follow each other, each as long as its shape says, from the first byte to the last."""
    at = 0
    for name, (dtype, shape, start, stop) in tensors.items():
        if start != at or stop < start:
            raise SafetensorError(f"invalid offset: the tensor {name!r} is at bytes {start} to {stop}, expected {at}")
        count = 1
        for n in shape:
            count *= n
            if count >= _NATURAL:
                break
        bits = count * BITS[dtype]
        if bits >= _NATURAL:
            raise SafetensorError(f"overflow: the tensor {name!r} has the shape {list(shape)}")
        if bits % 8 or stop - start != bits // 8:
            raise SafetensorError(
                f"the tensor {name!r} of {dtype} and shape {list(shape)} has {stop - start} bytes, not {bits / 8:g}"
            )
        at = stop
    if at != size:
        raise SafetensorError(f"incomplete: a header describes {at} bytes of tensors, but the file has {size}")
