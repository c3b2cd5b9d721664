"""Embeddings: rows of a table by index."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.autograd import Function, no_grad
from mocrograd.autograd import mode as recording
from mocrograd.backend import asked_by, asker, call
from mocrograd.layout import Shape, sparse_coo
from mocrograd.ops._memory import fill
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.compare import masked_fill, where
from mocrograd.ops.creation import arange, shape_of, tensor
from mocrograd.ops.indexing import IndexAdd, IndexSelect, index_select, run_indexed
from mocrograd.ops.reduce import max as reduce_max
from mocrograd.ops.segments import padded
from mocrograd.tensor import Tensor, fresh

__all__: list[str] = []


class Embedding(Function):
    """y[i] = weight[index[i]]; the gradient of the row `padding` stays 0.

    It keeps the number of rows, the padding, and whether gradients are divided by how often a row is named.
    """

    @staticmethod
    def forward(ctx: Any, weight: Tensor, index: Tensor, padding: int, by_frequency: bool) -> Tensor:
        """Gather the rows."""
        rows, columns = weight._shape
        n = index._size
        out = fresh((*index._shape, columns), n * columns, weight.dtype, weight.device)
        if n and not columns and weight.device.handle:  # no thread would look at the index
            _check_rows(index, rows)
        if n:
            wraps = asker(weight.device) << 1
            words = (out.address, weight.address, index.address, 1, n, columns, rows, wraps)
            run(f"embedding.forward.{weight.dtype.name}", n * columns, words, index, rows)
        ctx.save_for_backward(index)
        ctx.kept = rows, padding, by_frequency
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        """Add up the gradients of each row."""
        return _table_gradient(*_flat(ctx.saved_tensors[0], grad), *ctx.kept), None, None, None


def _table_gradient(index: Tensor, grad: Tensor, rows: int, padding: int, by_frequency: bool) -> Tensor:
    """Return the sums of the gradients of each row of a table; by frequency, divided by how many they are."""
    kind = grad.dtype
    wide = kind.wide or kind
    if by_frequency and index._size:
        grad = to_dtype(grad, wide) / IndexSelect.run(
            frequencies(index, rows, wide.to_real()), index, 1, 1, (index._size,), 0
        ).squeeze(0)
    if recording.grad or grad.dtype.is_complex:
        total = IndexAdd.run(grad.contiguous().unsqueeze(0), index, 1, 1, (rows,)).squeeze(0)
        return _without(to_dtype(total, kind), padding)
    n, columns = grad._shape
    grad, out = grad.contiguous(), fresh((rows, columns), rows * columns, wide, grad.device)
    if out._size:
        device = grad.device
        kernel = device.table[f"embedding.backward.{grad.dtype.name}"]
        words = (out.address, grad.address, index.address, n, columns, rows, padding)
        call(kernel, n * columns + out._size, words, device.context)
    return to_dtype(out, kind)


class SparseEmbedding(Embedding):
    """An embedding whose gradient is a sparse tensor of a row for each index, other than the padding's."""

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        """Give each row its gradient.

        Raises:
            RuntimeError: It is to be divided by how often the row is named.
        """
        rows, padding, by_frequency = ctx.kept
        if by_frequency:
            raise RuntimeError("embedding_backward: scale_grad_by_freq not supported with sparse gradients")
        index, grad = _flat(ctx.saved_tensors[0], grad)
        if padding >= 0:
            kept = (index != padding).nonzero().reshape(-1)
            index, grad = index.index_select(0, kept), grad.index_select(0, kept)
        graph = import_module("mocrograd.sparse.graph")  # which is made of operations
        shape = rows, grad._shape[1]
        return graph.build(grad, sparse_coo, (index.unsqueeze(0),), shape, False), None, None, None


Bags = int | np.ndarray


