"""Bad calls of lazy layers."""

from __future__ import annotations

from badcalls.table import bad

bad("nn.LazyConv1d rank", lambda m: m.nn.LazyConv1d(2, 3)(m.ones(3)), r"to LazyConv1d, but got input of size: \[3\]")
bad(
    "nn.LazyConv2d rank",
    lambda m: m.nn.LazyConv2d(2, 3)(m.ones(4, 4)),
    r"to LazyConv2d, but got input of size: \[4, 4\]",
)
bad(
    "nn.LazyConv2d groups",
    lambda m: m.nn.LazyConv2d(4, 3, groups=2)(m.ones(1, 3, 4, 4)),
    "in_channels must be divisible by groups",
)
bad(
    "nn.LazyConv3d rank",
    lambda m: m.nn.LazyConv3d(2, 3)(m.ones(4, 4)),
    r"to LazyConv3d, but got input of size: \[4, 4\]",
)
bad("nn.LazyConvTranspose1d rank", lambda m: m.nn.LazyConvTranspose1d(2, 3)(m.ones(4)), r"but got input of size: \[4\]")
bad("nn.LazyConvTranspose2d rank", lambda m: m.nn.LazyConvTranspose2d(2, 3)(m.ones(4)), r"but got input of size: \[4\]")
bad("nn.LazyConvTranspose3d rank", lambda m: m.nn.LazyConvTranspose3d(2, 3)(m.ones(4)), r"but got input of size: \[4\]")
bad(
    "nn.LazyBatchNorm1d rank",
    lambda m: m.nn.LazyBatchNorm1d()(m.ones(4, 2, 2, 2)),
    r"expected 2D or 3D input \(got 4D input\)",
)
bad("nn.LazyBatchNorm2d rank", lambda m: m.nn.LazyBatchNorm2d()(m.ones(4, 2)), r"expected 4D input \(got 2D input\)")
bad("nn.LazyBatchNorm3d rank", lambda m: m.nn.LazyBatchNorm3d()(m.ones(4, 2)), r"expected 5D input \(got 2D input\)")
bad(
    "nn.LazyInstanceNorm1d rank",
    lambda m: m.nn.LazyInstanceNorm1d()(m.ones(4)),
    "with a dimension 1, got one of 1 dimensions",
)
bad(
    "nn.LazyInstanceNorm2d rank",
    lambda m: m.nn.LazyInstanceNorm2d()(m.ones(4, 2)),
    r"expected 3D or 4D input \(got 2D input\)",
)
bad(
    "nn.LazyInstanceNorm3d rank",
    lambda m: m.nn.LazyInstanceNorm3d()(m.ones(4, 2)),
    r"expected 4D or 5D input \(got 2D input\)",
)
bad("nn.LazyLinear scalar", lambda m: m.nn.LazyLinear(3)(m.ones(())), "with a dimension -1, got one of 0 dimensions")
bad(
    "nn.LazyLinear loads",
    lambda m: m.nn.LazyLinear(3).load_state_dict({"weight": m.ones(2, 2), "bias": m.ones(3), "x": m.ones(1)}),
    r'Unexpected key\(s\) in state_dict: "x"',
)
