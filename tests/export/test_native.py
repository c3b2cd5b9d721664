"""A model as a C library: what it computes, what its examples need, and what it refuses."""

import ctypes
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mocrograd as mg
import numpy as np
import pytest
from native_models import ERRORS, Library, digits, every

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler")
STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
RUN_PATH = ["-L.", "-Wl,-rpath,$ORIGIN"]


def build(folder, tmp_path, compiler, source, *flags):
    """Compile an example in a copy of the folder; return the program."""
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, dirs_exist_ok=True)
    command = [compiler, *STRICT, *flags, source, *RUN_PATH, f"-l{folder.name}", "-o", "program"]
    made = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return copy / "program"


def run(*command, folder, environment=None):
    """Run a program without any environment; return what it printed, as numbers."""
    ran = subprocess.run(list(map(str, command)), cwd=folder, env=environment or {}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return np.array(list(map(float, ran.stdout.split())))


def sample(tmp_path, batch=1):
    """Return inputs for digits, and a file of them."""
    values = np.random.default_rng(batch).normal(size=(batch, 64)).astype(np.float32)
    values.tofile(tmp_path / "input.bin")
    return values, tmp_path / "input.bin"


def expected(model, *inputs):
    """Return what a model computes in Python."""
    with mg.no_grad():
        result = model(*map(mg.tensor, inputs))
    return [part.numpy() for part in (result if isinstance(result, tuple) else (result,))]


@pytest.mark.parametrize(
    ("compiler", "source", "standard"), [("gcc", "example.c", "c99"), ("g++", "example.cpp", "c++11")]
)
def test_an_example_prints_what_python_computes(digits_folder, tmp_path, compiler, source, standard):
    program = build(digits_folder, tmp_path, compiler, source, f"-std={standard}")
    values, file = sample(tmp_path)
    printed = run(program, "digits.weights", file, folder=program.parent)
    np.testing.assert_allclose(printed, expected(digits(), values)[0].ravel(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("source", ["example.c", "example.cpp"])
def test_an_example_of_many_kinds_of_arrays_compiles_and_runs(every_folder, tmp_path, source):
    compiler = "gcc" if source.endswith(".c") else "g++"
    program = build(every_folder, tmp_path, compiler, source)
    images, tokens = np.zeros((2, 1, 6, 6), np.float32), np.zeros((2, 5), np.int64)
    printed = run(program, folder=program.parent)
    parts = [part.ravel().astype(float) for part in expected(every(), images, tokens)]
    np.testing.assert_allclose(printed, np.concatenate(parts), atol=1e-6)


@pytest.mark.parametrize(("compiler", "standard"), [("gcc", "c99"), ("g++", "c++11"), ("g++", "c++20")])
def test_the_header_stands_alone(digits_folder, tmp_path, compiler, standard):
    suffix = "c" if compiler == "gcc" else "cpp"
    lines = '#include "digits.h"\n#include "digits.h"\n'
    lines += "int32_t f(const char *p, mocrograd_digits_model **m) { return mocrograd_digits_create(p, m); }\n"
    (tmp_path / f"use.{suffix}").write_text(lines)
    command = [compiler, *STRICT, f"-std={standard}", "-fsyntax-only", "-I", str(digits_folder), f"use.{suffix}"]
    subprocess.run(command, cwd=tmp_path, check=True)


def test_the_program_of_the_page_runs(digits_folder, tmp_path):
    page = Path(__file__).parents[2] / "docs" / "c.md"
    (program,) = re.findall(r"^```c\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    shutil.copytree(digits_folder, tmp_path / "copy")
    (tmp_path / "copy" / "page.c").write_text(program)
    run(build(digits_folder, tmp_path, "gcc", "page.c", "-std=c99"), folder=tmp_path / "copy")


def test_cmake_builds_both_examples(digits_folder, tmp_path):
    if shutil.which("cmake") is None:
        pytest.skip("there is no cmake")
    subprocess.run(["cmake", "-S", digits_folder, "-B", tmp_path], check=True, capture_output=True)
    subprocess.run(["cmake", "--build", tmp_path], check=True, capture_output=True)
    values, file = sample(tmp_path)
    for program in ("digits_example", "digits_example_cpp"):
        printed = run(tmp_path / program, digits_folder / "digits.weights", file, folder=tmp_path)
        np.testing.assert_allclose(printed, expected(digits(), values)[0].ravel(), atol=1e-6, rtol=0)


def test_the_folder_is_small_and_needs_the_c_library_alone(digits_folder, every_folder):
    for folder in (digits_folder, every_folder):
        name = folder.name
        files = {"CMakeLists.txt", "example.c", "example.cpp", f"{name}.h", f"{name}.weights", f"lib{name}.so"}
        assert {path.name for path in folder.iterdir()} == files
        assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000
        library = (folder / f"lib{name}.so").read_bytes()
        assert b"/modular" not in library
        assert str(folder.parent).encode() not in library
        shown = subprocess.run(["readelf", "-d", folder / f"lib{name}.so"], capture_output=True, text=True, check=True)
        needed = [line.split("[")[1].rstrip("]") for line in shown.stdout.splitlines() if "(NEEDED)" in line]
        assert set(needed) == {"libc.so.6"}


def test_memory_is_used_rightly_and_given_back(digits_folder, tmp_path):
    values, file = sample(tmp_path)
    program = build(digits_folder, tmp_path, "gcc", "example.c", "-g", "-fsanitize=address,undefined")
    printed = run(
        program, "digits.weights", file, folder=program.parent, environment={"ASAN_OPTIONS": "detect_leaks=1"}
    )
    np.testing.assert_allclose(printed, expected(digits(), values)[0].ravel(), atol=1e-6, rtol=0)


def test_valgrind_finds_no_error(digits_folder, tmp_path):
    if shutil.which("valgrind") is None:
        pytest.skip("there is no valgrind")
    values, file = sample(tmp_path)
    program = build(digits_folder, tmp_path, "gcc", "example.c", "-g")
    checks = ["--error-exitcode=3", "--leak-check=full", "--errors-for-leak-kinds=all", "-q"]
    printed = run("valgrind", *checks, program, "digits.weights", file, folder=program.parent, environment=os.environ)
    np.testing.assert_allclose(printed, expected(digits(), values)[0].ravel(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("batch", [1, 8])
def test_each_batch_size_has_its_plan(digits_folder, tmp_path, batch):
    library = Library(digits_folder)
    status, model = library.create()
    assert status == ERRORS["OK"]
    values, _ = sample(tmp_path, batch)
    output = np.zeros((batch, 10), np.float32)
    assert library.run(model, batch, values, output) == ERRORS["OK"]
    np.testing.assert_allclose(output, expected(digits(), values)[0], atol=1e-6, rtol=0)
    library.free(model)


@pytest.mark.parametrize("batch", [2, 3])
def test_many_kinds_of_arrays_have_the_bits_of_python(every_folder, batch):
    library = Library(every_folder)
    status, model = library.create()
    assert status == ERRORS["OK"]
    rng = np.random.default_rng(batch)
    for _ in range(3):
        images = rng.normal(size=(batch, 1, 6, 6)).astype(np.float32)
        tokens = rng.integers(0, 20, size=(batch, 5))
        wanted = expected(every(), images, tokens)
        outputs = [np.full(part.shape, 7, part.dtype) for part in wanted]
        assert library.run(model, batch, images, tokens, *outputs) == ERRORS["OK"]
        for output, part in zip(outputs, wanted):
            assert np.array_equal(output, part)
    library.free(model)


def test_wrong_calls_get_an_error_code(digits_folder):
    library = Library(digits_folder)
    _, model = library.create()
    values, output = np.zeros((8, 64), np.float32), np.full((8, 10), 7, np.float32)
    for batch in (0, 2, -1, 9, 2**40):
        assert library.run(model, batch, values, output) == ERRORS["BATCH"]
    assert library.run(None, 1, values, output) == ERRORS["NULL"]
    assert library.run(model, 1, None, output) == ERRORS["NULL"]
    assert library.run(model, 1, values, None) == ERRORS["NULL"]
    assert library.run(model, 1, values.ctypes.data + 1, output) == ERRORS["UNALIGNED"]
    both = np.zeros(8 * 64 + 8 * 10, np.float32)
    assert library.run(model, 8, both, both[8 * 64 - 1 :]) == ERRORS["OVERLAP"]
    assert library.run(model, 8, both[1:], both) == ERRORS["OVERLAP"]
    assert library.run(model, 8, both, both[8 * 64 :]) == ERRORS["OK"]
    assert (output == 7).all()
    assert library.function("create")(None, None) == ERRORS["NULL"]
    library.free(model)
    library.free(None)


def test_an_index_out_of_range_gets_an_error_code(every_folder):
    library = Library(every_folder)
    _, model = library.create()
    images, tokens = np.zeros((2, 1, 6, 6), np.float32), np.full((2, 5), 20)
    outputs = [np.zeros(part.shape, part.dtype) for part in expected(every(), images, tokens * 0)]
    assert library.run(model, 2, images, tokens, *outputs) == ERRORS["INDEX"]
    assert library.run(model, 2, images, tokens - 1, *outputs) == ERRORS["OK"]
    library.free(model)


def test_each_error_has_a_message(digits_folder):
    library = Library(digits_folder)
    messages = {library.error(number) for number in ERRORS.values()}
    assert len(messages) == len(ERRORS)
    assert "1, 8" in library.error(ERRORS["BATCH"])
    assert library.error(99) == library.error(-1) == "no status of this library"


def test_damaged_weights_are_refused(digits_folder, every_folder, tmp_path):
    library = Library(digits_folder)
    good = (digits_folder / "digits.weights").read_bytes()
    path = tmp_path / "damaged"

    def status_of(content):
        path.write_bytes(content)
        status, model = library.create(path)
        assert (status == ERRORS["OK"]) == bool(model)
        library.free(model)
        return status

    assert status_of(good) == ERRORS["OK"]
    assert library.create(tmp_path / "missing")[0] == ERRORS["UNREADABLE"]
    assert library.create(tmp_path)[0] == ERRORS["UNREADABLE"]
    rng = np.random.default_rng(0)
    positions = [*range(32), *rng.integers(64, len(good), 100), 64, len(good) - 1]
    for position in positions:
        bad = bytearray(good)
        bad[position] ^= 1 << rng.integers(8)
        assert status_of(bytes(bad)) == ERRORS["DAMAGED"], position
    for bad in (b"", good[:10], good[:64], good[:-1], good + b"\0", (every_folder / "every.weights").read_bytes()):
        assert status_of(bad) == ERRORS["DAMAGED"]


def test_the_threads_of_a_model_end_with_it(every_folder):
    library = Library(every_folder)
    before = len(list(Path("/proc/self/task").iterdir()))
    models = [library.create()[1] for _ in range(3)]
    assert len(list(Path("/proc/self/task").iterdir())) == before + 3
    for model in models:
        library.free(model)
    assert len(list(Path("/proc/self/task").iterdir())) == before


@pytest.mark.parametrize("processor", ["Nehalem", "max,avx2=off"])
def test_a_processor_without_the_instructions_gets_an_error_code(digits_folder, tmp_path, processor):
    if shutil.which("qemu-x86_64-static") is None or os.uname().machine != "x86_64":
        pytest.skip("there is no qemu-x86_64-static")
    program = build(digits_folder, tmp_path, "gcc", "example.c")
    command = ["qemu-x86_64-static", "-cpu", processor, str(program)]
    ran = subprocess.run(command, cwd=program.parent, capture_output=True, text=True)
    assert ran.returncode == 1
    assert "processor lacks instructions" in ran.stderr
    command[2] = "max"
    assert subprocess.run(command, cwd=program.parent, capture_output=True).returncode == 0


def test_threads_run_models_of_their_own(digits_folder, tmp_path):
    library = Library(digits_folder)

    def work(number):
        _, model = library.create()
        rng = np.random.default_rng(number)
        for _ in range(50):
            values = rng.normal(size=(8, 64)).astype(np.float32)
            output = np.zeros((8, 10), np.float32)
            assert library.run(model, 8, values, output) == ERRORS["OK"]
            results.append((values, output))
        library.free(model)

    results = []
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    for values, output in results:
        np.testing.assert_allclose(output, expected(digits(), values)[0], atol=1e-6, rtol=0)


def test_two_threads_cannot_spoil_one_model(digits_folder):
    library = Library(digits_folder)
    _, model = library.create()
    values = np.random.default_rng(0).normal(size=(8, 64)).astype(np.float32)
    wanted = expected(digits(), values)[0]

    def work(number):
        seen = set()
        for _ in range(300):
            output = np.zeros((8, 10), np.float32)
            status = library.run(model, 8, values, output)
            seen.add(status)
            if status == ERRORS["OK"]:
                np.testing.assert_allclose(output, wanted, atol=1e-6, rtol=0)
        return seen

    with ThreadPoolExecutor(4) as pool:
        assert set().union(*pool.map(work, range(4))) <= {ERRORS["OK"], ERRORS["BUSY"]}
    running = ctypes.cast(model, ctypes.POINTER(ctypes.c_int64))  # a model's first word, 1 while a thread runs it
    running[0] = 1
    assert library.run(model, 8, values, np.zeros((8, 10), np.float32)) == ERRORS["BUSY"]
    library.free(model)


def test_products_of_16_bits_run_on_processors_without_an_instruction_for_them(tmp_path, portable):
    mg.manual_seed(0)
    model = mg.nn.Sequential(mg.nn.Linear(70, 50), mg.nn.ReLU(), mg.nn.Linear(50, 3)).bfloat16().eval()
    x = mg.randn(5, 70).bfloat16()
    mg.export.native(model, x, tmp_path / "half", batch_sizes=(5,), cpu=portable)
    library = Library(tmp_path / "half")
    status, handle = library.create()
    assert status == ERRORS["OK"]
    result = np.zeros((5, 3), np.int16)
    assert library.run(handle, 5, x.view(mg.int16).numpy().copy(), result) == ERRORS["OK"]
    library.free(handle)
    with mg.no_grad():
        np.testing.assert_allclose(
            mg.tensor(result).view(mg.bfloat16).float().numpy(), model(x).float().numpy(), atol=0.01
        )
