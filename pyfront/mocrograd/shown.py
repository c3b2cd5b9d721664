"""The package that objects show themselves as part of: mocrograd, or torch in programs that were written for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

_PACKAGE = ["mocrograd"]
_Result = TypeVar("_Result", bound=type)


def show_as(package: str) -> None:
    """Set the package's name in the text of dtypes, shapes and types of tensors from here on."""
    _PACKAGE[0] = package


def shown(name: str) -> str:
    """Return a name with the package in front."""
    return f"{_PACKAGE[0]}.{name}"


def result_of(name: str) -> Callable[[_Result], _Result]:
    """Let a class of named tuples show itself as the result of an operation of torch, in programs written for it."""

    def decorated(cls: _Result) -> _Result:
        plain: Callable[[Any], str] = cls.__repr__  # type: ignore[assignment]

        def shown_result(self: Any) -> str:
            if _PACKAGE[0] != "torch":
                return plain(self)
            fields = [f"{field}={value!r}" for field, value in zip(self._fields, self)]
            return f"torch.return_types.{name}(\n" + ",\n".join(fields) + ")"

        cls.__repr__ = shown_result  # type: ignore[method-assign,assignment]
        return cls

    return decorated


@lru_cache
def kind_of_result(cls: _Result, name: str) -> _Result:
    """Return a class of named tuples of several operations as that of one."""

    def reduced(self: Any) -> Any:
        return _unpickled, (cls, name, tuple(self))

    members = {"__slots__": (), "__module__": cls.__module__, "__reduce__": reduced}
    return result_of(name)(type(cls.__name__, (cls,), members))  # type: ignore[return-value]


def _unpickled(cls: Any, name: str, values: tuple[Any, ...]) -> Any:
    return kind_of_result(cls, name)(*values)
