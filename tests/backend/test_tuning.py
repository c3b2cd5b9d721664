"""The measured choice of register tiles: its file, what happens without one, and equal bits whatever is chosen."""

import json
import os
import subprocess
import sys

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.backend import tuning
from mocrograd.backend.costs import switch
from mocrograd.cli import main

ASK = """
import warnings
import mocrograd as mg
from mocrograd.backend import tuning
small, big = mg.ones(64, 64), mg.ones(256, 256)
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    small @ small
    print(len(list(tuning.folder().glob("*.json"))) if tuning.folder().is_dir() else 0)
    for threads in (None, 1):
        if threads:
            mg.set_num_threads(threads)
        big @ big
        big @ big
        print(*tuning.current())
print(len(told), *(warning.category.__name__ for warning in told))
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keep choices in a folder of the test, and restore what is in use."""
    monkeypatch.setenv("MOCROGRAD_CACHE_DIR", str(tmp_path))
    before = tuning.current()
    yield tmp_path / "tuning"
    tuning.use(before)


def ask_elsewhere(**environment):
    return run_elsewhere(ASK, **environment)


def run_elsewhere(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "MOCROGRAD_TUNING": "on", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_big_product_asks_once_for_each_number_of_threads(cache):
    before, first, second, told = ask_elsewhere()
    assert (before, told) == ("0", "0")
    kept = [json.loads(path.read_text()) for path in cache.glob("*.json")]
    one = mg.get_num_threads() == 1
    assert len(kept) == (1 if one else 2)
    assert {" ".join(map(str, data["choice"])) for data in kept} == {first, second}
    assert {data["key"]["threads"] for data in kept} == {1, mg.get_num_threads()}
    assert [path.name for path in cache.iterdir() if path.suffix == ".tmp"] == []


def test_what_was_kept_is_used(cache):
    for threads in {1, mg.get_num_threads()}:
        found = {**tuning.key(), "threads": threads}
        path = tuning.path_of(found)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"key": found, "choice": [len(tuning.TILE_SHAPES) - 1, 1, 65536 * threads]}))
    last = len(tuning.TILE_SHAPES) - 1
    lines = ask_elsewhere()
    assert lines[1:] == [f"{last} 1 {65536 * mg.get_num_threads()}", f"{last} 1 65536", "0"]


def test_off_measures_nothing(cache):
    _, first, second, told = ask_elsewhere(MOCROGRAD_TUNING="off")
    assert first == second == " ".join(map(str, tuning.built_in()))
    assert told == "0"
    assert not cache.exists()


@pytest.mark.parametrize("how", ["no folder", "garbage", "another key", "out of range", "no numbers", "locked"])
def test_without_a_choice_the_built_in_one_runs_and_one_warning_says_why(cache, how):
    environment = {}
    cache.mkdir()
    before = {}
    if how == "no folder":
        file = cache / "file"
        file.write_text("")
        environment = {"MOCROGRAD_CACHE_DIR": str(file)}
    for threads in {1, mg.get_num_threads()} if how not in ("no folder", "locked") else ():
        found = {**tuning.key(), "threads": threads}
        content = {
            "garbage": "{",
            "another key": json.dumps({"key": {}, "choice": [0, 0, 65536]}),
            "out of range": json.dumps({"key": found, "choice": [len(tuning.TILE_SHAPES), 0, 65536]}),
            "no numbers": json.dumps({"key": found, "choice": [0, True, "65536"]}),
        }[how]
        tuning.path_of(found).write_text(content)
        before[tuning.path_of(found)] = content
    if how == "locked":
        with tuning._locked(cache / ".lock"):
            lines = ask_elsewhere()
    else:
        lines = ask_elsewhere(**environment)
    assert lines[1] == lines[2] == " ".join(map(str, tuning.built_in()))
    assert lines[3] == "1 RuntimeWarning"
    assert {path: path.read_text() for path in cache.glob("*.json")} == before
    assert not list(cache.glob(".*.tmp"))


