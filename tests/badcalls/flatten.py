"""Bad calls of flattening layers."""

from __future__ import annotations

from badcalls.table import layer

layer(
    "Flatten", "dims", "Dimension out of range \\(expected to be in range of \\[-2, 1\\],", (5,), lambda m: m.ones(2, 2)
)
layer(
    "Flatten",
    "order",
    "flatten\\(\\) has invalid args: start_dim cannot come after end_",
    (1, 0),
    lambda m: m.ones(2, 2),
)
layer("Unflatten", "a word", "unflattened_size must be a tuple of ints, but found type str", (1, "x"))
layer("Unflatten", "floats", "unflattened_size must be tuple of ints, but found element of", (1, (2.0,)))
layer(
    "Unflatten",
    "size",
    "unflatten: Provided sizes \\[3, 3\\] don't multiply up to the si",
    (1, (3, 3)),
    lambda m: m.ones(2, 4),
)
