"""Linear algebra of complex matrices against torch: values, gradients and second derivatives; eigenvalues of real ones."""

import warnings

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

DTYPES = ("complex64", "complex128")


def numbers(dtype, shape, seed=0):
    r = np.random.RandomState(seed)
    x = r.randn(*shape)
    return np.asarray(x + 1j * r.randn(*shape) if np.dtype(dtype).kind == "c" else x, dtype)


def square(m, x):
    """Return matrices that are far from singular."""
    return x + (3 + 1j) * m.eye(x.shape[-1], dtype=x.dtype)


def hermitian(m, x):
    """Return Hermitian matrices with positive eigenvalues."""
    return x @ x.mH + m.eye(x.shape[-1], dtype=x.dtype)


def real(x):
    return x.real if x.is_complex() else x


def turned(u, s, vh):
    """Return what does not depend on the factors of singular vectors."""
    k = s.shape[-1]
    return (u[..., :k] * s.exp().unsqueeze(-2)) @ vh[..., :k, :], u[..., :k].abs(), vh[..., :k, :].abs()


def spread(values, vectors):
    """Return what does not depend on the factors or the order of eigenvectors."""
    order = [(-2j * k * values).exp().sum(-1) for k in (0.1, 0.3)]
    return (vectors.abs() ** 3 * (0.3 * values).exp().unsqueeze(-2)).sum(-1), *order


