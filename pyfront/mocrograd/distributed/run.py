"""`python -m torch.distributed.run`, torchrun: starts one process on this machine, with the variables that it expects.

mocrograd run -m torch.distributed.run --standalone --nproc_per_node=1 train.py --lr 0.1
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
    parser = argparse.ArgumentParser(prog="torchrun", description="start a program in one process of this machine")

    def add(name: str, **options: Any) -> None:
        names = list(dict.fromkeys([f"--{name}", f"--{name.replace('-', '_')}"]))
        default = os.environ.get(f"PET_{name.replace('-', '_').upper()}", options.pop("default", None))
        parser.add_argument(*names, default=default, **options)

    add("nnodes", default="1:1", help="must be 1 or 1:1")
    add("nproc-per-node", default="1", help="must be 1; auto, cpu and gpu are 1")
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
        NotImplementedError: More than one process is asked for.
        ValueError: A number of processes or machines is none.
        SystemExit: The program failed.
    """
    _check_one("--nnodes", max(map(int, str(args.nnodes).split(":"))) if _is_numbers(args.nnodes) else args.nnodes)
    _check_one("--nproc-per-node", 1 if args.nproc_per_node in ("auto", "cpu", "gpu") else args.nproc_per_node)
    command = [] if args.no_python else [sys.executable, "-u"]
    command += [*["-m"] * args.module, args.training_script, *args.training_script_args]
    status = 0
    for attempt in range(int(args.max_restarts) + 1):
        status = _wait(subprocess.Popen(command, env={**os.environ, **variables(args, attempt)}))
        if status == 0:
            return
        print(f"torchrun: {args.training_script} failed (exitcode: {status}), attempt {attempt + 1}", file=sys.stderr)
    raise SystemExit(1)


def variables(args: argparse.Namespace, attempt: int) -> dict[str, str]:
    """Return the variables of the environment of the process.

    Args:
        args: The options.
        attempt: How often the program was started before.
    """
    port = _free_port() if args.standalone else args.master_port
    ones = ("LOCAL_WORLD_SIZE", "WORLD_SIZE", "GROUP_WORLD_SIZE", "ROLE_WORLD_SIZE")
    zeros = ("LOCAL_RANK", "RANK", "GROUP_RANK", "ROLE_RANK")
    return {
        **dict.fromkeys(ones, "1"), **dict.fromkeys(zeros, "0"), "ROLE_NAME": str(args.role),
        "MASTER_ADDR": "localhost" if args.standalone else str(args.master_addr), "MASTER_PORT": str(port),
        "TORCHELASTIC_RESTART_COUNT": str(attempt), "TORCHELASTIC_MAX_RESTARTS": str(args.max_restarts),
        "TORCHELASTIC_RUN_ID": str(args.rdzv_id), "TORCHELASTIC_USE_AGENT_STORE": "False",
    }  # fmt: skip


def _is_numbers(text: Any) -> bool:
    return all(part.isdecimal() for part in str(text).split(":"))


def _check_one(option: str, value: Any) -> None:
    if not str(value).isdecimal() or int(value) < 1:
        raise ValueError(f"torchrun: {option} should be a number of at least 1, got {value!r}")
    if int(value) > 1:
        raise NotImplementedError(
            f"torchrun: {option} {value}: torch.distributed.run starts one process on one machine. Its threads share "
            "the work of each operation. `mocrograd launch -n` starts several processes"
        )


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
