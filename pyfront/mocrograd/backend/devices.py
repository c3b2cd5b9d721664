"""Devices: where the memory of tensors is and where their kernels run."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.backend.constants import COSTS
from mocrograd.backend.extensions import BASELINE, FORMS, add_entries, core
from mocrograd.backend.setting import setting

__all__ = ["add_kernels", "cpu", "device", "device_count", "device_report"]


class Table(dict[str, int]):
    """Kernel addresses by name; the error for a missing one names op, dtype and device."""

    def __init__(self, entries: dict[str, int], device: str) -> None:
        super().__init__(entries)
        self.device = device

    def __missing__(self, name: str) -> int:
        """Raise for a kernel that does not exist."""
        op, _, dtype = name.partition(".")
        raise NotImplementedError(
            f'"{op}" not implemented for {dtype.rpartition(".")[2]} on device {self.device} (no kernel {name})'
        )


def _tell_costs(context: int) -> None:
    core.set_costs(context, setting.parallelize, *(getattr(setting.costs, name) for name in COSTS))


class device:
    """Where a tensor's memory is and its kernels run: "cpu", or "gpu" ("cuda" is the same), "gpu:1".

    Args:
        type: The device's name, or a device.
        index: Which of several GPUs.

    Raises:
        RuntimeError: There is no such device.
    """

    opened: ClassVar[dict[tuple[str, int], device]] = {}
    type: str
    index: int
    table: Table
    context: int

    def __new__(cls, type: str | device = "cpu", index: int | None = None) -> device:
        """Return the one object of a device, opened at its first use."""
        if isinstance(type, device):
            return type
        key = _parse_device(type, index)
        if key not in cls.opened:
            self = super().__new__(cls)
            self.type, self.index = key
            self._open()
            cls.opened[key] = self
        return cls.opened[key]

    def _open(self) -> None:
        self.handle = 0 if self.type == "cpu" else _open_gpu(self.index)
        self.tables: dict[str, Table] = {}
        self._contexts: dict[int, int] = {}
        self.use(setting.name, setting.workers)

    def use(self, name: str, workers: int) -> None:
        """Switch to an implementation: pick its kernels and its context."""
        form = "gpu" if self.handle else "original" if name == "original" else "tiled"
        if form not in self.tables:
            self.tables[form] = Table(FORMS[form], str(self))
        if workers not in self._contexts:
            self._contexts[workers] = core.make_context(workers, setting.threads, self.handle)
            _tell_costs(self._contexts[workers])
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
        """Wait until the device has done all it was given."""
        if self.handle:
            core.synchronize_device(self.handle)

    def __repr__(self) -> str:
        """Return "device(type='gpu', index=0)"."""
        suffix = f", index={self.index}" if self.handle else ""
        return f"device(type='{self.type}'{suffix})"

    def __str__(self) -> str:
        """Return "cpu" or "gpu:0"."""
        return f"gpu:{self.index}" if self.handle else "cpu"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by name."""
        return (device, (str(self),))


def add_kernels(extension: str, kernels: dict[str, Any]) -> None:
    """Put the kernels of an extension into the tables, those of devices in use too: entries by "name.form"."""
    add_entries(extension, kernels)
    for known in device.opened.values():
        for form, table in known.tables.items():
            table.update(FORMS[form])


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
