"""Bad calls of pooling."""

from __future__ import annotations

from badcalls.table import bad, layer

bad("max_pool2d of too few dimensions", lambda m: m.nn.functional.max_pool2d(m.ones(3, 3), 2), "Expected 3D or 4D")
bad(
    "max_pool2d of much padding", lambda m: m.nn.functional.max_pool2d(m.ones(1, 1, 4, 4), 2, padding=2), "at most half"
)
bad("max_pool2d of a large window", lambda m: m.nn.functional.max_pool2d(m.ones(1, 1, 4, 4), 5), "too small")
bad("max_pool2d of stride 0", lambda m: m.nn.functional.max_pool2d(m.ones(1, 1, 4, 4), 2, 0), "stride")
bad("max_pool2d of no channels", lambda m: m.nn.functional.max_pool2d(m.ones(1, 0, 4, 4), 2), "non-zero")
bad(
    "avg_pool2d of much padding", lambda m: m.nn.functional.avg_pool2d(m.ones(1, 1, 4, 4), 2, padding=2), "at most half"
)
bad("avg_pool2d of divisor 0", lambda m: m.nn.functional.avg_pool2d(m.ones(1, 1, 4, 4), 2, divisor_override=0),
    "divisor must be not zero")  # fmt: skip
bad("adaptive_avg_pool2d of a matrix", lambda m: m.nn.functional.adaptive_avg_pool2d(m.ones(4, 4), (2, 2)), "at least 3",
    ValueError)  # fmt: skip
bad("adaptive_avg_pool2d of three sizes", lambda m: m.nn.functional.adaptive_avg_pool2d(m.ones(1, 1, 4, 4), (1, 2, 3)),
    "output_size")  # fmt: skip
for _dims in (1, 2, 3):
    bad(
        f"max_unpool{_dims}d of integers",
        lambda m, n=_dims: getattr(m.nn.functional, f"max_unpool{n}d")(
            m.ones(1, 1, *[2] * n, dtype=m.int64), m.zeros(1, 1, *[2] * n, dtype=m.int64), 2
        ),
        "not implemented",
        NotImplementedError,
    )
bad("avg_pool1d of no tensor", lambda m: m.nn.functional.avg_pool1d([1.0], 1), "must be Tensor")
bad(
    "nn.FractionalMaxPool2d no size", lambda m: m.nn.FractionalMaxPool2d(2), "requires specifying either an output size"
)
bad(
    "nn.FractionalMaxPool2d both",
    lambda m: m.nn.FractionalMaxPool2d(2, output_size=2, output_ratio=0.5),
    "only one of output_size and output_ratio may be specified, got 2 and 0.5",
)
bad("nn.FractionalMaxPool3d ratio", lambda m: m.nn.FractionalMaxPool3d(2, output_ratio=1.5), r"0 and 1 \(got 1.5\)")
bad(
    "nn.FractionalMaxPool2d size",
    lambda m: m.nn.FractionalMaxPool2d(5, output_size=2)(m.ones(1, 1, 4, 4)),
    "pool 5 with 2 places is too large relative to input size 4",
)
bad(
    "fractional_max_pool3d no size",
    lambda m: m.nn.functional.fractional_max_pool3d(m.ones(1, 4, 4, 4), 2),
    "requires specifying either an output_size or an output_ratio",
)
bad(
    "nn.LPPool1d size",
    lambda m: m.nn.LPPool1d(2, 9)(m.ones(1, 1, 4)),
    r"avg_pool1d: Given input size: \[1, 1, 4\]\. Calculated output",
)
bad(
    "nn.LPPool2d pixels",
    lambda m: m.nn.LPPool2d(2, 5)(m.ones(1, 4, 4)),
    r"avg_pool2d: Given input size: \[1, 4, 4\]\. Calculated output",
)
bad("nn.LPPool3d rank", lambda m: m.nn.LPPool3d(2, 2)(m.ones(4, 4)), r"4D or 5D tensor, but got input of size \[4, 4\]")
bad(
    "nn.LPPool2d size of 0",
    lambda m: m.nn.LPPool2d(2, 0)(m.ones(1, 4, 4)),
    "avg_pool2d: kernel_size must be at least 1, got 0",
)
bad(
    "nn.MaxUnpool1d index",
    lambda m: m.nn.MaxUnpool1d(2)(m.ones(1, 1, 2), m.tensor([[[0, 4]]])),
    "expected 0 to 3: index 4 is out of bounds",
)
bad(
    "nn.MaxUnpool2d index below",
    lambda m: m.nn.MaxUnpool2d(2)(m.ones(1, 1, 1, 1), m.tensor([[[[-1]]]])),
    "expected 0 to 3: index -1 is out of bounds",
)
bad(
    "nn.MaxUnpool3d index",
    lambda m: m.nn.MaxUnpool3d(2)(m.ones(1, 1, 1, 1, 1), m.tensor([[[[[8]]]]])),
    "expected 0 to 7: index 8 is out of bounds",
)
bad(
    "nn.MaxUnpool2d sizes",
    lambda m: m.nn.MaxUnpool2d(2)(m.ones(1, 1, 2, 2), m.zeros(1, 1, 2, 1, dtype=m.int64)),
    r"\(\[1, 1, 2, 2\]\), but got indices tensor with shape: \[1, 1,",
)
bad(
    "nn.MaxUnpool2d output size",
    lambda m: m.nn.MaxUnpool2d(2)(m.ones(1, 1, 2, 2), m.zeros(1, 1, 2, 2, dtype=m.int64), output_size=(9, 4)),
    r'invalid output_size "\[9, 4\]" \(dim 0 must be between 2 and 6\)',
)
bad(
    "nn.MaxUnpool2d output rank",
    lambda m: m.nn.MaxUnpool2d(2)(m.ones(1, 1, 2, 2), m.zeros(1, 1, 2, 2, dtype=m.int64), output_size=(4,)),
    "output_size should be a sequence containing 2 or 4",
)
bad(
    "nn.MaxUnpool2d floats",
    lambda m: m.nn.MaxUnpool2d(2)(m.ones(1, 1, 2, 2), m.zeros(1, 1, 2, 2)),
    r"be type int64 but got: mocrograd\.float32",
)
bad(
    "nn.MaxUnpool2d rank",
    lambda m: m.nn.MaxUnpool2d(2)(m.ones(2, 2), m.zeros(2, 2, dtype=m.int64)),
    r"max_unpool2d: expected 3D or 4D input, but got sizes \[2, 2\]",
)
for d in (1, 2, 3):
    s = (4,) * d
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
bad("adaptive_max_pool1d of no tensor", lambda m: m.adaptive_max_pool1d(3, 2), "must be Tensor, not int")
