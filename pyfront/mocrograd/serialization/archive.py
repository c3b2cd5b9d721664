"""Reading PyTorch's files: a zip archive with a pickle, and an entry for each piece of memory that tensors lie in.

The pickle refers to memory by the number of its entry and describes tensors in it by offset, sizes and strides. Entries
lie in the file as they are, so each is read once, straight into the memory that its tensors keep.
"""

from __future__ import annotations

import io
import math
import pickle
import struct
import zipfile
from typing import IO, Any, NamedTuple

import numpy as np

from mocrograd import backend
from mocrograd.layout import Size
from mocrograd.nn.parameter import Parameter
from mocrograd.ops.regions import span
from mocrograd.serialization.names import ELEMENTS, STORAGES, Element
from mocrograd.serialization.placement import Placement
from mocrograd.serialization.unpickling import Source
from mocrograd.tensor import Tensor, fresh, view_of

_MADE: dict[tuple[str, str], Any] = {
    ("torch", "Size"): Size,
    ("torch", "Tensor"): Tensor,
    ("torch", "device"): "_device",
    ("torch.nn.parameter", "Parameter"): Parameter,
    ("torch._utils", "_rebuild_tensor"): "_tensor",
    ("torch._utils", "_rebuild_tensor_v2"): "_tensor",
    ("torch._utils", "_rebuild_parameter"): "_parameter",
    ("torch._utils", "_rebuild_parameter_with_state"): "_parameter",
    ("torch._tensor", "_rebuild_from_type_v2"): "_with_attributes",
    ("mocrograd.serialization", "subclass"): "_subclass",
}
"""What names stand for: a class, or a method of Archive that makes an object."""
_HEADER = 30
"""Bytes of an entry's header before its name."""
_LIMIT = 1 << 48
"""Sizes and strides from which on nothing fits into memory."""


class Storage(NamedTuple):
    """Memory that a pickle refers to.

    Attributes:
        element: The type of its elements.
        key: The number of its entry.
        location: The device that it was on.
        length: The number of elements.
    """

    element: Element
    key: str
    location: str
    length: int


