"""Reductions of 16 bits: what the float32 kernel gives for the widened elements, rounded once."""

import mocrograd as mg
import pytest
from halves import HALVES, TINY, same

REDUCTIONS = {
    "sum": lambda x, dim: x.sum(dim),
    "mean": lambda x, dim: x.mean(dim),
    "amax": lambda x, dim: x.amax(() if dim is None else dim),
    "amin": lambda x, dim: x.amin(() if dim is None else dim),
    "var": lambda x, dim: x.var(dim, correction=0),
    "std": lambda x, dim: x.std(dim, correction=0),
    "mean beside std": lambda x, dim: mg.std_mean(x, dim, correction=0)[1],
    "logsumexp": lambda x, dim: mg.logsumexp(x, tuple(range(x.dim())) if dim is None else dim),
}
SHAPES = ((1,), (15,), (16,), (17,), (65,), (3, 5), (33, 300), (2049, 18), (40_000,), (3, 16_390), (5, 4, 70))


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", ["sum", "mean", "amax", "amin"])
@pytest.mark.parametrize("shape", SHAPES)
def test_results_are_those_of_float32_rounded_once(name, shape, dtype, implementation):
    mg.manual_seed(3)
    half = getattr(mg, dtype)
    x = mg.randn(*shape).to(half)
    turned = mg.randn(*shape[::-1]).to(half).permute(*range(len(shape))[::-1])
    every = mg.randn(*shape[:-1], 2 * shape[-1]).to(half)[..., ::2]
    for operand in (x, turned, every):
        for dim in (None, 0, -1):
            wide = REDUCTIONS[name](operand.float(), dim)
            same(REDUCTIONS[name](operand, dim), wide.to(half))


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", ["var", "std", "mean beside std", "logsumexp"])
@pytest.mark.parametrize("shape", [(17,), (33, 300), (2049, 18), (3, 16_390)], ids=str)
def test_moments(name, shape, dtype):
    mg.manual_seed(4)
    x = (3 + mg.randn(*shape)).to(getattr(mg, dtype))
    for form in ("original", "fixed:3"):
        with mg.kernels(form):
            for dim in (None, 0, -1):
                same(REDUCTIONS[name](x, dim), REDUCTIONS[name](x.float(), dim).to(x.dtype))


@pytest.mark.parametrize("dtype", HALVES)
def test_products(dtype):
    half = getattr(mg, dtype)
    x = (1 + mg.randn(3, 200) / 64).to(half)
    same(x.prod(1), x.float().prod(1).to(half))


@pytest.mark.parametrize("dtype", HALVES)
def test_hostile_values(dtype, implementation):
    half = getattr(mg, dtype)
    tiny = TINY[dtype]
    for special in (float("nan"), float("inf"), -float("inf"), tiny, -0.0):
        x = mg.full((70,), -0.0).to(half)
        x[40] = special
        for reduce in (mg.sum, mg.amax, mg.amin, mg.var, lambda x: mg.logsumexp(x, 0)):
            same(reduce(x), reduce(x.float()).to(half))
    x = mg.full((2, 64), tiny).to(half)
    assert mg.all(x.amax(1).float() == tiny)
    assert mg.all(x.sum(1).float() == 64 * tiny)


@pytest.mark.parametrize("dtype", HALVES)
def test_long_sums_do_not_saturate(dtype):
    """A sum of ones kept in 16 bits would stop at 256 or 2048."""
    assert mg.ones(60_000).to(getattr(mg, dtype)).mean().item() == 1
    assert mg.ones(4096, 5).to(getattr(mg, dtype)).sum(0).tolist() == [4096.0] * 5


@pytest.mark.parametrize("dtype", HALVES)
def test_gradients_of_variances_come_from_float32(dtype):
    x = mg.randn(40, 300).to(getattr(mg, dtype))
    for reduce in (lambda x: x.var(0), lambda x: x.std(1), lambda x: mg.logsumexp(x, 1)):
        half, wide = x.clone().requires_grad_(), x.float().requires_grad_()
        reduce(half).sum().backward()
        reduce(wide).sum().backward()
        same(half.grad, wide.grad.to(x.dtype))
        same(reduce(half), reduce(x))


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_do_not_depend_on_workers(workers):
    x = mg.randn(300, 513).bfloat16()
    with mg.kernels("fixed", workers=1):
        expected = [x.sum(), x.sum(0), x.sum(1)]
    with mg.kernels("fixed", workers=workers):
        for y, one in zip([x.sum(), x.sum(0), x.sum(1)], expected):
            same(y, one)


def test_a_compiled_sum_is_the_same():
    x = mg.randn(20, 3000).bfloat16()
    compiled = mg.compile(lambda x: x.sum(1))
    for _ in range(4):
        same(compiled(x), x.sum(1))


def test_norms_of_high_order_stay_in_the_range():
    x = mg.full((100,), 7.0).half()
    assert mg.linalg.vector_norm(x, 4).dtype is mg.float16
    assert abs(mg.linalg.vector_norm(x, 4).item() - 7 * 100**0.25) < 0.02
    assert abs(mg.dist(x, x * 0, 4).item() - 7 * 100**0.25) < 0.02
