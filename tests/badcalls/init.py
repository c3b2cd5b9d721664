"""Bad calls of initial values."""

from __future__ import annotations

from badcalls.table import bad

bad(
    "nn.init uniform order",
    lambda m: m.nn.init.uniform_(m.ones(2), 1.0, 0.0),
    "uniform_ expects to return a \\[from, to\\) range, but found fro",
)
bad(
    "nn.init normal neg",
    lambda m: m.nn.init.normal_(m.ones(2), 0.0, -1.0),
    "normal expects std >= 0\\.0, but found std -1\\.0",
)
bad(
    "nn.init xavier",
    lambda m: m.nn.init.xavier_uniform_(m.ones(2)),
    "Fan in and fan out can not be computed for tensor with fewer",
)
bad("nn.init ints", lambda m: m.nn.init.normal_(m.ones(2, dtype=m.int64)), '"normal_" not implemented for int64')
bad("nn.init eye", lambda m: m.nn.init.eye_(m.ones(2)), "Only tensors with 2 dimensions are supported, got 1")
bad(
    "nn.init dirac",
    lambda m: m.nn.init.dirac_(m.ones(2)),
    "Only tensors with 3, 4, or 5 dimensions are supported, got 1",
)
bad(
    "nn.init dirac groups",
    lambda m: m.nn.init.dirac_(m.ones(3, 2, 1), 2),
    "dim 0 must be divisible by groups, got 3 and 2",
)
bad(
    "nn.init ortho",
    lambda m: m.nn.init.orthogonal_(m.ones(2)),
    "Only tensors with 2 or more dimensions are supported, got 1",
)
bad(
    "nn.init sparse", lambda m: m.nn.init.sparse_(m.ones(2), 0.1), "Only tensors with 2 dimensions are supported, got 1"
)
bad("nn.init gain", lambda m: m.nn.init.calculate_gain("x"), "Unsupported nonlinearity x")
bad(
    "nn.init.dirac_ rank",
    lambda m: m.nn.init.dirac_(m.ones(2)),
    "Only tensors with 3, 4, or 5 dimensions are supported, got 1",
)
bad(
    "nn.init.dirac_ groups",
    lambda m: m.nn.init.dirac_(m.ones(3, 2, 2), groups=2),
    "dim 0 must be divisible by groups, got 3 and 2",
)
bad("nn.init.eye_ rank", lambda m: m.nn.init.eye_(m.ones(2)), "Only tensors with 2 dimensions are supported, got 1")
bad(
    "nn.init.kaiming_uniform_ rank",
    lambda m: m.nn.init.kaiming_uniform_(m.ones(2)),
    "Fan in and fan out can not be computed for tensor with",
)
bad(
    "nn.init.kaiming_normal_ mode",
    lambda m: m.nn.init.kaiming_normal_(m.ones(2, 2), mode="x"),
    r"Mode x not supported, please use one of \['fan_in', 'fan_out'\]",
)
bad(
    "nn.init.kaiming_normal_ nonlinearity",
    lambda m: m.nn.init.kaiming_normal_(m.ones(2, 2), nonlinearity="x"),
    "Unsupported nonlinearity x",
)
bad(
    "nn.init.orthogonal_ rank",
    lambda m: m.nn.init.orthogonal_(m.ones(2)),
    "Only tensors with 2 or more dimensions are supported, got 1",
)
bad(
    "nn.init.sparse_ rank",
    lambda m: m.nn.init.sparse_(m.ones(2), 0.5),
    "Only tensors with 2 dimensions are supported, got 1",
)
bad(
    "nn.init.xavier_uniform_ rank",
    lambda m: m.nn.init.xavier_uniform_(m.ones(2)),
    "Fan in and fan out can not be computed for tensor with",
)
bad(
    "nn.init.xavier_normal_ rank",
    lambda m: m.nn.init.xavier_normal_(m.ones(2)),
    "Fan in and fan out can not be computed for tensor with",
)
bad(
    "nn.init.normal_ std",
    lambda m: m.nn.init.normal_(m.ones(2), std=-1.0),
    r"normal expects std >= 0\.0, but found std -1\.0",
)
bad(
    "nn.init.uniform_ bounds",
    lambda m: m.nn.init.uniform_(m.ones(2), 1.0, 0.0),
    r"a \[from, to\) range, but found from=1\.0 > to=0\.0",
)
bad(
    "nn.init.constant_ word",
    lambda m: m.nn.init.constant_(m.ones(2), "x"),
    r"fill_\(\): argument 'value' must be Number, not str",
)
