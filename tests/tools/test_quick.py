"""What test-quick chooses: each function, each row of the table of operations, the same at each run."""

from __future__ import annotations

import random
from types import SimpleNamespace

import quick
from toolchain import ROOT


def item(nodeid, **params):
    return SimpleNamespace(nodeid=nodeid, callspec=SimpleNamespace(params=params) if params else None)


def table(*names):
    rows = [SimpleNamespace(name=name) for name in names]
    return [
        item(f"{quick.TABLE}::test_{check}[{row.name}]", row=row) for row in rows for check in ("values", "gradients")
    ]


def names(items):
    return [each.nodeid for each in quick.chosen(items)]


def test_each_function_gives_one_case():
    items = [item("tests/a.py::test_x"), *(item(f"tests/a.py::test_y[{n}]", n=n) for n in range(9))]
    assert [name.partition("[")[0] for name in names(items)] == ["tests/a.py::test_x", "tests/a.py::test_y"]


def test_each_row_of_the_table_gives_one_check_and_not_always_the_same():
    found = names(table(*map(str, range(40))))
    assert [name.partition("[")[2] for name in found] == [f"{n}]" for n in range(40)]
    assert len({name.partition("[")[0] for name in found}) == 2


def test_other_tests_change_nothing_of_the_choice():
    items = [*table("add", "mul", "exp"), *(item(f"tests/a.py::test_y[{n}]", n=n) for n in range(9))]
    others = [item(f"tests/b.py::test_{n}") for n in range(20)]
    random.Random(0).shuffle(others)
    assert set(names(items)) == set(names([*others, *items])) & {each.nodeid for each in items}


def test_what_is_left_out_exists_and_stays_out():
    assert names([item(f"{name}test_x.py::test_y" if name.endswith("/") else name) for name in quick.LEFT_OUT]) == []
    for name in quick.LEFT_OUT:
        file, _, function = name.partition("::")
        assert (ROOT / file).exists(), name
        assert not function or f"def {function}(" in (ROOT / file).read_text(), name
