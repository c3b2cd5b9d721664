"""The gradient of a gather by index: sums by index, row by row through lists or column by column."""

import mocrograd as mg
import numpy as np
import pytest

# outer, rows, inner, entries: lists are made for inner > 1 and at most twice as many entries as rows
SIZES = [
    (1, 9, 1, 18), (3, 9, 1, 5), (1, 9, 2, 18), (1, 9, 2, 19), (1, 40, 15, 7), (2, 40, 16, 80), (2, 40, 17, 81),
    (3, 33, 65, 66), (3, 33, 130, 1), (1, 1, 7, 2), (1, 1, 7, 3), (2, 700, 64, 900), (1, 5000, 33, 300),
]  # fmt: skip
rng = np.random.default_rng(3)


def gradient(x, index, upstream, dim=1):
    """Return the gradient of x."""
    x = x.detach().requires_grad_()
    x[(slice(None),) * dim + (index,)].backward(upstream)  # a negative entry counts from the end here
    return x.grad


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("which", ["any", "one", "few"])
@pytest.mark.parametrize(("outer", "rows", "inner", "entries"), SIZES)
def test_against_a_sum_in_float64(outer, rows, inner, entries, which, workers):
    high = {"any": rows, "one": 1, "few": min(rows, 4)}[which]
    index = rng.integers(0, high, entries) - rng.integers(0, 2, entries) * rows  # some count from the end
    upstream = rng.standard_normal((outer, entries, inner), np.float32)
    expected = np.zeros((outer, rows, inner))
    np.add.at(expected, (slice(None), index), upstream)
    x = mg.randn(outer, rows, inner)
    with mg.kernels("fixed", workers):
        found = gradient(x, mg.from_numpy(index), mg.from_numpy(upstream)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-5)
    in_order = np.zeros((outer, rows, inner), np.float32)
    np.add.at(in_order, (slice(None), index), upstream)
    np.testing.assert_array_equal(found, in_order)
    with mg.kernels("original"):
        np.testing.assert_array_equal(found, gradient(x, mg.from_numpy(index), mg.from_numpy(upstream)).numpy())


@pytest.mark.parametrize("entries", [3, 30])
def test_a_sum_of_nothing_but_a_negative_zero_is_zero(entries):
    index = mg.zeros(entries, dtype=mg.int64)
    found = gradient(mg.ones(1, 3, 5), index, mg.full((1, entries, 5), -0.0)).numpy()
    assert not np.signbit(found).any()


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_hostile_values_stay_in_their_row(value):
    upstream = mg.ones(1, 4, 20)
    upstream[0, 1, 19] = value
    found = gradient(mg.ones(1, 3, 20), mg.tensor([0, 2, 2, 0]), upstream).numpy()
    expected = np.array([2.0, 0.0, 2.0])[None, :, None] * np.ones((1, 3, 20))
    expected[0, 2, 19] = value
    np.testing.assert_array_equal(found, expected)


def test_strided_gradients_and_other_dimensions():
    index = rng.integers(0, 6, 8)
    upstream = rng.standard_normal((5, 8, 4))
    for dim, turned in ((0, (1, 0, 2)), (2, (0, 2, 1))):
        expected = np.zeros((5, 6, 4))
        np.add.at(expected, (slice(None), index), upstream)
        x = mg.zeros(*expected.transpose(turned).shape, dtype=mg.float64)
        found = gradient(x, mg.from_numpy(index), mg.from_numpy(upstream).permute(*turned), dim)
        np.testing.assert_allclose(found.numpy(), expected.transpose(turned), rtol=1e-12)


@pytest.mark.parametrize("entries", [10, 100])
def test_an_index_that_changed_after_forward_does_not_harm_backward(entries):
    x, index = mg.randn(20, 8, requires_grad=True), mg.randint(0, 20, (entries,))
    y = x.index_select(0, index)
    index.detach().numpy()[-1] = 20
    with pytest.raises(IndexError, match="20 is out of bounds"):
        y.sum().backward()


@pytest.mark.parametrize("entries", [10, 100])
def test_in_a_compiled_step(entries):
    weight, upstream = mg.randn(20, 8), mg.randn(entries, 8)

    def run(index):
        w = weight.detach().requires_grad_()
        (w.index_select(0, index) * upstream).sum().backward()
        return w.grad

    step = mg.compile(run)
    for _ in range(4):
        index = mg.randint(0, 20, (entries,))
        np.testing.assert_allclose(step(index).numpy(), run(index).numpy(), rtol=1e-6)
    with pytest.raises(IndexError, match="out of"):
        step(mg.full((entries,), 20))