CALLS = {
    "inv": (lambda m, x: m.linalg.inv(square(m, x)), ((3, 3), (2, 4, 4))),
    "inv_ex": (lambda m, x: tuple(m.linalg.inv_ex(square(m, x))), ((3, 3), (2, 4, 4))),
    "det": (lambda m, x: m.linalg.det(x), ((2, 2), (3, 3), (2, 4, 4))),
    "slogdet": (lambda m, x: tuple(m.linalg.slogdet(x)), ((1, 1), (3, 3), (2, 4, 4))),
    "logdet": (lambda m, x: m.logdet(x), ((3, 3), (2, 2, 2))),
    "solve": (lambda m, a, b: m.linalg.solve(square(m, a), b), (((3, 3), (3, 2)), ((2, 3, 3), (2, 3)), ((4, 4), (2, 4, 1)))),
    "solve right": (lambda m, a, b: m.linalg.solve(square(m, a), b, left=False), (((3, 3), (2, 3)),)),
    "solve_ex": (lambda m, a, b: tuple(m.linalg.solve_ex(square(m, a), b)), (((3, 3), (3, 2)),)),
    "solve_triangular": (lambda m, a, b: m.linalg.solve_triangular(square(m, a), b, upper=True), (((3, 3), (3, 2)), ((4, 4), (2, 4, 1)))),
    "solve_triangular unit": (lambda m, a, b: m.linalg.solve_triangular(a, b, upper=False, left=False, unitriangular=True),
                              (((3, 3), (2, 3)),)),
    "triangular_solve": (lambda m, b, a: tuple(m.triangular_solve(b, square(m, a), transpose=True)), (((3, 2), (3, 3)),)),
    "cholesky": (lambda m, x: m.linalg.cholesky(hermitian(m, x)), ((1, 1), (3, 3), (2, 4, 4))),
    "cholesky upper": (lambda m, x: m.linalg.cholesky(hermitian(m, x), upper=True), ((3, 3),)),
    "cholesky_ex": (lambda m, x: tuple(m.linalg.cholesky_ex(hermitian(m, x), upper=True)), ((3, 3), (2, 4, 4))),
    "cholesky_solve": (lambda m, b, x: m.cholesky_solve(b, m.tril(square(m, x))), (((3, 2), (3, 3)),)),
    "cholesky_solve upper": (lambda m, b, x: m.cholesky_solve(b, m.triu(square(m, x)), True), (((3, 2), (3, 3)),)),
    "cholesky_inverse": (lambda m, x: m.cholesky_inverse(m.linalg.cholesky(hermitian(m, x))), ((3, 3),)),
    "qr": (lambda m, x: tuple(m.linalg.qr(x)), ((3, 3), (5, 3), (3, 5), (2, 4, 2))),
    "svd": (lambda m, x: turned(*m.linalg.svd(x, full_matrices=False)), ((3, 3), (5, 3), (3, 5), (2, 4, 2))),
    "svd full": (lambda m, x: turned(*m.linalg.svd(x)), ((3, 3), (5, 3), (3, 5))),
    "svd left": (lambda m, x: m.linalg.svd(x, full_matrices=False)[0].abs(), ((3, 3), (5, 3), (3, 5))),
    "svd right": (lambda m, x: m.linalg.svd(x, full_matrices=False)[2].abs(), ((3, 3), (5, 3), (3, 5))),
    "svdvals": (lambda m, x: m.linalg.svdvals(x), ((3, 3), (5, 3), (3, 5))),
    "eigh": (lambda m, x: spread(*m.linalg.eigh(x + x.mH)), ((1, 1), (3, 3), (2, 4, 4))),
    "eigh upper": (lambda m, x: m.linalg.eigh(x + x.mH, UPLO="U")[0], ((3, 3),)),
    "eigvalsh": (lambda m, x: m.linalg.eigvalsh(x + x.mH), ((3, 3),)),
    "eig": (lambda m, x: spread(*m.linalg.eig(x)), ((1, 1), (3, 3), (2, 4, 4))),
    "eigvals": (lambda m, x: (m.linalg.eigvals(x) * 0.3).exp().sum(-1), ((3, 3), (2, 4, 4))),
    "lu": (lambda m, x: tuple(m.linalg.lu(x)), ((3, 3), (5, 3), (3, 5), (2, 40, 40))),
    "lu_factor": (lambda m, x: tuple(m.linalg.lu_factor(x)), ((3, 3), (5, 3), (3, 5))),
    "lu_factor_ex": (lambda m, x: tuple(m.linalg.lu_factor_ex(x)), ((3, 3),)),
    "lu_solve": (lambda m, a, b: m.linalg.lu_solve(*m.linalg.lu_factor(a), b), (((3, 3), (3, 2)), ((2, 3, 3), (3, 1)))),
    "lu_solve adjoint": (lambda m, a, b: m.linalg.lu_solve(*m.linalg.lu_factor(a), b, adjoint=True), (((3, 3), (3, 2)),)),
    "lu_solve right": (lambda m, a, b: m.linalg.lu_solve(*m.linalg.lu_factor(a), b, left=False), (((3, 3), (2, 3)),)),
    "lu_solve right adjoint": (lambda m, a, b: m.linalg.lu_solve(*m.linalg.lu_factor(a), b, left=False, adjoint=True),
                               (((3, 3), (2, 3)),)),
    "lstsq": (lambda m, a, b: m.linalg.lstsq(a, b)[0], (((5, 3), (5, 2)), ((3, 5), (3, 2)))),
    "lstsq gelsd": (lambda m, a, b: tuple(m.linalg.lstsq(a, b, driver="gelsd")), (((5, 3), (5, 2)),)),
    "pinv": (lambda m, x: m.linalg.pinv(x), ((3, 3), (5, 3), (3, 5))),
    "pinv hermitian": (lambda m, x: m.linalg.pinv(hermitian(m, x), hermitian=True), ((3, 3),)),
    "pinverse": (lambda m, x: m.pinverse(x), ((4, 3),)),
    "matrix_power": (lambda m, x: m.matrix_power(x, 3), ((3, 3),)),
    "matrix_power -2": (lambda m, x: m.linalg.matrix_power(square(m, x), -2), ((3, 3),)),
    "matrix_power 0": (lambda m, x: m.linalg.matrix_power(x, 0), ((3, 3),)),
    "matrix_exp": (lambda m, x: m.linalg.matrix_exp(x * 0.3), ((3, 3), (2, 2, 2))),
    "matrix_rank": (lambda m, x: m.linalg.matrix_rank(x), ((3, 3), (2, 4, 2))),
    "matrix_rank hermitian": (lambda m, x: m.linalg.matrix_rank(x @ x.mH, hermitian=True), ((5, 3),)),
    "cond": (lambda m, x: m.linalg.cond(x), ((3, 3), (2, 4, 2))),
    "cond fro": (lambda m, x: m.linalg.cond(x, "fro"), ((3, 3),)),
    "cond -2": (lambda m, x: m.linalg.cond(x, -2), ((3, 3),)),
    "vector_norm 3": (lambda m, x: m.linalg.vector_norm(x, 3, 0), ((3, 3),)),
    "vector_norm 0": (lambda m, x: m.linalg.vector_norm(x, 0), ((3, 3),)),
    "vector_norm inf": (lambda m, x: m.linalg.vector_norm(x, float("inf")), ((3, 3),)),
    "matrix_norm": (lambda m, x: tuple(m.linalg.matrix_norm(x, ord) for ord in ("fro", "nuc", 1, -1, 2, -2, float("inf"))),
                    ((3, 4), (2, 3, 3))),
    "norm nuc": (lambda m, x: m.linalg.norm(x, "nuc"), ((3, 4),)),
    "vander": (lambda m, x: m.linalg.vander(x, N=4), ((3,), (2, 3))),
    "vander flat": (lambda m, x: m.vander(x), ((3,),)),
    "cross": (lambda m, x, y: m.linalg.cross(x, y), (((2, 3), (2, 3)), ((3,), (3,)))),
    "vecdot": (lambda m, x, y: m.linalg.vecdot(x, y), (((2, 3), (2, 3)), ((4, 3), (3,)))),
    "multi_dot": (lambda m, x, y, z: m.linalg.multi_dot([x, y, z]), (((2, 3), (3, 4), (4, 1)), ((3,), (3, 4), (4,)))),
    "householder_product": (lambda m, x, t: m.linalg.householder_product(x, t), (((5, 3), (3,)), ((2, 4, 4), (2, 2)))),
    "ormqr": (lambda m, x, t, y: m.ormqr(x, t, y), (((5, 3), (3,), (5, 2)),)),
    "ormqr adjoint": (lambda m, x, t, y: m.ormqr(x, t, y, transpose=True), (((5, 3), (3,), (5, 2)),)),
    "ormqr right": (lambda m, x, t, y: m.ormqr(x, t, y, left=False), (((5, 3), (3,), (2, 5)),)),
    "ormqr right adjoint": (lambda m, x, t, y: m.ormqr(x, t, y, left=False, transpose=True), (((5, 3), (3,), (2, 5)),)),
    "geqrf": (lambda m, x: tuple(m.geqrf(x)), ((3, 3), (5, 3), (3, 5))),
    "tensorinv": (lambda m, x: m.linalg.tensorinv(square(m, x).reshape(2, 2, 4)), ((4, 4),)),
    "tensorsolve": (lambda m, x, b: m.linalg.tensorsolve(square(m, x).reshape(2, 2, 4), b), (((4, 4), (2, 2)),)),
}  # fmt: skip
VALUES = {"cond fro", "vander flat", "geqrf", "lstsq gelsd"}
"""torch has no derivative, or changes in place what it needs for it."""


