"""Scaled dot-product attention: one kernel forward and one backward, which never store the matrix of scores."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function, enable_grad, grad, mode
from mocrograd.backend import WORDS, call
from mocrograd.errors import NoKernel
from mocrograd.layout import Shape, broadcast_shapes, contiguous_strides
from mocrograd.ops._marked import elements
from mocrograd.ops._narrow import computed, computed_wide
from mocrograd.ops._streams import Draw
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.compare import masked_fill, where
from mocrograd.ops.creation import arange
from mocrograd.ops.matmul import matmul
from mocrograd.ops.random import kept
from mocrograd.ops.softmax import softmax
from mocrograd.tensor import Tensor, fresh, view_of

__all__: list[str] = []

_WIDEST = 256  # columns, for kernels of 16 bits; mojo_kernels/attention/operands.mojo knows both
_MOST_COPIED = 128  # columns of 16 bits, for gradients
_FORWARD_SEED = WORDS["attention.forward.float32"].at("seed")
_BACKWARD_SEED = WORDS["attention.backward.float32"].at("seed")


def _strides(x: Tensor) -> Shape:
    return x._strides[:-1]


def _even(x: Tensor) -> Tensor:
    """Return a tensor whose last dimension is contiguous, with elements that memory holds."""
    x = elements(x)
    return x if x._strides[-1] == 1 or x._shape[-1] <= 1 else x.detach().contiguous()


def _mask_words(mask: Tensor | None) -> Shape:
    """Return the strides of a mask of four dimensions, 0 where it broadcasts."""
    if mask is None:
        return (0, 0, 0, 0)
    return tuple([0 if size == 1 else stride for size, stride in zip(mask._shape, mask._strides)])


def _sizes(q: Tensor, k: Tensor, v: Tensor, scale: float, causal: bool) -> tuple[Any, ...]:
    batch, heads, rows, width = q._shape
    return (batch, heads, k._shape[1], rows, k._shape[2], width, v._shape[3], scale, int(causal))


class WeightDropout:
    """Dropout of the weights of one attention, whose factors kernels compute again wherever they need them."""

    def __init__(self, p: float, count: int) -> None:
        """Note the probability and the number of weights.

        Raises:
            RuntimeError: The probability is not in [0, 1].
        """
        if not 0.0 <= p <= 1.0:
            raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = float(p)
        self.factor = 1 / (1 - p) if p < 1 else 0.0
        self._numbers = Draw(count)

    def words(self, seed: int) -> tuple[float, ...]:
        """Return the words of the next kernel call, given the index of the seed's word."""
        return (self.p, self.factor, *self._numbers.words(seed))

    def factors(self, weights: Tensor) -> Tensor:
        """Return the factors of all weights as a tensor."""
        return kept(weights._shape, self.p, self.factor, weights.dtype, weights.device, self._numbers)


def weight_dropout(p: float, q: Tensor, k: Tensor) -> WeightDropout | None:
    """Return a dropout of the weights of queries and keys of four dimensions, None for a probability of 0."""
    return WeightDropout(p, math.prod(q._shape[:3]) * k._shape[2]) if p else None


def _drop_words(drop: WeightDropout | None, seed: int) -> tuple[float, ...]:
    return (0.0, 1.0, 0, 0) if drop is None else drop.words(seed)


def _forward(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, causal: bool, scale: float, drop: WeightDropout | None
) -> tuple[Tensor, Tensor]:
    """Return the result, which lies as (batch, rows, heads, columns), and the logarithm of each row's sum of powers.

    Raises:
        NoKernel: There is none of the dtype, or the one of 16 bits does not take these sizes.
    """
    batch, heads, rows, width = q._shape
    columns, dtype, device = v._shape[3], q.dtype, q.device
    kernel = device.table[f"attention.forward.{dtype.name}"]
    if dtype.wide is not None:
        if not (0 < width <= _WIDEST and columns <= _WIDEST and k._shape[2]):
            raise NoKernel(f"attention: queries of {width} numbers, values of {columns}, {k._shape[2]} keys")
        mask = None if mask is None else to_dtype(mask.detach(), dtype.wide)
    lies = (batch, rows, heads, columns)
    size = math.prod(lies)
    out = fresh(lies, size, dtype, device)
    lse = fresh((batch, heads, rows), batch * heads * rows, dtype.wide or dtype, device)
    one, two, three, _ = contiguous_strides(lies)
    y = view_of(out, (batch, heads, rows, columns), (one, three, two, 1), 0, size)
    if lse._size:
        call(
            kernel, 4 * lse._size * k._shape[2] * width,
            out.address, lse.address, q.address, k.address, v.address, 0 if mask is None else mask.address,
            _sizes(q, k, v, scale, causal), _strides(q), _strides(k), _strides(v), _strides(y), _mask_words(mask),
            _drop_words(drop, _FORWARD_SEED), device.context,
        )  # fmt: skip
    return y, lse


