"""Losses of pairs of elements as modules, against torch."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

CASES = [
    ("L1Loss", {}, "xy"), ("SmoothL1Loss", {"beta": 0.3}, "xy"), ("SmoothL1Loss", {"beta": 0.0}, "xy"),
    ("HuberLoss", {"delta": 0.7}, "xy"), ("BCELoss", {}, "pt"), ("BCELoss", {"weight": "t"}, "pt"),
    ("BCEWithLogitsLoss", {}, "xt"), ("BCEWithLogitsLoss", {"weight": "p", "pos_weight": "t"}, "xt"),
    ("KLDivLoss", {}, "xp"), ("KLDivLoss", {"log_target": True}, "xy"), ("SoftMarginLoss", {}, "xs"),
    ("MarginRankingLoss", {"margin": 0.3}, "xys"), ("HingeEmbeddingLoss", {"margin": 0.5}, "ps"),
]  # fmt: skip


def arrays():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(4, 5)) * 3, random.normal(size=(4, 5))
    return {"x": x, "y": y, "p": random.random((4, 5)), "t": random.random((4, 5)), "s": np.sign(y)}


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize(("name", "options", "inputs"), CASES, ids=lambda value: str(value))
def test_losses_are_torchs(name, options, inputs, reduction):
    values, results = arrays(), []
    for module, tensor in ((mg, mg.tensor), (torch, torch.tensor)):
        made = {key: tensor(values[v]) if isinstance(v, str) else v for key, v in options.items()}
        loss = getattr(module.nn, name)(reduction=reduction, **made)
        args = [tensor(values[letter]) for letter in inputs]
        args[0].requires_grad_()
        out = loss(*args)
        out.sum().backward()
        results.append((out.detach().numpy(), args[0].grad.numpy(), list(loss.state_dict())))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-9, atol=1e-12)
    assert results[0][2] == results[1][2]


def test_certain_probabilities_cost_a_hundred():
    loss = mg.nn.functional.binary_cross_entropy(mg.tensor([0.0, 1.0]), mg.tensor([1.0, 0.0]), reduction="none")
    assert loss.tolist() == pytest.approx([100.0, 100.0])


def test_batchmean_divides_by_the_batch():
    values = arrays()
    ours = mg.nn.KLDivLoss(reduction="batchmean")(mg.tensor(values["x"]), mg.tensor(values["p"]))
    theirs = torch.nn.KLDivLoss(reduction="batchmean")(torch.tensor(values["x"]), torch.tensor(values["p"]))
    assert ours.item() == pytest.approx(theirs.item())


def test_errors():
    a, b = mg.ones(3), mg.ones(4)
    functional = mg.nn.functional
    with pytest.raises(ValueError, match="Target size"):
        functional.binary_cross_entropy_with_logits(a, b)
    with pytest.raises(ValueError, match="Using a target size"):
        functional.binary_cross_entropy(a, b)
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        functional.binary_cross_entropy(a * 2, a)
    with pytest.raises(RuntimeError, match="non-positive values for delta"):
        functional.huber_loss(a, a, delta=0.0)
    with pytest.raises(ValueError, match="not a valid value for reduction"):
        functional.l1_loss(a, a, reduction="other")
    with pytest.warns(UserWarning, match="Using a target size"):
        functional.l1_loss(a, mg.ones(1))
