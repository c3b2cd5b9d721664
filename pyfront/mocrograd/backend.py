"""The only door to Mojo: the kernel table, memory, devices, and the choice of implementation.

Everything above asks here for storage, looks up a kernel in `device.table` under "op.direction.dtype", and runs it
with `call(kernel, work, *words, device.context)`. `work` is roughly the number of scalar operations, from which the
trampoline decides whether to release the GIL. The words are addresses, sizes, strides and scalars; each is packed
as what the kernel declares at its place, or refused with TypeError. Checks of shapes and dtypes happen above, in
ops.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import math
import os
import pkgutil
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, NamedTuple

from mocrograd import _kernels
from mocrograd.costs import Costs, settings
from mocrograd.errors import OutOfMemoryError as OutOfMemoryError  # which the kernels raise by its name


def _load(name: str) -> Any:
    try:
        return importlib.import_module(f"mocrograd._kernels.{name}")
    except ImportError as error:
        raise ImportError(
            f"the compiled kernels are missing or do not fit this machine ({error}); "
            "build them with `scripts/run build`, or reinstall mocrograd"
        ) from error


_core = _load("core")
call: Callable[..., None] = _core.call
replay: Callable[..., None] = _core.replay
fits: Callable[..., bool] = _core.fits
unchanged: Callable[[bytes, tuple[Any, ...], tuple[Any, ...]], bool] = _core.unchanged
tape_start: Callable[[], int] = _core.tape_start
tape_stop: Callable[[int], bytes] = _core.tape_stop
tape_calls: Callable[[], int] = _core.tape_calls
TensorBase: Any = _core.TensorBase
"""The C fields of a Tensor; calls below fill them without Python (mojo_kernels/runtime/tensor.mojo and direct.mojo)."""
new_tensor: Callable[..., Any] = _core.fresh
new_view: Callable[..., Any] = _core.view
new_alias: Callable[..., Any] = _core.alias
place: Callable[..., None] = _core.place
accumulate: Callable[..., Any] = _core.accumulate
set_up: Callable[..., None] = _core.set_up
unary: Callable[..., Any] = _core.unary
unary_backward: Callable[..., Any] = _core.unary_backward
binary: Callable[..., Any] = _core.binary
binary_backward: Callable[..., Any] = _core.binary_backward
linear: Callable[..., Any] = _core.linear
linear_backward: Callable[..., Any] = _core.linear_backward
matmul: Callable[..., Any] = _core.matmul
sum_all: Callable[..., Any] = _core.sum_all
table: Callable[..., bytes | None] = _core.table
FOLDS_CRC: bool = bool(_core.folds_crc)
"""Whether this build has an instruction for `fold_crc`."""
fold_crc: Callable[[int, int, int, int], None] = _core.fold_crc
VECTOR_BITS: int = _core.vector_bits
"""The bits of a vector register that the kernels were built for."""
CHAIN: int = _core.chain
"""The address of the kernel that runs a chain of pointwise calls."""

# "add.forward.float32.tiled" -> address, taken apart into one table per form of a kernel. Two tables are no forms:
# "part" does some units of a pointwise kernel, "cost" tells what a call costs.
FORMS: dict[str, dict[str, int]] = {"original": {}, "tiled": {}, "gpu": {}, "part": {}, "cost": {}}
WORDS: dict[str, tuple[str, int]] = {}
"""What a kernel's words are, a letter each (mojo_kernels/runtime/words.mojo), and where the shape of a pointwise kernel
starts."""
for _extension in sorted(module.name for module in pkgutil.iter_modules(_kernels.__path__)):
    if _extension == "core" or _extension.startswith("lib"):  # the run-time libraries lie beside the extensions
        continue
    for _key, _entry in _load(_extension).kernels.items():
        _name, _, _form = _key.rpartition(".")
        (WORDS if _form == "words" else FORMS[_form])[_name] = _entry
# Mojo's start sets these for its own Python, past os.environ; programs started from here would become another Python.
for _name in ("PYTHONEXECUTABLE", "PYTHONPATH"):
    if _name in os.environ:
        os.putenv(_name, os.environ[_name])
    else:
        os.unsetenv(_name)


class Cost(NamedTuple):
    """What a call costs."""

    units: int
    grain: int
    flops: float
    bytes: float
    arithmetic: float


def describe(name: str, words: Sequence[int]) -> Cost:
    """Return what a call of a kernel costs: units of work, flops, bytes, nanoseconds of one worker in cache."""
    units, grain, *bits = _core.describe(FORMS["cost"][name], tuple(words))
    return Cost(units, grain, *struct.unpack("3d", struct.pack("3q", *bits)))


class Table(dict[str, int]):
    """Kernel addresses by name; a missing one names op, dtype and device."""

    def __init__(self, entries: dict[str, int], device: str) -> None:
        """Hold `entries` for `device`."""
        super().__init__(entries)
        self.device = device

    def __missing__(self, name: str) -> int:
        """Raise for a kernel that does not exist."""
        op, _, dtype = name.partition(".")
        raise NotImplementedError(
            f'"{op}" not implemented for {dtype.rpartition(".")[2]} on device {self.device} (no kernel {name})'
        )


# ------------------------------------------------------------------------------------------- devices


class device:
    """Where a tensor's memory is and its kernels run: "cpu", or "gpu" ("cuda" is the same), "gpu:1".

    Args:
        type: The device's name, or a device.
        index: Which of several GPUs.

    Raises:
        RuntimeError: There is no such device.
    """

    _known: ClassVar[dict[tuple[str, int], device]] = {}
    type: str
    index: int
    table: Table
    context: int

    def __new__(cls, type: str | device = "cpu", index: int | None = None) -> device:
        """Return the one object of a device, opened at its first use."""
        if isinstance(type, device):
            return type
        key = _parse_device(type, index)
        if key not in cls._known:
            self = super().__new__(cls)
            self.type, self.index = key
            self._open()
            cls._known[key] = self
        return cls._known[key]

    def _open(self) -> None:
        self.handle = 0 if self.type == "cpu" else _open_gpu(self.index)
        self.tables: dict[str, Table] = {}
        self._contexts: dict[int, int] = {}
        self.use(_setting.name, _setting.workers)

    def use(self, name: str, workers: int) -> None:
        """Switch to an implementation: pick its kernels and its context."""
        form = "gpu" if self.handle else "original" if name == "original" else "tiled"
        if form not in self.tables:
            self.tables[form] = Table(FORMS[form], str(self))
        if workers not in self._contexts:
            self._contexts[workers] = _core.make_context(workers, _setting.threads, self.handle)
            _core.set_costs(self._contexts[workers], _setting.parallelize, *_setting.costs)
        self.table = self.tables[form]
        self.context = self._contexts[workers]
        if not self.handle:
            _core.use(self.table, self.context)

    def set_threads(self, threads: int) -> None:
        """Set the most threads that work at once."""
        for context in self._contexts.values():
            _core.set_threads(context, threads)

    def set_costs(self) -> None:
        """Take over the costs of workers and who runs the shares of a call."""
        for context in self._contexts.values():
            _core.set_costs(context, _setting.parallelize, *_setting.costs)

    def synchronize(self) -> None:
        """Wait until the device has done all it was given."""
        if self.handle:
            _core.synchronize_device(self.handle)

    def __repr__(self) -> str:
        """Return "device(type='gpu', index=0)"."""
        place = f", index={self.index}" if self.handle else ""
        return f"device(type='{self.type}'{place})"

    def __str__(self) -> str:
        """Return "cpu" or "gpu:0"."""
        return f"gpu:{self.index}" if self.handle else "cpu"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by name."""
        return (device, (str(self),))


