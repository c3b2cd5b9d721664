"""Devices: where the memory of tensors is and where their kernels run."""

from __future__ import annotations

import ctypes
from typing import Any, ClassVar

from mocrograd.backend.constants import COSTS
from mocrograd.backend.extensions import BASELINE, FORMS, add_entries, core, max_runner
from mocrograd.backend.faults import raise_fault
from mocrograd.backend.setting import setting
from mocrograd.errors import NoKernel

__all__ = ["add_kernels", "cpu", "default", "device", "device_count", "device_report", "meta", "open_device"]


_MOST_KEPT = 4096
"""Pieces of host memory that a device may yet read."""
_MOST_KEPT_BYTES = 256 << 20
"""Their bytes."""


class Table(dict[str, int]):
    """Kernel addresses by name; the error for a missing one names op, dtype and device."""

    def __init__(self, entries: dict[str, int], device: str) -> None:
        super().__init__(entries)
        self.device = device

    def __missing__(self, name: str) -> int:
        """Raise for a kernel that does not exist."""
        op, _, dtype = name.partition(".")
        raise NoKernel(
            f'"{op}" not implemented for {dtype.rpartition(".")[2]} on device {self.device} (no kernel {name})'
        )


_TF32 = {
    "matmul.forward.float32": "matmul_tf32.forward.float32",
    "linear.backward.float32": "linear_tf32.backward.float32",
}
"""Kernels of a GPU that multiply float32 in full precision, and those that round it to TF32, where there are any."""


def _choose_products(table: Table) -> None:
    """Enter the kernels of products that the precision of float32 allows."""
    entries = FORMS["gpu"]
    for exact, rounded in _TF32.items():
        if rounded in entries:
            table[exact] = entries[exact if setting.precision == "highest" else rounded]


class _Nothing(Table):
    """Kernel addresses of the device "meta": entries with the declared words of a kernel, and a function of no effect.

    An entry is two words: the address of a function, and that of the letters of its words.
    """

    def __init__(self) -> None:
        super().__init__({}, "meta")
        self._kept: list[object] = []

    def __missing__(self, name: str) -> int:
        """Make the entry of a kernel that exists."""
        if name not in FORMS["original"]:
            return super().__missing__(name)
        letters = (ctypes.c_int64 * 2).from_address(FORMS["original"][name])[1]
        entry = (ctypes.c_int64 * 2)(ctypes.cast(_no_effect, ctypes.c_void_p).value or 0, letters)
        self._kept.append(entry)
        self[name] = ctypes.addressof(entry)
        return self[name]


_no_effect = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(lambda words: 0)
"""What a kernel of the device "meta" does."""


def _tell_costs(context: int) -> None:
    runner = max_runner() if setting.parallelize else 0
    core.set_costs(context, runner, *(getattr(setting.costs, name) for name in COSTS))


