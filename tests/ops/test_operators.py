"""The list of operations: each exists and has rows, the page that describes them is true, and holes are declared."""

import mocrograd as mg
import operators
import pytest
from opcases import ROWS, outputs
from opcases.catalogue import HOLES, NAMES
from opcases.table import ALL

MISSING = {name for name, what in HOLES if what == "missing"}
PRESENT = [name for name in NAMES if name not in MISSING]


@pytest.mark.parametrize("name", PRESENT)
def test_every_operation_exists_under_torchs_names(name, torch):
    path = operators.path_of(name)
    theirs = {form for form in operators.forms(path, torch) if form != "i"}
    assert theirs <= set(operators.forms(path)), f"{name} has forms {operators.forms(path)}, torch's are {theirs}"


@pytest.mark.parametrize("name", PRESENT)
def test_every_operation_has_rows(name):
    assert operators.rows_of(name) or name in WITHOUT_ROWS


WITHOUT_ROWS = {"from_numpy", "from_dlpack"}
"""They take no tensor; tests/ops/test_creation.py has them."""


@pytest.mark.parametrize("name", sorted(MISSING))
def test_a_missing_operation_is_missing(name):
    assert operators.lookup(name) is None, f"{name} exists now: take it off the list of holes"


def test_the_page_is_up_to_date():
    assert operators.PAGE.read_text(encoding="utf-8") == operators.page(), "run scripts/run operators"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_is_recorded(row):
    """What does not record is declared with a reason, and runs eagerly with the same result."""
    name = operators.path_of(row.name.split()[0])
    inputs = operators.leaves(row, row.dtypes[0], False)
    expected = outputs(row.call(mg, *inputs))
    hole = (name, "compiled") in HOLES or (row.name, "compiled") in HOLES
    assert operators.records(row) is not hole, f"{row.name} {'is recorded now' if hole else 'is not recorded'}"
    compiled = mg.compile(lambda *a: row.call(mg, *a))
    for _ in range(3):
        for got, like in zip(outputs(compiled(*inputs)), expected, strict=True):
            assert got.shape == like.shape
            assert got.dtype is like.dtype


@pytest.mark.parametrize("name", [name for name in PRESENT if operators.rows_of(name)])
def test_no_hole_is_undeclared(name, torch):
    """Where torch computes or differentiates and mocrograd does not, the list says why."""
    path = operators.path_of(name)
    found = operators.find(path)
    for dtype in ALL:
        theirs = any(operators.works(row, dtype, torch) for row in operators.rows_of(name))
        hole = (name, dtype) in HOLES
        assert (dtype in found.dtypes) is not hole or not theirs, f"{name} of {dtype}: {'works now' if hole else 'no'}"
    for what, ours in (("gradient", found.gradient), ("second", found.second)):
        assert ((name, what) in HOLES) == (ours is False), f"{name}: {what} is {ours}"
