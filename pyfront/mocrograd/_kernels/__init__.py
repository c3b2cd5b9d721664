"""The compiled extensions, one per file of mojo_kernels/ext.

scripts/build_kernels.py puts those for this machine here. A wheel has a folder of them for each baseline instead, a
set of features that a processor must have; the best of those that this one runs is chosen before any extension is
loaded. It may lack extensions that gain nothing from its features: those of the next one are loaded. MOCROGRAD_CPU
names another. MOCROGRAD_KERNELS_DIR names a folder with another build, for example for another accelerator.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

_V2 = ("SSE3", "SSSE3", "SSE4.1", "SSE4.2", "POPCNT", "CMPXCHG16B", "LAHF")
_V3 = (*_V2, "AVX", "AVX2", "BMI1", "BMI2", "F16C", "FMA", "LZCNT", "MOVBE")
_V4 = (*_V3, "AVX512F", "AVX512BW", "AVX512CD", "AVX512DQ", "AVX512VL")
BASELINES: dict[str, Sequence[str]] = {"v4": _V4, "v3": _V3, "v8": ()}
"""The features that each baseline needs, best first: x86-64-v4, x86-64-v3, and ARMv8 with none to look for."""

_ECX_1, _EBX_7, _ECX_EXTENDED = (0, 2), (1, 1), (2, 2)
_BITS = {
    _ECX_1: {
        "SSE3": 0,
        "SSSE3": 9,
        "FMA": 12,
        "CMPXCHG16B": 13,
        "SSE4.1": 19,
        "SSE4.2": 20,
        "MOVBE": 22,
        "POPCNT": 23,
        "AVX": 28,
        "F16C": 29,
    },
    _EBX_7: {
        "BMI1": 3,
        "AVX2": 5,
        "BMI2": 8,
        "AVX512F": 16,
        "AVX512DQ": 17,
        "AVX512CD": 28,
        "AVX512BW": 30,
        "AVX512VL": 31,
    },
    _ECX_EXTENDED: {"LAHF": 0, "LZCNT": 5},
}
"""The bits of features, by the leaf of CPUID (0 is 1, 1 is 7, 2 is 0x80000001) and the register (0 is eax)."""


FROM_SOURCE = (
    "`pip install .` in a copy of mocrograd's sources builds kernels for this machine, "
    "if it has AVX2, BMI1, BMI2 and FMA, which Mojo itself needs"
)
"""What to do where a wheel has nothing for a processor; an emulator shows what Mojo needs."""


def active_leaves() -> list[list[int]]:
    """Return the registers eax, ebx, ecx, edx of each leaf of CPUID, without what the system does not support.

    The C library has asked the processor by CPUID, and the system by XGETBV whether it keeps the vector registers.

    Raises:
        ImportError: The C library is none that tells.
    """
    import ctypes

    try:
        leaf = ctypes.CDLL(None).__x86_get_cpuid_feature_leaf
    except AttributeError:
        raise ImportError(f"mocrograd's wheel needs glibc 2.33 or newer; {FROM_SOURCE}") from None
    # Four registers as CPUID gives them, then the same with the bits of features that programs can use.
    leaf.restype, leaf.argtypes = ctypes.POINTER(ctypes.c_uint32 * 8), [ctypes.c_uint]
    return [leaf(number).contents[4:] for number in range(3)]


def features(leaves: Sequence[Sequence[int]]) -> set[str]:
    """Return the names of the features whose bits are set in the leaves of CPUID."""
    return {
        name
        for (leaf, register), bits in _BITS.items()
        for name, bit in bits.items()
        if leaves[leaf][register] >> bit & 1
    }


def choose(offered: Sequence[str], present: set[str], wanted: str | None = None) -> str:
    """Choose a baseline.

    Args:
        offered: The baselines that there are, best first.
        present: The processor's features.
        wanted: The name of the baseline to take; without it the best that the processor runs is taken.

    Returns:
        Its name.

    Raises:
        ImportError: There is none of that name, or the processor lacks features that it needs.
    """
    missing = {name: [f for f in BASELINES[name] if f not in present] for name in offered}
    running = [name for name in offered if not missing[name]]
    if wanted is None:
        if running:
            return running[0]
        lacks = ", ".join(missing[offered[-1]])
        raise ImportError(f"this processor lacks {lacks}, which all kernels of mocrograd's wheel need; {FROM_SOURCE}")
    if wanted in running:
        return wanted
    why = f"which needs {', '.join(missing[wanted])}" if wanted in offered else "which mocrograd's wheel does not have"
    runs = f"this processor runs {', '.join(running)}" if running else f"this processor runs none; {FROM_SOURCE}"
    raise ImportError(f"MOCROGRAD_CPU is {wanted!r}, {why}; of {', '.join(offered)} {runs}")


def _chosen(offered: Sequence[str]) -> str | None:
    wanted = os.environ.get("MOCROGRAD_CPU") or None
    if offered:
        has_needs = any(BASELINES[name] for name in offered)
        return choose(offered, features(active_leaves()) if has_needs else set(), wanted)
    if wanted is not None:
        raise ImportError(f"MOCROGRAD_CPU is {wanted!r}, but these kernels were built for this machine alone: unset it")
    return None


# An empty name means the running interpreter. Without it Mojo starts the `python3` of the PATH to ask for its
# library, which takes 20 to 50 ms, can be another version, and ends the process where the PATH has none.
os.environ.setdefault("MOJO_PYTHON_LIBRARY", "")

_FOLDER = os.path.dirname(__file__)
OFFERED = [name for name in BASELINES if os.path.isdir(os.path.join(_FOLDER, name))]
"""The baselines that this build has; none where it was built for this machine alone."""
BASELINE: str | None = None
"""The baseline whose extensions are loaded."""

if "MOCROGRAD_KERNELS_DIR" in os.environ:
    __path__.insert(0, os.environ["MOCROGRAD_KERNELS_DIR"])
else:
    BASELINE = _chosen(OFFERED)
    if BASELINE is not None:  # what it lacks is taken from those that need less
        __path__[:0] = [os.path.join(_FOLDER, name) for name in OFFERED[OFFERED.index(BASELINE) :]]
