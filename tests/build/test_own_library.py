"""How a user's file is found, compiled, kept and named: the cache, many processes, hostile paths, and errors."""

import os
import subprocess
import sys
import time
from pathlib import Path

import mocrograd as mg
import pytest
from mocrograd.build import cache as own_cache
from mocrograd.build import library, own_source

OPS = Path(__file__).with_name("ops.mojo")
ANSWER = """
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Words, buffer
from beside import ANSWER


struct Answer(Kernel):
    comptime WORDS: StaticString = "y:w"

    @staticmethod
    def name() -> String:
        return "answer.forward.int64"

    @staticmethod
    def units(args: Words) -> Int:
        return 1

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(1, 1, 8, 1)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        buffer[DType.int64](args, Self.AT.y).unsafe_store(0, ANSWER)
"""
LOADS = """
import sys
import mocrograd as mg
from mocrograd.build import cache

compiler = cache.run_compiler

def counted(*args, **kwargs):
    with open(sys.argv[2], "a") as file:
        file.write("x")
    return compiler(*args, **kwargs)

cache.run_compiler = counted
y = mg.zeros(1, dtype=mg.int64)
mg.kernel_library(sys.argv[1]).call("answer.forward.int64", y=y)
print(y.item())
"""


def answer(lib):
    y = mg.zeros(1, dtype=mg.int64)
    lib.call("answer.forward.int64", y=y)
    return y.item()


def test_eight_processes_compile_once_and_an_edit_is_a_new_library(compiler, tmp_path, monkeypatch):
    home = tmp_path / "a folder with ünicode"
    home.mkdir()
    file, beside, log = home / "2 ö my-ops.mojo", home / "beside.mojo", home / "log"
    file.write_text(ANSWER)
    beside.write_text("comptime ANSWER = 42\n")
    monkeypatch.setenv("MOCROGRAD_CACHE_DIR", str(home / "cache"))
    command = [sys.executable, "-c", LOADS, str(file), str(log)]
    environment = {**os.environ, "PYTHONPATH": str(Path(mg.__file__).parents[1])}
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    assert [process.communicate()[0] for process in running] == ["42\n"] * 8
    assert log.read_text() == "x"
    assert not list((home / "cache" / "kernels").glob(".*"))

    old = mg.kernel_library(file)
    assert answer(old) == 42
    monkeypatch.chdir(home)
    beside.write_text("comptime ANSWER = 43\n")
    new = mg.kernel_library("2 ö my-ops.mojo")
    assert (answer(new), answer(old)) == (43, 42)
    beside.write_text("comptime ANSWER = undeclared\n")
    with pytest.raises(mg.KernelBuildError, match=r"(?s)my-ops\.mojo does not compile.*undeclared"):
        mg.kernel_library(file)
    beside.write_text("comptime ANSWER = 42\n")
    assert (answer(new), answer(mg.kernel_library(file))) == (43, 42)


def test_an_error_names_the_users_file_and_line(compiler, tmp_path, monkeypatch):
    monkeypatch.setenv("MOCROGRAD_CACHE_DIR", str(tmp_path / "cache"))
    file = tmp_path / "wrong.mojo"
    file.write_text("from mojo_kernels.runtime.kernel import Kernel\n\nstruct A(Kernel):\n    var x: Nothing\n")
    with pytest.raises(mg.KernelBuildError, match=r"wrong\.mojo:4:\d+: error: .*Nothing"):
        mg.kernel_library(file)


def test_a_second_load_takes_less_than_50_ms_and_needs_no_compiler(lib, monkeypatch):
    def refuse():
        raise ImportError("no compiler")

    monkeypatch.setattr(own_cache, "find_toolchain", refuse)
    seconds = []
    for _ in range(5):
        monkeypatch.setattr(library, "_loaded", {})
        start = time.process_time()  # the cores may be busy with other tests
        again = mg.kernel_library(OPS)
        seconds.append(time.process_time() - start)
        assert again.softsquare(mg.ones(1)).item() == 0.5
    assert min(seconds) < 0.05


