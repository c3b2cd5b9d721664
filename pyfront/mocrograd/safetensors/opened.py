"""Files that are open: their tensors one by one, or parts of them."""

from __future__ import annotations

import operator
import os
from types import TracebackType
from typing import Any

import numpy as np

from mocrograd import backend as devices
from mocrograd.backend import recording
from mocrograd.safetensors import elements
from mocrograd.safetensors.errors import SafetensorError
from mocrograd.safetensors.header import Header, Info, parse
from mocrograd.safetensors.source import Axis, FileSource, Source
from mocrograd.serialization.names import warn_of_wider

_FRAMEWORKS = {"pt": True, "torch": True, "pytorch": True, "np": False, "numpy": False}
"""Whether what is read becomes tensors."""


class Reader:
    """The tensors of a file.

    Args:
        source: Its bytes.
        device: Where tensors shall be, None for arrays of NumPy.

    Raises:
        SafetensorError: It is no safetensors file, or damaged.
    """

    def __init__(self, source: Source, device: devices.device | None) -> None:
        self._source, self._device = source, device
        self.header: Header = parse(source)
        self._warned = False

    def info(self, name: str) -> Info:
        """Return what the header says of a tensor.

        Raises:
            SafetensorError: There is no tensor of that name.
        """
        try:
            return self.header.tensors[name]
        except KeyError:
            raise SafetensorError(f"File does not contain tensor {name}") from None

    def part(self, name: str, axes: list[Axis] | None = None) -> Any:
        """Return a tensor, or a part of it."""
        recording.cannot_replay("it loads a file")
        info = self.info(name)
        if axes is None:
            axes = [Axis(0, n, 1) for n in info.shape]
        if self._device is None:
            return elements.array(name, info, self._source, self.header.data, axes)
        made = elements.tensor(name, info, self._source, self.header.data, self._device, axes)
        if not self._warned:
            self._warned = warn_of_wider([elements.element(info)], 3)
        return made

    def all(self) -> dict[str, Any]:
        """Return all tensors by name, in the order of their bytes."""
        return {name: self.part(name) for name in self.header.tensors}

    def sliced(self, name: str, index: Any) -> Any:
        """Return the part of a tensor that an index selects; only its bytes are read where it is of ints and slices."""
        shape = self.info(name).shape
        entries = index if isinstance(index, tuple) else (index,)
        if self._device is None:
            axes, kept = _axes_of_arrays(index, entries, shape)
        elif all(_is_basic(entry) for entry in entries):
            axes, kept = _axes(entries, shape)
        else:
            return self.part(name)[index]
        return self.part(name, axes).reshape([axis.length for axis, keep in zip(axes, kept) if keep])


class safe_open:
    """Opens a file and reads its tensors as they are asked for.

    Args:
        filename: The file's path.
        framework: "pt" for tensors, "np" or "numpy" for arrays of NumPy.
        device: Where tensors shall be.
        backend: "mmap" or "pread"; bytes are read as they are needed with either.

    Raises:
        SafetensorError: It is no safetensors file, is damaged, or an argument is not one of those.
        OSError: The file cannot be opened.

    Example:
        >>> import tempfile
        >>> import mocrograd as mg
        >>> from mocrograd.safetensors import safe_open, save_file
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_file({"weight": mg.arange(6.0).reshape(3, 2)}, f"{folder}/net.safetensors")
        ...     with safe_open(f"{folder}/net.safetensors", framework="pt") as file:
        ...         file.get_slice("weight")[1:, 0]
        tensor([2., 4.])
    """

    def __init__(
        self, filename: str | os.PathLike[str], framework: str, device: Any = "cpu", *, backend: str = "mmap"
    ) -> None:
        if framework not in _FRAMEWORKS:
            raise SafetensorError(f"framework {framework} is invalid, expected one of {', '.join(_FRAMEWORKS)}")
        if backend not in ("mmap", "pread"):
            raise SafetensorError(f"backend {backend} is invalid, expected 'mmap' or 'pread'")
        target: devices.device | None = device_of(device)
        if not _FRAMEWORKS[framework]:
            if target is not devices.cpu:
                raise SafetensorError(f"Device {device} is not supported for framework {framework}")
            target = None
        self._reader: Reader | None = Reader(FileSource(filename), target)

    def _open(self) -> Reader:
        if self._reader is None:
            raise SafetensorError("File is closed")
        return self._reader

    def __enter__(self) -> safe_open:
        """Return the file."""
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; slices of it can be read on."""
        self._reader = None

    def keys(self) -> list[str]:
        """Return the tensors' names, sorted."""
        return sorted(self._open().header.tensors)

    def offset_keys(self) -> list[str]:
        """Return the tensors' names in the order of their bytes."""
        return list(self._open().header.tensors)

    def metadata(self) -> dict[str, str] | None:
        """Return the text that is kept with the tensors, None where there is no such entry."""
        found = self._open().header.metadata
        return None if found is None else dict(found)

    def get_tensor(self, name: str) -> Any:
        """Return a tensor.

        Raises:
            SafetensorError: There is none of that name, or its elements are of a type that there is none of here.
        """
        return self._open().part(name)

    def get_tensors(self) -> dict[str, Any]:
        """Return all tensors by name, in the order of their bytes; see `get_tensor`."""
        return self._open().all()

    def get_slice(self, name: str) -> SafeSlice:
        """Return a tensor that is read when it is indexed.

        Raises:
            SafetensorError: There is none of that name.
        """
        return SafeSlice(self._open(), name)


