"""Generated programs of compiled steps: the bits of the replay, and the replay where there is no program.

Programs that tests compile are kept from run to run, in a folder that all their processes share.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import mocrograd as mg
import numpy as np
import pytest
from compiler.networks import batches, network, step_of
from mocrograd import build, nn
from mocrograd.compiler.generate import generation, library
from mocrograd.errors import KernelBuildError

F = nn.functional
STEPS = 20


@pytest.fixture(scope="module")
def compiler():
    """Compile into a folder that stays; skip where there is no compiler."""
    try:
        build.find_toolchain()
    except ImportError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOCROGRAD_CACHE_DIR", str(build.sources() / ".cache" / "own-kernels"))
        yield


@pytest.fixture
def no_compiler(monkeypatch, tmp_path):
    """Have an empty cache and no compiler."""

    def refuse():
        raise ImportError("there is no compiler")

    monkeypatch.setenv("MOCROGRAD_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(library, "find_toolchain", refuse)
    monkeypatch.setattr(generation, "_said", set())


def normal():
    """Return the network of the digits benchmark, its step, and batches with a nan in one and an ignored target in another."""
    model = network(64, 64, 32, 10)
    given = batches(STEPS)
    given[7][0][3, 5] = float("nan")
    given[3][1][2] = -100
    return model, step_of(model, mg.optim.SGD(model.parameters(), lr=0.1)), given[:7] + given[8:] + given[7:8]


def moons():
    """Return a step like that of moons, in float64 and of odd sizes: a hinge loss, an L2 term, momentum and decay."""
    mg.manual_seed(0)
    model = nn.Sequential(nn.Linear(7, 33), nn.Tanh(), nn.Linear(33, 18), nn.ReLU(), nn.Linear(18, 1)).double()
    optimizer = mg.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3, nesterov=True)
    rng = np.random.default_rng(1)

    def step(x, y):
        optimizer.zero_grad()
        loss = (1 - y * model(x).squeeze(1)).relu().mean() + sum((p * p).sum() for p in model.parameters()) * 1e-4
        loss.backward()
        optimizer.step()
        return loss.detach()

    given = [(mg.tensor(rng.normal(size=(29, 7))), mg.tensor(rng.choice([-1.0, 1.0], 29))) for _ in range(STEPS)]
    return model, step, given


def convolutional():
    """Return a step whose convolutions, pooling and dropout remain calls, with a varying number of theirs."""
    mg.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2), nn.Flatten(), nn.Linear(128, 10)
    )
    rng = np.random.default_rng(1)
    given = [
        (mg.tensor(rng.normal(size=(16, 1, 8, 8)).astype("f4")), mg.tensor(rng.integers(0, 10, 16)))
        for _ in range(STEPS)
    ]
    return model, step_of(model, mg.optim.SGD(model.parameters(), lr=0.1)), given


def encoder():
    """Return a step of a transformer's layer."""
    mg.manual_seed(0)
    model = nn.TransformerEncoderLayer(32, 2, 48, dropout=0.0, batch_first=True)
    optimizer = mg.optim.AdamW(model.parameters(), lr=1e-3)
    rng = np.random.default_rng(1)

    def step(x, y):
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss.detach()

    given = [[mg.tensor(rng.normal(size=(3, 9, 32)).astype("f4")) for _ in range(2)] for _ in range(STEPS)]
    return model, step, given


PROBLEMS = [normal, moons, convolutional, encoder]


def trained(problem, generated, workers=1):
    """Return the bits of losses, parameters and gradients after each step, and the plan."""
    model, function, given = problem()
    mg.set_num_threads(workers)
    step = mg.compile(function)
    for x, y in given[:3]:
        step(x, y)
    assert step.reasons == []
    if generated:
        step.plan.generate()
        assert step.plan.wait_generated(), step.plan._generation.reason
    bits = []
    for number, (x, y) in enumerate(given):
        if generated and number == 6:
            assert step.plan._generation.state == "tried"
            step.plan._generation.state = "used"
        loss = step(x, y)
        kept = [loss, *model.parameters(), *[p.grad for p in model.parameters()]]
        bits.append([tensor.detach().numpy().tobytes() for tensor in kept])
    assert len(step.plans) == 1
    return bits, step.plan


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.__name__)
def test_a_generated_program_gives_the_bits_of_the_replay(compiler, problem):
    threads = mg.get_num_threads()
    try:
        expected, plan = trained(problem, False)
        for workers in (1, 2):
            got, plan = trained(problem, True, workers)
            assert got == expected
            assert "segment_0(words: Words)" in plan.source()
    finally:
        mg.set_num_threads(threads)