def _parse_device(name: object, index: int | None) -> tuple[str, int]:
    if not isinstance(name, str):
        raise TypeError(f"device(): argument 'type' must be str, not {type(name).__name__}")
    kind, _, number = name.partition(":")
    kind = "gpu" if kind == "cuda" else kind
    if kind not in ("cpu", "gpu") or (number and not number.isdigit()):
        raise RuntimeError(f"Expected one of cpu, gpu, cuda device type at start of device string: {name}")
    return kind, int(number) if number else index or 0


def device_count() -> int:
    """Return the number of GPUs that this build of the kernels can use."""
    return max(_core.device_count(), 0)


def _open_gpu(index: int) -> int:
    if index >= device_count():
        raise RuntimeError(f"device gpu:{index} is not available: {device_report()[-1]}")
    handle: int = _core.open_device(index)
    return handle


def device_report() -> list[str]:
    """Return a line for each device found, and why there is no GPU where there is none."""
    lines = [f"cpu: {get_num_threads()} threads"]
    count = _core.device_count()
    lines += [f"gpu:{i}" for i in range(max(count, 0))]
    if count < 0:
        lines.append("no gpu: the kernels were built without GPU code, because no GPU was found at build time")
    elif count == 0:
        lines.append("no gpu: the kernels hold GPU code, but the driver reports no device")
    return lines


# ------------------------------------------------------------------------------ the implementation


class _Setting:
    name = "dynamic"
    workers = 0
    threads = 1
    parallelize, costs = settings(os.environ)


_setting = _Setting()
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
        """Switch to the implementation now."""
        setting = _parse_implementation(name, workers)
        self._before = (_setting.name, _setting.workers)
        _use(*setting)

    def __enter__(self) -> kernels:
        """Return itself; the switch has been made."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Switch back."""
        _use(*self._before)


