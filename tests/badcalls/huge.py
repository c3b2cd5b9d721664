"""Integers that are too large, and what is no number, where the number of parts, a place or an end is meant."""

from badcalls.table import bad

HUGE = 1 << 80
for _name, _call in {
    "split": lambda m, x, n: m.split(x, n),
    "chunk": lambda m, x, n: m.chunk(x, n),
    "roll": lambda m, x, n: m.roll(x, n),
    "diagonal": lambda m, x, n: m.diagonal(x, n),
    "triu": lambda m, x, n: m.triu(x, n),
    "tril": lambda m, x, n: m.tril(x, n),
    "matrix_power": lambda m, x, n: m.matrix_power(x, n),
    "linalg.matrix_power": lambda m, x, n: m.linalg.matrix_power(x, n),
    "histc bins": lambda m, x, n: m.histc(x, n),
}.items():
    bad(
        f"{_name} of 80 bits",
        lambda m, _call=_call: _call(m, m.ones(4, 4), HUGE),
        "must have at most 64 bits, got 12089258",
    )
    bad(f"{_name} of a string", lambda m, _call=_call: _call(m, m.ones(4, 4), "2"), "must be .*int.*str")
for _name, _call in {
    "split_with_sizes": lambda m, x, n: x.split_with_sizes((n, 1)),
    "roll of several": lambda m, x, n: m.roll(x, (n, 1), (0, 1)),
    "tile": lambda m, x, n: m.tile(x, (n,)),
    "split of several": lambda m, x, n: m.split(x, [n, 1]),
}.items():
    bad(f"{_name} of 80 bits", lambda m, _call=_call: _call(m, m.ones(4, 4), HUGE), "64 bits")
for _name in ("tensor_split", "vsplit", "hsplit", "dsplit"):
    for _sections in (1 << 40, 1 << 62):
        bad(  # torch goes on until it is killed
            f"{_name} into {_sections}",
            lambda m, _name=_name, _sections=_sections: getattr(m, _name)(m.ones(4, 4, 4), _sections),
            "expected at most 16777216 parts, got",
            MemoryError,
        )
    bad(f"{_name} into 2.5", lambda m, _name=_name: getattr(m, _name)(m.ones(4, 4, 4), 2.5), "must be .*int")
bad("split_with_sizes of an integer", lambda m: m.ones(4).split_with_sizes(2), "tuple of ints, not int")
bad("split by a bool", lambda m: m.split(m.ones(4), True), "must be int, not bool")
for _what, _value in (("a tuple", (1, 2)), ("a string", "1"), ("None", None)):
    bad(f"linspace from {_what}", lambda m, _value=_value: m.linspace(_value, 3, 4), "must be Number, not")
    bad(f"linspace to {_what}", lambda m, _value=_value: m.linspace(0, _value, 4), "must be Number, not")
    bad(f"logspace to {_what}", lambda m, _value=_value: m.logspace(0, _value, 4), "must be Number, not")
    bad(f"arange with a step of {_what}", lambda m, _value=_value: m.arange(0, 4, _value), "must be Number, not")
    bad(f"histc from {_what}", lambda m, _value=_value: m.histc(m.ones(3), 3, _value), "must be Number, not")
bad("arange to nan", lambda m: m.arange(float("nan")), "unsupported range")
bad("arange to infinity", lambda m: m.arange(0, float("inf")), "unsupported range")
bad("linspace of a float's number", lambda m: m.linspace(0, 1, 2.5), "must be int, not float")
for _name, _call in {
    "linalg.vander": lambda m: m.linalg.vander(3),
    "linalg.diagonal": lambda m: m.linalg.diagonal(3),
    "linalg.matrix_power": lambda m: m.linalg.matrix_power(3, 2),
    "linalg.tensorinv": lambda m: m.linalg.tensorinv(3),
    "special.logit": lambda m: m.special.logit(3),
    "poisson": lambda m: m.poisson(3),
}.items():
    bad(f"{_name} of a number", _call, "must be Tensor, not int")
bad("poisson from what is no generator", lambda m: m.poisson(m.ones(3), 3), "must be Generator, not int")
bad("mean in a tensor", lambda m: m.mean(m.ones(3), 0, dtype=m.ones(3)), "must be dtype, not Tensor")
bad(
    "as_strided with an offset of a float", lambda m: m.as_strided(m.ones(4), (2,), (1,), 1.0), "must be int, not float"
)
bad(
    "as_strided with strides of a string",
    lambda m: m.as_strided(m.ones(4), (2,), "1"),
    "must be tuple of ints, not str",
)
bad("as_strided with a size of a number", lambda m: m.as_strided(m.ones(4), 2, (1,)), "must be tuple of ints, not int")
for _name, _call in {
    "reshape": lambda m: m.zeros(0, 1).reshape(0, 1 << 60, 1 << 60),
    "view": lambda m: m.zeros(0).view(0, 1 << 62, 4),
    "zeros": lambda m: m.zeros(0, 1 << 40, 1 << 40),
}.items():
    bad(f"{_name} with strides of more than 64 bits", _call, "Stride calculation overflowed", RuntimeError)
