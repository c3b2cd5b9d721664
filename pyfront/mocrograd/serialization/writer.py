"""Writing PyTorch's files: a zip archive with a pickle, and an entry for each piece of memory that tensors lie in."""

from __future__ import annotations

import io
import pickle
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.layout import Size
from mocrograd.nn.parameter import Parameter
from mocrograd.ops.regions import span
from mocrograd.serialization import zipped
from mocrograd.serialization.names import STORAGES
from mocrograd.tensor import Tensor, blank

_ROOT = "archive"


class Region:
    """Memory that tensors share, of one dtype on one device.

    Attributes:
        tensors: Some tensors in it, which keep it.
        start: Its address.
        end: The address behind its last byte.
        key: Its number in the file, None until the pickle refers to it.
    """

    def __init__(self, tensor: Tensor, start: int, end: int) -> None:
        """Begin with a tensor's memory."""
        self.tensors = [tensor]
        self.start, self.end = start, end
        self.key: int | None = None

    def bytes(self) -> memoryview:
        """Return the elements, copied to the CPU where they are elsewhere."""
        one = self.tensors[0]
        count = (self.end - self.start) // one.dtype.itemsize
        flat: Tensor = blank(Tensor)
        backend.place(flat, one.storage, (count,), (1,), one.dtype, one.device, self.start, count, True)
        return memoryview(flat.to("cpu").numpy().view("uint8"))


def _reach(tensor: Tensor) -> tuple[int, int]:
    return tensor.address, tensor.address + span(tensor.shape, tensor._strides) * tensor.dtype.itemsize


class Regions:
    """The memory of all tensors in an object: those that overlap lie in one region.

    Args:
        tensors: The tensors.
    """

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        """Find out which tensors overlap."""
        self._sorted: dict[tuple[dtypes.dtype, backend.device], list[Region]] = {}
        self.used: list[Region] = []
        for start, end, tensor in sorted(((*_reach(t), t) for t in tensors), key=lambda found: found[:2]):
            regions = self._sorted.setdefault((tensor.dtype, tensor.device), [])
            if regions and start < regions[-1].end:
                regions[-1].tensors.append(tensor)
                regions[-1].end = max(regions[-1].end, end)
            else:
                regions.append(Region(tensor, start, end))

    def find(self, tensor: Tensor) -> Region:
        """Return the region that a tensor lies in; one that pickling has just made gets its own."""
        start, end = _reach(tensor)
        regions = self._sorted.get((tensor.dtype, tensor.device), [])
        at = bisect_right(regions, start, key=lambda region: region.start) - 1
        return regions[at] if at >= 0 and end <= regions[at].end and start < end else Region(tensor, start, end)

    def key(self, region: Region) -> str:
        """Return a region's number as the file has it."""
        if region.key is None:
            region.key = len(self.used)
            self.used.append(region)
        return str(region.key)


class _Nowhere:
    """A file that forgets what is written."""

    def write(self, data: Any) -> int:
        return len(data)


class _Finder(pickle.Pickler):
    """Finds the tensors in an object."""

    def __init__(self, protocol: int) -> None:
        super().__init__(_Nowhere(), protocol)
        self.tensors: list[Tensor] = []

    def persistent_id(self, obj: Any) -> Any:
        if not isinstance(obj, Tensor):
            return None
        self.tensors.append(obj)
        return True


def _marker(module: str, name: str) -> type:
    """Return a class that is pickled under a name of torch's."""
    return type(name, (), {"__module__": module})


_TENSOR = _marker("torch._utils", "_rebuild_tensor_v2")
_PARAMETER = _marker("torch._utils", "_rebuild_parameter")
_SIZE = _marker("torch", "Size")
_DEVICE = _marker("torch", "device")
_SUBCLASS = _marker("mocrograd.serialization", "subclass")
_STORAGES = {element: _marker("torch", name) for name, element in STORAGES.items()}
_MARKERS = {_TENSOR, _PARAMETER, _SIZE, _DEVICE, _SUBCLASS, *_STORAGES.values()}
_Python: Any = pickle._Pickler
"""Python's pickler in Python: the other one wants to import what it names, and torch may not be there."""


class _Pickler(_Python):
    """Pickles tensors, shapes, dtypes and devices as torch does."""

    def __init__(self, file: io.BytesIO, protocol: int, regions: Regions) -> None:
        super().__init__(file, protocol, fix_imports=False)
        self._regions = regions

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor):
            return self._reduced(obj)
        kind = type(obj)
        if kind is Size:
            return _SIZE, (tuple(obj),)
        if kind is backend.device:
            return _DEVICE, ("cuda", obj.index) if obj.handle else ("cpu",)
        return obj.name if kind is dtypes.dtype else NotImplemented

    def _reduced(self, tensor: Tensor) -> tuple[Any, ...]:
        if type(tensor) is Parameter:
            return _PARAMETER, (tensor.detach(), tensor.requires_grad, OrderedDict())
        if type(tensor) is not Tensor:
            return _SUBCLASS, (type(tensor), tensor.detach(), tensor.requires_grad)
        region = self._regions.find(tensor)
        offset = (tensor.address - region.start) // tensor.dtype.itemsize
        hooks: OrderedDict[str, Any] = OrderedDict()
        return _TENSOR, (region, offset, tuple(tensor.shape), tensor._strides, tensor.requires_grad, hooks)

    def persistent_id(self, obj: Any) -> Any:
        if type(obj) is not Region:
            return None
        one = obj.tensors[0]
        place = f"cuda:{one.device.index}" if one.device.handle else "cpu"
        count = (obj.end - obj.start) // one.dtype.itemsize
        return "storage", _STORAGES[one.dtype.name], self._regions.key(obj), place, count

    def save_global(self, obj: Any, name: str | None = None) -> None:
        if type(obj) is dtypes.dtype:
            module = "torch"
        elif type(obj) is type and obj in _MARKERS:
            module, name = obj.__module__, obj.__name__
        else:
            super().save_global(obj, name)
            return
        self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
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
    _Pickler(file, protocol, regions).dump(obj)
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
