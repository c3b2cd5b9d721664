"""Bad calls of recurrent networks."""

from __future__ import annotations

from badcalls.table import layer

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
