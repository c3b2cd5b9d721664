"""Masked tensors against torch's: what they are, print, compute, and what gradients they get."""

import copy
import pickle

import mocrograd as mg
import pytest
from mocrograd import masked

torch = pytest.importorskip("torch", reason="the reference for masked tensors")
pytestmark = pytest.mark.filterwarnings(
    "ignore:The PyTorch API of MaskedTensors", "ignore:It is not recommended", "ignore:.*is not implemented in __torch"
)

X = [[1.0, 2.0, 3.0], [4.0, 0.5, -6.0], [0.0, -1.0, 7.5]]
MASK = [[True, False, True], [False, False, False], [True, True, False]]
F = {mg: mg.nn.functional, torch: torch.nn.functional}

VALUES = {
    "print": lambda m, x, y: x,
    "a number": lambda m, x, y: x.sum(),
    "integers": lambda m, x, y: x.int(),
    "bools": lambda m, x, y: x > 2,
    "exp": lambda m, x, y: x.exp(),
    "log": lambda m, x, y: m.log(x),
    "clamp": lambda m, x, y: x.clamp(0, 3),
    "neg": lambda m, x, y: -x,
    "abs": lambda m, x, y: abs(x),
    "add": lambda m, x, y: x + y,
    "sub": lambda m, x, y: x - 2,
    "mul": lambda m, x, y: x * m.tensor([1.0, 2.0, 3.0]),
    "widened": lambda m, x, y: x * m.ones(2, 3, 3),
    "div": lambda m, x, y: m.div(x, y),
    "pow": lambda m, x, y: x**2,
    "eq": lambda m, x, y: x == y,
    "lt": lambda m, x, y: x < y,
    "maximum": lambda m, x, y: m.maximum(x, y),
    "in place": lambda m, x, y: y.mul_(2).add_(1),
    "sum": lambda m, x, y: x.sum(1),
    "sum kept": lambda m, x, y: m.sum(x, 0, True),
    "mean": lambda m, x, y: x.mean(dim=1, keepdim=True),
    "amax": lambda m, x, y: x.amax(1),
    "amin": lambda m, x, y: x.amin(),
    "argmax": lambda m, x, y: x.argmax(1),
    "prod": lambda m, x, y: x.prod(0),
    "all": lambda m, x, y: (x > 0).all(1),
    "std": lambda m, x, y: x.std(0),
    "var": lambda m, x, y: x.var(),
    "transpose": lambda m, x, y: x.transpose(0, 1),
    "t": lambda m, x, y: x.t(),
    "row": lambda m, x, y: x[0],
    "slice": lambda m, x, y: x[:, 1:],
    "reshape": lambda m, x, y: x.reshape(9),
    "unsqueeze": lambda m, x, y: x.unsqueeze(1),
    "expand": lambda m, x, y: x.expand(2, 3, 3),
    "split": lambda m, x, y: x.split(2)[1],
    "cat": lambda m, x, y: m.cat([x, y], 1),
    "stack": lambda m, x, y: m.stack([x, y]),
    "softmax": lambda m, x, y: F[m].softmax(x, -1),
    "where": lambda m, x, y: m.where(m.tensor(X) > 1, x, y),
    "where of tensors": lambda m, x, y: m.where(m.tensor(MASK), x, m.ones(3, 3)),
    "to": lambda m, x, y: x.to(m.float64),
    "clone": lambda m, x, y: x.clone(),
    "detach": lambda m, x, y: x.detach(),
    "ones": lambda m, x, y: m.ones_like(x),
    "elements": lambda m, x, y: x.get_data(),
    "mask": lambda m, x, y: x.get_mask(),
    "tensor": lambda m, x, y: x.to_tensor(-1),
    "facts": lambda m, x, y: (
        tuple(x.shape),
        x.dim(),
        len(x),
        x.numel(),
        x.is_contiguous(),
        x.requires_grad,
        x.is_leaf,
    ),
    "item": lambda m, x, y: x.sum().item(),
    "masked-out item": lambda m, x, y: x[0, 1].item(),
    "other masks": lambda m, x, y: x + module(m).masked_tensor(m.tensor(X), ~m.tensor(MASK)),
    "matmul": lambda m, x, y: x @ y,
    "gelu": lambda m, x, y: F[m].gelu(x),
    "sort": lambda m, x, y: x.sort(),
    "any": lambda m, x, y: x.any(),
    "in place of a leaf": lambda m, x, y: x.add_(1),
    "no tensor": lambda m, x, y: module(m).masked_tensor([1.0], m.tensor([True])),
    "no bools": lambda m, x, y: module(m).masked_tensor(m.ones(2), m.ones(2)),
    "no such dtype": lambda m, x, y: module(m).masked_tensor(m.ones(2).to(m.uint8), m.ones(2) > 0),
    "another shape": lambda m, x, y: module(m).masked_tensor(m.ones(2), m.ones(3) > 0),
    "another rank": lambda m, x, y: module(m).masked_tensor(m.ones(2), m.ones(1, 2) > 0),
    "of a masked one": lambda m, x, y: module(m).masked_tensor(x, m.tensor(MASK)),
}


