"""Embedding and EmbeddingBag, against torch."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


INDEX = np.array([[1, 4, 1], [0, 1, 6]])


def pair(name, *args, **options):
    """Return a layer and torch's, with the same table."""
    mg.manual_seed(1)
    ours = getattr(nn, name)(*args, dtype=mg.float64, **options)
    theirs = getattr(torch.nn, name)(*args, dtype=torch.float64, **options)
    theirs.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in ours.state_dict().items()})
    return ours, theirs


def compare(ours, theirs, *args, weights=None):
    """Compare results, gradients and tables, which may be renormalised."""
    a = ours(*[mg.tensor(x) for x in args], **({} if weights is None else {"per_sample_weights": mg.tensor(weights)}))
    b = theirs(*[torch.tensor(x) for x in args],
               **({} if weights is None else {"per_sample_weights": torch.tensor(weights)}))  # fmt: skip
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12)
    factors = np.cos(np.arange(a.numel())).reshape(tuple(a.shape))
    (a * a * mg.tensor(factors)).sum().backward()
    (b * b * torch.tensor(factors)).sum().backward()
    np.testing.assert_allclose(ours.weight.detach().numpy(), theirs.weight.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(ours.weight.grad.numpy(), theirs.weight.grad.numpy(), rtol=1e-12, atol=1e-15)


OPTIONS = [
    {}, {"padding_idx": 1}, {"padding_idx": -1}, {"max_norm": 1.0}, {"max_norm": 1.0, "norm_type": 1.0},
    {"max_norm": 0.5, "norm_type": float("inf")}, {"max_norm": 1.0, "norm_type": 3.0}, {"scale_grad_by_freq": True},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("index", [INDEX, INDEX[0], np.int64(3), INDEX.astype("int32")], ids=lambda i: str(i.shape))
def test_embedding_agrees_with_torch(options, index):
    ours, theirs = pair("Embedding", 7, 5, **options)
    compare(ours, theirs, index)
    assert repr(ours) == repr(theirs)


def test_padding_starts_as_zeros():
    assert nn.Embedding(4, 3, padding_idx=2).weight[2].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("name", ["Embedding", "EmbeddingBag"])
def test_from_pretrained(name):
    table = mg.tensor([[1.0, 2.0], [3.0, 4.0]])
    layer = getattr(nn, name).from_pretrained(table)
    assert not layer.weight.requires_grad
    assert layer(mg.tensor([[1]])).reshape(-1).tolist() == [3.0, 4.0]
    assert getattr(nn, name).from_pretrained(table, freeze=False).weight.requires_grad


MODES = [
    {"mode": "sum"}, {"mode": "mean"}, {"mode": "max"}, {"mode": "sum", "padding_idx": 1},
    {"mode": "mean", "padding_idx": 1}, {"mode": "max", "padding_idx": 1}, {"mode": "mean", "max_norm": 1.0},
]  # fmt: skip


@pytest.mark.parametrize("options", MODES, ids=str)
def test_bags_agree_with_torch(options):
    ours, theirs = pair("EmbeddingBag", 7, 5, **options)
    compare(ours, theirs, INDEX)
    assert repr(ours) == repr(theirs)
    flat, offsets = np.array([1, 2, 4, 5, 4, 3, 1, 1]), np.array([0, 3, 3, 6])
    compare(*pair("EmbeddingBag", 7, 5, **options), flat, offsets)
    compare(*pair("EmbeddingBag", 7, 5, include_last_offset=True, **options), flat, np.append(offsets, 8))


def test_bags_with_weights():
    for index, offsets in ((INDEX, ()), (INDEX[0], (np.array([0, 2]),))):
        weights = np.random.default_rng(0).normal(size=index.shape)
        compare(*pair("EmbeddingBag", 7, 5, mode="sum"), index, *offsets, weights=weights)


@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_bags_divide_gradients_by_frequency_as_embedding_does(mode):
    # torch divides the gradient of the index after a repeated one too
    bag = nn.EmbeddingBag(7, 5, mode=mode, scale_grad_by_freq=True)
    single = nn.Embedding(7, 5, scale_grad_by_freq=True, _weight=bag.weight.detach().clone())
    index = mg.tensor(INDEX)
    (bag(index) ** 2).sum().backward()
    (getattr(single(index), mode)(1) ** 2).sum().backward()
    np.testing.assert_allclose(bag.weight.grad.numpy(), single.weight.grad.numpy(), rtol=1e-6)


def test_compiled_lookup():
    mg.manual_seed(0)
    layer = nn.Embedding(50, 9, padding_idx=0)

    def step(index):
        layer.zero_grad()
        loss = (layer(index) ** 2).sum()
        loss.backward()
        return loss

    compiled = mg.compile(step, fullgraph=True)
    for seed in range(4):
        index = mg.tensor(np.random.default_rng(seed).integers(0, 50, (3, 20)))
        expected, grad = step(index).item(), layer.weight.grad.tolist()
        assert compiled(index).item() == expected
        assert layer.weight.grad.tolist() == grad
    with pytest.raises(IndexError):
        compiled(mg.tensor(np.full((3, 20), 50)))


@pytest.mark.parametrize("bad", [7, -1])
def test_index_outside_the_table(bad):
    for name, kind in (("Embedding", IndexError), ("EmbeddingBag", RuntimeError)):
        with pytest.raises(kind, match=str(bad)):
            getattr(nn, name)(7, 2)(mg.tensor([[0, bad]]))


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("options", [{}, {"max_norm": 1.0}])
def test_a_bag_of_unknown_rows_is_refused_as_by_torch(mode, options):
    kinds = []
    for m in (mg, torch):
        for index in (m.tensor([[5, 1]]), m.tensor([[0, -1]])):
            with pytest.raises((RuntimeError, IndexError)) as caught:
                m.nn.EmbeddingBag(3, 2, mode=mode, **options)(index)
            kinds.append(caught.type)
    assert kinds[:2] == kinds[2:]
