"""Bad calls of losses."""

from __future__ import annotations

from badcalls.table import bad

bad(
    "BCELoss range",
    lambda m: m.nn.BCELoss()(m.ones(2) * 2, m.ones(2)),
    "all elements of input should be between 0 and 1",
)
bad(
    "BCELoss sizes",
    lambda m: m.nn.BCELoss()(m.ones(2), m.ones(3)),
    r"Using a target size \(mocrograd\.Size\(\[3\]\)\) that is",
)
bad(
    "BCEWithLogitsLoss sizes",
    lambda m: m.nn.BCEWithLogitsLoss()(m.ones(2), m.ones(3)),
    r"Target size \(mocrograd\.Size\(\[3\]\)\) must be the same as",
)
bad(
    "BCEWithLogitsLoss pos_weight",
    lambda m: m.nn.BCEWithLogitsLoss(pos_weight=m.ones(4))(m.ones(2, 3), m.ones(2, 3)),
    r"The size of tensor a \(4\) must match the size of tensor b",
)
bad(
    "CTCLoss blank",
    lambda m: m.nn.CTCLoss(blank=7)(m.zeros(4, 1, 3), m.ones(1, 2, dtype=m.int64), (4,), (2,)),
    "blank must be in label range: expected 0 <= blank < 3, got 7",
)
bad(
    "CTCLoss lengths",
    lambda m: m.nn.CTCLoss()(m.zeros(4, 1, 3), m.ones(1, 2, dtype=m.int64), (5,), (2,)),
    "from 0 to 4, but got value 5",
)
bad(
    "CrossEntropyLoss class",
    lambda m: m.nn.CrossEntropyLoss()(m.ones(2, 3), m.tensor([0, 3])),
    r"Target 3 is out of bounds\.",
)
bad(
    "CrossEntropyLoss weight",
    lambda m: m.nn.CrossEntropyLoss(m.ones(4))(m.ones(2, 3), m.tensor([0, 1])),
    r"or no classes but got weight tensor of shape: \[4\]",
)
bad(
    "CrossEntropyLoss smoothing",
    lambda m: m.nn.CrossEntropyLoss(label_smoothing=1.5)(m.ones(2, 3), m.tensor([0, 1])),
    r"label_smoothing must be between 0\.0 and 1\.0\. Got: 1\.5",
)
bad(
    "GaussianNLLLoss negative",
    lambda m: m.nn.GaussianNLLLoss()(m.ones(2), m.ones(2), -m.ones(2)),
    "var has negative entry/entries: expected 0 or more",
)
bad(
    "HingeEmbeddingLoss sizes",
    lambda m: m.nn.HingeEmbeddingLoss()(m.ones(2), m.ones(3)),
    r"The size of tensor a \(3\) must match the size of tensor b",
)
bad(
    "KLDivLoss reduction",
    lambda m: m.nn.KLDivLoss(reduction="median")(m.ones(2), m.ones(2)),
    "median is not a valid value for reduction: expected",
)
bad(
    "L1Loss reduction",
    lambda m: m.nn.L1Loss(reduction="median")(m.ones(2), m.ones(2)),
    "median is not a valid value for reduction",
)
bad(
    "MSELoss reduction",
    lambda m: m.nn.MSELoss(reduction="median")(m.ones(2), m.ones(2)),
    "median is not a valid value for reduction: expected",
)
bad(
    "SmoothL1Loss beta", lambda m: m.nn.SmoothL1Loss(beta=-1.0)(m.ones(2), m.ones(2)), r"values for beta, but got -1\.0"
)
bad(
    "MarginRankingLoss ranks",
    lambda m: m.nn.MarginRankingLoss()(m.ones(2), m.ones(2), m.ones(2, 2)),
    r"same dimension but got sizes: input1: mocrograd\.Size\(\[2\]\),",
)
bad(
    "MultiLabelMarginLoss label",
    lambda m: m.nn.MultiLabelMarginLoss()(m.ones(1, 2), m.tensor([[2, -1]])),
    "multilabel_margin_loss: target is out of range: expected",
)
bad(
    "MultiLabelSoftMarginLoss sizes",
    lambda m: m.nn.MultiLabelSoftMarginLoss()(m.ones(2, 3), m.ones(2, 2)),
    r"The size of tensor a \(2\) must match the size of tensor b",
)
bad("NLLLoss class", lambda m: m.nn.NLLLoss()(m.ones(2, 3), m.tensor([0, -1])), r"Target -1 is out of bounds\.")
bad(
    "NLLLoss batch",
    lambda m: m.nn.NLLLoss()(m.ones(2, 3), m.tensor([0, 1, 2])),
    r"\(3\): nll_loss got input \[2, 3\] and target \[3\]",
)
bad(
    "PoissonNLLLoss sizes",
    lambda m: m.nn.PoissonNLLLoss()(m.ones(2), m.ones(3)),
    r"The size of tensor a \(3\) must match the size of tensor b",
)
bad(
    "PoissonNLLLoss reduction",
    lambda m: m.nn.PoissonNLLLoss(reduction="median")(m.ones(2), m.ones(2)),
    "median is not a valid value for reduction: expected",
)
bad(
    "SoftMarginLoss sizes",
    lambda m: m.nn.SoftMarginLoss()(m.ones(2), m.ones(3)),
    r"The size of tensor a \(3\) must match the size of tensor b",
)
bad(
    "LinearCrossEntropyLoss weight",
    lambda m: m.nn.LinearCrossEntropyLoss(3, 4, weight=m.ones(3)),
    r"expected weight shape to be \(4,\), got \(3,\)",
)
bad(
    "LinearCrossEntropyLoss smoothing",
    lambda m: m.nn.LinearCrossEntropyLoss(3, 4, label_smoothing=2.0),
    r"expected label_smoothing to be in range \[0, 1\], got 2\.0",
)
bad(
    "LinearCrossEntropyLoss features",
    lambda m: m.nn.LinearCrossEntropyLoss(3, 4)(m.ones(2, 5), m.tensor([0, 1])),
    r"\(in_features\), got 5 and 3, respectively",
)
bad(
    "LinearCrossEntropyLoss rank",
    lambda m: m.nn.LinearCrossEntropyLoss(3, 4)(m.ones(2, 2, 3), m.tensor([0, 1])),
    "expected input with dimensionality 1 or 2, got 3",
)
bad(
    "LinearCrossEntropyLoss places",
    lambda m: m.nn.LinearCrossEntropyLoss(3, 4, out_features=(2,))(m.ones(3), m.tensor([0, 1])),
    r"batched input, \(N, 3\), got unbatched input with shape",
)
bad(
    "LinearCrossEntropyLoss class",
    lambda m: m.nn.LinearCrossEntropyLoss(3, 4)(m.ones(1, 3), m.tensor([4])),
    r"Target 4 is out of bounds\.",
)
bad(
    "linear_cross_entropy bias",
    lambda m: m.nn.functional.linear_cross_entropy(m.ones(2, 3), m.ones(4, 3), m.tensor([0, 1]), linear_bias=m.ones(3)),
    r"expected linear_bias shape \(4,\), got \(3,\)",
)
bad(
    "linear_cross_entropy weight rank",
    lambda m: m.nn.functional.linear_cross_entropy(m.ones(2, 3), m.ones(3), m.tensor([0, 1])),
    "expected linear_weight with dimensionality at least 2, got 1",
)
bad(
    "linear_cross_entropy ignored",
    lambda m: m.nn.functional.linear_cross_entropy(m.ones(2, 3), m.ones(4, 3), m.ones(2, 4), ignore_index=1),
    "ignore_index cannot be specified when target contains",
)
PAIRS = (
    "l1_loss", "mse_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div",
    "soft_margin_loss", "hinge_embedding_loss",
)  # fmt: skip
for _name in PAIRS:
    bad(f"{_name} reduction", lambda m, n=_name: getattr(m.nn.functional, n)(m.ones(3), m.ones(3), reduction="median"),
        "median is not a valid value for reduction")  # fmt: skip
    # torch's own Python code trips over what is no tensor: AttributeError
    bad(f"{_name} no tensor", lambda m, n=_name: getattr(m.nn.functional, n)([1.0], m.ones(1), reduction="sum"),
        "'input' must be Tensor, not list", TypeError)  # fmt: skip
