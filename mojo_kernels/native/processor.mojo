"""Whether the processor that runs a library has the instructions that it was compiled with."""

from std.sys import CompilationTarget, get_defined_int
from std.sys._assembly import inlined_assembly

comptime _FEATURES_C = get_defined_int["MOCROGRAD_CPUID_1C", 0]()
comptime _EXTENDED_B = get_defined_int["MOCROGRAD_CPUID_7B", 0]()
comptime _EXTENDED_C = get_defined_int["MOCROGRAD_CPUID_7C", 0]()
comptime _EXTENDED_D = get_defined_int["MOCROGRAD_CPUID_7D", 0]()
comptime _AVX = 1 << 28
comptime _AVX512 = 1 << 16
comptime _VECTORS = 0x6
"""The bits of what the system saves of vector registers, for AVX."""
comptime _VECTORS_512 = 0xE6
"""Those for AVX-512."""


@always_inline
def _cpuid[move: StaticString](leaf: Int) -> Int:
    return Int(
        inlined_assembly[
            "cpuid\n" + move, UInt32, constraints="={ax},{ax},{cx},~{bx},~{cx},~{dx}", has_side_effect=True
        ](UInt32(leaf), UInt32(0))
    )


@always_inline
def _saved_registers() -> Int:
    return Int(
        inlined_assembly["xgetbv", UInt32, constraints="={ax},{cx},~{dx}", has_side_effect=True](UInt32(0))
    )


@no_inline
def is_fit() -> Bool:
    """Tells whether the processor has all instructions that the defines name, the bits of registers that `cpuid` fills.

    Returns:
        True where it does, or nothing is asked for.
    """
    comptime if CompilationTarget.is_x86():
        comptime if _FEATURES_C != 0:
            if _cpuid["movl %ecx, %eax"](1) & _FEATURES_C != _FEATURES_C or _cpuid[""](0) < 7:
                return False
            comptime wanted = _VECTORS_512 if _EXTENDED_B & _AVX512 != 0 else _VECTORS
            comptime if _FEATURES_C & _AVX != 0:
                if _saved_registers() & wanted != wanted:
                    return False
        comptime if _EXTENDED_B != 0:
            return (
                _cpuid["movl %ebx, %eax"](7) & _EXTENDED_B == _EXTENDED_B
                and _cpuid["movl %ecx, %eax"](7) & _EXTENDED_C == _EXTENDED_C
                and _cpuid["movl %edx, %eax"](7) & _EXTENDED_D == _EXTENDED_D
            )
    return True
