"""The script that checks a GPU runs to its end, here at small sizes."""

import gpu_check
import pytest

pytestmark = pytest.mark.gpu


def test_it_checks_and_times(capsys, monkeypatch):
    monkeypatch.setattr(gpu_check, "ROWS", gpu_check.ROWS[::40])
    assert gpu_check.main(["--small"]) == 0
    printed = capsys.readouterr().out
    for line in ("# mocrograd on a GPU", "| dynamic |", "| matmul, square | 200 |", "| training step, digits | 32 |"):
        assert line in printed
    wrong = [
        line.split("|")[3].strip() for line in printed.splitlines() if line.startswith(("| original", "| dynamic"))
    ]
    assert wrong == ["0", "0"]


def test_it_reports_what_is_wrong(capsys, monkeypatch):
    def broken(row, most):
        raise AssertionError("values\ndiffer")

    monkeypatch.setattr(gpu_check, "ROWS", [row for row in gpu_check.ROWS if row.name == "neg"])
    monkeypatch.setattr(gpu_check, "check_values", broken)
    monkeypatch.setattr(gpu_check, "TIMED", ())
    assert gpu_check.main(["--small"]) == 1
    assert "- dynamic, neg, broken: AssertionError: values differ" in capsys.readouterr().out
