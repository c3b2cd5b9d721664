"""DataLoader with worker processes: what it gives."""

import multiprocessing
import os
import pickle
import random
import threading
import time
from pathlib import Path

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.utils.data import DataLoader, StackDataset, Subset, TensorDataset, get_worker_info
from utils.working import Numbers, Stream, Whose, alive, eventually, lists, plain

pytestmark = [
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    pytest.mark.usefixtures("nothing_is_left"),
]

# ------------------------------------------------------------------------------------------- batches


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("options", [{"shuffle": True}, {"drop_last": True}, {"batch_size": None}])
def test_batches_are_those_of_no_workers(workers, options):
    options = {"batch_size": 5, **options}
    epochs = []
    for count in (0, workers):
        mg.manual_seed(3)
        loader = DataLoader(Numbers(), num_workers=count, pin_memory=True, **options)
        epochs.append([lists(loader) for _ in range(3)] + [mg.rand(2).tolist()])
    assert epochs[0] == epochs[1]


@pytest.mark.parametrize("init", [None, abs])
@pytest.mark.parametrize("data", [TensorDataset, lambda *t: Subset(TensorDataset(*t), [5, 1, 3, 2])])
def test_rows_of_tensors(data, init):
    x, y = mg.rand(9, 100, 100), mg.arange(9)
    here, there = (
        list(DataLoader(data(x, y), batch_size=2, num_workers=count, worker_init_fn=init)) for count in (0, 2)
    )
    for ours, theirs in zip(here, there, strict=True):
        assert [t.dtype for t in ours] == [t.dtype for t in theirs]
        assert all(mg.equal(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(("init", "count"), [(None, 0), (abs, 2)])
def test_rows_of_tensors_need_no_processes(init, count):
    before = len(alive())
    batches = iter(DataLoader(TensorDataset(mg.arange(6)), num_workers=2, worker_init_fn=init, timeout=60))
    assert next(batches)[0].tolist() == [0]
    assert len(alive()) - before == count


def test_batches_come_in_order_whoever_is_done_first():
    class Slow(Whose):
        def __getitem__(self, index):
            if index == 0:
                time.sleep(0.2)
            return super().__getitem__(index)

    samples = lists(DataLoader(Slow(8), batch_size=None, num_workers=2))
    assert [index for index, *_ in samples] == list(range(8))
    assert [worker for _, worker, _ in samples] == [0, 1] * 4
    assert len({pid for *_, pid in samples} | {os.getpid()}) == 3


def test_batches_that_are_ready_come_first_where_order_is_not_wanted():
    gate = multiprocessing.get_context("fork").Event()

    class Held(Numbers):
        def __getitem__(self, index):
            if index == 0:
                assert gate.wait(60)
            return index

    loader = DataLoader(Held(6), batch_size=None, num_workers=2, in_order=False)
    got = []
    for index in loader:
        got.append(index)
        if len(got) == 4:
            gate.set()
    assert got[:4] != [0, 1, 2, 3]
    assert sorted(got) == list(range(6))


@pytest.mark.parametrize("prefetch", [1, 3])
def test_so_many_batches_are_made_ahead(prefetch):
    made = multiprocessing.get_context("fork").Value("i", 0)

    class Counted(Numbers):
        def __getitem__(self, index):
            with made.get_lock():
                made.value += 1
            return index

    iterator = iter(DataLoader(Counted(100), batch_size=None, num_workers=2, prefetch_factor=prefetch))
    eventually(lambda: made.value == 2 * prefetch)
    next(iterator)
    eventually(lambda: made.value == 2 * prefetch + 1)
    time.sleep(0.05)
    assert made.value == 2 * prefetch + 1


def test_a_dataset_may_make_many_samples_at_once():
    class Short(Numbers):
        def __getitems__(self, indices):
            return indices[1:]

    class Many(Numbers):
        def __getitems__(self, indices):
            return [10 * index for index in indices]

        def __getitem__(self, index):
            raise AssertionError("one by one")

    for workers in (0, 1):
        assert lists(DataLoader(Many(4), batch_size=3, num_workers=workers)) == [[0, 10, 20], [30]]
        part = StackDataset(a=Subset(Many(9), [5, 2]), b=[1, 2])
        (batch,) = DataLoader(part, batch_size=2, num_workers=workers)
        assert {name: column.tolist() for name, column in batch.items()} == {"a": [50, 20], "b": [1, 2]}
        (pair,) = DataLoader(StackDataset(Many(2), [7, 8]), batch_size=2, num_workers=workers)
        assert [column.tolist() for column in pair] == [[0, 10], [7, 8]]
    with pytest.raises(ValueError, match=r"expected 3 samples of each dataset, got \[2\]"):
        StackDataset(Short(4)).__getitems__([0, 1, 2])


def test_a_sampler_may_give_anything():
    class Named(Numbers):
        def __getitem__(self, name):
            return f"sample {name}"

    assert lists(DataLoader(Named(), sampler=["a", "b"], num_workers=1)) == [["sample a"], ["sample b"]]


def test_huge_tasks_and_results_do_not_wait_for_each_other():
    # Both directions hold more than a connection buffers, in text that does not travel as arrays.
    indices = [list(range(100_000)) for _ in range(8)]
    loader = DataLoader(Numbers(100_000), batch_sampler=indices, num_workers=2, prefetch_factor=4, collate_fn=plain)
    assert [len(batch) for batch in loader] == [100_000] * 8


# -------------------------------------------------------------------------------------------- values


def test_what_batches_hold_arrives():
    big = mg.rand(300, 300)
    values = [
        big, big.t(), mg.arange(5), mg.tensor([True]), mg.tensor(2.5), mg.zeros(0, 3), mg.ones(2, requires_grad=True),
        mg.nn.Parameter(mg.ones(3)), big.numpy(), np.asfortranarray(big.numpy()), np.arange(3), "text", b"bytes", None,
        {"a": (1, big[10:200])}, big.double(), big.int(), big.to(mg.uint8),
    ]  # fmt: skip
    (got,) = DataLoader([values], batch_size=None, collate_fn=lambda sample: sample, num_workers=1)
    got[0][0, 0] += 1
    got[0][0, 0] -= 1

    def check(a, b):
        assert type(a) is type(b)
        if isinstance(a, mg.Tensor):
            assert (a.dtype, a.requires_grad, a.shape) == (b.dtype, b.requires_grad, b.shape)
            assert mg.allclose(a, b)
        elif isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        elif isinstance(a, (list, tuple)):
            for x, y in zip(a, b, strict=True):
                check(x, y)
        elif isinstance(a, dict):
            check(list(a.items()), list(b.items()))
        else:
            assert a == b

    check(got, values)


def test_a_tensor_is_pickled_plainly():
    for tensor in (mg.rand(3, 4), mg.rand(3, 4).t(), mg.ones(2, requires_grad=True), mg.arange(3)):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            copy = pickle.loads(pickle.dumps(tensor, protocol))
            assert mg.equal(copy, tensor)
            assert (copy.dtype, copy.requires_grad) == (tensor.dtype, tensor.requires_grad)


def test_many_large_batches_can_be_kept():
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    open_now = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 100
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_now + 30, hard))
    try:
        batches = list(DataLoader(TensorDataset(mg.arange(100 * 9000).view(100, 9000)), num_workers=1))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert [int(x[0, 0]) for (x,) in batches] == list(range(0, 100 * 9000, 9000))


