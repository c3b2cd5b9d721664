"""Bad calls of linear layers."""

from __future__ import annotations

from badcalls.table import layer

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
