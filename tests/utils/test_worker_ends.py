"""DataLoader with worker processes: how it fails and ends."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mocrograd.utils.data import DataLoader
from utils.working import Numbers, Stream, Whose, alive, eventually

pytestmark = [
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    pytest.mark.usefixtures("nothing_is_left"),
]

# -------------------------------------------------------------------------------------------- faults


class Picky(Exception):
    def __init__(self, first, second):
        super().__init__(first)


class Faulty(Numbers):
    def __init__(self, fault, size=4):
        super().__init__(size)
        self.fault = fault

    def __getitem__(self, index):
        if index == 1:
            raise self.fault
        return index


class Local:
    """An object that cannot be pickled."""

    def __reduce__(self):
        raise TypeError("a Local stays where it is")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (ValueError("bad sample"), ValueError),
        (KeyError("name"), KeyError),
        (Picky("one", "two"), RuntimeError),
        (StopIteration(), RuntimeError),
        (type("Nameless", (ValueError,), {})("here"), RuntimeError),
    ],
)
def test_faults_of_workers_are_raised(fault, kind):
    iterator = iter(DataLoader(Faulty(fault), batch_size=None, num_workers=2))
    assert next(iterator) == 0
    with pytest.raises(kind) as caught:
        next(iterator)
    assert type(caught.value) is kind
    words = str(caught.value)
    assert words.startswith(f"Caught {type(fault).__name__} in DataLoader worker process 1.\nOriginal Traceback")
    assert "raise self.fault" in words
    assert list(iterator) == [2, 3]


def test_faults_of_other_parts():
    def bad(_):
        raise ValueError("bad start")

    for options in ({"worker_init_fn": bad}, {"collate_fn": bad}):
        with pytest.raises(ValueError, match=r"worker process 0(.|\n)*bad start"):
            list(DataLoader(Numbers(), num_workers=2, **options))
        assert not alive()
    with pytest.raises(TypeError, match="a Local stays"):
        list(DataLoader(Numbers(), num_workers=1, collate_fn=lambda _: Local()))
    with pytest.raises(TypeError, match="a Local stays"):
        list(DataLoader(Numbers(), num_workers=1, batch_sampler=[[Local()]]))

    class Breaks(Stream):
        def __iter__(self):
            yield 1
            raise OSError("disk")

    iterator = iter(DataLoader(Breaks(), batch_size=None, num_workers=1))
    assert next(iterator) == 1
    with pytest.raises(OSError, match="disk"):
        next(iterator)
    assert list(iterator) == []


@pytest.mark.parametrize(
    ("end", "code"), [(lambda: os._exit(3), "3"), (lambda: os.kill(os.getpid(), signal.SIGKILL), "-9")]
)
@pytest.mark.parametrize("persistent", [False, True])
def test_a_worker_that_dies_is_noticed(end, code, persistent):
    class Ends(Whose):
        def __getitem__(self, index):
            if index == 3:
                end()
            return super().__getitem__(index)

    loader = DataLoader(Ends(6), batch_size=None, num_workers=2, persistent_workers=persistent)
    iterator = iter(loader)
    pids = [next(iterator)[2] for _ in range(3)]
    with pytest.raises(RuntimeError, match=rf"exited unexpectedly, with exit code {code} ") as caught:
        next(iterator)
    assert f"(pid(s) {pids[1]})" in str(caught.value)
    assert list(iterator) == []
    assert not alive()
    assert next(iter(loader))[0] == 0  # by new workers
    del loader


def test_waiting_has_an_end():
    loader = DataLoader(Numbers(2), num_workers=1, timeout=0.05, collate_fn=lambda _: time.sleep(0.5))
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.05 seconds"):
        list(loader)
    assert len(list(DataLoader(Numbers(2), num_workers=1, timeout=60))) == 2


# ----------------------------------------------------------------------------------------- early ends


def test_an_iterator_that_is_left_leaves_no_processes():
    loader = DataLoader(Numbers(100), num_workers=2)
    for _ in loader:
        break
    assert not alive()
    iterator = iter(loader)
    assert len(alive()) == 2
    del iterator
    assert not alive()

    def fails():
        for batch in loader:
            batch / "text"

    with pytest.raises(TypeError):
        fails()


@pytest.mark.parametrize(
    ("how", "code"), [(lambda: None, -15), (lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN), -9)]
)
def test_a_worker_that_does_not_end_is_ended(monkeypatch, how, code):
    ready = multiprocessing.get_context("fork").Event()

    def stays(_):
        how()
        ready.set()
        time.sleep(600)

    monkeypatch.setattr("mocrograd.utils.data.workers._PATIENCE", 0.1)
    iterator = iter(DataLoader(Numbers(4), num_workers=1, collate_fn=stays))
    (process,) = alive()
    assert ready.wait(60)
    del iterator
    eventually(lambda: process.exitcode == code)


SCRIPT = """
import os, signal, sys, time
import mocrograd as mg
from mocrograd.utils.data import DataLoader, Dataset

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background without it

