"""What linear algebra does at the edges: singular matrices, ranks, drivers, what has no gradient."""

import mocrograd as mg
import numpy as np
import pytest


def test_the_determinant_of_a_singular_matrix_has_its_cofactors_as_gradient():
    x = mg.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]], dtype=mg.float64, requires_grad=True)
    mg.linalg.det(x).backward()
    cofactors = [[4.0, 4.0, -4.0], [-2.0, -2.0, 2.0], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(x.grad.numpy(), cofactors, atol=1e-12)


def test_a_singular_matrix_raises_an_error_of_its_own():
    singular = mg.ones(2, 2)
    for function in (mg.linalg.inv, lambda x: mg.linalg.solve(x, mg.ones(2)), lambda x: mg.linalg.cholesky(-x)):
        with pytest.raises(mg.linalg.LinAlgError, match="input"):
            function(singular)
    assert issubclass(mg.linalg.LinAlgError, RuntimeError)


def test_a_singular_matrix_has_sign_0():
    sign, logabsdet = mg.linalg.slogdet(mg.ones(2, 2))
    assert sign.item() == 0
    assert logabsdet.item() == -np.inf
    assert mg.logdet(mg.tensor([[-1.0]])).isnan().item()


def test_a_triangular_system_with_a_0_gives_inf():
    x = mg.linalg.solve_triangular(mg.tensor([[0.0, 1.0], [0.0, 1.0]]), mg.ones(2, 1), upper=True)
    assert not np.isfinite(x.numpy()[0, 0])
    assert x.numpy()[1, 0] == 1


def test_a_complete_qr_of_a_tall_matrix_has_no_gradient():
    q, _ = mg.linalg.qr(mg.rand(3, 2, requires_grad=True), "complete")
    with pytest.raises(RuntimeError, match="mode='complete'"):
        q.sum().backward()


@pytest.mark.parametrize("driver", [None, "gels", "gelsy", "gelsd", "gelss"])
def test_least_squares_give_what_torch_gives(torch, driver):
    random = np.random.default_rng(0)
    a, b = random.normal(size=(5, 3)), random.normal(size=(5, 2))
    ours = mg.linalg.lstsq(mg.tensor(a), mg.tensor(b), driver=driver)
    theirs = torch.linalg.lstsq(torch.tensor(a), torch.tensor(b), driver=driver)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=1e-10)
        assert str(x.dtype).split(".")[1] == str(y.dtype).split(".")[1]


def test_ranks_take_tolerances(torch):
    values = np.diag([10.0, 1.0, 1e-3])
    for options in ({}, {"tol": 0.5}, {"atol": 2.0}, {"rtol": 0.2}, {"atol": 1e-4, "rtol": 1e-3}, {"hermitian": True}):
        ours = mg.linalg.matrix_rank(mg.tensor(values), **options)
        assert ours.item() == torch.linalg.matrix_rank(torch.tensor(values), **options).item(), options


def test_the_pseudoinverse_drops_small_singular_values(torch):
    values = np.diag([10.0, 1.0, 1e-3])
    for options in ({}, {"rcond": 0.01}, {"atol": 0.5}, {"rtol": 0.2}):
        ours = mg.linalg.pinv(mg.tensor(values), **options)
        np.testing.assert_allclose(ours.numpy(), torch.linalg.pinv(torch.tensor(values), **options).numpy(), atol=1e-9)


def test_names_of_results():
    x = mg.eye(2)
    assert mg.linalg.eigh(x)._fields == ("eigenvalues", "eigenvectors")
    assert mg.linalg.svd(x)._fields == ("U", "S", "Vh")
    assert mg.linalg.qr(x)._fields == ("Q", "R")
    assert mg.linalg.slogdet(x)._fields == ("sign", "logabsdet")
    assert mg.svd(x, compute_uv=False).U.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_of_what_is_said_to_be_symmetric_the_lower_triangle_is_read():
    a = mg.tensor([[2.0, 5.0], [1.0, 3.0]], dtype=mg.float64)
    symmetric = mg.tensor([[2.0, 1.0], [1.0, 3.0]], dtype=mg.float64)
    assert mg.allclose(mg.linalg.pinv(a, hermitian=True), mg.linalg.inv(symmetric))
    singular = mg.tensor([[1.0, 7.0], [1.0, 1.0]], dtype=mg.float64)
    assert mg.linalg.matrix_rank(singular, hermitian=True) == 1
    assert mg.linalg.matrix_rank(singular) == 2
