"""Rows of activations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from opcases.table import FLOATS, dims_size, elsewhere, row

_SHAPES = ((), (1,), (7,), (33,), (129,), (1000,), (4097,), (3, 5), (2, 3, 4), (0,))
_FEW = ((7,), (129,), (3, 5), (0,))
_erf = np.vectorize(math.erf, otypes=[float])


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def activation(name: str, reference: Any, shapes: Any = _SHAPES, away: float = 0.01, **options: Any) -> None:
    label = " ".join([name, *(f"{key}={value}" for key, value in options.items())])
    row(label, lambda m, x: getattr(m.nn.functional, name)(x, **options), reference, shapes,
        dtypes=FLOATS, ranges=((-6, 6),), away=away)  # fmt: skip


def _shrink(x: Any, b: float) -> Any:
    return np.sign(x) * np.maximum(np.abs(x) - b, 0)


activation("gelu", lambda x: x * 0.5 * (1 + _erf(x / math.sqrt(2))) if x.size else x)
activation(
    "gelu", lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))), approximate="tanh"
)
activation("silu", lambda x: x * _sigmoid(x))
activation("mish", lambda x: x * np.tanh(np.log1p(np.exp(x))))
activation("hardswish", lambda x: x * np.clip(x + 3, 0, 6) / 6)
row("hardsigmoid",  # torch's gradient has a sixth in float32, in float64 too
    lambda m, x: (x + 3).clamp(0, 6) / 6 if m.__name__ == "torch" else m.nn.functional.hardsigmoid(x),
    lambda x: np.clip(x + 3, 0, 6) / 6, _SHAPES, dtypes=FLOATS, ranges=((-6, 6),), away=0.01)  # fmt: skip
activation("relu6", lambda x: np.clip(x, 0, 6))
activation("logsigmoid", lambda x: -np.log1p(np.exp(-x)))
activation("selu", lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)))
activation("leaky_relu", lambda x: np.where(x > 0, x, 0.01 * x))
activation("leaky_relu", lambda x: np.where(x > 0, x, 0.3 * x), _FEW, negative_slope=0.3)
activation("elu", lambda x: np.where(x > 0, x, np.expm1(x)))
activation("elu", lambda x: np.where(x > 0, x, 0.5 * np.expm1(x)), _FEW, alpha=0.5)
activation("celu", lambda x: np.where(x > 0, x, np.expm1(x)), _FEW)
activation("celu", lambda x: np.where(x > 0, x, 2 * np.expm1(x / 2)), _FEW, alpha=2.0)
activation("softplus", lambda x: np.log1p(np.exp(x)))
activation("softplus", lambda x: np.where(3 * x > 5, x, np.log1p(np.exp(3 * x)) / 3), _FEW, beta=3.0, threshold=5.0)
activation("softsign", lambda x: x / (1 + np.abs(x)), _FEW)
activation("hardtanh", lambda x: np.clip(x, -1, 1), _FEW)
activation("hardtanh", lambda x: np.clip(x, -2, 0.5), _FEW, min_val=-2.0, max_val=0.5)
activation("tanhshrink", lambda x: x - np.tanh(x), _FEW)
activation("softshrink", lambda x: _shrink(x, 0.5))
activation("softshrink", lambda x: _shrink(x, 1.5), _FEW, lambd=1.5)
activation("hardshrink", lambda x: np.where(np.abs(x) <= 0.5, 0, x))
activation("threshold", lambda x: np.where(x <= 0.5, 2.0, x), _FEW, threshold=0.5, value=2.0)
activation("rrelu", lambda x: np.where(x > 0, x, x * 0.3), _FEW, lower=0.2, upper=0.4)
row("prelu", lambda m, x, w: m.prelu(x, w), lambda x, w: np.where(x > 0, x, x * w.reshape(1, -1, *(1,) * (x.ndim - 2))),
    [((3, 5), (5,)), ((2, 3, 4), (3,)), ((2, 3, 4, 5), (1,)), ((0, 3), (3,))], ranges=((-5, 5), (0.1, 0.9)),
    away=0.01, terms=lambda x, w: math.prod(x))  # fmt: skip
for _dim in (0, -1):
    row(f"glu {_dim}", lambda m, x, d=_dim: m.nn.functional.glu(x, d),
        lambda x, d=_dim: np.split(x, 2, d)[0] * _sigmoid(np.split(x, 2, d)[1]),
        [(2, 4), (4, 3, 6), (0, 2) if _dim else (2, 0)], ranges=((-5, 5),))  # fmt: skip
row("softmin", lambda m, x: m.nn.functional.softmin(x, 1),
    lambda x: np.exp(-x) / np.exp(-x).sum(1, keepdims=True), [(3, 5), (2, 3, 4)], ranges=((-5, 5),),
    terms=dims_size(1))  # fmt: skip

elsewhere(
    "hardsigmoid", "gs", "the row runs torch's clamp, whose gradient is 1 at its bounds", lambda x: np.abs(x) == 3
)
elsewhere(
    "softplus",
    "s",
    "torch's second derivative is 0 at the threshold, its first is still the sigmoid's",
    lambda x: x == 20,
)
elsewhere("hardswish", "s", "torch takes nan for no number between the bounds", lambda x: x != x)
elsewhere("prelu", "s", "torch's second derivative takes the other side at 0 than its first")
