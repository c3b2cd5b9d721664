"""`DataParallel`, for scripts that use it: the module runs on its one device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mocrograd.nn.module import Module

__all__ = [
    "DataParallel",
]


class DataParallel(Module):
    """Run a module as it is. Its state has the prefix "module.", as in torch; batches are not cut.

    Args:
        module: The module.
        device_ids: At most one device.
        output_device: Accepted.
        dim: Accepted.

    Raises:
        NotImplementedError: There is more than one device.
    """

    def __init__(
        self, module: Module, device_ids: Sequence[Any] | None = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        if device_ids is not None and len(device_ids) > 1:
            raise NotImplementedError(f"DataParallel: one device at most, got {list(device_ids)}")
        self.module = module

    def forward(self, *args: Any, **options: Any) -> Any:
        return self.module(*args, **options)
