"""Every row of the table of operations under `vmap`: the results of a loop over samples, and torch's."""

import functools
import warnings

import mocrograd as mg
import pytest
from func.samples import (
    DYNAMIC,
    LAID_OUT,
    RANDOM,
    cases,
    choices,
    close,
    looped,
    quietly,
    samples,
    stacked,
    values,
    written,
)
from opcases import ROWS, outputs, size
from opcases.table import ELSEWHERE

NOT_TORCHS = {
    "addmm beta 0": "torch adds nan times 0 where it maps",
    "as_strided_": "torch does not change the shape where it maps",
}
every_row = pytest.mark.parametrize(
    "row", [row for row in ROWS if row.name not in DYNAMIC | dict.fromkeys(RANDOM)], ids=lambda row: row.name
)


def under_vmap(row, args, in_dims):
    return mg.vmap(lambda *a: tuple(outputs(row.call(mg, *a))), in_dims, randomness="different")(*args)


@every_row
def test_results_are_those_of_a_loop(row):
    for case in cases(row, 3):
        inputs = samples(row, case, row.dtypes[0])
        for mapped in choices(len(case)):
            expected = looped(lambda a: values(row.call(mg, *map(mg.tensor, a))), inputs, mapped)
            if expected is None:
                continue
            for dim in (0, -1) if row.name not in LAID_OUT else (0,):
                what = f"{row.name} {case} {mapped} {dim}"
                found = written(functools.partial(under_vmap, row, *stacked(inputs, mapped, dim)), mapped, what)
                if found is not None:
                    close(found, expected, what)


@every_row
def test_results_are_those_of_torch(row, torch):
    case = cases(row, 1)[0]
    inputs = samples(row, case, row.dtypes[0])
    args, in_dims = stacked(inputs, (True,) * len(case))
    theirs, _ = stacked(inputs, (True,) * len(case), module=torch)
    try:
        calls = torch.func.vmap(lambda *a: tuple(outputs(row.call(torch, *a))), in_dims, randomness="different")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = [t.detach().numpy() for t in calls(*theirs)]
    except Exception as error:
        pytest.skip(f"torch does not map it: {type(error).__name__}")
    found, _ = quietly(lambda: under_vmap(row, args, in_dims))
    if row.name not in ELSEWHERE | NOT_TORCHS:
        close(values(found), expected, row.name)


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in DYNAMIC], ids=lambda row: row.name)
def test_what_cannot_be_mapped_says_so(row):
    inputs = samples(row, max(cases(row, 9), key=size), row.dtypes[0])
    args, in_dims = stacked(inputs, (True,) * len(inputs[0]))
    with pytest.raises(RuntimeError, match="vmap"):
        quietly(lambda: under_vmap(row, args, in_dims))
