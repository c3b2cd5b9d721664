"""Inputs at which an operation once failed as a whole: singular and infinite matrices, ties, exponents out of range."""

import math

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.autograd import grad

INF, NAN = math.inf, math.nan


def gradient(function, values, dtype="float64"):
    leaf = mg.tensor(values, dtype=getattr(mg, dtype), requires_grad=True)
    function(leaf).sum().backward()
    return leaf.grad.tolist()


@pytest.mark.parametrize(
    "values", [[1.0, 2.0, 2.0, 2.0, 3.0], [1.0, 2.0, 3.0], [3.0, NAN, 3.0, NAN], [2.0, 2.0, NAN, 1.0], [NAN]]
)
def test_medians_and_extremes_share_among_equal_elements(values, torch):
    for call in (
        lambda x: x.median(), lambda x: x.nanmedian(), lambda x: x.median(0).values, lambda x: x.nanmedian(0).values,
        lambda x: x.max(), lambda x: x.min(), lambda x: x.max(0).values,
    ):  # fmt: skip
        leaf = torch.tensor(values, dtype=torch.float64, requires_grad=True)
        call(leaf).backward()
        np.testing.assert_array_equal(gradient(call, values), leaf.grad.numpy())


def test_amax_and_amin_share_among_nans():
    assert gradient(lambda x: x.amax(), [3.0, NAN, 3.0, NAN]) == [0, 0.5, 0, 0.5]
    assert gradient(lambda x: x.amin(0), [3.0, NAN, 3.0, NAN]) == [0, 0.5, 0, 0.5]


def minors(x):
    """The second derivatives of the determinant in the direction of all ones, by their definition: sums of minors."""
    n = len(x)
    out = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            minor = np.delete(np.delete(x, i, 0), j, 1)
            for k in range(n - 1):
                for m in range(n - 1):
                    rest = np.delete(np.delete(minor, k, 0), m, 1)
                    out[i, j] += (-1) ** (i + j + k + m) * (np.linalg.det(rest) if n > 2 else 1)
    return out


SINGULAR = {
    "rank 1 of 2": [[1.0, 2.0], [2.0, 4.0]], "zeros of 2": [[0.0, 0.0], [0.0, 0.0]], "rank 2 of 3": [[1.0, 2, 3], [2, 4, 6], [0, 1, 1]],
    "rank 1 of 3": [[1.0, 2, 3], [2, 4, 6], [3, 6, 9]], "zeros of 3": np.zeros((3, 3)).tolist(), "regular": [[1.0, 2.0], [3.0, 5.0]],
    "rank 2 of 4": [[1.0, 0, 2, 0], [0, 1, 0, 1], [2, 0, 4, 0], [0, 3, 0, 3]], "one": [[0.0]],
}  # fmt: skip


@pytest.mark.parametrize("name", SINGULAR)
def test_determinants_of_singular_matrices(name):
    x = np.array(SINGULAR[name])
    n = len(x)
    cofactors = np.array(
        [[(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(x, i, 0), j, 1)) for j in range(n)] for i in range(n)]
    )
    for recorded in (False, True):
        leaf = mg.tensor(x, requires_grad=True)
        (first,) = grad(mg.det(leaf), [leaf], create_graph=recorded)
        np.testing.assert_allclose(first.detach().numpy(), cofactors, atol=1e-12)
    (second,) = grad(first.sum(), [leaf])
    np.testing.assert_allclose(second.numpy(), minors(x), atol=1e-12)


def test_third_derivatives_of_determinants():
    leaf = mg.tensor([[1.0, 2, 0], [3, 5, 1], [0, 1, 4]], dtype=mg.float64, requires_grad=True)
    (first,) = grad(mg.det(leaf), [leaf], create_graph=True)
    (second,) = grad(first.sum(), [leaf], create_graph=True)
    (third,) = grad(second[0, 0], [leaf])  # of x11 + x22 - x12 - x21 and nothing else
    np.testing.assert_allclose(third.numpy(), [[0, 0, 0], [0, 1, -1], [0, -1, 1]], atol=1e-12)


def test_logarithms_of_the_determinants_of_singular_matrices():
    singular, regular = [[1.0, 2.0], [2.0, 4.0]], [[2.0, 0.0], [0.0, 4.0]]
    for recorded in (False, True):
        leaf = mg.tensor([singular, regular], dtype=mg.float64, requires_grad=True)
        for result in (mg.logdet(leaf), mg.slogdet(leaf).logabsdet):
            assert result[0].item() == -INF
            (found,) = grad(result.sum(), [leaf], create_graph=recorded)
            assert np.isinf(found.detach().numpy()[0]).all()
            np.testing.assert_allclose(found.detach().numpy()[1], [[0.5, 0], [0, 0.25]])


