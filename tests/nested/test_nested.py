"""Nested tensors of layout jagged against torch's: what they are, compute and refuse, and gradients."""

import copy
import pickle

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the reference for nested tensors")
pytestmark = pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors", "ignore::FutureWarning")

A = [[0.0, 1.0, 2.0], [3.0, -4.0, 5.0]]
B = [[0.5, 0.1, -0.2], [0.3, 0.4, 0.5], [0.6, 0.7, 0.8]]


def rows(m, **options):
    return m.nested.nested_tensor([m.tensor(A), m.tensor(B)], layout=m.jagged, **options)


def equal_rows(m):
    return m.nested.nested_tensor([m.tensor(B), m.tensor(B) * 2], layout=m.jagged)


def wide(m, shape, dtype="float32"):
    return (m.arange(float(np.prod(shape))).reshape(shape) * 0.1 + 0.05).to(getattr(m, dtype))


F = {mg: mg.nn.functional, torch: torch.nn.functional}
VALUES = {
    "itself": lambda m, x: x,
    "size": lambda m, x: (x.dim(), x.size(0), x.size(2), len(x), x.numel(), x.is_nested, x.requires_grad, x.is_leaf),
    "layout": lambda m, x: str(x.layout).split(".")[1],
    "offsets": lambda m, x: x.offsets(),
    "unbind": lambda m, x: x.unbind(),
    "row": lambda m, x: x[1],
    "element of a row": lambda m, x: x[0, 1],
    "last column": lambda m, x: x[..., -1],
    "padded": lambda m, x: x.to_padded_tensor(-1),
    "padded more": lambda m, x: m.nested.to_padded_tensor(x, 0.5, (2, 5, 3)),
    "numbers": lambda m, x: x * 2 + 1,
    "right numbers": lambda m, x: 1 - x / 2,
    "unary": lambda m, x: m.sin(x).exp().abs().neg(),
    "binary": lambda m, x: x * x.cos() + x,
    "comparison": lambda m, x: x > x.sin(),
    "vector": lambda m, x: x + wide(m, (3,)),
    "vector first": lambda m, x: wide(m, (3,)) - x,
    "a number for each row": lambda m, x: x * wide(m, (2, 1, 1)),
    "a vector for each row": lambda m, x: x * wide(m, (2, 1, 3)),
    "a padded one": lambda m, x: x + wide(m, (2, 3, 3)),
    "in place": lambda m, x: x.detach().clone().mul_(2).add_(1),
    "where": lambda m, x: m.where(x > 0, x, x * 0),
    "where of it": lambda m, x: x.where(x > 0, x * 2),
    "masked_fill": lambda m, x: x.masked_fill(x > 1, 9.0),
    "dtype": lambda m, x: x.to(m.float64),
    "integers": lambda m, x: x.long(),
    "clone": lambda m, x: x.clone().detach(),
    "zeros": lambda m, x: m.zeros_like(x),
    "sum": lambda m, x: x.sum(),
    "mean": lambda m, x: x.mean(),
    "max": lambda m, x: x.max(),
    "row sums": lambda m, x: x.sum(1),
    "row sums kept": lambda m, x: x.sum(dim=1, keepdim=True),
    "row means": lambda m, x: x.mean(1),
    "greatest of rows": lambda m, x: x.amax(1),
    "max of rows": lambda m, x: tuple(x.max(1)),
    "least of rows": lambda m, x: m.amin(x, 1),
    "any": lambda m, x: (x > 4).any(1),
    "last": lambda m, x: x.sum(-1),
    "last kept": lambda m, x: x.mean(-1, keepdim=True),
    "rows and batch": lambda m, x: x.sum((0, 1)),
    "argmax": lambda m, x: x.argmax(-1),
    "softmax": lambda m, x: x.softmax(-1),
    "softmax of rows": lambda m, x: m.softmax(x, 1),
    "log_softmax": lambda m, x: F[m].log_softmax(x, -1),
    "transpose": lambda m, x: x.transpose(1, 2),
    "transposed twice": lambda m, x: x.transpose(1, 2).sin().transpose(-1, -2),
    "unflatten": lambda m, x: x.unflatten(-1, (3, 1)),
    "heads": lambda m, x: x.unflatten(-1, (3, 1)).transpose(1, 2),
    "flatten": lambda m, x: x.unflatten(-1, (1, 3)).flatten(-2),
    "view": lambda m, x: x.view(2, -1, 3, 1),
    "view of the size": lambda m, x: x.reshape(2, x.size(1), 1, 3),
    "unsqueeze": lambda m, x: x.unsqueeze(-1),
    "squeeze": lambda m, x: x.unsqueeze(2).squeeze(2),
    "chunk": lambda m, x: x.chunk(3, -1),
    "split": lambda m, x: x.split(2, dim=-1),
    "permute": lambda m, x: x.permute(0, 2, 1),
    "cat": lambda m, x: m.cat([x, x * 2], -1),
    "stack": lambda m, x: m.stack([x, x], -1),
    "select": lambda m, x: x.select(-1, 1),
    "narrow": lambda m, x: x.narrow(-1, 1, 2),
    "matrix": lambda m, x: x @ wide(m, (3, 2)),
    "matrices": lambda m, x: m.matmul(x, wide(m, (2, 3, 4))),
    "product of rows": lambda m, x: m.matmul(x.transpose(1, 2), x),
    "linear": lambda m, x: F[m].linear(x, wide(m, (2, 3)), wide(m, (2,))),
    "layer_norm": lambda m, x: F[m].layer_norm(x, (3,), wide(m, (3,))),
    "rms_norm": lambda m, x: F[m].rms_norm(x, (3,)),
    "embedding": lambda m, x: F[m].embedding(x.long().clamp(0, 2), wide(m, (3, 2))),
    "activations": lambda m, x: F[m].silu(F[m].relu(F[m].gelu(x, approximate="tanh"))),
    "dropout": lambda m, x: F[m].dropout(x, 0.5, False),
    "equal lengths": lambda m, x: equal_rows(m) * 2,
    "from a list": lambda m, x: m.nested.nested_tensor([[1, 2], [3]], layout=m.jagged),
    "of a tensor": lambda m, x: m.nested.as_nested_tensor(m.tensor(B), layout=m.jagged),
    "another ragged dim": lambda m, x: m.nested.nested_tensor([m.tensor(A), m.tensor(A)[:, :1]], layout=m.jagged),
    "from offsets": lambda m, x: m.nested.nested_tensor_from_jagged(m.tensor(B), m.tensor([0, 1, 1, 3])),
    "from lengths": lambda m, x: m.nested.nested_tensor_from_jagged(m.tensor(B), lengths=m.tensor([2, 1])),
    "from columns": lambda m, x: m.nested.nested_tensor_from_jagged(m.tensor(B), m.tensor([0, 1, 3]), jagged_dim=2),
    "masked_select": lambda m, x: m.nested.masked_select(m.tensor(B), m.tensor(B) > 0.35),
    "other rows": lambda m, x: x + rows(m),
    "a matrix": lambda m, x: x + m.ones(5, 3),
    "batch alone": lambda m, x: x.sum(0),
    "ragged and last": lambda m, x: x.sum((1, 2)),
    "batch transposed": lambda m, x: x.transpose(0, 1),
    "flatten rows": lambda m, x: x.flatten(1, 2),
    "batch unsqueezed": lambda m, x: x.unsqueeze(0),
    "batch joined": lambda m, x: m.cat([x, x], 0),
    "sort": lambda m, x: x.sort(),
    "cumsum": lambda m, x: x.cumsum(-1),
    "numpy": lambda m, x: x.numpy(),
    "item": lambda m, x: x.item(),
    "two dtypes": lambda m, x: m.nested.nested_tensor([m.ones(2), m.ones(2).double()], layout=m.jagged),
    "two ranks": lambda m, x: m.nested.nested_tensor([m.ones(2), m.ones(2, 2)], layout=m.jagged),
    "two ragged": lambda m, x: m.nested.nested_tensor([m.ones(2, 3), m.ones(3, 2)], layout=m.jagged),
    "no rows": lambda m, x: m.nested.nested_tensor([], layout=m.jagged),
    "numbers as rows": lambda m, x: m.nested.nested_tensor([m.tensor(1.0)], layout=m.jagged),
    "no bounds": lambda m, x: m.nested.nested_tensor_from_jagged(m.tensor(B)),
    "no tensor": lambda m, x: m.nested.nested_tensor_from_jagged([1.0], m.tensor([0, 1])),
    "narrow of columns": lambda m, x: m.nested.narrow(m.tensor(A), 2, 0, 1, layout=m.jagged),
    "attention to a plain one": lambda m, x: F[m].scaled_dot_product_attention(x, x, m.ones(2, 3, 3)),
}


