"""Pointwise kernels whose threads load 16 bytes at once: the CPU's results, whatever the length, the address and the strides."""

import mocrograd as mg
import numpy as np
import pytest

pytestmark = pytest.mark.gpu
LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 1000, 1027]
DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "bool"]
CALLS = {
    "binary": lambda a, b: a + b,
    "number": lambda a, b: a * 3,
    "compare": lambda a, b: a < b,
    "where": lambda a, b: mg.where(a == b, a, b),
    "cast": lambda a, b: (a.to(mg.float32), b.to(mg.float16), b.to(mg.float64), a.to(mg.bool)),
    "fill": lambda a, b: mg.full_like(a, 1),
    "maximum": lambda a, b: mg.maximum(a, b),
}


def same(call, *operands):
    """Hold a call's bits on the GPU against the CPU's."""
    found, wanted = call(*[o.to("gpu") for o in operands]), call(*operands)
    for ours, theirs in zip(*[r if isinstance(r, tuple) else (r,) for r in (found, wanted)], strict=True):
        assert ours.dtype is theirs.dtype
        np.testing.assert_array_equal(ours.cpu().double().numpy(), theirs.double().numpy())


def values(dtype, *shape, seed=0):
    random = np.random.default_rng(seed)
    return mg.tensor(random.integers(0, 2 if dtype == "bool" else 7, shape), dtype=getattr(mg, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_lengths(dtype, grid):
    for n in LENGTHS:
        a, b = values(dtype, n), values(dtype, n, seed=1)
        for call in CALLS.values():
            same(call, a, b)


@pytest.mark.parametrize("dtype", DTYPES)
def test_addresses_and_strides(dtype):
    """Views that begin between two pieces, every second element, rows that pieces fit into and others, one row or column."""
    for rows, columns in ((5, 32), (3, 33)):
        a, b = values(dtype, rows, columns), values(dtype, rows, columns, seed=1)
        for view in (
            lambda t: t.view(-1)[1:],
            lambda t: t.view(-1)[16:-3],
            lambda t: t[:, ::2],
            lambda t: t[:, 16:],
            lambda t: t[:, 1:],
            lambda t: t.t(),
            lambda t: t[:1].expand(4, -1),
            lambda t: t[:, :1].expand(-1, 16),
        ):
            for name in ("binary", "compare", "where"):
                same(lambda x, y, name=name, view=view: CALLS[name](view(x), view(y)), a, b)
            same(lambda x, y, view=view: CALLS["binary"](view(x), view(x.clone())), a, b)
        same(lambda x, y: x * y[:1] + y[:, :1], a, b)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_gradients_and_writes_in_place(dtype):
    a, b = values(dtype, 40).requires_grad_(), values(dtype, 40, seed=1).requires_grad_()

    def gradients(x, y):
        x, y = (t.detach().requires_grad_() for t in (x, y))
        (x * y).backward(values(dtype, 40, seed=2).to(x.device))
        z = x.detach().clone()
        z[8:].add_(y.detach()[8:])
        z[1:9].mul_(2)
        return x.grad, y.grad, z

    same(gradients, a.detach(), b.detach())
