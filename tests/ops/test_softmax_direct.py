"""The direct calls of softmax against the classes that they stand for, run from Python, and against torch."""

import mocrograd as mg
import numpy as np
import pytest
from bits import assert_same, gradients, random
from halves import HALVES, same
from mocrograd import backend
from mocrograd.backend import LONGEST_ROW
from mocrograd.ops.softmax import _LOG_SOFTMAX, _SOFTMAX, LogSoftmax, Softmax

SHAPES = ((1,), (16,), (4, 17), (2, 3, 33), (3, 1000))
KINDS = {"softmax": Softmax, "log_softmax": LogSoftmax}
SPECS = {"softmax": _SOFTMAX, "log_softmax": _LOG_SOFTMAX}
DTYPES = ("float32", "float64")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_and_its_gradients_have_the_bits_of_the_class(name, dtype):
    direct, spec = backend.softmax, SPECS[name]
    for shape in SHAPES:
        x = random(shape, dtype).requires_grad_()
        upstream = random(shape, dtype, 1).requires_grad_()
        assert type(direct(spec, x, len(shape) - 1).grad_fn) is KINDS[name]
        found = gradients(lambda x: direct(spec, x, -1), [x], upstream)
        assert_same(found, gradients(KINDS[name].run, [x], upstream))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("dtype", HALVES)
def test_softmax_of_16_bits_has_the_bits_of_the_class(name, dtype):
    direct, half = backend.softmax, getattr(mg, dtype)
    for shape in SHAPES:
        x, upstream = random(shape).to(half).requires_grad_(), random(shape, seed=1).to(half)
        y, expected = direct(SPECS[name], x, -1), KINDS[name].run(x)
        assert type(y.grad_fn) is KINDS[name]
        same(y, expected)
        same(*[mg.autograd.grad(found, x, upstream)[0] for found in (y, expected)])


@pytest.mark.parametrize("name", KINDS)
def test_softmax_is_torchs(name, torch):
    hostile = np.array([[0, 1e30, -1e30], [-np.inf, 0, 1], [-np.inf] * 3, [np.inf, 0, 1], [np.nan, 0, 1]], np.float32)
    found = getattr(mg, name)(mg.tensor(hostile), 1).numpy()
    np.testing.assert_allclose(found, getattr(torch, name)(torch.tensor(hostile), 1).numpy(), rtol=1e-6)


def test_a_softmax_that_the_direct_call_does_not_know_goes_the_general_way():
    spec, x = _SOFTMAX, mg.ones(3, 4)
    refused = [
        (x, 0), (x, True), (x, 1.0), (x, None), (x, 1 << 70), (x, -2), (x, 2), (x.t(), 1), (x[:0], 1), (x[:, :0], 1),
        (mg.ones(1, LONGEST_ROW + 1).half(), 1), (x.to(mg.int64), 1), (x.to(mg.complex64), 1), (mg.tensor(1.0), 0),
        (x.to("meta"), 1), ([1.0], 0), (None, 0), (x.to_sparse(), 1),
    ]  # fmt: skip
    assert all(backend.softmax(spec, *arguments) is None for arguments in refused)
    with pytest.raises(IndexError, match="Dimension out of range"):
        mg.softmax(x, 2)
    with pytest.raises(TypeError, match="must be Tensor"):
        mg.softmax([1.0], 0)


@pytest.mark.parametrize("name", KINDS)
def test_softmax_within_other_calls(name):
    function = getattr(mg, name)
    x = random((4, 5))
    with mg.no_grad():
        assert function(x.requires_grad_(), -1).grad_fn is None
    rows = mg.stack([function(row, -1) for row in x])
    np.testing.assert_allclose(mg.vmap(lambda row: function(row, -1))(x).detach(), rows.detach(), rtol=1e-6)
    assert_same([function(x.t(), -1)], [KINDS[name].run(x.t().contiguous())])
    packed = []
    with mg.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t) or len(packed) - 1, packed.__getitem__):
        y = function(x, -1)
    assert [t.address for t in packed] == [y.address]
    upstream = random((4, 5), seed=1)
    assert_same(mg.autograd.grad(y, x, upstream), mg.autograd.grad(KINDS[name].run(x), x, upstream))


def test_a_softmax_changed_in_place_has_no_gradient():
    x = random((4, 5)).requires_grad_()
    y = mg.softmax(x, -1)
    y.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        y.sum().backward()
    y = mg.softmax(x, -1)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


def test_a_compiled_step_records_softmax():
    weight = random((5, 3)).requires_grad_()

    @mg.compile
    def step(x):
        weight.grad = None
        loss = (mg.softmax(x @ weight, -1) * mg.log_softmax(x @ weight, -1)).sum()
        loss.backward()
        return loss.detach(), weight.grad.clone()

    for seed in range(4):
        x = random((4, 5), seed=seed)
        y = (Softmax.run(x @ weight) * LogSoftmax.run(x @ weight)).sum()
        expected = [y, *mg.autograd.grad(y, [weight])]
        for a, b in zip(step(x), expected):
            np.testing.assert_allclose(a.detach(), b.detach(), rtol=1e-5, atol=1e-6)
