"""Dropout of the weights of an attention: which are dropped, and that none of them are held."""

import subprocess
import sys

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn
from mocrograd.ops.attention import SelfAttention

attention = nn.functional.scaled_dot_product_attention
IMPLEMENTATIONS = (("original", 1), ("fixed", 1), ("fixed", 3), ("dynamic", None))


def operands(*sizes, keys, dtype=mg.float32, seed=0):
    """Return leaves: queries (*sizes), keys and values."""
    random = np.random.default_rng(seed)
    shapes = (sizes, (*sizes[:2], keys, sizes[3]), (*sizes[:2], keys, sizes[3]))
    return [mg.tensor(random.normal(size=shape), dtype=dtype, requires_grad=True) for shape in shapes]


def weights(q, k, p, seed=3, before=0):
    """Return the weights themselves: attention to the rows of the identity."""
    mg.manual_seed(seed)
    mg.rand(before)
    v = mg.eye(k.shape[2], dtype=q.dtype).expand(*k.shape[:3], k.shape[2])
    return attention(q, k, v, dropout_p=p).detach().numpy()


@pytest.mark.parametrize("dtype", [mg.float32, mg.float64], ids=str)
@pytest.mark.parametrize("before", [0, 1, 29, 64])
def test_weights_are_dropped_as_dropout_would_drop_them(dtype, before):
    q, k, _ = operands(2, 3, 70, 4, keys=150, dtype=dtype)
    mg.manual_seed(3)
    mg.rand(before)
    factors = nn.functional.dropout(mg.ones(2, 3, 70, 150, dtype=dtype), 0.3).numpy()
    for name, workers in IMPLEMENTATIONS:
        with mg.kernels(name, **({"workers": workers} if name == "fixed" else {})):
            plain, dropped = weights(q, k, 0.0), weights(q, k, 0.3, before=before)
        np.testing.assert_array_equal(dropped == 0, factors == 0)
        np.testing.assert_allclose(dropped, plain * factors, rtol=1e-5 if dtype is mg.float32 else 1e-12)


def test_how_many_are_dropped_and_where():
    q, k, _ = operands(4, 4, 64, 8, keys=64)
    for p in (0.1, 0.5, 0.9):
        gone = weights(q, k, p) == 0
        deviation = (p * (1 - p)) ** 0.5
        assert abs(gone.mean() - p) < 5 * deviation / gone.size**0.5
        for axis in range(4):  # no axis knows another mean than by chance
            others = tuple(i for i in range(4) if i != axis)
            means = gone.mean(others)
            assert np.abs(means - p).max() < 5 * deviation / (gone.size / len(means)) ** 0.5
        matrices = gone.reshape(16, -1)
        expected = p * p + (1 - p) * (1 - p)  # of independent ones as many are alike
        for first in range(16):
            for second in range(first):
                alike = (matrices[first] == matrices[second]).mean()
                assert abs(alike - expected) < 5 * (expected * (1 - expected)) ** 0.5 / matrices.shape[1] ** 0.5
    assert (weights(q, k, 0.5, seed=4) == 0).tobytes() != (weights(q, k, 0.5, seed=3) == 0).tobytes()


def test_everything_is_dropped_for_1():
    q, k, v = operands(2, 2, 5, 4, keys=6)
    y = attention(q, k, v, dropout_p=1.0)
    y.sum().backward()
    assert not y.any()
    assert not any(t.grad.any() for t in (q, k, v))


def test_each_graph_keeps_its_own_mask():
    leaves = operands(1, 2, 9, 4, keys=11, dtype=mg.float64)
    mg.manual_seed(8)
    first = attention(*leaves, dropout_p=0.5)
    expected = [g.tolist() for g in mg.autograd.grad((first**2).sum(), leaves, retain_graph=True)]
    second = attention(*leaves, dropout_p=0.5)
    other = [g.tolist() for g in mg.autograd.grad((second**2).sum(), leaves)]
    again = [g.tolist() for g in mg.autograd.grad((first**2).sum(), leaves)]
    assert again == expected != other


def test_bits_do_not_depend_on_workers():
    results = []
    for workers in (1, 2, 3, 7):
        with mg.kernels("fixed", workers=workers):
            leaves = operands(2, 3, 140, 8, keys=150)
            mg.manual_seed(2)
            y = attention(*leaves, dropout_p=0.25)
            (y * y).sum().backward()
            results.append([t.numpy().tobytes() for t in (y.detach(), *[leaf.grad for leaf in leaves])])
    assert all(r == results[0] for r in results)


