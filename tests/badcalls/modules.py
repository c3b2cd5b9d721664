"""Bad calls of layers, made and called: embeddings, recurrence, attention."""

from __future__ import annotations

from badcalls.layers import layer

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
for n in ("RNN", "LSTM", "GRU"):
    layer(
        n,
        "width",
        "input\\.size\\(-1\\) must be equal to input_size\\. Expected 3, got 2",
        (3, 2),
        lambda m: m.ones(4, 1, 2),
    )
    layer(n, "another rank", ": Expected input to be 2D or 3D, got 1D instead", (3, 2), lambda m: m.ones(3))
    layer(n, "too high a rank", ": Expected input to be 2D or 3D, got 4D instead", (3, 2), lambda m: m.ones(1, 1, 1, 3))
    layer(
        n,
        "dropout",
        "dropout should be a number in range \\[0, 1\\] representing the probability of an element being zeroed, got 1\\.5",
        (3, 2),
        options={"dropout": 1.5},
    )
    layer(n, "layers", "num_layers must be greater than zero, got 0", (3, 2), options={"num_layers": 0})
    layer(n, "hidden", "hidden_size must be greater than zero, got 0", (3, 0))
    layer(n, "hidden float", "hidden_size should be of type int, got: float", (3, 2.0))
    layer(
        n,
        "a large proj_size",
        "proj_size has to be smaller than hidden_size|proj_size argument is only supported for LSTM",
        (3, 2),
        options={"proj_size": 2},
    )
    layer(
        n,
        "a negative proj_size",
        "proj_size must be greater than zero|proj_size argument is only supported for LSTM|proj_size",
        (3, 2),
        options={"proj_size": -1},
    )
    layer(
        n,
        "integers",
        "RNN input dtype \\(mocrograd\\.int64\\) does not match weight dtype \\(mocrograd\\.float32\\)\\. Convert input: input\\.to\\(moc",
        (3, 2),
        lambda m: m.ones(4, 1, 3, dtype=m.int64),
    )
    layer(
        n,
        "doubles",
        "RNN input dtype \\(mocrograd\\.float64\\) does not match weight dtype \\(mocrograd\\.float32\\)\\. Convert input: input\\.to\\(m",
        (3, 2),
        lambda m: m.ones(4, 1, 3, dtype=m.float64),
    )
    layer(
        n, "too few arguments", "RNNBase\\.__init__\\(\\) missing 1 required positional argument: 'hidden_size'", (3,)
    )
    layer(n, "a negative input_size", "input_size must be greater than zero, got -3", (-3, 2))
    layer(n, "empty seq", "Expected sequence length to be larger than 0 in RNN", (3, 2), lambda m: m.ones(0, 1, 3))
    h = (lambda m, *s: (m.ones(*s), m.ones(*s))) if n == "LSTM" else lambda m, *s: m.ones(*s)
    layer(
        n,
        "state size",
        "size \\(1, 1, 2\\), got \\[1, 1, 3\\]",
        (3, 2),
        lambda m, h=h: (m.ones(4, 1, 3), h(m, 1, 1, 3)),
    )
    layer(
        n,
        "state batch",
        "size \\(1, 1, 2\\), got \\[1, 2, 2\\]",
        (3, 2),
        lambda m, h=h: (m.ones(4, 1, 3), h(m, 1, 2, 2)),
    )
    layer(
        n,
        "state layers",
        "size \\(1, 1, 2\\), got \\[2, 1, 2\\]",
        (3, 2),
        lambda m, h=h: (m.ones(4, 1, 3), h(m, 2, 1, 2)),
    )
    layer(n, "state rank", "x should also be 3-D but got 2-D", (3, 2), lambda m, h=h: (m.ones(4, 1, 3), h(m, 1, 2)))
    c = n + "Cell"
    layer(c, "width", "input has inconsistent input_size: got 4, expected 3", (3, 2), lambda m: m.ones(1, 4))
    layer(c, "another rank", "Cell: Expected input to be 1D or 2D, got 3D instead", (3, 2), lambda m: m.ones(1, 1, 3))
    layer(
        c,
        "state",
        "hidden has inconsistent hidden_size: got 3, expected 2",
        (3, 2),
        lambda m, h=h: (m.ones(1, 3), h(m, 1, 3)),
    )
    layer(
        c,
        "batch",
        "Input batch size 1 doesn't match hidden batch size 2",
        (3, 2),
        lambda m, h=h: (m.ones(1, 3), h(m, 2, 2)),
    )
    layer(
        c,
        "state rank",
        "Cell: expected hidden to have the 2 dimensions of the input, got \\[2\\]",
        (3, 2),
        lambda m, h=h: (m.ones(1, 3), h(m, 2)),
    )
layer(
    "RNN",
    "nonlinearity",
    "Unknown nonlinearity 'gelu'\\. Select from 'tanh' or 'relu'\\.",
    (3, 2),
    options={"nonlinearity": "gelu"},
)
layer(
    "RNNCell",
    "nonlinearity",
    "Unknown nonlinearity: gelu",
    (3, 2),
    lambda m: m.ones(1, 3),
    options={"nonlinearity": "gelu"},
)
layer("MultiheadAttention", "zero heads", "embed_dim and num_heads must be greater than 0, got embed_di", (4, 0))
layer("MultiheadAttention", "zero embed", "embed_dim and num_heads must be greater than 0, got embed_di", (0, 1))
layer("MultiheadAttention", "neg heads", "embed_dim and num_heads must be greater than 0, got embed_di", (4, -2))
layer(
    "MultiheadAttention",
    "key batch",
    "expected keys of 1 sequences, as the query, got 2",
    (4, 2),
    lambda m: (m.ones(2, 1, 4), m.ones(2, 2, 4), m.ones(2, 2, 4)),
)
layer(
    "TransformerEncoderLayer",
    "activation",
    "activation should be relu/gelu, not tanh",
    (4, 2),
    options={"activation": "tanh"},
)
layer(
    "TransformerDecoderLayer",
    "width",
    "linear: mat1 and mat2 shapes cannot be multiplied \\(2x1x3 and",
    (4, 2),
    lambda m: (m.ones(2, 1, 4), m.ones(2, 1, 3)),
)
