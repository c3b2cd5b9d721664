"""SGD against torch."""

import itertools

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn, optim

OPTIONS = [
    {
        "momentum": momentum,
        "dampening": dampening,
        "weight_decay": decay,
        "nesterov": nesterov,
        "maximize": maximize,
    }
    for momentum, dampening, decay, nesterov, maximize in itertools.product(
        (0, 0.9), (0, 0.3), (0, 0.1), (False, True), (False, True)
    )
    if not (nesterov and (momentum == 0 or dampening != 0))
]


def trajectories(options, lr, steps, dtype):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    random = np.random.default_rng(0)
    starts = [random.normal(size=shape).astype(dtype) for shape in ((3, 4), (5,), (1, 33), ())]
    ours = [nn.Parameter(mg.tensor(start)) for start in starts]
    theirs = [torch.nn.Parameter(torch.tensor(start)) for start in starts]
    optimizer, peer = optim.SGD(ours, lr=lr, **options), torch.optim.SGD(theirs, lr=lr, **options)
    for _ in range(steps):
        for p, q in zip(ours, theirs, strict=True):
            grad = random.normal(size=tuple(q.shape)).astype(dtype)
            p.grad, q.grad = mg.tensor(grad), torch.tensor(grad)
        optimizer.step()
        peer.step()
    return [p.detach().numpy() for p in ours], [q.detach().numpy() for q in theirs]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: ",".join(k for k, v in o.items() if v) or "plain")
@pytest.mark.parametrize("lr", [0.0, 0.01, 10.0])
def test_fifty_steps_agree_with_torch(options, lr):
    ours, theirs = trajectories(options, lr, 50, np.float64)
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("lr", [0.1, 1e30])
def test_float32_agrees_even_where_it_overflows(lr):
    options = {"momentum": 0.9, "weight_decay": 0.01, "nesterov": True}
    with np.errstate(all="ignore"):
        ours, theirs = trajectories(options, lr, 10, np.float32)
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lr": -1.0}, "Invalid learning rate: -1.0"),
        ({"momentum": -0.1}, "Invalid momentum value: -0.1"),
        ({"weight_decay": -0.5}, "Invalid weight_decay value: -0.5"),
        ({"nesterov": True}, "Nesterov momentum requires a momentum and zero dampening"),
        ({"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "Nesterov momentum requires"),
    ],
)
def test_bad_options(options, words):
    with pytest.raises(ValueError, match=words):
        optim.SGD([nn.Parameter(mg.ones(1))], **options)


def test_gradients_are_left_as_they_are():
    param = nn.Parameter(mg.ones(3))
    param.grad = mg.tensor([1.0, 2.0, 3.0])
    optim.SGD([param], lr=0.1, momentum=0.9, weight_decay=0.5, nesterov=True, maximize=False).step()
    assert param.grad.tolist() == [1.0, 2.0, 3.0]


def test_the_parameter_is_moved_in_place():
    param = nn.Parameter(mg.ones(3))
    view = param.detach()
    param.grad = mg.ones(3)
    optim.SGD([param], lr=0.5).step()
    assert view.tolist() == [0.5, 0.5, 0.5]
    assert param.is_leaf
