"""What the launcher runs for each rank: it binds the process, tells the program its rank, and ends all with one.

The launcher runs it as a file: cores are chosen before anything of the package is imported.
"""

from __future__ import annotations

import os
import sys

_RANKS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID")
_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS")
_LOCAL_RANKS = ("OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "PALS_LOCAL_RANKID", "SLURM_LOCALID")
_LOCAL_SIZES = ("OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "PALS_LOCAL_SIZE", "SLURM_STEP_TASKS_PER_NODE")


def main() -> None:
    """Run a program: `start.py [--bind] [--torch] script.py|-m MODULE ARGUMENTS...`."""
    arguments = sys.argv[1:]
    bind = arguments[0] == "--bind"
    del arguments[: 1 if bind else 0]
    as_torch = arguments[0] == "--torch"
    del arguments[: 1 if as_torch else 0]
    del sys.path[0]  # the folder of this file
    tell_rank()
    folder = os.environ.get("OMPI_MCA_initial_wdir", "")  # noqa: SIM112
    if folder and not os.path.isdir(folder):
        sys.exit(f"mocrograd launch: rank {os.environ['RANK']} on {os.uname().nodename}: there is no folder {folder}")
    if bind:
        bind_to_share(int(os.environ["LOCAL_RANK"]), int(os.environ["LOCAL_WORLD_SIZE"]))
    from mocrograd.distributed import ending

    ending.run(lambda: program(arguments, as_torch))


def tell_rank() -> None:
    """Set torchrun's variables from those of the launcher below."""
    rank, size = _first(_RANKS, "0"), _first(_SIZES, "1")
    local, local_size = _first(_LOCAL_RANKS, "0"), _first(_LOCAL_SIZES, size)
    os.environ.update(
        RANK=rank, WORLD_SIZE=size, LOCAL_RANK=local, LOCAL_WORLD_SIZE=local_size,
        GROUP_RANK=str(int(rank) // max(int(local_size), 1)), ROLE_RANK=rank, ROLE_WORLD_SIZE=size,
        TORCHELASTIC_RESTART_COUNT=os.environ.get("MOCROGRAD_RESTART", "0"),
    )  # fmt: skip
    os.environ.setdefault("MASTER_ADDR", "localhost")
    os.environ.setdefault("MASTER_PORT", "29500")


def _first(names: tuple[str, ...], default: str) -> str:
    found = (os.environ.get(name, "").partition("(")[0] for name in names)
    return next((value for value in found if value.isdecimal()), default)


def bind_to_share(local: int, count: int) -> None:
    """Keep this process, and the threads that it starts, on its share of the cores that its machine's ranks may use.

    Args:
        local: The number of this process among those on its machine.
        count: How many those are.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    each = len(cores) // count
    share = cores[local * each : (local + 1) * each] if each else [cores[local % len(cores)]]
    os.sched_setaffinity(0, share)
    if not each:
        os.environ.setdefault("OMPI_MCA_mpi_yield_when_idle", "1")  # who waits leaves its core to the others


def program(arguments: list[str], as_torch: bool) -> None:
    """Run a script or a module as Python does.

    Args:
        arguments: The script, or "-m" and a module; then what it finds in `sys.argv`.
        as_torch: Whether `import torch` gives mocrograd.
    """
    from mocrograd.compat import scripts

    module = arguments[0] == "-m"
    if as_torch:
        (scripts.run_module if module else scripts.run)(arguments[module], arguments[module + 1 :])
        return
    import runpy
    from pathlib import Path

    sys.argv = arguments[module:]
    if module:
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(sys.argv[0]).resolve().parent))
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