class Numbers(Dataset):
    def __len__(self):
        return 1000
    def __getitem__(self, index):
        if index > 5:
            time.sleep(SLEEP)
        return index, os.getpid()

iterator = iter(DataLoader(Numbers(), batch_size=None, num_workers=2, persistent_workers=True))
print(*{next(iterator)[1] for _ in range(4)}, flush=True)
"""


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("", 0),
        ("sys.exit(4)", 4),
        ("raise ValueError", 1),
        ("os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("os.killpg(0, signal.SIGINT); time.sleep(60)", -2),
        ("signal.signal(signal.SIGTERM, lambda *_: os._exit(5)); os.kill(os.getpid(), signal.SIGTERM)", 5),
    ],
)
@pytest.mark.parametrize("sleep", ["0", "0.2"])
def test_the_end_of_the_loader_s_process_is_that_of_the_workers(end, code, sleep):
    script = SCRIPT.replace("SLEEP", sleep) + end
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, start_new_session=True
    )
    assert done.returncode == code
    assert done.stderr.count("Traceback") == (code in (1, -2))  # workers say nothing
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 2
    eventually(lambda: all(gone(pid) for pid in pids))


def test_an_interrupt_may_be_survived():
    script = SCRIPT.replace("SLEEP", "0") + (
        "try:\n    os.killpg(0, signal.SIGINT); time.sleep(60)\nexcept KeyboardInterrupt:\n    print(len(list(iterator)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, start_new_session=True
    )
    assert (done.returncode, done.stdout.split()[-1], done.stderr) == (0, "996", "")


def test_a_child_that_is_forked_meanwhile_keeps_no_worker_alive():
    iterator = iter(DataLoader(Numbers(100), num_workers=2))
    next(iterator)
    child = os.fork()
    if child == 0:
        del iterator
        time.sleep(600)
        os._exit(1)
    workers = alive()
    try:
        del iterator
        assert {process.exitcode for process in workers} == {0}  # not ended by force
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


# ------------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("options", "fault", "words"),
    [
        ({"num_workers": -1}, ValueError, "non-negative, got -1"),
        ({"timeout": -1}, ValueError, "non-negative, got -1"),
        ({"prefetch_factor": 2}, ValueError, "needs num_workers > 0"),
        ({"prefetch_factor": -2, "num_workers": 1}, ValueError, "non-negative, got -2"),
        ({"persistent_workers": True}, ValueError, "needs num_workers > 0"),
        ({"multiprocessing_context": "fork"}, ValueError, "needs num_workers > 0"),
        ({"multiprocessing_context": "thread", "num_workers": 1}, ValueError, "got 'thread'"),
        ({"multiprocessing_context": 3, "num_workers": 1}, TypeError, "got 3"),
        ({"num_workers": "2"}, TypeError, "'str' and 'int'"),
    ],
)
def test_bad_options(options, fault, words):
    torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
    for loader in (DataLoader, torch.utils.data.DataLoader):
        with pytest.raises(fault) as caught:
            loader([1], **options)
        if loader is DataLoader:
            assert words in str(caught.value)


def test_what_samplers_are_made_of_stays():
    torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
    for loader in (DataLoader([1]), torch.utils.data.DataLoader([1])):
        for name in ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"):
            with pytest.raises(ValueError, match=f"{name} attribute should not be set after DataLoader is init"):
                setattr(loader, name, None)
        loader.collate_fn = len
        assert list(loader) == [1]


def test_bad_options_that_show_when_iterating():
    for options in ({"timeout": 1}, {"num_workers": 1, "prefetch_factor": 0}):
        with pytest.raises(AssertionError):
            iter(DataLoader([1], **options))
    assert DataLoader([1], num_workers=1).prefetch_factor == 2
    assert DataLoader([1]).prefetch_factor is None
