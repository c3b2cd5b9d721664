"""Samples of complex numbers: each result is that of a loop, without one."""

import warnings

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import func

CALLS = {
    "conj": lambda z: z.conj() * z,
    "abs": lambda z: z.abs(),
    "angle": lambda z: z.angle(),
    "sgn": lambda z: z.sgn(),
    "real": lambda z: z.real * 2,
    "imag": lambda z: z.imag,
    "view_as_real": lambda z: mg.view_as_real(z).sum(0),
    "view_as_complex": lambda z: mg.view_as_complex(mg.view_as_real(z) * 2),
    "complex": lambda z: mg.complex(z.real, z.imag * 2),
    "polar": lambda z: mg.polar(z.abs(), z.angle()),
    "matmul": lambda z: z @ z.mH,
    "eig": lambda z: mg.linalg.eig(z)[1].abs(),
    "svd": lambda z: mg.linalg.svd(z)[0].abs(),
    "solve": lambda z: mg.linalg.solve(z, z.mH),
    "ldl_solve": lambda z: mg.linalg.ldl_solve(*mg.linalg.ldl_factor(z.detach(), hermitian=True), z, hermitian=True),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("where", [0, 1])
def test_samples_are_computed_together(name, where):
    r = np.random.RandomState(0)
    z = mg.from_numpy(r.randn(3, 3, 3) + 1j * r.randn(3, 3, 3))
    call = CALLS[name]

    def loss(z):
        return (call(z) * 1j * (2 - 1j)).real.sum()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = func.vmap(call, in_dims=where)(z), func.vmap(func.grad(loss), in_dims=where)(z)
    wanted = [mg.stack([f(x) for x in z.unbind(where)]) for f in (call, func.grad(loss))]
    for ours, theirs in zip(found, wanted):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-12, atol=1e-12)


def test_pairs_of_samples_that_lie_apart_by_an_odd_number():
    x = mg.arange(15.0).as_strided((3, 2, 2), (5, 2, 1))
    found = func.vmap(mg.view_as_complex)(x)
    assert found.tolist() == [[5 * i + 1j * (5 * i + 1), 5 * i + 2 + 1j * (5 * i + 3)] for i in range(3)]
