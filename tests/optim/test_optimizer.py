"""Optimizer: groups, state and errors."""

import copy

import mocrograd as mg
import pytest
from mocrograd import nn, optim


def params(count=2):
    return [nn.Parameter(mg.ones(2)) for _ in range(count)]


def step_once(optimizer):
    for group in optimizer.param_groups:
        for param in group["params"]:
            param.grad = mg.ones(*param.shape)
    optimizer.step()


def test_groups_take_defaults():
    a, b = params()
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 1.0}], lr=0.1, momentum=0.5)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 1.0]
    assert [group["momentum"] for group in optimizer.param_groups] == [0.5, 0.5]
    assert optimizer.param_groups[1]["params"] == [b]
    step_once(optimizer)
    assert a.tolist() == pytest.approx([0.9, 0.9])
    assert b.tolist() == pytest.approx([0.0, 0.0])


def test_rate_can_change_between_steps():
    (a,) = params(1)
    optimizer = optim.SGD([a], lr=0.5)
    step_once(optimizer)
    optimizer.param_groups[0]["lr"] = 0.25
    step_once(optimizer)
    assert a.tolist() == [0.25, 0.25]


def test_parameters_without_gradient_stay():
    a, b = params()
    optimizer = optim.SGD([a, b], lr=0.5, momentum=0.9)
    b.grad = mg.ones(2)
    optimizer.step()
    assert (a.tolist(), b.tolist()) == ([1.0, 1.0], [0.5, 0.5])
    assert a not in optimizer.state
    b.grad = None
    optimizer.step()
    assert b.tolist() == [0.5, 0.5]


def test_momentum_starts_when_a_gradient_first_comes():
    a, b = params()
    optimizer = optim.SGD([a, b], lr=1.0, momentum=0.5, dampening=0.5)
    a.grad = mg.ones(2)
    optimizer.step()
    a.grad, b.grad = mg.ones(2), mg.ones(2)
    optimizer.step()
    assert a.tolist() == [-1.0, -1.0]  # 1 - 1 - (0.5 * 1 + 0.5 * 1)
    assert b.tolist() == [0.0, 0.0]


def test_zero_grad():
    a, b = params()
    optimizer = optim.SGD([a, b])
    a.grad = mg.ones(2)
    optimizer.zero_grad(set_to_none=False)
    assert a.grad.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert a.grad is None
    assert b.grad is None


def test_step_runs_the_closure_with_gradients_on():
    (a,) = params(1)
    optimizer = optim.SGD([a], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (a * a).sum()
        loss.backward()
        return loss

    with mg.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == 2.0
    assert a.tolist() == pytest.approx([0.8, 0.8])
    assert optimizer.step() is None


def test_state_dict_has_torchs_layout():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    ours = optim.SGD(params(), lr=0.1, momentum=0.9)
    theirs = torch.optim.SGD([torch.ones(2, requires_grad=True) for _ in range(2)], lr=0.1, momentum=0.9)
    step_once(ours)
    for param in theirs.param_groups[0]["params"]:
        param.grad = torch.ones(2)
    theirs.step()
    state, peer = ours.state_dict(), theirs.state_dict()
    assert {n: list(s) for n, s in state["state"].items()} == {n: list(s) for n, s in peer["state"].items()}
    for own, other in zip(state["param_groups"], peer["param_groups"], strict=True):
        assert own == {key: other[key] for key in own}
    assert state["state"][0]["momentum_buffer"].tolist() == [1.0, 1.0]


def test_training_goes_on_from_a_loaded_state():
    first, second = params(), params()
    a, b = optim.SGD(first, lr=0.1, momentum=0.9), optim.SGD(second, lr=7.0)
    step_once(a)
    with mg.no_grad():
        for source, target in zip(first, second, strict=True):
            target.copy_(source)
    saved = copy.deepcopy(a.state_dict())
    b.load_state_dict(saved)
    assert b.param_groups[0]["lr"] == 0.1
    step_once(a)
    step_once(b)
    assert [p.tolist() for p in first] == [p.tolist() for p in second]
    assert saved["state"][0]["momentum_buffer"].tolist() == [1.0, 1.0]


def test_loading_errors():
    optimizer = optim.SGD(params())
    with pytest.raises(ValueError, match="different number of parameter groups: expected 1, got 2"):
        optimizer.load_state_dict({"state": {}, "param_groups": [{"params": [0]}, {"params": [1]}]})
    with pytest.raises(ValueError, match="expected 2, got 1"):
        optimizer.load_state_dict({"state": {}, "param_groups": [{"params": [0]}]})


def test_bad_parameters():
    a, b = params()
    with pytest.raises(TypeError, match="should be an iterable of Tensors or dicts"):
        optim.SGD(a)
    with pytest.raises(ValueError, match="empty parameter list"):
        optim.SGD([])
    with pytest.raises(TypeError, match="can only optimize Tensors, but one of the params is int"):
        optim.SGD([a, 3])
    with pytest.raises(ValueError, match="non-leaf"):
        optim.SGD([a * 2])
    with pytest.raises(TypeError, match="sets"):
        optim.SGD([{"params": {a, b}}])
    with pytest.raises(ValueError, match="more than one parameter group"):
        optim.SGD([{"params": [a]}, {"params": [b, a]}])
    with pytest.raises(TypeError, match="must be a dict"):
        optim.SGD([a]).add_param_group([b])
    with pytest.warns(UserWarning, match="duplicate parameters"):
        optim.SGD([a, a])


def test_base_class_has_no_step():
    with pytest.raises(NotImplementedError, match="Optimizer has no step"):
        optim.Optimizer(params(), {}).step()


def test_repr_shows_the_options():
    assert "    lr: 0.1\n" in repr(optim.SGD(params(), lr=0.1))


def test_one_that_stands_for_another_needs_no_set_up(torch):
    for library in (mg, torch):

        class Wrapped(library.optim.Optimizer):
            def __init__(self, optimizer):
                self.optimizer = optimizer

            def step(self, closure=None):
                self.optimizer.step(closure)

            param_groups = property(lambda self: self.optimizer.param_groups)

        weight = library.ones(2, requires_grad=True)
        weight.sum().backward()
        wrapped = Wrapped(library.optim.SGD([weight], lr=0.5))
        schedule = library.optim.lr_scheduler.StepLR(wrapped, 1)
        wrapped.step()
        schedule.step()  # without a warning of the wrong order
        assert weight.tolist() == [0.5, 0.5]