@pytest.mark.parametrize("twice", [False, True])
def test_compiled_steps_drop_others_each_time(twice):
    leaves = operands(2, 2, 6, 4, keys=7)

    def step():
        y = attention(*leaves, dropout_p=0.5)
        grads = mg.autograd.grad((y**2).sum(), leaves, create_graph=twice)
        if twice:
            grads = mg.autograd.grad(sum((g**2).sum() for g in grads), leaves)
        return y.detach(), *[g.detach() for g in grads]

    compiled = mg.compile(step, fullgraph=True)
    mg.manual_seed(0)
    expected = [[t.tolist() for t in step()] for _ in range(5)]
    mg.manual_seed(0)
    assert [[t.tolist() for t in compiled()] for _ in range(5)] == expected
    assert len({str(results) for results in expected}) == 5


PEAKS = """
import gc
import mocrograd as mg
gc.disable()
for length in (512, 1024, 2048):
    leaves = [mg.randn(1, 2, length, 8, requires_grad=True) for _ in range(3)]
    mg.nn.functional.scaled_dot_product_attention(*leaves, dropout_p=0.1).sum().backward()
    del leaves
    print(mg.memory_stats()["peak"], mg.memory_stats()["allocated"])
"""


def test_memory_grows_with_the_length_and_not_with_its_square():
    text = subprocess.run([sys.executable, "-c", PEAKS], check=True, stdout=subprocess.PIPE, text=True).stdout
    (small, *rest), (middle, *_), (large, *_) = [list(map(int, line.split())) for line in text.splitlines()]
    assert rest == [0], "all memory goes with the graph, without the collector"
    assert middle < 2.2 * small
    assert large < 2.2 * middle
    assert large < 2048 * 2048, "a quarter of one head's matrix"


def test_a_result_that_was_changed_in_place_gives_no_wrong_gradient():
    leaves = operands(1, 2, 5, 4, keys=6)
    y = attention(*leaves, dropout_p=0.1)
    doubled = y.sum() * 2
    y.detach().add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        doubled.backward()
    x = mg.randn(5, 2, 8, requires_grad=True)
    layer = nn.MultiheadAttention(8, 2)
    weight, bias = layer.in_proj_weight, layer.in_proj_bias
    for first in (False, True):
        out = SelfAttention.run(nn.functional.linear(x, weight, bias), 2, first, None, False, 0.5, 0.0)
        out.detach().add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            out.sum().backward()


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("other", [False, True])
def test_attention_with_and_without_weights_drops_the_same(batch_first, other):
    mg.manual_seed(1)
    layer = nn.MultiheadAttention(8, 2, dropout=0.3, batch_first=batch_first, dtype=mg.float64)
    random = np.random.default_rng(4)
    x, z = (mg.tensor(random.normal(size=(5, 6, 8)), requires_grad=True) for _ in range(2))
    found = []
    for need_weights in (True, False):
        mg.manual_seed(9)
        y = layer(x, z, z, need_weights=need_weights)[0] if other else layer(x, x, x, need_weights=need_weights)[0]
        leaves = [x, *([z] if other else []), *layer.parameters()]
        first = mg.autograd.grad((y**3).sum(), leaves, create_graph=True)
        second = mg.autograd.grad(sum((g * g).sum() for g in first), leaves, retain_graph=True)
        plain = mg.autograd.grad((y**3).sum(), leaves)
        found.append([t.detach().numpy() for t in (y, *first, *plain, *second)])
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_the_layer_drops_in_training_alone():
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.5)
    x = mg.randn(5, 2, 8)
    assert layer(x).tolist() != layer(x).tolist()
    layer.eval()
    assert layer(x).tolist() == layer(x).tolist()


@pytest.mark.parametrize("p", [1.5, -0.5, float("nan")])
def test_bad_probabilities(p):
    q, k, v = operands(1, 1, 2, 4, keys=2)
    with pytest.raises(RuntimeError, match=f"dropout probability has to be between 0 and 1, but got {p}"):
        attention(q, k, v, dropout_p=p)
    x = mg.ones(2, 1, 4)
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        nn.MultiheadAttention(4, 1, dropout=p)(x, x, x, need_weights=False)
