"""The direct call of norms of rows against the class that it stands for, run from Python, and against torch."""

import math

import mocrograd as mg
import numpy as np
import pytest
from bits import assert_same, gradients, random
from halves import HALVES, same
from mocrograd import backend
from mocrograd.ops.normalization import _ROW_NORM, RowNorm, Rows

F = mg.nn.functional
OPERANDS = {"neither": (), "weight": (1,), "weight and bias": (1, 2)}


def _operands(shape, normalized, which, dtype="float32"):
    made = [random(shape if i == 0 else normalized, dtype, i).requires_grad_() for i in (0, *which)]
    return made + [None] * (3 - len(made))


def _direct(normalized, eps, centred):
    return lambda x, weight, bias: backend.row_norm(_ROW_NORM, x, normalized, weight, bias, eps, centred)


def _of_class(normalized, eps, centred):
    def run(x, weight, bias):
        columns = math.prod(normalized)
        return RowNorm.run(x, weight, bias, Rows(x._size // columns, columns, 0, 1, centred, eps))

    return run


@pytest.mark.parametrize("which", OPERANDS)
@pytest.mark.parametrize("centred", [True, False])
def test_norms_and_their_gradients_have_the_bits_of_the_class(which, centred):
    for shape, normalized, dtype in [
        ((5,), (5,), "float64"), ((4, 17), (17,), "float32"), ((2, 9, 3, 11), (3, 11), "float32"),
        ((2, 3), (2, 3), "float64"), ((40, 1000), (1000,), "float32"),
    ]:  # fmt: skip
        operands = _operands(shape, normalized, OPERANDS[which], dtype)
        direct, of_class = _direct(normalized, 1e-3, centred), _of_class(normalized, 1e-3, centred)
        a, b = direct(*operands).grad_fn, of_class(*operands).grad_fn
        assert type(a) is RowNorm
        assert a.kept[:2] == b.kept[:2]
        assert_same(a.kept[2:], b.kept[2:])
        assert [t is u for t, u in zip(a._saved, b._saved)] == [True, True]
        assert [e and (e[0] is f[0], e[1]) for e, f in zip(a.edges, b.edges)] == [e and (True, -1) for e in b.edges]
        upstream = random(shape, dtype, 3).requires_grad_()
        assert_same(gradients(direct, operands, upstream), gradients(of_class, operands, upstream))


@pytest.mark.parametrize("which", OPERANDS)
@pytest.mark.parametrize("wide", [False, True], ids=["weights of 16 bits", "weights of float32"])
@pytest.mark.parametrize("dtype", HALVES)
def test_norms_of_16_bits_have_the_bits_of_the_class(which, wide, dtype):
    half = getattr(mg, dtype)
    for shape, normalized in [((5,), (5,)), ((2, 9, 3, 11), (3, 11)), ((40, 1000), (1000,))]:
        given = _operands(shape, normalized, OPERANDS[which])
        x, *weights = [None if t is None else t.detach().to(half).requires_grad_() for t in given]
        if wide:
            weights = [None if t is None else t.detach().float().requires_grad_() for t in weights]
        found = []
        for function in (_direct(normalized, 1e-3, True), _of_class(normalized, 1e-3, True)):
            y = function(x, *weights)
            assert [t.dtype for t in y.grad_fn.kept[2:]] == [mg.float32] * 2
            wanted = [t for t in (x, *weights) if t is not None]
            gradients_of = mg.autograd.grad(y, wanted, random(shape, seed=3).to(half))
            found.append([y, *y.grad_fn.kept[2:], *gradients_of])
        for a, b in zip(*found, strict=True):
            same(a, b)


def test_layer_norm_and_rms_norm_are_torchs(torch):
    x, weight, bias = [t.detach() for t in _operands((3, 4, 5), (4, 5), (1, 2))]
    others = [torch.tensor(t.numpy()) for t in (x, weight, bias)]
    for given in ((), (1,), (1, 2)):
        ours, theirs = [[them[i] for i in given] for them in ((x, weight, bias), others)]
        found = F.layer_norm(x, (4, 5), *ours, eps=1e-3)
        expected = torch.nn.functional.layer_norm(others[0], (4, 5), *theirs, eps=1e-3)
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-5, atol=1e-6)
    found, expected = F.rms_norm(x, (4, 5), weight), torch.nn.functional.rms_norm(others[0], (4, 5), others[1])
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-5, atol=1e-6)


def test_a_norm_that_the_direct_call_does_not_know_goes_the_general_way():
    x, w = mg.ones(3, 4), mg.ones(4)

    def direct(x, shape=(4,), weight=None, bias=None, eps=1e-5):
        return _direct(shape, eps, True)(x, weight, bias)

    assert direct(x) is not None
    for shape in ((), [4], 4, (5,), (4.0,), (True,), (1 << 70,), (2, 3, 4), (3,), None, ("4",)):
        assert direct(x, shape) is None
    for other in (mg.ones(3), mg.ones(1, 4), mg.ones(8)[::2], w.double(), w.half(), w.to("meta"), 1.0, [1.0], w[0]):
        assert direct(x, weight=other) is None
        assert direct(x, weight=w, bias=other) is None
    for other in (x.t(), x[:0], x.to(mg.int64), x.to(mg.complex64), x.to("meta"), x.to_sparse(), None, 1):
        assert direct(other) is None
    half = x.half()
    for weight, bias in ((w.double(), None), (w.half(), w), (w, w.half()), (w.bfloat16(), None)):
        assert direct(half, weight=weight, bias=bias) is None
    for eps in (None, "1", mg.tensor(1.0), 1 << 2000):
        assert direct(x, eps=eps) is None
    with pytest.raises(RuntimeError, match="expected weight of shape"):
        F.layer_norm(x, (4,), mg.ones(3))
    with pytest.raises(RuntimeError, match="expected input with shape"):
        F.layer_norm(x, (5,))


def test_layer_norm_within_other_calls():
    x, weight, bias = _operands((4, 6), (6,), (1, 2))
    upstream = random((4, 6), seed=3)
    expected = [y := _of_class((6,), 1e-5, True)(x, weight, bias), *mg.autograd.grad(y, (x, weight, bias), upstream)]
    with mg.no_grad():
        assert F.layer_norm(x, (6,), weight, bias).grad_fn is None
    rows = mg.vmap(lambda row: F.layer_norm(row, (6,), weight, bias))(x)
    np.testing.assert_allclose(rows.detach().numpy(), expected[0].detach().numpy(), rtol=1e-5, atol=1e-6)
    packed = []
    with mg.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t) or len(packed) - 1, packed.__getitem__):
        y = F.layer_norm(x, (6,), weight, bias)
    assert [t.address for t in packed] == [x.address, weight.address]
    assert_same([y, *mg.autograd.grad(y, (x, weight, bias), upstream)], expected)
    layer = mg.nn.LayerNorm(6)

    @mg.compile
    def step(x):
        layer.zero_grad()
        y = layer(x)
        y.backward(upstream)
        return y.detach(), layer.weight.grad.clone(), layer.bias.grad.clone()

    for seed in range(4):
        x = random((4, 6), seed=seed)
        y = _of_class((6,), 1e-5, True)(x, layer.weight, layer.bias)
        expected = [y, *mg.autograd.grad(y, (layer.weight, layer.bias), upstream)]
        for a, b in zip(step(x), expected):
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_an_input_changed_in_place_has_no_gradient_through_a_norm():
    x, weight, _ = _operands((4, 6), (6,), (1,))
    x = x * 1
    y = F.layer_norm(x, (6,), weight)
    x.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        y.sum().backward()
