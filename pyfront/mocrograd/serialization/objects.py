"""The objects in PyTorch's files: tensors, whose memory is elsewhere in the file, and what belongs to them."""

from __future__ import annotations

import math
import pickle
from importlib import import_module
from typing import IO, Any, NamedTuple

import numpy as np

from mocrograd import backend, dtypes, layout
from mocrograd.autograd import no_grad
from mocrograd.layout import Size
from mocrograd.nn.parameter import Parameter
from mocrograd.ops._marked import CONJUGATED, MARKS, with_marks
from mocrograd.ops._memory import span
from mocrograd.serialization.names import EIGHT_BITS, ELEMENTS, STORAGES, Element
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
    ("torch._utils", "_rebuild_tensor_v3"): "_tensor_of_bytes",
    ("torch.storage", "UntypedStorage"): ELEMENTS["uint8"],
    ("torch._utils", "_rebuild_parameter"): "_parameter",
    ("torch._utils", "_rebuild_parameter_with_state"): "_parameter",
    ("torch._tensor", "_rebuild_from_type_v2"): "_with_attributes",
    ("mocrograd.serialization", "subclass"): "_subclass",
    ("torch._utils", "_rebuild_sparse_tensor"): "_sparse",
    ("torch.serialization", "_get_layout"): "_layout",
}
"""What names stand for: a class, or a method of Objects that makes an object."""
_LIMIT = 1 << 48
"""Sizes and strides from which on nothing fits into memory."""


def _is_mark(name: Any, is_set: Any) -> bool:
    """Return whether a name and a value say that a tensor is a conjugate or negative view, or that it is none."""
    return name in MARKS and type(is_set) is bool


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


class Fresh:
    """Memory for elements that are yet to be read.

    Attributes:
        tensor: A tensor of one dimension with the memory.
        raw: Where to read: this memory, or other memory where elements of the file are not ours.
    """

    def __init__(self, element: Element, length: int) -> None:
        self._element = element
        self.tensor = fresh((length,), length, element.dtype, backend.cpu)
        self._target = self.tensor._raw_numpy()
        self.raw = self._target if element.name == element.dtype.name else np.empty(length, element.file)

    def read(self, file: IO[bytes], swapped: bool) -> Tensor:
        """Read the elements and return them; see `fill` and `converted`."""
        fill(file, self.bytes())
        return self.converted(swapped)

    def bytes(self) -> memoryview:
        """Return the memory to read into."""
        return self.raw.view(np.uint8).data

    def converted(self, swapped: bool) -> Tensor:
        """Return the elements when all have been read.

        Args:
            swapped: Whether the order of bytes is the other one.
        """
        raw, target = self.raw, self._target
        if swapped:
            raw.byteswap(inplace=True)
        if self._element.name == "bool":
            np.not_equal(raw.view(np.uint8), 0, out=target)  # kernels rely on 0 and 1
        elif self._element.name in EIGHT_BITS:
            target[...] = EIGHT_BITS[self._element.name][raw]
        elif self._element.name == "uint64" and raw.size and raw.max() > dtypes.int64.limits[1]:
            raise RuntimeError(f"an element of uint64 does not fit into int64: {raw.max()}")
        elif raw is not target:
            target[...] = raw
        return self.tensor


def fill(file: Any, target: memoryview) -> None:
    """Read bytes until a piece of memory is full.

    Raises:
        pickle.UnpicklingError: The file ends before.
    """
    done = 0
    while done < len(target):
        count = file.readinto(target[done:])
        if not count:
            raise pickle.UnpicklingError(f"a file ends {len(target) - done} bytes too early")
        done += count


