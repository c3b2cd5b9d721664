"""Eigenpairs by LOBPCG: against LAPACK's, with torch's gradients and errors."""

import mocrograd as mg
import numpy as np
import pytest

linalg = pytest.importorskip("scipy.linalg", reason="scipy is not installed")


def symmetric(*shape, seed=0):
    a = np.random.default_rng(seed).normal(size=shape)
    return a @ np.swapaxes(a, -1, -2) / shape[-1]


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize(("shape", "k", "n"), [((12, 12), 2, None), ((40, 40), 3, 5), ((2, 3, 9, 9), 3, None)])
@pytest.mark.parametrize("with_b", [False, True])
def test_pairs(shape, k, n, largest, with_b):
    a, b = symmetric(*shape), symmetric(*shape, seed=1) + np.eye(shape[-1])
    given = mg.tensor(b) if with_b else None
    e, x = mg.lobpcg(mg.tensor(a), k, B=given, n=n, largest=largest, tol=1e-10)
    flat = zip(a.reshape(-1, *shape[-2:]), b.reshape(-1, *shape[-2:]))
    every = np.array([linalg.eigvalsh(p, q if with_b else None) for p, q in flat]).reshape(shape[:-1])
    expected = every[..., ::-1][..., :k] if largest else every[..., :k]
    np.testing.assert_allclose(e.numpy(), expected, rtol=1e-9)
    right = b @ x.numpy() if with_b else x.numpy()
    np.testing.assert_allclose(a @ x.numpy(), right * e.numpy()[..., None, :], atol=1e-7)
    np.testing.assert_allclose(
        np.swapaxes(x.numpy(), -1, -2) @ right, np.broadcast_to(np.eye(k), (*shape[:-2], k, k)), atol=1e-9
    )


def test_a_sparse_matrix_and_an_approximate_inverse():
    a = np.diag(np.arange(1.0, 301)) + np.diag(np.ones(299), 1) + np.diag(np.ones(299), -1)
    inverse = mg.diag(mg.tensor(1 / np.arange(1.0, 301)))
    few = [mg.lobpcg(mg.tensor(a).to_sparse(), 3, iK=k, largest=False, niter=14, tol=0.0)[0] for k in (None, inverse)]
    errors = [np.abs(e.numpy() - np.linalg.eigvalsh(a)[:3]).max() for e in few]
    assert errors[1] < 1e-6 < errors[0]


def test_vectors_to_begin_with():
    a = mg.tensor(symmetric(30, 30))
    _, x = mg.lobpcg(a, 2, n=4, tol=1e-12)
    e, again = mg.lobpcg(a, X=x, niter=0)
    assert again.shape == (30, 2)
    assert mg.allclose(a @ again, again * e, atol=1e-8)


def test_float32_and_eigenvalues_that_are_equal():
    e, x = mg.lobpcg(mg.eye(9), 2)
    assert e.dtype is x.dtype is mg.float32
    assert mg.allclose(e, mg.ones(2))
    assert mg.allclose(x.T @ x, mg.eye(2), atol=1e-6)
    assert mg.equal(mg.lobpcg(mg.zeros(9, 9), 2)[0], mg.zeros(2))


def loss(a, pairs):
    """A function of eigenvalues and vectors that no sign of a vector changes."""
    e, x = pairs(a)
    weights = mg.tensor(symmetric(10, 10, seed=2))
    return (x @ mg.diag(mg.tensor([1.0, 2.0, 3.0], dtype=mg.float64)) @ x.mT * weights).sum() + e.square().sum()


def by_eigh(a):
    e, x = mg.linalg.eigh((a + a.mT) / 2)
    return e.flip(-1)[:3], x.flip(-1)[:, :3]


def test_first_and_second_gradients():
    a = mg.tensor(symmetric(10, 10), requires_grad=True)
    found = []
    for pairs in (lambda a: mg.lobpcg(a, 3, tol=1e-13), by_eigh):
        (first,) = mg.autograd.grad(loss(a, pairs), a, create_graph=True)
        found.append((first.detach(), *mg.autograd.grad(first.square().sum(), a)))
    for ours, expected in zip(*found, strict=True):
        np.testing.assert_allclose(ours.numpy(), expected.numpy(), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda m: m.lobpcg(m.eye(5), 2), ValueError, r"A rows \(=5\) is smaller than 3 x the number"),
        (lambda m: m.lobpcg(m.ones(6, 5)), AssertionError, "A must be square"),
        (lambda m: m.lobpcg(m.eye(12), 2, B=m.eye(11)), AssertionError, "same shape"),
        (lambda m: m.lobpcg(m.eye(9), X=m.ones(8, 2)), AssertionError, "X shape mismatch"),
        (lambda m: m.lobpcg(m.eye(9, dtype=m.int32)), RuntimeError, None),
        (lambda m: m.lobpcg(m.eye(9, dtype=m.complex64)), RuntimeError, None),
    ],
)
def test_wrong_calls_raise_as_torch_does(call, error, match):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for module in (mg, torch):
        with pytest.raises(error, match=match):
            call(module)


def test_what_is_refused():
    a = mg.eye(9, requires_grad=True)
    e, _ = mg.lobpcg(a, B=mg.eye(9))
    with pytest.raises(ValueError, match="B != I"):
        e.sum().backward()
    with pytest.raises(ValueError, match="expected k from 1 to"):
        mg.lobpcg(a, 0)
    with pytest.raises(ValueError, match="'basic' or 'ortho'"):
        mg.lobpcg(a, method="other")
    with pytest.raises(NotImplementedError, match="tracker"):
        mg.lobpcg(a, tracker=print)
