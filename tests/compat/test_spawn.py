"""Processes that run one function each, and what becomes of their errors."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
import torch.multiprocessing as mp

def work(i, folder, how):
    if i == 1 and how == "raise":
        raise ValueError("no luck")
    if i == 1 and how == "exit":
        os._exit(3)
    open(os.path.join(folder, str(i)), "w").close()

if __name__ == "__main__":
    folder, how = sys.argv[1:]
    try:
        if how == "fork":
            context = mp.start_processes(work, (folder, how), 2, join=False, start_method="fork")
            assert len(context.pids()) == 2
            while not context.join():
                pass
        else:
            mp.spawn(work, (folder, how), nprocs=2)
    except mp.ProcessRaisedException as error:
        print("raised", error.error_index, "ValueError: no luck" in str(error))
    except mp.ProcessExitedException as error:
        print("exited", error.error_index, error.exit_code)
    else:
        print("done", sorted(os.listdir(folder)))
"""


@pytest.mark.parametrize(
    ("how", "expected"),
    [("work", "done ['0', '1']"), ("fork", "done ['0', '1']"), ("raise", "raised 1 True"), ("exit", "exited 1 3")],
)
def test_processes(how, expected, tmp_path):
    program, folder = tmp_path / "program.py", tmp_path / "out"
    program.write_text(PROGRAM)
    folder.mkdir()
    command = [sys.executable, "-m", "mocrograd", "run", str(program), str(folder), how]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert done.stdout.strip() == expected, done.stderr
    assert not list(tmp_path.glob("mocrograd-errors-*"))
