"""The door to the kernels: choosing an implementation, threads, processes, devices and memory."""

import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import backend, layout
from mocrograd.backend import constants


@pytest.fixture(autouse=True)
def restore():
    """Leave the setting and the number of threads as they were."""
    threads = mg.get_num_threads()
    with mg.kernels("dynamic"):
        yield
    mg.set_num_threads(threads)


def run(program, **environment):
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


# ------------------------------------------------------------------------------------- implementations


def test_kernels_as_a_call_and_as_a_context():
    mg.kernels("original")
    assert mg.current_kernels() == "original"
    with mg.kernels("fixed", workers=10):
        assert mg.current_kernels() == "fixed:10"
        with mg.kernels("fixed:3"):
            assert mg.current_kernels() == "fixed:3"
        assert mg.current_kernels() == "fixed:10"
    assert mg.current_kernels() == "original"
    mg.kernels("dynamic")
    assert mg.current_kernels() == "dynamic"


def test_an_exception_restores_the_implementation():
    with pytest.raises(KeyError), mg.kernels("original"):
        raise KeyError
    assert mg.current_kernels() == "dynamic"


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (("fast",), ValueError, "original, fixed, dynamic, got 'fast'"),
        (("",), ValueError, "original, fixed, dynamic"),
        ((None,), ValueError, "None"),
        (("fixed",), ValueError, "positive number"),
        (("fixed", 0), ValueError, "positive number, got 0"),
        (("fixed", -3), ValueError, "positive number, got -3"),
        (("fixed", 1 << 40), ValueError, "positive number"),
        (("fixed", 1.5), TypeError, "positive integer, got 1.5"),
        (("fixed", "a word"), TypeError, "positive integer, got 'a word'"),
        (("fixed", True), TypeError, "True"),
        (("fixed:0",), ValueError, "positive number, got 0"),
        (("fixed:-2",), ValueError, "positive number, got -2"),
        (("fixed:two",), (TypeError, ValueError), "two"),
        (("fixed:",), (TypeError, ValueError), "positive"),
        (("original", 2), ValueError, "goes with 'fixed', not with 'original'"),
        (("dynamic", 2), ValueError, "goes with 'fixed', not with 'dynamic'"),
    ],
    ids=str,
)
def test_bad_implementations(arguments, kind, words):
    with pytest.raises(kind, match=words):
        mg.kernels(*arguments)
    assert mg.current_kernels() == "dynamic"


def test_the_environment_chooses_the_implementation():
    done = run("import mocrograd as mg; print(mg.current_kernels())", MOCROGRAD_KERNELS="fixed:10")
    assert done.stdout == "fixed:10\n", done.stderr


@pytest.mark.parametrize("value", ["fixed:0", "quick", "fixed:ten"])
def test_a_bad_environment_says_so(value):
    done = run("import mocrograd", MOCROGRAD_KERNELS=value)
    assert done.returncode != 0
    assert "kernels:" in done.stderr
    assert value.rpartition(":")[2] in done.stderr


def test_every_implementation_has_every_kernel():
    forms = {name: set(mg.device("cpu").tables[name]) for name in mg.device("cpu").tables}
    for name in ("original", "fixed:1"):
        with mg.kernels(name):
            forms[name] = set(mg.device("cpu").table)
    assert forms["original"] == forms["fixed:1"]
    assert len(forms["original"]) > 100


def test_a_missing_kernel_names_operation_dtype_and_device():
    with pytest.raises(NotImplementedError, match='"frobnicate" not implemented for float32 on device cpu'):
        mg.device("cpu").table["frobnicate.forward.float32"]


# --------------------------------------------------------------------------------------------- threads


def test_the_default_number_of_threads_is_what_the_process_may_use():
    assert 1 <= mg.get_num_threads() <= (os.cpu_count() or 1)
    if hasattr(os, "sched_setaffinity"):
        cpu = min(os.sched_getaffinity(0))
        program = f"import os; os.sched_setaffinity(0, [{cpu}]); import mocrograd as mg; print(mg.get_num_threads())"
        assert run(program).stdout == "1\n"


@pytest.mark.parametrize(("said", "expected"), [("1", 1), ("1,4", 1), ("0", None), ("many", None), ("100000", None)])
def test_fewer_threads_where_the_environment_says_so(said, expected):
    program = "import mocrograd as mg; print(mg.get_num_threads())"
    threads = run(program, OMP_NUM_THREADS="").stdout
    assert run(program, OMP_NUM_THREADS=said).stdout == (f"{expected}\n" if expected else threads)


def test_set_num_threads():
    mg.set_num_threads(1)
    assert mg.get_num_threads() == 1
    assert backend.device_report()[0] == "cpu: 1 threads"
    x = mg.ones(300, 300)
    one = (x @ x).sum().item()
    mg.set_num_threads(5)
    assert (x @ x).sum().item() == one


@pytest.mark.parametrize(
    ("threads", "kind"),
    [(0, RuntimeError), (-1, RuntimeError), ("two", TypeError), (1.5, TypeError), (True, TypeError)],
)
def test_bad_numbers_of_threads(threads, kind):
    with pytest.raises(kind, match="set_num_threads expects"):
        mg.set_num_threads(threads)


def heavy(seed):
    """Many workers' work, whose result depends on the seed."""
    x = mg.tensor(np.random.default_rng(seed).normal(size=(200, 200)), requires_grad=True)
    ((x @ x).tanh().sum(0) * 2).log_softmax(0).sum().backward()
    return x.grad.numpy()


