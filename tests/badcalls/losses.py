"""Bad calls of losses."""

from badcalls.table import bad

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

_F = {
    "cosine_similarity of integers": (
        lambda m: m.cosine_similarity(m.tensor([[1]]), m.tensor([[1]])), "floating point, yet .* int64"),
    "cosine_similarity eps": (lambda m: m.cosine_similarity(m.ones(2, 2), m.ones(2, 2), 1, -1.0), "got: -1"),
    "cosine_similarity dim": (lambda m: m.cosine_similarity(m.ones(2), m.ones(2), 1), "got 1"),
    "cosine_similarity sizes": (lambda m: m.cosine_similarity(m.ones(2, 3), m.ones(4, 3)), "2.*4"),
    "pairwise_distance sizes": (lambda m: m.pairwise_distance(m.ones(2, 3), m.ones(4, 3)), "2.*4"),
    "normalize of integers": (lambda m: m.nn.functional.normalize(m.tensor([[1]])), "int64"),
    "pdist rank": (lambda m: m.pdist(m.ones(3)), "got: 1D"),
    "pdist p": (lambda m: m.pdist(m.ones(3, 2), -1.0), "non-negative p values, got -1"),
    "pdist of integers": (lambda m: m.pdist(m.tensor([[1]])), "got int64"),
    "cdist rank": (lambda m: m.cdist(m.ones(3), m.ones(3, 2)), "X1 got: 1D"),
    "cdist columns": (lambda m: m.cdist(m.ones(3, 2), m.ones(3, 3)), "X1: 2 X2: 3"),
    "cdist batches": (lambda m: m.cdist(m.ones(2, 3, 2), m.ones(3, 3, 2)), "2.*3"),
    "cdist dtypes": (lambda m: m.cdist(m.ones(3, 2), m.ones(3, 2, dtype=m.float64)), "float32 but found float64"),
    "cdist of integers": (lambda m: m.cdist(m.ones(3, 2), m.ones(3, 2, dtype=m.int64)), "X2 got: int64"),
    "cdist p": (lambda m: m.cdist(m.ones(3, 2), m.ones(3, 2), -1.0), "non-negative"),
    "cdist mode": (lambda m: m.cdist(m.ones(3, 2), m.ones(3, 2), compute_mode="x"), "x is not a valid value"),
    "triplet_margin_loss margin": (
        lambda m: m.nn.functional.triplet_margin_loss(m.ones(3), m.ones(3), m.ones(3), margin=0), "got 0"),
    "triplet_margin_loss ranks": (
        lambda m: m.nn.functional.triplet_margin_loss(m.ones(2, 3), m.ones(3), m.ones(2, 3)), "2D, positive 1D"),
    "TripletMarginLoss margin": (lambda m: m.nn.TripletMarginLoss(margin=-1.0), "got -1.0"),
    "TripletMarginWithDistanceLoss margin": (lambda m: m.nn.TripletMarginWithDistanceLoss(margin=0.0), "got 0.0"),
    "cosine_embedding_loss target": (
        lambda m: m.nn.functional.cosine_embedding_loss(m.ones(2, 3), m.ones(2, 3), m.ones(2, 1)), r"got \[2, 1\]"),
    "cosine_embedding_loss inputs": (
        lambda m: m.nn.functional.cosine_embedding_loss(m.ones(3), m.ones(3), m.ones(1)), r"\[3\] and \[3\]"),
    "multi_margin_loss p": (lambda m: m.nn.functional.multi_margin_loss(m.ones(1, 2), m.tensor([0]), p=3), "got 3"),
    "MultiMarginLoss p": (lambda m: m.nn.MultiMarginLoss(p=3), "got 3"),
    "MultiMarginLoss weight": (lambda m: m.nn.MultiMarginLoss(weight=m.ones(1, 2)), "got 2D"),
    "multi_margin_loss class": (
        lambda m: m.nn.functional.multi_margin_loss(m.ones(1, 2), m.tensor([2])), "below 2"),
    "multi_margin_loss class below": (
        lambda m: m.nn.functional.multi_margin_loss(m.ones(1, 2), m.tensor([-1])), "below 2"),
    "multi_margin_loss batch": (
        lambda m: m.nn.functional.multi_margin_loss(m.ones(2, 2), m.tensor([0])), r"\[2\], but got \[1\]"),
    "multi_margin_loss weight": (
        lambda m: m.nn.functional.multi_margin_loss(m.ones(1, 2), m.tensor([0]), weight=m.ones(3)), r"\[2\] .* \[3\]"),
    "multi_margin_loss target of float": (
        lambda m: m.nn.functional.multi_margin_loss(m.ones(1, 2), m.ones(1)), "int64 but found float32"),
    "multilabel_margin_loss size": (
        lambda m: m.nn.functional.multilabel_margin_loss(m.ones(1, 2), m.tensor([0, 1])), r"\[2\] .* \[1, 2\]"),
    "multilabel_margin_loss label": (
        lambda m: m.nn.functional.multilabel_margin_loss(m.ones(2), m.tensor([0, 2])), "below 2"),
    "multilabel_margin_loss label below": (
        lambda m: m.nn.functional.multilabel_margin_loss(m.ones(2), m.tensor([0, -2])), "below 2"),
    "multilabel_margin_loss empty": (
        lambda m: m.nn.functional.multilabel_margin_loss(m.ones(2, 0), m.ones(2, 0, dtype=m.int64)), r"\[2, 0\]"),
    "multilabel_soft_margin_loss scalar": (
        lambda m: m.nn.functional.multilabel_soft_margin_loss(m.ones(()), m.ones(())), r"got \[\]"),
    "gaussian_nll_loss negative": (
        lambda m: m.nn.functional.gaussian_nll_loss(m.ones(2), m.ones(2), -m.ones(2)), "negative"),
    "gaussian_nll_loss size": (
        lambda m: m.nn.functional.gaussian_nll_loss(m.ones(2, 3), m.ones(2, 3), m.ones(3)), r"\[3\] .* \[2, 3\]"),
    "gaussian_nll_loss of integers": (
        lambda m: m.nn.functional.gaussian_nll_loss(m.ones(2), m.ones(2), m.tensor([1, 1])), "got int64"),
    "poisson_nll_loss reduction": (
        lambda m: m.nn.functional.poisson_nll_loss(m.ones(2), m.ones(2), reduction="median"), "median"),
}  # fmt: skip
for _name, (_call, _words) in _F.items():
    bad(_name, _call, _words)