class EmbeddingBag(Function):
    """Sums or means of the rows of a table that bags of an index name.

    Bags are the number of entries that each has, or an array of where each starts, and the end. It keeps the number of
    rows, the padding, whether gradients are divided by how often a row is named, the bags, and whether they are means.
    """

    torch_name = "EmbeddingBag"

    @staticmethod
    def forward(
        ctx: Any, weight: Tensor, index: Tensor, factors: Tensor | None, each: Bags, mean: bool, padding: int,
        by_frequency: bool,
    ) -> Tensor:  # fmt: skip
        """Add up the rows of each bag."""
        rows, columns = weight._shape
        starts = _starts(each, index)
        bags = starts._size - 1
        out = fresh((bags, columns), bags * columns, weight.dtype, weight.device)
        if out._size:
            words = (
                out.address, weight.address, index.address, starts.address,
                0 if factors is None else factors.address, bags, index._size, columns, rows, padding, int(mean),
            )  # fmt: skip
            run(f"embedding_bag.forward.{weight.dtype.name}", index._size * columns, words, index, rows)
        ctx.save_for_backward(index, factors)
        ctx.kept = (rows, padding, by_frequency), each, mean
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Give each row the gradient of its bag."""
        index, factors = ctx.saved_tensors
        table, each, mean = ctx.kept
        which = _bag_of_each(each, index)
        if mean:
            grad = grad / _counts(index, each, which, table[1], grad)
        spread: Tensor = IndexSelect.run(grad.contiguous().unsqueeze(0), which, 1, 1, (index._size,), 0).squeeze(0)
        if factors is not None:
            spread = spread * factors.unsqueeze(1)
        return _table_gradient(index, spread, *table), None, None, None, None, None, None


def _starts(bags: Bags, index: Tensor) -> Tensor:
    """Return where each bag starts in an index, and the end."""
    if isinstance(bags, int):
        return arange(0, index._size + 1, bags, device=index.device)
    return tensor(bags, device=index.device)


def _bag_of_each(bags: Bags, index: Tensor) -> Tensor:
    """Return the number of each entry's bag."""
    if isinstance(bags, int):
        return arange(index._size // bags, device=index.device).unsqueeze(1).expand(-1, bags).contiguous().reshape(-1)
    return tensor(np.repeat(np.arange(len(bags) - 1), np.diff(bags)), device=index.device)


def _counts(index: Tensor, bags: Bags, which: Tensor, padding: int, like: Tensor) -> Any:
    """Return how many rows of each bag are no padding, at least 1: a number or a column."""
    if padding < 0:
        if isinstance(bags, int):
            return bags
        return tensor(np.maximum(np.diff(bags), 1)[:, None], dtype=like.dtype, device=like.device)
    kept = to_dtype(index != padding, like.dtype).reshape(1, -1, 1)
    counts: Tensor = IndexAdd.run(kept, which, 1, 1, (like._shape[0],)).squeeze(0)
    return counts.clamp(min=1.0)


def _flat(index: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    """Return an index as one dimension, and the gradients of its entries as rows."""
    n = index._size
    return index.reshape(n), grad.reshape(n, grad._shape[-1])


def _without(x: Tensor, row: int) -> Tensor:
    """Return x with zeros in a row, -1 for none."""
    if row < 0:
        return x
    mask = x.new_zeros(x._shape[0], 1, dtype=dtypes.bool_)
    mask[row] = True
    return masked_fill(x, mask, 0.0)


def run(name: str, work: int, words: Shape, index: Tensor, rows: int) -> None:
    """Run a kernel that follows an index which may not be negative; one on a GPU raises where the GPU is waited for.

    Raises:
        IndexError: An entry names no row.
    """
    device = index.device
    try:
        call(device.table[name], work, words, device.context)
    except IndexError:
        raise _out_of_range(index, rows) from None


def _check_rows(index: Tensor, rows: int) -> None:
    least, most = int(index.min().item()), int(index.max().item())
    if least < 0 or most >= rows:
        raise _out_of_range(index, rows)


def _out_of_range(index: Tensor, rows: int) -> IndexError:
    bad = next(i for i in index.reshape(-1).tolist() if not 0 <= i < rows)
    return IndexError(f"index out of range in self: expected 0 to {rows - 1}, got {bad}")


def frequencies(index: Tensor, rows: int, dtype: dtypes.dtype) -> Tensor:
    """Return how often a flat index names each row, (1, rows, 1) of a floating dtype."""
    counts: Tensor = IndexAdd.run(index.new_ones(1, index._size, 1, dtype=dtype), index, 1, 1, (rows,))
    return counts


MANY = 1 << 16
"""Entries of an index from which on `marked` leaves it to others to look at them."""
_NARROW = 64
"""Classes up to which all of many rows are written again where a one is put into each."""


def marked(index: Tensor, classes: int) -> Tensor:
    """Return for each entry of an index a row of zeros with a one where it says, of int64.

    Raises:
        IndexError: An entry of fewer than many names none of the classes.
    """
    shape = shape_of("one_hot", (*index._shape, classes))
    if index._size >= MANY and classes <= _NARROW:
        every = arange(classes, device=index.device)
        return to_dtype(index.contiguous().unsqueeze(-1) == every, dtypes.int64)
    target = fresh(shape, math.prod(shape), dtypes.int64, index.device)
    fill(target, 0)
    if n := index._size:
        index, source = index.contiguous(), fresh((), 1, dtypes.int64, index.device)
        fill(source, 1)
        words = (target.address, source.address, index.address, n, 1, 1, classes, 0, 0)
        run_indexed(index.device.table["scatter_set.forward.int64"], n, words, index.device, classes, index, 0)
    return target


def _whole_index(name: str, input: Tensor, weight: Tensor) -> Tensor:
    """Return an index contiguous and of int64.

    Raises:
        RuntimeError: It is of another dtype, or the weight is no matrix.
    """
    if input.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"{name}: expected indices of dtype int64 or int32, got {input.dtype.name}")
    if len(weight._shape) != 2:
        raise RuntimeError(f"{name}: 'weight' must be 2-D, got {len(weight._shape)} dimensions")
    if input.device is not weight.device:
        raise RuntimeError(f"{name}: expected indices on {weight.device}, got {input.device}")
    return to_dtype(input, dtypes.int64).contiguous()


def _padding(name: str, padding_idx: int | None, rows: int) -> int:
    """Return the row that is padding, -1 for none."""
    if padding_idx is None:
        return -1
    if not -rows <= padding_idx < rows:
        raise AssertionError(f"{name}: padding_idx must be within num_embeddings, {rows}, got {padding_idx}")
    return padding_idx % rows


@asked_by("embedding")
def _renormalise(weight: Tensor, index: Tensor, max_norm: float, norm_type: float) -> None:
    """Scale down, in place, the rows that an index names and whose norm exceeds a number."""
    with no_grad():
        rows = weight.detach()
        rows = rows.abs() if rows.dtype.is_complex else rows
        if norm_type == math.inf:
            norms = rows.abs().amax(1)
        elif norm_type == 2.0:
            norms = (rows * rows).sum(1).sqrt()
        else:
            norms = (rows.abs() ** norm_type).sum(1) ** (1 / norm_type)
        named = frequencies(index, weight._shape[0], rows.dtype).reshape(-1) > 0
        scale = where(named & (norms > max_norm), max_norm / (norms + 1e-7), norms.new_ones(norms._shape))
        weight.mul_(scale.unsqueeze(1))


_select = asked_by("embedding")(index_select)


def _rows(
    name: str, weight: Tensor, index: Tensor, padding: int, max_norm: float | None, norm_type: float,
    by_frequency: bool, sparse: bool,
) -> Tensor:  # fmt: skip
    if name != "embedding" and (weight.dtype.kind < 2 or weight.dtype.is_complex):
        raise NotImplementedError(f'"{name}" not implemented for {weight.dtype.name}')
    if max_norm is not None and index._size:
        if weight.dtype.kind < 2:
            raise RuntimeError(f"{name}: expected a floating weight for max_norm, got one of {weight.dtype.name}")
        _renormalise(weight, index, float(max_norm), float(norm_type))
    if weight.dtype.kind < 2:
        gathered: Tensor = _select(weight, 0, index.reshape(-1)).reshape(*index._shape, weight._shape[1])
        return gathered
    kind = SparseEmbedding if sparse else Embedding
    result: Tensor = kind.run(weight.contiguous(), index, padding, by_frequency)
    return result


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Return the rows of a table that indices name.

    Args:
        input: Indices of any shape, int64 or int32.
        weight: The table, (rows, columns).
        padding_idx: A row whose gradient stays 0.
        max_norm: The greatest norm of a row; those named here that exceed it are scaled down, in place.
        norm_type: Which norm that is.
        scale_grad_by_freq: Whether the gradient of a row is divided by how often it is named.
        sparse: Whether the gradient of the table is sparse: a row for each index.

    Returns:
        (*, columns).

    Raises:
        IndexError: An index names no row.
        RuntimeError: The indices are of another dtype.

    Example:
        >>> import mocrograd as mg
        >>> table = mg.tensor([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]])
        >>> mg.nn.functional.embedding(mg.tensor([2, 0]), table)
        tensor([[2.0000, 2.1000],
                [0.0000, 0.1000]])
    """
    index = _whole_index("embedding", input, weight)
    padding = _padding("embedding", padding_idx, weight._shape[0])
    if index._size and not weight._shape[0]:
        raise RuntimeError(f"embedding: expected a table with rows, got {list(weight._shape)}")
    return _rows("embedding", weight, index, padding, max_norm, norm_type, scale_grad_by_freq, sparse)


@computed_wide
@asked_by("embedding_bag")
def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Return the sum, mean or maximum of the rows of a table that each bag of indices names.

    Args:
        input: Indices, int64 or int32: (bags, length), or all bags one behind the other.
        weight: The table, (rows, columns).
        offsets: Where each bag starts, for an input of one dimension.
        max_norm: The greatest norm of a row; those named here that exceed it are scaled down, in place.
        norm_type: Which norm that is.
        scale_grad_by_freq: Whether the gradient of a row is divided by how often it is named; not with "max".
        mode: "sum", "mean" or "max".
        sparse: Whether the gradient of the table is sparse: a row for each index.
        per_sample_weights: A factor for each index, of the shape of the input; with "sum" only.
        include_last_offset: Whether the last offset is where the last bag ends.
        padding_idx: A row that does not count.

    Returns:
        (bags, columns); 0 for a bag without indices.

    Raises:
        ValueError: Shapes or mode do not fit.
        RuntimeError: An index names no row.
        IndexError: An index is too large, and there is a `max_norm`.
        NotImplementedError: There are weights and the mode is not "sum".

    Example:
        >>> import mocrograd as mg
        >>> table = mg.tensor([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]])
        >>> mg.nn.functional.embedding_bag(mg.tensor([[2, 0]]), table, mode="sum")
        tensor([[2.0000, 2.2000]])
    """
    if sparse and mode == "max":
        raise ValueError("max mode does not support sparse weights")
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"mode has to be one of sum, mean or max, got {mode!r}")
    if per_sample_weights is not None and per_sample_weights._shape != input._shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({list(per_sample_weights._shape)}) is not None, then it must have "
            f"the same shape as the input ({list(input._shape)})"
        )
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            f"embedding_bag: per_sample_weights was not None, which is for mode='sum', not {mode!r}"
        )
    if mode == "max" and scale_grad_by_freq:
        raise RuntimeError("embedding_bag: scale_grad_by_freq is for mode 'sum' or 'mean', got 'max'")
    index = _whole_index("embedding_bag", input, weight).reshape(input._size)
    padding = _padding("embedding_bag", padding_idx, weight._shape[0])
    starts = starts_of(input, offsets, include_last_offset)
    factors = per_sample_weights
    if factors is not None and (factors.requires_grad or factors.dtype is not weight.dtype):
        factors = None
    fused = mode != "max" and not sparse and max_norm is None and (factors is None) == (per_sample_weights is None)
    fused = fused and recording.vmap is None and (starts is None or (len(starts) > 1 and starts[-1] == input._size))
    if fused and input._size and weight._shape[0] and weight.dtype in (dtypes.float32, dtypes.float64):
        each: Bags = input._shape[1] if starts is None else starts
        if factors is not None:
            factors = factors.contiguous().reshape(-1)
        try:
            sums: Tensor = EmbeddingBag.run(
                weight.contiguous(), index, factors, each, mode == "mean", padding, scale_grad_by_freq
            )
        except IndexError as error:
            raise RuntimeError(f"embedding_bag: {error}") from None
        return sums
    try:
        rows = _rows("embedding_bag", weight, index, padding, max_norm, norm_type, scale_grad_by_freq, sparse)
    except IndexError as error:
        if max_norm is not None and int(index.max().item()) >= weight._shape[0]:
            raise
        raise RuntimeError(f"embedding_bag: {error}") from None
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    keep = None if padding < 0 else (index != padding).unsqueeze(1)
    if keep is not None:
        rows = masked_fill(rows, ~keep, -math.inf if mode == "max" else 0.0)
    if starts is None:
        bags = rows.reshape(*input._shape, rows._shape[1])
        counts = None if keep is None else to_dtype(keep, rows.dtype).reshape(*input._shape, 1).sum(1)
    else:
        if mode != "max":
            return _bag_sums(rows, starts, keep, mode)
        bags = padded(rows, starts[:-1], np.diff(starts), -math.inf)[0]
        counts = None
    if mode == "max":
        top = amax_first(bags)
        return masked_fill(top, top == -math.inf, 0.0)
    total = bags.sum(1)
    if mode == "sum" or not input._shape[1]:
        return total
    return total / (input._shape[1] if counts is None else counts.clamp(min=1.0))