def module(m):
    return masked if m is mg else torch.masked


def pair(m):
    x = module(m).masked_tensor(m.tensor(X), m.tensor(MASK), requires_grad=True)
    return x, module(m).masked_tensor(m.tensor(X) * 2, m.tensor(MASK))


def told(m, case):
    try:
        return plain(case(m, *pair(m)))
    except (TypeError, ValueError, RuntimeError) as error:
        return type(error)


def plain(x):
    if hasattr(x, "get_mask"):
        return repr(x), str(x.dtype).split(".")[1], tuple(x.shape), x.get_mask().tolist(), x.requires_grad
    return x.tolist() if hasattr(x, "tolist") else x


@pytest.mark.parametrize("name", VALUES)
def test_values(name):
    assert told(mg, VALUES[name]) == told(torch, VALUES[name])


GRADIENTS = {
    "sum": lambda m, x, w: (x * x).sum(),
    "row sums": lambda m, x, w: (x.exp().sum(1) * m.tensor([1.0, 5.0, 3.0])).sum(),
    "log": lambda m, x, w: (x.log() * w).sum(),
    "mean": lambda m, x, w: x.mean(),
    "amax": lambda m, x, w: x.amax(1).sum(),
    "std": lambda m, x, w: x.std(),
    "softmax": lambda m, x, w: (x.softmax(1) * w).sum(),
    "elements": lambda m, x, w: (x.get_data() * w).sum(),
    "shape": lambda m, x, w: (x.reshape(9) * m.arange(9.0)).sum(),
    "division": lambda m, x, w: (w / (x * 2 + 2)).sum() if m is mg else ((x * 2 + 2).reciprocal() * w).sum(),
    "tensor": lambda m, x, w: (x.to_tensor(0) * w).sum(),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(name):
    found = []
    for m in (mg, torch):
        x, _ = pair(m)
        y = GRADIENTS[name](m, x, m.tensor([3.0, 2.0, 1.0]))
        y.backward()
        found.append((repr(x.grad), plain(y.detach())))
    assert found[0] == found[1]


def test_what_is_masked_out_leaves_no_trace_in_other_gradients():
    x = masked.masked_tensor(mg.tensor([0.0, 1.0, -1.0]), mg.tensor([False, True, False]))
    w = mg.tensor(2.0, requires_grad=True)
    (x.log() * w + w / x).sum().backward()
    assert w.grad.item() == 1.0


def test_gradients_of_the_elements_tensor():
    data = mg.tensor([1.0, -2.0, 3.0], requires_grad=True)
    x = masked.as_masked_tensor(data, mg.tensor([True, False, True]))
    assert x.requires_grad
    assert not x.is_leaf
    x.log().sum().backward(create_graph=True)
    assert data.grad.tolist() == pytest.approx([1.0, 0.0, 1 / 3])
    (second,) = mg.autograd.grad((x * x * x).sum(), data, create_graph=True)
    assert mg.autograd.grad(second.sum(), data)[0].tolist() == [6.0, 0.0, 18.0]


def test_gradients_that_are_asked_for():
    x, _ = pair(mg)
    (grad,) = mg.autograd.grad((x * x).sum(), x)
    assert grad.to_tensor(0).tolist() == [[2.0, 0.0, 6.0], [0.0, 0.0, 0.0], [0.0, -2.0, 0.0]]
    assert x.grad is None
    seen = []
    x.register_hook(lambda g: seen.append(repr(g)))
    (x * x).backward(masked.masked_tensor(mg.ones(3, 3), x.get_mask()))
    assert seen == [repr(x.grad)]
    x.grad = None
    assert x.grad is None


def test_copies():
    x, _ = pair(mg)
    for other in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert repr(other) == repr(x)
        assert other.requires_grad
        assert masked.is_masked_tensor(other)
    assert not any(map(masked.is_masked_tensor, (mg.ones(2), None)))


def test_what_is_refused_says_so():
    x, _ = pair(mg)
    for call in (lambda: x @ x, lambda: mg.nn.functional.linear(x, x), lambda: mg.cumsum(x, 0), lambda: mg.tensor(x)):
        with pytest.raises(TypeError, match="got a MaskedTensor, of which this operation has no form: use get_data"):
            call()
    with pytest.raises(TypeError, match="use to_dense"):
        masked.masked_tensor(mg.eye(2).to_sparse(), mg.eye(2) > 0)
    with pytest.raises(TypeError, match="without a mask cannot hold"):
        mg.ones(3, 3).add_(x)
    with pytest.raises(RuntimeError, match=r"Use MaskedTensor\.to_tensor"):
        x.numpy()


def test_a_compiled_function_runs_eagerly():
    fast = mg.compile(lambda x, mask: masked.masked_tensor(x * 2, mask).sum().get_data())
    for shift in range(3):
        x, mask = mg.tensor(X) + shift, mg.tensor(MASK)
        assert fast(x, mask).item() == 2 * masked.sum(x, mask=mask).item()
    assert "MaskedTensor" in str(fast.reasons)