def test_two_processes_at_once_leave_whole_files(cache):
    environment = {**os.environ, "MOCROGRAD_TUNING": "on"}
    running = [
        subprocess.Popen([sys.executable, "-c", ASK], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    lines = [process.communicate(timeout=120)[0].splitlines() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    built_in = " ".join(map(str, tuning.built_in()))
    kept = {" ".join(map(str, json.loads(path.read_text())["choice"])) for path in cache.glob("*.json")}
    assert kept
    assert {choice for found in lines for choice in found[1:3]} <= {built_in, *kept}
    assert not list(cache.glob(".*.tmp"))


def test_an_interrupted_measurement_leaves_nothing(cache, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(tuning, "measure", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tuning.tune()
    assert [path.name for path in cache.iterdir()] == [".lock"]


INTERRUPTED = """
import signal
import mocrograd as mg
from mocrograd.backend import tuning
signal.signal(signal.SIGINT, signal.default_int_handler)  # shells start what runs in the background without it
def interrupted():
    raise KeyboardInterrupt
tuning.measure = interrupted
try:
    product = mg.ones(256, 256) @ mg.ones(256, 256)
    while True:
        pass
except KeyboardInterrupt:
    print("interrupted", *sorted(path.name for path in tuning.folder().iterdir()))
"""


COMPILED = """
import threading
import mocrograd as mg
from mocrograd.backend import tuning
x, w = mg.randn(256, 256), mg.randn(256, 256)
expected = (x.double() @ w.double()).float()
step = mg.compile(lambda: (x @ w).relu())
results = [step() for _ in range(3)]
mg.set_num_threads(1)  # the next product asks again: within a replay
results.append(step())
threads = [threading.Thread(target=lambda: results.append((x @ w).relu())) for _ in range(3)]
mg.set_num_threads(2)
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(all((y == results[0]).all().item() for y in results), mg.allclose(results[0], expected.relu(), atol=1e-3))
print(sorted("plan" in repr(plan).lower() for plan in step.plans))
"""


def test_interrupting_a_measurement_interrupts_the_program(cache):
    assert run_elsewhere(INTERRUPTED) == ["interrupted .lock"]


def test_products_ask_within_recordings_replays_and_threads(cache):
    assert run_elsewhere(COMPILED) == ["True True", "[True]"]
    assert list(cache.glob("*.json"))


def test_importing_measures_nothing_and_leaves_the_module_out():
    assert run_elsewhere("import sys, mocrograd; print('mocrograd.backend.tuning' in sys.modules)") == ["False"]


def test_the_command_measures_prints_and_keeps(cache, capsys):
    assert main(["tune"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if "GFLOP/s" in line]
    assert len(rows) >= 2 * len(tuning.TILE_SHAPES)
    assert sum(line.endswith("chosen") for line in rows) == 2
    (path,) = cache.glob("*.json")
    assert lines[-1] == f"kept in {path}"
    assert tuple(json.loads(path.read_text())["choice"]) == tuning.current()
    assert main(["info"]) == 0
    assert any(line.startswith("tiles ") for line in capsys.readouterr().out.splitlines())


def test_state_tells_why(cache, monkeypatch):
    assert "MOCROGRAD_TUNING is off" in tuning.state()
    monkeypatch.setattr(tuning.setting, "tuning", "on")
    assert tuning.state().endswith("not measured yet")
    path = tuning.path_of(tuning.key())
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"key": tuning.key(), "choice": [1, 0, 131072]}))
    assert tuning.state().endswith("blocks of 128 KiB; measured")
    path.write_text("[]")
    assert "built in: it holds no choice" in tuning.state()


def test_shapes_have_names_of_their_own():
    names = [tuning.shape_name(shape) for shape in range(len(tuning.TILE_SHAPES))]
    assert len(set(names)) == len(names)
    assert any(name.endswith(" b") for name in names)
    assert not names[0].endswith(" b")


def test_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match=r"MOCROGRAD_TUNING: expected on or off, got 'maybe'"):
        switch({"MOCROGRAD_TUNING": "maybe"}, "MOCROGRAD_TUNING")
    assert (switch({}, "MOCROGRAD_AMX"), switch({"MOCROGRAD_AMX": "off"}, "MOCROGRAD_AMX")) == ("on", "off")


def rows_of(*seconds, turns=tuning.TURNS):
    return [tuning.Row("float32", shape, 65536, turns, time, 1.0) for shape, time in enumerate(seconds)]


def test_only_what_is_clearly_faster_replaces_the_built_in_choice():
    assert tuning._fastest(rows_of(1.0, 0.99, 1.2)).shape == 0
    assert tuning._fastest(rows_of(1.0, 0.99, 0.8)).shape == 2
    assert tuning._fastest(rows_of(1.0, 0.5, turns=tuning.TURNS - 1)).shape == 0


def test_a_measurement_restores_the_choice_and_is_recorded_by_nobody(monkeypatch):
    monkeypatch.setattr(tuning, "SECONDS", (0.001, 0.001))
    tuning.use(tuning.Choice(1, 1, 65536))
    with mg.profile() as profile:
        choice, rows = tuning.measure()
    assert tuning.current() == (1, 1, 65536)
    assert not profile.rows()
    assert choice.block <= tuning.LARGEST_BLOCK
    assert {row.dtype for row in rows} == {"float32", "float64"}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("m", [9, 16, 31])
def test_equal_bits_for_few_rows_and_a_large_matrix(dtype, m):
    rng = np.random.default_rng(4)
    n, k = 1201, 300
    a, b = (mg.tensor(rng.standard_normal(shape).astype(dtype)) for shape in ((m, k), (k, n)))
    expected = a.numpy().astype(np.float64) @ b.numpy().astype(np.float64)
    found = set()
    for shape in range(len(tuning.TILE_SHAPES)):
        tuning.use(tuning.Choice(shape, shape, 7 * 16384))
        for implementation in ("dynamic", "fixed:1", "fixed:3"):
            with mg.kernels(implementation):
                y = (a @ b).numpy()
            found.add(y.tobytes())
            np.testing.assert_allclose(y, expected, rtol=0, atol=2e-4 if dtype == "float32" else 1e-11)
    assert len(found) == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layout", ["nn", "nt", "tn"])
def test_equal_bits_for_every_tile_block_and_number_of_workers(dtype, layout):
    rng = np.random.default_rng(3)
    m, n, k = 205, 211, 519
    a = mg.tensor(rng.standard_normal((k, m) if layout[0] == "t" else (m, k)).astype(dtype))
    b = mg.tensor(rng.standard_normal((n, k) if layout[1] == "t" else (k, n)).astype(dtype))
    a, b = a.T if layout[0] == "t" else a, b.T if layout[1] == "t" else b
    expected = a.numpy().astype(np.float64) @ b.numpy().astype(np.float64)
    found = set()
    for shape in range(len(tuning.TILE_SHAPES)):
        for block in (1, 65536, 7 * 16384, tuning.LARGEST_BLOCK):
            tuning.use(tuning.Choice(shape, shape, block))
            for implementation in ("dynamic", "fixed:1", "fixed:3"):
                with mg.kernels(implementation):
                    y = (a @ b).numpy()
                found.add(y.tobytes())
                np.testing.assert_allclose(y, expected, rtol=0, atol=2e-4 if dtype == "float32" else 1e-11)
    assert len(found) == 1


def convolution(strides):
    def step(m, randn):
        x, w = randn(2, 24, 17, 17), randn(29, 24, 3, 3)
        return m.nn.functional.conv2d(x, w, stride=strides), (x, w)

    return step


def attention(m, randn):
    q, k, v = randn(2, 150, 64), randn(2, 200, 64), randn(2, 200, 64)
    return m.nn.functional.scaled_dot_product_attention(q, k, v), (q, k, v)


def linear(m, randn):
    x, w, bias = randn(75, 90), randn(140, 90), randn(140)
    return m.nn.functional.linear(x, w, bias), (x, w, bias)


def recurrent(m, randn):
    m.manual_seed(5)
    layer = m.nn.LSTM(40, 96)
    x = randn(3, 70, 40)
    return layer(x)[0], (x, *layer.parameters())


@pytest.mark.parametrize(
    "step",
    [convolution(1), convolution(2), attention, linear, recurrent],
    ids=["strips", "patches", "attention", "linear", "lstm"],
)
def test_layers_give_equal_bits_for_every_tile(step):
    found = set()
    for shape in range(len(tuning.TILE_SHAPES)):
        for workers in (1, 3):
            tuning.use(tuning.Choice(shape, shape, 65536))
            rng = np.random.default_rng(1)

            def randn(*sizes, rng=rng):
                return mg.tensor(rng.standard_normal(sizes).astype("float32"), requires_grad=True)

            with mg.kernels("fixed", workers=workers):
                y, leaves = step(mg, randn)
                (y * y).sum().backward()
            found.add(b"".join(t.detach().numpy().tobytes() for t in (y, *(leaf.grad for leaf in leaves))))
    assert len(found) == 1