def cases(name):
    return [shapes if isinstance(shapes[0], tuple) else (shapes,) for shapes in CALLS[name][1]]


def results(m, call, arrays, seed, differentiable=True):
    """Return outputs, gradients of a weighted sum of them, and those of the gradients' squares."""
    leaves = [m.from_numpy(a.copy()).requires_grad_(differentiable) for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outs = call(m, *leaves)
    outs = outs if isinstance(outs, tuple) else (outs,)
    loss = 0
    for i, y in enumerate(outs):
        if y.requires_grad:
            loss = loss + real(m.from_numpy(numbers("complex128", y.shape, seed + i)).to(m.complex128) * y).sum()
    found = [y.detach().resolve_conj().numpy() for y in outs]
    if isinstance(loss, int):
        return found
    grads = m.autograd.grad(loss, leaves, create_graph=True, allow_unused=True)
    found += [None if g is None else g.detach().resolve_conj().numpy() for g in grads]
    again = sum((real(g * g.conj()) ** 2).sum() for g in grads if g is not None and g.requires_grad)
    if not isinstance(again, int):
        found += [
            None if g is None else g.detach().resolve_conj().numpy()
            for g in m.autograd.grad(again, leaves, allow_unused=True)
        ]
    return found


def agree(ours, theirs, tol):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        assert (a is None) is (b is None)
        if a is not None:
            assert a.dtype == b.dtype
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=tol, atol=tol * max(1.0, np.abs(b).max(initial=0)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CALLS)
def test_values_and_derivatives_are_torchs(name, dtype):
    call = CALLS[name][0]
    differentiable = name not in VALUES
    for number, shapes in enumerate(cases(name)):
        arrays = [numbers(dtype, shape, 10 * number + i) for i, shape in enumerate(shapes)]
        ours = results(mg, call, arrays, 5, differentiable)
        agree(ours, results(torch, call, arrays, 5, differentiable), 2e-3 if dtype == "complex64" else 1e-8)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["eig", "eigvals"])
def test_eigenvalues_of_real_matrices(name, dtype):
    for shape in ((1, 1), (3, 3), (2, 4, 4), (5, 5)):
        arrays = [numbers(dtype, shape, 3)]
        agree(
            results(mg, CALLS[name][0], arrays, 5),
            results(torch, CALLS[name][0], arrays, 5),
            2e-3 if dtype == "float32" else 1e-8,
        )
    for array in (np.diag([3.0, 1, 2]), np.zeros((0, 0)), np.zeros((2, 0, 0)), np.array([[0.0, 1], [-1, 0]])):
        ours, theirs = (m.linalg.eig(m.from_numpy(array)) for m in (mg, torch))
        assert ours.eigenvalues.dtype is mg.complex128
        np.testing.assert_allclose(ours.eigenvalues.numpy(), theirs.eigenvalues.numpy(), atol=1e-15)
        np.testing.assert_allclose(ours.eigenvectors.numpy(), theirs.eigenvectors.numpy(), atol=1e-15)


