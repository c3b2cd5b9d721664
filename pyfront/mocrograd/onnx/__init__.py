"""ONNX: models written for other programs, and read from them; torch's `torch.onnx` by its names.

The package onnx is imported when a function is first used, so that programs may import this module without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mocrograd.onnx.errors import InvalidModelError, OnnxExporterError, UnsupportedNodeError, UnsupportedOperatorError

if TYPE_CHECKING:
    from mocrograd.onnx.exporting import TrainingMode, export
    from mocrograd.onnx.load_module import LoadedModel
    from mocrograd.onnx.loading import load

__all__ = [
    "InvalidModelError",
    "LoadedModel",
    "OnnxExporterError",
    "TrainingMode",
    "UnsupportedNodeError",
    "UnsupportedOperatorError",
    "export",
    "load",
]

_HOMES = {"LoadedModel": "load_module", "TrainingMode": "exporting", "export": "exporting", "load": "loading"}


def __getattr__(name: str) -> Any:
    """Import a function at its first use.

    Raises:
        AttributeError: There is none of that name.
        ImportError: The package onnx is not installed.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as fault:
        if fault.name != "onnx":
            raise
        raise ImportError(f'onnx.{name} needs the package onnx: pip install "mocrograd[onnx]"') from fault
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
