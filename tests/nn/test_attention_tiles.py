"""Attention and its gradients against NumPy in float64, on either side of the sizes of tiles, panels and vectors."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.nn.functional import scaled_dot_product_attention

SIZES = [
    # batches, heads, groups, rows, keys, width, columns: either side of 64 rows, 128 keys, vectors of 8 and 16, 256 numbers
    (1, 1, 1, 1, 1, 1, 1),
    (2, 3, 3, 5, 7, 8, 8),
    (1, 2, 1, 65, 129, 33, 40),
    (2, 4, 2, 130, 300, 64, 31),
    (1, 2, 2, 64, 128, 16, 16),
    (1, 1, 1, 47, 257, 5, 19),
    (1, 1, 1, 200, 70, 12, 3),
    (1, 1, 1, 66, 130, 257, 300),  # wider than what is turned at once
    (1, 1, 1, 3, 4, 0, 2),
    (1, 2, 2, 3, 0, 4, 4),
]
MASKS = ["none", "causal", "of keys", "of rows and keys", "transposed", "of one column", "no key for some rows"]
ERRORS = {mg.float32: 3e-6, mg.float64: 1e-13, mg.bfloat16: 2**-7}


def mask_of(kind, random, batches, rows, keys):
    """Return a mask as NumPy's float64, and as a tensor's strides want it."""
    if kind == "of keys":
        return np.where(random.random((batches, 1, 1, keys)) > 0.3, 0.0, -np.inf)
    if kind == "of rows and keys":
        return random.standard_normal((rows, keys))
    if kind == "transposed":
        return random.standard_normal((keys, rows)).T
    if kind == "of one column":
        return random.standard_normal((batches, 1, rows, 1))
    if kind == "no key for some rows":
        return np.where(np.repeat(np.arange(rows)[:, None] % 3 > 0, keys, 1), 0.0, -np.inf)
    return None


def reference(q, k, v, mask, causal, dy):
    """Return the result and the gradients of q, k and v, by the formulas."""
    share = q.shape[1] // k.shape[1]
    k_all, v_all = np.repeat(k, share, 1), np.repeat(v, share, 1)
    scale = 1 / np.sqrt(max(q.shape[-1], 1))
    scores = scale * q @ k_all.swapaxes(-1, -2)
    if mask is not None:
        scores = scores + mask
    if causal:
        scores = np.where(np.arange(k.shape[2]) > np.arange(q.shape[2])[:, None], -np.inf, scores)
    top = scores.max(-1, keepdims=True, initial=-np.inf)
    powers = np.exp(scores - np.where(np.isinf(top), 0, top))
    sums = powers.sum(-1, keepdims=True)
    weights = powers / np.where(sums == 0, 1, sums)
    y = weights @ v_all
    slopes = weights * (dy @ v_all.swapaxes(-1, -2) - (dy * y).sum(-1, keepdims=True))
    groups = (k.shape[0], k.shape[1], share)
    dk = (scale * slopes.swapaxes(-1, -2) @ q).reshape(*groups, *k.shape[2:]).sum(2)
    dv = (weights.swapaxes(-1, -2) @ dy).reshape(*groups, *v.shape[2:]).sum(2)
    return y, scale * slopes @ k_all, dk, dv


@pytest.mark.parametrize("dtype", ERRORS, ids=str)
@pytest.mark.parametrize("kind", MASKS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_against_numpy(sizes, kind, dtype):
    batches, heads, groups, rows, keys, width, columns = sizes
    random = np.random.default_rng(rows)
    shapes = [(batches, heads, rows, width), (batches, groups, keys, width), (batches, groups, keys, columns)]
    tensors = [mg.tensor(random.standard_normal(shape)).to(dtype).requires_grad_() for shape in shapes]
    mask = mask_of(kind, random, batches, rows, keys)
    given = None if mask is None else mg.tensor(mask).to(dtype)
    if kind == "transposed":
        given = mg.tensor(np.ascontiguousarray(mask.T)).to(dtype).T
    dy = mg.tensor(random.standard_normal((batches, heads, rows, columns))).to(dtype)
    y = scaled_dot_product_attention(*tensors, given, is_causal=kind == "causal", enable_gqa=True)
    y.backward(dy)
    found = [t.detach().double().numpy() for t in (y, *[t.grad for t in tensors])]
    operands = [t.detach().double().numpy() for t in tensors]
    mask = None if given is None else given.double().numpy()
    wanted = reference(*operands, mask, kind == "causal", dy.double().numpy())
    for a, b in zip(found, wanted):
        np.testing.assert_allclose(a, b, rtol=0, atol=ERRORS[dtype] * np.abs(b).max(initial=1e-3))


@pytest.mark.parametrize("dtype", ERRORS, ids=str)
def test_equal_bits_for_any_number_of_workers(dtype):
    random = np.random.default_rng(0)
    shapes = [(2, 3, 130, 40), (2, 3, 300, 40), (2, 3, 300, 40)]
    operands = [mg.tensor(random.standard_normal(shape)).to(dtype) for shape in shapes]
    for causal in (False, True):
        found = []
        for workers in (1, 2, 3, 5):
            with mg.kernels(f"fixed:{workers}"):
                mg.manual_seed(0)
                leaves = [t.clone().requires_grad_() for t in operands]
                y = scaled_dot_product_attention(*leaves, is_causal=causal, dropout_p=0.3)
                y.float().square().sum().backward()
                found.append([y, *[t.grad for t in leaves]])
        assert all(mg.equal(a, b) for other in found for a, b in zip(found[0], other))


@pytest.mark.parametrize("dtype", [mg.float32, mg.float64, mg.bfloat16], ids=str)
def test_dropped_weights_have_no_gradient(dtype):
    random = np.random.default_rng(1)
    shapes = [(1, 2, 70, 24), (1, 2, 150, 24), (1, 2, 150, 20)]
    operands = [mg.tensor(random.standard_normal(shape)).to(dtype) for shape in shapes]
    found = []
    for kind in ("dynamic", "original"):
        with mg.kernels(kind):
            mg.manual_seed(2)
            leaves = [t.clone().requires_grad_() for t in operands]
            y = scaled_dot_product_attention(*leaves, dropout_p=0.4)
            (y.double() * mg.arange(20.0).double()).sum().backward()
            found.append([t.detach().double().numpy() for t in (y, *[t.grad for t in leaves])])
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b, rtol=0, atol=2 * ERRORS[dtype] * np.abs(b).max())


@pytest.mark.parametrize("dtype", [mg.float32, mg.bfloat16], ids=str)
def test_scores_far_apart(dtype):
    """One key has all the weight of a row, also where the others' powers are below the range of normal numbers."""
    count = 150
    q = (100 * mg.eye(count)[None, None]).to(dtype).requires_grad_()
    k = (mg.eye(count)[None, None]).to(dtype).requires_grad_()
    v = mg.arange(float(count)).reshape(1, 1, count, 1).to(dtype).requires_grad_()
    for scale, others in ((10.0, 0.0), (0.9, np.exp(-90.0)), (0.1, np.exp(-10.0))):
        y = scaled_dot_product_attention(q, k, v, scale=scale)
        rows = np.arange(float(count))
        wanted = (rows + others * (rows.sum() - rows)) / (1 + (count - 1) * others)
        np.testing.assert_allclose(
            y.detach().float().numpy()[0, 0, :, 0], wanted, rtol=1e-5 if dtype is mg.float32 else 2**-7, atol=1e-6
        )
        y.sum().backward()
        assert all(t.grad.isfinite().all() for t in (q, k, v))


@pytest.mark.parametrize("dtype", ERRORS, ids=str)
def test_hostile_numbers_stay_in_their_rows(dtype):
    q, k, v = (mg.ones(1, 1, 70, 8).to(dtype) for _ in range(3))
    q[0, 0, 3, 2] = float("nan")
    q[0, 0, 65, 0] = float("inf")
    q[0, 0, 66] = float("-inf")
    y = scaled_dot_product_attention(q, k, v)
    bad = y.isnan().any(-1)[0, 0]
    assert bad.nonzero().flatten().tolist() == [3, 65]
    rest = ~bad
    rest[66] = False
    assert (y[0, 0, rest] == 1).all()
