"""The choice of kernels for the whole process: implementation, workers, threads, and costs."""

from __future__ import annotations

import ctypes
import os
import warnings
from types import TracebackType

from mocrograd.backend import recording
from mocrograd.backend.costs import Costs
from mocrograd.backend.devices import device
from mocrograd.backend.extensions import TUNING, core
from mocrograd.backend.setting import setting

__all__ = [
    "IMPLEMENTATIONS",
    "current_kernels",
    "get_costs",
    "get_num_threads",
    "kernels",
    "matmul_precision",
    "set_costs",
    "set_matmul_precision",
    "set_num_threads",
    "share_cores",
    "trip_to_worker",
]

IMPLEMENTATIONS = ("original", "fixed", "dynamic")


class kernels:
    """Choose the implementation of all kernels, for the process: as a call, or for the body of a `with`.

    Args:
        name: "original" (scalar loops, one worker), "fixed" (tiled code, exactly `workers` shares of the work) or
            "dynamic" (tiled code, workers chosen by the work), or "fixed:10" as in MOCROGRAD_KERNELS.
        workers: The number of workers of "fixed", 1 or more.

    Raises:
        ValueError: The name is unknown, or the number of workers is missing, given without "fixed", or not positive.
        TypeError: The number of workers is not an integer.

    Example:
        >>> import mocrograd as mg
        >>> with mg.kernels("fixed", workers=2):
        ...     (mg.ones(3) + 1).tolist()
        [2.0, 2.0, 2.0]
    """

    def __init__(self, name: str, workers: int | None = None) -> None:
        chosen = _parse_implementation(name, workers)
        self._before = (setting.name, setting.workers)
        _use(*chosen)

    def __enter__(self) -> kernels:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _use(*self._before)


def _use(name: str, workers: int) -> None:
    setting.name, setting.workers = name, workers
    for known in device.opened.values():
        known.use(name, workers)


def set_matmul_precision(precision: str) -> None:
    """Set how precise products of float32 on a GPU are: "highest", or "high" and "medium", which allow TF32."""
    setting.precision = precision
    _use(setting.name, setting.workers)


def matmul_precision() -> str:
    """Return what `set_matmul_precision` has set, "highest" at first."""
    return setting.precision


def _parse_implementation(name: object, workers: object) -> tuple[str, int]:
    if isinstance(name, str) and name.startswith("fixed:") and workers is None:
        name, _, count = name.partition(":")
        workers = int(count) if count.lstrip("-").isdigit() else count
    if name not in IMPLEMENTATIONS:
        raise ValueError(f"kernels: expected one of {', '.join(IMPLEMENTATIONS)}, got {name!r}")
    if name != "fixed":
        if workers is not None:
            raise ValueError(f"kernels: workers={workers!r} goes with 'fixed', not with {name!r}")
        return str(name), -1 if name == "original" else 0
    if workers is None:
        raise ValueError("kernels: 'fixed' needs workers, a positive number")
    if isinstance(workers, bool) or not isinstance(workers, int):
        raise TypeError(f"kernels: workers must be a positive integer, got {workers!r}")
    if not 0 < workers < 1 << 31:
        raise ValueError(f"kernels: workers must be a positive number, got {workers}")
    return "fixed", workers


def current_kernels() -> str:
    """Return the implementation in use, as "dynamic", "original" or "fixed:10".

    Example:
        >>> import mocrograd as mg
        >>> with mg.kernels("original"):
        ...     print(mg.current_kernels())
        original
    """
    return f"fixed:{setting.workers}" if setting.name == "fixed" else setting.name


def get_num_threads() -> int:
    """Return the largest number of threads that work at once: by default the cores that this process may use.

    Example:
        >>> import mocrograd as mg
        >>> threads = mg.get_num_threads()
        >>> mg.set_num_threads(1)
        >>> mg.get_num_threads()
        1
        >>> mg.set_num_threads(threads)
    """
    recording.cannot_replay("it asks for the number of threads")
    return setting.threads


def set_num_threads(threads: int) -> None:
    """Set the largest number of threads that work at once.

    Args:
        threads: A positive number.

    Raises:
        RuntimeError: It is not positive.
        TypeError: It is not an integer.

    Example:
        >>> import mocrograd as mg
        >>> threads = mg.get_num_threads()
        >>> mg.set_num_threads(1)
        >>> mg.get_num_threads()
        1
        >>> mg.set_num_threads(threads)
    """
    if isinstance(threads, bool) or not isinstance(threads, int):
        raise TypeError(f"set_num_threads expects an int, but got {type(threads).__name__}")
    if not 0 < threads < 1 << 31:
        raise RuntimeError(f"set_num_threads expects a positive integer, but got {threads}")
    if setting.share is not None and threads > setting.share:
        warnings.warn(
            f"set_num_threads({threads}): this process has {setting.share} cores to itself, since other ranks of this "
            "machine use the rest; threads that wait for a core make a step several times as long",
            stacklevel=2,
        )
    _apply_threads(threads)


def share_cores(cores: int) -> None:
    """Note how many cores this process has to itself, beside others of one program; it has at most as many threads.

    Args:
        cores: Their number.
    """
    setting.share = cores
    if setting.threads > cores:
        _apply_threads(cores)


def _apply_threads(threads: int) -> None:
    setting.threads = threads
    for known in device.opened.values():
        known.set_threads(threads)
    _offer_tuning()


def get_costs() -> Costs:
    """Return the costs by which "dynamic" chooses the number of workers."""
    return setting.costs


def set_costs(costs: Costs, team: str = "own") -> None:
    """Set the costs by which "dynamic" chooses the number of workers, and which threads run the shares of a call.

    Args:
        costs: The costs of this machine.
        team: "own", or "max" for max's `parallelize`.
    """
    setting.costs, setting.parallelize = costs, team == "max"
    for known in device.opened.values():
        known.set_costs()


def trip_to_worker() -> int:
    """Return the round trip of an empty share to a worker in nanoseconds; 0 where the worker sleeps."""
    trip: int = core.trip_to_worker()
    return trip


@ctypes.CFUNCTYPE(None)
def _tune() -> None:
    """Choose the tiles of products, at the first one that is big."""
    from mocrograd.backend import tuning

    try:
        tuning.ask()
    except KeyboardInterrupt:  # nothing can be raised through a kernel: another one comes once it is done
        from _thread import interrupt_main
        from threading import Timer

        Timer(0.001, interrupt_main).start()


def _offer_tuning() -> None:
    """Let the kernels ask for the tiles of products, which depend on the number of threads."""
    if setting.tuning == "on":
        ctypes.c_int64.from_address(TUNING).value = ctypes.cast(_tune, ctypes.c_void_p).value or 0


_offer_tuning()
if "MOCROGRAD_KERNELS" in os.environ:
    kernels(os.environ["MOCROGRAD_KERNELS"])
