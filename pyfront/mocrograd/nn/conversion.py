"""Moving the parameters and buffers of a module to a device or a dtype."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from mocrograd import backend, dtypes, ops
from mocrograd.tensor import Tensor
from mocrograd.types import Device

Self = TypeVar("Self", bound="Convertible")


class Convertible:
    """The part of a module that changes all its tensors; parameters stay the same objects, for optimizers."""

    def modules(self, remove_duplicate: bool = True) -> Iterator[Any]:
        """Iterate over this module and all below it."""
        raise NotImplementedError

    def _convert(self: Self, convert: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        seen: set[int] = set()
        modules: Any = self.modules() if recurse else (self,)
        for module in modules:
            for param in module._parameters.values():
                if param is not None and id(param) not in seen:
                    seen.add(id(param))
                    grad = param.grad
                    param.grad = None
                    param.data = convert(param.data)
                    param.grad = None if grad is None else convert(grad)
            for name, buffer in module._buffers.items():
                if buffer is not None:
                    module.__dict__[name] = convert(buffer)
        return self

    def to(self: Self, *args: Any, **kwargs: Any) -> Self:
        """Move parameters and buffers to a device, a floating dtype, or both; in place.

        Args:
            args: A device, a dtype, both, or a tensor that has both.
            kwargs: `device` and `dtype` by name; `non_blocking` has no effect.

        Returns:
            This module. Integer buffers change their device only.

        Raises:
            TypeError: The dtype is not a floating one, or an argument is of no known kind.
        """
        device, target = kwargs.pop("device", None), kwargs.pop("dtype", None)
        kwargs.pop("non_blocking", None)
        if kwargs:
            raise TypeError(f"Module.to() got an unexpected keyword argument '{next(iter(kwargs))}'")
        for arg in args[:-1] if args and isinstance(args[-1], bool) else args:
            if isinstance(arg, Tensor):
                device, target = arg.device, arg.dtype
            elif isinstance(arg, dtypes.dtype):
                target = arg
            else:
                device = arg
        if target is not None and target.kind < 2:
            raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={target}")

        def convert(tensor: Tensor) -> Tensor:
            if tensor.device is backend.meta and device is not None and backend.device(device) is not backend.meta:
                raise NotImplementedError(
                    "Cannot copy out of meta tensor; no data! Please use mocrograd.nn.Module.to_empty() instead of "
                    "mocrograd.nn.Module.to() when moving module from meta to a different device."
                )
            wanted = target if target is not None and tensor.is_floating_point() else tensor.dtype
            return tensor.to(device=tensor.device if device is None else device, dtype=wanted)

        return self._convert(convert)

    def type(self: Self, dst_type: dtypes.dtype | str) -> Self:
        """Change the dtype of all parameters and buffers, integer ones too; in place."""
        return self._convert(lambda tensor: tensor.type(dst_type))

    def float(self: Self) -> Self:
        """Change the floating parameters and buffers to float32; in place."""
        return self.to(dtypes.float32)

    def double(self: Self) -> Self:
        """Change the floating parameters and buffers to float64; in place."""
        return self.to(dtypes.float64)

    def half(self: Self) -> Self:
        """Raise TypeError: there are no tensors of float16 yet."""
        return self.to(dtypes.float16)

    def bfloat16(self: Self) -> Self:
        """Raise TypeError: there are no tensors of bfloat16 yet."""
        return self.to(dtypes.bfloat16)

    def cpu(self: Self) -> Self:
        """Move parameters and buffers to the CPU; in place."""
        return self.to("cpu")

    def cuda(self: Self, device: int | str | None = None) -> Self:
        """Move parameters and buffers to a GPU, by its number or name, the first by default; in place."""
        return self.to(f"cuda:{device or 0}" if device is None or isinstance(device, int) else device)

    def share_memory(self: Self) -> Self:
        """Move parameters and buffers to memory that processes share, and return the module."""
        return self._convert(lambda tensor: tensor.share_memory_())

    def to_empty(self: Self, *, device: Device, recurse: bool = True) -> Self:
        """Give all parameters and buffers new memory on a device, with arbitrary values; in place.

        Args:
            device: Where to.
            recurse: Whether the modules below are changed too.
        """
        return self._convert(lambda tensor: ops.empty_like(tensor, device=device), recurse)