# ------------------------------------------------------------------------------------------- streams


def test_a_stream_is_shared_by_what_a_worker_knows():
    loader = DataLoader(Stream(), batch_size=2, num_workers=2)
    assert lists(loader) == lists(loader) == [[0, 2], [1, 3], [4, 6], [5, 7], [8, 10], [9]]
    assert lists(DataLoader(Stream(), batch_size=2, num_workers=2, drop_last=True))[-1] == [8, 10]
    assert lists(DataLoader(Stream(4), batch_size=None, num_workers=1)) == [0, 1, 2, 3]
    assert lists(DataLoader(Stream(4), batch_size=3)) == [[0, 1, 2], [3]]


def test_shorter_workers_drop_out():
    for persistent in (False, True):
        loader = DataLoader(
            Stream(sizes=[1, 4, 0, 2]), batch_size=1, num_workers=4, collate_fn=plain, persistent_workers=persistent
        )
        for _ in range(2):
            assert lists(loader) == [[0], [100], [300], [101], [301], [102], [103]]
        del loader


# ------------------------------------------------------------------------------- what a worker knows


def drawn(_):
    return mg.rand(1).item(), random.random(), np.random.rand(), get_worker_info().seed


def epochs(seed, **options):
    mg.manual_seed(seed)
    loader = DataLoader(Numbers(4), batch_size=2, num_workers=2, collate_fn=drawn, **options)
    return [list(loader) for _ in range(2)]


