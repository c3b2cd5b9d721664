"""Samplers that are given something else than a number where they take one."""

from badcalls.table import bad

_SAMPLERS = {
    "normal_ mean": lambda m, v: m.ones(2).normal_(v),
    "normal_ std": lambda m, v: m.ones(2).normal_(0, v),
    "uniform_ from": lambda m, v: m.ones(2).uniform_(v, 5),
    "uniform_ to": lambda m, v: m.ones(2).uniform_(0, v),
    "log_normal_ mean": lambda m, v: m.ones(2).log_normal_(v),
    "log_normal_ std": lambda m, v: m.ones(2).log_normal_(0, v),
    "exponential_": lambda m, v: m.ones(2).exponential_(v),
    "geometric_": lambda m, v: m.ones(2).geometric_(v),
    "cauchy_ median": lambda m, v: m.ones(2).cauchy_(v),
    "cauchy_ sigma": lambda m, v: m.ones(2).cauchy_(0, v),
    "bernoulli": lambda m, v: m.bernoulli(m.ones(2), v),
    "bernoulli_": lambda m, v: m.ones(2).bernoulli_(v),
}
for _name, _call in _SAMPLERS.items():
    for _what, _value in (("a tuple", (3, 3)), ("a list", [1.0]), ("a string", "1"), ("None", None), ("a complex", 1j)):
        if (_name, _what) == ("bernoulli", "None"):
            continue  # which is its default here
        bad(f"{_name} of {_what}", lambda m, _call=_call, _value=_value: _call(m, _value), "must be Number, not")
    bad(f"{_name} beyond all floats", lambda m, _call=_call: _call(m, 10**400), "too large")
    if not _name.startswith("bernoulli"):
        bad(f"{_name} of a tensor of two", lambda m, _call=_call: _call(m, m.ones(2)), "must be Number, not Tensor")
