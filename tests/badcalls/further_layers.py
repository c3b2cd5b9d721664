"""Bad calls of layers that the other files leave out."""

from __future__ import annotations

from badcalls.table import bad

CALLS = {
    "nn.FractionalMaxPool2d no size": (
        lambda m: m.nn.FractionalMaxPool2d(2),
        "requires specifying either an output size",
    ),
    "nn.FractionalMaxPool2d both": (
        lambda m: m.nn.FractionalMaxPool2d(2, output_size=2, output_ratio=0.5),
        "only one of output_size and output_ratio may be specified, got 2 and 0.5",
    ),
    "nn.FractionalMaxPool3d ratio": (lambda m: m.nn.FractionalMaxPool3d(2, output_ratio=1.5), r"0 and 1 \(got 1.5\)"),
    "nn.FractionalMaxPool2d size": (
        lambda m: m.nn.FractionalMaxPool2d(5, output_size=2)(m.ones(1, 1, 4, 4)),
        "pool 5 with 2 places is too large relative to input size 4",
    ),
    "fractional_max_pool3d no size": (
        lambda m: m.nn.functional.fractional_max_pool3d(m.ones(1, 4, 4, 4), 2),
        "requires specifying either an output_size or an output_ratio",
    ),
    "nn.ChannelShuffle divide": (
        lambda m: m.nn.ChannelShuffle(4)(m.ones(1, 6, 2, 2)),
        r"Number of channels must be divisible by groups\. Got 6",
    ),
    "nn.ChannelShuffle rank": (
        lambda m: m.nn.ChannelShuffle(2)(m.ones(2, 6)),
        r"with > 2 dims, but got input with sizes \[2, 6\]",
    ),
    "nn.ChannelShuffle groups": (
        lambda m: m.nn.functional.channel_shuffle(m.ones(1, 6, 2, 2), 0),
        r"Number of groups to divide channels in must be positive\.",
    ),
    "nn.Fold columns": (lambda m: m.nn.Fold((4, 4), 2)(m.ones(1, 5, 9)), r"2 to be 9, but got \[1, 5, 9\]"),
    "nn.Fold windows": (lambda m: m.nn.Fold((4, 4), 2)(m.ones(1, 4, 8)), r"2 to be 9, but got \[1, 4, 8\]"),
    "nn.Unfold size": (
        lambda m: m.nn.Unfold(5)(m.ones(1, 1, 4, 4)),
        r"unfold: Given input with spatial size \[4, 4\],",
    ),
    "nn.Unfold stride": (lambda m: m.nn.Unfold(2, stride=0)(m.ones(1, 1, 4, 4)), "of at least 1, but got 0"),
    "nn.LPPool1d size": (
        lambda m: m.nn.LPPool1d(2, 9)(m.ones(1, 1, 4)),
        r"avg_pool1d: Given input size: \[1, 1, 4\]\. Calculated output",
    ),
    "nn.LPPool2d pixels": (
        lambda m: m.nn.LPPool2d(2, 5)(m.ones(1, 4, 4)),
        r"avg_pool2d: Given input size: \[1, 4, 4\]\. Calculated output",
    ),
    "nn.LPPool3d rank": (
        lambda m: m.nn.LPPool3d(2, 2)(m.ones(4, 4)),
        r"4D or 5D tensor, but got input of size \[4, 4\]",
    ),
    "nn.LPPool2d size of 0": (
        lambda m: m.nn.LPPool2d(2, 0)(m.ones(1, 4, 4)),
        "avg_pool2d: kernel_size must be at least 1, got 0",
    ),
    "nn.MaxUnpool1d index": (
        lambda m: m.nn.MaxUnpool1d(2)(m.ones(1, 1, 2), m.tensor([[[0, 4]]])),
        "expected 0 to 3: index 4 is out of bounds",
    ),
    "nn.MaxUnpool2d index below": (
        lambda m: m.nn.MaxUnpool2d(2)(m.ones(1, 1, 1, 1), m.tensor([[[[-1]]]])),
        "expected 0 to 3: index -1 is out of bounds",
    ),
    "nn.MaxUnpool3d index": (
        lambda m: m.nn.MaxUnpool3d(2)(m.ones(1, 1, 1, 1, 1), m.tensor([[[[[8]]]]])),
        "expected 0 to 7: index 8 is out of bounds",
    ),
    "nn.MaxUnpool2d sizes": (
        lambda m: m.nn.MaxUnpool2d(2)(m.ones(1, 1, 2, 2), m.zeros(1, 1, 2, 1, dtype=m.int64)),
        r"\(\[1, 1, 2, 2\]\), but got indices tensor with shape: \[1, 1,",
    ),
    "nn.MaxUnpool2d output size": (
        lambda m: m.nn.MaxUnpool2d(2)(m.ones(1, 1, 2, 2), m.zeros(1, 1, 2, 2, dtype=m.int64), output_size=(9, 4)),
        r'invalid output_size "\[9, 4\]" \(dim 0 must be between 2 and 6\)',
    ),
    "nn.MaxUnpool2d output rank": (
        lambda m: m.nn.MaxUnpool2d(2)(m.ones(1, 1, 2, 2), m.zeros(1, 1, 2, 2, dtype=m.int64), output_size=(4,)),
        "output_size should be a sequence containing 2 or 4",
    ),
    "nn.MaxUnpool2d floats": (
        lambda m: m.nn.MaxUnpool2d(2)(m.ones(1, 1, 2, 2), m.zeros(1, 1, 2, 2)),
        r"be type int64 but got: mocrograd\.float32",
    ),
    "nn.MaxUnpool2d rank": (
        lambda m: m.nn.MaxUnpool2d(2)(m.ones(2, 2), m.zeros(2, 2, dtype=m.int64)),
        r"max_unpool2d: expected 3D or 4D input, but got sizes \[2, 2\]",
    ),
    "nn.LazyConv1d rank": (lambda m: m.nn.LazyConv1d(2, 3)(m.ones(3)), r"to LazyConv1d, but got input of size: \[3\]"),
    "nn.LazyConv2d rank": (
        lambda m: m.nn.LazyConv2d(2, 3)(m.ones(4, 4)),
        r"to LazyConv2d, but got input of size: \[4, 4\]",
    ),
    "nn.LazyConv2d groups": (
        lambda m: m.nn.LazyConv2d(4, 3, groups=2)(m.ones(1, 3, 4, 4)),
        "in_channels must be divisible by groups",
    ),
    "nn.LazyConv3d rank": (
        lambda m: m.nn.LazyConv3d(2, 3)(m.ones(4, 4)),
        r"to LazyConv3d, but got input of size: \[4, 4\]",
    ),
    "nn.LazyConvTranspose1d rank": (
        lambda m: m.nn.LazyConvTranspose1d(2, 3)(m.ones(4)),
        r"but got input of size: \[4\]",
    ),
    "nn.LazyConvTranspose2d rank": (
        lambda m: m.nn.LazyConvTranspose2d(2, 3)(m.ones(4)),
        r"but got input of size: \[4\]",
    ),
    "nn.LazyConvTranspose3d rank": (
        lambda m: m.nn.LazyConvTranspose3d(2, 3)(m.ones(4)),
        r"but got input of size: \[4\]",
    ),
    "nn.LazyBatchNorm1d rank": (
        lambda m: m.nn.LazyBatchNorm1d()(m.ones(4, 2, 2, 2)),
        r"expected 2D or 3D input \(got 4D input\)",
    ),
    "nn.LazyBatchNorm2d rank": (lambda m: m.nn.LazyBatchNorm2d()(m.ones(4, 2)), r"expected 4D input \(got 2D input\)"),
    "nn.LazyBatchNorm3d rank": (lambda m: m.nn.LazyBatchNorm3d()(m.ones(4, 2)), r"expected 5D input \(got 2D input\)"),
    "nn.LazyInstanceNorm1d rank": (
        lambda m: m.nn.LazyInstanceNorm1d()(m.ones(4)),
        "with a dimension 1, got one of 1 dimensions",
    ),
    "nn.LazyInstanceNorm2d rank": (
        lambda m: m.nn.LazyInstanceNorm2d()(m.ones(4, 2)),
        r"expected 3D or 4D input \(got 2D input\)",
    ),
    "nn.LazyInstanceNorm3d rank": (
        lambda m: m.nn.LazyInstanceNorm3d()(m.ones(4, 2)),
        r"expected 4D or 5D input \(got 2D input\)",
    ),
    "nn.LazyLinear scalar": (lambda m: m.nn.LazyLinear(3)(m.ones(())), "with a dimension -1, got one of 0 dimensions"),
    "nn.LazyLinear loads": (
        lambda m: m.nn.LazyLinear(3).load_state_dict({"weight": m.ones(2, 2), "bias": m.ones(3), "x": m.ones(1)}),
        r'Unexpected key\(s\) in state_dict: "x"',
    ),
    "nn.CircularPad2d rank": (
        lambda m: m.nn.CircularPad2d(1)(m.ones(4, 4)),
        r"expected 3D or 4D input \(got 2D input\)",
    ),
    "nn.CircularPad3d size": (
        lambda m: m.nn.CircularPad3d(3)(m.ones(1, 2, 2, 2, 2)),
        r"input dimension, but got: padding \(3, 3\) of input \[1, 2,",
    ),
    "nn.ConstantPad2d sizes": (
        lambda m: m.nn.ConstantPad2d((1, 2, 3), 0.0)(m.ones(1, 4, 4)),
        r"Padding length must be divisible by 2, got \(1, 2, 3\)",
    ),
    "nn.ConstantPad3d negative": (
        lambda m: m.nn.ConstantPad3d(-3, 0.0)(m.ones(1, 4, 4, 4)),
        r"sizes \(-3, -3\) cut off more than the 4 elements of a dimension of input \[1, 4, 4, 4\]",
    ),
    "nn.ReflectionPad2d size": (
        lambda m: m.nn.ReflectionPad2d(4)(m.ones(1, 4, 4)),
        r"input dimension, but got: padding \(4, 4\) of input \[1, 4,",
    ),
    "nn.ReflectionPad3d size": (
        lambda m: m.nn.ReflectionPad3d(4)(m.ones(1, 1, 4, 4, 4)),
        r"input dimension, but got: padding \(4, 4\) of input \[1, 1,",
    ),
    "nn.ReplicationPad1d rank": (
        lambda m: m.nn.ReplicationPad1d(1)(m.ones(4)),
        r"one or two dimensions more than they frame, got 2 sizes and input \[4\]",
    ),
    "nn.ReplicationPad3d rank": (
        lambda m: m.nn.ReplicationPad3d(1)(m.ones(4, 4)),
        "input dimension but got padding length 6 and input of",
    ),
    "nn.ZeroPad1d negative": (
        lambda m: m.nn.ZeroPad1d(-3)(m.ones(1, 4)),
        r"sizes \(-3, -3\) cut off more than the 4 elements of a dimension of input \[1, 4\]",
    ),
    "nn.ZeroPad3d sizes": (
        lambda m: m.nn.ZeroPad3d((1, 2, 3))(m.ones(1, 4, 4, 4)),
        r"Padding length must be divisible by 2, got \(1, 2, 3\)",
    ),
    "nn.Hardtanh bounds": (
        lambda m: m.nn.Hardtanh(1.0, -1.0),
        r"max_val must be larger than min_val, but got -1\.0 and 1\.0",
    ),
    "nn.LogSoftmax dim": (lambda m: m.nn.LogSoftmax(2)(m.ones(2, 3)), r"range of \[-2, 1\], but got 2\)"),
    "nn.Softmin dim": (lambda m: m.nn.Softmin(2)(m.ones(2, 3)), r"range of \[-2, 1\], but got 2\)"),
    "nn.Softplus integers": (
        lambda m: m.nn.Softplus()(m.tensor([1])),
        '"softplus" not implemented for int64: expected floating point',
    ),
    "nn.Softplus bools": (
        lambda m: m.nn.Softplus()(m.tensor([True])),
        '"softplus" not implemented for bool: expected floating point',
    ),
    "nn.Transformer widths": (
        lambda m: m.nn.Transformer(4, 2, 1, 1, 8, batch_first=True)(m.ones(1, 2, 4), m.ones(1, 2, 6)),
        "equal to d_model, 4, got 4 and 6",
    ),
    "nn.Transformer batches": (
        lambda m: m.nn.Transformer(4, 2, 1, 1, 8, batch_first=True)(m.ones(1, 2, 4), m.ones(3, 2, 4)),
        "the batch number of src and tgt must be equal, got 1 and 3",
    ),
    "nn.Transformer heads": (
        lambda m: m.nn.Transformer(4, 3, 1, 1, 8),
        "embed_dim must be divisible by num_heads, got 4 and 3",
    ),
    "nn.TransformerEncoder width": (
        lambda m: m.nn.TransformerEncoder(m.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 1)(m.ones(1, 2, 6)),
        "was expecting embedding dimension of 4, but got 6",
    ),
    "nn.TransformerDecoder rank": (
        lambda m: m.nn.TransformerDecoder(m.nn.TransformerDecoderLayer(4, 2, 8), 1)(m.ones(4), m.ones(2, 4)),
        "query should be unbatched 2D or batched 3D tensor but",
    ),
    "nn.UpsamplingBilinear2d rank": (
        lambda m: m.nn.UpsamplingBilinear2d(4)(m.ones(1, 1, 4)),
        r"trilinear \(5D\) \| area \(got 3D for bilinear\)",
    ),
    "nn.UpsamplingNearest2d none": (
        lambda m: m.nn.UpsamplingNearest2d()(m.ones(1, 1, 4, 4)),
        "either size or scale_factor should be defined",
    ),
}
for _name, (_call, _words) in CALLS.items():
    bad(_name, _call, _words)
