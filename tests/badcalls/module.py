"""Bad calls of modules and parameters."""

from __future__ import annotations

from badcalls.table import bad

bad(
    "nn.Parameter ints",
    lambda m: m.nn.Parameter(m.ones(2, dtype=m.int64)),
    "Only Tensors of floating point and complex dtype can require gradients,",
)
bad(
    "nn.Module to",
    lambda m: m.nn.Linear(1, 1).to(m.int64),
    "nn\\.Module\\.to only accepts floating point or complex dtypes, but got des",
)
bad(
    "nn.Module to kw",
    lambda m: m.nn.Linear(1, 1).to(color=1),
    "Module\\.to\\(\\) got an unexpected keyword argument 'color'",
)
bad("nn.Module train", lambda m: m.nn.ReLU().train(3), "training mode is expected to be boolean, got 3")
bad(
    "nn.Module load",
    lambda m: m.nn.Linear(1, 1).load_state_dict(3),
    "Expected state_dict to be dict-like, got <class 'int'>\\.",
)
bad(
    "nn.Module load size",
    lambda m: m.nn.Linear(1, 1).load_state_dict(m.nn.Linear(2, 1).state_dict()),
    "size mismatch for weight: copying a param with shape",
)
