"""Arguments and results: nested tuples, lists and dicts with tensors in them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from numpy import ndarray

from mocrograd import backend
from mocrograd.autograd import Function
from mocrograd.compiler.watch import PLAIN, flat
from mocrograd.dtypes import dtype
from mocrograd.layout import Shape
from mocrograd.tensor import Tensor, blank, view_of


def signature(value: Any, tensors: list[Tensor], objects: list[Any]) -> Any:
    """Return what a plan depends on of an argument; collect its tensors and its other objects.

    Tensors count by layout, dtype and device, plain values by value, other objects by identity.
    """
    if isinstance(value, Tensor):
        tensors.append(value)
        strides = () if value._sparse else value._strides
        layout = value._shape, strides, value.dtype, value.device, value.requires_grad
        return layout if not value._marks else (*layout, value._marks)
    kind = type(value)
    if kind is tuple or kind is list:
        return kind, tuple([signature(item, tensors, objects) for item in value])
    if kind is dict:
        return kind, tuple([(key, signature(item, tensors, objects)) for key, item in value.items()])
    if isinstance(value, (float, complex)):
        return kind, repr(value)  # tells 0.0 from -0.0, and nan is nan
    if isinstance(value, PLAIN):
        return kind, value
    objects.append(value)
    return kind, id(value)


def with_tensors(value: Any, tensors: Iterator[Tensor]) -> Any:
    """Return an argument with its tensors replaced, in the order in which `signature` collected them."""
    if isinstance(value, Tensor):
        return next(tensors)
    kind = type(value)
    if kind is tuple or kind is list:
        return kind([with_tensors(item, tensors) for item in value])
    if kind is dict:
        return {key: with_tensors(item, tensors) for key, item in value.items()}
    return value


_END = object()


def contents(value: Any) -> list[Any]:
    """Return nested lists, tuples and dicts with all that they hold, by which a later look tells changes of them."""
    kind = type(value)
    if kind is not tuple and kind is not list and kind is not dict:
        return [value]
    items = flat(value.items()) if kind is dict else value
    return [value, *[one for item in items for one in contents(item)], _END]


def map_tensors(function: Callable[[Tensor], Any], value: Any) -> Any:
    """Return a nested value with `function` applied to its tensors."""
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, (tuple, list)):
        items = [map_tensors(function, item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return type(value)((key, map_tensors(function, item)) for key, item in value.items())
    return value


def parts_of(value: Any) -> Iterator[Any]:
    """Yield nested tuples, lists and dicts, and what they hold."""
    yield value
    if isinstance(value, (tuple, list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from parts_of(item)


def tensors_of(value: Any) -> list[Tensor]:
    """Return the tensors of a nested value."""
    return [part for part in parts_of(value) if isinstance(part, Tensor)]


def is_made_anew(part: Any) -> bool:
    """Return whether each run of a plan can make a list, tuple or dict like one, its attributes included."""
    kind = type(part)
    if kind in (list, dict, tuple) or hasattr(kind, "_fields"):
        return True
    try:
        new = kind(part.items() if isinstance(part, dict) else list(part))
    except Exception:
        return False
    items, members = ([flat(x.items()) if isinstance(x, dict) else x for x in (part, new)], [part, new])
    attributes = [flat(getattr(x, "__dict__", {}).items()) for x in members]
    return all(len(a) == len(b) and all(map(lambda x, y: x is y, a, b)) for a, b in (items, attributes))


def extent(tensor: Tensor) -> int:
    """Return the bytes from a tensor's first element to the end of its last one."""
    if tensor._size == 0:
        return 0
    return (1 + sum((n - 1) * s for n, s in zip(tensor._shape, tensor._strides))) * tensor.dtype.itemsize


def owners(tensors: Sequence[Tensor]) -> list[int]:
    """Return the identities of the owners of tensors' memory; NumPy arrays share that of the array they view."""
    storages = [tensor.storage for tensor in tensors]
    return [id(_root(storage)) if type(storage) is ndarray else id(storage) for storage in storages]


def _root(storage: Any) -> Any:
    while isinstance(storage, (ndarray, memoryview)):
        below = storage.base if isinstance(storage, ndarray) else storage.obj
        if below is None:
            break
        storage = below
    return storage


def in_memory(tensor: Tensor, storage: object, address: int) -> Tensor:
    """Return a tensor with the layout of another one, over other memory."""
    new: Tensor = blank(Tensor)
    layout = tensor._shape, tensor._strides
    backend.set_memory(new, storage, *layout, tensor.dtype, tensor.device, address, tensor._size, tensor._dense)
    return new


def copy_layout(tensor: Tensor) -> Tensor:
    """Return a copy of a tensor, of its strides, in memory of its own."""
    copy = in_memory(tensor, *backend.allocate(extent(tensor), tensor.device))
    backend.copy_bytes(copy.address, tensor.device, tensor.address, tensor.device, extent(tensor))
    return copy


def bytes_of(tensor: Tensor) -> bytes:
    """Return the bytes that a tensor covers."""
    count, address = extent(tensor), tensor.address
    storage: object = None
    if tensor.device.handle:
        storage, address = backend.allocate_host(count)
        backend.copy_bytes(address, backend.cpu, tensor.address, tensor.device, count)
    found = ctypes.string_at(address, count)
    del storage  # whose memory has been read
    return found


