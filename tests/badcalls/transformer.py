"""Bad calls of transformers."""

from __future__ import annotations

from badcalls.table import bad, layer

bad(
    "nn.Transformer widths",
    lambda m: m.nn.Transformer(4, 2, 1, 1, 8, batch_first=True)(m.ones(1, 2, 4), m.ones(1, 2, 6)),
    "equal to d_model, 4, got 4 and 6",
)
bad(
    "nn.Transformer batches",
    lambda m: m.nn.Transformer(4, 2, 1, 1, 8, batch_first=True)(m.ones(1, 2, 4), m.ones(3, 2, 4)),
    "the batch number of src and tgt must be equal, got 1 and 3",
)
bad(
    "nn.Transformer heads",
    lambda m: m.nn.Transformer(4, 3, 1, 1, 8),
    "embed_dim must be divisible by num_heads, got 4 and 3",
)
bad(
    "nn.TransformerEncoder width",
    lambda m: m.nn.TransformerEncoder(m.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 1)(m.ones(1, 2, 6)),
    "was expecting embedding dimension of 4, but got 6",
)
bad(
    "nn.TransformerDecoder rank",
    lambda m: m.nn.TransformerDecoder(m.nn.TransformerDecoderLayer(4, 2, 8), 1)(m.ones(4), m.ones(2, 4)),
    "query should be unbatched 2D or batched 3D tensor but",
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
