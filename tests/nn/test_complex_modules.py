"""Modules with complex parameters: how they begin, how they change their dtype, and what they compute."""

import warnings

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn
from mocrograd.nn import functional as F

torch = pytest.importorskip("torch", reason="torch is not installed")


def test_uniform_and_normal_numbers_are_drawn_for_both_parts():
    mg.manual_seed(0)
    x = mg.zeros(4000, dtype=mg.complex64)
    assert x.uniform_(2, 3) is x
    for part in (x.real, x.imag):
        assert 2 <= part.min().item() < part.max().item() < 3
        assert abs(part.mean().item() - 2.5) < 0.03
    assert abs(np.corrcoef(x.real.numpy(), x.imag.numpy())[0, 1]) < 0.06
    x.normal_(1, 2)
    assert abs(x.var().item() - 4) < 0.4
    assert abs(x.mean().item() - (1 + 1j)) < 0.2
    strided = mg.zeros(6, 8, dtype=mg.complex128)
    strided.t()[::2].uniform_(1, 2)
    assert (strided[:, ::2].abs() > 1).all()
    assert (strided[:, 1::2] == 0).all()


def test_drawing_in_place_forgets_the_history():
    leaf = mg.ones(2, dtype=mg.complex64, requires_grad=True)
    x = leaf * 2
    x.uniform_()
    assert not mg.autograd.grad((x * leaf).abs().sum(), leaf)[0].isnan().any()
    with pytest.raises(RuntimeError, match="a leaf"):
        leaf.uniform_()


@pytest.mark.parametrize(
    "name", ["xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "normal_"]
)
def test_initialisers_spread_as_torchs(name):
    shape = (60, 80)
    x, y = getattr(nn.init, name)(mg.zeros(*shape, dtype=mg.complex64)), torch.zeros(*shape, dtype=torch.complex64)
    getattr(torch.nn.init, name)(y)
    for a, b in ((x.real, y.real), (x.imag, y.imag)):
        assert abs(a.std().item() / b.std().item() - 1) < 0.05


@pytest.mark.parametrize("dtype", ["complex128", "complex64", "float64", "bfloat16"])
def test_to_changes_real_and_complex_parameters_as_torchs(dtype):
    def dtypes(m):
        module = m.nn.Module()
        module.p, module.q = m.nn.Parameter(m.ones(2, dtype=m.complex64)), m.nn.Parameter(m.ones(2))
        module.register_buffer("n", m.ones(2, dtype=m.int64))
        module.to(getattr(m, dtype))
        return [str(x.dtype).split(".")[-1] for x in (module.p, module.q, module.n)]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both libraries say once that imaginary parts are lost
        ours, theirs = dtypes(mg), dtypes(torch)
    assert ours == theirs
    with pytest.raises(TypeError, match="floating point or complex"):
        nn.Linear(1, 1).to(mg.int64)


def test_silu_and_covariances_are_torchs():
    random = np.random.default_rng(0)
    a = random.normal(size=(3, 7)) + 1j * random.normal(size=(3, 7))
    weights = random.integers(1, 4, 7), random.uniform(0.5, 2, 7)
    x, y = mg.tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
    np.testing.assert_allclose(F.silu(x).detach().numpy(), torch.nn.functional.silu(y.detach()).numpy(), rtol=1e-12)
    for ours, theirs in (
        (mg.cov(x), torch.cov(y)),
        (mg.corrcoef(x), torch.corrcoef(y)),
        (
            mg.cov(x, fweights=mg.tensor(weights[0]), aweights=mg.tensor(weights[1])),
            torch.cov(y, fweights=torch.tensor(weights[0]), aweights=torch.tensor(weights[1])),
        ),
    ):
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-11, atol=1e-14)
        (p,), (q,) = mg.autograd.grad(ours.abs().sum(), x), torch.autograd.grad(theirs.abs().sum(), y)
        np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=1e-9, atol=1e-12)
    assert mg.autograd.gradcheck(F.silu, x)


def test_differences_of_complex_tensors_are_told():
    with pytest.raises(AssertionError, match=r"Greatest absolute difference: 1\.0 at index \(1,\)"):
        mg.testing.assert_close(mg.tensor([3 + 4j, 1j]), mg.tensor([3 + 4j, 2j]))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("RNN", {}),
        ("GRU", {"num_layers": 2, "bidirectional": True}),
        ("LSTM", {"bias": False, "batch_first": True}),
        ("LSTM", {"proj_size": 2}),
    ],
)
def test_recurrent_layers(kind, options):
    """They have torch's states, and its gradients of input and weights."""
    random = np.random.default_rng(1)
    theirs = getattr(torch.nn, kind)(3, 4, dtype=torch.complex128, **options)
    ours = getattr(nn, kind)(3, 4, dtype=mg.complex128, **options)
    ours.load_state_dict({name: mg.tensor(value.numpy()) for name, value in theirs.state_dict().items()})
    array = 0.3 * (random.normal(size=(5, 2, 3)) + 1j * random.normal(size=(5, 2, 3)))
    x, t = mg.tensor(array, requires_grad=True), torch.tensor(array, requires_grad=True)
    (y, _), (expected, _) = ours(x), theirs(t)
    y.abs().sum().backward()
    expected.abs().sum().backward()
    np.testing.assert_allclose(y.detach().numpy(), expected.detach().numpy(), rtol=1e-9)
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-7)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-7)


@pytest.mark.parametrize("kind", ["RNNCell", "GRUCell", "LSTMCell"])
def test_recurrent_cells(kind):
    cell = getattr(nn, kind)(3, 4, dtype=mg.complex128)
    layer = getattr(nn, kind.removesuffix("Cell"))(3, 4, dtype=mg.complex128)
    layer.load_state_dict({f"{name}_l0": value for name, value in cell.state_dict().items()})
    x = mg.randn(2, 3, dtype=mg.complex128)
    new = cell(x)
    assert mg.equal(new[0] if kind == "LSTMCell" else new, layer(x[None])[0][0])
