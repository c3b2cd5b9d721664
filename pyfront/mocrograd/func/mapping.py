"""`vmap`: a function of one sample, mapped over a batch."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from mocrograd import ops
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

    The function runs once for each sample, and the results are stacked: `vmap` saves the writing, not the time that
    operations on whole batches save.

    Args:
        func: Takes and returns tensors, or tuples, lists and dicts of them.
        in_dims: For each argument the dimension to map over, or None for one that all samples share; one for all, or
            a tuple of numbers, or of trees of numbers, for each.
        out_dims: Where the new dimension goes in the results; one for all, or a tree of numbers.
        randomness: "different" draws anew for each sample, as "error" does here; "same" is not supported.
        chunk_size: Accepted.

    Returns:
        A function of the same arguments.

    Raises:
        ValueError: Options do not fit the arguments, nothing is mapped over, or sizes differ.
        NotImplementedError: `randomness` is "same".

    Example:
        >>> import mocrograd as mg
        >>> x, y = mg.ones(3, 2), mg.ones(3, 2)
        >>> mg.func.vmap(mg.dot)(x, y)
        tensor([2., 2., 2.])
    """
    if randomness not in _RANDOMNESS:
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if randomness == "same":
        raise NotImplementedError("vmap: randomness='same' is not supported")

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        dims, size = _sizes(args, in_dims)
        flat = leaves(args)
        results = []
        for i in range(size):
            sample = [x if dim is None else x.select(dim, i) for x, dim in zip(flat, dims)]
            results.append(func(*rebuilt(args, sample), **kwargs))
        return _joined(results, out_dims)

    return wrapper


def _sizes(args: tuple[Any, ...], in_dims: Any) -> tuple[list[Any], int]:
    """Return the dimension of each tensor, and how many samples there are."""
    if isinstance(in_dims, list):
        in_dims = tuple(in_dims)
    dims = spread(in_dims, args, "vmap: in_dims")
    sizes = set()
    for x, dim in zip(leaves(args), dims):
        if dim is None:
            continue
        if isinstance(dim, bool) or not isinstance(dim, int):
            raise ValueError(f"vmap: in_dims must hold ints and None, got {type(dim).__name__}")
        if not isinstance(x, Tensor):
            raise ValueError(f"vmap: in_dims={dim} is for a tensor, got {type(x).__name__}; give None for it")
        if not -x.dim() <= dim < x.dim():
            raise ValueError(f"vmap: in_dim={dim} is not a dimension of a tensor of shape {list(x.shape)}")
        sizes.add(x.shape[dim])
    if len(sizes) != 1:
        what = (
            "at least one tensor to map over" if not sizes else f"one size of the mapped dimension, got {sorted(sizes)}"
        )
        raise ValueError(f"vmap: expected {what}")
    (size,) = sizes
    if size == 0:
        raise ValueError("vmap: expected at least one sample, got a mapped dimension of size 0")
    return dims, size


def _joined(results: list[Any], out_dims: Any) -> Any:
    """Return the results of all samples, stacked."""
    dims = spread(out_dims, results[0], "vmap: out_dims")
    columns = list(zip(*[leaves(result) for result in results]))
    for column in columns:
        if not isinstance(column[0], Tensor):
            raise ValueError(f"vmap: expected the function to return tensors, got {type(column[0]).__name__}")
    joined = [column[0] if dim is None else ops.stack(column, dim) for column, dim in zip(columns, dims)]
    return rebuilt(results[0], joined)
