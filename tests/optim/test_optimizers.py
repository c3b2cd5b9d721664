"""Every optimizer against torch: fifty steps of a net, states saved and loaded both ways, compiled steps."""

import copy

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn, optim

torch = pytest.importorskip("torch", reason="torch is not installed")

CASES = [
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("Adam", {"maximize": True, "betas": (0.5, 0.9), "eps": 1e-3}),
    ("Adam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("Adam", {"betas": (0.0, 0.0)}),
    ("AdamW", {}),
    ("AdamW", {"amsgrad": True, "maximize": True, "weight_decay": 0.3}),
    ("NAdam", {}),
    ("NAdam", {"weight_decay": 0.1, "momentum_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"weight_decay": 0.1, "betas": (0.8, 0.9)}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"weight_decay": 0.1, "maximize": True, "betas": (0.5, 0.6)}),
    ("Adagrad", {}),
    ("Adagrad", {"lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"rho": 0.5, "weight_decay": 0.1, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.9, "weight_decay": 0.1}),
    ("RMSprop", {"centered": True, "alpha": 0.9, "maximize": True}),
    ("RMSprop", {"centered": True, "momentum": 0.5}),
    ("ASGD", {}),
    ("ASGD", {"t0": 5, "lambd": 0.01, "weight_decay": 0.1, "maximize": True}),
    ("Rprop", {}),
    ("Rprop", {"etas": (0.3, 1.5), "step_sizes": (1e-3, 0.1), "maximize": True}),
]
NAMES = [f"{name} {','.join(options)}" for name, options in CASES]
ALL = sorted({name for name, _ in CASES} | {"SGD"})
SHAPES = ((3, 4), (5,), (1, 33), (), (0,))


@pytest.fixture(autouse=True)
def float64_scalars():
    """Let torch keep steps and products in float64, as we do for parameters of float64."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def pair(name, options, dtype=np.float64):
    random = np.random.default_rng(0)
    starts = [random.normal(size=shape).astype(dtype) for shape in SHAPES]
    ours = [nn.Parameter(mg.tensor(start)) for start in starts]
    theirs = [torch.nn.Parameter(torch.tensor(start)) for start in starts]
    return getattr(optim, name)(ours, **options), getattr(torch.optim, name)(theirs, **options), random


def params(optimizer):
    return [param for group in optimizer.param_groups for param in group["params"]]


def steps(ours, theirs, random, count):
    for _ in range(count):
        for p, q in zip(params(ours), params(theirs), strict=True):
            grad = random.normal(size=tuple(q.shape)).astype(p.detach().numpy().dtype)
            p.grad, q.grad = mg.tensor(grad), torch.tensor(grad)
        ours.step()
        theirs.step()


def assert_same(ours, theirs, tolerance=1e-9):
    for p, q in zip(params(ours), params(theirs), strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
@pytest.mark.parametrize("lr", [None, 0.0, 10.0])
def test_fifty_steps_agree_with_torch(name, options, lr):
    options = options if lr is None else {**options, "lr": lr}
    ours, theirs, random = pair(name, options)
    steps(ours, theirs, random, 50)
    assert_same(ours, theirs)
    state, peer = ours.state_dict(), theirs.state_dict()
    assert {n: set(s) for n, s in state["state"].items()} == {n: set(s) for n, s in peer["state"].items()}
    for number, values in peer["state"].items():
        for key, value in values.items():
            np.testing.assert_allclose(state["state"][number][key].numpy(), value.numpy(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
@pytest.mark.parametrize("lr", [0.1, 1e30])
def test_float32_agrees_even_where_it_overflows(name, options, lr):
    torch.set_default_dtype(torch.float32)
    with np.errstate(all="ignore"):
        ours, theirs, random = pair(name, {**options, "lr": lr}, np.float32)
        steps(ours, theirs, random, 5)
    for p, q in zip(params(ours), params(theirs), strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("name", ALL)
def test_groups_have_torchs_options(name):
    ours, theirs, _ = pair(name, {"lr": 0.1})
    assert ours.state_dict()["param_groups"] == theirs.state_dict()["param_groups"]
    assert ours.defaults == theirs.defaults


@pytest.mark.parametrize("name", ALL)
def test_a_state_of_torch_loads_and_goes_on(name):
    options = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
    _, theirs, random = pair(name, {"lr": 0.1, **options})
    ours, _, _ = pair(name, {"lr": 7.0, **options})
    steps(ours, theirs, random, 3)
    for p, q in zip(params(ours), params(theirs), strict=True):
        p.data = mg.tensor(q.detach().numpy())
    ours.load_state_dict(theirs.state_dict())
    steps(ours, theirs, random, 3)
    assert_same(ours, theirs)


@pytest.mark.parametrize("name", ALL)
def test_torch_loads_our_state_and_goes_on(name):
    options = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
    ours, theirs, random = pair(name, {"lr": 0.1, **options})
    steps(ours, theirs, random, 3)
    saved = copy.deepcopy(ours.state_dict())
    saved["state"] = {
        n: {key: torch.tensor(value.numpy()) for key, value in values.items()} for n, values in saved["state"].items()
    }
    theirs.load_state_dict(saved)
    steps(ours, theirs, random, 3)
    assert_same(ours, theirs)


@pytest.mark.parametrize("name", ALL)
def test_a_compiled_step_is_the_eager_step(name):
    def make():
        random = np.random.default_rng(1)
        return [nn.Parameter(mg.tensor(random.normal(size=s).astype(np.float32))) for s in ((3, 4), (5,))]

    def steps_of(compiled):
        weights = make()
        optimizer = getattr(optim, name)(weights, lr=0.1)

        def step(x):
            optimizer.zero_grad()
            loss = ((x @ weights[0]).tanh().sum(0) @ weights[0].sum(0) + (weights[1] * weights[1]).sum()).sum()
            loss.backward()
            optimizer.step()
            return loss.detach()

        run = mg.compile(step, fullgraph=True) if compiled else step
        x = mg.tensor(np.random.default_rng(2).normal(size=(7, 3)).astype(np.float32))
        losses = []
        for number in range(8):
            optimizer.param_groups[0]["lr"] = 0.1 / (1 + number)
            losses.append(run(x).item())
        return losses, [w.tolist() for w in weights], optimizer

    eager, compiled = steps_of(False), steps_of(True)
    assert eager[:2] == compiled[:2]
    states = [[{n: v.tolist() for n, v in s.items()} for s in of.state.values()] for of in (eager[2], compiled[2])]
    assert states[0] == states[1]


@pytest.mark.parametrize("name", ALL)
def test_some_gradients_are_missing(name):
    ours, theirs, random = pair(name, {"lr": 0.1})
    steps(ours, theirs, random, 2)
    for turn in range(3):
        for i, (p, q) in enumerate(zip(params(ours), params(theirs), strict=True)):
            if i % 3 == turn:
                p.grad = q.grad = None
        ours.step()
        theirs.step()
    assert_same(ours, theirs)
    assert {n: set(s) for n, s in ours.state_dict()["state"].items()} == {
        n: set(s) for n, s in theirs.state_dict()["state"].items()
    }


@pytest.mark.parametrize("name", ALL)
def test_mixed_dtypes_and_strided_gradients(name):
    random = np.random.default_rng(3)
    weights = [nn.Parameter(mg.zeros(3, 4, dtype=d)) for d in (mg.float32, mg.float64)]
    alone = [nn.Parameter(mg.zeros(3, 4, dtype=d)) for d in (mg.float32, mg.float64)]
    together = getattr(optim, name)(weights, lr=0.1)
    single = [getattr(optim, name)([w], lr=0.1) for w in alone]
    for _ in range(3):
        for w, v in zip(weights, alone, strict=True):
            grad = random.normal(size=(4, 3))
            w.grad = mg.tensor(grad, dtype=w.dtype).t()
            v.grad = mg.tensor(grad.T.copy(), dtype=w.dtype)
        together.step()
        for optimizer in single:
            optimizer.step()
    assert [w.tolist() for w in weights] == [v.tolist() for v in alone]


def test_workers_do_not_change_bits():
    results = []
    for workers in (1, 2, 5):
        with mg.kernels("fixed", workers=workers):
            random = np.random.default_rng(0)
            weights = [nn.Parameter(mg.tensor(random.normal(size=n).astype(np.float32))) for n in (9, 5000, 70000)]
            for name in ALL:
                optimizer = getattr(optim, name)(weights, lr=0.01)
                for _ in range(2):
                    for w in weights:
                        w.grad = mg.tensor(random.normal(size=w.shape).astype(np.float32))
                    optimizer.step()
            results.append([w.detach().numpy().tobytes() for w in weights])
    assert results[0] == results[1] == results[2]


def test_a_rate_may_be_a_tensor():
    weight = nn.Parameter(mg.ones(2))
    optimizer = optim.Adam([weight], lr=mg.tensor(0.5))
    weight.grad = mg.ones(2)
    optimizer.step()
    assert weight.tolist() == pytest.approx([0.5, 0.5])
    with pytest.raises(ValueError, match="Tensor lr must be 1-element"):
        optim.Adam([weight], lr=mg.ones(2))