def _backward(
    grads: tuple[Tensor, Tensor, Tensor], q: Tensor, k: Tensor, v: Tensor, y: Tensor, dy: Tensor, lse: Tensor,
    mask: Tensor | None, causal: bool, scale: float, drop: WeightDropout | None,
) -> None:  # fmt: skip
    """Write the gradients of q, k and v; a mask has the dtype of the logarithms."""
    sums = fresh(lse._shape, lse._size, lse.dtype, lse.device)
    wide = sums if q.dtype.wide is None else fresh(q._shape, q._size, lse.dtype, lse.device)
    if k._shape[0] * k._shape[1]:
        operands = (*grads, sums, wide, q, k, v, y, dy, lse)
        call(
            q.device.table[f"attention.backward.{q.dtype.name}"], 10 * lse._size * k._shape[2] * q._shape[3],
            *[t.address for t in operands], 0 if mask is None else mask.address, _sizes(q, k, v, scale, causal),
            *[_strides(t) for t in (q, k, v, y, dy, *grads)], _mask_words(mask), _drop_words(drop, _BACKWARD_SEED),
            q.device.context,
        )  # fmt: skip


def _readable(x: Tensor, columns: int) -> bool:
    """Tell whether gradients of an attention are computed from these operands and not from wide copies."""
    if x.dtype.wide is None:
        return True
    return columns <= _MOST_COPIED and f"attention.backward.{x.dtype.name}" in x.device.table


def _empty(x: Tensor) -> Tensor:
    return fresh(x._shape, x._size, x.dtype, x.device)


class Attention(Function):
    """dropout(softmax(scale q k^T + mask)) v for q (batch, heads, rows, *), k and v (batch, groups, keys, *)."""

    options: tuple[bool, float, WeightDropout | None]
    kept: tuple[Tensor, ...]

    @staticmethod
    def forward(
        ctx: Any, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, causal: bool, scale: float,
        drop: WeightDropout | None = None,
    ) -> Tensor:  # fmt: skip
        """Run over tiles of keys with an online softmax."""
        dense = (_even(q), _even(k), _even(v))
        ctx.options = (causal, scale, drop)
        y, lse = _forward(*dense, mask, *ctx.options)
        ctx.save_for_backward(q, k, v, mask, y)
        ctx.kept = (*dense, lse)
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        """Compute the weights again, tile by tile."""
        q, k, v, mask, y = ctx.saved_tensors
        if mode.grad:
            wanted = [t for t, want in zip((q, k, v, mask), ctx.wanted) if want]
            out = composed(q, k, v, mask, *ctx.options)
            found = iter(grad(out, wanted, dy, create_graph=True))
            return tuple([next(found) if want else None for want in ctx.wanted])
        narrow = ctx.kept[0].dtype
        operands = (*ctx.kept[:3], y, _even(dy))
        if not _readable(q, max(q._shape[3], v._shape[3])):
            operands = tuple([computed(t) for t in operands])
        q, k, v, y, dy = operands
        grads = (_empty(q), _empty(k), _empty(v))
        added = None if mask is None else computed(mask)
        _backward(grads, q, k, v, y, dy, ctx.kept[3], added, *ctx.options)
        dmask = None
        if added is not None and ctx.wanted[3]:  # a matrix like the scores, so they may be held
            with enable_grad():
                leaf = added.detach().requires_grad_()
                out = composed(computed(q), computed(k), computed(v), leaf, *ctx.options)
            (dmask,) = grad(out, leaf, computed(dy))
            dmask = to_dtype(dmask, narrow)
        return (*[to_dtype(g, narrow) for g in grads], dmask, None, None, None)


