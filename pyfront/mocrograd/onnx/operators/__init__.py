"""The operators of ONNX that can be loaded, by family."""

from __future__ import annotations

from mocrograd.onnx.operators import (  # noqa: F401  (each adds its operators)
    control,
    conv,
    gathering,
    linear,
    losses,
    normalization,
    pointwise,
    pooling,
    random,
    recurrent,
    reductions,
    resize,
    shapes,
    windows,
)
from mocrograd.onnx.operators.registry import OPERATORS

__all__ = ["OPERATORS"]
