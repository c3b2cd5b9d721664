"""Results whose shape or dtype was replaced (`.data`) behind the back of the graph that made them."""

from __future__ import annotations

from typing import Any

from mocrograd.autograd.function import Function, attach


class Reshaped(Function):
    """A result that has another shape or dtype by now; it keeps those that the node in front of it knows."""

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        """Return the gradient as the node in front takes it.

        Raises:
            RuntimeError: It does not expand to the gradient's shape.
        """
        shape, dtype = ctx.kept
        own = grad._shape
        lead = len(own) - len(shape)
        if lead < 0 or any(n not in (1, size) for n, size in zip(shape, own[lead:])):
            raise RuntimeError(
                f"the gradient of a result whose data was replaced is invalid - got {list(own)} but expected shape "
                f"compatible with {list(shape)}"
            )
        return grad.sum_to_size(shape).to(dtype)


def tell_of_shape(result: Any, shape: tuple[int, ...], dtype: Any) -> None:
    """Put a node behind that of a result, which had a shape and a dtype when it was made."""
    node = Reshaped()
    node.edges = (result._edge,)
    node.kept = shape, dtype
    attach(node, result)
