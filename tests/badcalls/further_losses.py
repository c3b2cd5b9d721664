"""Bad calls of losses as modules, and of those that the other files leave out."""

from __future__ import annotations

from badcalls.table import bad

CALLS = {
    "BCELoss range": (
        lambda m: m.nn.BCELoss()(m.ones(2) * 2, m.ones(2)),
        "all elements of input should be between 0 and 1",
    ),
    "BCELoss sizes": (
        lambda m: m.nn.BCELoss()(m.ones(2), m.ones(3)),
        r"Using a target size \(mocrograd\.Size\(\[3\]\)\) that is",
    ),
    "BCEWithLogitsLoss sizes": (
        lambda m: m.nn.BCEWithLogitsLoss()(m.ones(2), m.ones(3)),
        r"Target size \(mocrograd\.Size\(\[3\]\)\) must be the same as",
    ),
    "BCEWithLogitsLoss pos_weight": (
        lambda m: m.nn.BCEWithLogitsLoss(pos_weight=m.ones(4))(m.ones(2, 3), m.ones(2, 3)),
        r"The size of tensor a \(4\) must match the size of tensor b",
    ),
    "CTCLoss blank": (
        lambda m: m.nn.CTCLoss(blank=7)(m.zeros(4, 1, 3), m.ones(1, 2, dtype=m.int64), (4,), (2,)),
        "blank must be in label range: expected 0 <= blank < 3, got 7",
    ),
    "CTCLoss lengths": (
        lambda m: m.nn.CTCLoss()(m.zeros(4, 1, 3), m.ones(1, 2, dtype=m.int64), (5,), (2,)),
        "from 0 to 4, but got value 5",
    ),
    "CosineEmbeddingLoss target": (
        lambda m: m.nn.CosineEmbeddingLoss()(m.ones(2, 3), m.ones(2, 3), m.ones(3)),
        r"The size of tensor a \(3\) must match the size of tensor b",
    ),
    "CosineSimilarity dim": (
        lambda m: m.nn.CosineSimilarity(dim=2)(m.ones(2, 3), m.ones(2, 3)),
        r"range of \[-2, 1\], but got 2\)",
    ),
    "CosineSimilarity sizes": (
        lambda m: m.nn.CosineSimilarity()(m.ones(2, 3), m.ones(2, 4)),
        r"The size of tensor a \(3\) must match the size of tensor b",
    ),
    "CrossEntropyLoss class": (
        lambda m: m.nn.CrossEntropyLoss()(m.ones(2, 3), m.tensor([0, 3])),
        r"Target 3 is out of bounds\.",
    ),
    "CrossEntropyLoss weight": (
        lambda m: m.nn.CrossEntropyLoss(m.ones(4))(m.ones(2, 3), m.tensor([0, 1])),
        r"or no classes but got weight tensor of shape: \[4\]",
    ),
    "CrossEntropyLoss smoothing": (
        lambda m: m.nn.CrossEntropyLoss(label_smoothing=1.5)(m.ones(2, 3), m.tensor([0, 1])),
        r"label_smoothing must be between 0\.0 and 1\.0\. Got: 1\.5",
    ),
    "GaussianNLLLoss negative": (
        lambda m: m.nn.GaussianNLLLoss()(m.ones(2), m.ones(2), -m.ones(2)),
        "var has negative entry/entries: expected 0 or more",
    ),
    "HingeEmbeddingLoss sizes": (
        lambda m: m.nn.HingeEmbeddingLoss()(m.ones(2), m.ones(3)),
        r"The size of tensor a \(3\) must match the size of tensor b",
    ),
    "KLDivLoss reduction": (
        lambda m: m.nn.KLDivLoss(reduction="median")(m.ones(2), m.ones(2)),
        "median is not a valid value for reduction: expected",
    ),
    "L1Loss reduction": (
        lambda m: m.nn.L1Loss(reduction="median")(m.ones(2), m.ones(2)),
        "median is not a valid value for reduction",
    ),
    "MSELoss reduction": (
        lambda m: m.nn.MSELoss(reduction="median")(m.ones(2), m.ones(2)),
        "median is not a valid value for reduction: expected",
    ),
    "SmoothL1Loss beta": (
        lambda m: m.nn.SmoothL1Loss(beta=-1.0)(m.ones(2), m.ones(2)),
        r"values for beta, but got -1\.0",
    ),
    "MarginRankingLoss ranks": (
        lambda m: m.nn.MarginRankingLoss()(m.ones(2), m.ones(2), m.ones(2, 2)),
        r"same dimension but got sizes: input1: mocrograd\.Size\(\[2\]\),",
    ),
    "MultiLabelMarginLoss label": (
        lambda m: m.nn.MultiLabelMarginLoss()(m.ones(1, 2), m.tensor([[2, -1]])),
        "multilabel_margin_loss: target is out of range: expected",
    ),
    "MultiLabelSoftMarginLoss sizes": (
        lambda m: m.nn.MultiLabelSoftMarginLoss()(m.ones(2, 3), m.ones(2, 2)),
        r"The size of tensor a \(2\) must match the size of tensor b",
    ),
    "NLLLoss class": (lambda m: m.nn.NLLLoss()(m.ones(2, 3), m.tensor([0, -1])), r"Target -1 is out of bounds\."),
    "NLLLoss batch": (
        lambda m: m.nn.NLLLoss()(m.ones(2, 3), m.tensor([0, 1, 2])),
        r"\(3\): nll_loss got input \[2, 3\] and target \[3\]",
    ),
    "PairwiseDistance sizes": (
        lambda m: m.nn.PairwiseDistance()(m.ones(2, 3), m.ones(2, 4)),
        r"The size of tensor a \(3\) must match the size of tensor b",
    ),
    "PoissonNLLLoss sizes": (
        lambda m: m.nn.PoissonNLLLoss()(m.ones(2), m.ones(3)),
        r"The size of tensor a \(3\) must match the size of tensor b",
    ),
    "PoissonNLLLoss reduction": (
        lambda m: m.nn.PoissonNLLLoss(reduction="median")(m.ones(2), m.ones(2)),
        "median is not a valid value for reduction: expected",
    ),
    "SoftMarginLoss sizes": (
        lambda m: m.nn.SoftMarginLoss()(m.ones(2), m.ones(3)),
        r"The size of tensor a \(3\) must match the size of tensor b",
    ),
    "LinearCrossEntropyLoss weight": (
        lambda m: m.nn.LinearCrossEntropyLoss(3, 4, weight=m.ones(3)),
        r"expected weight shape to be \(4,\), got \(3,\)",
    ),
    "LinearCrossEntropyLoss smoothing": (
        lambda m: m.nn.LinearCrossEntropyLoss(3, 4, label_smoothing=2.0),
        r"expected label_smoothing to be in range \[0, 1\], got 2\.0",
    ),
    "LinearCrossEntropyLoss features": (
        lambda m: m.nn.LinearCrossEntropyLoss(3, 4)(m.ones(2, 5), m.tensor([0, 1])),
        r"\(in_features\), got 5 and 3, respectively",
    ),
    "LinearCrossEntropyLoss rank": (
        lambda m: m.nn.LinearCrossEntropyLoss(3, 4)(m.ones(2, 2, 3), m.tensor([0, 1])),
        "expected input with dimensionality 1 or 2, got 3",
    ),
    "LinearCrossEntropyLoss places": (
        lambda m: m.nn.LinearCrossEntropyLoss(3, 4, out_features=(2,))(m.ones(3), m.tensor([0, 1])),
        r"batched input, \(N, 3\), got unbatched input with shape",
    ),
    "LinearCrossEntropyLoss class": (
        lambda m: m.nn.LinearCrossEntropyLoss(3, 4)(m.ones(1, 3), m.tensor([4])),
        r"Target 4 is out of bounds\.",
    ),
    "linear_cross_entropy bias": (
        lambda m: m.nn.functional.linear_cross_entropy(
            m.ones(2, 3), m.ones(4, 3), m.tensor([0, 1]), linear_bias=m.ones(3)
        ),
        r"expected linear_bias shape \(4,\), got \(3,\)",
    ),
    "linear_cross_entropy weight rank": (
        lambda m: m.nn.functional.linear_cross_entropy(m.ones(2, 3), m.ones(3), m.tensor([0, 1])),
        "expected linear_weight with dimensionality at least 2, got 1",
    ),
    "linear_cross_entropy ignored": (
        lambda m: m.nn.functional.linear_cross_entropy(m.ones(2, 3), m.ones(4, 3), m.ones(2, 4), ignore_index=1),
        "ignore_index cannot be specified when target contains",
    ),
    "AdaptiveLogSoftmaxWithLoss cutoffs": (
        lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [4, 4]),
        r"1 and n_classes-1 = 9, got \[4, 4\]",
    ),
    "AdaptiveLogSoftmaxWithLoss no cutoffs": (
        lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, []),
        "cutoffs should be a sequence of length larger than 0",
    ),
    "AdaptiveLogSoftmaxWithLoss last cutoff": (
        lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [10]),
        r"1 and n_classes-1 = 9, got \[10\]",
    ),
    "AdaptiveLogSoftmaxWithLoss class": (
        lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [4])(m.ones(2, 8), m.tensor([0, 10])),
        r"Target values should be in \[0, 9\], but values in range \[0,",
    ),
    "AdaptiveLogSoftmaxWithLoss batch": (
        lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [4])(m.ones(2, 8), m.tensor([0, 1, 2])),
        r"the batch dimension, got 2 and 3\.",
    ),
    "AdaptiveLogSoftmaxWithLoss rank": (
        lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [4])(m.ones(8), m.tensor([0])),
        r"2D input tensors, but found inputs with size \[8\]",
    ),
    "AdaptiveLogSoftmaxWithLoss targets": (
        lambda m: m.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [4])(m.ones(1, 8), m.tensor([[0]])),
        "not supported: got 2D",
    ),
}
for _name, (_call, _words) in CALLS.items():
    bad(_name, _call, _words)
