"""A small tree of kernels and a compiler that only pretends: the builder is tested in milliseconds."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from build_kernels import Settings
from toolchain import LICENCES, RUNTIME, Toolchain

SOURCES = {
    "__init__": "",
    "runtime/__init__": "",
    "runtime/types": "comptime N = 1",
    "runtime/loops": "from .types import N",
    "reduce": "from mojo_kernels.runtime.loops import (\n    rows,  # a comment\n    N,\n)",
    "matmul/__init__": "from .cpu import matmul",
    "matmul/cpu": "from ..runtime import types",
    "ext/__init__": "",
    "ext/core": "from std.os import abort\nfrom mojo_kernels.runtime.types import N",
    "ext/reduce": "import mojo_kernels.reduce as r",
    "ext/matmul": "from mojo_kernels.matmul import matmul",
}

# Writes what it was asked to build; an ERROR or a WARNING in the source makes it say so.
COMPILER = r"""#!/usr/bin/env python3
import sys
from pathlib import Path
arguments = sys.argv[1:]
out = Path(arguments[arguments.index("-o") + 1])
source = Path(arguments[-3])
text = source.read_text()
with open(Path(sys.argv[0]).parent / "calls", "a") as calls:
    print(source.stem, file=calls)
with open(Path(sys.argv[0]).parent / "threads", "a") as threads:
    print(arguments[arguments.index("--num-threads") + 1], file=threads)
if "WARNING" in text:
    print(f"{source}:1:1: warning: odd", file=sys.stderr)
if "ERROR" in text or ("WARNING" in text and "--Werror" in arguments):
    print(f"{source}:1:1: error: no such thing", file=sys.stderr)
    sys.exit(1)
out.write_bytes(b"ELF\0/somewhere/modular/lib:$ORIGIN\0" + text.encode())
if "llvm" in arguments:
    out.with_name("kernel.nvptx.ll").write_text("kernel")
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with three extensions."""
    for name, text in SOURCES.items():
        path = tmp_path / "mojo_kernels" / f"{name}.mojo"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return tmp_path


@pytest.fixture
def settings(tree: Path) -> Settings:
    """Settings that build the tree with the pretended compiler."""
    folder = tree / "toolchain"
    folder.mkdir()
    compiler = folder / "mojo"
    compiler.write_text(COMPILER)
    compiler.chmod(compiler.stat().st_mode | stat.S_IEXEC)
    for name in RUNTIME:
        for suffix in ("so", "dylib"):
            (folder / f"lib{name}.{suffix}").write_text("library")
    notices = {}
    for name, shipped in LICENCES.items():
        notices[shipped] = folder / name
        notices[shipped].write_text("licence")
    toolchain = Toolchain(compiler, {"mojo": "1", "max": "2"}, folder, notices)
    return Settings(toolchain, "none", root=tree, out=tree / "out")
