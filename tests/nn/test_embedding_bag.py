"""Sums and means of bags in one kernel: what the composed way gives, which a limit of norms asks for."""

import mocrograd as mg
import numpy as np
import pytest

BAGS = {
    "one bag": (np.array([[0, 2, 0, 2]]), None),
    "one entry": (np.array([[1]]), None),
    "equal bags": (np.array([[1, 0, 3], [2, 2, 2]]), None),
    "offsets": (np.array([3, 1, 0, 2, 2]), [0, 2, 2, 4]),
    "an empty bag behind": (np.array([3, 1, 0]), [0, 3]),
    "no bags": (np.array([3, 1, 0]), []),
    "no entries": (np.array([], dtype=np.int64), [0, 0]),
}


@pytest.mark.parametrize("dtype", [mg.float32, mg.float64])
@pytest.mark.parametrize("padding", [None, 2])
@pytest.mark.parametrize("kind", ["sum", "mean", "weighted", "frequency"])
@pytest.mark.parametrize("bags", BAGS.values(), ids=BAGS)
def test_one_kernel_and_the_composed_way_agree(bags, kind, padding, dtype):
    entries, offsets = bags
    random = np.random.default_rng(0)
    table, factors = random.normal(size=(4, 19)), random.normal(size=entries.shape)
    found = []
    for limit in (None, 1e30):
        weight = mg.tensor(table, dtype=dtype, requires_grad=True)
        out = mg.nn.functional.embedding_bag(
            mg.tensor(entries), weight, None if offsets is None else mg.tensor(offsets, dtype=mg.int64),
            mode="mean" if kind == "mean" else "sum", max_norm=limit, padding_idx=padding,
            scale_grad_by_freq=kind == "frequency",
            per_sample_weights=mg.tensor(factors, dtype=dtype) if kind == "weighted" else None,
        )  # fmt: skip
        upstream = mg.arange(out.numel(), dtype=dtype).reshape(out.shape)
        found.append((out.detach().numpy(), *(g.numpy() for g in mg.autograd.grad(out, [weight], upstream))))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5 if dtype is mg.float32 else 1e-13, atol=1e-6)
