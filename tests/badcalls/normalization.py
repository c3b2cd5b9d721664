"""Bad calls of normalization."""

from __future__ import annotations

from badcalls.table import bad, layer

for d in (1, 2, 3):
    s = (4,) * d
    b = f"BatchNorm{d}d"
    i = f"InstanceNorm{d}d"
    layer(
        b,
        "other channels",
        "batch_norm: running_mean should contain 2 elements not 3",
        (3,),
        lambda m, s=s: m.ones(2, 2, *s),
    )
    layer(b, "another rank", "D input \\(got 1D input\\)", (3,), lambda m: m.ones(3))
    layer(
        b,
        "one value",
        "Expected more than 1 value per channel when training, got input size \\[1, 3, 1",
        (3,),
        lambda m, d=d: m.ones(1, 3, *(1,) * d),
    )
    layer(
        b,
        "another dtype",
        '"batch_norm" not implemented for int64',
        (2,),
        lambda m, s=s: m.ones(2, 2, *s, dtype=m.int64),
    )
    layer(b, "a negative size", "empty: Trying to create tensor with negative dimension -2: \\[-2\\]", (-2,))
    layer(
        b,
        "doubles",
        "batch_norm: expected all tensors to have dtype float64, got float32",
        (2,),
        lambda m, s=s: m.ones(2, 2, *s, dtype=m.float64),
    )
    layer(i, "another rank", "D input \\(got 1D input\\)", (3,), lambda m: m.ones(3))
    layer(
        i,
        "one value",
        "Expected more than 1 spatial element when training, got input size \\[2, 3, 1",
        (3,),
        lambda m, d=d: m.ones(2, 3, *(1,) * d),
    )
    layer(
        i,
        "channels affine",
        "expected input's size at dim=1 to match num_features \\(3\\), but got: 2\\.",
        (3,),
        lambda m, s=s: m.ones(2, 2, *s),
        options={"affine": True},
    )
layer(
    "LayerNorm",
    "shape",
    "layer_norm: Given normalized_shape=\\[3\\], expected input with",
    ((3,),),
    lambda m: m.ones(2, 4),
)
layer(
    "LayerNorm", "empty", "layer_norm: Expected normalized_shape to be at least 1-dimen", ((),), lambda m: m.ones(2, 4)
)
layer(
    "LayerNorm",
    "another rank",
    "layer_norm: Given normalized_shape=\\[2, 3, 4\\], expected input",
    ((2, 3, 4),),
    lambda m: m.ones(3, 4),
)
layer("LayerNorm", "a negative size", "empty: Trying to create tensor with negative dimension -3: \\[", ((-3,),))
layer("LayerNorm", "a word", "empty\\(\\): argument 'size' must be a tuple of ints, but found", ("x",))
layer(
    "RMSNorm",
    "shape",
    "rms_norm: Given normalized_shape=\\[3\\], expected input with sh",
    ((3,),),
    lambda m: m.ones(2, 4),
)
layer("RMSNorm", "integers", '"rms_norm" not implemented for int64', ((3,),), lambda m: m.ones(2, 3, dtype=m.int64))
layer("GroupNorm", "divide", "num_channels \\(3\\) must be divisible by num_groups \\(2\\)", (2, 3))
layer(
    "GroupNorm",
    "other channels",
    "group_norm: expected weight of shape \\[6\\], but got \\[4\\]",
    (2, 4),
    lambda m: m.ones(2, 6, 3),
)
layer(
    "GroupNorm",
    "another rank",
    "group_norm: Expected at least 2 dimensions for input tensor",
    (2, 4),
    lambda m: m.ones(4),
)
layer(
    "GroupNorm",
    "one value",
    "group_norm: Expected more than 1 value per channel when trai",
    (4, 4),
    lambda m: m.ones(1, 4, 1),
)
layer(
    "LocalResponseNorm",
    "another rank",
    "Expected 3D or higher dimensionality input \\(got 2 dimensions",
    (2,),
    lambda m: m.ones(3, 3),
)
layer(
    "LocalResponseNorm",
    "a size of 0",
    "new_zeros: Trying to create tensor with negative dimension -",
    (0,),
    lambda m: m.ones(1, 3, 3),
)
bad(
    "layer_norm of another shape", lambda m: m.nn.functional.layer_norm(m.ones(2, 3), (2,)), "expected input with shape"
)
bad("layer_norm of another weight", lambda m: m.nn.functional.layer_norm(m.ones(2, 3), (3,), m.ones(2)), "weight")
bad("layer_norm of nothing", lambda m: m.nn.functional.layer_norm(m.ones(2, 3), ()), "at least 1-dimensional")
bad("group_norm of groups", lambda m: m.nn.functional.group_norm(m.ones(2, 3, 4), 2), "divisible")
bad("batch_norm without statistics", lambda m: m.nn.functional.batch_norm(m.ones(2, 3), None, None), "running_mean")
bad("batch_norm of one value", lambda m: m.nn.functional.batch_norm(m.ones(1, 3), None, None, training=True),
    "more than 1 value per channel")  # fmt: skip
bad("batch_norm of other channels",
    lambda m: m.nn.functional.batch_norm(m.ones(2, 3), m.zeros(2), m.ones(2)), "3 elements not 2")  # fmt: skip
bad(
    "instance_norm of one value",
    lambda m: m.nn.functional.instance_norm(m.ones(2, 3, 1)),
    "more than 1 spatial element",
)
bad("rms_norm of no tensor", lambda m: m.nn.functional.rms_norm(3.0, (1,)), "must be Tensor")
bad("local_response_norm of two dimensions", lambda m: m.nn.functional.local_response_norm(m.ones(2, 3), 2), "3D")
bad(
    "batch_norm at top level without eps",
    lambda m: m.batch_norm(m.ones(2, 3), None, None, None, None, True),
    "momentum",
)