class _Released(Function):
    """The node of a result whose graph was differentiated inside the compiled function."""

    number = -1
    _saved = None

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Raise the error of a node whose saved tensors have been freed."""
        return ctx.saved_tensors

    def name(self) -> str:
        """Return the node's name."""
        return "CompiledBackward"


RELEASED = _Released()


def release(tensor: Tensor) -> None:
    """Give a tensor a node of a graph that has been differentiated and released."""
    tensor.grad_fn, tensor._edge, tensor.requires_grad = RELEASED, (RELEASED, 0), True


@dataclass
class Layout:
    """How a tensor lies in its memory, what its elements are, and whether it requires a gradient."""

    shape: Shape
    strides: Shape
    size: int
    dtype: dtype
    device: backend.device
    dense: bool
    requires_grad: bool
    is_leaf: bool

    @classmethod
    def of(cls, tensor: Tensor) -> Layout:
        """Return the layout of a tensor."""
        layout = tensor._shape, tensor._strides, tensor._size, tensor.dtype, tensor.device, tensor._dense
        return cls(*layout, tensor.requires_grad, tensor.is_leaf)

    def put(self, tensor: Tensor, storage: object, address: int) -> None:
        """Give a tensor this layout over memory, and its place in a graph that has been differentiated."""
        backend.set_memory(
            tensor, storage, self.shape, self.strides, self.dtype, self.device, address, self.size, self.dense
        )
        if self.requires_grad:
            if not self.is_leaf:
                release(tensor)
            tensor.requires_grad = True


@dataclass
class Fresh(Layout):
    """A result in an output block, some bytes behind its start.

    Attributes:
        alone: Whether no other result is in that block, and none is this one again.
    """

    output: int
    offset: int
    alone: bool = True

    def build(self, memory: Sequence[tuple[object, int]]) -> Tensor:
        """Return the tensor of a run."""
        new: Tensor = blank(Tensor)
        storage, address = memory[self.output]
        self.put(new, storage, address + self.offset)
        return new


@dataclass
class Given:
    """A result that is an argument, or a view of one, some bytes behind its start."""

    number: int
    offset: int = 0
    layout: Layout | None = None

    def build(self, arguments: Sequence[Tensor]) -> Tensor:
        """Return the tensor of a run."""
        argument = arguments[self.number]
        if self.layout is None:
            return argument
        view = view_of(argument, argument._shape, argument._strides, 0, argument._size)
        self.layout.put(view, argument.storage, argument.address + self.offset)
        return view


class Result:
    """How the result of a recorded run is built for each run of its plan.

    Args:
        placed: What the recorded run returned, with a `Given` for each argument and view of one.
        output_of: Returns the number of the output block that a tensor lies in and the offset there in bytes, or None
            for a tensor that existed before.

    Attributes:
        template: The result, with a `Fresh` for each tensor that a run makes.
    """

    def __init__(self, placed: Any, output_of: Callable[[Tensor], tuple[int, int] | None]) -> None:
        known: dict[int, Fresh] = {}
        blocks: list[int] = []

        def leaf(tensor: Tensor) -> Any:
            output = output_of(tensor)
            if output is None:
                return tensor
            blocks.append(output[0])
            fresh = Fresh(**vars(Layout.of(tensor)), output=output[0], offset=output[1])
            return known.setdefault(id(tensor), fresh)

        self.template = map_tensors(leaf, placed)
        for fresh in known.values():
            fresh.alone = blocks.count(fresh.output) == 1

    def build(self, arguments: Sequence[Tensor], memory: Sequence[tuple[object, int]]) -> Any:
        """Return the result of a run, given its arguments and the memory of its outputs."""
        template = self.template
        if type(template) is Fresh:
            return template.build(memory)
        return _Run(arguments, memory).fill(template)


class _Run:
    """Builds the result of one run."""

    def __init__(self, arguments: Sequence[Tensor], memory: Sequence[tuple[object, int]]) -> None:
        self._arguments, self._memory = arguments, memory
        self._made: dict[int, Tensor] = {}
        self._stamps: dict[int, list[int]] = {}

    def fill(self, template: Any) -> Any:
        """Return a template with its tensors."""
        kind = type(template)
        if kind is Fresh and template.alone:
            return template.build(self._memory)
        if kind is Fresh or kind is Given:
            return self._tensor(template)
        if isinstance(template, (tuple, list)):
            items = [self.fill(item) for item in template]
            return kind(*items) if hasattr(template, "_fields") else kind(items)
        if isinstance(template, dict):
            return kind((key, self.fill(item)) for key, item in template.items())
        return template

    def _tensor(self, origin: Fresh | Given) -> Tensor:
        """Return a tensor: the same one where it is asked for again; those that share memory count its changes."""
        made = self._made.get(id(origin))
        if made is None:
            made = origin.build(self._memory) if isinstance(origin, Fresh) else origin.build(self._arguments)
            self._made[id(origin)] = made
            if isinstance(origin, Fresh):
                made._stamp = self._stamps.setdefault(origin.output, made._shared_stamp())
        return made