for _name, _words in (
    ("binary_cross_entropy", "dtype int64 of the target but expected float32"),
    ("binary_cross_entropy_with_logits", "float32 can't be cast to the desired output type int64"),
    ("kl_div", "expected floating point, got int64"),
):
    bad(
        f"{_name} integer target",
        lambda m, n=_name: getattr(m.nn.functional, n)(m.ones(3), m.tensor([0, 1, 1]), reduction="sum"),
        _words,
    )
for _name in ("mse_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"):
    bad(f"{_name} integers", lambda m, n=_name: getattr(m.nn.functional, n)(m.tensor([0, 1]), m.tensor([0, 1])),
        "not implemented for .*int64")  # fmt: skip
for _name in ("huber_loss", "soft_margin_loss"):
    bad(f"{_name} integer input", lambda m, n=_name: getattr(m.nn.functional, n)(m.tensor([0, 1]), m.ones(2)),
        "float32 can't be cast to the desired output type int64")  # fmt: skip
for _name in ("l1_loss", "mse_loss", "huber_loss"):
    bad(f"{_name} weight", lambda m, n=_name: getattr(m.nn.functional, n)(m.ones(3), m.ones(3), weight=m.ones(2)),
        r"same size: got \[2\] and \[3\]")  # fmt: skip
