"""The tiles of processors with AMX: whether this process may use them, and the products of two by two tiles.

A tile has 16 rows of 64 bytes. One instruction multiplies the pairs of bfloat16 of a tile, 16 rows by 32 along k, with
those of another, 32 along k by 16 columns, and adds them to a tile of 16 by 16 sums in float32. A processor without
tiles that has dot products of pairs (AVX512_BF16) computes the same from the same memory. Assemblers know the
instructions whatever the target, so the processor and the system are asked when a process first needs them.
"""

from std.collections import Array
from std.ffi import _Global, external_call
from std.memory import bitcast, stack_allocation
from std.os import abort, getenv
from std.sys import CompilationTarget, is_defined
from std.sys._assembly import inlined_assembly

from mojo_kernels.matmul.half import HAS_PAIRS
from mojo_kernels.runtime.bfloat16 import to_bfloat16
from mojo_kernels.runtime.types import Buffer

comptime SIDE = 16
"""Rows of a tile, and numbers of 32 bits in one of its rows."""
comptime DEPTH = 32
"""Elements along k in a tile of bfloat16."""
comptime PAIR = 2 * SIDE
"""Rows and columns of the sums that `multiply` computes: two by two tiles."""
comptime TILE_BYTES = 64 * SIDE
"""Bytes of a tile."""
comptime _STEP = 2 * TILE_BYTES // 4
"""Pairs of 32 rows, or of 32 columns, in a step along k."""
comptime _ROWS = 8
"""Rows whose sums stay in registers where there are no tiles: two vectors each."""

comptime _POSSIBLE = (
    CompilationTarget.is_x86()
    and CompilationTarget.is_linux()
    and CompilationTarget.has_avx512f()
    and not is_defined["MOCROGRAD_SANITIZE"]()
    and not is_defined["MOCROGRAD_THREADS"]()
)
"""Whether a build may use tiles: not libraries of C, which have nowhere to keep the answer, nor those for the address
sanitizer, which does not see what tiles read and write."""
comptime _FEATURES = (1 << 22) | (1 << 24)
"""The bits of bfloat16 and of tiles in the processor's answer."""
comptime _PAIRS = 1 << 5
"""The bit of dot products of pairs (AVX512_BF16)."""
comptime _SAVED = (1 << 17) | (1 << 18)
"""The bits of the configuration and of the tiles in what the system saves."""
comptime _SYS_ARCH_PRCTL = 158
comptime _REQUEST_PERMISSION = 0x1023
comptime _TILE_DATA = 18


struct _Answer(Defaultable, Movable):
    """Whether tiles, and dot products of pairs, are there; asked once in a process."""

    var tiles: Bool
    var pairs: Bool

    def __init__(out self):
        self.tiles = _ask()
        self.pairs = False
        comptime if _POSSIBLE:
            self.pairs = _cpuid["movl %eax, %eax"](0) >= 7 and _cpuid["movl %eax, %eax"](7, 1) & _PAIRS != 0


def _new() -> _Answer:
    return _Answer()


comptime _ANSWER = _Global["mocrograd_tiles", _new]


def _ask() -> Bool:
    """Asks the processor, then the system for the permission, which holds for all threads and for forked children.
    """
    comptime if not _POSSIBLE:
        return False
    if getenv("MOCROGRAD_AMX") == "off" or _cpuid["movl %eax, %eax"](0) < 7:
        return False
    if _cpuid["movl %edx, %eax"](7) & _FEATURES != _FEATURES or _saved_registers() & _SAVED != _SAVED:
        return False
    return (
        external_call["syscall", Int](
            _SYS_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA, Int(0), Int(0), Int(0), Int(0)
        )
        == 0
    )  # as many arguments as the other calls of this function have, which Mojo declares once


def _cpuid[move: StaticString](leaf: Int, part: Int = 0) -> Int:
    return Int(
        inlined_assembly[
            "cpuid\n" + move, UInt32, constraints="={ax},{ax},{cx},~{bx},~{cx},~{dx}", has_side_effect=True
        ](UInt32(leaf), UInt32(part))
    )


def _saved_registers() -> Int:
    """Returns what the system saves. Processors with tiles have the instruction."""
    return Int(
        inlined_assembly["xgetbv", UInt32, constraints="={ax},{cx},~{dx}", has_side_effect=True](UInt32(0))
    )


def _answer() -> Pointer[_Answer, MutUntrackedOrigin]:
    try:
        return _ANSWER.get_or_create_ptr()
    except e:
        abort(String("mocrograd: no memory for an answer: ", e))


