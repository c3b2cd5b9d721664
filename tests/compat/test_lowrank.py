"""Decompositions of low rank find what full ones find, where the rank is as low as they are told."""

import mocrograd as mg
import numpy as np
import pytest


def low(*shape, rank):
    made = np.random.default_rng(0)
    return made.standard_normal((*shape[:-1], rank)) @ made.standard_normal((*shape[:-2], rank, shape[-1]))


@pytest.mark.parametrize("shape", [(9, 7), (5, 12), (2, 8, 8)])
def test_a_matrix_of_rank_three(shape):
    a = low(*shape, rank=3)
    u, s, v = mg.svd_lowrank(mg.tensor(a), q=4)
    assert [list(x.shape) for x in (u, s, v)] == [[*shape[:-1], 4], [*shape[:-2], 4], [*shape[:-2], shape[-1], 4]]
    np.testing.assert_allclose((u * s[..., None, :] @ v.mT).numpy(), a, atol=1e-9)
    np.testing.assert_allclose(s.numpy(), np.linalg.svd(a)[1][..., :4], atol=1e-9)
    np.testing.assert_allclose((u.mT @ u).numpy(), np.broadcast_to(np.eye(4), (*shape[:-2], 4, 4)), atol=1e-9)


def test_what_is_subtracted_and_gradients():
    a = low(8, 6, rank=2)
    x = mg.tensor(a, requires_grad=True)
    s = mg.svd_lowrank(x + 3.0, 2, M=mg.full((6,), 3.0, dtype=mg.float64)).S
    np.testing.assert_allclose(s.detach().numpy(), np.linalg.svd(a)[1][:2], atol=1e-9)
    s.sum().backward()
    u, _, vh = np.linalg.svd(a)
    np.testing.assert_allclose(x.grad.numpy(), u[:, :2] @ vh[:2], atol=1e-7)


def test_principal_directions(torch):
    a = low(20, 5, rank=5) * np.array([9.0, 4, 2, 1, 0.1]) + 7
    ours = mg.pca_lowrank(mg.tensor(a), q=3, niter=8)
    theirs = torch.pca_lowrank(torch.tensor(a), q=3, niter=8)
    np.testing.assert_allclose(ours.S.numpy(), theirs[1].numpy(), rtol=1e-6)
    np.testing.assert_allclose(abs(ours.V.numpy()), abs(theirs[2].numpy()), atol=1e-5)
    assert mg.pca_lowrank(mg.ones(3, 4), center=False).S.shape == (3,)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda m: m.pca_lowrank(m.ones(3, 4), q=4), ValueError),
        (lambda m: m.pca_lowrank(m.ones(3, 4), niter=-1), ValueError),
        (lambda m: m.svd_lowrank(m.ones(3, 4), q=-1), RuntimeError),
    ],
)
def test_wrong_calls(torch, call, error):
    for library in (mg, torch):
        with pytest.raises(error):
            call(library)