class device:
    """Where a tensor's memory is and its kernels run: "cpu", or "gpu" ("cuda" is the same), "gpu:1".

    torch's other devices are names alone. Neither they nor a GPU that is not there are refused before memory on them is
    asked for. As a context, a device is where tensors are made that name none.

    Args:
        type: The device's name, a device, or the number of a GPU.
        index: Which of several GPUs.

    Attributes:
        type: The name without the index.
        index: The number, or None.

    Raises:
        RuntimeError: There is no device of that name, or no GPU for a number.

    Example:
        >>> import mocrograd as mg
        >>> mg.device("cpu"), mg.ones(2).device == mg.device("cpu")
        (device(type='cpu'), True)
    """

    opened: ClassVar[dict[tuple[str, int | None], device]] = {}
    """The devices with memory."""
    gpus: ClassVar[str] = "gpu"
    """What a GPU is called: "cuda" in programs that were written for torch."""
    current: ClassVar[int] = 0
    """The number of the GPU that is meant where none is given."""
    _known: ClassVar[dict[tuple[str, int | None], device]] = {}
    type: str
    index: int | None
    table: Table
    context: int
    handle: int
    tables: dict[str, Table]
    kept: list[object]
    _contexts: dict[int, int]
    _kept_bytes: int

    def __new__(cls, type: str | int | device = "cpu", index: int | None = None) -> device:
        """Return the one object of a name."""
        if isinstance(type, device):
            if index is not None:
                raise TypeError("device(): argument 'type' (position 1) must be str, not device")
            return type
        key = _parse_device(type, index, cls.gpus)
        if key not in cls._known:
            self = super().__new__(cls)
            self.type, self.index = key
            cls._known[key] = self
        return cls._known[key]

    def __getattr__(self, name: str) -> Any:
        """Open a device at its first use.

        Raises:
            RuntimeError: There is no such device here.
        """
        if name not in ("handle", "table", "context", "tables", "kept", "_contexts"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(open_device(self), name)

    def _open(self) -> None:
        self.handle = 0 if self.type == "cpu" else _open_gpu(self.index or 0)
        self.tables = {}
        self._contexts = {}
        self.kept = []
        self._kept_bytes = 0
        self.use(setting.name, setting.workers)
        self.opened[self.type, self.index] = self

    @classmethod
    def call_gpus(cls, name: str) -> None:
        """Call GPUs "cuda" from here on, those that are in use too, or "gpu"."""
        for devices in (cls._known, cls.opened):
            for found in [found for found in devices.values() if found.type == cls.gpus]:
                del devices[found.type, found.index]
                devices[name, found.index] = found
        for found in cls._known.values():
            found.type = name if found.type == cls.gpus else found.type
        cls.gpus = name

    def __enter__(self) -> device:
        default.append(self)
        return self

    def __exit__(self, *exception: object) -> None:
        default.pop()

    def use(self, name: str, workers: int) -> None:
        """Switch to an implementation: pick its kernels and its context."""
        form = "gpu" if self.handle else "original" if name == "original" else "tiled"
        if form not in self.tables:
            self.tables[form] = Table(FORMS[form], str(self))
        if workers not in self._contexts:
            self._contexts[workers] = core.make_context(workers, setting.threads, self.handle)
            _tell_costs(self._contexts[workers])
        if self.handle:
            _choose_products(self.tables[form])
        self.table = self.tables[form]
        self.context = self._contexts[workers]
        if not self.handle:
            core.use(self.table, self.context)

    def set_threads(self, threads: int) -> None:
        """Set the largest number of threads that work at once."""
        for context in self._contexts.values():
            core.set_threads(context, threads)

    def set_costs(self) -> None:
        """Set the costs by which "dynamic" chooses workers, and which threads run the shares of a call."""
        for context in self._contexts.values():
            _tell_costs(context)

    def synchronize(self) -> None:
        """Wait until the device has done all it was given.

        Raises:
            IndexError: A kernel met an index out of range; other errors stand for other values.
        """
        if self.handle:
            self.look_at(core.synchronize_device(self.handle))

    def look_at(self, fault: int) -> None:
        """Take what waiting for the device returned: let go what was kept, and raise for a bad value that it met."""
        self.kept.clear()
        self._kept_bytes = 0
        if fault:
            raise_fault(fault, self.handle, self)

    def memory(self, forget: bool = False) -> tuple[int, int, int, int]:
        """Return bytes of a GPU: those of tensors, the most that these were, those that are free, and all.

        Args:
            forget: Whether the most becomes what there is now.
        """
        found: tuple[int, int, int, int] = core.device_memory(self.handle, forget)
        return found

    def keep(self, memory: object, nbytes: int) -> None:
        """Keep host memory that the device may yet read until it is waited for, at the latest when it is much."""
        self.kept.append(memory)
        self._kept_bytes += nbytes
        if len(self.kept) >= _MOST_KEPT or self._kept_bytes > _MOST_KEPT_BYTES:
            self.synchronize()

    def __repr__(self) -> str:
        """Return "device(type='gpu', index=0)"."""
        return f"device(type={self.type!r}" + (")" if self.index is None else f", index={self.index})")

    def __str__(self) -> str:
        """Return "cpu" or "gpu:0"."""
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by name."""
        return (device, (str(self),))


def add_kernels(extension: str, kernels: dict[str, Any]) -> None:
    """Put the kernels of an extension into the tables, those of devices in use too: entries by "name.form"."""
    add_entries(extension, kernels)
    for known in device.opened.values():
        for form, table in known.tables.items():
            table.update(FORMS[form])


_NAMES = (
    "cpu", "gpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla",
    "lazy", "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip


def _parse_device(name: object, index: int | None, gpus: str) -> tuple[str, int | None]:
    """Return a type and an index, given as text, as both, or as the number of a GPU."""
    if type(name) is int and index is None:
        if not device_count():
            raise RuntimeError(f"device {name} is a GPU, and none is available: {device_report()[-1]}")
        return gpus, name
    if not isinstance(name, str):
        raise TypeError(f"device(): argument 'type' must be str, not {type(name).__name__}")
    kind, colon, number = name.partition(":")
    if kind not in _NAMES:
        raise RuntimeError(f"Expected one of {', '.join(_NAMES)} device type at start of device string: {name}")
    if colon and (not (number.isascii() and number.isdigit()) or str(int(number)) != number):
        raise RuntimeError(f"Invalid device string: {name!r}")
    if colon and index is not None:
        raise RuntimeError(f"type (string) must not include an index because index was passed explicitly: {name}")
    if index is not None and index < 0:
        raise RuntimeError("Device index must not be negative")
    if colon:
        index = int(number)
    if kind not in ("gpu", "cuda"):
        return kind, index
    return gpus, device.current if gpus == "gpu" and index is None else index


def open_device(name: str | int | device | None = None) -> device:
    """Return the device with memory that a name stands for, opened at its first use; the default one for None.

    Raises:
        RuntimeError: There is no such device here.
    """
    found = name if name is cpu else default[-1] if name is None else device(name)
    if found is cpu or found.type == "cpu":
        return cpu
    if found.type == "meta":
        return meta
    if found.type != device.gpus:
        raise RuntimeError(f"device {found} is not available: tensors have memory on cpu and gpu (or cuda) alone")
    found = found if found.index is not None else device(found.type, device.current)
    if (found.type, found.index) not in device.opened:
        found._open()
    return found


def device_count() -> int:
    """Return the number of GPUs that this build of the kernels can use."""
    return max(core.device_count(), 0)


def _open_gpu(index: int) -> int:
    if index >= device_count():
        raise RuntimeError(f"device gpu:{index} is not available: {device_report()[-1]}")
    handle: int = core.open_device(index)
    return handle


def device_report() -> list[str]:
    """Return a line for each device found, and why there is no GPU where there is none."""
    lines = [f"cpu: {setting.threads} threads"]
    count = core.device_count()
    lines += [f"gpu:{i}" for i in range(max(count, 0))]
    if count < 0:
        why = "as those of a wheel are" if BASELINE else "because no GPU was found at build time"
        lines.append(f"no gpu: the kernels were built without GPU code, {why}")
    elif count == 0:
        lines.append("no gpu: the kernels hold GPU code, but the driver reports no device")
    return lines


cpu = device("cpu")
cpu._open()
meta = device("meta")
"""Where tensors have shapes, dtypes and strides, and no memory: kernels of it do nothing."""
meta.handle, meta.table, meta.context = 0, _Nothing(), cpu.context
default = [cpu]
"""The device where tensors are made that name none: the last one."""
