"""The table of operations on the GPU: values against the references, gradients against the CPU's, compiled calls."""

import pytest
from gpu.checks import check_compiled, check_gradients, check_values
from opcases import ROWS

pytestmark = pytest.mark.gpu
MOST = 5000
"""Elements of a case that is run: simulation is slow."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_values(row, grid):
    check_values(row, MOST)


@pytest.mark.parametrize("row", [row for row in ROWS if row.differentiable], ids=lambda row: row.name)
def test_gradients(row, grid):
    check_gradients(row, MOST)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_compiled_calls(row):
    check_compiled(row, 200)
