"""Compiled training steps do what eager ones do, to the bit where nothing fused rounds otherwise."""

from __future__ import annotations

import copy

import mocrograd as mg
import numpy as np
import pytest
from compiler.networks import batches, network, same_bits, step_of
from mocrograd import nn

WIDTHS = (64, 64, 32, 10)


def _pair(**options):
    """Return two equal models with optimizers, a plain step and a compiled one."""
    eager, compiled = network(*WIDTHS), network(*WIDTHS)
    optimizers = [mg.optim.SGD(model.parameters(), **options) for model in (eager, compiled)]
    steps = step_of(eager, optimizers[0]), mg.compile(step_of(compiled, optimizers[1]))
    return (eager, compiled), optimizers, steps


def _assert_equal(a: nn.Module, b: nn.Module) -> None:
    for p, q in zip(a.parameters(), b.parameters()):
        assert same_bits(p, q)
        assert (p.grad is None) == (q.grad is None)
        assert p.grad is None or same_bits(p.grad, q.grad)


@pytest.mark.parametrize("setting", ["original", "fixed:3", "dynamic"])
@pytest.mark.parametrize(
    "options", [{"lr": 0.1}, {"lr": 0.1, "momentum": 0.9, "nesterov": True}, {"lr": 0.1, "weight_decay": 0.01}]
)
def test_equal_bits(setting, options):
    with mg.kernels(setting):
        models, _, (plain, compiled) = _pair(**options)
        for x, y in batches(8):
            assert same_bits(plain(x, y), compiled(x, y))
        _assert_equal(*models)
        assert len(compiled.plans) == 1, compiled.reasons
        assert compiled.plan is not None


def test_a_plan_serves_one_implementation():
    _, _, (_, compiled) = _pair(lr=0.1)
    for setting in ("dynamic", "dynamic", "original", "original", "dynamic"):
        with mg.kernels(setting):
            compiled(*batches(1)[0])
    assert len(compiled.plans) == 2


def test_learning_rate_may_change():
    models, optimizers, (plain, compiled) = _pair(lr=0.1, momentum=0.5)
    for i, (x, y) in enumerate(batches(10)):
        for optimizer in optimizers:
            optimizer.param_groups[0]["lr"] = 0.1 / (1 + i)
            optimizer.param_groups[0]["momentum"] = 0.5 + 0.01 * i
        plain(x, y)
        compiled(x, y)
    _assert_equal(*models)
    assert len(compiled.plans) == 1


def test_an_option_that_becomes_zero_records_anew():
    models, optimizers, (plain, compiled) = _pair(lr=0.1, momentum=0.5)
    for i, (x, y) in enumerate(batches(8)):
        for optimizer in optimizers:
            optimizer.param_groups[0]["momentum"] = 0.5 if i < 5 else 0.0
        plain(x, y)
        compiled(x, y)
    _assert_equal(*models)
    assert len(compiled.plans) == 2


def test_the_last_batch_has_a_plan_of_its_own():
    models, _, (plain, compiled) = _pair(lr=0.1)
    for _ in range(3):
        for x, y in [*batches(3), *batches(1, size=7)]:
            assert same_bits(plain(x, y), compiled(x, y))
    _assert_equal(*models)
    assert len(compiled.plans) == 2
    assert not compiled.reasons


def test_train_and_eval_and_the_random_stream():
    runs = []
    for wrap in (lambda f: f, mg.compile):
        model = network(*WIDTHS, dropout=0.5)
        optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
        step = wrap(step_of(model, optimizer))
        mg.manual_seed(7)
        losses = []
        for i, (x, y) in enumerate(batches(12)):
            model.train(i % 4 != 3)
            losses.append(step(x, y).item())
        runs.append(losses)
    assert runs[0] == runs[1]
    assert len(step.plans) == 2
    assert runs[1][0] != runs[1][1]


def _accumulating(model, optimizer, clear_after: bool):
    def step(x, y):
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        if clear_after:
            optimizer.zero_grad()
        return loss

    return step


@pytest.mark.parametrize("clears", ["before", "never", "after"])
def test_zero_grad_outside_and_accumulation(clears):
    models, optimizers, _ = _pair(lr=0.01)
    plain, step = [_accumulating(*pair, clears == "after") for pair in zip(models, optimizers)]
    compiled = mg.compile(step)
    for x, y in batches(6):
        for optimizer in optimizers:
            if clears == "before":
                optimizer.zero_grad()
        assert same_bits(plain(x, y), compiled(x, y))
    _assert_equal(*models)
    assert compiled.plan is not None, compiled.reasons