def test_a_target_that_is_no_class_raises_and_changes_no_parameter(compiler):
    model, function, given = normal()
    step = mg.compile(function, generate=True)
    for x, y in given[:3]:
        step(x, y)
    assert step.plan.wait_generated(), step.plan._generation.reason
    step(*given[0])
    step.plan._generation.state = "used"
    before = [p.detach().clone() for p in model.parameters()]
    with pytest.raises(IndexError):
        step(given[0][0], given[0][1] + 10)
    assert all(mg.equal(a, b) for a, b in zip(before, model.parameters()))
    step(*given[0])
    assert not mg.equal(before[0], next(model.parameters()))


def test_gradients_that_somebody_holds_keep_their_values(compiler):
    model, function, given = normal()
    step = mg.compile(function, generate=True)
    for x, y in given[:3]:
        step(x, y)
    held = [p.grad for p in model.parameters()]
    values = [grad.clone() for grad in held]
    assert step.plan.wait_generated(), step.plan._generation.reason
    for x, y in given[3:7]:
        step(x, y)
        assert all(mg.equal(a, b) for a, b in zip(held, values))
        held, values = (
            held + [p.grad for p in model.parameters()],
            values + [p.grad.clone() for p in model.parameters()],
        )


def recorded(function, *given):
    step = mg.compile(function)
    for _ in range(2):
        step(*given)
    assert step.reasons == []
    return step.plans[0]


def test_the_text_names_operations_and_fuses_loops_into_products():
    _, function, given = normal()
    text = recorded(function, *given[0]).source()
    assert "# matmul.forward + relu: argument 0, model.0.weight, model.0.bias -> t0" in text
    assert text.count("# linear.backward, relu.backward: ") == 2
    assert "product[F32, m=32, n=64, k=64," in text
    assert text.count("update_lanes[SGD, F32, w, tail](") == 3  # weights, where their gradients are made
    assert "update[SGD, F32, 64](" in text


def test_another_batch_is_another_plan_and_program():
    _, function, given = normal()
    step = mg.compile(function)
    texts = []
    for size in (32, 17):
        for _ in range(2):
            step(given[0][0][:size].clone(), given[0][1][:size].clone())
        texts.append(step.plans[-1].source())
    assert ["m=32, n=64, k=64" in text for text in texts] == [True, False]
    assert "m=17, n=64" in texts[1]


def test_large_calls_remain_calls():
    plan = recorded(lambda x: (x @ x).relu() + 1, mg.ones(600, 600))
    with pytest.raises(NotImplementedError, match="no code is generated"):
        plan.source()


def test_names_of_variables_do_not_hide_those_of_the_program():
    given = {"sum": mg.ones(3), "product": mg.ones(3), "class": mg.ones(3), "v1": mg.ones(3), "v-1": mg.ones(3)}
    text = recorded(
        lambda x: x * given["sum"] + given["product"] - given["class"] * given["v1"] - given["v-1"], mg.ones(3)
    ).source()
    variables = [line.split()[1] for line in text.splitlines() if line.startswith("    var ") and "= at[" in line]
    assert len(variables) == len(set(variables)) == 7
    assert not set(variables) & {"sum", "product", "class", "v1"}


def fails(step, match, *given):
    """Check that a step is replayed with one warning, and computes what it should."""
    step(*given)
    step(*given)
    assert not step.plans[0].wait_generated()
    with pytest.warns(RuntimeWarning, match=match):
        step(*given)
    return [step(*given) for _ in range(2)]  # a further warning would be an error


def test_without_a_compiler_the_replay_goes_on_with_one_warning(no_compiler):
    for _ in range(2):  # the second function with the same reason says nothing
        step = mg.compile(lambda x: x * 2 + 1, generate=True)
        if not generation._said:
            got = fails(step, "there is no compiler", mg.ones(5))
        else:
            got = [step(mg.ones(5)) for _ in range(2)]
            assert not step.plans[0].wait_generated()
            got += [step(mg.ones(5)) for _ in range(2)]
        assert all(y.tolist() == [3.0] * 5 for y in got)


def test_a_plan_without_known_calls_is_replayed(no_compiler):
    step = mg.compile(lambda x: x.sort().values, generate=True)
    got = fails(step, "no code is generated for any of its calls", mg.tensor([2.0, 1.0]))
    assert all(y.tolist() == [1.0, 2.0] for y in got)


