"""Bad calls of activations, as functions and as layers."""

from __future__ import annotations

from badcalls.table import bad, layer

layer(
    "PReLU",
    "other channels",
    "Mismatch of parameter numbers and input channel size\\. Found",
    (3,),
    lambda m: m.ones(2, 4),
)
layer("PReLU", "a negative size", "empty: Trying to create tensor with negative dimension -1: \\[", (-1,))
layer("GLU", "odd", "Halving dimension must be even, but dimension -1 is size 3", (), lambda m: m.ones(2, 3))
layer("GLU", "0d", "glu does not support 0-dimensional tensors", (), lambda m: m.tensor(1.0))
layer(
    "GELU", "approximate", "approximate argument must be either none or tanh, but got 'x", ("x",), lambda m: m.ones(2)
)
layer("Threshold", "too few arguments", "Threshold\\.__init__\\(\\) missing 1 required positional argument:", (1.0,))
layer("RReLU", "order", "rrelu: lower=0\\.5 should not be above upper=0\\.1", (0.5, 0.1), lambda m: m.ones(2))
layer("ELU", "a list", "elu\\(\\): expected Tensor or Number, got list", (), lambda m: [1.0])
layer("CELU", "a size of 0", "ZeroDivisionError: alpha cannot be 0 for CELU", (0.0,), lambda m: m.ones(2))
layer(
    "Softshrink",
    "a negative size",
    "lambda must be greater or equal to 0, but found to be -1\\.0\\.",
    (-1.0,),
    lambda m: m.ones(2),
)
bad(
    "prelu weights",
    lambda m: m.nn.functional.prelu(m.ones(2, 3), m.ones(2)),
    r"Mismatch of parameter numbers and input channel size\.",
)
bad(
    "glu odd", lambda m: m.nn.functional.glu(m.ones(2, 3)), "Halving dimension must be even, but dimension -1 is size 3"
)
bad(
    "rrelu bounds",
    lambda m: m.nn.functional.rrelu(m.ones(3), 0.5, 0.1),
    r"rrelu: lower=0\.5 should not be above upper=0\.1",
)
bad(
    "nn.Hardtanh bounds",
    lambda m: m.nn.Hardtanh(1.0, -1.0),
    r"max_val must be larger than min_val, but got -1\.0 and 1\.0",
)
bad(
    "nn.Softplus integers",
    lambda m: m.nn.Softplus()(m.tensor([1])),
    '"softplus" not implemented for int64: expected floating point',
)
bad(
    "nn.Softplus bools",
    lambda m: m.nn.Softplus()(m.tensor([True])),
    '"softplus" not implemented for bool: expected floating point',
)
