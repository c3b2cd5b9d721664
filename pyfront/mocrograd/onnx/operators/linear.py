"""Products of matrices."""

from __future__ import annotations

from typing import Any

from mocrograd import ops
from mocrograd.onnx.operators.registry import Form, operator, plain
from mocrograd.tensor import Tensor

plain("MatMul", ops.matmul)
plain("Det", ops.det)


@operator("Gemm")
def _gemm(node: Any) -> Form:
    alpha, beta = node.attribute("alpha", 1.0), node.attribute("beta", 1.0)
    turn_a, turn_b = node.attribute("transA", 0), node.attribute("transB", 0)

    def gemm(a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
        a = ops.t(a) if turn_a else a
        if alpha == beta == 1 and turn_b and c is not None and c.ndim == 1 and a.dtype.is_floating_point:
            return ops.linear(a, b, c)
        made = ops.matmul(a, ops.t(b) if turn_b else b)
        made = made if alpha == 1 else (made * alpha).to(a.dtype)
        return made if c is None else made + (c if beta == 1 else (c * beta).to(a.dtype))

    return gemm


@operator("Einsum")
def _einsum(node: Any) -> Form:
    equation = node.attribute("equation")
    return lambda *operands: ops.einsum(equation, *operands)