def test_random_numbers_of_workers():
    first = epochs(1)
    assert first == epochs(1) != epochs(2)
    numbers = [number for epoch in first for batch in epoch for number in batch[:3]]
    assert len(set(numbers)) == len(numbers) == 12
    seeds = [batch[3] for batch in first[0]]
    assert seeds[1] == seeds[0] + 1
    random.seed(seeds[0])
    assert first[0][0][:2] == (mg.rand(1, generator=mg.Generator().manual_seed(seeds[0])).item(), random.random())
    by_generator = [epochs(seed, generator=mg.Generator().manual_seed(5)) for seed in (1, 2)]
    assert by_generator[0] == by_generator[1]


def test_seeds_of_workers_go_on_from_a_saved_state():
    mg.manual_seed(1)
    loader = DataLoader(Numbers(2), num_workers=1, collate_fn=drawn)
    list(loader)
    state = mg.get_rng_state()
    second = list(loader)
    mg.set_rng_state(state)
    assert list(loader) == second


def test_workers_draw_what_torch_lets_numpy_draw():
    torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
    from torch.utils.data._utils.worker import _generate_state

    class Draws(Numbers):
        def __getitem__(self, index):
            return get_worker_info().seed, np.random.rand()

    assert torch
    ((seed, number),) = DataLoader(Draws(1), batch_size=None, num_workers=1)
    assert number == np.random.RandomState(_generate_state(seed, 0)).rand()


def test_what_a_worker_knows():
    class Tells(Numbers):
        def __getitem__(self, index):
            info = get_worker_info()
            return info.id, info.num_workers, info.dataset is self, self.told, mg.get_num_threads()

    data = Tells(4)
    data.told = None

    def tell(worker):
        get_worker_info().dataset.told = f"worker {worker}"

    loader = DataLoader(data, batch_size=None, num_workers=2, worker_init_fn=tell)
    assert list(loader) == [[0, 2, True, "worker 0", 1], [1, 2, True, "worker 1", 1]] * 2
    assert get_worker_info() is None
    assert data.told is None


def test_workers_may_stay():
    for persistent, processes in ((True, 2), (False, 4)):
        loader = DataLoader(Whose(8), batch_size=None, num_workers=2, persistent_workers=persistent)
        pids = {pid for _ in range(2) for *_, pid in loader}
        assert len(pids) == processes
        assert bool(alive()) is persistent
        del loader
    assert not alive()


def test_workers_that_stay_forget_an_epoch_that_was_left():
    loader = DataLoader(Numbers(50), batch_size=4, num_workers=2, persistent_workers=True, prefetch_factor=3)
    everything = lists(DataLoader(Numbers(50), batch_size=4))
    for stop in (1, 5, 0):
        for place, batch in enumerate(loader):
            assert batch.tolist() == everything[place]
            if place == stop:
                break
    assert lists(loader) == everything
    del batch, loader


# ------------------------------------------------------------------------------------- kernels there


class Kernels(Numbers):
    def __getitem__(self, index):
        x = mg.rand(200, 200, generator=mg.Generator().manual_seed(index))
        threads = len(os.listdir("/proc/self/task")) if Path("/proc/self/task").exists() else 2
        return ((x @ x).exp().sum() + x.softmax(1).sum()).item(), threads


def test_kernels_work_while_the_loader_s_process_uses_its_threads():
    stop = threading.Event()

    def work():
        x = mg.rand(300, 300)
        while not stop.is_set():
            (x @ x).sum()

    thread = threading.Thread(target=work)
    with mg.kernels("fixed", 2):
        expected = [Kernels(6)[index][0] for index in range(6)]
        thread.start()
        try:
            for _ in range(3):
                got = list(DataLoader(Kernels(6), batch_size=None, num_workers=2))
                assert [value for value, _ in got] == expected
                assert {threads for _, threads in got} == {2}  # the one that computes, the one that listens
        finally:
            stop.set()
            thread.join()


def test_another_thread_may_load():
    got = []
    thread = threading.Thread(target=lambda: got.extend(lists(DataLoader(Numbers(4), batch_size=2, num_workers=2))))
    thread.start()
    thread.join()
    assert got == [[0, 1], [2, 3]]


def test_other_ways_to_start_processes():
    data = TensorDataset(mg.arange(4))
    for context in ("spawn", multiprocessing.get_context("fork")):
        loader = DataLoader(data, batch_size=2, num_workers=1, multiprocessing_context=context)
        assert [x.tolist() for (x,) in loader] == [[0, 1], [2, 3]]
