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


WEIGHT = np.array([0.5, 2.0, 1.0, 0.1, 3.0], np.float32)
TARGETS = {(): (), (7,): (7,), (7, 4): (7, 4), (3, 2, 4): (3, 2, 4)}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("batch", TARGETS, ids=str)
@pytest.mark.parametrize(
    "options", [{}, {"ignore_index": 2}, {"label_smoothing": 0.2}, {"ignore_index": 0, "label_smoothing": 0.2}], ids=str
)
@pytest.mark.parametrize("weighted", [False, True])
def test_classes_of_any_shape_and_weight_are_torchs(weighted, options, batch, reduction):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    random = np.random.default_rng(1)
    x = random.normal(size=(*batch[:1], 5, *batch[1:])).astype(np.float32)
    target = np.asarray(random.integers(1 if not batch else 0, 5, batch))

    def loss(module):
        weight = module.tensor(WEIGHT) if weighted else None
        return module.nn.CrossEntropyLoss(weight=weight, reduction=reduction, **options)

    compare(loss(mg), loss, x, target)
    assert list(loss(mg).state_dict()) == list(loss(torch).state_dict())
    if "label_smoothing" not in options:
        negative = {"reduction": reduction, **options}
        compare(
            lambda a, b: nn.functional.nll_loss(a, b, mg.tensor(WEIGHT) if weighted else None, **negative),
            lambda torch: lambda a, b: torch.nn.functional.nll_loss(
                a, b, torch.tensor(WEIGHT) if weighted else None, **negative
            ),
            x, target,
        )  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(5,), (7, 5), (3, 5, 2), (0, 5)], ids=str)
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
def test_probabilities_as_target_are_torchs(weighted, smoothing, shape, reduction):
    random = np.random.default_rng(2)
    x, target = random.normal(size=shape).astype(np.float32), random.random(shape).astype(np.float32)

    def loss(module):
        weight = module.tensor(WEIGHT) if weighted else None
        return module.nn.CrossEntropyLoss(weight=weight, reduction=reduction, label_smoothing=smoothing)

    compare(loss(mg), loss, x, target)


def test_probabilities_have_a_gradient_too(logits):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    grads = []
    for module in (mg, torch):
        target = module.tensor(np.abs(logits)).requires_grad_()
        module.nn.functional.cross_entropy(module.tensor(logits), target, label_smoothing=0.1).backward()
        grads.append(target.grad.numpy())
    np.testing.assert_allclose(*grads, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("old", "name"), [((True, None), "mean"), ((False, None), "sum"), ((None, False), "none")])
def test_old_names_of_reductions(old, name, logits, classes):
    x, y = mg.tensor(logits), mg.tensor(classes)
    with pytest.warns(UserWarning, match=f"reduction='{name}'"):
        loss = nn.functional.cross_entropy(x, y, size_average=old[0], reduce=old[1], reduction="other")
    np.testing.assert_array_equal(loss.numpy(), nn.functional.cross_entropy(x, y, reduction=name).numpy())
    with pytest.warns(UserWarning, match=f"reduction='{name}'"):
        assert nn.MSELoss(size_average=old[0], reduce=old[1]).reduction == name


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"ignore_index": 2}], ids=str)
def test_weighted_classes_are_recorded(options, logits, classes):
    loss = nn.CrossEntropyLoss(mg.tensor(WEIGHT), **options)

    def step(x, y):
        x = x.clone().requires_grad_()
        return mg.autograd.grad(loss(x, y), [x])[0]

    compiled = mg.compile(step, fullgraph=True)
    for k in (1.0, 2.0, 3.0):
        x, y = mg.tensor(logits * np.float32(k)), mg.tensor(np.roll(classes, int(k)))
        np.testing.assert_array_equal(compiled(x, y).numpy(), step(x, y).numpy())