def test_a_cache_that_cannot_be_made_is_said(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MOCROGRAD_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(generation, "_said", set())
    step = mg.compile(lambda x: x * 2 + 1, generate=True)
    assert all(y.tolist() == [3.0] for y in fails(step, "Error: .*file", mg.ones(1)))


def test_asking_for_what_nobody_generates():
    plan = recorded(lambda x: x * 2, mg.ones(3))
    with pytest.raises(RuntimeError, match="nothing is generated"):
        plan.wait_generated()


# ------------------------------------------------------------------------------------- the cache of libraries


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """Have a compiler that writes what it is told to, and libraries that are not loaded."""
    monkeypatch.setenv("MOCROGRAD_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(library, "find_toolchain", lambda: SimpleNamespace(mojo=Path("mojo")))
    loaded = []

    module = SimpleNamespace(kernels={"segment_0": 1})
    monkeypatch.setattr(library.backend, "load_library", lambda name, path: loaded.append(path.read_bytes()) or module)
    monkeypatch.setattr(library, "_loaded", {})
    return loaded


def compiler_that_writes(data, status=0, count=None):
    def run(command, cwd, environment):
        if data is not None:
            Path(command[command.index("-o") + 1]).write_bytes(data)
        if count is not None:
            count.append(1)
        return status, "said"

    return run


def files(folder):
    return sorted(path.suffix for path in (folder / "generated").iterdir() if path.suffix != ".lock")


def test_a_library_is_compiled_once_and_checked_before_it_is_loaded(fake, monkeypatch, tmp_path):
    count = []
    for _ in range(2):
        library.library_of("m", "text", compiler_that_writes(b"whole", count=count))
        monkeypatch.setattr(library, "_loaded", {})
    assert (len(count), fake) == (1, [b"whole"] * 2)
    (file,) = (tmp_path / "generated").glob("*.so")
    for damage in (b"who", b"", b"garbage"):
        file.write_bytes(damage)
        library.library_of("m", "text", compiler_that_writes(b"new"))
        monkeypatch.setattr(library, "_loaded", {})
        assert fake[-1] == b"new"
    file.with_suffix(".sha256").write_bytes(b"\xff")
    library.library_of("m", "text", compiler_that_writes(b"again"))
    assert fake[-1] == b"again"


@pytest.mark.parametrize(("data", "status"), [(None, 1), (b"half", 1), (None, 0)])
def test_a_compiler_that_fails_leaves_nothing(fake, tmp_path, data, status):
    with pytest.raises(KernelBuildError, match="does not compile"):
        library.library_of("m", "text", compiler_that_writes(data, status))
    assert (files(tmp_path), fake) == ([], [])


def test_a_library_depends_on_the_text_and_on_the_kernels(fake, monkeypatch, tmp_path):
    library.library_of("m", "text", compiler_that_writes(b"1"))
    library.library_of("m", "other", compiler_that_writes(b"2"))
    monkeypatch.setattr(library, "_kernels", lambda: "changed")
    library.library_of("m", "text", compiler_that_writes(b"3"))
    assert fake == [b"1", b"2", b"3"]


def test_what_killed_compilers_left_is_removed_after_a_day(fake, tmp_path):
    old, new = (tmp_path / "generated" / f".building-{name}" for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, time.time() - 2 * 86400))
    library.library_of("m", "text", compiler_that_writes(b"1"))
    assert (old.exists(), new.exists()) == (False, True)


RUN = """
import sys, time, pathlib
import mocrograd as mg
from mocrograd.compiler.generate import library
folder = pathlib.Path(sys.argv[1])
library.find_toolchain = lambda: type("Toolchain", (), {"mojo": folder / "mojo"})
step = mg.compile(lambda x: x * 2 + 1, generate=True)
for _ in range(3):
    step(mg.ones(3))
if sys.argv[2] == "wait":
    step.plans[0].wait_generated()
else:
    while not (folder / "started").exists():
        time.sleep(0.01)
"""


def start(folder, how, script):
    command = folder / "mojo"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    environment = {**os.environ, "MOCROGRAD_CACHE_DIR": str(folder / "cache")}
    environment["PYTHONPATH"] = str(Path(mg.__file__).parents[1])
    return subprocess.Popen([sys.executable, "-c", RUN, str(folder), how], env=environment)


def test_a_process_that_ends_takes_its_compiler_along_and_leaves_no_file(tmp_path):
    script = f"echo $$ > {tmp_path}/pid; touch {tmp_path}/started; sleep 100"
    assert start(tmp_path, "leave", script).wait(60) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert files(tmp_path / "cache") == []
    assert not list((tmp_path / "cache" / "generated").glob(".building-*"))


def test_two_processes_compile_one_program_one_after_the_other(tmp_path):
    script = f"echo x >> {tmp_path}/log; mkdir {tmp_path}/alone || echo both >> {tmp_path}/log; sleep 0.5; rmdir {tmp_path}/alone; exit 1"
    running = [start(tmp_path, "wait", script) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    assert (tmp_path / "log").read_text() == "x\nx\n"
    assert not list((tmp_path / "cache" / "generated").glob(".building-*"))
