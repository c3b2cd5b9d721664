"""Recurrent layers and cells, and packed sequences, against torch."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn
from mocrograd.nn.utils import rnn as packing

torch = pytest.importorskip("torch", reason="torch is not installed")
LAYERS = ("RNN", "LSTM", "GRU")
VARIANTS = [
    {}, {"bias": False}, {"num_layers": 2}, {"bidirectional": True}, {"batch_first": True},
    {"num_layers": 2, "bidirectional": True, "batch_first": True},
]  # fmt: skip
WITH_RELU = [("RNN", {"nonlinearity": "relu"}), ("LSTM", {"proj_size": 2}), ("LSTM", {"proj_size": 2, "num_layers": 2})]
CASES = [(name, options) for name in LAYERS for options in VARIANTS] + WITH_RELU


def pair(name, *args, dtype="float64", **options):
    """Return a layer and torch's, with the same parameters."""
    mg.manual_seed(1)
    ours = getattr(nn, name)(*args, dtype=getattr(mg, dtype), **options)
    theirs = getattr(torch.nn, name)(*args, dtype=getattr(torch, dtype), **options)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    theirs.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in ours.state_dict().items()})
    return ours, theirs


def both(*shape, dtype="float64", seed=0):
    """Return a leaf and torch's, with the same values."""
    values = np.random.default_rng(seed).normal(size=shape).astype(dtype)
    return mg.tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)


def flat(result):
    """Return the tensors of nested tuples."""
    if isinstance(result, (tuple, list)):
        return [t for part in result for t in flat(part)]
    return [] if result is None else [result]


def same(ours, theirs, tolerance=1e-10):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        assert tuple(a.shape) == tuple(b.shape)
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=tolerance, atol=tolerance)


def objective(tensors):
    """Return a number in which each element of each tensor has a weight of its own."""
    total = 0.0
    for place, t in enumerate(tensors):
        weights = np.cos(np.arange(t.numel()) + place).reshape(tuple(t.shape))
        module = mg if isinstance(t, mg.Tensor) else torch
        total = total + (t * t * module.tensor(weights).to(t.dtype)).sum()
    return total


def compare(layer, peer, ours, theirs, tolerance=1e-10):
    """Run both on the same arguments and compare results and all gradients."""
    a, b = flat(layer(*ours)), flat(peer(*theirs))
    same([t for t in a if t.dtype.is_floating_point], [t for t in b if t.dtype.is_floating_point], tolerance)
    objective([t for t in a if t.dtype.is_floating_point]).backward()
    objective([t for t in b if t.dtype.is_floating_point]).backward()
    inputs = [t for t in zip(flat(ours), flat(theirs)) if t[0].requires_grad and t[0].grad_fn is None]
    for x, y in [*inputs, *zip(layer.parameters(), peer.parameters())]:
        same([x.grad], [y.grad], tolerance)


def states(name, options, batch, seed=5):
    """Return first states for both, of layers with inputs of 3 and states of 4 features."""
    count = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
    middle = () if batch is None else (batch,)
    h = both(count, *middle, options.get("proj_size") or 4, seed=seed)
    c = both(count, *middle, 4, seed=seed + 1)
    return ((h[0], c[0]), (h[1], c[1])) if name == "LSTM" else h


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
@pytest.mark.parametrize("given", [False, True])
def test_layers_agree_with_torch(name, options, given):
    ours, theirs = pair(name, 3, 4, **options)
    x, y = both(*((2, 5, 3) if options.get("batch_first") else (5, 2, 3)))
    h, g = states(name, options, 2) if given else (None, None)
    compare(ours, theirs, (x, h), (y, g))


