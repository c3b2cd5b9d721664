"""Pools of 16 bits: what the float32 kernels give for the widened pixels, rounded once."""

import mocrograd as mg
import pytest
from halves import HALVES, TINY, same

F = mg.nn.functional
SHAPES = {"tiles": (2, 3, 14, 68), "overlapping": (2, 3, 17, 33), "ends": (1, 2, 3, 2050), "plane": (1, 1, 150, 160)}
WINDOWS = {"2": (2,), "3 by 2": (3, 2, 1), "3 by 1": (3, 1, 1), "3 by 4": (3, 4), "2 by 3": (2, 3)}


def check(half, function, shape, spoil=None):
    """Assert that a pool and its gradients are those of float32, rounded."""
    x = mg.randn(*shape).to(half)
    if spoil is not None:
        x[..., 1] = spoil
    own, wide = x.requires_grad_(), x.detach().float().requires_grad_()
    y, expected = function(own), function(wide)
    same(y, expected.to(half))
    upstream = mg.randn(*y.shape).to(half).requires_grad_()
    (dx,) = mg.autograd.grad(y, own, upstream, create_graph=True)
    (other,) = mg.autograd.grad(expected, wide, upstream.float(), create_graph=True)
    same(dx, other.to(half))
    again = mg.randn(*shape).to(half)
    (second,) = mg.autograd.grad(dx, upstream, again)
    same(second, mg.autograd.grad(other, upstream, again.float())[0])


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_fixed_windows(name, shape, window, dtype, implementation):
    check(getattr(mg, dtype), lambda x: getattr(F, name)(x, *WINDOWS[window]), SHAPES[shape])


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", ["adaptive_max_pool2d", "adaptive_avg_pool2d"])
def test_adaptive_windows(name, dtype, implementation):
    for size in (2, 5, (3, 7)):
        check(getattr(mg, dtype), lambda x, size=size: getattr(F, name)(x, size), (2, 3, 11, 20))


@pytest.mark.parametrize("dtype", HALVES)
def test_hostile_values(dtype, implementation):
    for value in (float("nan"), float("inf"), -float("inf"), TINY[dtype], -0.0, 60000.0):
        for name in ("max_pool2d", "avg_pool2d"):
            check(getattr(mg, dtype), lambda x, name=name: getattr(F, name)(x, 3, 2, 1), (1, 2, 9, 20), value)


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_no_operand_is_converted(name):
    x = mg.randn(2, 3, 8, 8).bfloat16().requires_grad_()
    with mg.profile() as profile:
        getattr(F, name)(x, 2).sum().backward()
    assert not [row for row in profile.rows() if row.name.startswith("cast") and "float32" in row.name]
