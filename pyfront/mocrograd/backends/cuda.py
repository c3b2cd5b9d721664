"""torch's own kernels for NVIDIA's GPUs, which are not used; their switches may be set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mocrograd import backend


class _Matmul:
    """The switches of matrix products."""

    @property
    def allow_tf32(self) -> bool:
        """Whether products of float32 on a GPU may round to TF32: `set_float32_matmul_precision` by another name."""
        return backend.matmul_precision() != "highest"

    @allow_tf32.setter
    def allow_tf32(self, allowed: bool) -> None:
        backend.set_matmul_precision("high" if allowed else "highest")


matmul = _Matmul()


def is_built() -> bool:
    """Return False."""
    return False


_sdp = {"flash": True, "mem_efficient": True, "math": True, "cudnn": True}
"""Which of torch's implementations of attention may run, as scripts have set it; there is one here."""


def enable_flash_sdp(enabled: bool) -> None:
    """Note whether torch's flash attention may run."""
    _sdp["flash"] = enabled


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Note whether torch's memory-efficient attention may run."""
    _sdp["mem_efficient"] = enabled


def enable_math_sdp(enabled: bool) -> None:
    """Note whether torch's attention in single operations may run."""
    _sdp["math"] = enabled


def enable_cudnn_sdp(enabled: bool) -> None:
    """Note whether attention of NVIDIA's library may run."""
    _sdp["cudnn"] = enabled


def flash_sdp_enabled() -> bool:
    """Return what `enable_flash_sdp` has noted."""
    return _sdp["flash"]


def mem_efficient_sdp_enabled() -> bool:
    """Return what `enable_mem_efficient_sdp` has noted."""
    return _sdp["mem_efficient"]


def math_sdp_enabled() -> bool:
    """Return what `enable_math_sdp` has noted."""
    return _sdp["math"]


def cudnn_sdp_enabled() -> bool:
    """Return what `enable_cudnn_sdp` has noted."""
    return _sdp["cudnn"]


def is_flash_attention_available() -> bool:
    """Return False: attention has one implementation, which is none of torch's."""
    return False


@contextmanager
def sdp_kernel(
    enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True
) -> Iterator[None]:
    """Note inside a `with` which of torch's implementations of attention may run."""
    before = dict(_sdp)
    _sdp.update(flash=enable_flash, math=enable_math, mem_efficient=enable_mem_efficient, cudnn=enable_cudnn)
    try:
        yield
    finally:
        _sdp.update(before)