class Objects(Source):
    """What torch's names stand for.

    Args:
        move: Moves tensors to their device.
        weights_only: Whether to refuse everything but tensors and plain containers.

    Attributes:
        elements: The types of the elements of the tensors that have been made.
    """

    reads_later = False

    def __init__(self, move: Placement, weights_only: bool) -> None:
        super().__init__(weights_only)
        self._move = move
        self._flat: dict[tuple[str, str], Tensor] = {}
        self._referred: set[str] = set()
        self.elements: set[Element] = set()

    def find(self, module: str, name: str) -> Any:
        """Return what one of torch's names stands for."""
        if module == "torch" and name in STORAGES:
            return ELEMENTS[STORAGES[name]]
        if module == "torch" and name in dtypes.NAMED:
            return dtypes.NAMED[name]
        found = _MADE.get((module, name))
        return getattr(self, found) if isinstance(found, str) else found

    def stored(self, identity: Any) -> Storage:
        """Return the memory that a pickle refers to.

        Raises:
            pickle.UnpicklingError: It is described in another way.
        """
        match identity:
            case ("storage", Element() as element, str(key), str(location), int(count)) if count >= 0:
                self._referred.add(key)
                return Storage(element, key, location, count)
        raise pickle.UnpicklingError(f"a file refers to a storage as {identity!r}, expected type, number, device, size")

    def _flat_of(self, storage: Storage) -> Tensor:
        """Return a piece of memory as a tensor of one dimension, which is read at the first time."""
        known = (storage.key, storage.element.name)
        if known not in self._flat:
            self.elements.add(storage.element)
            self._flat[known] = self._move(self._read(storage), storage.location)
        return self._flat[known]

    def _read(self, storage: Storage) -> Tensor:
        """Return a piece of memory as a tensor of one dimension, which is on the CPU."""
        raise NotImplementedError

    def _check_used(self) -> None:
        """Raise unless every storage that the pickle refers to belongs to a tensor."""
        if self._referred - {key for key, _ in self._flat}:
            raise pickle.UnpicklingError("a file holds memory that is no tensor's: save tensors, not their storage")

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
            or not (metadata is None or (type(metadata) is dict and all(_is_mark(*one) for one in metadata.items())))
            or type(requires_grad) is not bool
        ):
            raise pickle.UnpicklingError(
                f"a file holds a tensor of storage {storage!r}, requires_grad={requires_grad!r} and marks "
                f"{metadata!r}, expected those of a conjugate or negative view at most"
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
        view = view_of(flat, shape, strides, offset, math.prod(shape))
        if metadata:
            marks = sum([MARKS[name] for name, is_set in metadata.items() if is_set])
            if view.dtype.kind < 2 or (marks & CONJUGATED and not view.dtype.is_complex):
                raise pickle.UnpicklingError(f"a file holds a tensor of {view.dtype.name} with marks {metadata!r}")
            with no_grad():
                view = with_marks(view, marks)
        made: Tensor = Tensor._make_subclass(Tensor, view, requires_grad)
        return made

    def _tensor_of_bytes(
        self, storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any, hooks: Any, dtype: Any,
        metadata: Any = None,
    ) -> Tensor:  # fmt: skip
        """Return a tensor in memory whose elements are of a dtype that torch has no class of storages for.

        Raises:
            pickle.UnpicklingError: There are no such elements here.
        """
        element = ELEMENTS.get(getattr(dtype, "name", ""))
        if element is None or not isinstance(storage, Storage):
            raise pickle.UnpicklingError(f"a file holds a tensor of {dtype!r}, expected {', '.join(ELEMENTS)}")
        typed = storage._replace(element=element, length=storage.length // element.file.itemsize)
        return self._tensor(typed, offset, size, stride, requires_grad, hooks, metadata)

    def _layout(self, name: Any) -> Any:
        """Return a layout by torch's name.

        Raises:
            pickle.UnpicklingError: There is none of that name.
        """
        found = getattr(layout, str(name).removeprefix("torch."), None)
        if not isinstance(found, layout.layout):
            raise pickle.UnpicklingError(f"a file holds the layout {name!r}, expected one of torch's")
        return found

    def _sparse(self, kind: Any, parts: Any) -> Any:
        """Return a sparse tensor, whose indices are checked as anybody's.

        Raises:
            pickle.UnpicklingError: Its parts do not fit, or are read only later.
        """
        if self.reads_later:
            raise pickle.UnpicklingError("a file in the format from before torch 1.6 holds a sparse tensor")
        try:
            return import_module("mocrograd.sparse.forms").of_parts(kind, *parts)
        except (RuntimeError, TypeError, ValueError) as error:
            raise pickle.UnpicklingError(f"a file holds a sparse tensor of parts that do not fit: {error}") from None

    def _parameter(self, data: Any, requires_grad: Any, hooks: Any, state: Any = None) -> Tensor:
        return self._subclass(Parameter, data, requires_grad, state)

    def _with_attributes(self, make: Any, cls: Any, arguments: Any, state: Any) -> Tensor:
        made_here = getattr(make, "__func__", None) in (Objects._tensor, Objects._parameter)
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

    def _subclass(self, cls: Any, data: Any, requires_grad: Any, state: Any = None) -> Tensor:
        """Return a tensor of a subclass over the memory of another one."""
        if not (isinstance(cls, type) and issubclass(cls, Tensor)) or type(data) is not Tensor:
            raise pickle.UnpicklingError(f"a file holds a tensor of the class {cls!r} made of {data!r}")
        if type(requires_grad) is not bool or (requires_grad and not data.dtype.is_floating_point):
            raise pickle.UnpicklingError(
                f"a file holds a parameter of {data.dtype} with requires_grad={requires_grad!r}"
            )
        return self._attributes(Tensor._make_subclass(cls, data, requires_grad), state)

    def _device(self, kind: Any, index: Any = None) -> backend.device:
        if not isinstance(kind, str) or not (index is None or (type(index) is int and index >= 0)):
            raise pickle.UnpicklingError(f"a file holds a device {kind!r} of the number {index!r}")
        return backend.device(kind, index)
