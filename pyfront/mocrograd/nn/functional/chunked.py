"""The cross-entropy of a linear map, in chunks of the batch: the logits of one chunk at a time are in memory."""

from __future__ import annotations

import dataclasses
from typing import Any

from mocrograd import dtypes, ops
from mocrograd.autograd import Function, enable_grad, grad, mode
from mocrograd.ops.cast import to_dtype
from mocrograd.tensor import Tensor

__all__: list[str] = []

_POLICIES = "auto", "accurate", "balanced", "compact"
_NARROW = dtypes.float16, dtypes.bfloat16


@dataclasses.dataclass(slots=True, frozen=True)
class LinearCrossEntropyOptions:
    """How `linear_cross_entropy` divides its batch into chunks, so that it never stores all logits.

    Gradients are computed along with the loss, for each chunk while its logits are there; with the reduction "none"
    they are computed in backward.

    Attributes:
        allow_retain_graph: Whether backward may run twice, with `retain_graph=True`; "none" always may.
        batch_chunk_size: The number of samples of a chunk.
        chunking_method: What chooses that number instead: "aspect_ratio" makes the logits of a chunk about as large as
            the input, "aspect_ratio:N" divides that by N; "auto" is "aspect_ratio:2", of 16-bit floats "aspect_ratio".
        acc_policy: "auto", "accurate", "balanced" or "compact": the sums of kernels have all digits in either case.
        acc_dtype: The dtype that losses are computed in; float32 for 16-bit floats by default, else the input's.

    Raises:
        ValueError: An option has no such value.

    Example:
        >>> import mocrograd as mg
        >>> vectors, weight, target = mg.randn(8, 4), mg.randn(10, 4), mg.arange(8)
        >>> options = mg.nn.LinearCrossEntropyOptions(batch_chunk_size=2)
        >>> loss = mg.nn.functional.linear_cross_entropy(vectors, weight, target, options=options)
        >>> mg.allclose(loss, mg.nn.functional.cross_entropy(vectors @ weight.T, target), atol=1e-5)
        True
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: dtypes.dtype | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        if self.acc_policy not in _POLICIES:
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}, expected one of {_POLICIES}")
        if self.chunking_method not in (None, "auto"):
            name, separator, factor = str(self.chunking_method).partition(":")
            whole = factor.isdigit() and int(factor) > 0 if separator else True
            if name != "aspect_ratio" or not whole:
                raise ValueError(f"invalid chunking_method: {self.chunking_method!r}, expected 'aspect_ratio[:N]'")
        size = self.batch_chunk_size
        if size is not None and not (isinstance(size, int) and size > 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size!r}")
        if self.acc_dtype is not None and not self.acc_dtype.is_floating_point:
            raise ValueError(f"acc_dtype must be None or a floating dtype, got {self.acc_dtype!r}")

    def chunk_of(self, count: int, features: int, classes: int, dtype: dtypes.dtype) -> int:
        """Return the number of samples of a chunk.

        Args:
            count: The number of samples.
            features: The length of a sample.
            classes: The number of classes.
            dtype: The dtype of the samples.

        Raises:
            ValueError: `chunking_method` and `batch_chunk_size` are both given, and differ.
        """
        method, size = self.chunking_method, self.batch_chunk_size
        if method == "auto":
            method = None if size is not None else "aspect_ratio" if dtype in _NARROW else "aspect_ratio:2"
        if method is None:
            return max(1, count if size is None else min(size, count))
        factor = int(method.partition(":")[2] or 1)
        wanted = -(-count // -(-classes // max(features, 1))) if classes and features else count
        chosen = min((1 << max(wanted - 1, 0).bit_length()) // factor, count)
        if size not in (None, chosen):
            raise ValueError(
                f"batch_chunk_size (={size}) and chunking_method ('{method}') give different chunk sizes ({size} vs "
                f"{chosen}); pass only one."
            )
        return max(1, chosen)

    def computes(self, dtype: dtypes.dtype) -> dtypes.dtype:
        """Return the dtype that losses of samples of a dtype are computed in."""
        wide = dtypes.float32 if self.acc_policy == "auto" and dtype in _NARROW else dtype
        return self.acc_dtype or wide


def _gradient(operand: Tensor, found: Tensor | None) -> Tensor:
    """Return a gradient in the dtype of its operand: zeros where there were no chunks."""
    return operand.new_zeros(operand._shape) if found is None else to_dtype(found, operand.dtype)


class ChunkedLinearCrossEntropy(Function):
    """The losses of x w^T + bias, or their sum divided by a number."""

    gradients: Any
    options: Any
    again: bool

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, w: Tensor, bias: Tensor | None, target: Tensor, weight: Tensor | None, ignored: int,
        total: Tensor | None, chunk: int, dtype: dtypes.dtype, again: bool,
    ) -> Tensor:  # fmt: skip
        """Go over the chunks; `total` divides a sum, and None asks for the losses."""
        ctx.save_for_backward(x, w, bias, target, weight, total)
        ctx.kept = ignored, chunk, dtype
        ctx.again, ctx.gradients = again, None
        losses, ctx.gradients = ctx.chunks((x, w, bias), target, weight, total, None, total is not None)
        if total is None:
            return ops.cat(losses)
        return to_dtype(sum(losses[1:], losses[0]) if losses else x.new_zeros(()), x.dtype)

    def chunks(
        self, operands: Any, target: Tensor, weight: Any, total: Any, grad_out: Any, sums: bool
    ) -> tuple[list[Tensor], list[Any]]:
        """Return the losses of the chunks, and the gradients of the operands where there are some to compute now."""
        ignored, chunk, dtype = self.kept
        wants = [edge is not None for edge in (self.edges or (None,) * 3)[:3]]
        wants = wants if sums or grad_out is not None else [False] * 3
        losses: list[Tensor] = []
        rows: list[Tensor] = []
        totals: list[Any] = [None] * 3
        for start in range(0, operands[0]._shape[0], chunk):
            part = slice(start, start + chunk)
            parts = operands[0][part], *operands[1:]
            with enable_grad():
                leaves: Any = [None if t is None else t.detach().requires_grad_(w) for t, w in zip(parts, wants)]
                logits = to_dtype(ops.linear(*leaves), dtype)
                factors = None if weight is None else to_dtype(weight, dtype)
                reduction = "sum" if sums else "none"
                loss = ops.cross_entropy(logits, target[part], factors, reduction=reduction, ignore_index=ignored)
                loss = loss / total if sums else to_dtype(loss, operands[0].dtype)
            losses.append(loss.detach())
            if any(wants):
                given = None if grad_out is None else grad_out[part]
                found = iter(grad(loss, [t for t, want in zip(leaves, wants) if want], given))
                if wants[0]:
                    rows.append(next(found))
                for d in (1, 2):
                    if wants[d]:
                        g = to_dtype(next(found), dtype)
                        totals[d] = g if totals[d] is None else totals[d].add_(g)
        totals[0] = ops.cat(rows) if rows else None
        return losses, [_gradient(t, g) if want else None for t, g, want in zip(operands, totals, wants)]

    def recorded(self, operands: Any, target: Tensor, weight: Any, total: Any, grad_out: Tensor) -> list[Any]:
        """Return gradients that can be differentiated, which takes all logits at once."""
        parts: Any = [None if t is None else t.view_as(t) for t in operands]
        wants = [t for t, edge in zip(parts, self.edges) if edge is not None]
        reduction = "none" if total is None else "sum"
        loss = ops.cross_entropy(ops.linear(*parts), target, weight, reduction=reduction, ignore_index=self.kept[0])
        loss = loss if total is None else loss / to_dtype(total, loss.dtype)
        found = iter(grad(loss, wants, grad_out, create_graph=True))
        return [None if edge is None else next(found) for edge in self.edges[:3]]

    @staticmethod
    def backward(ctx: Any, grad_out: Tensor) -> tuple[Any, ...]:
        """Scale the gradients that forward has computed, or compute those of single losses now.

        Raises:
            RuntimeError: It runs a second time, which the options have not allowed.
        """
        x, w, bias, target, weight, total = ctx.saved_tensors
        if mode.grad:
            return (*ctx.recorded((x, w, bias), target, weight, total, grad_out), *[None] * 7)
        if total is None:
            _, gradients = ctx.chunks((x, w, bias), target, weight, None, grad_out, False)
            return (*gradients, *[None] * 7)
        if ctx.gradients is None:
            raise RuntimeError(
                "Trying to backward through linear_cross_entropy a second time: its gradients were computed once. "
                "LinearCrossEntropyOptions(allow_retain_graph=True) keeps them."
            )
        gradients = [None if g is None else g * grad_out for g in ctx.gradients]
        ctx.gradients = ctx.gradients if ctx.again else None
        return (*gradients, *[None] * 7)


def chunked(
    x: Tensor, w: Tensor, bias: Tensor | None, target: Tensor, weight: Tensor | None, reduction: str, ignored: int,
    options: LinearCrossEntropyOptions,
) -> Tensor:  # fmt: skip
    """Return the cross-entropy between a linear map of vectors and classes, chunk by chunk.

    Args:
        x: (N, features).
        w: (C, features).
        bias: (C,), or None.
        target: (N,), class indices.
        weight: A factor for each class, or None.
        reduction: "mean", "sum" or "none".
        ignored: The target value that does not count.
        options: How large chunks are.
    """
    chunk = options.chunk_of(x._shape[0], x._shape[1], w._shape[0], x.dtype)
    dtype = options.computes(x.dtype)
    total: Tensor | None = None
    if reduction == "sum":
        total = ops.ones((), dtype=dtype, device=x.device)
    elif reduction == "mean":
        counted = target != ignored
        shares = to_dtype(counted, dtype)
        if weight is not None:
            shares = shares * to_dtype(weight.detach(), dtype)[ops.where(counted, target, 0)]
        total = shares.sum()
    out: Tensor = ChunkedLinearCrossEntropy.apply(
        x, w, bias, target, weight, ignored, total, chunk, dtype, options.allow_retain_graph
    )
    return out
