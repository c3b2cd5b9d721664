"""Attention among the positions of each row."""

from __future__ import annotations

from typing import Any

from mocrograd import ops
from mocrograd.nested.nestedtensor import NestedTensor, made, rows_of
from mocrograd.tensor import Tensor
from mocrograd.wrapping import bare


def _attention(
    function: Any, query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0,
    is_causal: bool = False, *, scale: float | None = None, enable_gqa: bool = False,
) -> NestedTensor:  # fmt: skip
    """Return attention of rows of queries to rows of keys and values, (rows, heads, positions, features).

    Raises:
        ValueError: One of the three is not nested, or there is a mask.
        RuntimeError: Shapes do not fit.
    """
    three = query, key, value
    nested = [isinstance(x, NestedTensor) for x in three]
    if not all(nested):
        raise ValueError(
            f"Expected query, key, and value to be nested tensors, but got query.is_nested: {nested[0]}, "
            f"key.is_nested: {nested[1]}, and value.is_nested: {nested[2]} instead."
        )
    if attn_mask is not None:
        raise ValueError("scaled_dot_product_attention: masks are not supported for nested tensors")
    if any(len(x._shape) != 4 or x._at != 2 for x in three):
        shapes = [tuple(x._shape) for x in three]
        raise RuntimeError(
            f"scaled_dot_product_attention: expected (rows, heads, ragged, features), got shapes {shapes}"
        )
    if query._shape[0] != key._shape[0] or key._size_of is not value._size_of:
        raise RuntimeError("scaled_dot_product_attention: expected keys and values of the same rows as queries")
    options = {"dropout_p": dropout_p, "is_causal": is_causal, "scale": scale, "enable_gqa": enable_gqa}
    results = [_row(function, row, options) for row in zip(*map(rows_of, three), strict=True)]
    return made(ops.cat(results, 1), query._size_of, 2)


def _row(function: Any, row: tuple[Tensor, ...], options: dict[str, Any]) -> Tensor:
    result: Tensor = bare(function, tuple(x.unsqueeze(0) for x in row), options)
    return result.squeeze(0)


FORMS: dict[str, Any] = {
    "scaled_dot_product_attention": lambda function, args, options: _attention(function, *args, **options),
}  # fmt: skip