bad("l1_loss of bools", lambda m: m.nn.functional.l1_loss(m.ones(2) > 0, m.ones(2)), "bool tensor is not supported")
bad("l1_loss mean of integers", lambda m: m.nn.functional.l1_loss(m.tensor([1]), m.tensor([2])), "int64")
bad("huber_loss delta", lambda m: m.nn.functional.huber_loss(m.ones(2), m.ones(2), delta=0), "delta, but got 0")
bad("HuberLoss delta", lambda m: m.nn.HuberLoss(delta="1"), "got: <class 'str'>")
bad("smooth_l1_loss beta", lambda m: m.nn.functional.smooth_l1_loss(m.ones(2), m.ones(2), beta=-1.0), "got -1")
bad("binary_cross_entropy sizes", lambda m: m.nn.functional.binary_cross_entropy(m.ones(2), m.ones(3)), r"\[3\].*\[2\]")
bad(
    "binary_cross_entropy range",
    lambda m: m.nn.functional.binary_cross_entropy(m.ones(2) * 2, m.ones(2)),
    "between 0 and 1",
)
bad("binary_cross_entropy nan", lambda m: m.nn.functional.binary_cross_entropy(m.ones(2) * float("nan"), m.ones(2)),
    "between 0 and 1")  # fmt: skip
bad(
    "binary_cross_entropy weight",
    lambda m: m.nn.functional.binary_cross_entropy(m.ones(2), m.ones(2), m.ones(3)),
    "2.*3|3.*2",
)
bad("binary_cross_entropy_with_logits sizes",
    lambda m: m.nn.functional.binary_cross_entropy_with_logits(m.ones(2), m.ones(3)), r"\[3\].*\[2\]")  # fmt: skip
bad("binary_cross_entropy_with_logits weight",
    lambda m: m.nn.functional.binary_cross_entropy_with_logits(m.ones(2), m.ones(2), m.ones(2, 2)), r"\[2\].*\[2, 2\]")  # fmt: skip
bad("binary_cross_entropy_with_logits pos_weight",
    lambda m: m.nn.functional.binary_cross_entropy_with_logits(m.ones(2), m.ones(2), pos_weight=m.ones(2, 2)),
    r"\[2\].*\[2, 2\]")  # fmt: skip
bad("soft_margin_loss sizes", lambda m: m.nn.functional.soft_margin_loss(m.ones(2), m.ones(2, 2)), r"\[2\].*\[2, 2\]")
bad(
    "margin_ranking_loss ranks",
    lambda m: m.nn.functional.margin_ranking_loss(m.ones(2), m.ones(2), m.ones(())),
    "sizes: ",
)
bad("hinge_embedding_loss of bools", lambda m: m.nn.functional.hinge_embedding_loss(m.ones(2) > 0, m.ones(2)), "bool")


def _classes(m, name, x, y, dtype="int64", **options):
    made = {key: m.ones(value) if key == "weight" else value for key, value in options.items()}
    return getattr(m.nn.functional, name)(m.ones(x), m.zeros(y, dtype=getattr(m, dtype)), **made)


