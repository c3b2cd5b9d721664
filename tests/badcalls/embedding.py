"""Bad calls of embeddings."""

from __future__ import annotations

from badcalls.table import bad, layer

bad("one_hot of floats", lambda m: m.nn.functional.one_hot(m.ones(3)), r"tensor of type int64, got mocrograd\.float32")
bad(
    "one_hot classes",
    lambda m: m.nn.functional.one_hot(m.tensor([3]), 3),
    r"Class values must be smaller than num_classes \(3\), got 3\.",
)
bad("one_hot below", lambda m: m.nn.functional.one_hot(m.tensor([-1])), r"Class values must be non-negative, got -1\.")
bad(
    "one_hot of nothing",
    lambda m: m.nn.functional.one_hot(m.zeros(0, dtype=m.int64)),
    r"Can not infer total number of classes from empty tensor\.",
)
bad(
    "embedding_bag index",
    lambda m: m.nn.functional.embedding_bag(m.tensor([[3]]), m.ones(3, 2)),
    "self: expected 0 to 2, got 3",
)
bad(
    "embedding_bag index below",
    lambda m: m.nn.functional.embedding_bag(m.tensor([-1, 0]), m.ones(3, 2), m.tensor([0])),
    "self: expected 0 to 2, got -1",
)
bad(
    "embedding_bag largest index",
    lambda m: m.nn.functional.embedding_bag(m.tensor([[3]]), m.ones(3, 2), max_norm=1.0),
    "index 3 is out of bounds for dimension with size 3",
)
layer("Embedding", "index", "index out of range in self: expected 0 to 2, got 3", (3, 2), lambda m: m.tensor([0, 3]))
layer(
    "Embedding",
    "a negative index",
    "index out of range in self: expected 0 to 2, got -1",
    (3, 2),
    lambda m: m.tensor([-1]),
)
layer("Embedding", "float", "embedding: expected indices of dtype int64 or int32, got flo", (3, 2), lambda m: m.ones(2))
layer(
    "Embedding",
    "bool",
    "embedding: expected indices of dtype int64 or int32, got boo",
    (3, 2),
    lambda m: m.ones(2, dtype=m.bool),
)
layer(
    "Embedding", "a negative number of rows", "empty: Trying to create tensor with negative dimension -3: \\[", (-3, 2)
)
layer("Embedding", "a list", "embedding\\(\\): argument 'input' must be Tensor, not list", (3, 2), lambda m: [0, 1])
layer(
    "EmbeddingBag",
    "an unknown mode",
    "mode has to be one of sum, mean or max, got 'median'",
    (3, 2),
    lambda m: m.tensor([[0, 1]]),
    options={"mode": "median"},
)
layer("EmbeddingBag", "no offsets", "offsets has to be a 1D Tensor but got None", (3, 2), lambda m: m.tensor([0, 1]))
layer(
    "EmbeddingBag",
    "offsets2d",
    "if input is 2D, then offsets has to be None, as input is tre",
    (3, 2),
    lambda m: (m.tensor([[0, 1]]), m.tensor([0])),
)
layer(
    "EmbeddingBag",
    "first offset",
    "offsets\\[0\\] has to be 0, i\\.e\\., the first sequence starts at p",
    (3, 2),
    lambda m: (m.tensor([0, 1]), m.tensor([1])),
)
layer(
    "EmbeddingBag",
    "large offset",
    "offsets\\[-1\\] can not be greater than input's length\\(2\\) but go",
    (3, 2),
    lambda m: (m.tensor([0, 1]), m.tensor([0, 5])),
)
layer(
    "EmbeddingBag",
    "another rank",
    "input has to be 1D or 2D Tensor, but got Tensor of dimension",
    (3, 2),
    lambda m: m.zeros(1, 1, 1, dtype=m.int64),
)
layer(
    "EmbeddingBag",
    "weights mode",
    "embedding_bag: per_sample_weights was not None, which is for",
    (3, 2),
    lambda m: (m.tensor([[0, 1]]), None, m.ones(1, 2)),
)
layer(
    "EmbeddingBag",
    "weights shape",
    "embedding_bag: If per_sample_weights \\(\\[2\\]\\) is not None, then",
    (3, 2),
    lambda m: (m.tensor([[0, 1]]), None, m.ones(2)),
    options={"mode": "sum"},
)
bad(
    "embedding at top level of an index out of range",
    lambda m: m.embedding(m.ones(3, 2), m.tensor([3])),
    "out of range",
)
