"""Adafactor and Muon against torch."""

import copy

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn, optim

torch = pytest.importorskip("torch", reason="torch is not installed")

SHAPES = ((3, 4), (5,), (1, 33), (), (2, 3, 4))
CASES = [
    {},
    {"lr": 0.5, "beta2_decay": -0.3, "weight_decay": 0.1},
    {"eps": (1e-2, 0.1), "d": 2.0, "maximize": True},
    {"lr": 0.0},
    {"lr": 10.0},
]


def pair(name, shapes, options, dtype="float64"):
    random = np.random.default_rng(0)
    starts = [random.normal(size=shape).astype(dtype) for shape in shapes]
    ours = [nn.Parameter(mg.tensor(start)) for start in starts]
    theirs = [torch.nn.Parameter(torch.tensor(start)) for start in starts]
    return getattr(optim, name)(ours, **options), getattr(torch.optim, name)(theirs, **options), random


def params(optimizer):
    return [param for group in optimizer.param_groups for param in group["params"]]


def steps(ours, theirs, random, count, tolerance):
    for _ in range(count):
        for p, q in zip(params(ours), params(theirs), strict=True):
            grad = random.normal(size=tuple(q.shape)).astype(p.detach().numpy().dtype)
            p.grad, q.grad = mg.tensor(grad), torch.tensor(grad)
        ours.step()
        theirs.step()
    for p, q in zip(params(ours), params(theirs), strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("options", CASES, ids=str)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-6), ("float32", 2e-4)])
def test_fifty_steps_of_adafactor(options, dtype, tolerance):
    ours, theirs, random = pair("Adafactor", SHAPES, options, dtype)
    steps(ours, theirs, random, 50, tolerance)
    state, peer = ours.state_dict(), theirs.state_dict()
    assert state["param_groups"] == peer["param_groups"]
    assert {n: list(s) for n, s in state["state"].items()} == {n: list(s) for n, s in peer["state"].items()}
    for number, values in peer["state"].items():
        for key, value in values.items():
            held = state["state"][number][key]
            assert tuple(held.shape) == tuple(value.shape)
            np.testing.assert_allclose(held.numpy(), value.numpy(), rtol=1e-4, atol=1e-6)
    other, _, _ = pair("Adafactor", SHAPES, {"lr": 7.0}, dtype)
    for p, q in zip(params(other), params(theirs), strict=True):
        p.data = mg.tensor(q.detach().numpy())
    other.load_state_dict(peer)
    steps(other, theirs, random, 3, tolerance)


def float32_iterations(x, steps=5, a=3.4445, b=-4.775, c=2.0315, eps=1e-7):
    """What torch does in bfloat16, in the dtype of x."""
    x = x / max(np.linalg.norm(x), eps)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + b * gram @ x + c * gram @ gram @ x
    return x


@pytest.mark.parametrize("options", [{}, {"nesterov": False, "weight_decay": 0.0, "lr": 0.1},
                                     {"adjust_lr_fn": "match_rms_adamw", "momentum": 0.5, "ns_steps": 2}], ids=str)  # fmt: skip
def test_muon(options):
    shapes = ((3, 4), (9, 2), (1, 5))
    ours, theirs, random = pair("Muon", shapes, options, "float32")
    assert ours.state_dict()["param_groups"] == theirs.state_dict()["param_groups"]
    step = (
        0.2 * options.get("lr", 1e-3) * 5
    )  # torch's iterations are of bfloat16: each step is off by some percent of it
    steps(ours, theirs, random, 5, step)
    for p, q in zip(params(ours), params(theirs), strict=True):
        ours_held, theirs_held = ours.state[p]["momentum_buffer"], theirs.state[q]["momentum_buffer"]
        np.testing.assert_allclose(ours_held.numpy(), theirs_held.numpy(), rtol=1e-5, atol=1e-6)


def test_a_step_of_muon_is_what_its_formula_says():
    start, grad = np.random.default_rng(1).normal(size=(2, 6, 4))
    weight = nn.Parameter(mg.tensor(start))
    weight.grad = mg.tensor(grad)
    optim.Muon([weight], lr=0.5, weight_decay=0.1, momentum=0.9).step()
    average = 0.1 * grad
    update = float32_iterations((grad + 0.9 * (average - grad)).T).T
    expected = start * 0.95 - 0.5 * np.sqrt(6 / 4) * update
    np.testing.assert_allclose(weight.detach().numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("name", ["Adafactor", "Muon"])
def test_a_compiled_step_is_the_eager_step(name):
    start = [nn.Parameter(mg.randn(3, 4)), nn.Parameter(mg.randn(4, 2))]
    results = []
    for compiled in (False, True):
        weights = copy.deepcopy(start)
        optimizer = getattr(optim, name)(weights, lr=0.1)

        def step(x, weights=weights, optimizer=optimizer):
            optimizer.zero_grad()
            loss = ((x @ weights[0]).tanh() @ weights[1]).pow(2).sum()
            loss.backward()
            optimizer.step()
            return loss.detach()

        run = mg.compile(step, fullgraph=True) if compiled else step
        x = mg.arange(21.0).reshape(7, 3) / 10
        losses = []
        for number in range(6):
            optimizer.param_groups[0]["lr"] = 0.1 / (1 + number // 3)
            losses.append(run(x).item())
        results.append((losses, [w.tolist() for w in weights]))
    assert results[0] == results[1]


def test_nothing_to_move():
    empty = nn.Parameter(mg.zeros(0, 3))
    empty.grad = mg.zeros(0, 3)
    for name in ("Adafactor", "Muon"):
        getattr(optim, name)([empty, nn.Parameter(mg.ones(2, 2))]).step()
    assert tuple(empty.shape) == (0, 3)
