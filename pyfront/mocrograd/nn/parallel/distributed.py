"""`DistributedDataParallel` in a world of one process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mocrograd.nn.module import Module

__all__ = [
    "DistributedDataParallel",
]


class DistributedDataParallel(Module):
    """Run a module whose gradients are those of all processes: of this one, which is alone.

    Its state has the prefix "module.", as in torch. A hook that `register_comm_hook` was given is not called.

    Args:
        module: A module with a parameter that requires a gradient.
        device_ids: At most one device.
        output_device: Accepted.
        dim: Accepted.
        broadcast_buffers: Accepted.
        init_sync: Accepted.
        process_group: Must be None: there are no groups.
        bucket_cap_mb: Accepted.
        find_unused_parameters: Accepted.
        check_reduction: Accepted.
        gradient_as_bucket_view: Accepted.
        static_graph: Accepted.
        options: Further ones of torch, which are accepted.

    Raises:
        RuntimeError: No parameter requires a gradient.
        ValueError: There is more than one device.
    """

    def __init__(
        self, module: Module, device_ids: Sequence[Any] | None = None, output_device: Any = None, dim: int = 0,
        broadcast_buffers: bool = True, init_sync: bool = True, process_group: None = None,
        bucket_cap_mb: float | None = None, find_unused_parameters: bool = False, check_reduction: bool = False,
        gradient_as_bucket_view: bool = False, static_graph: bool = False, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        if not any(p.requires_grad for p in module.parameters()):
            raise RuntimeError(
                "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a "
                "gradient."
            )
        if device_ids is not None and len(device_ids) > 1:
            raise ValueError(f"device_ids can only be None or contain a single element, got {list(device_ids)}")
        if process_group is not None:
            raise ValueError(f"DistributedDataParallel: there are no groups of processes, got {process_group!r}")
        self.module = module
        self.device_ids, self.output_device, self.dim = device_ids, output_device, dim
        self.broadcast_buffers, self.find_unused_parameters = broadcast_buffers, find_unused_parameters
        self.static_graph, self.gradient_as_bucket_view = static_graph, gradient_as_bucket_view
        self.require_backward_grad_sync = True

    def forward(self, *args: Any, **options: Any) -> Any:
        return self.module(*args, **options)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Add up gradients inside a `with` without the other processes, of which there are none."""
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    @contextmanager
    def join(self, *args: Any, **options: Any) -> Iterator[None]:
        """Do nothing in a `with`: no other process has more batches."""
        yield

    def register_comm_hook(self, state: object, hook: Any) -> None:
        """Do nothing: nothing is sent to other processes."""
