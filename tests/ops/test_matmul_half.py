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
