"""Datasets joined, streams, and samplers that draw: as torch's."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

PAIRS = ((mg, mg.utils.data), (torch, torch.utils.data))


def stream(data, count):
    class Stream(data.IterableDataset):
        def __iter__(self):
            return iter(range(count))

        def __len__(self):
            return count

    return Stream()


def test_datasets_one_behind_the_other():
    results = []
    for m, data in PAIRS:
        parts = [
            data.TensorDataset(m.arange(3)),
            data.TensorDataset(m.arange(3, 5)),
            data.TensorDataset(m.arange(5, 6)),
        ]
        whole = data.ConcatDataset(parts)
        added = parts[0] + parts[1]
        results.append([len(whole), whole.cumulative_sizes, [int(whole[i][0]) for i in range(-6, 6)], len(added)])
        batches = [x.tolist() for (x,) in data.DataLoader(whole, batch_size=4)]
        assert batches == [[0, 1, 2, 3], [4, 5]]
        with pytest.raises(ValueError, match="absolute value of index"):
            whole[-7]
        with pytest.raises(IndexError):
            whole[6]
        with pytest.raises(AssertionError, match="empty"):
            data.ConcatDataset([])
        with pytest.raises(AssertionError, match="IterableDataset"):
            data.ConcatDataset([stream(data, 2)])
    assert results[0] == results[1]


def test_datasets_side_by_side():
    for m, data in PAIRS:
        first, second = data.TensorDataset(m.arange(3)), [7, 8, 9]
        assert [(int(a[0]), b) for a, b in (data.StackDataset(first, second)[i] for i in range(3))] == [
            (0, 7),
            (1, 8),
            (2, 9),
        ]
        assert data.StackDataset(x=second, y=second)[1] == {"x": 8, "y": 8}
        assert len(data.StackDataset(second)) == 3
        for args, options in (((), {}), ((second, [1]), {}), ((second,), {"x": second})):
            with pytest.raises(ValueError):  # noqa: PT011 (the type is what both share)
                data.StackDataset(*args, **options)


@pytest.mark.parametrize("options", [{"batch_size": 3}, {"batch_size": 3, "drop_last": True}, {"batch_size": None}])
def test_streams(options):
    results = []
    for _, data in PAIRS:
        joined = stream(data, 5) + stream(data, 3)
        loader = data.DataLoader(joined, **options)
        results.append([len(joined), len(loader), [x if isinstance(x, int) else x.tolist() for x in loader]])
        with pytest.raises(ValueError, match="shuffle"):
            data.DataLoader(joined, shuffle=True)
        with pytest.raises(ValueError, match="sampler"):
            data.DataLoader(joined, sampler=data.SequentialSampler([1]))
        with pytest.raises(AssertionError, match="only supports IterableDataset"):
            list(data.ChainDataset([[1, 2]]))
    assert results[0] == results[1]
    with pytest.raises(NotImplementedError, match="no __iter__"):
        iter(mg.utils.data.IterableDataset())


def test_samplers_that_draw():
    data = mg.utils.data
    assert sorted(data.SubsetRandomSampler([3, 5, 9])) == [3, 5, 9]
    assert len(data.SubsetRandomSampler([3, 5, 9])) == 3
    mg.manual_seed(0)
    drawn = list(data.WeightedRandomSampler([0.0, 1.0, 3.0], 4000))
    assert len(drawn) == 4000
    assert drawn.count(0) == 0
    assert drawn.count(2) == pytest.approx(3000, rel=0.1)
    assert sorted(data.WeightedRandomSampler([1.0, 1.0, 3.0], 3, replacement=False)) == [0, 1, 2]
    assert set(data.RandomSampler(range(4), replacement=True, num_samples=200)) == {0, 1, 2, 3}
    endless = data.RandomSampler(range(4), replacement=True, num_samples=10**10)
    assert {n for n, _ in zip(endless, range(100))} == {0, 1, 2, 3}
    rounds = [n for n, _ in zip(data.RandomSampler(range(4), num_samples=10**10), range(12))]
    assert [sorted(rounds[i : i + 4]) for i in (0, 4, 8)] == [[0, 1, 2, 3]] * 3
    assert list(data.RandomSampler([])) == []
    twice = list(data.RandomSampler(range(4), num_samples=10))
    assert sorted(twice[:4]) == sorted(twice[4:8]) == [0, 1, 2, 3]
    seeded = [list(data.RandomSampler(range(9), generator=mg.Generator().manual_seed(1))) for _ in range(2)]
    assert seeded[0] == seeded[1]


BAD = {
    "RandomSampler": [(((1, 2), "x"), {}), (((1, 2),), {"num_samples": 0}), (((1, 2),), {"num_samples": 1.5})],
    "WeightedRandomSampler": [(([1.0], 0), {}), (([1.0], 1, "x"), {}), (([[1.0]], 1), {}), (([1.0], 1.5), {})],
}


@pytest.mark.parametrize("name", BAD)
def test_bad_samplers_are_refused_as_by_torch(name):
    for args, options in BAD[name]:
        kinds = []
        for _, data in PAIRS:
            with pytest.raises((TypeError, ValueError)) as caught:
                getattr(data, name)(*args, **options)
            kinds.append(caught.type)
        assert kinds[0] is kinds[1]


def test_convert():
    given = {"a": np.ones(2, np.float32), "b": (np.int64(3), "x", [np.zeros(1)]), "c": b"y"}
    for m, data in PAIRS:
        made = data.default_convert(given)
        assert isinstance(made["a"], m.Tensor)
        assert made["b"][1:2] == ["x"]
        assert isinstance(made["b"][2][0], m.Tensor)
        assert made["c"] == b"y"
