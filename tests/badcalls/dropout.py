"""Bad calls of dropout."""

from __future__ import annotations

from badcalls.table import bad, layer

for n in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"):
    layer(n, "a large p", "dropout probability has to be between 0 and 1, but got 1\\.5", (1.5,))
    layer(n, "a negative p", "dropout probability has to be between 0 and 1, but got -0\\.1", (-0.1,))
    layer(n, "a word", "'<=' not supported between instances of 'float' and 'str'", ("x",))
    layer(
        n,
        "integers",
        "result type Float can't be cast to the desired output type",
        (0.5,),
        lambda m, n=n: m.ones(2, 3, 4, 5, dtype=m.int64) if n != "Dropout1d" else m.ones(2, 3, 4, dtype=m.int64),
    )
layer(
    "Dropout1d",
    "another rank",
    "dropout1d: Expected 2D or 3D input, but received a 4D input",
    (0.5,),
    lambda m: m.ones(2, 2, 2, 2),
)
bad(
    "dropout2d probability",
    lambda m: m.nn.functional.dropout2d(m.ones(1, 2, 3, 3), 1.5),
    r"dropout probability has to be between 0 and 1, but got 1\.5",
)
bad(
    "alpha_dropout probability",
    lambda m: m.nn.functional.alpha_dropout(m.ones(3), -0.5),
    r"dropout probability has to be between 0 and 1, but got -0\.5",
)
bad("dropout without a mode", lambda m: m.dropout(m.ones(3), 0.5), "train")
bad(
    "dropout of a probability above 1",
    lambda m: m.dropout(m.ones(3), 1.5, True),
    "between 0 and 1, but got 1.5",
    ValueError,
)  # fmt: skip  (torch raises RuntimeError here, ValueError in nn.functional: one kind for one mistake)
bad("dropout of a sparse tensor", lambda m: m.nn.functional.dropout(m.eye(2).to_sparse()), "use to_dense")
bad(
    "alpha_dropout of a sparse tensor",
    lambda m: m.nn.functional.alpha_dropout(m.eye(2).to_sparse(), 0.5, True),
    "use to_dense",
)
