"""Rewrites the text of Mojo's LLVM, which is newer, so that clang 19 reads the same program in it.

Newer are: floating constants by their bits (f0x3FB8AA3B) or by name (+inf), and decimals that only round to a float;
comments inside a line; attributes of parameters; masked loads and stores, whose alignment stands at the pointer.
"""

from __future__ import annotations

import re
import struct

INFINITY = {"double": "7FF0000000000000", "float": "7F800000", "half": "7C00", "bfloat": "7F80"}
QUIET = {"double": "7FF8000000000000", "float": "7FC00000", "half": "7E00", "bfloat": "7FC0"}
"""A quiet nan's bits, by type."""
NUMBER = re.compile(
    r"\b(?P<kind>float|double|half|bfloat)\b"
    r"|(?<![\w.%@$\"])(?P<sign>[+-]?)(?:(?P<name>inf|q?nan)\b|f0x(?P<bits>[0-9A-F]+)|(?P<decimal>\d\.\d+e[+-]\d+))"
)
LINE = re.compile(r"^(?!;|!|@.* c\").*(?:f0x|\binf\b|\bq?nan\b|\d\.\d+e[+-]\d).*$", re.M)
"""A line that may hold a floating constant; not a string, a comment or a word about the module."""


def older(ir: str) -> str:
    """Returns the same program in the words of older LLVM."""
    ir = LINE.sub(lambda line: _numbers(line[0]), re.sub(r"/\*.*?\*/ ?", "", ir))
    ir = re.sub(r"^.*@llvm\.lifetime\..*$", "", ir, flags=re.M).replace("nocreateundeforpoison ", "")
    ir = ir.replace("@llvm.stepvector.", "@llvm.experimental.stepvector.")
    ir = re.sub(r"\b(?:range|captures|nofpclass|initializes)\((?:[^()]|\([^()]*\))*\) ?", "", ir)
    return re.sub(
        r"^.*@llvm\.masked\.(?:load|store|gather|scatter)\..*$", lambda line: _masked(line[0]), ir, flags=re.M
    )


def _numbers(line: str) -> str:
    """Writes a line's floating constants by the bits of the type before them, as older LLVM does."""
    kind = "double"

    def one(match: re.Match[str]) -> str:
        nonlocal kind
        if match["kind"]:
            kind = match["kind"]
            return match[0]
        if match["decimal"]:
            return _constant(kind, _bits(kind, float(match["sign"] + match["decimal"])))
        bits = match["bits"] or (INFINITY if match["name"] == "inf" else QUIET)[kind]
        if match["sign"] == "-":
            bits = f"{int(bits, 16) | 1 << 4 * len(bits) - 1:X}"
        return _constant(kind, bits)

    return NUMBER.sub(one, line)


def _bits(kind: str, value: float) -> str:
    """Returns the bits of the number of a type that is nearest to `value`."""
    if kind == "bfloat":  # the constants of a bfloat are bfloats: the lower half of their float's bits is zero
        return struct.pack(">f", value).hex().upper()[:4]
    return struct.pack({"double": ">d", "float": ">f", "half": ">e"}[kind], value).hex().upper()


def _constant(kind: str, bits: str) -> str:
    """Returns older LLVM's word for a number of these bits: a float's are those of the double that equals it."""
    if kind == "float":
        bits = struct.pack(">d", *struct.unpack(">f", bytes.fromhex(bits))).hex().upper()
    return {"half": "0xH", "bfloat": "0xR"}.get(kind, "0x") + bits


def _masked(line: str) -> str:
    """Moves the alignment of a masked access behind its pointer, where it is an argument of its own."""
    if line.startswith("declare"):
        return re.sub(r"((?:<\d+ x ptr>|\bptr)[^,]*), ", r"\1, i32 immarg, ", line, count=1)
    pointer = r"((?:<\d+ x ptr>|(?<!x )\bptr)) (?:align (\d+) )?([^,]+), "
    return re.sub(pointer, lambda match: f"{match[1]} {match[3]}, i32 {match[2] or 1}, ", line, count=1)
