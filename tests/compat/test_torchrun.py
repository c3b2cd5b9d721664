"""torch.distributed.run: one process with torchrun's variables."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from mocrograd.distributed import run as torchrun

PROGRAM = """
import json, os, sys, torch
names = [n for n in os.environ if n.endswith(("RANK", "WORLD_SIZE")) or n.startswith(("MASTER", "TORCHELASTIC", "ROLE"))]
print(json.dumps([sys.argv[1:], {n: os.environ[n] for n in names}, torch.__name__]))
"""

SEVERAL = """
import json, os, sys, torch, torch.distributed as dist
if os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
    raise SystemExit(3)
dist.init_process_group("gloo")
x = torch.ones(1) + dist.get_rank()
dist.all_reduce(x)
names = [n for n in os.environ if n.endswith(("RANK", "WORLD_SIZE")) or n.startswith("TORCHELASTIC")]
said = [os.environ["RANK"], sys.argv[1:], {n: os.environ[n] for n in names}, dist.get_world_size(), x.item()]
print(json.dumps(said), flush=True)
dist.destroy_process_group()
"""


def started(folder, *arguments, code=PROGRAM, status=0):
    (folder / "program.py").write_text(code)
    command = [sys.executable, "-m", "mocrograd", "run", "-m", "torch.distributed.run", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done.stderr
    return done


def test_one_process(tmp_path):
    done = started(tmp_path, "--standalone", "--nproc_per_node=1", "--nnodes", "1", "program.py", "--lr", "0.1")
    arguments, variables, name = json.loads(done.stdout)
    assert arguments == ["--lr", "0.1"]
    assert name == "mocrograd.torch"
    assert {variables[n] for n in ("RANK", "LOCAL_RANK", "GROUP_RANK", "ROLE_RANK")} == {"0"}
    assert {variables[n] for n in ("WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_WORLD_SIZE", "ROLE_WORLD_SIZE")} == {"1"}
    assert variables["MASTER_ADDR"] == "localhost"
    assert int(variables["MASTER_PORT"]) > 0
    assert variables["TORCHELASTIC_RESTART_COUNT"] == variables["TORCHELASTIC_MAX_RESTARTS"] == "0"


def test_options(tmp_path):
    options = ["--nproc-per-node", "gpu", "--master_port", "1234", "--rdzv_id", "mine", "--role", "r"]
    done = started(tmp_path, *options, "-m", "program", "x")
    arguments, variables, _ = json.loads(done.stdout)
    assert arguments == ["x"]
    assert [variables[n] for n in ("MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID", "ROLE_NAME")] == [
        "127.0.0.1", "1234", "mine", "r"
    ]  # fmt: skip


@pytest.mark.parametrize("options", [["--nnodes=2"], ["--nnodes=1:4"]])
def test_more_machines_are_refused(tmp_path, options):
    done = started(tmp_path, *options, "program.py", status=1)
    assert "NotImplementedError: torchrun: --nnodes" in done.stderr
    assert "mocrograd launch --torch --hosts" in done.stderr
    assert not done.stdout


def test_several_processes(tmp_path):
    pytest.importorskip("mpi4py", reason="mpi4py is not installed")
    options = ["--standalone", "--nproc_per_node=2", "--max_restarts=1", "--rdzv_id=mine", "program.py", "--lr", "0.1"]
    done = started(tmp_path, *options, code=SEVERAL)
    found = sorted(json.loads(line) for line in done.stdout.splitlines() if line.startswith("["))
    assert [arguments for _, arguments, *_ in found] == [["--lr", "0.1"]] * 2
    for rank, (name, _, variables, size, total) in enumerate(found):
        assert name == str(rank)
        assert {variables[n] for n in ("RANK", "LOCAL_RANK", "ROLE_RANK")} == {str(rank)}
        assert {variables[n] for n in ("WORLD_SIZE", "LOCAL_WORLD_SIZE", "ROLE_WORLD_SIZE")} == {"2"}
        assert variables["GROUP_WORLD_SIZE"] == "1"
        assert variables["GROUP_RANK"] == "0"
        assert variables["TORCHELASTIC_RESTART_COUNT"] == "1"
        assert variables["TORCHELASTIC_RUN_ID"] == "mine"
        assert (size, total) == (2, 3.0)


def test_several_processes_run_python(tmp_path):
    done = started(tmp_path, "--nproc_per_node=2", "--no_python", "program.py", status=1)
    assert "--no-python: several processes run a Python script" in done.stderr


@pytest.mark.parametrize("value", ["none", "0", "-1"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="should be a number of at least 1"):
        torchrun.main([f"--nproc_per_node={value}", "program.py"])


def test_a_program_that_fails_is_started_again(tmp_path):
    code = "import os; n = os.environ['TORCHELASTIC_RESTART_COUNT']; print(n); raise SystemExit(3 if n < '2' else 0)"
    assert started(tmp_path, "--max_restarts=3", "program.py", code=code).stdout.split() == ["0", "1", "2"]
    done = started(tmp_path, "--max_restarts=1", "program.py", code="raise SystemExit(3)", status=1)
    assert done.stderr.count("exitcode: 3") == 2


def test_signals_reach_the_program(tmp_path):
    code = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\nprint('up', flush=True)\n"
    (tmp_path / "program.py").write_text(code + "time.sleep(60)\n")
    command = [sys.executable, "-m", "mocrograd", "run", "-m", "torch.distributed.run", "program.py"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "up\n"
    begun = time.monotonic()
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(30) == 0
    assert time.monotonic() - begun < 30
    process.stdout.close()
