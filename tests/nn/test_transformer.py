"""Attention with several heads, and transformers, against torch."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

torch = pytest.importorskip("torch", reason="torch is not installed")
HIDDEN = np.triu(np.ones((5, 5), dtype=bool), 1)
PADDED = np.array([[False] * 5, [False, False, False, True, True]])


def pair(name, *args, **options):
    """Return a module and torch's, with the same parameters."""
    mg.manual_seed(1)
    ours = getattr(nn, name)(*args, dtype=mg.float64, **options)
    theirs = getattr(torch.nn, name)(*args, dtype=torch.float64, **options)
    for parameter in ours.parameters():
        if parameter.ndim == 1:
            parameter.data.copy_(mg.randn(*parameter.shape, dtype=mg.float64))
    load(ours, theirs)
    return ours, theirs


def load(ours, theirs):
    """Copy the parameters to torch's module."""
    assert [(k, tuple(v.shape)) for k, v in ours.state_dict().items()] == [
        (k, tuple(v.shape)) for k, v in theirs.state_dict().items()
    ]
    theirs.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in ours.state_dict().items()})


def both(*shape, seed=0):
    """Return a leaf and torch's, with the same values."""
    values = np.random.default_rng(seed).normal(size=shape)
    return mg.tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)


def compare(ours, theirs, inputs, call):
    """Compare results and all gradients; `call` takes the module that makes masks, the layer and inputs."""
    found = []
    for module, layer, leaves in ((mg, ours, [a for a, _ in inputs]), (torch, theirs, [b for _, b in inputs])):
        results = call(module, layer, *leaves)
        results = [r for r in (results if isinstance(results, tuple) else (results,)) if r is not None]
        total = 0.0
        for r in results:
            total = total + (r * r * module.tensor(np.cos(np.arange(r.numel())).reshape(tuple(r.shape)))).sum()
        total.backward()
        grads = [p.grad for p in (*leaves, *layer.parameters())]
        found.append([None if t is None else t.detach().numpy() for t in (*results, *grads)])
    assert len(found[0]) == len(found[1])
    for a, b in zip(*found):
        if b is not None:
            np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


OPTIONS = [{}, {"bias": False}, {"add_bias_kv": True}, {"add_zero_attn": True}, {"batch_first": True}]
CALLS = {
    "plain": lambda m: {},
    "no weights": lambda m: {"need_weights": False},
    "all weights": lambda m: {"average_attn_weights": False},
    "bool mask": lambda m: {"attn_mask": m.tensor(HIDDEN), "need_weights": False},
    "float mask": lambda m: {"attn_mask": m.tensor(np.where(HIDDEN, -1.5, 0.5))},
    "causal": lambda m: {"attn_mask": m.tensor(HIDDEN), "is_causal": True, "need_weights": False},
    "padding": lambda m: {"key_padding_mask": m.tensor(PADDED), "need_weights": False},
    "both": lambda m: {"key_padding_mask": m.tensor(PADDED), "attn_mask": m.tensor(HIDDEN)},
}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("masks", CALLS)
def test_self_attention_agrees_with_torch(options, masks):
    ours, theirs = pair("MultiheadAttention", 8, 2, **options)
    x = both(*((2, 5, 8) if options.get("batch_first") else (5, 2, 8)))
    compare(ours, theirs, [x], lambda m, layer, x: layer(x, x, x, **CALLS[masks](m)))
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("options", [{}, {"kdim": 3, "vdim": 4}, {"kdim": 3, "batch_first": True}], ids=str)
def test_attention_to_others_agrees_with_torch(need_weights, options):
    ours, theirs = pair("MultiheadAttention", 8, 2, **options)
    shapes = [(5, 2, 8), (7, 2, options.get("kdim", 8)), (7, 2, options.get("vdim", 8))]
    if options.get("batch_first"):
        shapes = [(b, a, c) for a, b, c in shapes]
    inputs = [both(*shape, seed=place) for place, shape in enumerate(shapes)]
    compare(ours, theirs, inputs, lambda m, layer, *x: layer(*x, need_weights=need_weights))


@pytest.mark.parametrize("need_weights", [True, False])
def test_attention_without_a_batch(need_weights):
    ours, theirs = pair("MultiheadAttention", 8, 2, batch_first=True)
    compare(ours, theirs, [both(5, 8)], lambda m, layer, x: layer(x, x, x, need_weights=need_weights))


def test_second_derivatives_of_self_attention():
    ours, theirs = pair("MultiheadAttention", 4, 2)
    inputs, found = both(3, 2, 4), []
    for module, layer, x in ((mg, ours, inputs[0]), (torch, theirs, inputs[1])):
        with torch.nn.attention.sdpa_kernel(
            torch.nn.attention.SDPBackend.MATH
        ):  # torch's other ones have no second one
            out = layer(x, x, x, need_weights=False)[0]
        (first,) = module.autograd.grad((out * out).sum(), [x], create_graph=True)
        found.append(
            [g.detach().numpy() for g in module.autograd.grad((first * first).sum(), [x, *layer.parameters()])]
        )
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


