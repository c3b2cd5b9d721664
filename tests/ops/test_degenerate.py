"""Every row of the table of operations with sizes of 0 and 1 in the place of its own, held against torch."""

import mocrograd as mg
import pytest
from degenerate import DIFFERENT, UNSAFE, cases, check, run
from opcases import ROWS


@pytest.mark.parametrize("row", [row for row in ROWS if not row.name.startswith(UNSAFE)], ids=lambda row: row.name)
@pytest.mark.filterwarnings("ignore")
def test_degenerate_sizes_go_the_way_of_others(row, torch):
    dtype = "float64" if "float64" in row.dtypes else row.dtypes[0]
    for what, case, typed in cases(row):
        if what not in DIFFERENT.get(row.name, ()):
            theirs = run(torch, row, row.arrays(case, dtype))
            check(row, f"{row.name} {case} ({what})", typed, theirs, run(mg, row, row.arrays(case, dtype)))


def test_the_differences_are_those_of_rows():
    assert DIFFERENT.keys() <= {row.name for row in ROWS}
