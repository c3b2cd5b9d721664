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


@pytest.mark.parametrize("options", [["--nproc_per_node=2"], ["--nnodes=2"], ["--nnodes=1:4"]])
def test_more_processes_are_refused(tmp_path, options):
    done = started(tmp_path, *options, "program.py", status=1)
    assert "NotImplementedError: torchrun: --n" in done.stderr
    assert "one process on one machine" in done.stderr
    assert not done.stdout


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