def plain(x):
    if isinstance(x, (list, tuple)):
        return [plain(one) for one in x]
    if getattr(x, "is_nested", False):
        shape = [size if type(size) is int else "j" for size in x.shape]
        return shape, str(x.dtype).split(".")[1], [row.detach().tolist() for row in x.unbind()]
    return (str(x.dtype).split(".")[1], x.detach().tolist()) if hasattr(x, "detach") else x


def told(m, case):
    try:
        return plain(case(m, rows(m, requires_grad=True)))
    except (TypeError, ValueError, RuntimeError, NotImplementedError) as error:
        return type(error).__name__


def same(found, expected):
    if isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-5, abs=2e-6)
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            same(one, other)
    else:
        assert found == expected


@pytest.mark.parametrize("name", VALUES)
def test_values(name):
    same(told(mg, VALUES[name]), told(torch, VALUES[name]))


GRADIENTS = {
    "pointwise": lambda m, x, w: ((x * w).sin() * x).sum(),
    "padded": lambda m, x, w: (x.to_padded_tensor(3.0) * wide(m, (2, 3, 3)) * w).sum(),
    "a vector for each row": lambda m, x, w: (x * (w * wide(m, (2, 1, 1)))).exp().sum(),
    "shapes": lambda m, x, w: (x.unsqueeze(-1).squeeze(-1).transpose(1, 2).sin().transpose(1, 2).values() ** 2).sum(),
    "products": lambda m, x, w: (
        (m.matmul(x, wide(m, (2, 3, 4))).sin().sum() + (x @ wide(m, (3, 2))).cos().sum()) * w.sum()
    ),
    "layer_norm": lambda m, x, w: (F[m].layer_norm(x, (3,), w) * x).sum(),
    "rows of it": lambda m, x, w: sum((i + 1.0) * (row * w).sum() for i, row in enumerate(x.unbind())),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(name):
    found = []
    for m in (mg, torch):
        x, w = rows(m, requires_grad=True), m.tensor([1.0, -2.0, 0.5], requires_grad=True)
        GRADIENTS[name](m, x, w).backward()
        found.append((plain(x.grad), plain(w.grad)))
    same(*found)


@pytest.mark.parametrize(("lengths", "causal"), [((2, 5, 1), False), ((4, 4), False), ((3, 2), True)])
def test_attention(lengths, causal):
    """Against attention of each row by itself."""
    query = mg.nested.nested_tensor([wide(mg, (n, 4)).sin() for n in lengths], layout=mg.jagged, requires_grad=True)
    context = mg.nested.nested_tensor([wide(mg, (n + 1, 4)).cos() for n in lengths], layout=mg.jagged)
    q, k = (x.unflatten(-1, (2, 2)).transpose(1, 2) for x in (query, context))
    out = F[mg].scaled_dot_product_attention(q, k, k * 2, is_causal=causal).transpose(1, 2).flatten(-2)
    out.sin().sum().backward()
    for row, grad, one, other in zip(out.unbind(), query.grad.unbind(), query.unbind(), context.unbind(), strict=True):
        x = torch.tensor(one.detach().numpy(), requires_grad=True)
        heads = [y.unflatten(-1, (2, 2)).transpose(0, 1)[None] for y in (x, torch.tensor(other.numpy()))]
        wanted = F[torch].scaled_dot_product_attention(heads[0], heads[1], heads[1] * 2, is_causal=causal)
        wanted = wanted[0].transpose(0, 1).flatten(-2)
        wanted.sin().sum().backward()
        np.testing.assert_allclose(row.detach().numpy(), wanted.detach().numpy(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(grad.numpy(), x.grad.numpy(), rtol=1e-4, atol=1e-6)


def test_gradients_of_reductions_of_rows():
    """Against each row by itself; torch's of sums and of `amax` raise, and that of softmax is another one."""
    x, weights = rows(mg, requires_grad=True), wide(mg, (2, 3, 3))
    (x.softmax(1) * weights).sum().backward()
    found, x.grad = x.grad, None
    ((x.amax(1) + x.sum(1) * x.mean(1)) * weights[:, 0]).sum().backward()
    for i, row in enumerate((A, B)):
        one = torch.tensor(row, requires_grad=True)
        (one.softmax(0) * torch.tensor(weights[i, : len(row)].tolist())).sum().backward()
        np.testing.assert_allclose(found[i].numpy(), one.grad.numpy(), rtol=1e-4, atol=1e-7)
        one.grad = None
        ((one.amax(0) + one.sum(0) * one.mean(0)) * torch.tensor(weights[i, 0].tolist())).sum().backward()
        np.testing.assert_allclose(x.grad[i].numpy(), one.grad.numpy(), rtol=1e-5)


def test_gradients_of_what_it_is_made_of():
    x = mg.ones(2, 3, requires_grad=True)
    y = mg.nested.as_nested_tensor([x, x[:1] * 2], layout=mg.jagged)
    (y * y).sum().backward()
    assert x.grad.tolist() == [[10.0] * 3, [2.0] * 3]
    values = mg.tensor(B, requires_grad=True)
    mg.nested.nested_tensor_from_jagged(values, mg.tensor([0, 1, 3])).sin().values().sum().backward()
    assert values.grad.tolist() == values.detach().cos().tolist()
    leaf = rows(mg, requires_grad=True)
    (grad,) = mg.autograd.grad((leaf * leaf).sum(), leaf)
    assert plain(grad) == plain(leaf * 2)
    assert leaf.grad is None


def test_narrow():
    x = wide(mg, (2, 4, 3))
    part = mg.nested.narrow(x, 1, mg.tensor([0, 1]), mg.tensor([2, 3]), layout=mg.jagged)
    assert [row.tolist() for row in part.unbind()] == [x[0, :2].tolist(), x[1, 1:].tolist()]
    gaps = mg.nested.nested_tensor_from_jagged(mg.tensor(B), mg.tensor([0, 2, 3]), mg.tensor([1, 1]))
    assert gaps.values().tolist() == mg.tensor(B)[::2].tolist()
    for start, length in ((3, 2), (-1, 1), (0, -1)):
        with pytest.raises(RuntimeError, match="exceeds dimension size"):
            mg.nested.narrow(x, 1, start, length, layout=mg.jagged)


def test_offsets_that_do_not_fit():
    for offsets in ([0, 1, 9], [1, 3], [0, 2, 1, 3], [0, 2], [-1, 3]):
        with pytest.raises(RuntimeError, match="expected offsets that ascend"):
            mg.nested.nested_tensor_from_jagged(mg.tensor(B), mg.tensor(offsets))
    with pytest.raises(RuntimeError, match="vector of integers"):
        mg.nested.nested_tensor_from_jagged(mg.tensor(B), mg.tensor([0.0, 3.0]))


def test_the_ragged_size_is_no_number():
    x = rows(mg)
    assert x.shape[1] == (x * 2).shape[1] != rows(mg).shape[1]
    for use in (lambda j: j + 1, lambda j: 2 * j, lambda j: -j, lambda j: mg.ones(3).reshape(j)):
        with pytest.raises(RuntimeError):
            use(x.shape[1])
    assert repr(x).startswith(f"NestedTensor(size=(2, {x.shape[1]}, 3), offsets=tensor([0, 2, 5]), contiguous=True)")


def test_copies():
    x = rows(mg, requires_grad=True)
    for other in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert plain(other) == plain(x)
        assert other.requires_grad


def test_what_is_refused_says_so():
    x = rows(mg)
    for call in (x.sort, lambda: mg.flip(x, (2,)), lambda: mg.tensor(x)):
        with pytest.raises(NotImplementedError, match=r"use values|use offsets"):
            call()
    ordinary = mg.ones(2, 3, 3)
    for call in (lambda: ordinary.add_(x), lambda: ordinary.copy_(x), lambda: ordinary.masked_fill_(x > 0, 2.0)):
        with pytest.raises(RuntimeError, match="an ordinary tensor cannot hold"):
            call()
    with pytest.raises(NotImplementedError, match="out= is not supported"):
        mg.add(x, 1, out=ordinary)
    assert ordinary.tolist() == mg.ones(2, 3, 3).tolist()
    with pytest.raises(NotImplementedError, match=r"layout=mocrograd\.jagged"):
        mg.nested.nested_tensor([mg.ones(2)])


def test_a_compiled_function_runs_eagerly():
    fast = mg.compile(lambda a, b: mg.nested.as_nested_tensor([a, b], layout=mg.jagged).sum(1))
    for shift in range(3):
        a, b = mg.tensor(A) + shift, mg.tensor(B) * shift
        assert fast(a, b).tolist() == [a.sum(0).tolist(), b.sum(0).tolist()]
    assert "NestedTensor" in str(fast.reasons)


def test_autocast():
    x = mg.nested.nested_tensor([mg.randn(2, 4), mg.randn(3, 4)], layout=mg.jagged)
    linear = mg.nn.Linear(4, 2)
    with mg.autocast("cpu", dtype=mg.bfloat16):
        y = linear(x)
        assert mg.softmax(x, -1).dtype is mg.float32
    assert (y.dtype, y.layout) == (mg.bfloat16, mg.jagged)
    y.values().float().sum().backward()
    with mg.autocast("cpu", dtype=mg.bfloat16):
        expected = linear(x.values())
    assert y.values().tolist() == expected.tolist()
    assert linear.weight.grad.dtype is mg.float32
