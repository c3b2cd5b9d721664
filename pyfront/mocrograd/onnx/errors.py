"""What cannot be exported, by torch's names."""

from __future__ import annotations

__all__ = ["OnnxExporterError", "UnsupportedOperatorError"]


class OnnxExporterError(RuntimeError):
    """A model cannot be exported; the text names operation, layer and line."""


class UnsupportedOperatorError(OnnxExporterError):
    """ONNX, or this exporter, has no form for an operation."""
