"""The device without memory: shapes, dtypes and strides follow operations as on others, and nothing has a value."""

import copy

import mocrograd as mg
import pytest
from mocrograd import nn

MAKERS = {
    "empty": lambda m, d: m.empty(2, 3, device=d),
    "zeros": lambda m, d: m.zeros(2, dtype=m.int64, device=d),
    "ones": lambda m, d: m.ones(2, requires_grad=True, device=d),
    "full": lambda m, d: m.full((2, 2), 3.5, device=d),
    "arange": lambda m, d: m.arange(5, device=d),
    "linspace": lambda m, d: m.linspace(0, 1, 4, device=d),
    "eye": lambda m, d: m.eye(3, device=d),
    "randn": lambda m, d: m.randn(3, device=d),
    "rand": lambda m, d: m.rand(3, device=d),
    "randint": lambda m, d: m.randint(0, 9, (3,), device=d),
    "tensor": lambda m, d: m.tensor([[1, 2], [3, 4]], device=d),
    "zeros_like": lambda m, d: m.zeros_like(m.ones(3), device=d),
    "to": lambda m, d: m.ones(3).to(d),
    "new_zeros": lambda m, d: m.ones(3).to(d).new_zeros(2),
}
OPERATIONS = {
    "view": lambda m, x: x.view(-1),
    "slice": lambda m, x: x[1:, ::2],
    "transpose": lambda m, x: x.t(),
    "cast": lambda m, x: x.to(m.float64),
    "compare": lambda m, x: x > 0,
    "broadcast": lambda m, x: x + m.ones(2, 1, 4, device="meta"),
    "number": lambda m, x: x * 2 + 1,
    "host_scalar": lambda m, x: x * m.tensor(2.0),
    "matmul": lambda m, x: x @ x.T,
    "linear": lambda m, x: m.nn.functional.linear(x, m.ones(5, 4, device="meta")),
    "softmax": lambda m, x: x.softmax(-1),
    "sum": lambda m, x: x.sum(0),
    "total": lambda m, x: x.sum(),
    "argmax": lambda m, x: x.argmax(1),
    "sort": lambda m, x: x.sort(-1).indices,
    "cat": lambda m, x: m.cat([x, x]),
    "where": lambda m, x: m.where(x > 0, x, 0.0),
    "tril": lambda m, x: x.tril(),
    "index": lambda m, x: x[m.tensor([0, 2], device="meta")],
    "layer_norm": lambda m, x: m.nn.functional.layer_norm(x, (4,)),
    "embedding": lambda m, x: m.nn.functional.embedding(m.zeros(2, dtype=m.int64, device="meta"), x),
    "attention": lambda m, x: m.nn.functional.scaled_dot_product_attention(*[x.view(1, 2, 3, 2)] * 3).sum(1),
    "cross_entropy": lambda m, x: m.nn.functional.cross_entropy(x, m.zeros(3, dtype=m.int64, device="meta")),
    "in_place": lambda m, x: x.mul_(2).zero_().normal_(),
    "clone": lambda m, x: x.clone(),
    "deepcopy": lambda m, x: copy.deepcopy(x),
}


def told(x):
    """Returns what a tensor is, apart from its values."""
    dtype = str(x.dtype).rpartition(".")[2]
    return tuple(x.shape), x.stride(), dtype, str(x.device), x.requires_grad, x.is_leaf, x.is_contiguous()


@pytest.mark.parametrize("name", MAKERS)
def test_made_without_memory(name):
    torch = pytest.importorskip("torch")
    ours, theirs = MAKERS[name](mg, "meta"), MAKERS[name](torch, torch.device("meta"))
    assert told(ours) == told(theirs)
    assert ours.is_meta
    assert not ours.is_cpu
    assert not ours.is_cuda
    assert ours.data_ptr() == ours.untyped_storage().data_ptr() == 0
    assert repr(ours).replace("mocrograd.", "torch.") == repr(theirs)


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_give_shapes(name):
    torch = pytest.importorskip("torch")
    ours, theirs = (OPERATIONS[name](m, m.ones(3, 4, device="meta")) for m in (mg, torch))
    assert told(ours) == told(theirs)


def test_it_takes_no_memory():
    before = mg.memory_stats()["allocated"]
    x = mg.empty(1 << 20, 1 << 20, device="meta")
    y = (x + 1).t()
    assert y.nbytes == 4 << 40
    assert mg.memory_stats()["allocated"] - before < 1 << 16


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: x.sum().item(), RuntimeError, r"Tensor\.item\(\) cannot be called on meta tensors"),
        (lambda x: bool(x.sum()), RuntimeError, "meta tensors"),
        (lambda x: x.cpu(), NotImplementedError, "Cannot copy out of meta tensor; no data!"),
        (lambda x: x.tolist(), NotImplementedError, "Cannot copy out of meta tensor; no data!"),
        (lambda x: mg.zeros(3, 4).copy_(x), NotImplementedError, "Cannot copy out of meta tensor; no data!"),
        (lambda x: x.numpy(), TypeError, "can't convert meta device type tensor to numpy"),
        (lambda x: x + mg.ones(3, 4), RuntimeError, "at least two devices, meta and cpu"),
        (lambda x: x.nonzero(), NotImplementedError, "meta tensor"),
    ],
)
def test_values_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(mg.empty(3, 4, device="meta"))


def test_random_numbers_are_not_taken():
    mg.manual_seed(0)
    expected = mg.rand(3)
    mg.manual_seed(0)
    with mg.device("meta"):
        nn.init.normal_(nn.Linear(100, 100).weight)
    assert mg.equal(mg.rand(3), expected)


def test_gradients_without_memory():
    with mg.device("meta"):
        model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3))
        model(mg.ones(5, 1, 4, 4)).logsumexp(1).mean().backward()
    assert {p.grad.device.type for p in model.parameters()} == {"meta"}


def test_modules_get_memory_later():
    with mg.device("meta"):
        model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    other = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    with pytest.raises(NotImplementedError, match=r"use mocrograd\.nn\.Module\.to_empty"):
        model.to("cpu")
    with pytest.warns(UserWarning, match="assign=True"):
        model.load_state_dict(other.state_dict())
    assert model[0].weight.is_meta
    kept = copy.deepcopy(model).to_empty(device="cpu")
    kept.load_state_dict(other.state_dict())
    assert mg.equal(kept[0].weight, other[0].weight)
    model.load_state_dict(other.state_dict(), assign=True)
    assert model[0].weight.data_ptr() == other[0].weight.data_ptr()
    assert not any(t.is_meta for t in model.state_dict().values())
