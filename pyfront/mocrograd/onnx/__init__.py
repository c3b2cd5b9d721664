"""ONNX: models written for other programs, and read from them; torch's `torch.onnx` by its names."""

from __future__ import annotations

from mocrograd.onnx.errors import InvalidModelError, OnnxExporterError, UnsupportedNodeError, UnsupportedOperatorError
from mocrograd.onnx.export import TrainingMode, export
from mocrograd.onnx.load import load
from mocrograd.onnx.load_module import LoadedModel

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