def test_gradients_last_to_the_end_of_a_step_that_goes_on_after_them():
    models, optimizers, _ = _pair(lr=0.1)

    def step_and_measure(model, optimizer):
        step = step_of(model, optimizer)

        def both(x, y):
            loss = step(x, y)
            with mg.no_grad():
                return loss, (model(x) ** 2).sum()

        return both

    plain, function = [step_and_measure(*pair) for pair in zip(models, optimizers)]
    compiled = mg.compile(function)
    for x, y in batches(5):
        for a, b in zip(plain(x, y), compiled(x, y)):
            assert same_bits(a, b)
        _assert_equal(*models)
    assert compiled.plan is not None


def test_a_gradient_that_is_read_and_dropped_runs_eagerly():
    model = network(8, 4)
    optimizer = mg.optim.SGD(model.parameters(), lr=0.1)

    def step(x, y):
        optimizer.step()  # with the gradients of the last call
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        return loss

    compiled = mg.compile(step)
    data = batches(6, features=8, classes=4)
    losses = [compiled(x, y).item() for x, y in data]
    expected_model = network(8, 4)
    model, optimizer = expected_model, mg.optim.SGD(expected_model.parameters(), lr=0.1)
    assert losses == [step(x, y).item() for x, y in data]
    assert "reads a gradient and then drops it" in compiled.reasons[0]


def test_a_backward_pass_and_an_update_compiled_apart_are_replayed():
    model = nn.Linear(3, 2)
    optimizer = mg.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    twin = copy.deepcopy(model)
    other = mg.optim.SGD(twin.parameters(), lr=0.1, momentum=0.9)

    def backward(x):
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        return loss

    backward, update = mg.compile(backward), mg.compile(optimizer.step)
    for i in range(20):
        x = mg.full((4, 3), 1.0 + i)
        backward(x)
        update()
        other.zero_grad()
        twin(x).square().mean().backward()
        other.step()
        assert (backward.plan is not None and update.plan is not None) or i < 4
    assert not backward.reasons
    assert not update.reasons
    assert mg.equal(model.weight, twin.weight)
    kept = model.weight.grad  # which somebody holds: the next gradient lies elsewhere, and the update follows
    before = kept.clone()
    for _ in range(4):
        backward(x)
        update()
        other.zero_grad()
        twin(x).square().mean().backward()
        other.step()
    assert mg.equal(kept, before)
    assert mg.equal(model.weight, twin.weight)
    assert update.plan is not None


def test_a_gradient_that_somebody_holds_keeps_its_values():
    models, _, (plain, compiled) = _pair(lr=0.1)
    held, views, copies = [], [], []
    for x, y in batches(6):
        plain(x, y)
        compiled(x, y)
        grad = next(models[1].parameters()).grad
        held.append(grad)
        views.append(grad.numpy()[1:])
        copies.append(grad.numpy().copy())
    for grad, view, kept in zip(held, views, copies):
        assert np.array_equal(grad.numpy(), kept)
        assert np.array_equal(view, kept[1:])
    _assert_equal(*models)
    assert compiled.plan is not None


def test_the_result_of_a_step_is_not_overwritten_and_cannot_be_differentiated_again():
    _, _, (_, compiled) = _pair(lr=0.1)
    losses = [compiled(x, y) for x, y in batches(5)]
    values = [loss.item() for loss in losses]
    assert len(set(values)) == 5
    assert losses[-1].requires_grad
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        losses[-1].backward()


def test_parameters_may_be_loaded_and_exchanged():
    models, _, (plain, compiled) = _pair(lr=0.1)
    data = batches(4)
    for x, y in data:
        plain(x, y)
        compiled(x, y)
    for model in models:
        model.load_state_dict(network(*WIDTHS, seed=5).state_dict())
    for x, y in data:
        plain(x, y)
        compiled(x, y)
    _assert_equal(*models)
    for model in models:
        first = next(model.parameters())
        first.data = first.detach() * 2  # other memory
    for x, y in data:
        plain(x, y)
        compiled(x, y)
    _assert_equal(*models)
    assert len(compiled.plans) == 2


def test_memory_is_at_most_seven_tenths():
    for widths in (WIDTHS, (64, 128, 128, 128, 128, 128, 10)):
        model = network(*widths)
        step = mg.compile(step_of(model, mg.optim.SGD(model.parameters(), lr=0.1)))
        for x, y in batches(3):
            step(x, y)
        assert step.plan is not None, step.reasons
        memory = step.plan.memory
        assert memory["peak"] <= 0.7 * memory["eager_peak"], memory


def test_saved_tensors_notice_a_compiled_change():
    model = network(4, 4)
    step = mg.compile(step_of(model, mg.optim.SGD(model.parameters(), lr=0.1)))
    data = batches(3, features=4, classes=4)
    step(*data[0])
    step(*data[1])
    loss = model(data[0][0].requires_grad_()).sum()  # saves the weights
    step(data[2][0], data[2][1])
    assert step.plan is not None
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
