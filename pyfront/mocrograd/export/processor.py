"""The instructions that a library is compiled with, which it looks for where it runs."""

from __future__ import annotations

import platform
from pathlib import Path

_BITS = {
    "1C": {"fma": 12, "movbe": 22, "avx": 28, "f16c": 29},
    "7B": {
        "bmi1": 3, "avx2": 5, "bmi2": 8, "avx512f": 16, "avx512dq": 17, "avx512ifma": 21, "avx512cd": 28,
        "avx512bw": 30, "avx512vl": 31,
    },
    "7C": {
        "avx512vbmi": 1, "avx512_vbmi2": 6, "gfni": 8, "vaes": 9, "vpclmulqdq": 10, "avx512_vnni": 11,
        "avx512_bitalg": 12, "avx512_vpopcntdq": 14,
    },
    "7D": {"avx512_fp16": 23},
}  # fmt: skip
"""By leaf and register of the instruction cpuid: the bits of instructions that compiled kernels may use."""
_V3 = {"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"}
_LEVELS = {"x86-64-v3": _V3, "x86-64-v4": {*_V3, "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}}


def masks(cpu: str | None) -> dict[str, int]:
    """Return the bits that a processor must have, by leaf and register: "7B" is register B of leaf 7.

    Args:
        cpu: The processor that is compiled for, None for this machine's. Nothing is asked for one whose instructions
            are not known here.
    """
    if platform.machine() != "x86_64":
        return {}
    wanted = _own_instructions() if cpu is None else _LEVELS.get(cpu, set())
    return {register: sum(1 << bit for name, bit in bits.items() if name in wanted) for register, bits in _BITS.items()}


def _own_instructions() -> set[str]:
    """Return the names of this machine's instructions, as Linux lists them."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("flags"):
            return set(line.partition(":")[2].split())
    return set()
