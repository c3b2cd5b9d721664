"""Bad calls of softmax."""

from __future__ import annotations

from badcalls.table import bad, layer

layer("Softmax", "dim", "Dimension out of range \\(expected to be in range of \\[-1, 0\\],", (5,), lambda m: m.ones(2))
layer(
    "Softmax2d", "another rank", "Softmax2d: expected input to be 3D or 4D, got 2D instead", (), lambda m: m.ones(2, 2)
)
bad(
    "gumbel_softmax dim",
    lambda m: m.nn.functional.gumbel_softmax(m.ones(2, 3), dim=2),
    r"range of \[-2, 1\], but got 2\)",
)
bad("nn.LogSoftmax dim", lambda m: m.nn.LogSoftmax(2)(m.ones(2, 3)), r"range of \[-2, 1\], but got 2\)")
bad("nn.Softmin dim", lambda m: m.nn.Softmin(2)(m.ones(2, 3)), r"range of \[-2, 1\], but got 2\)")
