"""The package that objects show themselves as part of: mocrograd, or torch in programs that were written for it."""

from __future__ import annotations

_PACKAGE = ["mocrograd"]


def show_as(package: str) -> None:
    """Set the package's name in the text of dtypes, shapes and types of tensors from here on."""
    _PACKAGE[0] = package


def shown(name: str) -> str:
    """Return a name with the package in front."""
    return f"{_PACKAGE[0]}.{name}"
