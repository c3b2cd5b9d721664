"""`vmap`: a function of one sample, mapped over a batch."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from mocrograd import ops
from mocrograd.autograd import mode
from mocrograd.func.batched import batched
from mocrograd.func.level import Level
from mocrograd.func.trees import leaves, rebuilt, spread
from mocrograd.tensor import Tensor

_RANDOMNESS = ("error", "different", "same")


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """Return a function that maps a function over a dimension of its arguments.

    The function runs once, on tensors that stand for all samples: operations do the work of all of them at once. An
    operation that cannot runs once for each sample, and a warning names it.

    Args:
        func: Takes and returns tensors, or tuples, lists and dicts of them.
        in_dims: For each argument the dimension to map over, or None for one that all samples share; one for all, or
            a tuple of numbers, or of trees of numbers, for each.
        out_dims: Where the new dimension goes in the results; one for all, or a tree of numbers. None for a result
            that does not depend on the sample.
        randomness: Whether random numbers are an "error", "different" for each sample, or the "same" for all.
        chunk_size: How many samples run at once; all by default.

    Returns:
        A function of the same arguments.

    Raises:
        ValueError: Options do not fit the arguments, nothing is mapped over, or sizes differ.
        RuntimeError: The randomness is none of the three; or, at the call, the function asks for random numbers where
            they are an error, or writes what differs between samples into a tensor that they share.

    Example:
        >>> import mocrograd as mg
        >>> x, y = mg.ones(3, 2), mg.ones(3, 2)
        >>> mg.func.vmap(mg.dot)(x, y)
        tensor([2., 2., 2.])
    """
    if randomness not in _RANDOMNESS:
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        dims, size = _sizes(args, in_dims)
        flat = leaves(args)
        if chunk_size is None or size <= chunk_size:
            return _mapped(func, args, flat, dims, size, kwargs, out_dims, randomness)
        parts = []
        for start in range(0, size, chunk_size):
            count = min(chunk_size, size - start)
            some = [x if dim is None else x.narrow(dim, start, count) for x, dim in zip(flat, dims)]
            parts.append(_mapped(func, args, some, dims, count, kwargs, out_dims, randomness))
        return _together(parts, out_dims)

    return wrapper


def _mapped(
    func: Callable[..., Any], args: Any, flat: list[Any], dims: list[Any], size: int, kwargs: Any, out_dims: Any,
    randomness: str,
) -> Any:  # fmt: skip
    """Call a function with batched tensors, and return its results with the samples where they are asked for."""
    level = Level(size, randomness, mode.vmap)
    given = [x if dim is None else batched(x if dim == 0 else x.movedim(dim, 0), level) for x, dim in zip(flat, dims)]
    mode.vmap = level
    try:
        result = func(*rebuilt(args, given), **kwargs)
    finally:
        mode.vmap = level.outer
        level.ended = True
    wanted = spread(out_dims, result, "vmap: out_dims")
    return rebuilt(result, [_placed(y, dim, level) for y, dim in zip(leaves(result), wanted)])


def _placed(y: Any, dim: int | None, level: Level) -> Tensor:
    """Return a result with the samples along a dimension.

    Raises:
        ValueError: It is no tensor; or it depends on the sample, and no dimension is given.
    """
    if not isinstance(y, Tensor):
        raise ValueError(
            f"vmap(func, ...): `func` must only return Tensors, got type {type(y)}. Did you mean to set out_dims= to "
            "None for output?"
        )
    own = level.has(y)
    if dim is None:
        if own:
            raise ValueError("vmap(func, ...): `func` can not return a BatchedTensor when out_dim is None")
        return y
    value = level.value(y) if own else y.expand(level.size, *y._shape)
    return value if dim == 0 else value.movedim(0, dim)


def _together(parts: list[Any], out_dims: Any) -> Any:
    """Return the results of chunks as those of all samples."""
    dims = spread(out_dims, parts[0], "vmap: out_dims")
    columns = zip(*[leaves(part) for part in parts])
    whole = [column[0] if dim is None else ops.cat(column, dim) for column, dim in zip(columns, dims)]
    return rebuilt(parts[0], whole)


def _sizes(args: tuple[Any, ...], in_dims: Any) -> tuple[list[Any], int]:
    """Return the dimension of each tensor, and how many samples there are."""
    if isinstance(in_dims, list):
        in_dims = tuple(in_dims)
    dims = spread(in_dims, args, "vmap: in_dims")
    sizes = set()
    for k, (x, dim) in enumerate(zip(leaves(args), dims)):
        if dim is None:
            continue
        if isinstance(dim, bool) or not isinstance(dim, int):
            raise ValueError(f"vmap: in_dims must hold ints and None, got {type(dim).__name__}")
        if not isinstance(x, Tensor):
            raise ValueError(f"vmap: in_dims={dim} is for a tensor, got {type(x).__name__}; give None for it")
        if x._sparse:
            raise RuntimeError(f"vmap: expected dense tensors to map over, got one of layout {x.layout}")
        if not -x.dim() <= dim < x.dim():
            raise ValueError(f"vmap: in_dim={dim} is not a dimension of a tensor of shape {list(x.shape)}")
        dims[k] = dim % x.dim()
        sizes.add(x.shape[dim])
    if len(sizes) != 1:
        what = (
            "at least one tensor to map over" if not sizes else f"one size of the mapped dimension, got {sorted(sizes)}"
        )
        raise ValueError(f"vmap: expected {what}")
    return dims, sizes.pop()
