"""`python -m torch.distributed.run`, torchrun: starts a program on this machine, with the variables that it expects.

mocrograd run -m torch.distributed.run --standalone --nproc_per_node=4 train.py --lr 0.1

One process starts at once, several by the launcher of the MPI library, as `mocrograd launch` starts them.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

_IGNORED = (
    "rdzv-backend", "rdzv-conf", "rdzv-endpoint", "local-addr", "log-dir", "redirects", "tee", "start-method",
    "monitor-interval", "local-ranks-filter", "node-rank", "logs-specs", "signals-to-handle", "virtual-local-rank",
    "event-log-handler", "numa-binding", "duplicate-stdout-filters", "duplicate-stderr-filters",
)  # fmt: skip


def get_args_parser() -> argparse.ArgumentParser:
    """Return the parser of torchrun's arguments; each option may be written with `-` or `_`."""
    parser = argparse.ArgumentParser(prog="torchrun", description="start a program in processes of this machine")

    def add(name: str, **options: Any) -> None:
        names = list(dict.fromkeys([f"--{name}", f"--{name.replace('-', '_')}"]))
        default = os.environ.get(f"PET_{name.replace('-', '_').upper()}", options.pop("default", None))
        parser.add_argument(*names, default=default, **options)

    add("nnodes", default="1:1", help="must be 1 or 1:1")
    add("nproc-per-node", default="1", help="how many processes; auto, cpu and gpu are 1")
    add("rdzv-id", default="none", help="a name of the run")
    add("max-restarts", default=0, type=int, help="how often a program that fails is started again")
    add("role", default="default", help="a name of the process")
    add("master-addr", default="127.0.0.1", help="the address of this machine")
    add("master-port", default=29500, type=int, help="a port of it")
    for name in _IGNORED:
        add(name, help=argparse.SUPPRESS)
    for name in ("standalone", "run-path"):
        flags = list(dict.fromkeys([f"--{name}", f"--{name.replace('-', '_')}"]))
        parser.add_argument(*flags, action="store_true", help="accepted")
    parser.add_argument("-m", "--module", action="store_true", help="the program is a module")
    parser.add_argument("--no-python", "--no_python", action="store_true", help="the program is no Python script")
    parser.add_argument("training_script", help="the program")
    parser.add_argument("training_script_args", nargs=argparse.REMAINDER, help="its arguments")
    return parser


def parse_args(args: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of arguments.

    Args:
        args: The arguments; those of the process by default.
    """
    return get_args_parser().parse_args(args)


def run(args: argparse.Namespace) -> None:
    """Start the program and wait for it.

    Args:
        args: The options.

    Raises:
        NotImplementedError: More than one machine is asked for, or several processes of what is no Python script.
        ValueError: A number of processes or machines is none.
        ImportError: Several processes are asked for, and mpi4py or mpirun is missing.
        SystemExit: The program failed.
    """
    given = str(args.nnodes).split(":")
    machines = max([_number("--nnodes", part) for part in given])
    ranks = 1 if args.nproc_per_node in ("auto", "cpu", "gpu") else _number("--nproc-per-node", args.nproc_per_node)
    if machines > 1:
        raise NotImplementedError(
            f"torchrun: --nnodes {args.nnodes}: torch.distributed.run starts processes of this machine. "
            "`mocrograd launch --torch --hosts a:8,b:8 -n 16` starts them on several"
        )
    if ranks > 1:
        _launch(args, ranks)
        return
    command = [] if args.no_python else [sys.executable, "-u"]
    command += [*["-m"] * args.module, args.training_script, *args.training_script_args]
    status = 0
    for attempt in range(int(args.max_restarts) + 1):
        status = _wait(subprocess.Popen(command, env={**os.environ, **variables(args, attempt)}))
        if status == 0:
            return
        print(f"torchrun: {args.training_script} failed (exitcode: {status}), attempt {attempt + 1}", file=sys.stderr)
    raise SystemExit(1)


def _launch(args: argparse.Namespace, ranks: int) -> None:
    from mocrograd.distributed.launch import launch

    if args.no_python:
        raise NotImplementedError("torchrun: --no-python: several processes run a Python script or a module")
    own = ("LOCAL_RANK", "RANK", "GROUP_RANK", "ROLE_RANK")  # which differ from process to process
    os.environ.update({name: value for name, value in variables(args, 0, ranks).items() if name not in own})
    program = [*["-m"] * args.module, args.training_script, *args.training_script_args]
    if launch(program, ranks, restarts=int(args.max_restarts), as_torch=True):
        raise SystemExit(1)


def variables(args: argparse.Namespace, attempt: int, ranks: int = 1) -> dict[str, str]:
    """Return the variables of the environment of the first process.

    Args:
        args: The options.
        attempt: How often the program was started before.
        ranks: How many processes there are.
    """
    port = _free_port() if args.standalone else args.master_port
    sizes = ("LOCAL_WORLD_SIZE", "WORLD_SIZE", "ROLE_WORLD_SIZE")
    zeros = ("LOCAL_RANK", "RANK", "GROUP_RANK", "ROLE_RANK")
    return {
        **dict.fromkeys(sizes, str(ranks)), **dict.fromkeys(zeros, "0"), "GROUP_WORLD_SIZE": "1",
        "ROLE_NAME": str(args.role),
        "MASTER_ADDR": "localhost" if args.standalone else str(args.master_addr), "MASTER_PORT": str(port),
        "TORCHELASTIC_RESTART_COUNT": str(attempt), "TORCHELASTIC_MAX_RESTARTS": str(args.max_restarts),
        "TORCHELASTIC_RUN_ID": str(args.rdzv_id), "TORCHELASTIC_USE_AGENT_STORE": "False",
    }  # fmt: skip


def _number(option: str, value: Any) -> int:
    if not str(value).isdecimal() or int(value) < 1:
        raise ValueError(f"torchrun: {option} should be a number of at least 1, got {value!r}")
    return int(value)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Return the status of a process; signals that end this one go to it."""
    before = {number: signal.signal(number, lambda n, _: process.send_signal(n)) for number in _SIGNALS}
    try:
        return process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main(args: Sequence[str] | None = None) -> None:
    """Start the program that the arguments name.

    Args:
        args: The arguments; those of the process by default.
    """
    run(parse_args(args))


if __name__ == "__main__":
    main()
