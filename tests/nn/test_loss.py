"""Losses against torch."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

REDUCTIONS = ["mean", "sum", "none"]


def compare(ours, theirs, data, target):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    x, t = mg.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    loss, peer = ours(x, mg.tensor(target)), theirs(torch)(t, torch.tensor(target))
    np.testing.assert_allclose(loss.detach().numpy(), peer.detach().numpy(), rtol=1e-5, atol=1e-6)
    loss.sum().backward()
    peer.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-4, atol=1e-6)


@pytest.fixture
def logits():
    return np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32) * 3


@pytest.fixture
def classes():
    return np.array([0, 4, 2, 1, 2, 3, 0])


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", [{}, {"ignore_index": 2}, {"label_smoothing": 0.1}])
def test_cross_entropy_agrees_with_torch(reduction, options, logits, classes):
    options = {"reduction": reduction, **options}
    compare(nn.CrossEntropyLoss(**options), lambda torch: torch.nn.CrossEntropyLoss(**options), logits, classes)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", [{}, {"ignore_index": 2}])
def test_nll_loss_agrees_with_torch(reduction, options, logits, classes):
    options = {"reduction": reduction, **options}
    compare(nn.NLLLoss(**options), lambda torch: torch.nn.NLLLoss(**options), logits, classes)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_mse_agrees_with_torch(reduction, logits):
    compare(
        nn.MSELoss(reduction=reduction),
        lambda torch: torch.nn.MSELoss(reduction=reduction),
        logits,
        logits[::-1].copy(),
    )


def test_functions_do_what_the_modules_do(logits, classes):
    x, y = mg.tensor(logits), mg.tensor(classes)
    assert nn.functional.cross_entropy(x, y).item() == nn.CrossEntropyLoss()(x, y).item()
    assert nn.functional.nll_loss(x, y).item() == nn.NLLLoss()(x, y).item()


def test_mse_warns_where_shapes_differ():
    with pytest.warns(UserWarning, match="Using a target size"):
        loss = nn.MSELoss()(mg.ones(3, 1), mg.zeros(3))
    assert loss.item() == 1.0


def test_unknown_reduction():
    for loss, target in (
        (nn.MSELoss, mg.ones(2, 2)),
        (nn.CrossEntropyLoss, mg.tensor([0, 1])),
        (nn.NLLLoss, mg.tensor([0, 1])),
    ):
        with pytest.raises(ValueError, match="is not a valid value for reduction"):
            loss(reduction="median")(mg.ones(2, 2), target)


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss, nn.NLLLoss])
def test_weight_is_not_supported(loss):
    with pytest.raises(NotImplementedError, match="weight"):
        loss(mg.ones(3))
    with pytest.raises(NotImplementedError, match="reduce=True"):
        loss(reduce=True)
