"""Where elements are true, and what is counted by it: blocks, rows of one prefix, edges of histograms, every worker count."""

from __future__ import annotations

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.backend import call
from mocrograd.ops._nonzero import _BLOCK

RNG = np.random.default_rng(0)
ENDS = (1, 63, 64, 65, 127, _BLOCK - 1, _BLOCK, _BLOCK + 1, 2 * _BLOCK + 65)


@pytest.mark.parametrize("n", ENDS)
@pytest.mark.parametrize("share", [0.0, 0.002, 0.5, 1.0])
def test_indices_on_both_sides_of_words_and_blocks(n: int, share: float) -> None:
    flat = RNG.random(n) < share
    for mask in (flat, np.stack([flat, ~flat, flat]), np.stack([flat, ~flat, flat], 1), flat.reshape(1, n, 1)):
        x = mg.tensor(mask)
        np.testing.assert_array_equal(mg.nonzero(x).numpy(), np.argwhere(mask))
        for found, expected in zip(mg.nonzero(x, as_tuple=True), np.nonzero(mask), strict=True):
            np.testing.assert_array_equal(found.numpy(), expected)
        values = RNG.standard_normal(mask.shape)
        np.testing.assert_array_equal(mg.tensor(values)[x].numpy(), values[mask])


def test_indices_of_strided_masks_of_other_dtypes_and_of_many_dimensions() -> None:
    for x in (RNG.integers(-1, 2, (5, 7, 3)), RNG.integers(-1, 2, (9, 4)) * 1j, RNG.integers(0, 2, (6, 5)) * -0.5):
        np.testing.assert_array_equal(mg.tensor(x).transpose(0, 1).nonzero().numpy(), np.argwhere(np.swapaxes(x, 0, 1)))
    deep = np.ones((1,) * 17 + (3,), bool)
    deep[..., 1] = False
    np.testing.assert_array_equal(mg.tensor(deep).nonzero().numpy(), np.argwhere(deep))


def test_results_do_not_depend_on_workers() -> None:
    mask, numbers = mg.tensor(RNG.random((700, 300)) < 0.3), mg.tensor(RNG.integers(0, 50, 210_000))
    before = mg.get_num_threads()
    try:
        found = []
        for workers in (1, 2, 5):
            mg.set_num_threads(workers)
            parts = mg.unique(numbers, return_inverse=True, return_counts=True)
            found.append([mask.nonzero(), mg.searchsorted(numbers[:100], numbers), *parts])
    finally:
        mg.set_num_threads(before)
    for others in found[1:]:
        for one, other in zip(found[0], others, strict=True):
            np.testing.assert_array_equal(one.numpy(), other.numpy())


@pytest.mark.parametrize(("counted", "expected"), [(2, [0, 3]), (5, [0, 3, 6, 0, 0])])
def test_a_mask_that_changes_between_the_kernels_stays_inside(counted: int, expected: list[int]) -> None:
    mask = mg.tensor([True, False, False, True, False, False, True])
    room = mg.full((counted + 1,), -1)
    ends = mg.tensor([counted])
    kernel = mask.device.table["true_at.forward.bool"]
    call(kernel, 7, room.data_ptr(), mask.data_ptr(), ends.data_ptr(), 7, _BLOCK, counted, 1, 7, 1, mask.device.context)
    assert room.tolist() == [*expected, -1]


@pytest.mark.parametrize("shape", [(6, 1), (40, 3), (40, 17), (1, 5), (0, 5)])
@pytest.mark.parametrize("values", [1, 2, 40])
def test_unique_rows_that_agree_in_their_first_columns(shape: tuple[int, int], values: int) -> None:
    rows = RNG.integers(0, values, shape)
    rows[:, : shape[1] // 2] = 7
    for x, dim in ((rows, 0), (rows.T, 1), (np.stack([rows, rows], 2), 0)):
        expected = np.unique(x, axis=dim, return_inverse=True, return_counts=True)
        found = mg.unique(mg.tensor(x), return_inverse=True, return_counts=True, dim=dim)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one.numpy(), other.reshape(one.shape))


def test_each_nan_is_a_value_of_its_own() -> None:
    found, inverse, counts = mg.unique(mg.tensor([mg.nan, 1.0, mg.nan, 1.0]), return_inverse=True, return_counts=True)
    assert str(found.tolist()) == "[1.0, nan, nan]"
    assert (inverse.tolist(), counts.tolist()) == ([1, 0, 2, 0], [2, 1, 1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_histogram_divides_as_torch_does(dtype: str) -> None:
    torch = pytest.importorskip("torch")
    for bins, low, high in ((10, 0.0, 3.0), (7, -0.1, 0.6), (11, 0.37, 2.87), (13, -1.85, 1.0)):
        edges = np.linspace(low, high, bins + 1).astype(dtype)
        x = np.concatenate([edges, np.nextafter(edges, 9), np.nextafter(edges, -9)]).astype(dtype)
        expected = torch.histc(torch.from_numpy(x), bins, low, high)
        assert mg.histc(mg.tensor(x), bins, low, high).tolist() == expected.tolist(), (bins, low, high)


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64", "uint8", "float16"])
@pytest.mark.parametrize("count", [1, 7, 8, 9, 20])
def test_values_are_searched_for_side_by_side(dtype: str, count: int) -> None:
    for n in (0, 1, 2, 7, 8, 31):
        rows = np.sort(RNG.integers(0, 20, (3, n))).astype(dtype)
        values = RNG.integers(0, 22, (3, count)).astype(dtype)
        for side in ("left", "right"):
            expected = [np.searchsorted(row, value, side) for row, value in zip(rows, values, strict=True)]
            found = mg.searchsorted(mg.tensor(rows), mg.tensor(values), side=side)
            np.testing.assert_array_equal(found.numpy(), expected)