def amax_first(bags: Tensor) -> Tensor:
    """Return the maximum over the middle dimension, whose gradient goes to the first of equal ones; -inf over none."""
    if not bags._shape[1]:
        return bags.sum(1) - math.inf
    top: Tensor = reduce_max(bags, 1)[0]
    return top


def starts_of(input: Tensor, offsets: Tensor | None, include_last: bool) -> np.ndarray | None:
    """Return where bags start and where the last one ends, or None for an input of two dimensions."""
    if len(input._shape) == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated as a mini-batch of fixed length "
                f"sequences. However, found offsets of shape {list(offsets._shape)}"
            )
        return None
    if len(input._shape) != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {len(input._shape)}")
    if offsets is None or len(offsets._shape) != 1:
        got = None if offsets is None else f"{len(offsets._shape)}D"
        raise ValueError(f"offsets has to be a 1D Tensor but got {got}")
    starts = offsets.to("cpu").numpy().astype(np.int64)
    if include_last and not len(starts):
        raise RuntimeError("include_last_offset: number of offsets should be at least 1")
    if len(starts) and starts[0] != 0:
        raise RuntimeError(f"offsets[0] has to be 0, i.e., the first sequence starts at position 0, got {starts[0]}")
    if len(starts) and starts[-1] > input._size:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length({input._size}) but got offsets[-1] of {starts[-1]}"
        )
    if (np.diff(starts) < 0).any():
        raise RuntimeError(f"expected offsets that do not descend, got {starts.tolist()}")
    return starts if include_last else np.append(starts, input._size)


def _bag_sums(rows: Tensor, starts: np.ndarray, keep: Tensor | None, mode: str) -> Tensor:
    """Add up the rows of each bag, and divide by their number for "mean"."""
    bags = len(starts) - 1
    entries = int(starts[-1]) if bags else 0
    rows = rows[:entries]
    which = tensor(np.repeat(np.arange(bags), np.diff(starts)), device=rows.device)
    total: Tensor = IndexAdd.run(rows.contiguous().unsqueeze(0), which, 1, 1, (bags,)).squeeze(0)
    if mode == "sum":
        return total
    if keep is None:
        counts = tensor(np.maximum(np.diff(starts), 1)[:, None], dtype=rows.dtype, device=rows.device)
    else:
        kept = to_dtype(keep[:entries], rows.dtype)
        counts = IndexAdd.run(kept.unsqueeze(0), which, 1, 1, (bags,)).squeeze(0).clamp(min=1.0)
    return total / counts