@pytest.mark.parametrize("value", [INF, -INF, NAN])
def test_decompositions_refuse_what_is_not_finite(value):
    """LAPACK may never return from an infinite matrix."""
    x = mg.tensor([[1.5, -2.0, 3.0], [0.5, value, 1.0], [2.0, 4.0, -value]])
    for call in (
        mg.linalg.svd, mg.linalg.svdvals, mg.linalg.pinv, mg.linalg.cond, mg.linalg.eigh, mg.linalg.eigvalsh, mg.linalg.matrix_rank,
        lambda a: mg.linalg.matrix_norm(a, "nuc"),
    ):  # fmt: skip
        with pytest.raises(mg.linalg.LinAlgError, match="non-finite"):
            call(x)
    leaf = x.detach().requires_grad_()
    mg.det(leaf).backward()
    assert np.isnan(leaf.grad.numpy()).all()


LDEXP = {
    "float64": [(1.0, 200), (1.0, -1074), (1.0, 1023), (1.0, 1024), (5e-324, 2097), (1.7e308, -2097), (1e300, -1100), (0.0, 5000), (-3.0, -2000)],
    "float32": [(1.0, 127), (1.0, 128), (1e-30, 200), (1e30, -240), (1.5, -149), (0.0, 999), (1.0, -999)],
}  # fmt: skip


@pytest.mark.parametrize("dtype", LDEXP)
@pytest.mark.parametrize("exponents", ["int64", "int32", "same"])
def test_ldexp_beyond_the_powers_of_its_dtype(dtype, exponents):
    x, n = (np.array(v) for v in zip(*LDEXP[dtype]))
    kind = dtype if exponents == "same" else exponents
    if exponents == "same":
        x, n = x[x != 0], n[x != 0]
    with np.errstate(over="ignore", under="ignore"):
        expected, powers = np.ldexp(x.astype(dtype), n), np.ldexp(np.ones(len(x), dtype), n)
    leaf = mg.tensor(x.astype(dtype), requires_grad=True)
    got = mg.ldexp(leaf, mg.tensor(n.astype(kind)))
    np.testing.assert_array_equal(got.detach().numpy(), expected)
    got.sum().backward()
    np.testing.assert_array_equal(leaf.grad.numpy(), powers)


def test_ldexp_computes_in_the_dtype_of_its_result():
    assert mg.ldexp(mg.tensor(1.0, dtype=mg.float64), mg.tensor([200])).tolist() == [2.0**200]
    assert mg.ldexp(mg.tensor([1.0], dtype=mg.float64), mg.tensor([200.0])).tolist() == [2.0**200]
    with pytest.raises(TypeError, match="ldexp"):
        mg.ldexp(mg.tensor([1.0]), 3)


def test_products_of_two_zeros_have_second_derivatives():
    index = mg.tensor([0, 0, 0])
    x = mg.tensor([2.0], dtype=mg.float64, requires_grad=True)
    src = mg.tensor([0.0, 0.0, 5.0], dtype=mg.float64, requires_grad=True)
    (first,) = grad(mg.scatter_reduce(x, 0, index, src, "prod"), [src], create_graph=True)
    assert first.tolist() == [0, 0, 0]
    (second,) = grad(first.sum(), [src])
    assert second.tolist() == [10, 10, 0]


@pytest.mark.parametrize("name", ["quantile", "nanquantile"])
@pytest.mark.parametrize("interpolation", ["linear", "midpoint"])
def test_quantiles_between_a_number_and_an_infinity(name, interpolation):
    for values, share, expected in (
        ([-INF, 1.0, 2.0, 3.0], 0.25, -INF), ([-INF, 1.0, 2.0, 3.0], 0.1, -INF), ([-INF, 1.0, 2.0, 3.0], 0.5, 1.5),
        ([1.0, 2.0, INF], 0.75, INF), ([1.0, 2.0, INF], 0.5, 2), ([-INF, -INF, 1.0], 1, 1), ([1.0, 3.0], 0.5, 2),
    ):  # fmt: skip
        leaf = mg.tensor(values, dtype=mg.float64, requires_grad=True)
        result = getattr(mg, name)(leaf, share, interpolation=interpolation)
        assert result.item() == expected
        result.backward()
        assert leaf.grad.sum().item() == pytest.approx(1)
