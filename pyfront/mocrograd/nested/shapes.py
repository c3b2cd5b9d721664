"""Changes of shape of nested tensors, of which the first dimension and the ragged one keep their meaning."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from mocrograd import ops
from mocrograd.nested.nestedtensor import NestedTensor, Ragged, made, rows_of
from mocrograd.tensor import Tensor
from mocrograd.wrapping import name_of


def dim_of(x: NestedTensor, dim: Any, name: str, more: int = 0) -> int:
    """Return a dimension, counted from the front.

    Args:
        x: The nested tensor.
        dim: The dimension.
        name: The operation.
        more: How many dimensions more than the tensor there are.

    Raises:
        IndexError: There is no such dimension.
    """
    rank = len(x._shape) + more
    if not -rank <= dim < rank:
        raise IndexError(
            f"{name}: Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})"
        )
    return int(dim) % rank


def plain_dim(x: NestedTensor, dim: Any, name: str) -> int:
    """Return a dimension that is neither the first nor ragged; the errors are those of `dim_of` besides.

    Raises:
        RuntimeError: It is one of those.
    """
    found = dim_of(x, dim, name)
    if found in (0, x._at):
        which = "ragged dim" if found else "dim=0"
        raise RuntimeError(f"{name}(): not supported for NestedTensor on {which}")
    return found


def _transpose(x: NestedTensor, dim0: int, dim1: int) -> NestedTensor:
    """Exchange two dimensions.

    Raises:
        ValueError: One is the first.
    """
    a, b = dim_of(x, dim0, "transpose"), dim_of(x, dim1, "transpose")
    if a != b and 0 in (a, b):
        raise ValueError("Transpose is not supported on the batch dimension for jagged NT")
    if a == b:
        return x._like(x._elements)
    return made(x._elements.transpose(a - 1, b - 1), x._size_of, {a: b, b: a}.get(x._at, x._at))


def _permute(x: NestedTensor, *dims: Any) -> NestedTensor:
    order = [dim_of(x, d, "permute") for d in (dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims)]
    if sorted(order) != list(range(len(x._shape))):
        raise RuntimeError(f"permute: expected an order of {len(x._shape)} dimensions, got {order}")
    if order[0] != 0:
        raise ValueError("Permute is not supported on the batch dimension for jagged NT")
    return made(x._elements.permute([d - 1 for d in order[1:]]), x._size_of, order.index(x._at))


def _unflatten(x: NestedTensor, dim: int, sizes: Any) -> NestedTensor:
    d = plain_dim(x, dim, "unflatten")
    elements = x._elements.unflatten(d - 1, sizes)
    return made(elements, x._size_of, x._at + (len(elements._shape) - len(x._elements._shape)) * (d < x._at))


def _flatten(x: NestedTensor, start_dim: int = 0, end_dim: int = -1) -> NestedTensor:
    start, end = dim_of(x, start_dim, "flatten"), dim_of(x, end_dim, "flatten")
    if start <= end and (start == 0 or start <= x._at <= end):
        raise RuntimeError(f"flatten(): not supported for NestedTensor on {'ragged dim' if start else 'dim=0'}")
    return made(x._elements.flatten(start - 1, end - 1), x._size_of, x._at - (end - start) * (end < x._at))


def _unsqueeze(x: NestedTensor, dim: int) -> NestedTensor:
    d = dim_of(x, dim, "unsqueeze", 1)
    if d == 0:
        raise RuntimeError("unsqueeze(): not supported for NestedTensor on dim=0")
    return made(x._elements.unsqueeze(d - 1), x._size_of, x._at + (d <= x._at))


def _squeeze(x: NestedTensor, dim: Any = None) -> NestedTensor:
    if dim is None:
        raise RuntimeError("squeeze(): expected a dimension for a NestedTensor")
    for d in sorted((plain_dim(x, d, "squeeze") for d in ((dim,) if isinstance(dim, int) else dim)), reverse=True):
        if x._shape[d] == 1:
            x = made(x._elements.squeeze(d - 1), x._size_of, x._at - (d < x._at))
    return x


def _view(x: NestedTensor, *shape: Any) -> NestedTensor:
    """Give dimensions behind or before the ragged one another shape, in which it is itself or -1.

    Raises:
        RuntimeError: Elements would leave their row.
    """
    sizes = list(shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape)
    at = next((i for i, n in enumerate(sizes) if n is x._size_of or n == x._size_of), None)
    if at is None and sizes.count(-1) == 1:
        at = sizes.index(-1)
    if not sizes or sizes[0] != x._shape[0] or not at or any(isinstance(n, Ragged) and n != x._size_of for n in sizes):
        raise RuntimeError(f"view(): cannot view shape {tuple(x._shape)} as {tuple(sizes)}")
    before, packed = prod(x._elements._shape[: x._at - 1]), x._elements._shape[x._at - 1]
    if -1 not in sizes[1:at] and prod(sizes[1:at]) != before:
        raise RuntimeError(f"view(): cannot view shape {tuple(x._shape)} as {tuple(sizes)}")
    elements = x._elements.reshape(*sizes[1:at], packed, *sizes[at + 1 :])
    if prod(elements._shape[: at - 1]) != before:
        raise RuntimeError(f"view(): cannot view shape {tuple(x._shape)} as {tuple(sizes)}")
    return made(elements, x._size_of, at)


def _split(function: Any, args: Any, options: Any) -> Any:
    """Cut along a dimension that is alike in all rows."""
    x, how, *rest = args
    dim = rest[0] if rest else options.get("dim", 0)
    parts = function(x._elements, how, plain_dim(x, dim, name_of(function)) - 1)
    return type(parts)(map(x._like, parts))


def _select(x: NestedTensor, dim: int, index: int) -> Any:
    d = dim_of(x, dim, "select")
    if d == 0:
        return rows_of(x)[index]
    d = plain_dim(x, dim, "select")
    return made(x._elements.select(d - 1, index), x._size_of, x._at - (d < x._at))


def _narrow(x: NestedTensor, dim: int, start: Any, length: int) -> NestedTensor:
    return x._like(x._elements.narrow(plain_dim(x, dim, "narrow") - 1, start, length))


def _index(x: NestedTensor, index: Any) -> Any:
    """Return a row, or a part of each row along dimensions that are alike.

    Raises:
        RuntimeError: The index selects among rows or positions.
    """
    items = index if isinstance(index, tuple) else (index,)
    if any(isinstance(one, (Tensor, list)) for one in items):
        raise RuntimeError("__getitem__(): expected integers and slices for a NestedTensor: use unbind()")
    if Ellipsis in items:
        at = items.index(Ellipsis)
        missing = len(x._shape) - sum(one is not None for one in items) + 1
        items = (*items[:at], *(slice(None),) * missing, *items[at + 1 :])
    if not items or not isinstance(items[0], slice):
        row = rows_of(x)[items[0]] if items and items[0] is not None else None
        if row is None:
            raise RuntimeError("unsqueeze(): not supported for NestedTensor on dim=0")
        return row[items[1:]] if items[1:] else row
    plain = slice(None)
    if items[0] != plain or None in items or (len(items) > x._at and items[x._at] != plain):
        raise RuntimeError("slice(): not supported for NestedTensor on the first and the ragged dim")
    elements = x._elements[items[1:]] if items[1:] else x._elements
    return made(elements, x._size_of, x._at - sum(not isinstance(one, slice) for one in items[1 : x._at]))


def _joined(name: str, tensors: Any, dim: int, more: int) -> tuple[list[Tensor], NestedTensor, int]:
    first: NestedTensor = next(x for x in tensors if isinstance(x, NestedTensor))
    for x in tensors:
        if not isinstance(x, NestedTensor) or x._size_of is not first._size_of or x._at != first._at:
            raise RuntimeError(f"{name}(): expected nested tensors with the same rows")
    d = dim_of(first, dim, name, more)
    if d == 0 or (not more and d == first._at):
        raise RuntimeError(f"{name}(): not supported for NestedTensor on {'ragged dim' if d else 'dim=0'}")
    return [x._elements for x in tensors], first, d


def _cat(tensors: Any, dim: int = 0) -> NestedTensor:
    elements, first, d = _joined("cat", tensors, dim, 0)
    return first._like(ops.cat(elements, d - 1))


def _stack(tensors: Any, dim: int = 0) -> NestedTensor:
    elements, first, d = _joined("stack", tensors, dim, 1)
    return made(ops.stack(elements, d - 1), first._size_of, first._at + (d <= first._at))


def _contiguous(x: NestedTensor, memory_format: Any = None) -> NestedTensor:
    return x if x.is_contiguous() else x._like(x._elements.contiguous())


def _unbind(x: NestedTensor, dim: int = 0) -> tuple[Tensor, ...]:
    if dim != 0:
        raise RuntimeError("unbind(): only supported for NestedTensor on dim=0")
    return rows_of(x)


def plainly(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a form of a function that takes a nested tensor first, by place or as `input`."""

    def form(_: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if "input" in options:
            options = dict(options)
            args = (options.pop("input"), *args)
        return function(*args, **options)

    return form


_PLAIN: dict[str, Any] = {
    "transpose": _transpose, "swapaxes": _transpose, "swapdims": _transpose, "permute": _permute, "flatten": _flatten,
    "unflatten": _unflatten, "unsqueeze": _unsqueeze, "squeeze": _squeeze, "view": _view, "reshape": _view,
    "select": _select, "narrow": _narrow, "__getitem__": _index, "cat": _cat, "concat": _cat, "stack": _stack,
    "contiguous": _contiguous, "unbind": _unbind, "mT": lambda x: _transpose(x, -1, -2),
    "is_same_size": lambda x, other: tuple(x._shape) == tuple(other._shape),
}  # fmt: skip
FORMS: dict[str, Any] = {
    **{name: plainly(form) for name, form in _PLAIN.items()}, **dict.fromkeys(("chunk", "split"), _split),
    "tensor_split": _split,
}  # fmt: skip
