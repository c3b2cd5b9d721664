"""Which tests `scripts/run test-quick` runs: the marker `quick`, for what a contributor waits while working.

One case of each test function, and of the table of operations each row, for one of its checks. Chosen by the names
alone, so it is the same cases everywhere and at each run.
"""

from __future__ import annotations

from collections import defaultdict
from zlib import crc32

import pytest

LEFT_OUT = (
    *("tests/bench/", "tests/examples/", "tests/gpu/", "tests/gpusim/", "tests/mojo/", "tests/train/", "tests/typing/"),
    *("tests/backend/test_costs.py", "tests/compat/test_scripts.py", "tests/test_damaged_checkpoints.py"),
    "tests/autograd/test_graph.py::test_a_chain_of_100000_operations",
    "tests/backend/test_backend.py::test_long_kernels_release_the_interpreter",
    "tests/build/",
    "tests/export/test_native.py",
    "tests/ops/test_operators.py::test_the_page_is_up_to_date",
    "tests/test_cli.py::test_train_digits_reaches_its_accuracy",
    "tests/test_files.py::test_a_killed_process_leaves_the_old_file_or_the_new_one",
    "tests/tools/test_worked_example.py::test_the_example_is_true",
    *("tests/scalar/test_engine.py", "tests/utils/test_worker_ends.py"),
)
"""What is worth its time in the whole suite alone: programs, compilers, machines, and how processes end."""
TABLE = "tests/ops/test_opcases.py"


def key(item: pytest.Item) -> str:
    """Return what one case is enough for: a row of the table of operations, else a test function."""
    row = getattr(item, "callspec", None) and item.callspec.params.get("row")
    if row is not None and item.nodeid.startswith(TABLE):
        return f"{TABLE} {row.name}"
    return item.nodeid.partition("[")[0]


def chosen(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that are quick."""
    groups: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if not item.nodeid.startswith(LEFT_OUT):
            groups[key(item)].append(item)
    return [cases[crc32(name.encode()) % len(cases)] for name, cases in groups.items()]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "quick" in config.option.markexpr:
        for item in chosen(items):
            item.add_marker("quick")
