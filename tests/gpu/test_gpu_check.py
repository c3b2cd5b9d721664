"""The script that checks a GPU runs to its end, here at small sizes, and saves each part; and its package holds it all."""

import json
import subprocess
import sys

import gpu_check
import gpu_pack
import pytest

pytestmark = pytest.mark.gpu


def test_it_checks_and_times(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(gpu_check, "ROWS", gpu_check.ROWS[::60])
    monkeypatch.setattr(gpu_check, "GRIDS", ("original", "fixed:3", "dynamic"))  # 64 blocks take long to simulate
    monkeypatch.setattr(gpu_check, "TIMED", gpu_check.TIMED[::6])
    assert gpu_check.main(["--small", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.strip() == (tmp_path / "gpu.md").read_text(encoding="utf-8").strip()
    for line in (
        "# mocrograd on a GPU",
        "| dynamic |",
        "| matmul, square | 200 | bfloat16 |",
        "step, transformer | 16 |",
    ):
        assert line in printed
    reports = json.loads((tmp_path / "gpu.json").read_text(encoding="utf-8"))
    assert list(reports) == list(gpu_check.PARTS)
    assert all(row["wrong"] == row["rows not reached"] == 0 for row in reports["operations"]["table"])
    assert all(row["compiled"] for row in reports["training"]["table"])
    steps = [row for row in reports["times"]["table"] if "compiled" in row]
    assert steps
    assert all(isinstance(row["compiled"], float) for row in steps)


def test_it_reports_what_is_wrong(capsys, monkeypatch):
    def broken(row, most):
        raise AssertionError("values\ndiffer")

    monkeypatch.setattr(gpu_check, "ROWS", [row for row in gpu_check.ROWS if row.name == "neg"])
    monkeypatch.setattr(gpu_check, "check_values", broken)
    assert gpu_check.main(["--small", "--parts", "operations"]) == 1
    assert "- dynamic, neg, broken: AssertionError: values differ" in capsys.readouterr().out


def test_parts_are_saved_as_they_end_and_a_failure_stops_no_other(monkeypatch, tmp_path):
    def failing(run):
        saved = json.loads((tmp_path / "gpu.json").read_text(encoding="utf-8"))
        assert list(saved) == ["training"]
        raise ValueError("no memory")

    monkeypatch.setattr(gpu_check, "MODELS", {"normal": gpu_check.MODELS["normal"]})
    monkeypatch.setitem(gpu_check.PARTS, "memory", failing)
    assert gpu_check.main(["--small", "--parts", "training", "memory", "--out", str(tmp_path)]) == 1
    reports = json.loads((tmp_path / "gpu.json").read_text(encoding="utf-8"))
    assert reports["memory"]["wrong"] == ["ValueError: no memory"]
    assert gpu_check.main(["--small", "--seconds", "-1", "--out", str(tmp_path)]) == 0
    assert "not begun" in (tmp_path / "gpu.md").read_text(encoding="utf-8")


def test_a_package_runs_by_itself(tmp_path):
    folder = tmp_path / "packed"
    gpu_pack.pack(folder, gpu_pack.kernels_in_use())
    run = subprocess.run(
        [sys.executable, str(folder / "scripts" / "gpu_check.py"), "--small", "--parts", "memory"],
        cwd=tmp_path,
        env={**gpu_pack.environment(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "## Memory" in run.stdout


def test_a_package_has_the_libraries_of_kernels_for_another_processor(tmp_path):
    kernels = tmp_path / "build" / "v3"
    kernels.mkdir(parents=True)
    (kernels / "core.so").touch()
    (tmp_path / "build" / "libsome.so").touch()
    assert gpu_pack.pack(tmp_path / "packed", kernels) < gpu_pack.LIMIT
    assert (tmp_path / "packed/pyfront/mocrograd/libsome.so").exists()
    assert (tmp_path / "packed/pyfront/mocrograd/_kernels/core.so").exists()
    with pytest.raises(ValueError, match="has no kernels"):
        gpu_pack.pack(tmp_path / "other", tmp_path)
