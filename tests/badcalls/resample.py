"""Bad calls of resampling images."""

from __future__ import annotations

from badcalls.table import bad, layer

bad("interpolate of no size", lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3)), "either size or scale_factor")
bad("interpolate of both", lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3), 2, 2), "only one of size")
bad(
    "interpolate of corners",
    lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3), 2, align_corners=True),
    "align_corners",
)
bad(
    "interpolate of another mode",
    lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3), 2, mode="bilinear"),
    "bilinear",
)
bad("interpolate smoothly to the nearest", lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3, 3), 2, antialias=True),
    "Anti-alias option is restricted")  # fmt: skip
bad("interpolate of two dimensions", lambda m: m.nn.functional.interpolate(m.ones(1, 3), 2), "3D")
bad("interpolate of many sizes", lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3), (2, 3)), "same number")
bad("interpolate to nothing", lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3), 0), "greater than 0")
bad("interpolate to a float", lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3), (2.5,)), "expected size")
bad("pixel_shuffle of channels", lambda m: m.nn.functional.pixel_shuffle(m.ones(1, 3, 2, 2), 2), "divisible")
bad("pixel_unshuffle of a width", lambda m: m.nn.functional.pixel_unshuffle(m.ones(1, 3, 2, 3), 2), "divisible")
layer(
    "PixelShuffle",
    "other channels",
    "pixel_shuffle expects its input's 'channel' dimension to be",
    (2,),
    lambda m: m.ones(1, 3, 2, 2),
)
layer(
    "PixelShuffle",
    "another rank",
    "pixel_shuffle expects input to have at least 3 dimensions, b",
    (2,),
    lambda m: m.ones(4, 2),
)
layer(
    "PixelShuffle",
    "a negative size",
    "pixel_shuffle expects a positive factor, but got -2",
    (-2,),
    lambda m: m.ones(1, 4, 2, 2),
)
layer(
    "PixelUnshuffle",
    "size",
    "pixel_unshuffle expects height and width to be divisible by",
    (2,),
    lambda m: m.ones(1, 1, 3, 2),
)
layer(
    "Upsample",
    "both",
    "only one of size or scale_factor should be defined",
    (),
    lambda m: m.ones(1, 1, 2, 2),
    options={"size": 3, "scale_factor": 2},
)
layer("Upsample", "none", "either size or scale_factor should be defined", (), lambda m: m.ones(1, 1, 2, 2))
layer(
    "Upsample",
    "an unknown mode",
    "Input Error: Only 3D, 4D and 5D input Tensors supported for",
    (),
    lambda m: m.ones(1, 1, 2, 2),
    options={"size": 3, "mode": "cubic"},
)
layer(
    "Upsample",
    "another rank",
    "Input Error: Only 3D, 4D and 5D input Tensors supported for",
    (),
    lambda m: m.ones(2, 2),
    options={"size": 3},
)
layer(
    "Upsample",
    "bilinear 3d",
    "Input Error: Only 3D, 4D and 5D input Tensors supported for",
    (),
    lambda m: m.ones(1, 2, 2),
    options={"size": 3, "mode": "bilinear"},
)
bad(
    "affine_grid integers",
    lambda m: m.nn.functional.affine_grid(m.ones(1, 2, 3, dtype=m.int64), (1, 1, 2, 2), False),
    r"point type, but got mocrograd\.int64",
)
bad(
    "affine_grid shape",
    lambda m: m.nn.functional.affine_grid(m.ones(1, 3, 3), (1, 1, 2, 2), False),
    "Expected a batch of 2D affine matrices of shape Nx2x3 for",
)
bad(
    "affine_grid size",
    lambda m: m.nn.functional.affine_grid(m.ones(1, 2, 3), (1, 1, 0, 2), False),
    r"Expected non-zero, positive output size\. Got \(1, 1, 0, 2\)",
)
bad(
    "affine_grid rank",
    lambda m: m.nn.functional.affine_grid(m.ones(1, 2, 3), (1, 2, 2), False),
    r"2D and 3D transforms, got \(1, 2, 2\)",
)
bad(
    "affine_grid batch",
    lambda m: m.nn.functional.affine_grid(m.ones(1, 2, 3), (3, 1, 2, 2), False),
    "Expected 3 affine matrices, one for each image, got 1",
)
bad(
    "grid_sample mode",
    lambda m: m.nn.functional.grid_sample(m.ones(1, 1, 2, 2), m.ones(1, 2, 2, 2), "x", align_corners=False),
    "or 'bicubic', but got: 'x'",
)
bad(
    "grid_sample padding",
    lambda m: m.nn.functional.grid_sample(
        m.ones(1, 1, 2, 2), m.ones(1, 2, 2, 2), padding_mode="x", align_corners=False
    ),
    "or 'reflection', but got: 'x'",
)
bad(
    "grid_sample rank",
    lambda m: m.nn.functional.grid_sample(m.ones(1, 2, 2), m.ones(1, 2, 2), align_corners=False),
    r"of dimensions, but got input with sizes \[1, 2, 2\] and grid",
)
bad(
    "grid_sample batch",
    lambda m: m.nn.functional.grid_sample(m.ones(1, 1, 2, 2), m.ones(2, 2, 2, 2), align_corners=False),
    r"and 2 in the last, but got input with sizes \[1, 1, 2, 2\]",
)
bad(
    "grid_sample axes",
    lambda m: m.nn.functional.grid_sample(m.ones(1, 1, 2, 2), m.ones(1, 2, 2, 3), align_corners=False),
    r"and 2 in the last, but got input with sizes \[1, 1, 2, 2\]",
)
bad(
    "grid_sample dtype",
    lambda m: m.nn.functional.grid_sample(m.ones(1, 1, 2, 2), m.ones(1, 2, 2, 2, dtype=m.float64), align_corners=False),
    r"grid_sample\(\): expected input and grid to have the same",
)
bad(
    "grid_sample empty",
    lambda m: m.nn.functional.grid_sample(m.ones(1, 1, 0, 2), m.ones(1, 2, 2, 2), align_corners=False),
    r"dimensions, but got sizes \[1, 1, 0, 2\]",
)
bad(
    "grid_sample cubic volumes",
    lambda m: m.nn.functional.grid_sample(m.ones(1, 1, 2, 2, 2), m.ones(1, 2, 2, 2, 3), "bicubic", align_corners=False),
    r"grid_sample\(\): bicubic interpolation only supports 4D input",
)
bad(
    "interpolate no channels",
    lambda m: m.nn.functional.interpolate(m.ones(1, 0, 3), 4),
    r"channels expected, but got a tensor with sizes \[1, 0, 3\]",
)
bad(
    "nn.ChannelShuffle divide",
    lambda m: m.nn.ChannelShuffle(4)(m.ones(1, 6, 2, 2)),
    r"Number of channels must be divisible by groups\. Got 6",
)
bad(
    "nn.ChannelShuffle rank",
    lambda m: m.nn.ChannelShuffle(2)(m.ones(2, 6)),
    r"with > 2 dims, but got input with sizes \[2, 6\]",
)
bad(
    "nn.ChannelShuffle groups",
    lambda m: m.nn.functional.channel_shuffle(m.ones(1, 6, 2, 2), 0),
    r"Number of groups to divide channels in must be positive\.",
)
bad(
    "nn.UpsamplingBilinear2d rank",
    lambda m: m.nn.UpsamplingBilinear2d(4)(m.ones(1, 1, 4)),
    r"trilinear \(5D\) \| area \(got 3D for bilinear\)",
)
bad(
    "nn.UpsamplingNearest2d none",
    lambda m: m.nn.UpsamplingNearest2d()(m.ones(1, 1, 4, 4)),
    "either size or scale_factor should be defined",
)
