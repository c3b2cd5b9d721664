"""Anomaly detection names the backward that makes nan; hooks run once a leaf holds its gradient."""

import mocrograd as mg
import pytest


def bad():
    x = mg.tensor([0.0, 1.0], requires_grad=True)
    (x.sqrt() * mg.tensor([0.0, 1.0])).sum().backward()  # 0 * inf
    return x


def test_off_by_default():
    assert not mg.autograd.is_anomaly_enabled()
    assert bad().grad.isnan().tolist() == [True, False]


def test_a_nan_is_named():
    with mg.autograd.detect_anomaly(), pytest.raises(RuntimeError, match=r"'SqrtBackward0' returned nan .* 0th output"):
        bad()
    assert not mg.autograd.is_anomaly_enabled()
    bad()


def test_as_a_switch():
    mg.autograd.set_detect_anomaly(True)
    try:
        with pytest.raises(RuntimeError, match="Sqrt"):
            bad()
        with mg.autograd.detect_anomaly(check_nan=False):
            bad()
    finally:
        mg.autograd.set_detect_anomaly(False)
    bad()


def test_what_holds_no_nan_passes():
    with mg.autograd.detect_anomaly():
        x = mg.ones(3, requires_grad=True)
        (x.log() * x).sum().backward(create_graph=True)
        x.unbind()[0].backward()
    assert x.grad.tolist() == [2, 1, 1]


def test_hooks_after_accumulation():
    x, y = mg.ones(2, requires_grad=True), mg.ones(2, requires_grad=True)
    seen = []
    handle = x.register_post_accumulate_grad_hook(lambda leaf: seen.append((leaf is x, leaf.grad.tolist())))
    x.register_hook(lambda grad: grad * 3)
    (x * y).sum().backward()
    (x * y).sum().backward(inputs=[y])
    (x * y).sum().backward()
    assert seen == [(True, [3, 3]), (True, [6, 6])]
    handle.remove()
    (x * y).sum().backward()
    assert len(seen) == 2
    mg.autograd.grad((x * y).sum(), [x])


def test_a_hook_that_steps():
    x = mg.ones(2, requires_grad=True)
    optimizer = mg.optim.SGD([x], lr=0.5)

    def step(leaf):
        optimizer.step()
        optimizer.zero_grad()

    x.register_post_accumulate_grad_hook(step)
    x.sum().backward()
    assert x.grad is None
    assert x.tolist() == [0.5, 0.5]


def test_hooks_need_leaves():
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        mg.ones(1).register_post_accumulate_grad_hook(print)
    with pytest.raises(RuntimeError, match="non-leaf"):
        (mg.ones(1, requires_grad=True) * 2).register_post_accumulate_grad_hook(print)
