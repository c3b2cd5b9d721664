"""Changes in place of views of complex numbers' parts, and of pairs as complex numbers, in recorded graphs."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")


def complex_numbers(r, *shape):
    return r.randn(*shape) + 1j * r.randn(*shape)


def real_numbers(r, *shape):
    return r.randn(*shape)


def real_part_times_a_number(m, z):
    z = z * 1
    z.real.mul_(z.imag.detach() * 2)
    return z


def real_part_of_a_slice(m, z, w):
    z = z * 1
    z.real[1:] = w
    return z * z


def pairs_of_a_transposed_tensor(m, z):
    z = (z * 1).t()
    v = m.view_as_real(z)
    v[..., 0] *= 3
    v[0].mul_(v[1].clone())
    return v.sum(0)


def pairs_as_complex_numbers(m, x):
    x = x * 1
    c = m.view_as_complex(x)
    c.mul_(1j)
    c.add_(c.clone() * c.clone())
    return x


def pairs_change_below_complex_numbers(m, x):
    x = x * 1
    c = m.view_as_complex(x)
    x[..., 1].mul_(2)
    return c * c


def complex_numbers_change_below_a_part(m, z):
    z = z * 1
    a = z.imag
    z.mul_(2j)
    return a * z.real


def both_change(m, z):
    z = z * 1
    a = z[1:].imag
    z[1] = 5
    a.add_(a.clone())
    return z * a.sum()


def assigned_parts(m, w, v):
    z = m.zeros(3, dtype=m.complex128)
    z.real = w
    z.imag = v
    return z * z


CASES = (
    (real_part_times_a_number, (complex_numbers, 3)),
    (real_part_of_a_slice, (complex_numbers, 3), (real_numbers, 2)),
    (pairs_of_a_transposed_tensor, (complex_numbers, 2, 3)),
    (pairs_as_complex_numbers, (real_numbers, 3, 2)),
    (pairs_change_below_complex_numbers, (real_numbers, 3, 2)),
    (complex_numbers_change_below_a_part, (complex_numbers, 3)),
    (both_change, (complex_numbers, 3)),
    (assigned_parts, (real_numbers, 3), (real_numbers, 3)),
)


def square(x):
    return (x * x.conj()).real if x.is_complex() else x * x


def derivatives(m, call, operands):
    r = np.random.RandomState(0)
    leaves = [m.from_numpy(make(r, *shape)).requires_grad_() for make, *shape in operands]
    y = call(m, *leaves)
    grads = m.autograd.grad(square(y).sum(), leaves, create_graph=True)
    second = m.autograd.grad(sum((square(g) ** 0.5).sum() for g in grads), leaves)
    return [x.detach().numpy() for x in (y, *grads, *second)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_gradients_are_those_of_torch(case):
    ours, theirs = (derivatives(m, *case[:1], case[1:]) for m in (mg, torch))
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
