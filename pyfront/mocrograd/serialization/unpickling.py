"""Unpicklers that find only what is allowed."""

from __future__ import annotations

import pickle
import struct
import sys
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING  # how Python 2 called things, as pickles up to version 2 do
from collections import OrderedDict
from typing import Any, ClassVar

from mocrograd import dtypes
from mocrograd.layout import Size
from mocrograd.renamed import today
from mocrograd.tensor import Tensor

_PLAIN = {
    ("collections", "OrderedDict"), ("collections", "defaultdict"), ("collections", "Counter"), ("builtins", "set"),
    ("builtins", "frozenset"), ("builtins", "complex"), ("builtins", "bytearray"), ("builtins", "slice"),
    ("builtins", "range"), ("builtins", "dict"), ("builtins", "list"), ("builtins", "tuple"), ("_codecs", "encode"),
}  # fmt: skip
"""What may be loaded besides tensors, shapes and dtypes: types that do nothing but hold values."""

_BROKEN = (
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    struct.error,
    StopIteration,
)
"""What an unpickler raises where the bytes make no sense."""


allowed: dict[str, Any] = {}
"""What the program allows besides, by its name in files."""


class Source:
    """What the names in a file stand for.

    Args:
        weights_only: Whether to refuse everything but tensors and plain containers.
    """

    def __init__(self, weights_only: bool) -> None:
        self.weights_only = weights_only

    def find(self, module: str, name: str) -> Any:
        """Return what a name of the format's own stands for, None for others."""
        raise NotImplementedError

    def stored(self, identity: Any) -> Any:
        """Return what lies outside of the pickle under an identity."""
        raise pickle.UnpicklingError(f"a file refers to something outside of it: {identity!r}")

    def unpickled(self, file: Any) -> Any:
        """Read a pickle.

        Raises:
            pickle.UnpicklingError: It is none, or holds what it may not.
        """
        if not self.weights_only:
            return _Trusting(file, self).load()
        try:
            return _Cautious(file, self).load()
        except _BROKEN as error:
            raise pickle.UnpicklingError(f"a file holds no valid pickle: {type(error).__name__}: {error}") from error

    def lookup(self, module: str, name: str) -> Any:
        """Return what a name stands for, None where it may be imported.

        Raises:
            pickle.UnpicklingError: It stands for something that may not be loaded.
        """
        found = self.find(module, name)
        if found is not None:
            return found
        if f"{module}.{name}" in allowed:
            return allowed[f"{module}.{name}"]
        module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
        module, name = today(module, name)
        if f"{module}.{name}" in allowed:
            return allowed[f"{module}.{name}"]
        if module.partition(".")[0] == "torch":
            raise pickle.UnpicklingError(
                f"a file holds {module}.{name}, which is a part of torch: expected tensors of the dtypes that "
                "mocrograd has, parameters, shapes, dtypes, devices. Of modules and optimizers save the state_dict()."
            )
        if self.weights_only and (module, name) not in _PLAIN and not _is_ours(module, name):
            raise pickle.UnpicklingError(
                f"Weights only load failed: expected tensors and containers of plain values, got {module}.{name}. If "
                "you trust this class, allow it with mocrograd.serialization.add_safe_globals; if you trust where the "
                "file comes from, load it with weights_only=False, which can run any code."
            )
        return None


def _is_ours(module: str, name: str) -> bool:
    """Return whether a name is a tensor class, or makes a shape or a dtype."""
    found = getattr(sys.modules.get(module), name, None) if module.startswith("mocrograd.") else None
    return found is Size or found is dtypes._by_name or (isinstance(found, type) and issubclass(found, Tensor))


class _Trusting(pickle.Unpickler):
    """Loads whatever pickle can load."""

    def __init__(self, file: Any, source: Source) -> None:
        super().__init__(file, encoding="utf-8")  # of what Python 2 wrote
        self._source = source

    def find_class(self, module: str, name: str) -> Any:
        found = self._source.lookup(module, name)
        return super().find_class(module, name) if found is None else found

    def persistent_load(self, identity: Any) -> Any:
        return self._source.stored(identity)


_Python: Any = pickle._Unpickler
"""Python's unpickler in Python, whose instructions can be replaced."""


class _Cautious(_Python):
    """Loads what the source finds, and changes nothing but what it made."""

    def __init__(self, file: Any, source: Source) -> None:
        super().__init__(file, encoding="utf-8")  # of what Python 2 wrote
        self._source = source

    def find_class(self, module: str, name: str) -> Any:
        found = self._source.lookup(module, name)
        return super().find_class(module, name) if found is None else found

    def persistent_load(self, identity: Any) -> Any:
        return self._source.stored(identity)

    def _build(self) -> None:
        """Set attributes: pickle would do it to any object, such as a class that the whole program uses."""
        made, state = self.stack[-2], self.stack[-1]
        if type(made) is OrderedDict and type(state) is dict:
            made.__dict__.update(self.stack.pop())
        elif any(type(made) is found for found in allowed.values()):
            super().load_build()
        else:
            raise pickle.UnpicklingError(
                f"Weights only load failed: a file may set attributes of OrderedDict, not of {type(made).__name__}"
            )

    dispatch: ClassVar[dict[int, Any]] = {**_Python.dispatch, pickle.BUILD[0]: _build}