@pytest.mark.parametrize("name", LAYERS)
def test_one_sequence_without_a_batch(name):
    ours, theirs = pair(name, 3, 4, num_layers=2, batch_first=True)
    x, y = both(5, 3)
    compare(ours, theirs, (x, None), (y, None))
    x, y = both(5, 3)
    h, g = states(name, {"num_layers": 2}, None)
    compare(ours, theirs, (x, h), (y, g))


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("implementation", ["original", "dynamic", "fixed:2"])
@pytest.mark.parametrize(
    ("steps", "batch", "features", "hidden"), [(1, 1, 1, 1), (3, 9, 5, 17), (4, 33, 2, 40), (2, 17, 70, 33)]
)
def test_sizes_around_vectors_and_tiles(name, implementation, steps, batch, features, hidden):
    ours, theirs = pair(name, features, hidden, dtype="float32")
    x, y = both(steps, batch, features, dtype="float32")
    with mg.kernels(implementation):
        compare(ours, theirs, (x,), (y,), 2e-3)


@pytest.mark.parametrize("name", LAYERS)
def test_bits_do_not_depend_on_workers(name):
    layer = getattr(nn, name)(5, 19)
    data = np.random.default_rng(0).normal(size=(4, 37, 5)).astype("float32")
    results = []
    for workers in (1, 2, 3, 7):
        with mg.kernels("fixed", workers=workers):
            x = mg.tensor(data, requires_grad=True)
            layer.zero_grad()
            out = flat(layer(x))
            objective(out).backward()
            results.append(
                [t.detach().numpy().tobytes() for t in (*out, x.grad, *(p.grad for p in layer.parameters()))]
            )
    assert all(r == results[0] for r in results)


@pytest.mark.parametrize(
    ("name", "options"), [("RNN", {}), ("LSTM", {}), ("GRU", {}), ("LSTM", {"bidirectional": True})]
)
def test_second_derivatives(name, options):
    ours, theirs = pair(name, 3, 4, **options)
    (x, y), (h, g) = both(3, 2, 3), states(name, options, 2)
    found = []
    for module, layer, inputs in ((mg.autograd, ours, (x, h)), (torch.autograd, theirs, (y, g))):
        leaves = [*flat(inputs), *layer.parameters()]
        first = module.grad(objective(flat(layer(*inputs))), leaves, create_graph=True)
        found.append(module.grad(objective(first), leaves))
    same(*found, 1e-8)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}], ids=str)
@pytest.mark.parametrize("enforce_sorted", [True, False])
def test_packed_sequences(name, options, enforce_sorted):
    ours, theirs = pair(name, 3, 4, **options)
    lengths = [5, 3, 3, 1] if enforce_sorted else [1, 5, 3, 3]
    x, y = both(5, 4, 3)
    h, g = states(name, options, 4)
    a = packing.pack_padded_sequence(x, lengths, enforce_sorted=enforce_sorted)
    b = torch.nn.utils.rnn.pack_padded_sequence(y, torch.tensor(lengths), enforce_sorted=enforce_sorted)
    assert a.batch_sizes.tolist() == b.batch_sizes.tolist()
    (out, last), (peer_out, peer_last) = ours(a, h), theirs(b, g)
    assert isinstance(out, packing.PackedSequence)
    padded, sizes = packing.pad_packed_sequence(out, padding_value=-1.0, total_length=6)
    peer, peer_sizes = torch.nn.utils.rnn.pad_packed_sequence(peer_out, padding_value=-1.0, total_length=6)
    assert sizes.tolist() == peer_sizes.tolist() == lengths
    results = [[padded, *flat(last)], [peer, *flat(peer_last)]]
    same(*results)
    for result in results:
        objective(result).backward()
    same([x.grad, *(p.grad for p in ours.parameters())], [y.grad, *(p.grad for p in theirs.parameters())])
    same([t.grad for t in flat(h)], [t.grad for t in flat(g)])


