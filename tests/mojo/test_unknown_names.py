"""A name that a kernel does not declare, or whose index differs from call to call, does not compile."""

import subprocess

import pytest
from toolchain import ROOT, compile_environment, find_toolchain

PROGRAM = """
from mojo_kernels.runtime.words import Cells, Names

def main():
    print({expression})
"""


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ('Names["y:w x:r rows columns"]().column', "the kernel's WORDS have no such name"),
        ('Names["y:w shape:2 last"]().last', "the word stands behind a shape"),
        ('Cells["table:t count [param:u grad:r numel]"]().count', "the cells of the kernel's WORDS have no such name"),
    ],
    ids=["unknown", "behind a shape", "no cell"],
)
def test_names_that_do_not_compile(tmp_path, expression, message):
    source = tmp_path / "names.mojo"
    source.write_text(PROGRAM.format(expression=expression))
    command = [str(find_toolchain().mojo), "build", "-I", str(ROOT), str(source), "-o", str(tmp_path / "names")]
    run = subprocess.run(command, env=compile_environment("none"), capture_output=True, text=True, check=False)
    assert run.returncode
    assert message in run.stderr
