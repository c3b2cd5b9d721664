"""Bad calls of containers of layers."""

from __future__ import annotations

from typing import Any

from badcalls.table import bad


def seq(m: Any) -> Any:
    return m.nn.Sequential(m.nn.ReLU())


bad("nn.Sequential of a number", lambda m: m.nn.Sequential(3), "int is not a Module subclass")
bad("nn.Sequential index", lambda m: seq(m)[1], "index 1 is out of range for 1 modules")
bad("nn.Sequential word", lambda m: seq(m)["0"], "'str' object cannot be interpreted as an integer")
bad("nn.Sequential insert", lambda m: seq(m).insert(5, m.nn.ReLU()), "Index out of range: 5 for 1 modules")
bad(
    "nn.Sequential + number",
    lambda m: seq(m) + 3,
    "add operator supports only objects of Sequential class, but",
)
bad("nn.Sequential * 0", lambda m: seq(m) * 0, "Non-positive multiplication factor 0 for <class 'mocrograd\\.n")
bad(
    "nn.Sequential * 1.5",
    lambda m: seq(m) * 1.5,
    "unsupported operand type\\(s\\) for \\*: <class 'mocrograd\\.nn\\.cont",
)
bad("nn.Sequential append", lambda m: seq(m).append(3), "int is not a Module subclass")
bad(
    "nn.Sequential two",
    lambda m: seq(m)(m.ones(1), m.ones(1)),
    "Sequential\\.forward\\(\\) takes 2 positional arguments but 3 were",
)
bad("nn.ModuleList number", lambda m: m.nn.ModuleList(3), "ModuleList\\.extend expected an iterable, but got int")
bad(
    "nn.ModuleList extend",
    lambda m: m.nn.ModuleList().extend(m.nn.ReLU()),
    "ModuleList\\.extend expected an iterable, but got ReLU",
)
bad(
    "nn.ModuleList call",
    lambda m: m.nn.ModuleList()(1),
    'Module \\[ModuleList\\] is missing the required "forward" functi',
)
bad(
    "nn.ModuleDict number",
    lambda m: m.nn.ModuleDict(3),
    "ModuleDict\\.update expected an iterable of key/value pairs, b",
)
bad(
    "nn.ModuleDict pairs",
    lambda m: m.nn.ModuleDict([("a", m.nn.ReLU(), 1)]),
    "ModuleDict\\.update: element #0 has length 3; 2 is required",
)
bad(
    "nn.ModuleDict numbers",
    lambda m: m.nn.ModuleDict([3]),
    "ModuleDict\\.update: element #0 should be Iterable; is int",
)
bad("nn.ModuleDict key", lambda m: m.nn.ModuleDict({3: m.nn.ReLU()}), "module name should be a string\\. Got int")
bad("nn.ModuleDict value", lambda m: m.nn.ModuleDict({"a": 3}), "int is not a Module subclass")
bad(
    "nn.ParameterList tensor",
    lambda m: m.nn.ParameterList(m.ones(2)),
    "ParameterList\\.extend expected an iterable, but got Tensor",
)
bad(
    "nn.ParameterList number",
    lambda m: m.nn.ParameterList(3),
    "ParameterList\\.extend expected an iterable, but got int",
)
bad("nn.ParameterList index", lambda m: m.nn.ParameterList()[0], "index 0 is out of range for 0 values")
bad("nn.ParameterList call", lambda m: m.nn.ParameterList()(1), "ParameterList should not be called\\.")
bad("nn.ParameterDict call", lambda m: m.nn.ParameterDict()(1), "ParameterDict should not be called\\.")
bad(
    "nn.ParameterDict key",
    lambda m: m.nn.ParameterDict({3: m.ones(1)}),
    "Index given to ParameterDict must be a string, got int",
)
bad(
    "nn.ParameterDict number",
    lambda m: m.nn.ParameterDict(3),
    "ParameterDict\\.update expected an iterable of key/value pairs",
)
