"""Bad calls of layers, made and called: linear maps, convolutions, norms, pooling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from badcalls.table import bad


def layer(
    name: str, what: str, words: str, args: tuple[Any, ...], x: Callable[[Any], Any] | None = None, options: Any = None
) -> None:
    """Add a row that makes a layer and, where there is input, calls it.

    Args:
        name: The class.
        what: What is wrong.
        words: What our message contains.
        args: The constructor's arguments.
        x: Makes the input, or a tuple of inputs.
        options: The constructor's options.
    """

    def call(m: Any) -> Any:
        made = getattr(m.nn, name)(*args, **(options or {}))
        if x is None:
            return made
        given = x(m)
        return made(*given) if isinstance(given, tuple) else made(given)

    bad(f"nn.{name} of {what}", call, words)


layer("Linear", "a negative size", "empty: Trying to create tensor with negative dimension -1: \\[", (-1, 2))
layer("Linear", "half a size", "empty\\(\\): argument 'size' must be a tuple of ints, but found", (2.5, 2))
layer("Linear", "a word", "empty\\(\\): argument 'size' must be a tuple of ints, but found", ("a", 2))
layer(
    "Linear",
    "other width",
    "linear: mat1 and mat2 shapes cannot be multiplied \\(2x4 and 3",
    (3, 2),
    lambda m: m.ones(2, 4),
)
layer(
    "Linear",
    "integers",
    "linear: expected m1 and m2 to have the same dtype, but got:",
    (3, 2),
    lambda m: m.ones(2, 3, dtype=m.int64),
)
layer(
    "Linear",
    "doubles",
    "linear: expected m1 and m2 to have the same dtype, but got:",
    (3, 2),
    lambda m: m.ones(2, 3, dtype=m.float64),
)
layer(
    "Linear",
    "no dims",
    "linear: mat1 and mat2 shapes cannot be multiplied \\( and 3x2\\)",
    (3, 2),
    lambda m: m.tensor(1.0),
)
layer("Linear", "a list", "linear\\(\\): expected Tensor, got list", (3, 2), lambda m: [1.0])
layer("Linear", "too few arguments", "Linear\\.__init__\\(\\) missing 1 required positional argument: 'o", (3,))
layer("Bilinear", "no features", "in1_features must be > 0, but got \\(in1_features=0\\)", (0, 2, 3))
layer(
    "Bilinear",
    "batches",
    "bilinear\\(\\): input batch dimensions do not match: got \\[2, 2\\]",
    (2, 3, 4),
    lambda m: (m.ones(2, 2), m.ones(3, 3)),
)
layer(
    "Bilinear",
    "widths",
    "bilinear\\(\\): input1 and input2 must have 2 and 3 features by",
    (2, 3, 4),
    lambda m: (m.ones(2, 3), m.ones(2, 3)),
)
layer(
    "Bilinear",
    "another dtype",
    "bilinear: expected m1 and m2 to have the same dtype, but got",
    (2, 3, 4),
    lambda m: (m.ones(2, 2), m.ones(2, 3, dtype=m.float64)),
)
for d, n in ((1, "Conv1d"), (2, "Conv2d"), (3, "Conv3d")):
    s = (4,) * d
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
    t = f"ConvTranspose{d}d"
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
    b = f"BatchNorm{d}d"
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
    i = f"InstanceNorm{d}d"
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
    for p in ("Max", "Avg"):
        n2 = f"{p}Pool{d}d"
        layer(n2, "too large a size", ", 4\\]\\. Calculated output size: \\[0", (9,), lambda m, s=s: m.ones(1, 2, *s))
        layer(
            n2,
            "too much padding",
            "d: pad should be at most half of effective kernel size, but got pad=2, kernel_size=2 and dilation=1",
            (2,),
            lambda m, s=s: m.ones(1, 2, *s),
            options={"padding": 2},
        )
        layer(n2, "a size of 0", "d: kernel_size must be at least 1, got", (0,), lambda m, s=s: m.ones(1, 2, *s))
        layer(n2, "a negative stride", "d: stride must be at least 1, got", (2, -1), lambda m, s=s: m.ones(1, 2, *s))
        layer(n2, "stride 0", "d: stride must be at least 1, got", (2, 0), lambda m, s=s: m.ones(1, 2, *s))
        layer(
            n2,
            "too many sizes",
            "d: expected kernel_size to be a single integer value or",
            ((2,) * (d + 1),),
            lambda m, s=s: m.ones(1, 2, *s),
        )
        layer(
            n2,
            "negative padding",
            "d: padding must be at least 0, got",
            (2,),
            lambda m, s=s: m.ones(1, 2, *s),
            options={"padding": -1},
        )
        layer(n2, "bool", 'd" not implemented for bool', (2,), lambda m, s=s: m.ones(1, 2, *s, dtype=m.bool))
        layer(
            n2,
            "a word",
            "d\\(\\): argument 'kernel_size' must be tuple of ints, not",
            ("x",),
            lambda m, s=s: m.ones(1, 2, *s),
        )
        a = f"Adaptive{p}Pool{d}d"
        layer(a, "another rank", "D tensor, but got input of size \\[3\\]", (2,), lambda m: m.ones(3))
        layer(
            a,
            "a negative size",
            "d: output_size must be at least 0, got \\(-1,",
            (-1,),
            lambda m, s=s: m.ones(1, 2, *s),
        )
        layer(
            a,
            "too many sizes",
            "d: output_size must be one number or",
            ((2,) * (d + 1),),
            lambda m, s=s: m.ones(1, 2, *s),
        )
        layer(
            a,
            "a word",
            "d\\(\\): argument 'output_size' must be tuple of ints, not \\('x',",
            ("x",),
            lambda m, s=s: m.ones(1, 2, *s),
        )
        layer(a, "integers", 'd" not implemented for int64', (2,), lambda m, s=s: m.ones(1, 2, *s, dtype=m.int64))
layer(
    "MaxPool2d",
    "dilation",
    "max_pool2d: dilation must be at least 1, got 0",
    (2,),
    lambda m: m.ones(1, 1, 4, 4),
    options={"dilation": 0},
)
layer(
    "AvgPool2d",
    "divisor",
    "avg_pool2d: divisor must be not zero",
    (2,),
    lambda m: m.ones(1, 1, 4, 4),
    options={"divisor_override": 0},
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
layer("Conv1d", "half an element of padding", "'pad' must be tuple of ints, not float", (1, 1, 3),
      lambda m: m.ones(1, 1, 5), {"padding": 2.5, "padding_mode": "reflect"})  # fmt: skip
layer(
    "MultiheadAttention",
    "another batch of keys",
    "expected keys of 3 sequences, as the query, got 1",
    (4, 2),
    lambda m: (m.ones(2, 3, 4), m.ones(2, 1, 4), m.ones(2, 1, 4)),
)
