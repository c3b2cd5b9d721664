"""Options of `gradcheck`, small methods of modes, generators and packed sequences, as torch has them."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the reference")


class Twice(mg.autograd.Function):
    """x squared, whose gradient is wrong by a factor."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * x


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_all_checks_hold():
    for m in (mg, torch):
        x = m.tensor([0.3, -1.2], dtype=m.float64, requires_grad=True)
        y = m.tensor([[1.0], [2.0]], dtype=m.float64, requires_grad=True)
        options = {"check_grad_dtypes": True, "check_batched_grad": True, "check_forward_ad": True}
        for fast in (False, True):
            assert m.autograd.gradcheck(lambda x, y: (x.sin() * y, y.exp()), (x, y), fast_mode=fast, **options)


def test_faults_are_found():
    x = mg.tensor([0.3, -1.2], dtype=mg.float64, requires_grad=True)
    assert not mg.autograd.gradcheck(Twice.apply, x, raise_exception=False)
    for options in ({"check_backward_ad": False}, {"check_batched_forward_grad": True}):
        with pytest.raises(AssertionError, match="check_forward_ad"):
            mg.autograd.gradcheck(Twice.apply, x, raise_exception=False, **options)
    assert not mg.autograd.gradcheck(
        Twice.apply, x, raise_exception=False, check_backward_ad=False, check_forward_ad=True
    )
    with pytest.raises(RuntimeError, match="Jacobian"):
        mg.autograd.gradcheck(Twice.apply, x)
    with pytest.raises(RuntimeError, match="forward mode mismatch"):
        mg.autograd.gradcheck(Twice.apply, x, check_backward_ad=False, check_forward_ad=True)


class Noisy(mg.autograd.Function):
    """x squared, whose gradient is another one at each pass."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * grad * x + mg.rand_like(x) * 1e-6


class OfBoth(mg.autograd.Function):
    """Two outputs, the gradient of which is a constant where one is missing."""

    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 1, x * 2

    @staticmethod
    def backward(ctx, a, b):
        return a + 2 * b if a is not None and b is not None else mg.ones(2, dtype=mg.float64)


def test_gradients_that_differ_from_pass_to_pass_are_found():
    x = mg.tensor([0.3, -1.2], dtype=mg.float64, requires_grad=True)
    with pytest.raises(mg.autograd.gradcheck.__globals__["GradcheckError"], match="not reentrant"):
        mg.autograd.gradcheck(Noisy.apply, x)
    assert mg.autograd.gradcheck(Noisy.apply, x, nondet_tol=1e-5)


def test_missing_gradients_are_zeros():
    x = mg.tensor([0.3, -1.2], dtype=mg.float64, requires_grad=True)
    with pytest.raises(RuntimeError, match="undefined or zero"):
        mg.autograd.gradcheck(OfBoth.apply, x)
    assert mg.autograd.gradcheck(OfBoth.apply, x, check_undefined_grad=False)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_options_of_second_derivatives():
    options = (
        {"nondet_tol": 1e-9}, {"check_batched_grad": True}, {"check_fwd_over_rev": True}, {"fast_mode": True},
        {"check_fwd_over_rev": True, "check_rev_over_rev": False, "check_undefined_grad": False},
        {"gen_non_contig_grad_outputs": True},
        {"check_grad_dtypes": True, "check_undefined_grad": False, "masked": True},
    )  # fmt: skip
    for m in (mg, torch):
        x = m.tensor([0.3, -1.2], dtype=m.float64, requires_grad=True)
        for given in options:
            assert m.autograd.gradgradcheck(lambda x: (x * x).sin(), (x,), **given)
        assert m.autograd.gradcheck(
            lambda x: (x * x).sin(), (x,), check_forward_ad=True, check_batched_forward_grad=True, masked=False
        )
        with pytest.warns(UserWarning, match="Input #0 requires gradient"):
            m.autograd.gradcheck(m.sin, x.detach().float().requires_grad_(), eps=1e-2, atol=1e-2, rtol=1e-1)


def test_clones_of_modes():
    for m in (mg, torch):
        x = m.ones(1, requires_grad=True)
        for switch, records in ((m.no_grad(), False), (m.enable_grad(), True), (m.inference_mode(), False)):
            with switch.clone():
                assert (x * 2).requires_grad is records
        before = m.is_grad_enabled()
        with m.set_grad_enabled(False) as switch:
            pass
        assert m.is_grad_enabled() is before


def test_clones_of_generators():
    for m in (mg, torch):
        stream = m.Generator().manual_seed(3)
        m.rand(5, generator=stream)
        copy = stream.clone_state()
        assert m.rand(4, generator=stream).tolist() == m.rand(4, generator=copy).tolist()
        m.rand(3, generator=copy)
        assert m.rand(4, generator=stream).tolist() != m.rand(4, generator=copy).tolist()


def test_what_requires_a_gradient():
    for m in (mg, torch):
        assert m.randperm(4, dtype=m.float32, requires_grad=True).requires_grad
        for make in (m.tril_indices, m.triu_indices):
            assert not make(2, 3, requires_grad=False).requires_grad
            with pytest.raises(RuntimeError):
                make(2, 3, requires_grad=True)
        with pytest.raises(RuntimeError):
            m.randperm(4, requires_grad=True)
        assert m.randint_like(m.ones(3), 5, memory_format=None).shape == (3,)


def test_packed_sequences_convert():
    for m in (mg, torch):
        packed = m.nn.utils.rnn.pack_sequence([m.tensor([1.0, 2.0]), m.tensor([3.0])])
        assert packed.cpu() is packed
        for name in ("double", "float", "half", "long", "int", "short", "char", "byte"):
            other = getattr(packed, name)()
            np.testing.assert_array_equal(other.data.double().numpy(), [1.0, 3.0, 2.0])
            assert str(other.data.dtype).split(".")[-1] == str(getattr(m.zeros(1), name)().dtype).split(".")[-1]
        assert not packed.is_pinned()
