"""Bad calls of convolution."""

from __future__ import annotations

from badcalls.table import bad, layer

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
for d, n in ((1, "Conv1d"), (2, "Conv2d"), (3, "Conv3d")):
    s = (4,) * d
    t = f"ConvTranspose{d}d"
    layer(n, "groups", "in_channels must be divisible by groups", (3, 4, 2), options={"groups": 2})
    layer(n, "out groups", "out_channels must be divisible by groups", (4, 3, 2), options={"groups": 2})
    layer(n, "no groups", "groups must be a positive integer", (4, 4, 2), options={"groups": 0})
    layer(
        n,
        "padding word",
        "Invalid padding string 'all', should be one of \\{'valid', 'same'\\}",
        (2, 2, 2),
        options={"padding": "all"},
    )
    layer(
        n,
        "same strided",
        "padding='same' is not supported for strided convolutions",
        (2, 2, 2),
        options={"padding": "same", "stride": 2},
    )
    layer(
        n,
        "an unknown mode",
        "padding_mode must be one of .*, but got padding_mode='mirror'",
        (2, 2, 2),
        options={"padding_mode": "mirror"},
    )
    layer(n, "other channels", "Given groups=1, weight of size \\[2, 3, 2", (3, 2, 2), lambda m, s=s: m.ones(1, 2, *s))
    layer(
        n,
        "another rank",
        "d, but got input of size: \\[1, 1, 1, 1, 1",
        (2, 2, 2),
        lambda m, d=d: m.ones(*(1,) * (d + 4)),
    )
    layer(
        n,
        "a window that does not fit",
        "9\\] does not fit into the padded input: input \\[1, 2, 4",
        (2, 2, 9),
        lambda m, s=s: m.ones(1, 2, *s),
    )
    layer(
        n,
        "another dtype",
        "d: Input type \\(int64\\) and weight or bias type \\(float32\\) should be the same",
        (2, 2, 2),
        lambda m, s=s: m.ones(1, 2, *s, dtype=m.int64),
    )
    layer(
        n,
        "doubles",
        "d: Input type \\(float64\\) and weight or bias type \\(float32\\) should be the same",
        (2, 2, 2),
        lambda m, s=s: m.ones(1, 2, *s, dtype=m.float64),
    )
    layer(n, "negative channels", "empty: Trying to create tensor with negative dimension -2: \\[2, -2, 2", (-2, 2, 2))
    layer(
        n,
        "stride 0",
        "d: stride must be at least 1, got \\(0,",
        (2, 2, 2),
        lambda m, s=s: m.ones(1, 2, *s),
        options={"stride": 0},
    )
    layer(
        n,
        "negative dilation",
        "d: dilation must be at least 1, got \\(-1,",
        (2, 2, 2),
        lambda m, s=s: m.ones(1, 2, *s),
        options={"dilation": -1},
    )
    layer(
        n,
        "a window of another rank",
        "dimensions, got \\[2, 2, 2, 2",
        (2, 2, (2,) * (d + 1)),
        lambda m, s=s: m.ones(1, 2, *s),
    )
    layer(
        n,
        "reflect",
        "reflect padding: Padding size should be less than the corresponding input dimension, but got: padding \\(9, 9\\) o",
        (2, 2, 2),
        lambda m, s=s: m.ones(1, 2, *s),
        options={"padding": 9, "padding_mode": "reflect"},
    )
    layer(
        t, "other channels", "Given transposed=1, weight of size \\[3, 2, 2", (3, 2, 2), lambda m, s=s: m.ones(1, 2, *s)
    )
    layer(
        t,
        "an unknown mode",
        'Only "zeros" padding mode is supported for ConvTranspose',
        (2, 2, 2),
        options={"padding_mode": "reflect"},
    )
    layer(
        t,
        "output padding",
        "output padding must be smaller than either stride or dilation, but got output_padding: \\(2,",
        (2, 2, 2),
        lambda m, s=s: m.ones(1, 2, *s),
        options={"output_padding": 2},
    )
    layer(t, "another rank", "D \\(batched\\) input to conv_transpose", (2, 2, 2), lambda m: m.ones(2))
    layer(t, "groups", "in_channels must be divisible by groups", (3, 3, 2), options={"groups": 2})
    layer(
        t,
        "negative result",
        "-14\\] is too small: input \\[1, 2, 4",
        (2, 2, 1),
        lambda m, s=s: m.ones(1, 2, *s),
        options={"padding": 9},
    )
    bad(
        f"nn.{t} of another output_size",
        lambda m, t=t, s=s, d=d: getattr(m.nn, t)(2, 2, 2)(m.ones(1, 2, *s), output_size=(99,) * d),
        "requested an output size|output_size",
    )
layer("Conv1d", "half an element of padding", "'pad' must be tuple of ints, not float", (1, 1, 3),
      lambda m: m.ones(1, 1, 5), {"padding": 2.5, "padding_mode": "reflect"})  # fmt: skip