@pytest.mark.parametrize("name", ["fixed:7", "dynamic"])
def test_python_threads_at_once(name):
    with mg.kernels(name):
        expected = [heavy(seed).tobytes() for seed in range(4)]
        got = [[] for _ in expected]

        def work(seed):
            for _ in range(5):
                got[seed].append(heavy(seed).tobytes())

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=100)
            assert not thread.is_alive(), "a deadlock"
    assert [set(results) for results in got] == [{bits} for bits in expected]


def test_long_kernels_release_the_interpreter():
    x = mg.ones(1500, 1500)
    ticks = []
    stop = threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    with mg.kernels("original"):
        thread.start()
        begin = time.perf_counter()
        x @ x
        end = time.perf_counter()
        stop.set()
        thread.join()
    inside = [t for t in ticks if begin < t < end]
    assert len(inside) >= 5, f"{len(inside)} ticks in the {end - begin:.3f} s of one kernel"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.parametrize("name", ["fixed:4", "dynamic"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_computes_the_same(name):
    program = f"""
import os, sys
import mocrograd as mg
mg.kernels({name!r})
x = mg.arange(90000.0).reshape(300, 300) / 90000
expected = (x @ x).exp().sum().item()  # wakes the workers before the fork
child = os.fork()
if child == 0:
    same = all((x @ x).exp().sum().item() == expected for _ in range(5))
    os._exit(0 if same else 1)
status = os.waitpid(child, 0)[1]
assert (x @ x).exp().sum().item() == expected
sys.exit(os.waitstatus_to_exitcode(status))
"""
    done = run(program)
    assert done.returncode == 0, done.stderr


def test_a_program_that_ends_while_workers_sleep_ends_at_once():
    done = run(
        "import mocrograd as mg\nwith mg.kernels('fixed:4'): print((mg.ones(500, 500) @ mg.ones(500, 500)).sum().item())"
    )
    assert (done.returncode, done.stdout) == (0, "125000000.0\n"), done.stderr


# --------------------------------------------------------------------------------------------- devices


def test_devices_are_one_object_each():
    assert mg.device("cpu") is mg.device("cpu")
    assert mg.device(mg.device("cpu")) is mg.zeros(1).device
    assert (str(mg.device("cpu")), repr(mg.device("cpu"))) == ("cpu", "device(type='cpu')")


@pytest.mark.skipif(backend.device_count() > 0, reason="there is a GPU")
@pytest.mark.parametrize("name", ["gpu", "cuda", "gpu:0", "cuda:1"])
def test_a_gpu_that_is_not_there(name):
    with pytest.raises(RuntimeError, match=r"device gpu:\d is not available: no gpu: the"):
        mg.zeros(2, device=name)
    with pytest.raises(RuntimeError, match="not available"):
        mg.zeros(2).to(name)
    assert backend.device_report()[1].startswith("no gpu: ")


# ---------------------------------------------------------------------------------------------- memory


def test_memory_stats_count_what_lives():
    before = mg.memory_stats()["allocated"]
    x = mg.empty(1000, 1000)
    stats = mg.memory_stats()
    assert 4_000_000 <= stats["allocated"] - before <= 4_300_000
    assert stats["peak"] >= stats["allocated"]
    assert stats["reserved"] >= stats["allocated"]
    view = x[10:20]
    del x
    assert mg.memory_stats()["allocated"] > before, "a view keeps the memory"
    del view
    assert mg.memory_stats()["allocated"] == before


def test_empty_cache_returns_memory():
    x = mg.empty(1000, 1000)
    del x
    mg.empty_cache()
    stats = mg.memory_stats()
    assert stats["reserved"] - stats["allocated"] < 4_000_000
    assert mg.ones(1000, 1000).sum().item() == 1_000_000


@pytest.mark.parametrize("shape", [(1,), (3,), (17,), (1000,), (5, 7)])
@pytest.mark.parametrize("dtype", [mg.float32, mg.float64, mg.int64, mg.bool])
def test_memory_is_aligned(shape, dtype):
    assert mg.empty(*shape, dtype=dtype).data_ptr() % 64 == 0


def test_many_small_steps_keep_memory_flat():
    w = mg.randn(10, 10, requires_grad=True)
    x = mg.randn(4, 10)

    def steps(count):
        for _ in range(count):
            w.grad = None
            (x @ w).relu().log_softmax(1).sum().backward()

    steps(20)
    gc.collect()  # what other tests left
    before = mg.memory_stats()
    steps(1000)
    assert mg.memory_stats()["allocated"] == before["allocated"]
    assert mg.memory_stats()["reserved"] == before["reserved"]


def test_memory_freed_in_another_thread():
    before = mg.memory_stats()["allocated"]
    box = [mg.ones(500, 500) for _ in range(8)]
    thread = threading.Thread(target=box.clear)
    thread.start()
    thread.join()
    assert mg.memory_stats()["allocated"] == before


_STARTS = """
import os, subprocess, sys
before = dict(os.environ)
import mocrograd
seen = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout.splitlines()
print([line for line in seen if line.startswith(("PYTHONEXECUTABLE=", "PYTHONPATH="))])
"""


@pytest.mark.parametrize("path", [None, str(Path(__file__).parents[2] / "pyfront")])
def test_programs_started_later_see_no_other_python(path):
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONEXECUTABLE", "PYTHONPATH")}
    if path:
        environment["PYTHONPATH"] = path
    done = subprocess.run([sys.executable, "-c", _STARTS], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([f"PYTHONPATH={path}"] if path else [])


def test_every_number_that_kernels_declare_has_a_name():
    assert backend.CONSTANTS["MAX_RANK"] == layout.MAX_RANK  # layout imports no kernels
    assert {*constants.__all__, "MAX_RANK"} == set(backend.CONSTANTS)
