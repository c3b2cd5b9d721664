"""DistributedSampler, and the modules that torch has below utils.data."""

import importlib

import mocrograd as mg
import pytest
from mocrograd.utils.data import DataLoader
from mocrograd.utils.data.distributed import DistributedSampler

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize(("size", "replicas"), [(10, 2), (11, 3), (2, 5), (3, 3), (7, 1)])
def test_shares_are_torch_s(size, replicas, drop_last):
    for rank in range(replicas):
        options = {"num_replicas": replicas, "rank": rank, "shuffle": False, "drop_last": drop_last}
        ours = DistributedSampler(range(size), **options)
        theirs = torch.utils.data.DistributedSampler(range(size), **options)
        assert (list(ours), len(ours)) == (list(theirs), len(theirs))


def test_shuffled_shares_make_the_whole():
    def epoch(number, **options):
        samplers = [DistributedSampler(range(12), 3, rank, **options) for rank in range(3)]
        for sampler in samplers:
            sampler.set_epoch(number)
        return [list(sampler) for sampler in samplers]

    first = epoch(0)
    assert sorted(index for share in first for index in share) == list(range(12))
    assert first == epoch(0) != epoch(1) == epoch(0, seed=1)
    loader = DataLoader(range(12), sampler=DistributedSampler(range(12), 3, 0), batch_size=2, num_workers=2)
    assert [index for batch in loader for index in batch.tolist()] == first[0]


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"num_replicas": 2, "rank": 2}, ValueError),
        ({"num_replicas": 2, "rank": -1}, ValueError),
        ({}, RuntimeError),
        ({"num_replicas": 2}, RuntimeError),
    ],
)
def test_bad_options(options, fault):
    with pytest.raises(fault, match="rank"):
        DistributedSampler(range(3), **options)


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("", ["DataLoader", "DistributedSampler", "get_worker_info", "default_collate", "default_convert"]),
        ("dataloader", ["DataLoader", "default_collate", "default_convert", "get_worker_info"]),
        ("dataset", ["Dataset", "IterableDataset", "TensorDataset", "Subset", "random_split"]),
        ("sampler", ["Sampler", "BatchSampler", "RandomSampler", "SequentialSampler", "SubsetRandomSampler"]),
        ("distributed", ["DistributedSampler"]),
    ],
)
def test_modules_below_utils_data(module, names):
    for package in (mg, torch):
        path = ".".join(filter(None, (package.__name__, "utils.data", module)))
        for name in names:
            assert hasattr(importlib.import_module(path), name)


def test_classes_may_say_what_a_sample_is():
    for data in (mg.utils.data, torch.utils.data):

        class Typed(data.Dataset[tuple[int, str]]):
            pass

        class TypedStream(data.IterableDataset[int]):
            def __iter__(self):
                return iter([1])

        class TypedSampler(data.Sampler[list[int]]):
            pass

        assert isinstance(TypedStream(), data.Dataset)
        assert data.DataLoader[int]
