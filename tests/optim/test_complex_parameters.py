"""Optimizers of complex parameters against torch's, which move real and imaginary parts as numbers of their own."""

import io

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn, optim

torch = pytest.importorskip("torch", reason="torch is not installed")

CASES = [
    ("SGD", {"lr": 0.01}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "dampening": 0.1, "maximize": True}),
    ("Adam", {"lr": 0.1}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.1, "maximize": True}),
    ("NAdam", {"lr": 0.1, "decoupled_weight_decay": True, "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.1}),
    ("Adamax", {"lr": 0.1, "weight_decay": 0.1}),
    ("Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5}),
    ("Adadelta", {"weight_decay": 0.1}),
    ("RMSprop", {"centered": True, "momentum": 0.5}),
    ("ASGD", {}),
    ("Rprop", {}),
]
SHAPES = (("complex64", (2, 9)), ("float32", (5,)), ("complex128", (3,)), ("complex64", ()), ("complex64", (0,)))


def numbers(random, dtype, shape):
    x = random.normal(size=shape) + (1j * random.normal(size=shape) if "complex" in dtype else 0)
    return np.asarray(x, dtype)


def pair(name, options):
    """Returns an optimizer of each library over equal parameters, in two groups."""
    random = np.random.default_rng(0)
    starts = [numbers(random, *shape) for shape in SHAPES]

    def made(m, module):
        params = [m.nn.Parameter(m.from_numpy(x.copy())) for x in starts]
        return getattr(module, name)([{"params": params[:3]}, {"params": params[3:]}], **options)

    return made(mg, optim), made(torch, torch.optim), random


def params(optimizer):
    return [p for group in optimizer.param_groups for p in group["params"]]


def steps(ours, theirs, random, count=5):
    for _ in range(count):
        for p, q, (dtype, shape) in zip(params(ours), params(theirs), SHAPES, strict=True):
            grad = numbers(random, dtype, shape)
            p.grad, q.grad = mg.from_numpy(grad.copy()), torch.from_numpy(grad.copy())
        ours.step()
        theirs.step()
    for p, q in zip(params(ours), params(theirs), strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_steps_are_torchs_also_after_loading(name, options):
    ours, theirs, random = pair(name, options)
    steps(ours, theirs, random)
    kept = io.BytesIO()
    mg.save(ours.state_dict(), kept)
    kept.seek(0)
    state, peer = mg.load(kept), theirs.state_dict()
    for number, values in peer["state"].items():
        for key, value in values.items():
            if hasattr(value, "dtype") and key != "step":
                held = state["state"][number][key]
                assert str(held.dtype).split(".")[-1] == str(value.dtype).split(".")[-1] or value.ndim == 0
                np.testing.assert_allclose(held.numpy(), value.numpy(), rtol=1e-4, atol=1e-5)
    fresh = getattr(optim, name)([{"params": g["params"]} for g in ours.param_groups], **options)
    fresh.load_state_dict(state)
    steps(fresh, theirs, random, 2)
    fresh.load_state_dict(peer)
    steps(fresh, theirs, random, 2)


@pytest.mark.parametrize("options", [{"max_iter": 5}, {"line_search_fn": "strong_wolfe", "max_iter": 8}], ids=str)
def test_lbfgs(options):
    start = numbers(np.random.default_rng(1), "complex128", (3, 2))

    def found(m):
        p, q = m.nn.Parameter(m.from_numpy(start.copy())), m.nn.Parameter(m.ones(2, dtype=m.float64))
        optimizer = m.optim.LBFGS([p, q], **options)

        def closure():
            optimizer.zero_grad()
            loss = (p * q - (1 + 2j)).abs().pow(2).sum() + p.abs().pow(4).sum() + q.square().sum()
            loss.backward()
            return loss

        losses = [optimizer.step(closure).item() for _ in range(3)]
        return losses, p.detach().numpy(), q.detach().numpy()

    for a, b in zip(found(mg), found(torch), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7)


@pytest.mark.parametrize("name", ["Adafactor", "Muon"])
def test_what_torch_refuses(name):
    p = nn.Parameter(mg.ones(2, 2, dtype=mg.complex64))
    p.grad = mg.ones(2, 2, dtype=mg.complex64)
    with pytest.raises(RuntimeError, match=f"{name} does not support complex parameters"):
        getattr(optim, name)([p]).step()


def test_compiled_steps_move_complex_parameters():
    def trained(compiled):
        mg.manual_seed(0)
        model = nn.Linear(3, 2, dtype=mg.complex64)
        optimizer = optim.Adam(model.parameters(), lr=0.05)
        x, y = mg.randn(8, 3, dtype=mg.complex64), mg.randn(8, 2, dtype=mg.complex64)

        def step():
            optimizer.zero_grad()
            loss = (model(x) - y).abs().square().mean()
            loss.backward()
            optimizer.step()
            return loss

        run = mg.compile(step) if compiled else step
        losses = [run().item() for _ in range(20)]
        assert not compiled or not run.reasons
        return losses

    eager = trained(False)
    assert trained(True) == eager
    assert eager[-1] < 0.6 * eager[0]


@pytest.mark.parametrize("state", [mg.zeros(3, dtype=mg.float16), mg.zeros(6)[::2][:2], mg.zeros(3, dtype=mg.float64)])
def test_a_state_that_does_not_fit_is_refused(state):
    p = nn.Parameter(mg.ones(3))
    optimizer = optim.Adam([p])
    p.grad = mg.ones(3)
    optimizer.step()
    optimizer.state[p]["exp_avg"] = state
    with pytest.raises(RuntimeError, match="a state of parameter 0"):
        optimizer.step()
