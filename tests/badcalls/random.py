"""Bad calls of random numbers."""

from __future__ import annotations

from badcalls.table import bad

bad("randint bounds", lambda m: m.randint(3, 3, (2,)), "from=3 >= to=3")
bad("randint dtype", lambda m: m.randint(0, 300, (2,), dtype=m.uint8), "uint8: expected 0 to 255, got 299")
bad("randint_like bounds", lambda m: m.randint_like(m.ones(2), 0), "from=0 >= to=0")
bad("normal std", lambda m: m.normal(0.0, -1.0, (2,)), "found std -1.0")
bad("normal std of a tensor", lambda m: m.normal(m.zeros(2), m.tensor([1.0, -1.0])), "std >= 0.0")
bad("normal shapes", lambda m: m.normal(m.zeros(2), m.ones(3)), r"\[2\] and \[3\]")
bad("normal without size", lambda m: m.normal(0.0, 1.0), "size")
bad("bernoulli p", lambda m: m.bernoulli(m.ones(2), 1.5), "got p=1.5")
bad("bernoulli_ p", lambda m: m.ones(2).bernoulli_(-0.5), "got p=-0.5")
bad("bernoulli_ tensor", lambda m: m.ones(2).bernoulli_(m.full((2,), 2.0)), "probabilities")
bad("exponential_ rate", lambda m: m.ones(2).exponential_(0.0), "lambda=0.0")
bad("geometric_ p", lambda m: m.ones(2).geometric_(1.0), "got p=1.0")
bad("cauchy_ sigma", lambda m: m.ones(2).cauchy_(0.0, 0.0), "sigma=0.0")
bad("log_normal_ std", lambda m: m.ones(2).log_normal_(0.0, 0.0), "std=0.0")
bad("exponential_ of integers", lambda m: m.tensor([1]).exponential_(), "int64")
bad("random_ bounds", lambda m: m.ones(2).random_(5, 5), "from=5 >= to=5")
bad("binomial dtype", lambda m: m.binomial(m.tensor([2]), m.tensor([0.5])), "floating-point")
bad("binomial dtypes", lambda m: m.binomial(m.tensor([2.0]), m.tensor([0.5], dtype=m.float64)), "float64")
bad("poisson rate", lambda m: m.poisson(m.tensor([-1.0])), "non-negative")
bad("multinomial rank", lambda m: m.multinomial(m.ones(1, 1, 1), 1), r"\[1, 1, 1\]")
bad("multinomial dtype", lambda m: m.multinomial(m.tensor([1]), 1), "got: int64")
bad("multinomial too many", lambda m: m.multinomial(m.ones(2), 3), "3 > 2")
bad("multinomial none", lambda m: m.multinomial(m.ones(2), 0), "got 0")
bad("multinomial negative", lambda m: m.multinomial(m.tensor([1.0, -1.0]), 1), "element < 0")
bad("multinomial all 0", lambda m: m.multinomial(m.zeros(2), 1), "sum of probabilities <= 0")
# torch draws an index of weight 0 then
bad("multinomial too few", lambda m: m.multinomial(m.tensor([1.0, 0.0]), 2), "expected 2 weights", RuntimeError)
bad("randn of a negative size", lambda m: m.randn(-3), "negative|-3")
bad("rand of integers", lambda m: m.rand(3, dtype=m.int64), "int64|Long|floating")
bad("randint of an empty range", lambda m: m.randint(3, 3, (2,)), "3")
bad("randperm of a negative number", lambda m: m.randperm(-1), "negative|-1")
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
bad(
    "bernoulli_ of complex numbers",
    lambda m: m.ones(2, dtype=m.complex64).bernoulli_(),
    "not implemented for complex64",
)
bad(
    "bernoulli of complex numbers", lambda m: m.bernoulli(m.ones(2, dtype=m.complex64)), "not implemented for complex64"
)
bad(
    "rand_like of a sparse tensor",
    lambda m: m.rand_like(m.eye(2).to_sparse()),
    "layout mocrograd.sparse_coo: use to_dense",
)
bad("randn_like of a sparse tensor", lambda m: m.randn_like(m.eye(2).to_sparse()), "layout mocrograd.sparse_coo")
bad("randint_like of a sparse tensor", lambda m: m.randint_like(m.eye(2).to_sparse(), 3), "layout mocrograd.sparse_coo")
