"""How programs of several processes end: all together, whatever happens to one of them."""

from __future__ import annotations

import atexit
import os
import socket
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

_farewells: list[Callable[[], None]] = []


def register(farewell: Callable[[], None]) -> None:
    """From now on an exception that nobody catches ends all processes, and an end of this one is told to the others.

    Args:
        farewell: Tells the others.
    """
    if not _farewells:
        atexit.register(_say_farewell)
        sys.excepthook = _ended_by
    _farewells.append(farewell)


def _say_farewell() -> None:
    for farewell in _farewells:
        farewell()


def _ended_by(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    traceback.print_exception(kind, fault, trace)
    abort(f"{kind.__name__}: {fault}", 130 if issubclass(kind, KeyboardInterrupt) else 1)


def abort(cause: str, status: int) -> None:
    """End all processes at once, and say why.

    Args:
        cause: What happened here.
        status: The exit status of the program.
    """
    who = f"rank {os.environ.get('RANK', '?')} on {socket.gethostname()} (process {os.getpid()})"
    sys.stdout.flush()
    print(f"mocrograd: {who} ends the program: {cause}", file=sys.stderr, flush=True)
    MPI = getattr(sys.modules.get("mpi4py"), "MPI", None)
    if MPI is not None and MPI.Is_initialized() and not MPI.Is_finalized():
        MPI.COMM_WORLD.Abort(status)
    os._exit(status)  # mpirun ends the others where a process has a status that is not 0


def run(main: Callable[[], Any]) -> None:
    """Run a program so that its end, by an exception or a status, is that of all processes.

    Args:
        main: The program.
    """
    try:
        main()
    except SystemExit as leave:
        status = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
        if status:
            if not isinstance(leave.code, int):
                print(leave.code, file=sys.stderr)
            abort(f"sys.exit({leave.code!r})", status)
        raise
    except BaseException as fault:
        _ended_by(type(fault), fault, fault.__traceback__)
