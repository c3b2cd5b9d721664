"""Bad calls raise what torch raises, and say what was expected and what came."""

import mocrograd as mg
import pytest
from badcalls import ROWS

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def test_the_names_are_unique():
    assert len({row.name for row in ROWS}) == len(ROWS)


@every_row
def test_a_bad_call_raises_what_torch_raises(row, torch):
    kind = row.kind
    if kind is None:
        with pytest.raises(Exception) as theirs:  # noqa: PT011 (any type: ours must be the same)
            row.call(torch)
        kind = theirs.type
    with pytest.raises(Exception, match=row.words) as ours:
        row.call(mg)
    assert same_kind(ours.type, kind), f"expected {kind.__name__}, got {ours.type.__name__}: {ours.value}"
    assert (mg.ones(3) + 1).tolist() == [2.0, 2.0, 2.0], "the process lives on"


def same_kind(ours, theirs):
    """Whether who catches torch's type catches ours: types of torch's own are compared by name."""
    return issubclass(ours, theirs) or ours.__name__ == theirs.__name__.removeprefix("_")


@every_row
def test_a_bad_call_raises_without_recording(row):
    with mg.no_grad(), pytest.raises(Exception) as info:  # noqa: PT011 (the types are compared above)
        row.call(mg)
    assert not isinstance(info.value, (AttributeError, KeyError, ZeroDivisionError))
    assert str(info.value), "no assertion of ours that failed"
