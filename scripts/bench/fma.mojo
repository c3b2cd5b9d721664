"""Prints the float32 GFLOP/s of one thread that only multiplies and adds in registers."""

from std.benchmark import keep
from std.math import fma
from std.sys import simd_width_of
from std.time import perf_counter_ns

comptime WIDTH = simd_width_of[DType.float32]()
comptime CHAINS = 12
"""Independent sums: more than the units of any processor times the cycles of their operation, within 16 registers."""
comptime STEPS = 1_000_000
comptime SWEEPS = 100


def sweep(scale: SIMD[DType.float32, WIDTH]) -> SIMD[DType.float32, WIDTH]:
    """Multiply and add CHAINS * STEPS times."""
    var sums = Array[SIMD[DType.float32, WIDTH], CHAINS](fill=1)
    for _ in range(STEPS):
        comptime for c in range(CHAINS):
            sums[c] = fma(sums[c], scale, scale)
    var total = SIMD[DType.float32, WIDTH](0)
    comptime for c in range(CHAINS):
        total += sums[c]
    return total


def main():
    var start = perf_counter_ns()
    for _ in range(SWEEPS):
        keep(sweep(0.5))
    print(Float64(2 * WIDTH * CHAINS * STEPS * SWEEPS) / Float64(perf_counter_ns() - start))
