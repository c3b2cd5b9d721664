"""Arguments and results: nested tuples, lists and dicts with tensors in them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from numpy import ndarray

from mocrograd import backend
from mocrograd.autograd import Function
from mocrograd.compiler.watch import PLAIN
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
        return value._shape, strides, value.dtype, value.device, value.requires_grad
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


def write_back(passed: Any, given: Any, copies: Sequence[Tensor], arguments: Sequence[Tensor]) -> bool:
    """Make lists and dicts among arguments what a function made of the copies that it was given.

    Args:
        passed: The copies, made by `with_tensors`.
        given: The arguments themselves.
        copies: The tensors among the copies.
        arguments: The tensors among the arguments, in the same order.

    Returns:
        Whether there was anything to change.
    """
    if isinstance(given, Tensor):
        return all(passed is not copy or given is not argument for copy, argument in zip(copies, arguments))
    if type(given) is not type(passed) or not isinstance(given, (tuple, list, dict)):
        return passed is not given
    keys = list(given) if isinstance(given, dict) else list(range(len(given)))
    if keys != (list(passed) if isinstance(passed, dict) else list(range(len(passed)))):
        new = from_arguments(passed, copies, arguments)
        if isinstance(given, dict):
            given.clear()
            given.update(new)
        elif isinstance(given, list):
            given[:] = new
        return True
    differ = [key for key in keys if write_back(passed[key], given[key], copies, arguments)]
    for key in differ:
        written = type(given[key]) is type(passed[key]) and isinstance(given[key], (tuple, list, dict))
        if not written and not isinstance(given, tuple):
            given[key] = from_arguments(passed[key], copies, arguments)
    return bool(differ)


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


def tensors_of(value: Any) -> list[Tensor]:
    """Return the tensors of a nested value."""
    found: list[Tensor] = []
    map_tensors(found.append, value)
    return found


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
class Fresh:
    """A result in an output block, some bytes behind its start."""

    output: int
    offset: int
    shape: Shape
    strides: Shape
    size: int
    dtype: dtype
    device: backend.device
    dense: bool
    requires_grad: bool

    def build(self, memory: Sequence[tuple[object, int]]) -> Tensor:
        """Return the tensor of a run."""
        new: Tensor = blank(Tensor)
        storage, address = memory[self.output]
        address += self.offset
        backend.set_memory(
            new, storage, self.shape, self.strides, self.dtype, self.device, address, self.size, self.dense
        )
        if self.requires_grad:
            release(new)
        return new


def from_arguments(result: Any, copies: Sequence[Tensor], arguments: Sequence[Tensor]) -> Any:
    """Return a result in which the copies of arguments are replaced by the arguments."""

    def replace(tensor: Tensor) -> Tensor:
        for copy, argument in zip(copies, arguments):
            if tensor is copy:
                return argument
            if tensor.storage is copy.storage:
                offset = (tensor.address - copy.address) // tensor.dtype.itemsize
                return view_of(argument, tensor._shape, tensor._strides, offset, tensor._size)
        return tensor

    return map_tensors(replace, result)


class Result:
    """How the result of a recorded run is built for each run of its plan.

    Args:
        result: What the recorded run returned.
        copies: The copies of the arguments that it was given.
        output_of: Returns the number of the output block that a tensor lies in and the offset there in bytes, or None
            for a tensor that existed before.

    Attributes:
        template: The result, with a `Fresh` for each tensor that a run makes.
    """

    def __init__(
        self, result: Any, copies: Sequence[Tensor], output_of: Callable[[Tensor], tuple[int, int] | None]
    ) -> None:
        self._copies = list(copies)
        storages = {id(copy.storage) for copy in copies}
        self._refers = any(id(tensor.storage) in storages for tensor in tensors_of(result))

        def leaf(tensor: Tensor) -> Any:
            output = None if id(tensor.storage) in storages else output_of(tensor)
            if output is None:
                return tensor
            return Fresh(
                *output, tensor._shape, tensor._strides, tensor._size, tensor.dtype, tensor.device, tensor._dense,
                tensor.requires_grad,
            )  # fmt: skip

        self.template = map_tensors(leaf, result)

    def build(self, arguments: Sequence[Tensor], memory: Sequence[tuple[object, int]]) -> Any:
        """Return the result of a run, given its arguments and the memory of its outputs."""
        template = self.template
        if type(template) is Fresh:
            return template.build(memory)
        result = _fill(template, memory)
        return from_arguments(result, self._copies, arguments) if self._refers else result


def _fill(template: Any, memory: Sequence[tuple[object, int]]) -> Any:
    if type(template) is Fresh:
        return template.build(memory)
    if isinstance(template, (tuple, list)):
        items = [_fill(item, memory) for item in template]
        return type(template)(*items) if hasattr(template, "_fields") else type(template)(items)
    if isinstance(template, dict):
        return type(template)((key, _fill(item, memory)) for key, item in template.items())
    return template
