"""Bad calls of the functions of layers, and of changes in place, at top level."""

from badcalls.table import bad

bad("exp_ of no tensor", lambda m: m.exp_(3.0), "must be Tensor, not float")
bad("relu_ of no tensor", lambda m: m.relu_(None), "must be Tensor, not NoneType")
bad("sqrt_ of integers", lambda m: m.sqrt_(m.ones(3, dtype=m.int64)), "can't be cast")
bad("clamp_ without bounds", lambda m: m.clamp_(m.ones(3)), "min")
bad("dropout without a mode", lambda m: m.dropout(m.ones(3), 0.5), "train")
bad(
    "dropout of a probability above 1",
    lambda m: m.dropout(m.ones(3), 1.5, True),
    "between 0 and 1, but got 1.5",
    ValueError,
)  # fmt: skip  (torch raises RuntimeError here, ValueError in nn.functional: one kind for one mistake)
bad(
    "embedding at top level of an index out of range",
    lambda m: m.embedding(m.ones(3, 2), m.tensor([3])),
    "out of range",
)
bad(
    "batch_norm at top level without eps",
    lambda m: m.batch_norm(m.ones(2, 3), None, None, None, None, True),
    "momentum",
)
bad("kl_div of a word for its reduction", lambda m: m.kl_div(m.ones(3), m.ones(3), "mean"), "got 'mean'")
bad("adaptive_max_pool1d of no tensor", lambda m: m.adaptive_max_pool1d(3, 2), "must be Tensor, not int")