for _name in ("nll_loss", "cross_entropy"):
    for _what, _x, _y, _options, _words in (
        ("batch", (2, 3), (3,), {}, r"batch_size \(2\).* \[2, 3\] and target \[3\]"),
        ("batch of one", (3,), (2,), {}, r"\[3\] and target \[2\]"),
        ("batch missing", (2, 3), (), {}, r"\[2, 3\] and target \[\]"),
        ("target rank", (2, 3), (2, 1), {}, r"Expected target size \[2\], got \[2, 1\]"),
        ("target sizes", (2, 3, 4), (2, 5), {}, r"Expected target size \[2, 4\], got \[2, 5\]"),
        ("target of float", (2, 3), (2,), {"dtype": "float32"}, "got float32"),
        ("target of int32", (2, 3), (2,), {"dtype": "int32"}, "Long or Byte, but got int32"),
        ("no classes", (2, 0), (2,), {}, "Target 0 is out of bounds"),
        ("weight size", (2, 3), (2,), {"weight": (4,)}, r"all 3 classes .* shape: \[4\]"),
        ("weight rank", (2, 3), (2,), {"weight": (1, 3)}, r"all 3 classes .* shape: \[1, 3\]"),
        ("reduction", (2, 3), (2,), {"reduction": "median"}, "median is not a valid value for reduction"),
    ):
        bad(f"{_name} {_what}", lambda m, a=(_name, _x, _y), o=_options: _classes(m, *a, **o), _words)
    for _shape in ((2, 3), (2, 3, 4), (3,)):
        bad(f"{_name} class beyond {_shape}",
            lambda m, n=_name, s=_shape: getattr(m.nn.functional, n)(m.ones(s), m.full(s[:1] + s[2:] if s[1:] else (), 3)),
            "Target 3 is out of bounds")  # fmt: skip
    bad(f"{_name} class below with weight",
        lambda m, n=_name: getattr(m.nn.functional, n)(m.ones(2, 3), m.tensor([-1, 0]), m.ones(3)),
        "Target -1 is out of bounds")  # fmt: skip
    bad(f"{_name} weight dtype",
        lambda m, n=_name: getattr(m.nn.functional, n)(m.ones(2, 3), m.tensor([1, 0]), m.ones(3, dtype=m.float64)),
        "float32 but found float64")  # fmt: skip
    bad(f"{_name} of integers", lambda m, n=_name: getattr(m.nn.functional, n)(m.tensor([[1, 2]]), m.tensor([0])),
        "not implemented for int64")  # fmt: skip
bad("cross_entropy smoothing", lambda m: _classes(m, "cross_entropy", (2, 3), (2,), label_smoothing=2.0), "Got: 2.0")
bad("cross_entropy probabilities of integers", lambda m: _classes(m, "cross_entropy", (2, 3), (2, 3)), "got int64")
bad("cross_entropy probabilities ignored",
    lambda m: _classes(m, "cross_entropy", (2, 3), (2, 3), "float32", ignore_index=1), "got 1")  # fmt: skip
bad("cross_entropy probabilities weight",
    lambda m: _classes(m, "cross_entropy", (2, 3), (2, 3), "float32", weight=(2,)), r"all 3 classes .* \[2\]")  # fmt: skip
bad("cross_entropy of nothing", lambda m: m.nn.functional.cross_entropy(m.ones(()), m.ones(())), r"got \[\]")
bad("nll_loss of nothing", lambda m: m.nn.functional.nll_loss(m.ones(()), m.tensor(0)), "1 or more dimensions")


def _ctc(m, inputs=(6, 6), targets=(3, 2), labels=((1, 2, 3), (2, 2, 4)), shape=(6, 2, 5), **options):
    return m.nn.functional.ctc_loss(m.zeros(shape), m.tensor(labels), inputs, targets, **options)


for _what, _options, _words in (
    ("input length", {"inputs": (7, 6)}, "from 0 to 6, but got value 7"),
    ("input length below", {"inputs": (-1, 6)}, "got value -1"),
    ("target length", {"targets": (4, 2)}, "from 0 to 3, but got value 4"),
    ("target length below", {"targets": (-1, 2)}, "got value -1"),
    ("blank", {"blank": 5}, "0 <= blank < 5, got 5"),
    ("batch of lengths", {"inputs": (6,)}, "expected 2, got 1"),
    ("batch of target lengths", {"targets": (3,)}, "expected 2, got 1"),
    ("batch of targets", {"labels": ((1, 2, 3),)}, r"got \[1, 3\]"),
    ("joined targets", {"labels": (1, 2, 3, 4)}, "expected targets of size 5, got 4"),
    ("rank", {"shape": (5,)}, r"got \[1, 5\]|got \[5\]"),
    ("empty", {"shape": (0, 2, 5)}, r"must not be empty, got \[0, 2, 5\]"),
    ("reduction", {"reduction": "median"}, "median is not a valid value"),
):
    bad(f"ctc_loss {_what}", lambda m, o=_options: _ctc(m, **o), _words)
