"""A name that a kernel does not declare, or whose index differs from call to call, does not compile."""

import subprocess

from toolchain import ROOT, compile_environment, find_toolchain

PROGRAM = """
from mojo_kernels.runtime.words import Cells, Names

def unknown():
    print(Names["y:w x:r rows columns"]().column)

def behind():
    print(Names["y:w shape:2 last"]().last)

def no_cell():
    print(Cells["table:t count [param:u grad:r numel]"]().count)

def main():
    unknown()
    behind()
    no_cell()
"""


def test_names_that_do_not_compile(tmp_path):
    source = tmp_path / "names.mojo"
    source.write_text(PROGRAM)
    command = [str(find_toolchain().mojo), "build", "-I", str(ROOT), str(source), "-o", str(tmp_path / "names")]
    run = subprocess.run(command, env=compile_environment("none"), capture_output=True, text=True, check=False)
    assert run.returncode
    for message in ("have no such name", "stands behind a shape", "the cells of the kernel's WORDS"):
        assert message in run.stderr
