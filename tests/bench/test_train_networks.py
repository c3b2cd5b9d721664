"""scripts/run_benchmark.sh and the step benchmark in a short form."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "scripts" / "bench"


def run(script, *arguments):
    command = [sys.executable, str(BENCH / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_rows_table_report_and_chart(tmp_path):
    done = run("train_networks.py", "1", "1", "--peers", "--results", str(tmp_path))
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "benchmark.json").read_text())["rows"]
    assert {row["network"] for row in rows} == {"normal", "longer", "bigger"}
    assert {"original", "fixed 1", "fixed 10", "fixed 64", "fixed 256", "dynamic", "numpy"} <= {
        row["contender"] for row in rows
    }
    for network in ("normal", "longer", "bigger"):
        losses = [row["loss"] for row in rows if row["network"] == network]
        assert losses == pytest.approx([losses[0]] * len(losses), rel=1e-4)
    assert (tmp_path / "benchmark.png").exists() or "matplotlib is not installed" in done.stderr


def test_bad_samples_are_one_clear_error(tmp_path):
    done = run("train_networks.py", "1", "9999", "--results", str(tmp_path))
    assert done.returncode == 2
    assert "samples must be from 1 to 1797, got 9999" in done.stderr


def test_step_benchmark(tmp_path):
    report = tmp_path / "medians.json"
    done = run(
        "bench_step.py",
        "--quick",
        "--networks",
        "normal",
        "--contenders",
        "mocrograd",
        "numpy",
        "--json",
        str(report),
        "--results",
        str(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(report.read_text())["normal"]["mocrograd"]["median_us"] > 0