def _use(name: str, workers: int) -> None:
    _setting.name, _setting.workers = name, workers
    for known in device._known.values():
        known.use(name, workers)


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
    """Return the implementation in use, as "dynamic", "original" or "fixed:10"."""
    return f"fixed:{_setting.workers}" if _setting.name == "fixed" else _setting.name


def get_num_threads() -> int:
    """Return the most threads that work at once: by default the cores that this process may use."""
    return _setting.threads


def set_num_threads(threads: int) -> None:
    """Set the most threads that work at once.

    Args:
        threads: A positive number.

    Raises:
        RuntimeError: It is not positive.
        TypeError: It is not an integer.
    """
    if isinstance(threads, bool) or not isinstance(threads, int):
        raise TypeError(f"set_num_threads expects an int, but got {type(threads).__name__}")
    if not 0 < threads < 1 << 31:
        raise RuntimeError(f"set_num_threads expects a positive integer, but got {threads}")
    _setting.threads = threads
    for known in device._known.values():
        known.set_threads(threads)


def get_costs() -> Costs:
    """Return what the choice of workers under "dynamic" rests on."""
    return _setting.costs


def set_costs(costs: Costs, team: str = "own") -> None:
    """Set what the choice of workers under "dynamic" rests on, and who runs the shares of a call.

    Args:
        costs: The costs of this machine.
        team: "own", or "max" for max's `parallelize`.
    """
    _setting.costs, _setting.parallelize = costs, team == "max"
    for known in device._known.values():
        known.set_costs()


def trip_to_worker() -> int:
    """Return the nanoseconds in which a share without work reaches a worker and is done; 0 where it sleeps."""
    trip: int = _core.trip_to_worker()
    return trip


def available_cores() -> int:
    """Return the cores this process may use: its affinity, cut by the quota of its control group."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    for quota, period in (
        ("/sys/fs/cgroup/cpu.max", None),
        ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
    ):
        try:
            numbers = Path(quota).read_text().split() + (Path(period).read_text().split() if period else [])
            if numbers[0] not in ("max", "-1"):
                cores = min(cores, math.ceil(int(numbers[0]) / int(numbers[1])))
        except (OSError, ValueError, IndexError):
            continue
    return max(cores, 1)


# ------------------------------------------------------------------------------------------- memory


def allocate(nbytes: int, place: device) -> tuple[object, int]:
    """Return (storage, address) of `nbytes` fresh bytes; the memory lives as long as the storage object.

    Raises:
        OutOfMemoryError: There is not enough memory.
    """
    if place.handle:
        on_device: tuple[object, int] = _core.allocate_device(place.handle, nbytes)
        return on_device
    on_host: tuple[object, int] = _core.allocate(nbytes)
    return on_host


allocate_host: Callable[[int], tuple[object, int]] = _core.allocate


def copy_bytes(target: int, to: device, source: int, origin: device, nbytes: int) -> None:
    """Copy bytes between the host and a GPU, or within the host, and wait."""
    if to.handle and origin.handle:
        raise NotImplementedError("copies between GPUs are not implemented; copy by way of the cpu")
    if to.handle or origin.handle:
        _core.copy_device(to.handle or origin.handle, target, source, nbytes, 1 if to.handle else 2)
    else:
        ctypes.memmove(target, source, nbytes)


def equal_bytes(a: int, b: int, nbytes: int) -> bool:
    """Return whether two pieces of host memory hold the same."""
    return ctypes.string_at(a, nbytes) == ctypes.string_at(b, nbytes)


_C_TYPES: dict[str, Any] = {
    "float32": ctypes.c_float,
    "float64": ctypes.c_double,
    "int64": ctypes.c_int64,
    "int32": ctypes.c_int32,
    "uint8": ctypes.c_uint8,
    "bool": ctypes.c_bool,
}


def read_scalar(address: int, dtype_name: str) -> bool | int | float:
    """Return one element of host memory as a Python number."""
    value: bool | int | float = _C_TYPES[dtype_name].from_address(address).value
    return value


def memory_stats() -> dict[str, int]:
    """Return the host pool's bytes: "allocated" (in use), "peak" and "reserved" (in use or kept for reuse)."""
    live, peak, reserved = _core.memory_stats()
    return {"allocated": live, "peak": peak, "reserved": reserved}


def empty_cache() -> None:
    """Give the host memory that is kept for reuse back to the system."""
    _core.empty_cache()


def build_info() -> dict[str, dict[str, Any]]:
    """Return, per extension, how it was built: compiler versions, processor, accelerator, seconds."""
    folder = Path(_core.__file__).parent
    stamps = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    return {name: stamp for name, stamp in stamps.items() if isinstance(stamp, dict)}


_setting.threads = available_cores()
cpu = device("cpu")
if "MOCROGRAD_KERNELS" in os.environ:
    kernels(os.environ["MOCROGRAD_KERNELS"])
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_core.forget_threads)
assert _kernels
