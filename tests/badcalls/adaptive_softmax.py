"""Bad calls of adaptive softmax."""

from __future__ import annotations

from badcalls.table import bad

bad(
    "AdaptiveLogSoftmaxWithLoss cutoffs",
    lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [4, 4]),
    r"1 and n_classes-1 = 9, got \[4, 4\]",
)
bad(
    "AdaptiveLogSoftmaxWithLoss no cutoffs",
    lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, []),
    "cutoffs should be a sequence of length larger than 0",
)
bad(
    "AdaptiveLogSoftmaxWithLoss last cutoff",
    lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [10]),
    r"1 and n_classes-1 = 9, got \[10\]",
)
bad(
    "AdaptiveLogSoftmaxWithLoss class",
    lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [4])(m.ones(2, 8), m.tensor([0, 10])),
    r"Target values should be in \[0, 9\], but values in range \[0,",
)
bad(
    "AdaptiveLogSoftmaxWithLoss batch",
    lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [4])(m.ones(2, 8), m.tensor([0, 1, 2])),
    r"the batch dimension, got 2 and 3\.",
)
bad(
    "AdaptiveLogSoftmaxWithLoss rank",
    lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [4])(m.ones(8), m.tensor([0])),
    r"2D input tensors, but found inputs with size \[8\]",
)
bad(
    "AdaptiveLogSoftmaxWithLoss targets",
    lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [4])(m.ones(1, 8), m.tensor([[0]])),
    "not supported: got 2D",
)