TURNS = {
    "svd left": lambda m, x: m.linalg.svd(x)[0],
    "svd right": lambda m, x: m.linalg.svd(x)[2],
    "svd both": lambda m, x: m.linalg.svd(x)[0] + m.linalg.svd(x)[2],
    "eigh": lambda m, x: m.linalg.eigh(x + x.mH)[1],
    "eig": lambda m, x: m.linalg.eig(x)[1],
    "eig of real": lambda m, x: m.linalg.eig(x.real)[1],
}


@pytest.mark.parametrize("name", TURNS)
def test_what_depends_on_the_turn_of_vectors_has_no_gradient(name):
    weights = numbers("complex128", (3, 3), 9)
    for m in (mg, torch):
        x = m.from_numpy(numbers("complex128", (3, 3))).requires_grad_()
        with pytest.raises(RuntimeError, match="specified up to multiplication by e"):
            (TURNS[name](m, x) * m.from_numpy(weights)).real.sum().backward()


def test_what_is_turned_together_has_a_gradient():
    for shape in ((3, 3), (4, 2), (2, 4)):
        arrays = [numbers("complex128", shape)]

        def call(m, x):
            u, _, vh = m.linalg.svd(x, full_matrices=False)
            return u[..., :1, :] * vh.mT[..., :1, :]

        agree(results(mg, call, arrays, 5), results(torch, call, arrays, 5), 1e-8)


@pytest.mark.parametrize("kind", ["hermitian", "symmetric"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_factors_of_indefinite_matrices(kind, dtype):
    own = kind == "hermitian"
    for shape in ((1, 1), (2, 2), (5, 5), (9, 9), (3, 6, 6), (33, 33)):
        for small in (1, 0.01):  # blocks of two rows too
            x = numbers(dtype, shape, shape[-1])
            whole = x + np.swapaxes(x, -1, -2).conj() if own else x + np.swapaxes(x, -1, -2)
            whole = whole - (1 - small) * whole * np.eye(shape[-1], dtype=dtype)
            b = numbers(dtype, (*shape[:-1], 2), 1)
            found = []
            for m in (mg, torch):
                ld, pivots = m.linalg.ldl_factor(m.from_numpy(whole), hermitian=own)
                found.append([ld, pivots, m.linalg.ldl_solve(ld, pivots, m.from_numpy(b), hermitian=own)])
            ours, theirs = ([x.numpy() for x in part] for part in found)
            agree(ours, theirs, 2e-3 if dtype == "complex64" else 1e-9)


@pytest.mark.parametrize("kind", ["hermitian", "symmetric"])
def test_gradient_of_a_system_of_an_indefinite_matrix(kind):
    x = mg.from_numpy(numbers("complex128", (4, 4)))
    whole = x + (x.mH if kind == "hermitian" else x.mT)
    ld, pivots = mg.linalg.ldl_factor(whole, hermitian=kind == "hermitian")
    b = mg.from_numpy(numbers("complex128", (4, 2), 1))
    w = mg.from_numpy(numbers("complex128", (4, 2), 2))
    grads = []
    for solve in (
        lambda b: mg.linalg.ldl_solve(ld, pivots, b, hermitian=kind == "hermitian"),
        lambda b: mg.linalg.solve(whole, b),
    ):
        leaf = b.clone().requires_grad_()
        (solve(leaf) * w).real.sum().backward()
        grads.append(leaf.grad.numpy())
    np.testing.assert_allclose(*grads, rtol=1e-9)


def test_what_fails_names_its_matrix():
    singular = mg.from_numpy(np.stack([np.eye(2) + 0j, np.ones((2, 2)) + 0j]))
    assert mg.linalg.inv_ex(singular).info.tolist() == [0, 2]
    assert mg.linalg.cholesky_ex(-singular).info.tolist() == [1, 1]
    assert mg.linalg.det(singular).tolist() == [1, 0]
    assert mg.linalg.slogdet(singular).logabsdet.tolist() == [0, -np.inf]
    for call in (mg.linalg.inv, mg.linalg.cholesky, lambda x: mg.linalg.solve(x, x)):
        with pytest.raises(mg.linalg.LinAlgError):
            call(singular - 1)
    for m in (mg, torch):
        for x in (m.tensor([[1.0, np.nan], [0, 1]]), m.tensor([[1j, np.inf], [0, 1]])):
            with pytest.raises(RuntimeError, match="infs or NaNs"):
                m.linalg.eig(x)
        with pytest.raises(RuntimeError):
            m.linalg.eig(m.eye(2, dtype=m.int64))
