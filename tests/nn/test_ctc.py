"""The loss of connectionist temporal classification against torch."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.autograd import gradcheck

torch = pytest.importorskip("torch", reason="torch is not installed")

LENGTHS = {"full": ((6, 5), (3, 2)), "too short": ((2, 6), (3, 2)), "none": ((0, 6), (0, 1))}


def loss_and_gradient(module, dtype, lengths, targets, **options):
    values = np.random.default_rng(0).normal(size=(6, 2, 5)).astype(dtype)
    x = module.tensor(values).requires_grad_()
    loss = module.nn.CTCLoss(**options)(x.log_softmax(2), module.tensor(targets), *lengths)
    (grad,) = module.autograd.grad(loss.sum(), x)
    return loss.detach().numpy(), grad.numpy()


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("zero_infinity", [False, True])
@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("joined", [False, True])
def test_losses_and_gradients_are_torchs(joined, dtype, lengths, zero_infinity, reduction):
    targets = [[1, 2, 3], [2, 2, 4]]
    if joined:
        targets = [label for row, count in zip(targets, lengths[1]) for label in row[:count]]
    options = {"reduction": reduction, "zero_infinity": zero_infinity}
    ours, theirs = (loss_and_gradient(m, dtype, lengths, targets, **options) for m in (mg, torch))
    for a, b in zip(ours, theirs):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-5 if dtype == "float32" else 1e-10, atol=1e-6)


@pytest.mark.parametrize("blank", [1, 4])
@pytest.mark.parametrize("shape", [(3, 1, 2), (40, 3, 7), (70, 2, 33)], ids=str)
def test_longer_sequences_and_other_blanks(shape, blank):
    random = np.random.default_rng(1)
    steps, batch, classes = shape
    classes = max(classes, 5)
    longest = max(1, steps // 3)
    x = random.normal(size=(steps, batch, classes)) * 3
    targets = random.integers(0, classes - 1, (batch, longest))
    targets = targets + (targets >= blank)
    counts = random.integers(1, longest + 1, batch)
    got = []
    for module in (mg, torch):
        leaf = module.tensor(x).requires_grad_()
        loss = module.nn.functional.ctc_loss(
            leaf.log_softmax(-1), module.tensor(targets), module.tensor([steps] * batch), module.tensor(counts), blank
        )
        loss.backward()
        got.append((loss.item(), leaf.grad.numpy()))
    assert got[0][0] == pytest.approx(got[1][0], rel=1e-10)
    np.testing.assert_allclose(got[0][1], got[1][1], rtol=1e-7, atol=1e-12)


def test_one_sample_without_a_dimension():
    x = np.random.default_rng(2).normal(size=(6, 4))
    for reduction in ("none", "mean"):
        losses = [
            m.nn.functional.ctc_loss(m.tensor(x).log_softmax(1), m.tensor([1, 3]), (6,), (2,), reduction=reduction)
            for m in (mg, torch)
        ]
        assert losses[0].shape == ()
        assert losses[0].item() == pytest.approx(losses[1].item())


def test_the_gradient_is_that_of_differences():
    x = mg.tensor(np.random.default_rng(3).normal(size=(5, 2, 4)), requires_grad=True)

    def loss(x):
        return mg.nn.functional.ctc_loss(x.log_softmax(2), mg.tensor([[1, 1], [3, 2]]), (5, 4), (2, 2))

    assert gradcheck(loss, (x,))


def test_the_gradient_has_no_derivative():
    x = mg.randn(5, 1, 4, requires_grad=True)
    loss = mg.nn.functional.ctc_loss(x.log_softmax(2), mg.tensor([[1, 2]]), (5,), (2,))
    (grad,) = mg.autograd.grad(loss, x, create_graph=True)
    with pytest.raises(RuntimeError, match="not implemented"):
        grad.sum().backward()


def test_all_implementations_and_numbers_of_workers_agree():
    results = []
    for name, workers in (("original", None), ("fixed", 1), ("fixed", 3), ("dynamic", None)):
        with mg.kernels(name, workers):
            results.append(loss_and_gradient(mg, "float64", ((6, 5), (3, 2)), [[1, 2, 3], [2, 2, 4]], reduction="none"))
    for loss, grad in results:
        np.testing.assert_allclose(loss, results[0][0], rtol=1e-12)
        np.testing.assert_allclose(grad, results[0][1], rtol=1e-10, atol=1e-14)
    np.testing.assert_array_equal(results[1][1], results[2][1])


@pytest.mark.parametrize("tensors", [False, True])
def test_steps_are_recorded(tensors):
    lengths = ((6, 5), (3, 2))
    lengths = tuple(mg.tensor(n) for n in lengths) if tensors else lengths

    def step(x, targets):
        x = x.clone().requires_grad_()
        return mg.autograd.grad(mg.nn.functional.ctc_loss(x.log_softmax(2), targets, *lengths), [x])[0]

    compiled = mg.compile(step, fullgraph=True)
    for seed in range(3):
        random = np.random.default_rng(seed)
        x, targets = mg.tensor(random.normal(size=(6, 2, 5))), mg.tensor(random.integers(1, 5, (2, 3)))
        np.testing.assert_array_equal(compiled(x, targets).numpy(), step(x, targets).numpy())