class Archive(Source):
    """A file of torch's.

    Args:
        file: The file, which is open for reading at any position.
        place: Moves tensors to their device.
        weights_only: Whether to refuse everything but tensors and plain containers.
    """

    def __init__(self, file: IO[bytes], place: Placement, weights_only: bool) -> None:
        """Read the list of entries.

        Raises:
            pickle.UnpicklingError: It is no zip file, or none of torch's.
        """
        super().__init__(weights_only)
        self._file = file
        self._place = place
        self._end = file.seek(0, io.SEEK_END)
        try:
            entries = zipfile.ZipFile(file).infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError) as error:
            raise pickle.UnpicklingError(f"a file is a damaged zip archive: {error}") from None
        root = entries[0].filename.partition("/")[0] if entries else ""
        self._entries = {e.filename[len(root) + 1 :]: e for e in entries if e.filename.startswith(root + "/")}
        if "data.pkl" not in self._entries or "constants.pkl" in self._entries:
            what = "a program of torch.jit" if "constants.pkl" in self._entries else "a zip archive of something else"
            raise pickle.UnpicklingError(f"expected a file of save() or torch.save(), got {what}")
        self._flat: dict[tuple[str, str], Tensor] = {}
        self._referred: set[str] = set()

    def load(self) -> Any:
        """Return the object in the file.

        Raises:
            pickle.UnpicklingError: Something in it does not fit, or may not be loaded.
        """
        swap = self._bytes("byteorder") if "byteorder" in self._entries else b"little"
        if swap not in (b"little", b"big"):
            raise pickle.UnpicklingError(f"a file has an unknown order of bytes: {swap!r}")
        self._swapped = swap == b"big"
        made = self.unpickled(io.BytesIO(self._bytes("data.pkl")))
        bare = self._referred - {key for key, _ in self._flat}
        if bare:
            raise pickle.UnpicklingError("a file holds memory that is no tensor's: save tensors, not their storage")
        return made

    def find(self, module: str, name: str) -> Any:
        """Return what one of torch's names stands for."""
        if module == "torch" and name in STORAGES:
            return ELEMENTS[STORAGES[name]]
        if module == "torch" and name in ELEMENTS:
            return ELEMENTS[name].dtype
        found = _MADE.get((module, name))
        return getattr(self, found) if isinstance(found, str) else found

    # ------------------------------------------------------------------------------------ memory

    def stored(self, identity: Any) -> Storage:
        """Return the memory that a pickle refers to.

        Raises:
            pickle.UnpicklingError: It is described in another way.
        """
        match identity:
            case ("storage", Element() as element, str(key), str(location), int(count)) if count >= 0:
                self._referred.add(key)
                return Storage(element, key, location, count)
        raise pickle.UnpicklingError(
            f"a file refers to its memory as {identity!r}, expected type, number, device, size"
        )

    def _flat_of(self, storage: Storage) -> Tensor:
        """Return a piece of memory as a tensor of one dimension, which is read at the first time."""
        known = (storage.key, storage.element.name)
        if known not in self._flat:
            self._flat[known] = self._place(self._read(storage), storage.location)
        return self._flat[known]

    def _read(self, storage: Storage) -> Tensor:
        element, key, _, count = storage
        self._seek(f"data/{key}", count * element.file.itemsize)
        flat = fresh((count,), count, element.dtype, backend.cpu)
        target = flat._as_numpy()
        raw = target if element.file == target.dtype else np.empty(count, element.file)
        self._fill(raw.view(np.uint8).data)
        if self._swapped:
            raw.byteswap(inplace=True)
        if element.name == "bool":
            np.not_equal(raw.view(np.uint8), 0, out=target)  # kernels rely on 0 and 1
        elif element.name == "bfloat16":
            np.left_shift(raw, 16, out=target.view(np.uint32), dtype=np.uint32)
        elif raw is not target:
            target[...] = raw
        return flat

    def _bytes(self, name: str) -> bytes:
        entry = self._entries[name]
        self._seek(name, entry.file_size)
        raw = bytearray(entry.file_size)
        self._fill(memoryview(raw))
        return bytes(raw)

    def _seek(self, name: str, nbytes: int) -> None:
        """Go to where the bytes of an entry begin, of which there must be so many."""
        entry = self._entries.get(name)
        if entry is None:
            raise pickle.UnpicklingError(f"a file refers to its entry {name}, which is missing")
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            raise pickle.UnpicklingError(f"the entry {name} of a file is compressed or encrypted, expected plain bytes")
        if not 0 <= entry.header_offset <= self._end - _HEADER:
            raise pickle.UnpicklingError(f"the entry {name} of a file lies outside of it")
        self._file.seek(entry.header_offset)
        header = bytearray(_HEADER)
        self._fill(memoryview(header))
        mark, lengths = header[:4], struct.unpack_from("<HH", header, 26)
        start = entry.header_offset + _HEADER + sum(lengths)
        if mark != b"PK\x03\x04" or nbytes > min(entry.file_size, self._end - start):
            raise pickle.UnpicklingError(
                f"the entry {name} of a file has {max(min(entry.file_size, self._end - start), 0)} bytes, "
                f"expected {nbytes}"
            )
        self._file.seek(start)

    def _fill(self, target: memoryview) -> None:
        done = 0
        while done < len(target):
            count = self._file.readinto(target[done:])  # type: ignore[attr-defined]
            if not count:
                raise pickle.UnpicklingError(f"a file ends {len(target) - done} bytes too early")
            done += count

    # ------------------------------------------------------------------------------------ objects

    def _tensor(
        self, storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any = False, hooks: Any = None,
        metadata: Any = None,
    ) -> Tensor:  # fmt: skip
        """Return a tensor in memory.

        Raises:
            pickle.UnpicklingError: It would reach outside of the memory, or is of a kind that there is none of.
        """
        if (
            not isinstance(storage, Storage)
            or not (metadata is None or (type(metadata) is dict and not metadata))
            or type(requires_grad) is not bool
        ):
            raise pickle.UnpicklingError(
                f"a file holds a tensor of memory {storage!r}, requires_grad={requires_grad!r} and marks {metadata!r}; "
                "conjugate and negative views are not supported"
            )
        if not isinstance(size, (tuple, list)) or not isinstance(stride, (tuple, list)) or len(size) != len(stride):
            raise pickle.UnpicklingError(f"a file holds a tensor of sizes {size!r} and strides {stride!r}")
        numbers = (offset, *size, *stride)
        if not all(type(n) is int and 0 <= n < _LIMIT for n in numbers) or math.prod(size) >= _LIMIT:
            raise pickle.UnpicklingError(
                f"a file holds a tensor of sizes {size!r}, strides {stride!r} and offset {offset!r}, expected natural "
                "numbers that fit into memory"
            )
        if requires_grad and not storage.element.dtype.is_floating_point:
            raise pickle.UnpicklingError(f"a file holds a tensor of {storage.element.name} that requires a gradient")
        flat = self._flat_of(storage)
        shape, strides = tuple(size), tuple(stride)
        if offset + span(shape, strides) > flat._size:
            raise pickle.UnpicklingError(
                f"a file holds a tensor of sizes {size}, strides {stride} and offset {offset}, which reaches outside "
                f"of its {flat._size} elements of memory"
            )
        made: Tensor = Tensor._make_subclass(
            Tensor, view_of(flat, shape, strides, offset, math.prod(shape)), requires_grad
        )
        return made

    def _parameter(self, data: Any, requires_grad: Any, hooks: Any, state: Any = None) -> Tensor:
        return self._attributes(self._subclass(Parameter, data, requires_grad), state)

    def _with_attributes(self, make: Any, cls: Any, arguments: Any, state: Any) -> Tensor:
        made_here = getattr(make, "__func__", None) in (Archive._tensor, Archive._parameter)
        if not made_here or (cls is not Tensor and cls is not Parameter):
            raise pickle.UnpicklingError(f"a file holds a tensor of the class {cls!r}, expected Tensor or Parameter")
        return self._attributes(make(*arguments), state)

    def _attributes(self, tensor: Any, state: Any) -> Tensor:
        if state is not None and not isinstance(state, dict):
            raise pickle.UnpicklingError(f"a file holds a tensor's attributes as {state!r}, expected a dict")
        for name, value in (state or {}).items():
            if not isinstance(name, str) or hasattr(Tensor, name):
                raise pickle.UnpicklingError(f"a file holds a tensor with a value for its attribute {name!r}")
            setattr(tensor, name, value)
        found: Tensor = tensor
        return found

    def _subclass(self, cls: Any, data: Any, requires_grad: Any) -> Tensor:
        """Return a tensor of a subclass over the memory of another one."""
        if not (isinstance(cls, type) and issubclass(cls, Tensor)) or type(data) is not Tensor:
            raise pickle.UnpicklingError(f"a file holds a tensor of the class {cls!r} made of {data!r}")
        if type(requires_grad) is not bool or (requires_grad and not data.dtype.is_floating_point):
            raise pickle.UnpicklingError(
                f"a file holds a parameter of {data.dtype} with requires_grad={requires_grad!r}"
            )
        made: Tensor = Tensor._make_subclass(cls, data, requires_grad)
        return made

    def _device(self, kind: Any, index: Any = None) -> backend.device:
        if not isinstance(kind, str) or not (index is None or (type(index) is int and index >= 0)):
            raise pickle.UnpicklingError(f"a file holds a device {kind!r} of the number {index!r}")
        return backend.device(kind, index)
