"""Saving and loading: tensors and Python's containers in one file, which loads without running code of its own."""

from __future__ import annotations

import io
import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from mocrograd import backend, dtypes
from mocrograd.layout import Size
from mocrograd.ops.creation import from_host
from mocrograd.tensor import Tensor

_PLAIN = {
    ("collections", "OrderedDict"), ("collections", "defaultdict"), ("collections", "Counter"), ("builtins", "set"),
    ("builtins", "frozenset"), ("builtins", "complex"), ("builtins", "bytearray"), ("builtins", "slice"),
    ("builtins", "range"), ("builtins", "dict"), ("builtins", "list"), ("builtins", "tuple"), ("_codecs", "encode"),
}  # fmt: skip
"""What may be loaded besides tensors, shapes and dtypes: types that do nothing but hold values."""


def save(obj: object, f: Any, *, pickle_protocol: int = 4) -> None:
    """Write an object to a file: tensors, state dicts, and whatever pickle writes.

    Args:
        obj: What to save. Tensors are saved with their values, dtype, device and `requires_grad`, each once, not their
            graphs; views no longer share memory afterwards.
        f: A path, or a file that is open for writing bytes.
        pickle_protocol: The version of pickle's format.
    """
    if isinstance(f, (str, os.PathLike)):
        with open(f, "wb") as file:
            _Pickler(file, pickle_protocol).dump(obj)
    elif hasattr(f, "write"):
        _Pickler(f, pickle_protocol).dump(obj)
    else:
        raise AttributeError(f"save(): expected a path or a file with 'write', got {type(f).__name__}")


def load(f: Any, map_location: Any = None, *, weights_only: bool = True) -> Any:
    """Return what `save` wrote.

    Args:
        f: A path, or a file that is open for reading bytes.
        map_location: The device for the tensors: a device, its name, or a dict from names of saved devices to others;
            by default the one that each was on.
        weights_only: Whether to refuse everything but tensors and containers of plain values. A file with anything else
            can run any code when it is loaded: give False for files whose origin you trust.

    Raises:
        pickle.UnpicklingError: The file was not written by `save`, or holds what `weights_only` refuses.
        EOFError: The file is empty.
    """
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            return load(file, map_location, weights_only=weights_only)
    if not hasattr(f, "read"):
        raise AttributeError(f"load(): expected a path or a file with 'read', got {type(f).__name__}")
    if not hasattr(f, "readline"):
        f = io.BytesIO(f.read())
    return _Unpickler(f, _placement(map_location), weights_only).load()


def _placement(map_location: Any) -> Callable[[str], str]:
    """Return which device a tensor of a saved device goes to."""
    if map_location is None:
        return str
    if isinstance(map_location, dict):
        return lambda saved: str(map_location.get(saved, saved))
    target = str(backend.device(map_location))
    return lambda saved: target


class _Pickler(pickle.Pickler):
    """Writes tensors as bytes with a description, so that reading them needs no code but ours."""

    def reducer_override(self, obj: Any) -> Any:
        if not isinstance(obj, Tensor):
            return NotImplemented
        array = obj.detach().to("cpu").contiguous().numpy()
        return _tensor, (
            type(obj),
            obj.dtype.name,
            tuple(obj.shape),
            str(obj.device),
            obj.requires_grad,
            array.tobytes(),
        )


def _tensor(cls: Any, dtype: str, shape: tuple[int, ...], device: str, requires_grad: bool, values: bytes) -> Tensor:
    """Return a tensor that was saved.

    Raises:
        pickle.UnpicklingError: The description does not fit the values.
    """
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise pickle.UnpicklingError(f"a file holds a tensor of the type {cls!r}, expected Tensor or a subclass")
    kind = next((d for d in dtypes.ALL if d.name == dtype), None)
    if kind is None:
        raise pickle.UnpicklingError(f"a file holds a tensor of an unknown dtype: {dtype!r}")
    try:
        array = np.frombuffer(values, kind.numpy).reshape(shape)
    except (TypeError, ValueError) as error:
        raise pickle.UnpicklingError(
            f"a file holds a tensor whose values do not fit its shape {shape}: {error}"
        ) from None
    made: Tensor = Tensor._make_subclass(cls, from_host(array, device, False), requires_grad)
    return made


class _Unpickler(pickle.Unpickler):
    """Reads what `_Pickler` wrote; with `weights_only` it finds nothing but tensors and plain containers."""

    def __init__(self, file: Any, placement: Callable[[str], str], weights_only: bool) -> None:
        super().__init__(file)
        self._placement = placement
        self._weights_only = weights_only

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == (__name__, "_tensor"):
            return self._placed
        if self._weights_only and (module, name) not in _PLAIN and not _is_ours(module, name):
            raise pickle.UnpicklingError(
                f"Weights only load failed: expected tensors and containers of plain values, got {module}.{name}. If "
                "you trust where the file comes from, load it with weights_only=False, which can run any code."
            )
        return super().find_class(module, name)

    def _placed(self, cls: Any, dtype: str, shape: Any, device: str, requires_grad: bool, values: bytes) -> Tensor:
        return _tensor(cls, dtype, shape, self._placement(device), requires_grad, values)


def _is_ours(module: str, name: str) -> bool:
    """Return whether a name is a tensor class, or makes a shape or a dtype."""
    found = getattr(sys.modules.get(module), name, None) if module.startswith("mocrograd.") else None
    return found is Size or found is dtypes._by_name or (isinstance(found, type) and issubclass(found, Tensor))
