"""How long the tests take: a forecast before the first one, a table of where the time went after the last.

The times of each file are kept in `.cache/test-times.json`. Where a file has never run on this machine, those of
`tests/times.json` stand in: a copy of that file, made on two cores.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest
from progress import shown
from toolchain import ROOT

KEPT = ROOT / ".cache" / "test-times.json"
GIVEN = Path(__file__).with_name("times.json")
WORTH_TELLING = 60
"""Seconds from which a run prints its table."""
LINES = 20

Times = dict[str, tuple[int, float]]
"""Of each file how many tests ran and the seconds that they took."""


def file_of(nodeid: str) -> str:
    """Return the file of a test."""
    return nodeid.partition("::")[0]


def folder_of(file: str) -> str:
    """Return the folder under which a file is listed: tests/ops, or tests for the files beside it."""
    return file.rpartition("/")[0]


def read(path: Path) -> Times:
    """Read the times of an earlier run; none where there is no such file."""
    try:
        return {file: (int(count), float(seconds)) for file, (count, seconds) in json.loads(path.read_text()).items()}
    except (FileNotFoundError, ValueError):
        return {}


def write(times: Times) -> None:
    """Keep the times of a run, beside those of files that it did not run."""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    new = KEPT.with_name(f".{KEPT.name}.{os.getpid()}")
    lines = [f'"{file}": [{count}, {seconds:.3f}]' for file, (count, seconds) in sorted(times.items())]
    new.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    os.replace(new, KEPT)


def forecast(nodeids: Iterable[str], known: Times) -> float:
    """Return the seconds that tests will take one after another: as many for each as its file took on average."""
    count = sum(n for n, _ in known.values())
    usual = sum(seconds for _, seconds in known.values()) / count if count else 0.0
    means = {file: seconds / n for file, (n, seconds) in known.items() if n}
    return sum(means.get(file_of(nodeid), usual) for nodeid in nodeids)


def table(times: Times) -> list[str]:
    """Return lines that say where the time went: each folder, and the slowest files."""
    folders: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])
    for file, (count, seconds) in times.items():
        for total in (folders[folder_of(file)], folders["all"]):
            total[0] += count
            total[1] += seconds
    every = max(folders["all"][1], 1e-9)
    rows = [(name, *folders[name]) for name in sorted(folders, key=lambda name: -folders[name][1])]
    files = sorted(((file, *took) for file, took in times.items()), key=lambda row: -row[2])[:LINES]
    line = "{:42} {:7.0f} tests {:8.1f} s {:4.0f} %".format
    return [line(*row, 100 * row[2] / every) for row in (*rows, *files)]


class Timetable:
    """Listens to a run; where workers share it, in the process that gives them their tests."""

    def __init__(self, config: pytest.Config):
        self.config = config
        self.known = {**read(GIVEN), **read(KEPT)}
        self.counts: dict[str, int] = defaultdict(int)
        self.seconds: dict[str, float] = defaultdict(float)
        self.told = False
        self.begun = time.monotonic()

    def tell(self, nodeids: list[str], workers: int) -> None:
        """Say how long the tests will take."""
        reporter = self.config.pluginmanager.getplugin("terminalreporter")
        expected = forecast(nodeids, self.known) / workers
        if reporter and not self.told and expected > 5:
            reporter.write_line(f"{len(nodeids)} tests, about {shown(expected)}")
        self.told = True

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items and not self.config.option.collectonly:
            self.tell([item.nodeid for item in session.items], 1)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        self.tell(ids, self.config.getvalue("numprocesses") or 1)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file = file_of(report.nodeid)
        self.counts[file] += report.when == "setup"
        self.seconds[file] += report.duration

    def pytest_terminal_summary(self, terminalreporter) -> None:
        times = {file: (count, self.seconds[file]) for file, count in self.counts.items()}
        if time.monotonic() - self.begun > WORTH_TELLING:
            terminalreporter.section("where the time went, all workers together")
            for line in table(times):
                terminalreporter.write_line(line)
        if times:
            write({**read(KEPT), **times})


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker's own process tells nothing
        config.pluginmanager.register(Timetable(config))