def has_tiles() -> Bool:
    """Tells whether this process uses tiles.

    Returns:
        True on a processor with tiles of bfloat16, where the system permits them and MOCROGRAD_AMX is not off.
    """
    comptime if not _POSSIBLE:
        return False
    return _answer()[].tiles


def may_have_tiles() -> Bool:
    """Tells whether to run kernels that are worth their time with tiles alone.

    Returns:
        True where tiles are used, and in builds for the address sanitizer, which compute without them.
    """
    comptime if is_defined["MOCROGRAD_SANITIZE"]():
        return True
    return has_tiles()


def may_multiply() -> Bool:
    """Tells whether to register kernels that are worth their time with dot products of pairs too.

    Returns:
        True where tiles or dot products of pairs are there, and in builds for the address sanitizer.
    """
    comptime if not _POSSIBLE:
        return may_have_tiles()
    return _answer()[].tiles or _answer()[].pairs


def slowness() -> Float64:
    """Returns how many times as long a multiply-add takes as by the processor's tiles.

    Returns:
        1 where there are tiles, else the time of dot products of pairs (AMD EPYC, Zen 4, 2026-11).
    """
    return 1.0 if has_tiles() else 4.5


struct Tiles(TrivialRegisterPassable):
    """How a thread multiplies tiles, until it calls `release`."""

    var configured: Bool
    """Whether with the processor's tiles."""

    @no_inline
    def __init__(out self):
        """Makes the thread's tiles, where it has them, as large as they can be."""
        self.configured = has_tiles()
        comptime if not _POSSIBLE:
            return
        if not self.configured:
            return
        var words = stack_allocation[64, UInt8, alignment=64]()
        for i in range(64):
            words[unsafe_offset=i] = 0
        words[unsafe_offset=0] = 1  # the palette, the only one
        for tile in range(8):
            words[unsafe_offset=16 + 2 * tile] = 64
            words[unsafe_offset=48 + tile] = UInt8(SIDE)
        inlined_assembly["ldtilecfg ($0)", NoneType, constraints="r,~{memory}", has_side_effect=True](
            Int(words)
        )

    @always_inline
    def release(self):
        """Ends the use of tiles, so that the system need not save them."""
        comptime if not _POSSIBLE:
            return
        if self.configured:
            inlined_assembly["tilerelease", NoneType, constraints="~{memory}", has_side_effect=True]()

    @always_inline
    def multiply[add: Bool](self, a: Int, b: Int, sums: Int, steps: Int, rows: Int = PAIR):
        """Computes two by two tiles of sums, of `steps` tiles along k.

        Parameters:
            add: Whether to add to the sums, which else hold nothing yet.

        Args:
            a: The address of packed tiles: for each step those of 32 rows of a, 2 KiB.
            b: The address of packed tiles: for each step those of 32 columns of b.
            sums: The address of the four tiles of sums, row by row.
            steps: The number of steps.
            rows: How many rows are needed; sums behind them may hold anything.
        """
        comptime if not _POSSIBLE:
            comptime if HAS_PAIRS:
                _multiply_pairs[add](a, b, sums, steps, rows)
            else:
                _multiply_without[add](a, b, sums, steps)
        else:
            if self.configured:
                _multiply_tiles[add](a, b, sums, steps)
            else:
                _multiply_pairs[add](a, b, sums, steps, rows)


@always_inline
def round_pair(
    first: SIMD[DType.float32, SIDE], second: SIMD[DType.float32, SIDE]
) -> SIMD[DType.uint16, 2 * SIDE]:
    """Rounds sums of tiles to bfloat16, to nearest, ties to even. Denormal numbers become 0; tiles leave none.

    Args:
        first: Sums.
        second: The sums behind them.

    Returns:
        The rounded sums.
    """
    comptime if not _POSSIBLE:
        return to_bfloat16[2 * SIDE](first.join(second))
    return inlined_assembly[
        "vcvtne2ps2bf16 $1, $2, $0", SIMD[DType.uint16, 2 * SIDE], constraints="=v,v,v", has_side_effect=False
    ](first, second)


comptime _LOAD: StaticString = """
    tileloadd ($2,$3), %tmm0
    tileloadd 1024($2,$3), %tmm1
    tileloadd 2048($2,$3), %tmm2
    tileloadd 3072($2,$3), %tmm3
"""
comptime _ZERO: StaticString = """
    tilezero %tmm0
    tilezero %tmm1
    tilezero %tmm2
    tilezero %tmm3
"""


