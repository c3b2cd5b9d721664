"""`torch.autograd.profiler`, the older interface to the profiler."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from mocrograd.torch import profiler as newer
from mocrograd.torch._refused import Absent
from mocrograd.torch.profiler import EventList as EventList
from mocrograd.torch.profiler import FunctionEvent as FunctionEvent
from mocrograd.torch.profiler import FunctionEventAvg as FunctionEventAvg
from mocrograd.torch.profiler import record_function as record_function


class profile(newer.profile):
    """Measures the kernels and named regions that run within a `with`.

    Args:
        enabled: Whether it measures anything.
        use_cuda: No effect.
        use_device: No effect.
        record_shapes: Shapes are not recorded.
        with_flops: Operations are counted in any case.
        profile_memory: The trace has the memory in use in any case.
        with_stack: Stacks are not recorded.
        with_modules: Modules are not recorded.
        use_kineto: No effect.
        use_cpu: No effect.
        options: No effect.
    """

    def __init__(
        self,
        enabled: bool = True,
        *,
        use_cuda: bool = False,
        use_device: str | None = None,
        record_shapes: bool = False,
        with_flops: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_modules: bool = False,
        use_kineto: bool = False,
        use_cpu: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(record_shapes=record_shapes, profile_memory=profile_memory, with_flops=with_flops)
        self.enabled = enabled

    def __enter__(self) -> profile:
        """Start."""
        if self.enabled:
            super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        if self.enabled:
            super().__exit__(kind, error, trace)

    @property
    def function_events(self) -> EventList:
        """The calls and regions in the order in which they began."""
        return self.events()

    @property
    def self_cpu_time_total(self) -> float:
        """The time of all calls, in microseconds."""
        return self.events().self_cpu_time_total

    def total_average(self) -> FunctionEventAvg:
        """Return all calls and regions added up."""
        return self.events().total_average()

    def table(self, *args: Any, **options: Any) -> str:
        """Return a table; the arguments are those of `EventList.table`."""
        return self.events().table(*args, **options)


class emit_nvtx(Absent):
    """Names operations for NVIDIA's profiler; kernels here are not named for it."""

    _instead = "kernels are not named for NVIDIA's profiler; use torch.profiler.profile"


class emit_itt(Absent):
    """Names operations for Intel's profiler; kernels here are not named for it."""

    _instead = "kernels are not named for Intel's profiler; use torch.profiler.profile"


def running() -> bool:
    """Tell whether a profile listens."""
    return newer._running is not None


def stop() -> None:
    """End the profile that listens, if there is one."""
    if newer._running is not None:
        newer._running.stop()
