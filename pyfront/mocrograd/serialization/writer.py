"""Writing PyTorch's files: a zip archive with a pickle, and an entry for each storage."""

from __future__ import annotations

import io
import pickle
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from ctypes import string_at
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.layout import Size, layout
from mocrograd.nn.parameter import Parameter
from mocrograd.ops._copying import attributes, flat, reach
from mocrograd.ops._marked import MARKS
from mocrograd.serialization import torch_names, zipped
from mocrograd.tensor import Tensor

_ROOT = "archive"
_SMALL = 1 << 16
"""Bytes up to which copying them is cheaper than an object that shares them."""


class Region:
    """Memory that tensors share, of one dtype on one device.

    Attributes:
        tensors: Some tensors in it, which keep it.
        start: Its address.
        end: The address behind its last byte.
        key: Its number in the file, -1 until the pickle refers to it.
    """

    __slots__ = ("end", "key", "start", "tensors")

    def __init__(self, tensor: Tensor, start: int, end: int) -> None:
        self.tensors = [tensor]
        self.start, self.end = start, end
        self.key = -1

    def bytes(self) -> bytes | memoryview:
        """Return the elements, copied to the CPU where they are elsewhere."""
        one = self.tensors[0]
        if one.device is backend.cpu and self.end - self.start <= _SMALL:
            return string_at(self.start, self.end - self.start)
        array: Any = flat(one, one.dtype, self.start, self.end).to("cpu")._raw_numpy()
        return memoryview(array.view("uint8"))


class _Data:
    """A tensor of a subclass, to be written as one of none that requires no gradient."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


class _Hooks:
    """Hooks of a tensor, of which files have none; each tensor has a dict of its own for them."""

    __slots__ = ()


def _kept(tensor: Tensor) -> dict[str, Any]:
    """Return the attributes that a tensor was given, but for those that all tensors have, which loading refuses."""
    return {name: value for name, value in attributes(tensor).items() if not hasattr(Tensor, name)}


class Regions:
    """The memory of all tensors in an object: those that overlap lie in one region.

    Args:
        tensors: The tensors.
    """

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self._sorted: dict[tuple[dtypes.dtype, backend.device], list[Region]] = {}
        self._known: dict[int, Region] = {}
        self.used: list[Region] = []
        for start, end, tensor in sorted([(*reach(t), t) for t in tensors], key=lambda found: found[:2]):
            regions = self._sorted.setdefault((tensor.dtype, tensor.device), [])
            if regions and start < regions[-1].end:
                regions[-1].tensors.append(tensor)
                regions[-1].end = max(regions[-1].end, end)
            else:
                regions.append(Region(tensor, start, end))
            self._known[id(tensor)] = regions[-1]

    def find(self, tensor: Tensor) -> Region:
        """Return the region that a tensor lies in; one that pickling has just made may get its own."""
        region = self._known.get(id(tensor))
        if region is not None:
            return region
        start, end = reach(tensor)
        regions = self._sorted.get((tensor.dtype, tensor.device), [])
        at = bisect_right(regions, start, key=lambda region: region.start) - 1
        return regions[at] if at >= 0 and end <= regions[at].end and start < end else Region(tensor, start, end)

    def key(self, region: Region) -> int:
        """Return a region's number in the file."""
        if region.key < 0:
            region.key = len(self.used)
            self.used.append(region)
        return region.key


class _Nowhere:
    """A file that forgets what is written."""

    def write(self, data: Any) -> int:
        return len(data)


class _Finder(pickle.Pickler):
    """Finds the tensors in an object."""

    def __init__(self, protocol: int) -> None:
        super().__init__(_Nowhere(), protocol)
        self.tensors: list[Tensor] = []

    def reducer_override(self, obj: Any) -> Any:
        if not isinstance(obj, Tensor):
            return NotImplemented
        if obj._sparse:
            return tuple, ([*obj._index, obj._elements],)  # type: ignore[attr-defined]
        self.tensors.append(obj)
        return list, ()


