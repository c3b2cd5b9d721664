"""Each benchmark in its short form, and what they share."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import mocrograd as mg
import pytest

BENCH = Path(__file__).parents[2] / "scripts" / "bench"
IMPLEMENTATIONS = {"original", "fixed 1", "dynamic", "numpy"}
QUIET = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "OPENBLAS_THREAD_TIMEOUT": "4"}
"""Threads of other libraries sleep where they wait: tests share the cores."""
STEP = ("--contenders", "mocrograd", "mocrograd compiled", "numpy", "torch")


@pytest.fixture
def contest(monkeypatch):
    monkeypatch.syspath_prepend(BENCH)
    import contest

    return contest


@pytest.fixture
def report(monkeypatch):
    monkeypatch.syspath_prepend(BENCH)
    import report

    return report


@pytest.mark.parametrize(
    ("script", "name", "contenders", "options"),
    [
        ("bench_matmul.py", "matmul", IMPLEMENTATIONS, ()),
        ("bench_elementwise.py", "elementwise", IMPLEMENTATIONS, ()),
        ("bench_reduce.py", "reduce", IMPLEMENTATIONS, ()),
        ("bench_softmax.py", "softmax", IMPLEMENTATIONS, ()),
        ("bench_operators.py", "operators", IMPLEMENTATIONS - {"numpy"}, ()),
        ("bench_layers.py", "layers", IMPLEMENTATIONS - {"numpy"}, ()),
        ("bench_conv.py", "conv", IMPLEMENTATIONS - {"numpy"}, ()),
        ("bench_fft.py", "fft", IMPLEMENTATIONS, ()),
        ("bench_random.py", "random", IMPLEMENTATIONS, ()),
        ("bench_sparse.py", "sparse", IMPLEMENTATIONS - {"numpy"}, ()),
        ("bench_optim.py", "optim", IMPLEMENTATIONS, ()),
        ("bench_loss.py", "loss", IMPLEMENTATIONS, ()),
        ("bench_movement.py", "movement", IMPLEMENTATIONS, ()),
        ("bench_step.py", "step", {"mocrograd", "mocrograd compiled", "numpy"}, STEP),
        ("bench_half.py", "half", {"mocrograd", "mocrograd float32"}, ()),
        ("bench_vmap.py", "vmap", {"mocrograd"}, ()),
        ("roof.py", "roof", {"dynamic", "fixed 1"}, ()),
    ],
)
def test_short_form_writes_rows_table_and_chart(script, name, contenders, options, tmp_path):
    command = [sys.executable, str(BENCH / script), "--quick", "--results", str(tmp_path), *options]
    done = subprocess.run(command, env={**os.environ, **QUIET}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / f"{name}.json").read_text())
    assert {row["contender"] for row in found["rows"]} >= contenders
    assert all(row["seconds"] > 0 for row in found["rows"])
    assert found["machine"]["processor"]
    assert found["roofs"]["gflops"] > 0
    assert "A loop in registers" in done.stdout
    assert all(peak > 0 for peak in found["peaks"]) or "no loop in registers" in done.stderr
    cases = {row["case"] for row in found["rows"]}
    table = (tmp_path / f"{name}.md").read_text().splitlines()
    assert {line.split(" | ")[0].removeprefix("| ") for line in table if line.startswith("| ")} == {"case", *cases}
    for chart in (name, "roofline") if name == "roof" else (name,):
        missing = not (tmp_path / f"{chart}.png").exists()
        assert not missing or "matplotlib is not installed" in done.stderr


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("bench_models.py", "models"),
        ("bench_attention.py", "attention"),
        ("bench_save.py", "save"),
        ("bench_integers.py", "integers"),
    ],
)
def test_what_mocrograd_lacks_is_named_and_left_out(script, name, tmp_path):
    command = [sys.executable, str(BENCH / script), "--quick", "--results", str(tmp_path)]
    done = subprocess.run(command, env={**os.environ, **QUIET}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    lacking = "mocrograd has no " in done.stderr
    assert lacking or (tmp_path / f"{name}.md").exists()
    if (tmp_path / f"{name}.json").exists():
        rows = json.loads((tmp_path / f"{name}.json").read_text())["rows"]
        assert rows
        assert all(row["seconds"] > 0 for row in rows)


def test_an_own_kernel_is_compared_with_what_it_replaces():
    environment = {**os.environ, **QUIET, "MOCROGRAD_CACHE_DIR": str(BENCH.parents[1] / ".cache" / "own-kernels")}
    command = [sys.executable, str(BENCH / "bench_own_kernel.py"), "--quick"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert re.findall(
        r"^(.*): own kernel \d+ us, composed \d+ us, [\d.]+ times as fast$", done.stdout, re.MULTILINE
    ) == [
        "forward",
        "with its gradient",
    ], done.stderr


def test_estimators_are_timed_at_equal_accuracy(tmp_path):
    pytest.importorskip("sklearn.utils", reason="scikit-learn is not installed")
    command = [sys.executable, str(BENCH / "bench_sklearn.py"), "--quick", "--results", str(tmp_path)]
    done = subprocess.run(command, env={**os.environ, **QUIET}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "sklearn.json").read_text())["rows"]
    assert {row["contender"] for row in rows} >= {"mocrograd", "scikit-learn"}
    assert all(row["seconds"] > 0 for row in rows)
    for case in {row["case"] for row in rows if "float64" in row["case"]}:
        assert len({row["accuracy"] for row in rows if row["case"] == case}) == 1


def test_presence_is_that_of_every_part(contest, capsys):
    assert contest.present("nn.Linear", "softmax")
    assert not contest.present("nn.Linear", "nn.Teapot.pour")
    assert "mocrograd has no nn.Teapot.pour yet" in capsys.readouterr().err


def test_groups_and_slow_originals_are_left_out(contest, tmp_path, monkeypatch):
    seen = []
    slow = case_of(contest, 2.0, seen)._replace(group="slow", flops=int(contest.SLOW) + 1)
    monkeypatch.setattr(sys, "argv", ["x", "--quick", "--results", str(tmp_path), "--groups", "sl"])
    monkeypatch.setattr(contest, "keep_memory", lambda: None)
    contest.main("some", "Some.", lambda quick: iter((case_of(contest, 2.0, seen), slow)))
    rows = json.loads((tmp_path / "some.json").read_text())["rows"]
    assert {row["group"] for row in rows} == {"slow"}
    assert "fixed 1" in {row["contender"] for row in rows}
    assert "original" not in {row["contender"] for row in rows}


def test_all_runs_what_is_named(tmp_path):
    command = [sys.executable, str(BENCH / "run_all.py"), "--quick", "--results", str(tmp_path)]
    done = subprocess.run(
        [*command, "random"], env={**os.environ, **QUIET}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert {path.stem for path in tmp_path.iterdir()} == {"random"}
    done = subprocess.run([*command, "noise"], env={**os.environ, **QUIET}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert "unknown: noise" in done.stderr


def case_of(contest, value, seen):
    def make(module):
        def run():
            seen.append(mg.current_kernels() if module is mg else module.__name__)
            return value

        return run

    return contest.Case("two", 1, 4, 1, make, contest.close_to(2.0, 1e-6))


def test_each_contender_runs_in_its_surroundings(contest):
    seen = []
    turns = contest.turns_of(case_of(contest, 2.0, seen), 2)
    wanted = {"original": "original", "fixed 1": "fixed:1", "fixed 2": "fixed:2", "dynamic": "dynamic"}
    for name, setting in wanted.items():
        seen.clear()
        contest.medians({name: turns[name]}, 1)
        assert set(seen) == {setting}
    assert mg.current_kernels() == "dynamic"


def test_a_wrong_result_ends_the_benchmark(contest):
    with pytest.raises(SystemExit, match="two of 1 elements by original is off by up to 1"):
        contest.turns_of(case_of(contest, 3.0, []), 2)
    with pytest.raises(SystemExit, match="has shape"):
        contest.turns_of(case_of(contest, [2.0], []), 2)


def test_foreign_cores_are_those_of_others(report, monkeypatch):
    monkeypatch.setattr(report, "_START", (10.0, 100.0, 1.0))
    monkeypatch.setattr(report, "_times", lambda: (14.0, 110.0, 5.0))
    assert report.foreign_cores() == 1.5


def test_peaks_are_told_with_the_processor(report, monkeypatch):
    monkeypatch.setattr(report.peaks, "gflops", lambda threads: (20.0, 30.0))
    told = report.headline(2)
    assert told == f"{report.processor()}, threads: 2. A loop in registers: 20 GFLOP/s of one thread, 30 of 2."
    rows = [report.Row("add", 8, "add 8", "dynamic", 1e-6, 0, 15_000, 1)]
    assert report.table(rows, ("dynamic",), 30.0).splitlines()[0].endswith("| dynamic of peak |")
    assert report.table(rows, ("dynamic",), 30.0).splitlines()[-1].endswith("| 0.50 |")


def test_without_a_compiler_no_peak_is_made_up(report, monkeypatch, capsys):
    def missing():
        raise report.peaks.toolchain.BuildError("no mojo")

    monkeypatch.setattr(report.peaks.toolchain, "find_toolchain", missing)
    report.peaks.gflops.cache_clear()
    assert report.peaks.gflops(2) == (0.0, 0.0)
    assert "no loop in registers: no mojo" in capsys.readouterr().err
    assert "was not measured" in report.headline(2)
    report.peaks.gflops.cache_clear()


def test_floors_and_ratios(report):
    roofs = report.Roofs(threads=2, gflops=100, gflops_one=50, gbytes=10, gbytes_one=5, cache=4096)
    assert roofs.floor(200e9, 0) == 2
    assert roofs.floor(0, 30e9) == 3
    assert roofs.floor(200e9, 30e9) == 3
    assert roofs.floor(0, 4096) == 0  # from a cache
    rows = [report.Row("add", 8, "add 8", name, 1e-6 * us, 2e-6, 1, 1) for name, us in (("dynamic", 6), ("torch", 12))]
    assert report.table(rows, ("dynamic",)).splitlines()[-1] == "| add 8 | 2 | 6 | 12 | 3.00 | 0.50 |"
