"""Tensors with rows of several lengths, of layout jagged, under torch's names: `mg.nested.nested_tensor(rows)`.

Rows lie packed one after the other, so nothing is computed for padding. The class is imported at the first use, since
from then on functions look whether an argument is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mocrograd import backend, dtypes, ops
from mocrograd import layout as layouts
from mocrograd.tensor import Tensor

if TYPE_CHECKING:
    from mocrograd.nested.nestedtensor import NestedTensor

__all__ = [
    "as_nested_tensor",
    "masked_select",
    "narrow",
    "nested_tensor",
    "nested_tensor_from_jagged",
    "to_padded_tensor",
]


def _tensors() -> Any:
    """Return the module of nested tensors, with what functions make of them."""
    import mocrograd.nested.forms
    import mocrograd.nested.nestedtensor

    return mocrograd.nested.nestedtensor


def _check_layout(name: str, layout: Any) -> None:
    """Hold a layout to be `jagged`.

    Raises:
        NotImplementedError: It is `strided`, which is torch's default.
    """
    if layout is not layouts.jagged:
        raise NotImplementedError(
            f"{name}: nested tensors of layout strided are not supported: give layout=mocrograd.jagged (torch.jagged)"
        )


def nested_tensor(
    tensor_list: Any, *, dtype: dtypes.dtype | None = None, layout: Any = None,
    device: backend.device | str | None = None, requires_grad: bool = False, pin_memory: bool = False,
) -> NestedTensor:  # fmt: skip
    """Return a nested tensor of copies of rows, a leaf of graphs.

    Args:
        tensor_list: Tensors, or what `tensor` takes, of one dtype, whose shapes differ in one dimension at most.
        dtype: Of the elements.
        layout: Must be `jagged`.
        device: Where they are.
        requires_grad: Whether operations on it are recorded.
        pin_memory: Has no effect.

    Raises:
        NotImplementedError: The layout is another one.
        RuntimeError: There are no rows, or they do not fit together.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.nested.nested_tensor([mg.ones(1, 2), mg.ones(2, 2)], layout=mg.jagged)
        >>> (x * 2).sum(1)
        tensor([[2., 2.],
                [4., 4.]])
    """
    _check_layout("nested_tensor", layout)
    rows = [ops.as_tensor(row).detach() for row in tensor_list]
    made: NestedTensor = _packed(rows, dtype, device)
    made._elements.requires_grad_(requires_grad)
    return made


def as_nested_tensor(
    ts: Any, dtype: dtypes.dtype | None = None, device: backend.device | str | None = None, layout: Any = None
) -> NestedTensor:
    """Return a nested tensor through which gradients reach its rows; a nested tensor is returned as it is.

    Args:
        ts: A sequence of tensors, or a tensor, whose first dimension counts rows.
        dtype: Of the elements.
        device: Where they are.
        layout: Must be `jagged`.

    Raises:
        NotImplementedError: The layout is another one.
        RuntimeError: There are no rows, or they do not fit together.
    """
    if getattr(ts, "is_nested", False):
        given: NestedTensor = ts
        return given
    _check_layout("as_nested_tensor", layout)
    return _packed(list(ts.unbind() if isinstance(ts, Tensor) else ts), dtype, device)


def _packed(rows: Sequence[Tensor], dtype: Any, device: Any) -> Any:
    """Return rows one after the other along the dimension in which they differ, the first one where they do not."""
    if not rows:
        raise RuntimeError("Cannot construct a nested tensor from an empty tensor list")
    first = rows[0]
    for what in ("dtype", "device"):
        if any(getattr(row, what) != getattr(first, what) for row in rows):
            raise RuntimeError(f"When constructing a nested tensor, all tensors in list must have the same {what}")
    if any(row.dim() != first.dim() for row in rows):
        raise RuntimeError("When constructing a nested tensor, all tensors in list must have the same dim")
    if first.dim() == 0:
        raise RuntimeError("Cannot construct a nested tensor from a list of zero-dim tensors")
    differing = [d for d in range(first.dim()) if any(row._shape[d] != first._shape[d] for row in rows)]
    if len(differing) > 1:
        raise RuntimeError(
            f"nested_tensor: expected shapes that differ in one dimension at most, which is ragged, got shapes that "
            f"differ in dimensions {differing}"
        )
    d = differing[0] if differing else 0
    tensors = _tensors()
    bounds = [0]
    for row in rows:
        bounds.append(bounds[-1] + row._shape[d])
    elements = ops.cat(rows, d).to(first.device if device is None else device, dtype or first.dtype)
    return tensors.made(elements, tensors.ragged(ops.tensor(bounds, device=elements.device)), d + 1)


def nested_tensor_from_jagged(
    values: Tensor, offsets: Tensor | None = None, lengths: Tensor | None = None, jagged_dim: int | None = None,
    min_seqlen: int | None = None, max_seqlen: int | None = None,
) -> NestedTensor:  # fmt: skip
    """Return a nested tensor of rows that lie one after the other; it shares the memory where nothing is between them.

    Args:
        values: The rows, (elements of all rows, ...).
        offsets: Integers, (rows + 1,): where each one begins, and where the last one ends.
        lengths: Integers, (rows,): their lengths. With `offsets` too, rows may end before the next one begins; they
            are copied then.
        jagged_dim: Which dimension of the result is ragged, 1 by default.
        min_seqlen: Has no effect.
        max_seqlen: Has no effect.

    Raises:
        TypeError: `values` or `offsets` is no tensor.
        RuntimeError: Neither `offsets` nor `lengths` is given, or they do not fit.

    Example:
        >>> import mocrograd as mg
        >>> mg.nested.nested_tensor_from_jagged(mg.arange(3.0), mg.tensor([0, 1, 3])).unbind()
        (tensor([0.]), tensor([1., 2.]))
    """
    for which, x in (("values", values), ("offsets", offsets), ("lengths", lengths)):
        if not isinstance(x, Tensor) and (which == "values" or x is not None):
            raise TypeError(f"nested_tensor_from_jagged(): argument '{which}' must be Tensor, not {type(x).__name__}")
    if offsets is None and lengths is None:
        raise RuntimeError("nested_tensor_from_jagged(): At least one of offsets or lengths is required.")
    at = 1 if jagged_dim is None else jagged_dim
    if not 1 <= at <= values.dim():
        raise RuntimeError(f"nested_tensor_from_jagged: expected 'jagged_dim' in 1 to {values.dim()}, got {at}")
    if offsets is None and lengths is not None:
        offsets, lengths = ops.cat([lengths.new_zeros(1), lengths.cumsum(0)]), None
    assert offsets is not None
    starts, ends = _bounds(values._shape[at - 1], offsets, lengths)
    tensors = _tensors()
    if lengths is not None:
        rows = [values.narrow(at - 1, start, end - start) for start, end in zip(starts, ends, strict=True)]
        ends = [0]
        for row in rows:
            ends.append(ends[-1] + row._shape[at - 1])
        values, offsets = ops.cat(rows, at - 1), ops.tensor(ends, device=values.device)
    made: NestedTensor = tensors.made(values, tensors.ragged(offsets), at)
    return made


def _bounds(total: int, offsets: Tensor, lengths: Tensor | None) -> tuple[list[int], list[int]]:
    """Return where rows begin and end.

    Raises:
        RuntimeError: They do not fit.
    """
    if offsets.dim() != 1 or offsets._shape[0] < 1 or offsets.dtype.kind != 1:
        raise RuntimeError(f"nested_tensor_from_jagged: expected a vector of integers, got offsets {offsets}")
    bounds = offsets.tolist()
    starts = bounds[:-1]
    ends = bounds[1:]
    if lengths is not None:
        if lengths.dtype.kind != 1 or lengths._shape != (len(starts),):
            raise RuntimeError(f"nested_tensor_from_jagged: expected {len(starts)} lengths, got {lengths}")
        ends = [start + size for start, size in zip(starts, lengths.tolist(), strict=True)]
    most = [*bounds[1:]]
    fits = all(0 <= start <= end <= bound <= total for start, end, bound in zip(starts, ends, most, strict=True))
    if not fits or (lengths is None and (bounds[0] != 0 or bounds[-1] != total)):
        raise RuntimeError(
            f"nested_tensor_from_jagged: expected offsets that ascend from 0 to {total}, the number of packed "
            f"elements, got {bounds}"
        )
    return starts, ends


def narrow(tensor: Tensor, dim: int, start: int | Tensor, length: int | Tensor, layout: Any = None) -> NestedTensor:
    """Return copies of a part of each row of an ordinary tensor, which may begin and end elsewhere in each.

    Args:
        tensor: (rows, positions, ...).
        dim: Must be 1.
        start: Where the part begins: one integer, or one for each row.
        length: How long it is, likewise.
        layout: Must be `jagged`.

    Raises:
        NotImplementedError: The layout is another one.
        RuntimeError: The dimension is another one, or parts do not fit.
    """
    _check_layout("narrow", layout)
    if dim != 1:
        raise RuntimeError("jagged layout only supports dim=1")
    batch, size = tensor._shape[:2]
    begins = start.tolist() if isinstance(start, Tensor) else [start] * batch
    sizes = length.tolist() if isinstance(length, Tensor) else [length] * batch
    if len(begins) != batch or len(sizes) != batch:
        raise RuntimeError(f"narrow: expected {batch} starts and lengths, got {len(begins)} and {len(sizes)}")
    for at, many in zip(begins, sizes, strict=True):
        if not 0 <= at <= at + many <= size:
            raise RuntimeError(f"narrow: start ({at}) + length ({many}) exceeds dimension size ({size})")
    rows = [tensor.select(0, i).narrow(0, int(at), int(many)) for i, (at, many) in enumerate(zip(begins, sizes))]
    bounds = [0]
    for many in sizes:
        bounds.append(bounds[-1] + int(many))
    tensors = _tensors()
    made: NestedTensor = tensors.made(ops.cat(rows, 0), tensors.ragged(ops.tensor(bounds, device=tensor.device)), 1)
    return made


def masked_select(tensor: Tensor, mask: Tensor) -> NestedTensor:
    """Return, for each row of all dimensions but the last, the elements where a mask is True.

    Args:
        tensor: A tensor.
        mask: Bools that broadcast to it.

    Raises:
        RuntimeError: The mask does not broadcast, or is not of bools.

    Example:
        >>> import mocrograd as mg
        >>> mg.nested.masked_select(mg.arange(4.0).reshape(2, 2), mg.tensor([[True, False], [True, True]])).unbind()
        (tensor([0.]), tensor([2., 3.]))
    """
    if mask.dtype is not dtypes.bool_:
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, got {mask.dtype}")
    wide = mask.expand(tensor._shape)
    sizes = wide.sum(-1).reshape(-1)
    return nested_tensor_from_jagged(tensor.masked_select(wide), lengths=sizes)


def to_padded_tensor(input: NestedTensor, padding: float, output_size: Any = None, out: Any = None) -> Tensor:
    """Return an ordinary tensor in which short rows are filled up, as the method of this name does.

    Args:
        input: A nested tensor.
        padding: The number that they are filled with.
        output_size: The shape, in which the ragged dimension may be longer than the longest row.
        out: Must be None.

    Raises:
        NotImplementedError: `out` is given.
        TypeError: The input is not nested.
        RuntimeError: The shape does not fit.
    """
    if out is not None:
        raise NotImplementedError("to_padded_tensor: out= is not supported")
    if not getattr(input, "is_nested", False):
        raise TypeError(f"to_padded_tensor: expected a nested tensor, got {type(input).__name__}")
    return input.to_padded_tensor(padding, output_size)
