"""Results that are written over an operand, or a part of it."""

import inspect

import mocrograd as mg
import numpy as np
import pytest

VALUES = np.random.default_rng(7).uniform(0.2, 0.9, (4, 4))
OTHER = np.random.default_rng(9).uniform(0.3, 0.8, (4, 4))


def _backwards(x):
    """Places along the first dimension, the last one first."""
    n = x.shape[0]
    return mg.arange(n).flip(0).view(n, *[1] * (x.ndim - 1)).expand(x.shape)


OPERANDS = {
    "itself": lambda y: (y, y),
    "a view of all": lambda y: (y[:], y),
    "detached": lambda y: (y.detach(), y),
    "transposed": lambda y: (y.t(), y),
    "the rows before": lambda y: (y[:-1], y[1:]),
    "the rows behind": lambda y: (y[1:], y[:-1]),
    "the columns before": lambda y: (y[:, :-1], y[:, 1:]),
    "a square inside": lambda y: (y[:3, :3], y[1:, 1:]),
    "the first row": lambda y: (y[:1], y[:3]),
    "an element": lambda y: (y[1, 2], y),
}
WRITERS = {
    "addmm": lambda x, w, out: mg.addmm(x, x, w, out=out),
    "baddbmm": lambda x, w, out: mg.baddbmm(x[None], x[None], w[None], out=out[None]),
    "addbmm": lambda x, w, out: mg.addbmm(x, x[None], w[None], out=out),
    "bmm": lambda x, w, out: mg.bmm(x[None], w[None], out=out[None]),
    "addmv": lambda x, w, out: mg.addmv(x[0], w, x[0], out=out[0]),
    "mv": lambda x, w, out: mg.mv(w, x[0], out=out[0]),
    "addr": lambda x, w, out: mg.addr(x, x[:, 0], x[0], out=out),
    "outer": lambda x, w, out: mg.outer(x[:, 0], x[0], out=out),
    "ger": lambda x, w, out: mg.ger(x[:, 0], x[0], out=out),
    "dot": lambda x, w, out: mg.dot(x[0], x[0], out=out[0, 0]),
    "vdot": lambda x, w, out: mg.vdot(x[0], x[0], out=out[0, 0]),
    "addcmul": lambda x, w, out: mg.addcmul(x, x, x, out=out),
    "addcdiv": lambda x, w, out: mg.addcdiv(x, x, x, out=out),
    "where": lambda x, w, out: mg.where(x > 0, x * 2, x, out=out),
    "lerp": lambda x, w, out: mg.lerp(x, x * 2, x, out=out),
    "clamp": lambda x, w, out: mg.clamp(x, x * 0.5, x, out=out),
    "clip": lambda x, w, out: mg.clip(x, x * 0.5, x, out=out),
    "gather": lambda x, w, out: mg.gather(x, 0, _backwards(x), out=out),
    "take": lambda x, w, out: mg.take(x, mg.arange(x.numel()).flip(0).view(x.shape), out=out),
    "take_along_dim": lambda x, w, out: mg.take_along_dim(x, _backwards(x), 0, out=out),
    "index_add": lambda x, w, out: mg.index_add(x, 0, _backwards(x[:, 0]), x, out=out),
    "index_copy": lambda x, w, out: mg.index_copy(x, 0, _backwards(x[:, 0]), x, out=out),
    "cumsum": lambda x, w, out: mg.cumsum(x, 0, out=out),
    "cumprod": lambda x, w, out: mg.cumprod(x, 1, out=out),
    **{
        name: lambda x, w, out, name=name: getattr(mg, name)([x[1:], x[:1]], out=out)
        for name in ("cat", "concat", "concatenate", "vstack", "row_stack")
    },
    "hstack": lambda x, w, out: mg.hstack([x[:, 1:], x[:, :1]], out=out),
    "column_stack": lambda x, w, out: mg.column_stack([x[:, -1], x[:, :-1]], out=out),
    "dstack": lambda x, w, out: mg.dstack([x.t()], out=out[..., None]),
    "stack": lambda x, w, out: mg.stack([x[-1], *x[:-1]], out=out),
    "tril": lambda x, w, out: mg.tril(x, out=out),
    "nan_to_num": lambda x, w, out: mg.nan_to_num(x, out=out),
    "diag": lambda x, w, out: mg.diag(x[0], out=out),
}


INTEGRAL = {"bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "gcd",
            "lcm"}  # fmt: skip
APART = {
    "all", "aminmax", "any", "argmax", "argmin", "argsort", "bucketize", "empty", "frexp", "full", "hash_tensor", "isin", "isneginf", "isposinf",
    "expand_copy", "histogram", "logsumexp", "masked_select", "permute_copy", "unbind_copy", "view_copy", "mode", "nonzero", "ones", "qr", "rand", "randn", "searchsorted", "signbit", "slogdet",
    "complex", "polar", "sort", "svd", "zeros", "cholesky", "geqrf", "lu_unpack", "orgqr", "triangular_solve",
}  # fmt: skip
"""Their result has another dtype or shape than these operands, or is several, or they take no operand of this kind."""
DRAWS = {"bernoulli", "normal"}
ROUNDED = {"prod", "cholesky_inverse", "cholesky_solve"}
"""A copy has other strides, by which their terms are combined in another order."""


def _writers():
    """What takes `out`, is given one or two operands alone, and works on floats."""
    found = dict(WRITERS)
    for name in dir(mg):
        function = getattr(mg, name)
        if (
            name.startswith("_")
            or name.endswith("_")
            or name in found
            or name in DRAWS
            or not inspect.isfunction(function)
        ):
            continue
        parameters = inspect.signature(function).parameters.values()
        needed = [p for p in parameters if p.default is p.empty]
        if "out" in [p.name for p in parameters] and all(
            p.annotation in ("Tensor", "Operand", "Ints", "Several", "Any") for p in needed
        ):
            found[name] = {
                1: lambda x, w, out, function=function: function(x, out=out),
                2: lambda x, w, out, function=function: function(x, x, out=out),
            }.get(len(needed))
    return {name: call for name, call in found.items() if call is not None}


CALLS = _writers()


@pytest.mark.filterwarnings(
    "ignore:An output with one or more elements was resized", "ignore:.*deprecated", "ignore:.*degrees of freedom"
)
@pytest.mark.parametrize(("name", "call"), CALLS.items(), ids=CALLS)
def test_a_result_may_lie_in_an_operand(name, call):
    seen = 0
    for overlapping in OPERANDS.values():
        results = []
        for copied in (True, False):
            y = mg.tensor(VALUES)
            x, out = overlapping(y)
            x = x.clone() if copied else x
            w = mg.tensor(OTHER)[: x.shape[-1], : x.shape[-1]] if x.ndim else None
            try:
                result = call(x, w, out)
            except (RuntimeError, NotImplementedError, IndexError, TypeError) as error:
                results.append(type(error))
            else:
                results.append([result.tolist(), y.tolist()])
                seen += 1
        assert type(results[0]) is type(results[1])
        if isinstance(results[0], list) and name in ROUNDED:
            for a, b in zip(*results):
                np.testing.assert_allclose(a, b, rtol=1e-13)
        else:
            assert str(results[0]) == str(results[1])
    assert bool(seen) is not (name in INTEGRAL | APART)