class SelfAttention(Function):
    """Attention of queries, keys and values that lie side by side, (batch, rows, 3 heads columns) or by rows first."""

    heads: int
    batch_first: bool
    options: tuple[bool, float, WeightDropout | None]
    kept: tuple[Tensor, ...]

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, heads: int, batch_first: bool, mask: Tensor | None, causal: bool, scale: float, p: float
    ) -> Tensor:
        """Run over tiles of keys; the result is (batch, rows, heads columns), or has the rows first."""
        ctx.heads, ctx.batch_first = heads, batch_first
        dense = x.detach().contiguous()
        parts = _parts(dense, heads, batch_first)
        ctx.options = (causal, scale, weight_dropout(p, parts[0], parts[1]))
        y, lse = _forward(*parts, mask, *ctx.options)
        batch, _, rows, columns = y._shape
        width = heads * columns
        shape = (batch, rows, width) if batch_first else (rows, batch, width)
        strides = (rows * width, width, 1) if batch_first else (width, rows * width, 1)
        out = view_of(y, shape, strides, 0, y._size)
        ctx.save_for_backward(x, mask, out)
        ctx.kept = (dense, lse)
        return out

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        """Write the three gradients next to each other."""
        x, mask, y = ctx.saved_tensors
        heads, first = ctx.heads, ctx.batch_first
        if mode.grad:
            q, k, v = (p.reshape(*p._shape[:2], heads, -1) for p in x.chunk(3, -1))
            order = (0, 2, 1, 3) if first else (1, 2, 0, 3)
            out = composed(q.permute(order), k.permute(order), v.permute(order), mask, *ctx.options)
            out = out.permute((0, 2, 1, 3) if first else (2, 0, 1, 3)).flatten(-2)
            return (*grad(out, (x,), dy, create_graph=True), *[None] * 6)
        kept, lse = ctx.kept
        dense, dy = kept, _even(dy)
        if not _readable(kept, kept._shape[2] // 3 // heads):
            dense, y, dy = computed(kept), computed(y), computed(dy)
        dx = _empty(dense)
        parts, grads = _parts(dense, heads, first), _parts(dx, heads, first)
        y, dy = _spread(y, heads, first), _spread(dy, heads, first)
        _backward(grads, *parts, y, dy, lse, None if mask is None else computed(mask), *ctx.options)
        return (to_dtype(dx, kept.dtype), *[None] * 6)


def _spread(x: Tensor, heads: int, batch_first: bool) -> Tensor:
    """Return a result of `SelfAttention` as (batch, heads, rows, columns)."""
    (batch, rows, width), (one, two, _) = x._shape, x._strides
    if not batch_first:
        batch, rows, one, two = rows, batch, two, one
    columns = width // heads
    return view_of(x, (batch, heads, rows, columns), (one, columns, two, 1), 0, x._size)


def _parts(x: Tensor, heads: int, batch_first: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Return queries, keys and values, (batch, heads, rows, columns), over the memory of a tensor that holds all."""
    outer, inner, width = x._shape
    columns = width // 3 // heads
    if batch_first:
        shape, strides = (outer, heads, inner, columns), (inner * width, columns, width, 1)
    else:
        shape, strides = (inner, heads, outer, columns), (width, columns, inner * width, 1)
    q, k, v = (view_of(x, shape, strides, part * width // 3, x._size // 3) for part in range(3))
    return q, k, v


@computed_wide
def composed(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, causal: bool, scale: float, drop: WeightDropout | None
) -> Tensor:
    """Compute attention in operations, with the matrix of scores, which can be differentiated any number of times.

    Args:
        q: (batch, heads, rows, width).
        k: (batch, groups, keys, width).
        v: (batch, groups, keys, columns).
        mask: What is added to scores, or None.
        causal: Whether a row looks at no key behind its own position.
        scale: What scores are multiplied with.
        drop: Dropout of the weights, or None.

    Returns:
        (batch, heads, rows, columns).
    """
    share = q._shape[1] // k._shape[1] if k._shape[1] else 1
    if share > 1:
        k, v = (t.unsqueeze(2).expand(-1, -1, share, -1, -1).flatten(1, 2) for t in (k, v))
    scores = matmul(q, k.mT) * scale
    if mask is not None:
        scores = scores + mask
    if causal:
        positions = arange(max(scores._shape[-2:]), device=q.device)
        hidden = positions[: k._shape[2]] > positions[: q._shape[2]].unsqueeze(1)
        scores = masked_fill(scores, hidden, -math.inf)
    if not k._shape[2]:
        return matmul(scores, v)
    if mask is not None:  # a row that looks at no key gives 0
        hidden = (scores == -math.inf).all(-1, keepdim=True)
        weights = masked_fill(softmax(masked_fill(scores, hidden, 0.0), -1), hidden, 0.0)
    else:
        weights = softmax(scores, -1)
    return matmul(weights if drop is None else weights * drop.factors(weights), v)


def _broadcast(name: str, x: Tensor, batch: Shape) -> Tensor:
    """Return a tensor with the given leading dimensions taken as one, or two where there are several."""
    x = x if x._shape[:-2] == batch else x.expand(*batch, *x._shape[-2:])
    if len(batch) == 2:
        return x
    heads = batch[-1] if batch else 1
    return x.reshape(math.prod(batch[:-1]), heads, *x._shape[-2:])


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Return softmax(query key^T * scale + mask) value; the matrix of scores is never stored.

    Args:
        query: (..., heads, rows, width).
        key: (..., heads, keys, width).
        value: (..., heads, keys, columns).
        attn_mask: Broadcasts to (..., heads, rows, keys): where a key counts, of bool, or what is added to scores. A
            row that looks at no key gives 0.
        dropout_p: Probability that a weight is zeroed; the others are scaled by 1 / (1 - dropout_p).
        is_causal: Whether a row looks at no key behind its own position.
        scale: What scores are multiplied with, 1 / sqrt(width) by default.
        enable_gqa: Whether several heads of the query may share one of keys and values.

    Returns:
        (..., heads, rows, columns).

    Raises:
        RuntimeError: Shapes, dtypes or devices do not fit.

    Example:
        >>> import mocrograd as mg
        >>> query, key, value = mg.ones(1, 2, 4), mg.ones(1, 3, 4), mg.arange(12.0).reshape(1, 3, 4)
        >>> mg.nn.functional.scaled_dot_product_attention(query, key, value)
        tensor([[[4., 5., 6., 7.],
                 [4., 5., 6., 7.]]])
    """
    q, k, v = query, key, value
    _check_inputs(q, k, v, attn_mask)
    batch = q._shape[:-2]
    alike = batch == k._shape[:-2] == v._shape[:-2]
    heads = [] if alike else [t._shape[-3] if len(t._shape) > 2 else 1 for t in (q, k, v)]
    grouped = not alike and enable_gqa and len(q._shape) > 3 and heads[0] != heads[1]
    if grouped and (heads[1] != heads[2] or not heads[1] or heads[0] % heads[1]):
        raise RuntimeError(
            "Number of heads in key and value must divide the number of heads in query, got "
            f"{heads[1]} and {heads[2]} for {heads[0]}"
        )
    if grouped:
        outer = broadcast_shapes(*[t._shape[:-3] for t in (q, k, v)])
        batches = [(*outer, count) for count in heads]
        batch = batches[0]
    else:
        batch = batch if alike else broadcast_shapes(*[t._shape[:-2] for t in (q, k, v)])
        batches = [batch] * 3
    scale = 1 / math.sqrt(max(q._shape[-1], 1)) if scale is None else float(scale)
    mask = None if attn_mask is None else _as_added(attn_mask, q, batch, k._shape[-2])
    if not alike or len(batch) != 2:
        q, k, v = [_broadcast("scaled_dot_product_attention", t, b) for t, b in zip((q, k, v), batches)]
    out = Attention.run(q, k, v, mask, is_causal, scale, weight_dropout(dropout_p, q, k))
    return out if len(batch) == 2 else out.reshape(*batch, *out._shape[-2:])


def _as_added(mask: Tensor, q: Tensor, batch: Shape, keys: int) -> Tensor:
    """Return a mask as four dimensions of numbers to add."""
    wanted = (*batch, q._shape[-2], keys)
    if broadcast_shapes(mask._shape, wanted) != wanted:
        raise RuntimeError(f"expected an attn_mask that broadcasts to {list(wanted)}, got {list(mask._shape)}")
    if mask.dtype is dtypes.bool_:
        mask = where(mask, 0.0, -math.inf)
    mask = to_dtype(mask, q.dtype)
    shape = (1,) * (len(wanted) - len(mask._shape)) + mask._shape
    if len(wanted) == 4:
        return mask.reshape(*shape)
    if any(size > 1 for size in shape[:-3]):  # leading dimensions become one
        shape = (*batch[:-1], *shape[-3:])
        mask = mask.expand(*shape)
    heads = shape[-3] if len(shape) > 2 else 1
    return mask.reshape(math.prod(shape[:-3]), heads, *shape[-2:])


def _check_inputs(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> None:
    if min(len(q._shape), len(k._shape), len(v._shape)) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be at least 2 dimensional, but got query.dim: "
            f"{len(q._shape)} key.dim: {len(k._shape)} and value.dim: {len(v._shape)} instead."
        )
    if not q.dtype is k.dtype is v.dtype or not q.dtype.is_floating_point:
        raise RuntimeError(
            "Expected query, key, and value to have the same floating dtype, but got query.dtype: "
            f"{q.dtype.name} key.dtype: {k.dtype.name} and value.dtype: {v.dtype.name} instead."
        )
    if not q.device is k.device is v.device:
        raise RuntimeError(
            f"Expected query, key, and value to be on the same device, but got {q.device}, {k.device} and {v.device}"
        )
    if q._shape[-1] != k._shape[-1] or k._shape[-2] != v._shape[-2]:
        raise RuntimeError(
            "Expected query and key of one width and key and value of one length, but got query "
            f"{list(q._shape)}, key {list(k._shape)} and value {list(v._shape)}"
        )
    if mask is not None and mask.dtype is not dtypes.bool_ and not mask.dtype.is_floating_point:
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{mask.dtype.name} and query.dtype: {q.dtype.name} instead."
        )