def _sparse_parts(x: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return what torch makes a sparse tensor of: the layout, and indices, values, shape and what is known of them."""
    known = (x._merged,) if x.is_sparse else ()
    return x.layout, (*x._index, x._elements, x.shape, *known)


class _Reducer:
    """Describes tensors, shapes, dtypes and devices to a pickler as torch does."""

    _regions: Regions

    def reducer_override(self, obj: Any) -> Any:
        """Return how to make an object, NotImplemented for those that pickle knows."""
        kind = type(obj)
        if kind is _Hooks:
            return OrderedDict, ()
        if isinstance(obj, Tensor) and obj._sparse:
            return torch_names.SPARSE, _sparse_parts(obj)
        if isinstance(obj, Tensor):
            given = _kept(obj) if obj.__dict__ else None
            if kind is Tensor:
                made = self._tensor(obj, obj.requires_grad)
                return (torch_names.WITH_ATTRIBUTES, (made[0], torch_names.CLASS, made[1], given)) if given else made
            if kind is not Parameter:
                return torch_names.SUBCLASS, (kind, _Data(obj), obj.requires_grad, *([given] if given else []))
            what = _Data(obj), obj.requires_grad, _Hooks()
            return (torch_names.PARAMETER_WITH_ATTRIBUTES, (*what, given)) if given else (torch_names.PARAMETER, what)
        if kind is _Data:
            return self._tensor(obj.tensor, False)
        if kind is layout:
            return torch_names.LAYOUT, (f"torch.{obj.name}",)
        if kind is Size:
            return torch_names.SIZE, (tuple(obj),)
        if kind is backend.device:
            name = "cuda" if obj.type == obj.gpus else obj.type
            return torch_names.DEVICE, (name,) if obj.index is None else (name, obj.index)
        return torch_names.DTYPES[obj] if kind is dtypes.dtype else NotImplemented

    def _tensor(self, tensor: Tensor, requires_grad: bool) -> tuple[Any, ...]:
        region = self._regions.find(tensor)
        offset = (tensor._bare_address - region.start) // tensor.dtype.itemsize
        marks = {name: True for name, mark in MARKS.items() if tensor._marks & mark}
        layout = region, offset, tensor._shape, tensor._strides, requires_grad, _Hooks()
        return torch_names.TENSOR, (*layout, marks) if marks else layout

    def persistent_id(self, obj: Any) -> Any:
        """Return how the pickle refers to a piece of memory, None for other objects."""
        if type(obj) is not Region:
            return None
        one = obj.tensors[0]
        location = f"cuda:{one.device.index}" if one.device.handle else "cpu"
        count = (obj.end - obj.start) // one.dtype.itemsize
        return "storage", torch_names.MEMORY[one.dtype.name], str(self._regions.key(obj)), location, count


class _Pickler(_Reducer, pickle.Pickler):
    """Pickles as torch does, by version 2 of the format."""

    def __init__(self, file: io.BytesIO, regions: Regions) -> None:
        super().__init__(file, 2)
        self._regions = regions


_Python: Any = pickle._Pickler
"""Python's pickler in Python: from version 3 on the other one renames nothing."""


class _LaterPickler(_Reducer, _Python):
    """Pickles as torch does, by a later version of the format."""

    def __init__(self, file: io.BytesIO, protocol: int, regions: Regions) -> None:
        super().__init__(file, protocol)
        self._regions = regions

    def save_global(self, obj: Any, name: str | None = None) -> None:
        found = torch_names.renamed(getattr(obj, "__module__", ""), name or str(getattr(obj, "__name__", "")))
        if found is None:
            super().save_global(obj, name)
        else:
            self.write(pickle.GLOBAL + "{}\n{}\n".format(*found).encode())
            self.memoize(obj)


def pickled(obj: object, protocol: int) -> tuple[bytes, list[Region]]:
    """Return an object's pickle, and the memory that it refers to by number.

    Raises:
        ValueError: There is no such version of pickle's format, or it has no room for references.
    """
    if not 2 <= protocol <= pickle.HIGHEST_PROTOCOL:
        raise ValueError(f"save(): expected pickle_protocol from 2 to {pickle.HIGHEST_PROTOCOL}, got {protocol}")
    finder = _Finder(protocol)
    finder.dump(obj)
    regions = Regions(finder.tensors)
    file = io.BytesIO()
    pickler = _Pickler(file, regions) if protocol == 2 else _LaterPickler(file, protocol, regions)
    pickler.dump(obj)
    return file.getvalue(), regions.used


def write(file: Any, pickle: bytes, regions: Sequence[Region]) -> None:
    """Write the archive.

    Args:
        file: A file that is open for writing.
        pickle: The pickle.
        regions: The memory that it refers to.
    """
    archive = zipped.Writer(file, _ROOT)
    archive.add("data.pkl", pickle)
    archive.add("byteorder", b"little")
    for number, region in enumerate(regions):
        archive.add(f"data/{number}", region.bytes())
    archive.add("version", b"3\n")
    archive.close()
