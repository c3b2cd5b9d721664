"""Datasets and splitting."""

import mocrograd as mg
import pytest
from mocrograd.utils.data import Dataset, Subset, TensorDataset, random_split


def test_tensor_dataset():
    data = TensorDataset(mg.arange(6).reshape(3, 2), mg.tensor([7, 8, 9]))
    assert len(data) == 3
    x, y = data[1]
    assert (x.tolist(), y.item()) == ([2, 3], 8)
    with pytest.raises(ValueError, match=r"Size mismatch between tensors.*\(3,\), \(4,\)"):
        TensorDataset(mg.ones(3), mg.ones(4))


def test_dataset_needs_getitem():
    with pytest.raises(NotImplementedError, match="Dataset has no __getitem__"):
        Dataset()[0]


def test_subset():
    subset = Subset("abcdef", [4, 1, 0])
    assert len(subset) == 3
    assert [subset[i] for i in range(3)] == ["e", "b", "a"]


def test_random_split_covers_everything_once():
    parts = random_split(range(10), [7, 3])
    assert [len(part) for part in parts] == [7, 3]
    assert sorted(sample for part in parts for sample in (part[i] for i in range(len(part)))) == list(range(10))


def test_random_split_by_fractions_deals_out_the_rest():
    assert [len(part) for part in random_split(range(11), [0.5, 0.3, 0.2])] == [6, 3, 2]


def test_random_split_follows_the_generator():
    def split(seed):
        return list(random_split(range(20), [10, 10], mg.Generator().manual_seed(seed))[0].indices)

    assert split(1) == split(1)
    assert split(1) != split(2)


def test_bad_splits():
    with pytest.raises(ValueError, match="does not equal the length of the input dataset! Got 11 for 10"):
        random_split(range(10), [7, 4])
    with pytest.raises(ValueError, match="Fraction at index 0 is not between 0 and 1"):
        random_split(range(10), [1.5, -0.5])
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        random_split(range(3), [0.9, 0.1])
