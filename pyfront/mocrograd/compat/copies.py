"""Views as copies, which torch calls `view_copy`, `t_copy` and so on: results in memory of their own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from mocrograd import ops
from mocrograd.layout import contiguous_format
from mocrograd.ops._arguments import integer, takes_out
from mocrograd.ops._outputs import writing
from mocrograd.tensor import Tensor
from mocrograd.types import Ints


def _slice(input: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Tensor:
    first, last = (None if n is None else integer("slice_copy", "start and end", n) for n in (start, end))
    if integer("slice_copy", "step", step) <= 0:
        raise RuntimeError(f"slice step must be positive, got {step}")
    return input.movedim(dim, 0)[first:last:step].movedim(0, dim)


def _expand(input: Tensor, size: Ints, *, implicit: bool = False) -> Tensor:
    return input.expand(size)


def _view(input: Tensor, size: Any) -> Tensor:
    return input.view(size)


def _squeeze(input: Tensor, dim: Ints | None = None) -> Tensor:
    return input.squeeze() if dim is None else input.squeeze(dim)


def _split(input: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    return ops.split(input, integer("split_copy", "split_size", split_size), dim)


def _unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    return input.unfold(dimension, size, step)


def _permute(input: Tensor, dims: Ints) -> Tensor:
    return input.permute(dims)


def _alias(input: Tensor) -> Tensor:
    return input


def _detach(input: Tensor) -> Tensor:
    return input.detach()


def _copying(name: str, view: Callable[..., Any]) -> Any:
    """Return the function that copies what a function of views returns."""

    @takes_out()
    @functools.wraps(view)
    def copied(*args: Any, **options: Any) -> Any:
        found = view(*args, **options)
        if isinstance(found, tuple):
            return tuple([part.clone(memory_format=contiguous_format) for part in found])
        return found.clone(memory_format=contiguous_format)

    parameters = list(inspect.signature(view).parameters.values())
    copied.__name__ = copied.__qualname__ = name
    copied.__module__ = __name__
    copied.__doc__ = (
        f"Return what `{name.removesuffix('_copy')}` returns, in memory of its own.\n\n    Args:\n"
        + "\n".join(f"        {p.name}: As there." for p in parameters)
        + "\n\n    Returns:\n        Copies, row-major."
    )
    made = writing(copied)
    made.__wrapped__ = view  # type: ignore[attr-defined]  # whose annotations tell which argument is wrong
    return made


alias_copy = _copying("alias_copy", _alias)
as_strided_copy = _copying("as_strided_copy", ops.as_strided)
detach_copy = _copying("detach_copy", _detach)
diagonal_copy = _copying("diagonal_copy", ops.diagonal)
expand_copy = _copying("expand_copy", _expand)
permute_copy = _copying("permute_copy", _permute)
select_copy = _copying("select_copy", ops.select)
slice_copy = _copying("slice_copy", _slice)
split_copy = _copying("split_copy", _split)
split_with_sizes_copy = _copying("split_with_sizes_copy", ops.split_with_sizes)
squeeze_copy = _copying("squeeze_copy", _squeeze)
t_copy = _copying("t_copy", ops.t)
transpose_copy = _copying("transpose_copy", ops.transpose)
unbind_copy = _copying("unbind_copy", ops.unbind)
unfold_copy = _copying("unfold_copy", _unfold)
unsqueeze_copy = _copying("unsqueeze_copy", ops.unsqueeze)
view_copy = _copying("view_copy", _view)