class SafeSlice:
    """A tensor of an open file of which an index reads a part."""

    def __init__(self, reader: Reader, name: str) -> None:
        self._reader, self._name, self._info = reader, name, reader.info(name)

    def get_shape(self) -> list[int]:
        """Return the shape of the whole tensor."""
        return list(self._info.shape)

    def get_dtype(self) -> str:
        """Return the type of the elements by the format's name, such as "F32"."""
        return self._info.dtype

    def __getitem__(self, index: Any) -> Any:
        """Return the part that an index of ints, slices and `...` selects, reading its bytes alone.

        Tensors take any other index too, for which all is read.

        Raises:
            IndexError: A tensor has no such part.
            SafetensorError: An array has no such part: a slice must end within a dimension.
        """
        return self._reader.sliced(self._name, index)


def device_of(device: Any) -> devices.device:
    """Return a device; a number is that of a GPU.

    Raises:
        SafetensorError: There is no such device.
    """
    try:
        return devices.open_device(f"cuda:{device}" if type(device) is int else device)
    except (RuntimeError, TypeError) as error:
        raise SafetensorError(f"device {device} is invalid: {error}") from None


def _is_basic(entry: Any) -> bool:
    return entry is ... or (isinstance(entry, slice | int | np.integer) and not isinstance(entry, bool))


def _spread(entries: tuple[Any, ...], rank: int) -> list[Any]:
    """Return an entry for each dimension, with `...` and what is left out as whole dimensions."""
    marks = [i for i, entry in enumerate(entries) if entry is ...]
    at = marks[0] if marks else len(entries)
    given = [entry for entry in entries if entry is not ...]
    return [*given[:at], *[slice(None)] * (rank - len(given)), *given[at:]]


def _axes(entries: tuple[Any, ...], shape: tuple[int, ...]) -> tuple[list[Axis], list[bool]]:
    """Return what is read of each dimension, and whether the dimension stays.

    Raises:
        IndexError: There is no such dimension or index.
        ValueError: A step is not positive.
    """
    spread = _spread(entries, len(shape))
    if len(spread) > len(shape):
        raise IndexError(f"too many indices for tensor of dimension {len(shape)}")
    axes, kept = [], []
    for dim, (entry, size) in enumerate(zip(spread, shape)):
        kept.append(isinstance(entry, slice))
        if isinstance(entry, slice):
            start, stop, step = entry.indices(size)
            if step <= 0:
                raise ValueError(f"step must be greater than zero, got {step}")
            axes.append(Axis(start, len(range(start, stop, step)), step))
            continue
        number = operator.index(entry)
        if not -size <= number < size:
            raise IndexError(f"index {number} is out of bounds for dimension {dim} with size {size}")
        axes.append(Axis(number % size, 1, 1))
    return axes, kept


def _axes_of_arrays(index: Any, entries: tuple[Any, ...], shape: tuple[int, ...]) -> tuple[list[Axis], list[bool]]:
    """Return what `_axes` returns, as strict as the package `safetensors` is for arrays.

    Raises:
        SafetensorError: There is no such part.
    """
    if isinstance(index, list):
        if index:
            raise SafetensorError("Non empty lists are not implemented")
        entries = (slice(0, 0),)
    for i, entry in enumerate(entries):
        if not _is_basic(entry):
            raise SafetensorError(f"Unsupported slice index at position {i}: expected slice, int, or ellipsis")
    spread = _spread(entries, len(shape))
    where = f"Error during slicing [{', '.join(map(_shown, entries))}] with shape {list(shape)}"
    if len(spread) > len(shape):
        raise SafetensorError(f"{where}: more slicing indexes than dimensions in tensor")
    for dim, (entry, size) in enumerate(zip(spread, shape)):
        if isinstance(entry, slice):
            if entry.step is not None and operator.index(entry.step) <= 0:
                raise SafetensorError(f"Slice step must be a positive integer, got {entry.step}")
            asked = [0 if entry.start is None else entry.start, size - 1 if entry.stop is None else entry.stop - 1]
        else:
            if entry < -size:
                raise SafetensorError(f"Invalid index {entry} for dimension {dim} of size {size}")
            asked = [entry, entry]
        beyond = [number for number in asked if number >= size > 0]
        if beyond:
            raise SafetensorError(
                f"{where}: index {beyond[0]} out of bounds for tensor dimension #{dim} of size {size}"
            )
    return _axes(entries, shape)


def _shown(entry: Any) -> str:
    if entry is ...:
        return "..."
    if not isinstance(entry, slice):
        return str(entry)
    ends = ":".join("" if end is None else str(end) for end in (entry.start, entry.stop))
    return ends if entry.step is None else f"{ends}:{entry.step}"
