"""What cannot be exported, by torch's names, and what cannot be loaded."""

from __future__ import annotations

__all__ = ["InvalidModelError", "OnnxExporterError", "UnsupportedNodeError", "UnsupportedOperatorError"]


class OnnxExporterError(RuntimeError):
    """A model cannot be exported; the text names operation, layer and line.

    Example:
        >>> import mocrograd as mg
        >>> issubclass(mg.onnx.UnsupportedOperatorError, mg.onnx.OnnxExporterError)
        True
    """


class UnsupportedOperatorError(OnnxExporterError):
    """ONNX, or this exporter, has no form for an operation.

    Example:
        >>> import mocrograd as mg
        >>> class Eigenvalues(mg.nn.Module):
        ...     def forward(self, x):
        ...         return mg.linalg.eigvalsh(x)
        >>> try:
        ...     mg.onnx.export(Eigenvalues().eval(), (mg.eye(2),), "eigenvalues.onnx")
        ... except mg.onnx.UnsupportedOperatorError as error:
        ...     print(type(error).__name__)
        UnsupportedOperatorError
    """


class InvalidModelError(ValueError):
    """A file is no valid ONNX model; the text says what is wrong with it.

    Example:
        >>> import mocrograd as mg
        >>> with open("broken.onnx", "wb") as file:
        ...     size = file.write(b"no model")
        >>> try:
        ...     mg.onnx.load("broken.onnx")
        ... except mg.onnx.InvalidModelError as error:
        ...     print(type(error).__name__)
        InvalidModelError
    """


class UnsupportedNodeError(NotImplementedError):
    """A node computes what this library does not; the text names its operator, its name and its output."""
