"""Moving the parameters and buffers of a module to a device or a dtype."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from mocrograd import backend, dtypes, ops
from mocrograd.layout import check_format
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Format

Self = TypeVar("Self", bound="Convertible")


def parse_to(
    *args: Any, device: Any = None, dtype: Any = None, non_blocking: bool = False, memory_format: Format = None
) -> tuple[backend.device | None, dtypes.dtype | None, bool, Format]:
    """Return what the arguments of a module's or tensor's `to` mean.

    Args:
        args: A device, a dtype, both, or a tensor that has both; then `non_blocking`.
        device: The device.
        dtype: The dtype.
        non_blocking: It is only passed on.
        memory_format: The order of elements in memory.

    Returns:
        The device and the dtype, None where nothing is said of them, `non_blocking` and `memory_format`.

    Raises:
        RuntimeError: A device has no such name.
        TypeError: An argument is of no known kind.
    """
    check_format("to", memory_format)
    for arg in args:
        if isinstance(arg, bool):
            non_blocking = arg
        elif isinstance(arg, Tensor):
            device, dtype = arg.device, arg.dtype
        elif isinstance(arg, dtypes.dtype):
            dtype = arg
        elif arg is not None:
            device = arg
    return None if device is None else backend.device(device), dtype, non_blocking, memory_format


class Convertible:
    """The part of a module that changes all its tensors; parameters stay the same objects, for optimizers."""

    _parameters: Any
    _buffers: Any

    def children(self) -> Iterator[Any]:
        """Iterate over the direct submodules."""
        raise NotImplementedError

    def _apply(self: Self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Change all parameters and buffers by a function; a module with tensors besides overrides this."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for param in self._parameters.values():
            if param is not None:
                grad = param.grad
                param.grad = None
                param.data = fn(param.data)
                param.grad = None if grad is None else fn(grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self.__dict__[name] = fn(buffer)
        return self

    def _floating(self: Self, dtype: dtypes.dtype) -> Self:
        return self._apply(lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor)

    def to(self: Self, *args: Any, **kwargs: Any) -> Self:
        """Move parameters and buffers to a device, a floating or complex dtype, or both; in place.

        Args:
            args: A device, a dtype, both, or a tensor that has both.
            kwargs: `device`, `dtype` and `memory_format`, the order of elements in tensors of 4 or 5 dimensions, by
                name; `non_blocking` has no effect.

        Returns:
            This module. Integer buffers change their device only.

        Raises:
            TypeError: The dtype is neither floating nor complex, or an argument is of no known kind.
        """
        unknown = next((name for name in kwargs if name not in inspect.signature(parse_to).parameters), None)
        if unknown is not None:
            raise TypeError(f"Module.to() got an unexpected keyword argument {unknown!r}")
        device, target, _, wanted_format = parse_to(*args, **kwargs)
        if target is not None and target.kind < 2:
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={target}"
            )

        def convert(tensor: Tensor) -> Tensor:
            if tensor.device is backend.meta and device is not None and device is not backend.meta:
                raise NotImplementedError(
                    "Cannot copy out of meta tensor; no data! Please use mocrograd.nn.Module.to_empty() instead of "
                    "mocrograd.nn.Module.to() when moving module from meta to a different device."
                )
            wanted = target if target is not None and tensor.dtype.kind >= 2 else tensor.dtype
            fitting = wanted_format if tensor.ndim in (4, 5) else None
            return tensor.to(device=tensor.device if device is None else device, dtype=wanted, memory_format=fitting)

        return self._apply(convert)

    def type(self: Self, dst_type: dtypes.dtype | str) -> Self:
        """Change the dtype of all parameters and buffers, integer ones too; in place."""
        return self._apply(lambda tensor: tensor.type(dst_type))

    def float(self: Self) -> Self:
        """Change the floating parameters and buffers to float32; in place."""
        return self._floating(dtypes.float32)

    def double(self: Self) -> Self:
        """Change the floating parameters and buffers to float64; in place."""
        return self._floating(dtypes.float64)

    def half(self: Self) -> Self:
        """Change the floating parameters and buffers to float16; in place."""
        return self._floating(dtypes.float16)

    def bfloat16(self: Self) -> Self:
        """Change the floating parameters and buffers to bfloat16; in place."""
        return self._floating(dtypes.bfloat16)

    def cpu(self: Self) -> Self:
        """Move parameters and buffers to the CPU; in place."""
        return self._apply(lambda tensor: tensor.cpu())

    def cuda(self: Self, device: int | str | None = None) -> Self:
        """Move parameters and buffers to a GPU, by its number or name, the first by default; in place."""
        target = f"cuda:{device or 0}" if device is None or isinstance(device, int) else device
        return self._apply(lambda tensor: tensor.to(target))

    def share_memory(self: Self) -> Self:
        """Move parameters and buffers to memory that processes share, and return the module."""
        return self._apply(lambda tensor: tensor.share_memory_())

    def to_empty(self: Self, *, device: Device, recurse: bool = True) -> Self:
        """Give all parameters and buffers new memory on a device, with arbitrary values; in place.

        Args:
            device: Where to.
            recurse: Whether the modules below are changed too.
        """
        return self._apply(lambda tensor: ops.empty_like(tensor, device=device), recurse)