def test_bits_do_not_depend_on_workers():
    layer = nn.MultiheadAttention(24, 3)
    data = np.random.default_rng(0).normal(size=(140, 3, 24)).astype("float32")
    results = []
    for workers in (1, 2, 3, 7):
        with mg.kernels("fixed", workers=workers):
            x = mg.tensor(data, requires_grad=True)
            out = layer(x, x, x, need_weights=False)[0]
            (out * out).sum().backward()
            results.append((out.detach().numpy().tobytes(), x.grad.numpy().tobytes()))
    assert all(r == results[0] for r in results)


def test_dropout_of_weights_acts_in_training_alone():
    layer, x = nn.MultiheadAttention(8, 2, dropout=0.5), mg.randn(5, 2, 8)
    assert (layer(x, x, x, need_weights=False)[0] != layer(x, x, x, need_weights=False)[0]).any().item()
    layer.eval()
    assert layer(x, x, x, need_weights=False)[0].tolist() == layer(x, x, x, need_weights=False)[0].tolist()


LAYERS = [
    {}, {"norm_first": True}, {"batch_first": True}, {"bias": False}, {"activation": "relu", "norm_first": True},
]  # fmt: skip


@pytest.mark.parametrize("options", LAYERS, ids=str)
def test_encoder_layer_agrees_with_torch(options):
    ours, theirs = pair("TransformerEncoderLayer", 8, 2, 16, dropout=0.0, **options)
    x = both(*((2, 5, 8) if options.get("batch_first") else (5, 2, 8)))
    compare(ours, theirs, [x], lambda m, layer, x: layer(x))
    compare(ours, theirs, [both(5, 8)], lambda m, layer, x: layer(x, m.tensor(HIDDEN), is_causal=True))
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("options", LAYERS, ids=str)
def test_decoder_layer_agrees_with_torch(options):
    ours, theirs = pair("TransformerDecoderLayer", 8, 2, 16, dropout=0.0, **options)
    shapes = [(2, 5, 8), (2, 7, 8)] if options.get("batch_first") else [(5, 2, 8), (7, 2, 8)]
    inputs = [both(*shape, seed=place) for place, shape in enumerate(shapes)]
    compare(ours, theirs, inputs,
            lambda m, layer, x, y: layer(x, y, m.tensor(HIDDEN), tgt_key_padding_mask=m.tensor(PADDED)))  # fmt: skip
    assert repr(ours) == repr(theirs)


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_transformer_agrees_with_torch():
    ours, theirs = pair("Transformer", 8, 2, 2, 1, 16, dropout=0.0)
    mask = nn.Transformer.generate_square_subsequent_mask(5, dtype=mg.float64)
    assert mask.tolist() == torch.nn.Transformer.generate_square_subsequent_mask(5, dtype=torch.float64).tolist()
    compare(ours, theirs, [both(7, 2, 8), both(5, 2, 8, seed=1)],
            lambda m, net, x, y: net(x, y, tgt_mask=m.tensor(mask.numpy())))  # fmt: skip


def test_encoder_with_a_final_norm():
    mg.manual_seed(0)
    ours = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0, dtype=mg.float64), 2,
                                 nn.LayerNorm(8, dtype=mg.float64))  # fmt: skip
    theirs = torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(8, 2, 16, 0.0, dtype=torch.float64), 2,
                                         torch.nn.LayerNorm(8, dtype=torch.float64),
                                         enable_nested_tensor=False)  # fmt: skip
    load(ours, theirs)
    compare(ours, theirs, [both(5, 2, 8)], lambda m, net, x: net(x, src_key_padding_mask=m.tensor(PADDED)))


@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_compiled_step(dropout):
    mg.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout, batch_first=True)
    x = mg.randn(3, 6, 8)

    def step(x):
        layer.zero_grad()
        loss = (layer(x) ** 3).sum()
        loss.backward()
        return loss

    compiled = mg.compile(step, fullgraph=True)
    for seed in range(4):
        mg.manual_seed(seed)
        expected, grad = step(x).item(), layer.linear1.weight.grad.tolist()
        mg.manual_seed(seed)
        assert compiled(x).item() == expected
        assert layer.linear1.weight.grad.tolist() == grad


@pytest.mark.parametrize("bad", [(0, 1), (8, 3), (8, 0)])
def test_bad_sizes(bad):
    raised = []
    for module in (nn, torch.nn):
        with pytest.raises((ValueError, AssertionError)) as caught:
            module.MultiheadAttention(*bad)
        raised.append(caught.type)
    assert raised[0] is raised[1]


def test_gradients_of_a_float_mask():
    x, mask = both(2, 2, 5, 4), both(5, 5, seed=1)
    found = []
    for m, q, added in ((mg, x[0], mask[0]), (torch, x[1], mask[1])):
        out = m.nn.functional.scaled_dot_product_attention(q, q, q, added)
        found.append([g.numpy() for g in m.autograd.grad((out * out).sum(), [q, added])])
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
