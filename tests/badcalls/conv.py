"""Bad calls of convolutions."""

from badcalls.table import bad

bad("conv2d of too few dimensions", lambda m: m.nn.functional.conv2d(m.ones(3, 3), m.ones(1, 1, 2, 2)), "Expected 3D")
bad("conv2d of a weight of too few dimensions", lambda m: m.nn.functional.conv2d(m.ones(1, 1, 3, 3), m.ones(1, 2, 2)),
    "expected a weight of 4 dimensions")  # fmt: skip
bad("conv2d of other channels", lambda m: m.nn.functional.conv2d(m.ones(1, 2, 3, 3), m.ones(1, 1, 2, 2)),
    "to have 1 channels, but got 2 channels")  # fmt: skip
bad(
    "conv2d of groups",
    lambda m: m.nn.functional.conv2d(m.ones(1, 2, 3, 3), m.ones(3, 1, 2, 2), groups=2),
    "groups|divisible",
)
bad("conv2d of another bias", lambda m: m.nn.functional.conv2d(m.ones(1, 1, 3, 3), m.ones(2, 1, 2, 2), m.ones(3)),
    "expected bias to be 1-dimensional with 2")  # fmt: skip
bad(
    "conv2d of a window that does not fit",
    lambda m: m.nn.functional.conv2d(m.ones(1, 1, 3, 3), m.ones(1, 1, 4, 2)),
    "does not fit",
)
bad(
    "conv2d of two dtypes",
    lambda m: m.nn.functional.conv2d(m.ones(1, 1, 3, 3), m.ones(1, 1, 2, 2, dtype=m.float64)),
    "should be the same",
)
bad("conv2d of stride 0", lambda m: m.nn.functional.conv2d(m.ones(1, 1, 3, 3), m.ones(1, 1, 2, 2), stride=0), "stride")
bad("conv2d of same and a stride",
    lambda m: m.nn.functional.conv2d(m.ones(1, 1, 3, 3), m.ones(1, 1, 2, 2), stride=2, padding="same"), "same")  # fmt: skip
bad("conv2d of negative padding", lambda m: m.nn.functional.conv2d(m.ones(1, 1, 3, 3), m.ones(1, 1, 2, 2), padding=-1),
    "padding")  # fmt: skip
bad("conv_transpose2d of output padding",
    lambda m: m.nn.functional.conv_transpose2d(m.ones(1, 1, 3, 3), m.ones(1, 1, 2, 2), output_padding=1),
    "output padding must be smaller")  # fmt: skip
bad("conv_transpose2d of other channels",
    lambda m: m.nn.functional.conv_transpose2d(m.ones(1, 2, 3, 3), m.ones(1, 1, 2, 2)), "to have 1 channels")  # fmt: skip
