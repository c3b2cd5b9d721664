"""Triangular factors of matrices that are singular, large or not finite, against torch's."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch")
RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(
    "shape", [(31, 31), (33, 33), (64, 64), (65, 40), (40, 65), (3, 40, 40), (0, 3), (3, 0), (0, 2, 2)]
)
def test_lu_of_any_shape_is_that_of_torch(shape):
    x = RANDOM.normal(size=shape)
    for got, expected in zip(mg.linalg.lu_factor(mg.from_numpy(x)), torch.linalg.lu_factor(torch.from_numpy(x))):
        np.testing.assert_allclose(got.numpy(), expected.numpy(), atol=1e-11)
        assert str(got.dtype).split(".")[1] == str(expected.dtype).split(".")[1]


def test_lu_of_singular_matrices():
    for x in (np.ones((3, 3)), np.zeros((2, 2)), np.array([[[1.0, 2.0], [2.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]]])):
        got, expected = mg.linalg.lu_factor_ex(mg.from_numpy(x)), torch.linalg.lu_factor_ex(torch.from_numpy(x))
        assert got.info.tolist() == expected.info.tolist()
        assert got.pivots.tolist() == expected.pivots.tolist()
        np.testing.assert_array_equal(got.LU.numpy(), expected.LU.numpy())
        p, low, up = mg.linalg.lu(mg.from_numpy(x))
        np.testing.assert_allclose((p @ low @ up).numpy(), x)


@pytest.mark.parametrize("n", [1, 2, 5, 33, 70])
def test_ldl_of_indefinite_matrices(n):
    x = RANDOM.normal(size=(3, n, n))
    x = x + np.swapaxes(x, -1, -2)
    x[1] *= 1 - np.eye(n)
    x[1] += np.eye(n) if n == 1 else 0
    got, expected = mg.linalg.ldl_factor(mg.from_numpy(x)), torch.linalg.ldl_factor(torch.from_numpy(x))
    assert got.pivots.tolist() == expected.pivots.tolist()
    np.testing.assert_allclose(got.LD.numpy(), expected.LD.numpy(), atol=1e-9)
    b = mg.from_numpy(RANDOM.normal(size=(3, n, 2))).requires_grad_()
    solution = mg.linalg.ldl_solve(*got, b)
    turned = b.detach().mT.contiguous().mT  # columns lie apart
    assert mg.linalg.ldl_solve(*got, turned).tolist() == solution.tolist()
    np.testing.assert_allclose((mg.from_numpy(x) @ solution).detach().numpy(), b.detach().numpy(), atol=1e-9)
    solution.sum().backward()
    np.testing.assert_allclose(b.grad.numpy(), np.linalg.solve(x, np.ones((3, n, 2))), rtol=1e-7)


def test_what_has_no_gradient_says_so():
    x = mg.eye(3, dtype=mg.float64).requires_grad_()
    for call in (lambda: mg.geqrf(x).a, lambda: mg.linalg.ldl_factor(x).LD):
        with pytest.raises(RuntimeError, match="not implemented"):
            call().sum().backward()
    with pytest.raises(RuntimeError, match="not implemented"):
        mg.linalg.ldl_solve(x, mg.tensor([1, 2, 3], dtype=mg.int32), mg.ones(3, 1, dtype=mg.float64)).sum().backward()
