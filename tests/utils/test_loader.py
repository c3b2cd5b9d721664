"""DataLoader, samplers and collating."""

import copy
from collections import OrderedDict
from types import MappingProxyType
from typing import NamedTuple

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    Subset,
    TensorDataset,
    default_collate,
    default_convert,
)


class Squares(Dataset):
    def __init__(self, size):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return mg.tensor(float(index)), index**2


def tensors(size=10):
    return TensorDataset(mg.arange(size), mg.arange(size) * 10)


@pytest.mark.parametrize("data", [tensors(), Subset(tensors(20), list(range(10))), Squares(10)])
@pytest.mark.parametrize(("drop_last", "sizes"), [(False, [4, 4, 2]), (True, [4, 4])])
def test_batches_in_order(data, drop_last, sizes):
    loader = DataLoader(data, batch_size=4, drop_last=drop_last)
    batches = list(loader)
    assert [len(x) for x, _ in batches] == sizes
    assert len(loader) == len(sizes)
    assert [int(v) for x, _ in batches for v in x.tolist()] == list(range(sum(sizes)))
    assert isinstance(batches[0], list)


@pytest.mark.parametrize("data", [tensors(50), Subset(tensors(100), list(range(50))), Squares(50)])
def test_shuffled_epochs_differ_and_repeat_from_the_seed(data):
    def epochs(loader):
        return [[int(v) for x, _ in loader for v in x.tolist()] for _ in range(2)]

    mg.manual_seed(4)
    first, second = epochs(DataLoader(data, batch_size=8, shuffle=True))
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second
    mg.manual_seed(4)
    assert epochs(DataLoader(data, batch_size=8, shuffle=True)) == [first, second]
    by_generator = [
        epochs(DataLoader(data, batch_size=8, shuffle=True, generator=mg.Generator().manual_seed(1))) for _ in range(2)
    ]
    assert by_generator[0] == by_generator[1]


def test_samples_stay_together_when_shuffled():
    for x, y in DataLoader(tensors(), batch_size=3, shuffle=True):
        assert (x * 10).tolist() == y.tolist()


def test_a_batch_is_a_copy():
    data = tensors()
    (x, _), *_ = DataLoader(data, batch_size=10)
    x.fill_(0)
    assert data.tensors[0].tolist() == list(range(10))


def test_gathered_batches_equal_collated_ones():
    data = TensorDataset(mg.rand(7, 3), mg.arange(7))
    gathered = list(DataLoader(data, batch_size=3))
    collated = list(DataLoader(data, batch_size=3, collate_fn=default_collate))
    for ours, theirs in zip(gathered, collated, strict=True):
        assert [t.tolist() for t in ours] == [t.tolist() for t in theirs]
        assert [t.dtype for t in ours] == [t.dtype for t in theirs]


def test_no_samples_give_no_batches():
    assert list(DataLoader(tensors(0), batch_size=3)) == []
    assert len(DataLoader(Squares(0), batch_size=3)) == 0


def test_samplers():
    data = tensors(5)
    assert list(SequentialSampler(data)) == [0, 1, 2, 3, 4]
    assert sorted(RandomSampler(data)) == [0, 1, 2, 3, 4]
    assert list(BatchSampler(range(5), 2, False)) == [[0, 1], [2, 3], [4]]
    assert [int(v) for x, _ in DataLoader(data, batch_size=2, sampler=[3, 1, 0]) for v in x.tolist()] == [
        3,
        1,
        0,
    ]
    by_batch = DataLoader(data, batch_sampler=[[0, 4], [2]])
    assert [x.tolist() for x, _ in by_batch] == [[0, 4], [2]]
    assert (len(by_batch), by_batch.batch_size) == (2, None)
    with pytest.raises(NotImplementedError, match="Sampler has no __iter__"):
        iter(Sampler())


def test_single_samples_without_batches():
    loader = DataLoader(Squares(3), batch_size=None)
    assert [y for _, y in loader] == [0, 1, 4]
    assert len(loader) == 3
    assert list(DataLoader(Squares(3), batch_size=None, collate_fn=lambda sample: sample[1])) == [0, 1, 4]


def test_own_collating():
    loader = DataLoader(Squares(4), batch_size=2, collate_fn=lambda samples: [y for _, y in samples])
    assert list(loader) == [[0, 1], [4, 9]]


