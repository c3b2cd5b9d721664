"""What cannot be exported, by torch's names, and what cannot be loaded."""

from __future__ import annotations

__all__ = ["InvalidModelError", "OnnxExporterError", "UnsupportedNodeError", "UnsupportedOperatorError"]


class OnnxExporterError(RuntimeError):
    """A model cannot be exported; the text names operation, layer and line."""


class UnsupportedOperatorError(OnnxExporterError):
    """ONNX, or this exporter, has no form for an operation."""


class InvalidModelError(ValueError):
    """A file is no valid ONNX model; the text says what is wrong with it."""


class UnsupportedNodeError(NotImplementedError):
    """A node computes what this library does not; the text names its operator, its name and its output."""
