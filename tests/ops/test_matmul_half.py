"""Products of bfloat16: by dot products of pairs where the processor has them, else in float32 between conversions."""

import mocrograd as mg
import pytest

SIZES = (
    (1, 1, 1), (3, 5, 7), (8, 16, 48), (9, 17, 49), (257, 513, 50), (5, 1030, 3), (300, 2, 100), (16, 1, 97), (0, 3, 4),
    (2, 0, 3),
)  # fmt: skip


def close(y, a, b, added=0.0):
    """Assert that a product of bfloat16 is what float32 sums give, rounded once."""
    exact = a.double() @ b.double() + added
    sums = a.double().abs() @ b.double().abs()
    error = (y.double() - exact).abs()
    assert y.dtype is mg.bfloat16
    assert bool((error <= 1.05 * 2**-8 * exact.abs() + 4e-6 * sums + 1e-30).all())


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("turned", [(False, False), (False, True), (True, False), (True, True)])
def test_products(sizes, turned, implementation):
    m, k, n = sizes
    mg.manual_seed(m + n)
    a = mg.randn(k, m).bfloat16().T if turned[0] else mg.randn(m, k).bfloat16()
    b = mg.randn(n, k).bfloat16().T if turned[1] else mg.randn(k, n).bfloat16()
    close(a @ b, a, b)
    close(a[:, : k // 2] @ b[: k // 2], a[:, : k // 2], b[: k // 2])
    if m:
        close(mg.stack([a, a])[:, ::2] @ b, mg.stack([a, a])[:, ::2], b)


def test_batches_and_biases(implementation):
    a, b = mg.randn(3, 5, 33).bfloat16(), mg.randn(1, 33, 20).bfloat16()
    close(a @ b, a, b)
    weight, bias = mg.randn(50, 33).bfloat16(), mg.randn(50).bfloat16()
    close(mg.nn.functional.linear(a, weight, bias), a, weight.T, bias.double())
    x = mg.randn(5, 20).bfloat16()
    close(mg.addmm(x, a[0], b[0]), a[0], b[0], x.double())


def test_hostile_values(implementation):
    a, b = mg.ones(9, 70).bfloat16(), mg.ones(70, 50).bfloat16()
    a[0, 3], a[1, 69], b[5, 7] = float("nan"), float("inf"), -float("inf")
    y = (a @ b).float()
    expected = a.float() @ b.float()
    assert mg.allclose(y, expected, equal_nan=True)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_do_not_depend_on_workers(workers):
    mg.manual_seed(1)
    a, b = mg.randn(600, 700).bfloat16(), mg.randn(700, 130).bfloat16()
    with mg.kernels("fixed", workers=1):
        expected = a @ b
    with mg.kernels("fixed", workers=workers):
        assert mg.equal(a @ b, expected)


def test_a_compiled_relu_is_the_same():
    a, b = mg.randn(20, 30).bfloat16(), mg.randn(30, 40).bfloat16()
    compiled = mg.compile(lambda a, b: mg.relu(a @ b))
    for _ in range(4):
        assert mg.equal(compiled(a, b), mg.relu(a @ b))


@pytest.mark.parametrize("sizes", [(1, 1, 1), (17, 33, 49), (300, 40, 31), (5, 70, 1), (2, 3, 16)])
@pytest.mark.parametrize("turned", [False, True])
def test_gradients_of_linear_layers(sizes, turned, implementation):
    m, k, n = sizes
    mg.manual_seed(m)
    x, weight, bias, upstream = (mg.randn(*shape).bfloat16() for shape in ((m, k), (n, k), (n,), (m, n)))
    if turned:
        x, weight = mg.randn(k, m).bfloat16().T, mg.randn(k, n).bfloat16().T
    given = [t.detach().requires_grad_() for t in (x, weight, bias)]
    mg.nn.functional.linear(*given).backward(upstream)
    close(given[0].grad, upstream, weight)
    close(given[1].grad, upstream.T, x)
    assert mg.equal(given[2].grad, upstream.float().sum(0).bfloat16())


def test_gradients_of_linear_layers_of_more_dimensions():
    x, weight = mg.randn(3, 4, 20).bfloat16().requires_grad_(), mg.randn(7, 20).bfloat16().requires_grad_()
    upstream = mg.randn(3, 4, 7).bfloat16()
    mg.nn.functional.linear(x, weight).backward(upstream)
    close(x.grad, upstream, weight.detach())
    close(weight.grad, upstream.reshape(12, 7).T, x.detach().reshape(12, 20))
