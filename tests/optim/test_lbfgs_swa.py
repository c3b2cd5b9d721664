"""LBFGS and averages of models, against torch."""

import copy

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn, optim

torch = pytest.importorskip("torch", reason="torch is not installed")


def rosenbrock(x):
    return ((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2).sum()


def run(module, parameter, function, steps, **options):
    optimizer = module.LBFGS([parameter], **options)

    def closure():
        optimizer.zero_grad()
        loss = function(parameter)
        loss.backward()
        return loss

    losses = [optimizer.step(closure).item() for _ in range(steps)]
    return losses, parameter.detach().numpy(), optimizer


@pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad")  # torch's own step does
@pytest.mark.parametrize(
    "options",
    [
        {"line_search_fn": "strong_wolfe"}, {"line_search_fn": "strong_wolfe", "history_size": 2, "max_iter": 7},
        {"lr": 1e-3, "max_iter": 5}, {"lr": 0.5, "line_search_fn": "strong_wolfe", "max_eval": 9},
    ],
)  # fmt: skip
def test_lbfgs_follows_torch(options):
    start = np.random.default_rng(0).normal(size=6)
    ours = run(optim, nn.Parameter(mg.tensor(start)), rosenbrock, 6, **options)
    theirs = run(torch.optim, torch.nn.Parameter(torch.tensor(start)), rosenbrock, 6, **options)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-4, atol=1e-6)
    state, peer = (next(iter(o.state.values())) for o in (ours[2], theirs[2]))
    assert (state["n_iter"], state["func_evals"]) == (peer["n_iter"], peer["func_evals"])


def test_lbfgs_finds_the_minimum():
    x = nn.Parameter(mg.tensor([-1.0, 2.0, 0.5], dtype=mg.float64))
    run(optim, x, rosenbrock, 5, line_search_fn="strong_wolfe", max_iter=50)
    assert x.tolist() == pytest.approx([1.0, 1.0, 1.0], abs=1e-5)


def test_lbfgs_errors():
    weight = nn.Parameter(mg.ones(2))
    with pytest.raises(ValueError, match="per-parameter options"):
        optim.LBFGS([{"params": [weight]}, {"params": [nn.Parameter(mg.ones(2))]}])
    with pytest.raises(TypeError, match="closure"):
        optim.LBFGS([weight]).step()
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
        run(optim, weight, lambda x: (x * x).sum(), 1, line_search_fn="other")


def models():
    values = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)
    ours, theirs = nn.Linear(4, 3, bias=False), torch.nn.Linear(4, 3, bias=False)
    ours.weight.data, theirs.weight.data = mg.tensor(values), torch.tensor(values)
    return ours, theirs


@pytest.mark.parametrize(
    "options",
    [
        lambda u: {}, lambda u: {"avg_fn": u.get_ema_avg_fn(0.7)}, lambda u: {"avg_fn": u.get_swa_avg_fn()},
        lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.7)}, lambda u: {"multi_avg_fn": u.get_swa_multi_avg_fn()},
        lambda u: {"use_buffers": True},
    ],
)  # fmt: skip
def test_averages_are_torchs(options):
    ours, theirs = models()
    a = optim.swa_utils.AveragedModel(ours, **options(optim.swa_utils))
    b = torch.optim.swa_utils.AveragedModel(theirs, **options(torch.optim.swa_utils))
    for number in range(5):
        values = np.random.default_rng(number).normal(size=(3, 4)).astype(np.float32)
        ours.weight.data, theirs.weight.data = mg.tensor(values), torch.tensor(values)
        a.update_parameters(ours)
        b.update_parameters(theirs)
        np.testing.assert_allclose(a.module.weight.detach().numpy(), b.module.weight.detach().numpy(), rtol=1e-5)
    assert a.n_averaged.item() == 5
    assert list(a.state_dict()) == list(b.state_dict())
    x = mg.ones(2, 4)
    assert a(x).tolist() == a.module(x).tolist()
    copy.deepcopy(a).update_parameters(ours)


@pytest.mark.parametrize("options", [{}, {"anneal_strategy": "linear"}, {"anneal_epochs": 0}, {"anneal_epochs": 3}])
def test_swalr_is_torchs(options):
    ours, theirs = models()
    a, b = optim.SGD(ours.parameters(), lr=0.5), torch.optim.SGD(theirs.parameters(), lr=0.5)
    s = optim.swa_utils.SWALR(a, 0.05, **options)
    t = torch.optim.swa_utils.SWALR(b, 0.05, **options)
    for _ in range(15):
        assert a.param_groups[0]["lr"] == pytest.approx(b.param_groups[0]["lr"])
        a.step()
        b.step()
        s.step()
        t.step()


def test_swa_errors():
    ours, _ = models()
    utils = optim.swa_utils
    with pytest.raises(ValueError, match="Invalid decay value 2"):
        utils.get_ema_avg_fn(2)
    with pytest.raises(AssertionError, match="Only one of"):
        utils.AveragedModel(ours, avg_fn=utils.get_swa_avg_fn(), multi_avg_fn=utils.get_swa_multi_avg_fn())
    optimizer = optim.SGD(ours.parameters(), lr=0.5)
    with pytest.raises(ValueError, match="anneal_strategy"):
        utils.SWALR(optimizer, 0.1, anneal_strategy="x")
    with pytest.raises(ValueError, match="anneal_epochs"):
        utils.SWALR(optimizer, 0.1, anneal_epochs=-1)
