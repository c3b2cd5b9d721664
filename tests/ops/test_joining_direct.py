"""The direct call of joining tensors against the class that it stands for, run from Python, and against torch."""

import mocrograd as mg
import numpy as np
import pytest
from bits import assert_same, gradients, random
from mocrograd import backend
from mocrograd.ops.joining import _CAT, Cat

CASES = {
    "vectors": ([(3,), (5,)], 0, False),
    "one": ([(4, 5)], 1, False),
    "rows": ([(1, 9), (3, 9), (2, 9)], 0, False),
    "columns": ([(4, 17), (4, 1), (4, 33)], -1, False),
    "in between": ([(2, 3, 5), (2, 1, 5)], 1, False),
    "eight": ([(2, n) for n in range(1, 9)], 1, False),
    "stacked numbers": ([()] * 3, 0, True),
    "stacked": ([(4, 5)] * 3, 0, True),
    "stacked in between": ([(4, 5)] * 2, 1, True),
    "stacked last": ([(4, 5)] * 8, 2, True),
}


def _of_class(tensors, dim, new):
    shape, total = list(tensors[0].shape), sum(1 if new else t.shape[dim] for t in tensors)
    dim = dim % (len(shape) + new)
    shape[dim : dim if new else dim + 1] = [total]
    return Cat.run(dim, tuple(shape), new, *tensors)


@pytest.mark.parametrize("case", CASES)
def test_joined_tensors_and_their_gradients_have_the_bits_of_the_class(case, torch):
    shapes, dim, new = CASES[case]
    tensors = [random(shape, seed=i).requires_grad_(i != 1) for i, shape in enumerate(shapes)]

    def direct(*given):
        return backend.join(_CAT, list(given), dim, new)

    a, b = direct(*tensors), _of_class(tensors, dim, new)
    assert type(a.grad_fn) is Cat
    assert a.grad_fn.kept == b.grad_fn.kept
    assert [e and e[0] is f[0] for e, f in zip(a.grad_fn.edges, b.grad_fn.edges)] == [
        e and True for e in b.grad_fn.edges
    ]
    upstream = random(b.shape, seed=9).requires_grad_()
    found = gradients(direct, tensors, upstream)
    assert_same(found, gradients(lambda *given: _of_class(given, dim, new), tensors, upstream))
    others = [torch.tensor(t.detach().numpy()) for t in tensors]
    expected = (torch.stack if new else torch.cat)(tuple(others), dim)
    np.testing.assert_array_equal(found[0].detach().numpy(), expected.numpy())
    assert found[0].stride() == expected.stride()


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int8", "int16", "float16", "bfloat16", "int32", "int64", "float64"]
)
def test_every_real_dtype_is_joined(dtype):
    x, y = [mg.arange(n).reshape(2, -1).to(getattr(mg, dtype)) for n in (6, 10)]
    found = backend.join(_CAT, (x, y), 1, False)
    assert_same([found], [_of_class([x, y], 1, False)])


def test_what_the_direct_call_does_not_know_goes_the_general_way():
    x = mg.ones(3, 4)
    refused = [
        ([], 0), ([x, x.double()], 0), ([x, x.t()], 0), ([x, x[:2]], 1), ([x, x[0]], 0), ([x, x[:0]], 0),
        ([x] * 9, 0), ([x, None], 0), ([1, x], 0), (x, 0), (None, 0), (iter([x]), 0), ([x], 2), ([x], -3), ([x], True),
        ([x], 1 << 70), ([x], None), ([x.to(mg.complex64)], 0), ([x.to("meta")] * 2, 0), ([mg.tensor(1.0)], 0),
        ([x, x.to_sparse()], 0), ([mg.ones(4, 3).t()], 0),
    ]  # fmt: skip
    assert all(backend.join(_CAT, *arguments, False) is None for arguments in refused)
    assert backend.join(_CAT, [x, x[:2]], 0, True) is None
    assert mg.cat([x] * 9).shape == (27, 4)
    with pytest.raises(RuntimeError, match="Sizes of tensors must match"):
        mg.cat([x, x[:2]], 1)
    with pytest.raises(RuntimeError, match="each tensor to be equal size"):
        mg.stack([x, x[:2]])


def test_joining_within_other_calls():
    x, y = random((4, 5)).requires_grad_(), random((4, 5), seed=1)
    with mg.no_grad():
        assert mg.cat([x, y]).grad_fn is None
    assert_same([mg.vmap(lambda a, b: mg.cat([a, b]))(x, y)], [mg.cat([x, y], 1)])
    weight = random((5, 5)).requires_grad_()

    @mg.compile
    def step(x):
        weight.grad = None
        loss = (mg.cat([x @ weight, x], 1).square().sum() + mg.stack([x @ weight, x]).sum()) * 0.1
        loss.backward()
        return loss.detach(), weight.grad.clone()

    for seed in range(4):
        x = random((4, 5), seed=seed)
        z = x @ weight
        loss = (_of_class([z, x], 1, False).square().sum() + _of_class([z, x], 0, True).sum()) * 0.1
        for a, b in zip(step(x), [loss, *mg.autograd.grad(loss, [weight])]):
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5)
