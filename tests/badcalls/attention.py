"""Bad calls of attention."""

from __future__ import annotations

from badcalls.table import bad, layer

bad(
    "scaled_dot_product_attention widths",
    lambda m: m.nn.functional.scaled_dot_product_attention(m.ones(2, 3), m.ones(2, 4), m.ones(2, 4)),
    r"of one length, but got query \[2, 3\], key \[2, 4\] and value",
)
layer(
    "MultiheadAttention",
    "another batch of keys",
    "expected keys of 3 sequences, as the query, got 1",
    (4, 2),
    lambda m: (m.ones(2, 3, 4), m.ones(2, 1, 4), m.ones(2, 1, 4)),
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
