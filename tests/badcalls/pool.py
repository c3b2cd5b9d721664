"""Bad calls of pooling."""

from badcalls.table import bad

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
bad("adaptive_avg_pool2d of three sizes", lambda m: m.nn.functional.adaptive_avg_pool2d(m.ones(1, 1, 4, 4), (1, 2, 3)),
    "output_size")  # fmt: skip
bad("avg_pool1d of no tensor", lambda m: m.nn.functional.avg_pool1d([1.0], 1), "must be Tensor")
