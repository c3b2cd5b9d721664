"""Attention of bfloat16 against float64 on the same numbers, where tiles compute it and where they do not."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.nn.functional import scaled_dot_product_attention

SIZES = [
    # batches, heads, groups, rows, keys, width, columns: either side of 32 rows, 128 keys, 32 numbers
    (1, 1, 1, 1, 1, 1, 1),
    (2, 3, 3, 5, 7, 8, 8),
    (1, 2, 1, 65, 129, 33, 40),
    (2, 4, 2, 130, 300, 64, 31),
    (1, 1, 1, 33, 128, 100, 256),
    (1, 1, 1, 129, 64, 256, 5),
    (1, 1, 1, 4, 6, 257, 300),  # wider than tiles take
    (1, 2, 2, 3, 0, 4, 4),
]
MASKS = ["none", "causal", "bool", "float", "no key for some rows"]


def numbers(random, *shape):
    """Return numbers that bfloat16 has."""
    return mg.tensor(random.standard_normal(shape)).bfloat16().double().numpy()


def mask_of(kind, random, batches, rows, keys):
    if kind == "bool":
        return random.random((rows, keys)) > 0.3
    if kind == "float":
        return numbers(random, batches, 1, rows, keys)
    if kind == "no key for some rows":
        return np.repeat(np.arange(rows)[:, None] % 3 > 0, keys, 1)
    return None


def attend(dtype, operands, mask, causal, dy):
    """Return the result and the gradients of attention in a dtype, as NumPy's float64."""
    q, k, v = (mg.tensor(x).to(dtype).requires_grad_() for x in operands)
    if mask is not None:
        mask = mg.tensor(mask) if mask.dtype == bool else mg.tensor(mask).to(dtype)
    y = scaled_dot_product_attention(q, k, v, mask, is_causal=causal, enable_gqa=True)
    y.backward(mg.tensor(dy).to(dtype))
    assert y.dtype is q.grad.dtype is k.grad.dtype is v.grad.dtype is dtype
    return [t.double().detach().numpy() for t in (y, q.grad, k.grad, v.grad)]


@pytest.mark.parametrize("kind", MASKS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("kernels", ["dynamic", "original"])
def test_against_float64(sizes, kind, kernels):
    batches, heads, groups, rows, keys, width, columns = sizes
    random = np.random.default_rng(rows)
    operands = [
        numbers(random, batches, count, n, wide)
        for count, n, wide in ((heads, rows, width), (groups, keys, width), (groups, keys, columns))
    ]
    mask = mask_of(kind, random, batches, rows, keys)
    dy = numbers(random, batches, heads, rows, columns)
    with mg.kernels(kernels):
        found = attend(mg.bfloat16, operands, mask, kind == "causal", dy)
    wanted = attend(mg.float64, operands, mask, kind == "causal", dy)
    for a, b in zip(found, wanted):
        scale = np.abs(b).max(initial=1e-3)
        np.testing.assert_allclose(a, b, rtol=0, atol=2**-7 * scale)
        assert np.sqrt(np.mean((a - b) ** 2) if a.size else 0) <= 2**-8 * scale


@pytest.mark.parametrize("layout", ["rows first", "every second row", "broadcast"])
def test_any_strides(layout):
    random = np.random.default_rng(0)
    q, k, v = (mg.tensor(numbers(random, 2, 70, 2, 40)).bfloat16() for _ in range(3))
    if layout == "every second row":
        q, k, v = (t[:, ::2] for t in (q, k, v))
    q, k, v = (t.transpose(1, 2) for t in (q, k, v))
    if layout == "broadcast":
        k = k[:, :, :1].expand(2, 2, 70, 40)
    found = scaled_dot_product_attention(q, k, v)
    assert mg.equal(found, scaled_dot_product_attention(q.contiguous(), k.contiguous(), v.contiguous()))


def test_equal_bits_for_any_number_of_workers():
    random = np.random.default_rng(0)
    q, k, v = (mg.tensor(numbers(random, 2, 3, rows, 64)).bfloat16() for rows in (130, 300, 300))
    for causal in (False, True):
        found = []
        for workers in (1, 2, 3, 5):
            with mg.kernels(f"fixed:{workers}"):
                mg.manual_seed(0)
                found.append(scaled_dot_product_attention(q, k, v, is_causal=causal, dropout_p=0.3))
        assert all(mg.equal(found[0], one) for one in found)


def test_hostile_numbers_stay_in_their_rows():
    q, k, v = (mg.ones(1, 1, 40, 8).bfloat16() for _ in range(3))
    q[0, 0, 3, 2] = float("nan")
    q[0, 0, 35, 0] = float("inf")
    y = scaled_dot_product_attention(q, k, v)
    bad = y.isnan().any(-1)[0, 0]
    assert bad.nonzero().flatten().tolist() == [3, 35]
    assert (y[0, 0, ~bad] == 1).all()


def test_second_derivatives_and_gradients_of_masks():
    random = np.random.default_rng(0)
    operands = [numbers(random, 1, 2, 5, 4) for _ in range(3)]
    found = []
    for dtype in (mg.bfloat16, mg.float64):
        q, k, v = (mg.tensor(x).to(dtype).requires_grad_() for x in operands)
        mask = mg.zeros(5, 5, dtype=dtype, requires_grad=True)
        y = scaled_dot_product_attention(q, k, v, mask)
        (dq,) = mg.autograd.grad(y.sum(), q, create_graph=True)
        (dq * dq).sum().backward()
        found.append([t.grad.double().numpy() for t in (q, k, v)])
        y = scaled_dot_product_attention(q.detach(), k.detach(), v.detach(), mask)
        mask.grad = None
        (y * y).sum().backward()
        found[-1].append(mask.grad.double().numpy())
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b, rtol=0, atol=0.05 * np.abs(b).max())


def test_self_attention_trains_and_compiles():
    mg.manual_seed(0)
    network = mg.nn.MultiheadAttention(32, 4, batch_first=True).bfloat16()
    twin = mg.nn.MultiheadAttention(32, 4, batch_first=True)
    twin.load_state_dict({name: t.float() for name, t in network.state_dict().items()})
    x = mg.randn(2, 9, 32).bfloat16()

    def step(model, x):
        model.zero_grad()
        out = model(x, x, x, need_weights=False)[0]
        out.float().square().sum().backward()
        return out

    eager = step(network, x).clone()
    gradients = [p.grad.float() for p in network.parameters()]
    assert mg.allclose(eager.float(), step(twin, x.float()), atol=0.02)
    for mine, other in zip(gradients, twin.parameters()):
        assert (mine - other.grad).abs().max() <= 0.03 * other.grad.abs().max() + 1e-3
    compiled = mg.compile(step)
    for _ in range(3):
        assert mg.equal(compiled(network, x), eager)