@pytest.mark.parametrize(
    ("options", "fault", "words"),
    [
        ({"batch_size": 0}, ValueError, "batch_size=0"),
        ({"batch_size": 2.5}, ValueError, "batch_size=2.5"),
        ({"drop_last": "no"}, ValueError, "drop_last=no"),
        ({"sampler": [0], "shuffle": True}, ValueError, "sampler option is mutually exclusive with shuffle"),
        ({"batch_sampler": [[0]], "batch_size": 2}, ValueError, "batch_sampler option is mutually exclusive"),
        ({"batch_size": None, "drop_last": True}, ValueError, "mutually exclusive with drop_last"),
    ],
)
def test_bad_options(options, fault, words):
    with pytest.raises(fault, match=words):
        DataLoader(tensors(), **options)


class Pair(NamedTuple):
    a: float
    b: object


def test_collating_keeps_structure():
    batch = default_collate([{"x": (1, 2.0), "name": "u"}, {"x": (3, 4.0), "name": "v"}])
    assert batch["name"] == ["u", "v"]
    assert [t.tolist() for t in batch["x"]] == [[1, 3], [2.0, 4.0]]
    assert [t.dtype for t in batch["x"]] == [mg.int64, mg.float64]
    pair = default_collate([Pair(1.0, mg.ones(2)), Pair(2.0, mg.zeros(2))])
    assert type(pair) is Pair
    assert pair.b.tolist() == [[1.0, 1.0], [0.0, 0.0]]
    assert default_collate([np.ones(2, np.float32), np.zeros(2, np.float32)]).tolist() == [
        [1.0, 1.0],
        [0.0, 0.0],
    ]
    assert default_collate([np.float64(1), np.float64(2)]).dtype == mg.float64


class Encoding(dict):
    """A mapping that reads its items as attributes, as libraries' samples are."""

    def __getattr__(self, name):
        if name in self:
            return self[name]
        raise AttributeError(name)


class Words(list):
    pass


def test_collating_keeps_classes():
    sample = Encoding(ids=1)
    object.__setattr__(sample, "language", "en")
    batch = default_collate([sample, Encoding(ids=2)])
    assert (type(batch), batch.ids.tolist(), vars(batch)) == (Encoding, [1, 2], {"language": "en"})
    assert sample == {"ids": 1}
    assert type(default_collate([OrderedDict(a=1)])) is OrderedDict
    assert type(default_collate([MappingProxyType({"a": 1})])) is MappingProxyType
    words = default_collate([Words([1, 2]), Words([3, 4])])
    assert (type(words), [w.tolist() for w in words]) == (Words, [[1, 3], [2, 4]])
    assert type(default_collate([(1, 2)])) is list
    assert [t.tolist() for t in default_collate([range(2), range(2)])] == [[0, 0], [1, 1]]
    assert type(default_convert(sample)) is Encoding
    assert type(default_convert(Words([np.ones(1)]))[0]) is mg.Tensor


def test_what_cannot_be_collated():
    with pytest.raises(TypeError, match="found <class 'object'>"):
        default_collate([object()])
    with pytest.raises(RuntimeError, match="equal size"):
        default_collate([(1, 2), (3,)])
    with pytest.raises(RuntimeError, match="equal size"):
        default_collate([np.ones(2), np.ones(3)])


@pytest.mark.parametrize("num_workers", [0, 1])
def test_iterators_have_torchs_classes(num_workers):
    from mocrograd.utils.data import dataloader

    loader = DataLoader(range(6), batch_size=2, num_workers=num_workers)
    iterator = iter(loader)
    theirs = dataloader._MultiProcessingDataLoaderIter if num_workers else dataloader._SingleProcessDataLoaderIter
    assert type(iterator) is theirs
    assert isinstance(iterator, dataloader._BaseDataLoaderIter)
    with pytest.raises(NotImplementedError, match="cannot be pickled"):
        copy.deepcopy(iterator)
    assert [batch.tolist() for batch in iterator] == [[0, 1], [2, 3], [4, 5]]
    if num_workers:
        iterator._shutdown_workers()
        assert not iterator.alive
    else:
        assert len(iterator) == 3
