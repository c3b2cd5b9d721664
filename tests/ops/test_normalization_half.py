"""Normalisation of 16 bits: what the float32 kernels give for the widened operands, rounded once."""

import mocrograd as mg
import pytest
from halves import HALVES, TINY, same

F = mg.nn.functional
SHAPES = ((1, 3), (9, 16), (33, 17), (700, 5), (3, 9000), (2, 3, 40))


def pair(half, *shape, wide=False):
    """Return a leaf of 16 bits, or float32 where it is wide, and its copy in float32."""
    x = mg.randn(*shape).to(half)
    own = x.float() if wide else x
    return own.detach().requires_grad_(), x.detach().float().requires_grad_()


def check(half, function, pairs):
    """Assert that results and gradients of a function are those of float32, rounded to the operands' dtypes."""
    y, expected = function(*[own for own, _ in pairs]), function(*[wide for _, wide in pairs])
    same(y, expected.to(half))
    upstream = mg.randn(*y.shape).to(half)
    y.backward(upstream)
    expected.backward(upstream.float())
    for own, wide in pairs:
        same(own.grad, wide.grad.to(own.dtype))


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("wide", [False, True], ids=["weights of 16 bits", "weights of float32"])
@pytest.mark.parametrize("shape", SHAPES)
def test_rows(shape, wide, dtype, implementation):
    half, last = getattr(mg, dtype), shape[-1]
    weights = [pair(half, last, wide=wide) for _ in range(2)]
    check(half, lambda x, w, b: F.layer_norm(x, (last,), w, b), [pair(half, *shape), *weights])
    check(half, lambda x, w: F.rms_norm(x, (last,), w, 1e-5), [pair(half, *shape), pair(half, last, wide=wide)])
    check(half, lambda x: F.layer_norm(x, (last,)), [pair(half, *shape)])


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("wide", [False, True], ids=["weights of 16 bits", "weights of float32"])
@pytest.mark.parametrize("shape", [(2, 4, 1), (3, 6, 17), (5, 4, 3, 30), (40, 20), (2, 2, 9000)])
def test_groups_and_channels(shape, wide, dtype, implementation):
    half = getattr(mg, dtype)

    def weights():
        return [pair(half, shape[1], wide=wide) for _ in range(2)]

    if len(shape) > 2:
        check(half, lambda x, w, b: F.group_norm(x, 2, w, b), [pair(half, *shape), *weights()])
    check(half, lambda x, w, b: F.batch_norm(x, None, None, w, b, True), [pair(half, *shape), *weights()])
    mean, var = mg.randn(shape[1]).to(half), mg.rand(shape[1]).to(half)

    def applied(x, w, b):
        like = w.dtype
        return F.batch_norm(x, mean.to(like), var.to(like), w, b)

    check(half, applied, [pair(half, *shape), *weights()])


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("of", ["float32", "16 bits"])
def test_running_statistics_move(of, dtype):
    half = getattr(mg, dtype)
    x = mg.randn(6, 3, 5).to(half)
    kind = mg.float32 if of == "float32" else half
    mean, var = mg.zeros(3).to(kind), mg.ones(3).to(kind)
    wide = mg.zeros(3), mg.ones(3)
    F.batch_norm(x, mean, var, training=True)
    F.batch_norm(x.float(), *wide, training=True)
    same(mean, wide[0].to(kind))
    same(var, wide[1].to(kind))


def test_a_layer_within_autocast_keeps_its_weights_in_float32():
    model = mg.nn.Sequential(mg.nn.Linear(8, 8), mg.nn.LayerNorm(8), mg.nn.Linear(8, 4), mg.nn.BatchNorm1d(4))
    with mg.autocast("cpu"):
        y = model(mg.randn(5, 8))
    y.float().square().sum().backward()
    assert y.dtype is mg.bfloat16
    assert {p.grad.dtype for p in model.parameters()} == {mg.float32}
    assert model[3].running_mean.dtype is mg.float32
    assert model[3].running_mean.abs().sum().item() > 0


def test_weights_of_other_dtypes_are_refused():
    x = mg.randn(2, 8).bfloat16()
    for weight, bias in ((mg.ones(8).double(), None), (mg.ones(8).half(), None), (mg.ones(8), mg.ones(8).bfloat16())):
        with pytest.raises(RuntimeError, match="dtype"):
            F.layer_norm(x, (8,), weight, bias)
    with pytest.raises(RuntimeError, match="dtype"):
        F.layer_norm(x.float(), (8,), mg.ones(8).bfloat16())


@pytest.mark.parametrize("dtype", HALVES)
def test_hostile_values(dtype, implementation):
    half = getattr(mg, dtype)
    x = mg.randn(6, 40).to(half)
    for row, value in enumerate((float("nan"), float("inf"), -float("inf"), TINY[dtype], -0.0, 60000.0)):
        x[row, 20] = value
    same(F.layer_norm(x, (40,)), F.layer_norm(x.float(), (40,)).to(half))
    tiny = mg.full((2, 30), TINY[dtype]).to(half)
    same(F.rms_norm(tiny, (30,), None, 0.0), F.rms_norm(tiny.float(), (30,), None, 0.0).to(half))


def test_second_derivatives_are_computed_in_float32():
    x, w = mg.randn(3, 20).bfloat16().requires_grad_(), mg.randn(20).requires_grad_()
    found = []
    for a in (x, x.detach().float().requires_grad_()):
        (da,) = mg.autograd.grad(F.layer_norm(a, (20,), w).float().pow(3).sum(), a, create_graph=True)
        found += mg.autograd.grad(da.float().square().sum(), (a, w))
    assert found[0].dtype is mg.bfloat16
    assert found[1].dtype is mg.float32
    for second, expected in zip(found[:2], found[2:]):
        assert mg.allclose(second.float(), expected, rtol=0.1, atol=0.03 * expected.abs().max().item())


def test_a_compiled_norm_is_the_same():
    x, w = mg.randn(20, 30).bfloat16(), mg.randn(30)
    compiled = mg.compile(lambda x: F.layer_norm(x, (30,), w))
    for _ in range(4):
        same(compiled(x), F.layer_norm(x, (30,), w))