@pytest.mark.parametrize("batch_first", [True, False])
def test_packing_and_padding_agree_with_torch(batch_first):
    lists = [[1.0, 2.0], [3.0, 4.0, 5.0], [6.0]]
    ours, theirs = [mg.tensor(v) for v in lists], [torch.tensor(v) for v in lists]
    peer = torch.nn.utils.rnn
    for side in ("left", "right"):
        same([packing.pad_sequence(ours, batch_first, 7.0, side)], [peer.pad_sequence(theirs, batch_first, 7.0, side)])
    a, b = packing.pack_sequence(ours, enforce_sorted=False), peer.pack_sequence(theirs, enforce_sorted=False)
    same(list(a), list(b))
    same(packing.pad_packed_sequence(a, batch_first), peer.pad_packed_sequence(b, batch_first))
    same(packing.unpack_sequence(a), peer.unpack_sequence(b))
    padded = packing.pad_sequence(ours, batch_first)
    parts = packing.unpad_sequence(padded, mg.tensor([2, 3, 1]), batch_first)
    same(parts, theirs)
    before = padded.tolist()
    parts[0].zero_()  # a copy
    assert padded.tolist() == before


@pytest.mark.parametrize("name", ["RNNCell", "LSTMCell", "GRUCell"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch", [(), (5,)])
def test_cells_agree_with_torch(name, bias, batch):
    ours, theirs = pair(name, 3, 4, bias=bias)
    (x, y), (h, g), (c, d) = both(*batch, 3), both(*batch, 4, seed=1), both(*batch, 4, seed=2)
    compare(ours, theirs, (x,), (y,))
    ours.zero_grad()
    theirs.zero_grad()
    x.grad = y.grad = None
    compare(ours, theirs, (x, (h, c) if name == "LSTMCell" else h), (y, (g, d) if name == "LSTMCell" else g))
    assert repr(ours) == repr(theirs)


def test_cell_with_relu():
    ours, theirs = pair("RNNCell", 3, 4, nonlinearity="relu")
    x, y = both(2, 3)
    compare(ours, theirs, (x,), (y,))
    assert repr(ours) == repr(theirs)


def test_dropout_between_layers_acts_in_training_alone():
    layer = nn.LSTM(3, 8, num_layers=2, dropout=0.5)
    x = mg.ones(4, 2, 3)
    assert (layer(x)[0] != layer(x)[0]).any().item()
    layer.eval()
    assert (layer(x)[0] == layer(x)[0]).all().item()


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_repr(name, options):
    assert repr(getattr(nn, name)(3, 4, **options)) == repr(getattr(torch.nn, name)(3, 4, **options))


@pytest.mark.parametrize("name", LAYERS)
def test_compiled_step(name):
    mg.manual_seed(0)
    layers = [getattr(nn, name)(3, 5, num_layers=2, bidirectional=True) for _ in range(2)]
    layers[1].load_state_dict(layers[0].state_dict())
    x = mg.randn(4, 6, 3)

    def step(layer, x):
        layer.zero_grad()
        loss = (layer(x)[0] ** 2).sum()
        loss.backward()
        return loss

    compiled = mg.compile(lambda x: step(layers[1], x), fullgraph=True)
    for _ in range(4):
        x = x + 0.1
        assert step(layers[0], x).item() == compiled(x).item()
    for a, b in zip(layers[0].parameters(), layers[1].parameters()):
        assert a.grad.tolist() == b.grad.tolist()


def test_parameters_start_within_torchs_bounds():
    mg.manual_seed(0)
    layer = nn.LSTM(50, 64)
    for values in layer.parameters():
        assert 0.9 / 8 < abs(values.detach().numpy()).max() <= 1 / 8


def test_no_steps_and_no_sequences():
    with pytest.raises(RuntimeError, match="larger than 0"):
        nn.LSTM(3, 4)(mg.ones(0, 2, 3))
    out, (h, c) = nn.LSTM(3, 4)(mg.ones(5, 0, 3))
    assert out.shape == (5, 0, 4)
    assert h.shape == c.shape == (1, 0, 4)