@always_inline
def _multiply_tiles[add: Bool](a: Int, b: Int, sums: Int, steps: Int):
    """`Tiles.multiply` by the processor's tiles."""
    comptime begin = _LOAD if add else _ZERO
    inlined_assembly[
        begin
        + """
        movq $0, %r9
        movq $1, %r10
        movq $4, %r11
        1:
        tileloadd (%r9,$3), %tmm4
        tileloadd (%r10,$3), %tmm6
        tdpbf16ps %tmm6, %tmm4, %tmm0
        tileloadd 1024(%r10,$3), %tmm7
        tdpbf16ps %tmm7, %tmm4, %tmm1
        tileloadd 1024(%r9,$3), %tmm5
        tdpbf16ps %tmm6, %tmm5, %tmm2
        tdpbf16ps %tmm7, %tmm5, %tmm3
        addq $$2048, %r9
        addq $$2048, %r10
        decq %r11
        jnz 1b
        tilestored %tmm0, ($2,$3)
        tilestored %tmm1, 1024($2,$3)
        tilestored %tmm2, 2048($2,$3)
        tilestored %tmm3, 3072($2,$3)
        """,
        NoneType,
        constraints="r,r,r,r,r,~{memory},~{flags},~{r9},~{r10},~{r11}",
        has_side_effect=True,
    ](a, b, sums, 64, steps)


comptime _Sums = SIMD[DType.float32, SIDE]
comptime _Pairs = SIMD[DType.uint32, SIDE]


@always_inline
def _dot(sums: _Sums, a: _Pairs, b: _Pairs) -> _Sums:
    """Adds the products of both elements of pairs to sums."""
    return inlined_assembly["vdpbf16ps $2, $1, $0", _Sums, constraints="=v,v,v,0", has_side_effect=False](
        a, b, sums
    )


@no_inline
def _multiply_pairs[add: Bool](a: Int, b: Int, sums: Int, steps: Int, rows: Int):
    """`Tiles.multiply` by dot products of pairs."""
    for row in range(0, min(rows, PAIR), _ROWS):
        var line = row % SIDE * SIDE
        var x = Buffer[DType.uint32](unsafe_from_address=a + row // SIDE * TILE_BYTES).unsafe_offset(line)
        var w = Buffer[DType.uint32](unsafe_from_address=b)
        var y = Buffer[DType.float32](unsafe_from_address=sums + row // SIDE * 2 * TILE_BYTES).unsafe_offset(
            line
        )
        var left = Array[_Sums, _ROWS](fill=0)
        var right = Array[_Sums, _ROWS](fill=0)
        comptime if add:
            comptime for r in range(_ROWS):
                left[r] = y.unsafe_load[width=SIDE](r * SIDE)
                right[r] = y.unsafe_load[width=SIDE]((SIDE + r) * SIDE)
        for step in range(steps):
            for i in range(SIDE):
                var first = w.unsafe_load[width=SIDE](step * _STEP + i * SIDE)
                var second = w.unsafe_load[width=SIDE](step * _STEP + (SIDE + i) * SIDE)
                comptime for r in range(_ROWS):
                    var pair = _Pairs(x.unsafe_load(step * _STEP + r * SIDE + i))
                    left[r] = _dot(left[r], pair, first)
                    right[r] = _dot(right[r], pair, second)
        comptime for r in range(_ROWS):
            y.unsafe_store(r * SIDE, left[r])
            y.unsafe_store((SIDE + r) * SIDE, right[r])


@no_inline
def _multiply_without[add: Bool](a: Int, b: Int, sums: Int, steps: Int):
    """`Tiles.multiply` in builds that have neither; even and odd products of a step are added up apart, as tiles do.
    """
    comptime UPPER = 0xFFFF0000
    for tile in range(4):
        var x = Buffer[DType.uint32](unsafe_from_address=a + tile // 2 * TILE_BYTES)
        var w = Buffer[DType.uint32](unsafe_from_address=b + tile % 2 * TILE_BYTES)
        for row in range(SIDE):
            var y = Buffer[DType.float32](unsafe_from_address=sums + tile * TILE_BYTES + row * 64)
            var sum = y.unsafe_load[width=SIDE](0) if add else _Sums(0)
            for step in range(steps):
                var even = _Sums(0)
                var odd = _Sums(0)
                for i in range(SIDE):
                    var pair = _Pairs(x.unsafe_load(step * _STEP + row * SIDE + i))
                    var pairs = w.unsafe_load[width=SIDE](step * _STEP + i * SIDE)
                    even = bitcast[DType.float32](pair << 16).fma(bitcast[DType.float32](pairs << 16), even)
                    odd = bitcast[DType.float32](pair & UPPER).fma(bitcast[DType.float32](pairs & UPPER), odd)
                sum += even + odd
            y.unsafe_store(0, sum)
