"""Softmax of 16 bits: what the float32 kernel gives for the widened elements, rounded once."""

import importlib

import mocrograd as mg
import pytest
from halves import HALVES, TINY, same

kernels = importlib.import_module("mocrograd.ops.softmax")

SHAPES = ((1, 1), (3, 10), (5, 16), (4, 17), (2, 300), (700, 9), (3, 9000), (0, 4))


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_values_and_gradients(name, shape, dtype, implementation):
    half, function = getattr(mg, dtype), getattr(mg.nn.functional, name)
    x, upstream = (3 * mg.randn(*shape)).to(half), mg.randn(*shape).to(half)
    given = x.detach().requires_grad_()
    y = function(given, -1)
    same(y, function(x.float(), -1).to(half))
    y.backward(upstream)
    wide = mg.zeros(shape)  # the gradient of float32, of the rounded result
    kernels._rows(f"{name}.backward", wide, y.detach().float(), upstream.float())
    same(given.grad, wide.to(half))


@pytest.mark.parametrize("dtype", HALVES)
def test_other_layouts(dtype):
    half = getattr(mg, dtype)
    x = mg.randn(6, 5, 7).to(half)
    same(x.softmax(1), x.float().softmax(1).to(half))
    same(x[::2, :, ::3].softmax(-1), x[::2, :, ::3].float().softmax(-1).to(half))


@pytest.mark.parametrize("dtype", HALVES)
def test_hostile_values(dtype, implementation):
    half = getattr(mg, dtype)
    x = mg.zeros(6, 40).to(half)
    for row, value in enumerate((float("nan"), float("inf"), -float("inf"), TINY[dtype], -0.0, 60000.0)):
        x[row, 20] = value
    same(x.softmax(1), x.float().softmax(1).to(half))
    same(x.log_softmax(1), x.float().log_softmax(1).to(half))
    same(mg.full((2, 8), -float("inf")).to(half).softmax(1), mg.full((2, 8), float("nan")).to(half))


def test_rows_longer_than_the_scratch():
    x = mg.randn(2, 70_000).bfloat16().requires_grad_()
    y = x.log_softmax(1)
    same(y, x.detach().float().log_softmax(1).bfloat16())
    y.sum().backward()
    assert x.grad.dtype is mg.bfloat16


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_do_not_depend_on_workers(workers):
    x = mg.randn(301, 33).bfloat16()
    with mg.kernels("fixed", workers=1):
        expected = x.softmax(1)
    with mg.kernels("fixed", workers=workers):
        same(x.softmax(1), expected)


def test_a_compiled_softmax_is_the_same():
    x = mg.randn(20, 30).bfloat16()
    compiled = mg.compile(lambda x: x.softmax(1))
    for _ in range(4):
        same(compiled(x), x.softmax(1))


def test_second_derivatives_are_computed_in_float32():
    x = mg.randn(3, 20).bfloat16().requires_grad_()
    (dx,) = mg.autograd.grad(x.softmax(1).square().sum(), x, create_graph=True)
    (second,) = mg.autograd.grad(dx.float().square().sum(), x)
    wide = x.detach().float().requires_grad_()
    (dx,) = mg.autograd.grad(wide.softmax(1).square().sum(), wide, create_graph=True)
    (expected,) = mg.autograd.grad(dx.square().sum(), wide)
    assert second.dtype is mg.bfloat16
    assert mg.allclose(second.float(), expected, rtol=0.05, atol=0.02 * expected.abs().max().item())