# torch reads outside of the probabilities
bad("ctc_loss label", lambda m: _ctc(m, labels=((1, 2, 5), (2, 2, 4))), "label 5 is out of range", IndexError)
bad("ctc_loss label below", lambda m: _ctc(m, labels=((1, 2, -1), (2, 2, 4))), "label -1 is out of range", IndexError)
bad("ctc_loss mixed lengths", lambda m: _ctc(m, inputs=m.tensor([6, 6])), "both as tuples")
bad("ctc_loss lengths of float", lambda m: _ctc(m, m.ones(2), m.ones(2)), "input_lengths must be integral, got float32")
bad("ctc_loss of integers", lambda m: m.nn.functional.ctc_loss(m.tensor([[[1]]]), m.tensor([[0]]), (1,), (1,)), "int64")
bad("multi_margin_loss p", lambda m: m.nn.functional.multi_margin_loss(m.ones(1, 2), m.tensor([0]), p=3), "got 3")
bad("MultiMarginLoss p", lambda m: m.nn.MultiMarginLoss(p=3), "got 3")
bad("MultiMarginLoss weight", lambda m: m.nn.MultiMarginLoss(weight=m.ones(1, 2)), "got 2D")
bad("multi_margin_loss class", lambda m: m.nn.functional.multi_margin_loss(m.ones(1, 2), m.tensor([2])), "below 2")
bad(
    "multi_margin_loss class below",
    lambda m: m.nn.functional.multi_margin_loss(m.ones(1, 2), m.tensor([-1])),
    "below 2",
)
bad(
    "multi_margin_loss batch",
    lambda m: m.nn.functional.multi_margin_loss(m.ones(2, 2), m.tensor([0])),
    r"\[2\], but got \[1\]",
)
bad(
    "multi_margin_loss weight",
    lambda m: m.nn.functional.multi_margin_loss(m.ones(1, 2), m.tensor([0]), weight=m.ones(3)),
    r"\[2\] .* \[3\]",
)
bad(
    "multi_margin_loss target of float",
    lambda m: m.nn.functional.multi_margin_loss(m.ones(1, 2), m.ones(1)),
    "int64 but found float32",
)
bad(
    "multilabel_margin_loss size",
    lambda m: m.nn.functional.multilabel_margin_loss(m.ones(1, 2), m.tensor([0, 1])),
    r"\[2\] .* \[1, 2\]",
)
bad(
    "multilabel_margin_loss label",
    lambda m: m.nn.functional.multilabel_margin_loss(m.ones(2), m.tensor([0, 2])),
    "below 2",
)
bad(
    "multilabel_margin_loss label below",
    lambda m: m.nn.functional.multilabel_margin_loss(m.ones(2), m.tensor([0, -2])),
    "below 2",
)
bad(
    "multilabel_margin_loss empty",
    lambda m: m.nn.functional.multilabel_margin_loss(m.ones(2, 0), m.ones(2, 0, dtype=m.int64)),
    r"\[2, 0\]",
)
bad(
    "multilabel_soft_margin_loss scalar",
    lambda m: m.nn.functional.multilabel_soft_margin_loss(m.ones(()), m.ones(())),
    r"got \[\]",
)
bad(
    "gaussian_nll_loss negative",
    lambda m: m.nn.functional.gaussian_nll_loss(m.ones(2), m.ones(2), -m.ones(2)),
    "negative",
)
bad(
    "gaussian_nll_loss size",
    lambda m: m.nn.functional.gaussian_nll_loss(m.ones(2, 3), m.ones(2, 3), m.ones(3)),
    r"\[3\] .* \[2, 3\]",
)
bad(
    "gaussian_nll_loss of integers",
    lambda m: m.nn.functional.gaussian_nll_loss(m.ones(2), m.ones(2), m.tensor([1, 1])),
    "got int64",
)
bad(
    "poisson_nll_loss reduction",
    lambda m: m.nn.functional.poisson_nll_loss(m.ones(2), m.ones(2), reduction="median"),
    "median",
)
bad("kl_div of a word for its reduction", lambda m: m.kl_div(m.ones(3), m.ones(3), "mean"), "got 'mean'")
