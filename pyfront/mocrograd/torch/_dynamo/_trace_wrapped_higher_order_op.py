"""`torch._dynamo._trace_wrapped_higher_order_op`: tensors as indices inside functions that `vmap` maps."""

from __future__ import annotations

from types import TracebackType


class TransformGetItemToIndex:
    """A context in which a tensor without dimensions may be an index under `vmap`, as it may be anywhere here."""

    def __enter__(self) -> TransformGetItemToIndex:
        """Change nothing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Change nothing back."""
