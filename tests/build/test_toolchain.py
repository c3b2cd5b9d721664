"""The way to the compiler: found or a sentence that helps, the sources, a file that compiles and one that does not."""

import sys
import sysconfig

import mocrograd as mg
import pytest
from mocrograd import build
from mocrograd.build import toolchain

BROKEN = "def main():\n    undeclared(1)\n"


def test_without_a_compiler_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImportError, match=r'has no mojo compiler: `pip install "mocrograd\[kernels\]"`'):
        build.compile_mojo(tmp_path / "x.mojo", tmp_path / "x")


def test_another_version_is_named(monkeypatch):
    monkeypatch.setattr(toolchain, "PINS", {"mojo": "9.9.9"})
    with pytest.raises(ImportError, match=r"compiled by mojo 9\.9\.9, but .* has mojo 1\."):
        toolchain.find_toolchain()


def test_the_sources_hold_the_kernels_in_a_checkout_and_in_a_wheel(monkeypatch, tmp_path):
    assert (build.sources() / "mojo_kernels" / "runtime" / "kernel.mojo").is_file()
    monkeypatch.setattr(toolchain, "_PACKAGE", tmp_path)
    (tmp_path / "_sources").mkdir()
    assert build.sources() == tmp_path / "_sources"


def test_an_error_carries_the_compilers_text(tmp_path):
    source = tmp_path / "broken.mojo"
    source.write_text(BROKEN)
    with pytest.raises(mg.KernelBuildError, match=r"(?s)broken\.mojo does not compile:.*undeclared"):
        build.compile_mojo(source, tmp_path / "broken")
    assert issubclass(mg.KernelBuildError, RuntimeError)
    assert not (tmp_path / "broken").exists()


def test_the_file_needs_nothing_of_the_package():
    script = "import sys; sys.path.insert(0, sys.argv[1]); import toolchain, mojo_imports; assert 'mocrograd' not in sys.modules"
    toolchain.subprocess.run([sys.executable, "-S", "-c", script, str(build.sources() / "scripts")], check=True)
