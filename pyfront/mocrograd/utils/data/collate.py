"""Collating: many samples into one batch."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence
from copy import copy
from typing import Any

import numpy as np

from mocrograd.dtypes import float64
from mocrograd.ops import from_numpy, stack, tensor
from mocrograd.tensor import Tensor


def default_collate(batch: Sequence[Any]) -> Any:
    """Join samples along a new first axis, keeping their structure.

    Args:
        batch: Samples of one structure: tensors, NumPy arrays, numbers, strings, or mappings, tuples and
            lists of them.

    Returns:
        Tensors of N rows for tensors, arrays and numbers (float64 and int64); lists of strings as they are; a
        mapping, named tuple or list of such, where there is a class of its own a copy of the first sample.

    Raises:
        TypeError: A sample is of another type.
        RuntimeError: Samples differ in length or shape.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.data import default_collate
        >>> default_collate([(1, 2.0), (3, 4.0)])
        [tensor([1, 3]), tensor([2., 4.], dtype=mocrograd.float64)]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(list(batch), 0)
    if isinstance(first, (np.ndarray, np.generic)):
        arrays = [np.asarray(sample) for sample in batch]
        if any(array.shape != arrays[0].shape for array in arrays):
            return stack([from_numpy(array) for array in arrays], 0)  # which says what differs
        return from_numpy(np.stack(arrays))
    if isinstance(first, float):
        return tensor(batch, dtype=float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return _like(first, {key: default_collate([sample[key] for sample in batch]) for key in first})
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [default_collate(column) for column in zip(*batch, strict=True)]
        return type(first)(*columns) if hasattr(first, "_fields") else _like(first, columns)
    raise TypeError(
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {type(first)}"
    )


def _like(sample: Any, made: Any) -> Any:
    """Return a dict or a list as an object of a sample's class, with its attributes, where that class has a way."""
    if type(sample) in (dict, list, tuple):
        return made
    try:
        if not isinstance(sample, (MutableMapping, MutableSequence)):
            return type(sample)(made)
        clone = copy(sample)
        for key, value in made.items() if isinstance(sample, Mapping) else enumerate(made):
            clone[key] = value
        return clone
    except TypeError:
        return made


def default_convert(data: Any) -> Any:
    """Turn NumPy arrays in a sample into tensors, keeping its structure; everything else stays.

    Args:
        data: A tensor, a NumPy array or number, or a mapping, tuple or list of such.

    Example:
        >>> import numpy as np
        >>> from mocrograd.utils.data import default_convert
        >>> default_convert({"x": np.ones(2), "name": "a"})
        {'x': tensor([1., 1.], dtype=mocrograd.float64), 'name': 'a'}
    """
    if isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind in "bif":
        return from_numpy(np.asarray(data))
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*[default_convert(value) for value in data])
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _like(data, [default_convert(value) for value in data])
    return data
