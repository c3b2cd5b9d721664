"""The forms of the operations: how each is written in ONNX. One function for each, in files by subject."""

from mocrograd.onnx.operations import (  # noqa: F401
    convolution,
    creation,
    indexing,
    linear,
    normalization,
    pointwise,
    pooling,
    recurrent,
    reductions,
    shapes,
)