def test_without_a_compiler_and_a_build_the_error_helps(tmp_path, monkeypatch):
    monkeypatch.setenv("MOCROGRAD_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    with pytest.raises(ImportError, match=r'no mojo compiler: `pip install "mocrograd\[kernels\]"`'):
        mg.kernel_library(OPS)


def test_files_that_cannot_be_libraries(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing"):
        mg.kernel_library(tmp_path / "nothing.mojo")
    with pytest.raises(IsADirectoryError):
        mg.kernel_library(tmp_path)
    with pytest.raises(TypeError):
        mg.kernel_library(3)
    empty = tmp_path / "empty.mojo"
    empty.write_text('"""struct A(UnaryOp):"""\n# struct B(UnaryOp):\nstruct C(Movable):\n    pass\n')
    with pytest.raises(ValueError, match=r"empty\.mojo has no struct that implements UnaryOp, BinaryOp or Kernel"):
        mg.kernel_library(empty)
    empty.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="has no struct"):
        mg.kernel_library(empty)


def test_a_cache_that_cannot_be_made_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MOCROGRAD_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(OSError, match="MOCROGRAD_CACHE_DIR names another folder"):
        mg.kernel_library(OPS)


def test_the_folder_of_the_cache(monkeypatch):
    monkeypatch.setenv("MOCROGRAD_CACHE_DIR", "/chosen")
    assert own_cache.folder() == Path("/chosen")
    monkeypatch.delenv("MOCROGRAD_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.setattr(sys, "platform", "linux")
    assert own_cache.folder() == Path("/xdg/mocrograd")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert own_cache.folder() == Path("/home/me/.cache/mocrograd")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert own_cache.folder() == Path("/home/me/Library/Caches/mocrograd")


def test_a_library_depends_on_its_sources_compiler_processor_and_flags(monkeypatch, tmp_path):
    file, beside = tmp_path / "ops.mojo", tmp_path / "beside.mojo"
    file.write_text(ANSWER)
    beside.write_text("")
    keys = []

    def note():
        keys.append(own_cache._key(file, file.read_bytes(), "text", ["flag"]))

    note()
    assert own_cache._key(file, file.read_bytes(), "text", ["flag"]) == keys[0]
    beside.write_text("comptime ANSWER = 3")
    note()
    file.write_text(ANSWER + "\n")
    note()
    keys.append(own_cache._key(file, file.read_bytes(), "text", ["another"]))
    keys.append(own_cache._key(file, file.read_bytes(), "other", ["flag"]))
    monkeypatch.setattr(own_cache, "cpu_identity", lambda: "another")
    note()
    monkeypatch.setattr(own_cache, "PINS", {"mojo": "9"})
    note()
    assert len(set(keys)) == len(keys)


def test_old_libraries_are_removed(tmp_path):
    for name in ("own_old.so", "own_old.lock", "own_new.so", "other"):
        (tmp_path / name).write_text("")
    for name in ("own_old.so", "own_old.lock", "other"):
        os.utime(tmp_path / name, (0, 0))
    own_cache._remove_old(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"own_new.so", "other"}


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"unary A": ["tanh.forward.float32"]}, "A is called 'tanh', which exists in mocrograd"),
        ({"kernel A": ["matmul.special.float32"]}, "A is called 'matmul.special.float32', which exists in mocrograd"),
        ({"unary A": ["f.forward.float32"], "binary B": ["f.forward.float32"]}, "A and B are both called 'f'"),
        ({"unary A": ["f.forward.float32"], "kernel B": ["f.forward.float32"]}, "A and B are both called 'f"),
        ({"kernel A": ["f.x.float32"], "kernel B": ["f.x.float32"]}, "A and B are both called 'f.x.float32'"),
        ({"unary A": ["two words.forward.float32"]}, "NAME of A must be one for a function of Python, not 'two words'"),
        ({"unary A": ["lambda.forward.float32"]}, "NAME of A must be one for a function of Python, not 'lambda'"),
        ({"unary A": ["call.forward.float32"]}, "no op may be called 'call', which a library has itself"),
    ],
)
def test_names_that_cannot_be_used(monkeypatch, tables, message):
    kernels = {label: {f"{name}.original": 1 for name in names} for label, names in tables.items()}

    class Extension:
        pass

    Extension.kernels = kernels
    monkeypatch.setattr(library, "built", lambda file, accelerator: Path("own_faked.so"))
    monkeypatch.setattr(library, "_loaded", {})
    monkeypatch.setattr(library, "_taken", {})
    monkeypatch.setattr(library.backend, "load_library", lambda name, path: Extension)
    monkeypatch.setattr(library.backend, "add_kernels", lambda extension, kernels: None)
    with pytest.raises(ValueError, match=message):
        mg.kernel_library(OPS)


def test_structs_are_found_by_what_they_implement():
    text = """
    struct Inside(UnaryOp):
struct A(Movable, UnaryOp): ...
struct B[dt: DType](Kernel): ...
struct C(lib.BinaryOp & Movable): ...
struct D(MyUnaryOp): ...
"""
    found = own_source.registration(text, "file")
    assert found.names == ["A", "B", "C"]
    assert found.calls == [
        'own_unary[A](tables, "unary A")',
        'own_kernel[B[DType.float32]](tables, "kernel B[DType.float32]")',
        'own_kernel[B[DType.float64]](tables, "kernel B[DType.float64]")',
        'own_binary[C](tables, "binary C")',
    ]
    listed = own_source.registration(text + "comptime KERNELS = TypeList.of[Trait=Kernel, B[DType.int32]]\n", "file")
    assert listed.names == ["KERNELS", "A", "C"]
    with pytest.raises(ValueError, match=r"struct E has parameters \[n: Int\]; say which of it are meant"):
        own_source.registration("struct E[n: Int](UnaryOp):", "file")
