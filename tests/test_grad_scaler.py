"""GradScaler: what it scales, leaves out and remembers, against torch's."""

import math

import mocrograd as mg
import pytest


def run(m, grads, interval=2, **options):
    """Return scale, weight and tracker after steps whose gradients are multiplied by the given numbers."""
    weight = m.nn.Parameter(m.ones(2))
    optimizer = m.optim.SGD([weight], lr=0.125)
    scaler = m.amp.GradScaler("cpu", init_scale=8.0, growth_interval=interval, **options)
    found = []
    for factor in grads:
        optimizer.zero_grad()
        scaler.scale((weight * factor).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        state = scaler.state_dict()
        found.append((scaler.get_scale(), weight.detach().tolist(), state["_growth_tracker"]))
    return found, state


@pytest.mark.parametrize("options", [{}, {"growth_factor": 4.0, "backoff_factor": 0.25}])
def test_scales_grow_and_back_off_as_torchs(torch, options):
    grads = [1.0, 2.0, math.inf, 1.0, math.nan, 3.0, 1.0, 1.0, 1.0, math.inf]
    assert run(mg, grads, **options) == run(torch, grads, **options)


def test_a_scale_does_not_become_infinite():
    assert run(mg, [0.0] * 3, interval=1, growth_factor=1e38)[1]["scale"] < math.inf


def test_unscaled_gradients_can_be_clipped():
    weight = mg.nn.Parameter(mg.ones(4))
    optimizer = mg.optim.SGD([weight], lr=1.0)
    scaler = mg.amp.GradScaler("cpu", init_scale=1024.0)
    scaler.scale((weight * 3).sum()).backward()
    scaler.unscale_(optimizer)
    assert weight.grad.tolist() == [3.0] * 4
    with pytest.raises(RuntimeError, match="already been called on this optimizer"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    assert weight.tolist() == [-2.0] * 4
    for wrong, text in ((scaler.step, r"step\(\) has already been called"), (scaler.unscale_, "after step")):
        with pytest.raises(RuntimeError, match=text):
            wrong(optimizer)
    scaler.update()
    assert scaler.get_scale() == 1024.0


def test_wrong_calls():
    weight = mg.nn.Parameter(mg.ones(2, dtype=mg.float16))
    optimizer = mg.optim.SGD([weight], lr=1.0)
    scaler = mg.amp.GradScaler("cpu", init_scale=2.0)
    with pytest.raises(RuntimeError, match="_scale is None"):
        scaler.update()
    scaler.scale(weight.sum()).backward()
    with pytest.raises(ValueError, match="FP16 gradients"):
        scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="Closure use"):
        scaler.step(optimizer, closure=lambda: None)
    with pytest.raises(AssertionError, match="No inf checks"):
        scaler.update()
    with pytest.raises(RuntimeError, match="source state dict is empty"):
        scaler.load_state_dict({})
    with pytest.raises(ValueError, match="growth factor"):
        mg.amp.GradScaler("cpu", growth_factor=0.5)
    with pytest.raises(ValueError, match="iterable of Tensors"):
        scaler.scale(3)


def test_states_and_structures(torch):
    _, state = run(mg, [1.0, math.inf, 1.0])
    _, theirs = run(torch, [1.0, math.inf, 1.0])
    assert state == theirs
    again = mg.amp.GradScaler("cpu")
    again.load_state_dict(theirs)
    assert again.state_dict() == state
    off = mg.amp.GradScaler("cpu", enabled=False)
    assert (off.state_dict(), off.get_scale(), off.is_enabled()) == ({}, 1.0, False)
    scaled = mg.amp.GradScaler("cpu", init_scale=2.0).scale([mg.ones(1), (mg.ones(2),)])
    assert [scaled[0].tolist(), scaled[1][0].tolist()] == [[2.0], [2.0, 2.0]]


def test_float16_trains_where_gradients_would_vanish():
    mg.manual_seed(0)
    model = mg.nn.Linear(4, 1)
    optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
    scaler = mg.amp.GradScaler("cpu", init_scale=2.0**20)
    x = mg.randn(32, 4)
    y = x.sum(1, keepdim=True)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        with mg.autocast("cpu", dtype=mg.float16):
            loss = mg.nn.functional.mse_loss(model(x), y)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
    assert losses[-1] < 0.02 * losses[0]
    assert scaler.get_scale() < 2.0**20  # the first steps overflow


def test_a_compiled_step_runs_eagerly_and_right():
    weight = mg.nn.Parameter(mg.ones(2))
    optimizer = mg.optim.SGD([weight], lr=0.125)
    scaler = mg.amp.GradScaler("cpu", init_scale=8.0)

    @mg.compile
    def step(x):
        optimizer.zero_grad()
        scaler.scale((weight * x).sum()).backward()
        scaler.step(optimizer)
        scaler.update()

    for factor in (1.0, 1.0, math.inf, 1.0):
        step(mg.full((2,), factor))
    assert weight.tolist() == [0.625, 0.625]
    assert step.plan is None
    assert step.reasons
