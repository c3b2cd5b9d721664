"""Attention by functions of scores and positions, against torch."""

import importlib
import warnings

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.nn.attention import bias
from mocrograd.nn.attention import flex_attention as ours


def theirs():
    pytest.importorskip("torch")
    return importlib.import_module("torch.nn.attention.flex_attention")


def drawn(m, *shapes):
    generator = np.random.default_rng(0)
    return [m.from_numpy(generator.standard_normal(shape).astype(np.float32)) for shape in shapes]


def masks(m, flex):
    """Returns masks of a batch, and of any batch and heads."""
    (scores,) = drawn(m, (2, 60))
    seen = scores > -0.5

    def causal(b, h, i, j):
        return i + 10 >= j

    def padding(b, h, i, j):
        return seen[b, j]

    window = flex.and_masks(causal, padding, lambda b, h, i, j: i - j < 20)
    either = flex.or_masks(causal, lambda b, h, i, j: j < 5)
    return (
        flex.create_block_mask(window, 2, None, 50, 60, "cpu", 16),
        flex.create_block_mask(either, None, None, 50, 60, "cpu", BLOCK_SIZE=(16, 8)),
        flex.create_block_mask(either, 1, 4, 50, 60, "cpu", 32, separate_full_blocks=False),
    )


def test_blocks_are_those_of_torch():
    torch = pytest.importorskip("torch")
    for a, b in zip(masks(mg, ours), masks(torch, theirs()), strict=True):
        for x, y in zip(a.as_tuple()[:-1], b.as_tuple()[:-1], strict=True):
            if isinstance(x, mg.Tensor):
                assert x.tolist() == y.tolist()
                assert str(x.dtype).endswith("int32")
            else:
                assert x == y
        assert (a.shape, a.numel(), a.sparsity()) == (b.shape, b.numel(), b.sparsity())
        assert str(a) == str(b)
        assert a.to_string(2) == b.to_string(2)
        assert a.to_dense().tolist() == b.to_dense().tolist()
        assert a[0].kv_indices.tolist() == b[0].kv_indices.tolist()
        assert a.to("cpu").shape == a.shape


def test_attention_is_that_of_torch():
    torch, other = pytest.importorskip("torch"), theirs()
    found = []
    for m, flex in ((mg, ours), (torch, other)):
        q, k, v, slopes = drawn(m, (2, 4, 50, 8), (2, 2, 60, 8), (2, 2, 60, 8), (4,))

        def changed(score, b, h, i, j, slopes=slopes):
            return score * 2 + slopes[h] * (i - j)

        for block_mask in (None, *masks(m, flex)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch warns that it is slow
                out = flex.flex_attention(q, k, v, block_mask=block_mask, enable_gqa=True)
                scored = flex.flex_attention(q, k, v, changed, block_mask, 0.3, True, return_lse=True)
            found.append((out, *scored))
    for a, b in zip(found[:4], found[4:], strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=2e-5, atol=2e-5)


def test_gradients_are_those_of_the_formula():
    q, k, v, slopes = (x.double().requires_grad_() for x in drawn(mg, (2, 2, 5, 3), (2, 2, 6, 3), (2, 2, 6, 4), (2,)))
    mask = ours.create_block_mask(lambda b, h, i, j: i >= j, None, None, 5, 6, BLOCK_SIZE=4)

    def attention(q, k, v, slopes):
        return ours.flex_attention(q, k, v, lambda s, b, h, i, j: s * slopes[h], mask)

    assert mg.autograd.gradcheck(attention, (q, k, v, slopes))


def test_rows_that_see_nothing_are_zero():
    q, k, v = drawn(mg, (1, 1, 3, 4), (1, 1, 3, 4), (1, 1, 3, 4))
    mask = ours.create_block_mask(lambda b, h, i, j: i > j, None, None, 3, 3)
    out, aux = ours.flex_attention(q, k, v, block_mask=mask, return_aux=ours.AuxRequest(lse=True, max_scores=True))
    assert out[0, 0, 0].tolist() == [0] * 4
    assert aux.lse[0, 0, 0].item() == -float("inf")
    scores = (q @ k.mT / 2)[0, 0]
    assert aux.max_scores[0, 0, 2].item() == pytest.approx(scores[2, :2].max().item())
    assert mg.allclose(ours.flex_attention(q, k, v, block_mask=mask), out)


def test_a_mask_of_a_score_function():
    mask = ours.create_mask(lambda s, b, h, i, j: mg.where(i >= j, s, -float("inf")), 1, 2, 3, 3)
    assert mask.tolist() == [[mg.ones(3, 3, dtype=mg.bool).tril().tolist()] * 2]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda q, m: (q[0], q[0], q[0], None, None), NotImplementedError, "4D"),
        (lambda q, m: (q, q[:, :1], q[:, :1], None, None), ValueError, "enable_gqa=True"),
        (lambda q, m: (q[:, :, :3], q, q, None, m), ValueError, "q_len=3"),
        (lambda q, m: (q, q, q, None, m[0]), RuntimeError, "sliced BlockMask"),
    ],
)
def test_wrong_calls(change, error, message):
    (q,) = drawn(mg, (2, 4, 5, 3))
    mask = ours.create_block_mask(lambda b, h, i, j: i >= j, 2, 4, 5, 5, BLOCK_SIZE=4)
    with pytest.raises(error, match=message):
        ours.flex_attention(*change(q, mask))


def test_causal_biases():
    q, k, v = drawn(mg, (1, 1, 3, 4), (1, 1, 5, 4), (1, 1, 5, 4))
    assert bias.causal_lower_right(3, 5).tolist() == mg.ones(3, 5, dtype=mg.bool).tril(2).tolist()
    upper = mg.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias.causal_upper_left(3, 5))
    assert mg.allclose(upper, mg.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True))
