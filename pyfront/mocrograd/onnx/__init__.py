"""ONNX: models written for other programs, and read from them; torch's `torch.onnx` by its names."""

from __future__ import annotations

from mocrograd.onnx.errors import OnnxExporterError, UnsupportedOperatorError
from mocrograd.onnx.export import TrainingMode, export

__all__ = ["OnnxExporterError", "TrainingMode", "UnsupportedOperatorError", "export"]
