"""Windows of signals."""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes, ops
from mocrograd.onnx.operators.registry import Form, operator
from mocrograd.tensor import Tensor

_COSINES = {
    "HannWindow": (0.5, 0.5, 0.0), "HammingWindow": (25 / 46, 21 / 46, 0.0), "BlackmanWindow": (0.42, 0.5, 0.08),
}  # fmt: skip
"""The shares of cosines of no, one and two periods, with signs that alternate."""


@operator(*_COSINES, numbers=(0,))
def _window(node: Any) -> Form:
    constant, first, second = _COSINES[node.kind]
    dtype = node.dtype("output_datatype", dtypes.float32)
    periodic = node.attribute("periodic", 1)

    def run(size: Any) -> Tensor:
        count = int(size.item())
        angle = ops.arange(0, count, dtype=dtypes.float64, device=node.mode.device)
        angle = angle * (6.283185307179586 / max(count if periodic else count - 1, 1))
        return (constant - ops.cos(angle) * first + ops.cos(angle * 2) * second).to(dtype)

    return run
