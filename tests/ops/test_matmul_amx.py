"""Products of bfloat16 by the processor's tiles (AMX), either side of each tile, strip, group and block.

The same tests hold for what runs where a processor has no tiles.
"""

import itertools
import multiprocessing
import os
import subprocess
import sys
import threading

import mocrograd as mg
import pytest
from mocrograd.backend import AMX

SIZES = [
    *itertools.product((15, 17), (31, 33), (16, 32)),
    (31, 256, 33), (33, 257, 31), (255, 40, 257), (257, 511, 255), (40, 513, 513), (513, 30, 40), (545, 290, 270),
    (1, 700, 300), (300, 700, 1), (2, 1, 2),
]  # fmt: skip


def close(y, a, b, added=0.0):
    """Assert that a product is what float32 sums of float64's values give, rounded once."""
    exact = a.double() @ b.double() + added
    sums = a.double().abs() @ b.double().abs()
    assert y.dtype is mg.bfloat16
    assert bool(((y.double() - exact).abs() <= 1.05 * 2**-8 * exact.abs() + 4e-6 * sums + 1e-30).all())


def operand(rows, columns, form):
    """Return a matrix of numbers, laid out in one of several ways."""
    if form == "rows":
        return mg.randn(rows, columns).bfloat16()
    if form == "columns":
        return mg.randn(columns, rows).bfloat16().T
    if form == "steps":
        return mg.randn(rows, 2 * columns).bfloat16()[:, ::2]
    return mg.randn(rows, 1).bfloat16().expand(rows, columns)


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("forms", list(itertools.product(("rows", "columns"), repeat=2)))
def test_sizes(sizes, forms):
    mg.manual_seed(sum(sizes))
    a, b = operand(*sizes[:2], forms[0]), operand(*sizes[1:], forms[1])
    close(a @ b, a, b)


@pytest.mark.parametrize("forms", list(itertools.product(("rows", "columns", "steps", "same"), repeat=2)))
@pytest.mark.parametrize("sizes", [(40, 70, 50), (17, 33, 300)])
def test_strides(sizes, forms):
    mg.manual_seed(5)
    a, b = operand(*sizes[:2], forms[0]), operand(*sizes[1:], forms[1])
    close(a @ b, a, b)
    close(a[3:, 1:] @ b[1:, 5:], a[3:, 1:], b[1:, 5:])


@pytest.mark.parametrize("swapped", [False, True])
def test_batches_biases_and_what_y_holds(swapped):
    a, b = mg.randn(4, 1, 20, 40).bfloat16(), mg.randn(3, 40, 70).bfloat16()
    if swapped:
        a, b = mg.randn(4, 1, 70, 40).bfloat16(), mg.randn(3, 20, 40).bfloat16().transpose(1, 2)
    close(a @ b, a, b)
    x, weight, bias = mg.randn(200, 40).bfloat16(), mg.randn(21, 40).bfloat16(), mg.randn(21).bfloat16()
    close(mg.nn.functional.linear(x, weight, bias), x, weight.T, bias.double())
    held = mg.randn(200, 21).bfloat16()
    close(mg.addmm(held, x, weight.T, alpha=0.5), x * 0.5, weight.T, held.double())
    assert (mg.randn(0, 40).bfloat16() @ weight.T).shape == (0, 21)
    assert bool((mg.randn(3, 0).bfloat16() @ mg.randn(0, 5).bfloat16() == 0).all())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_hostile_values_reach_their_rows_and_columns_alone(value):
    a, b = mg.randn(70, 300).bfloat16(), mg.randn(300, 90).bfloat16()
    a[69, 299] = value
    y = (a @ b).float()
    assert not bool(y[69].isfinite().any())
    assert bool(y[:69].isfinite().all())
    b[0, 89] = value
    y = (a @ b).float()
    assert not bool(y[:, 89].isfinite().any())
    assert bool(y[:69, :89].isfinite().all())
    huge = mg.full((40, 40), 3e38).bfloat16()
    assert bool((huge @ huge).float().isinf().all())


def test_what_lies_behind_an_operand_is_not_read():
    around = mg.full((80, 80), float("nan")).bfloat16()
    around[:33, :35] = mg.randn(33, 35).bfloat16()
    a = around[:33, :35]
    close(a @ a.T, a.contiguous(), a.contiguous().T)
    close(a.T @ a, a.contiguous().T, a.contiguous())


@pytest.mark.skipif(not AMX, reason="the processor has no tiles")
def test_denormal_numbers_count_as_zero():
    tiny, one = mg.full((32, 32), 1e-39).bfloat16(), mg.ones(32, 32).bfloat16()
    assert bool((tiny != 0).all())
    assert bool((tiny @ one == 0).all())


@pytest.mark.parametrize("sizes", [(600, 700, 130), (40, 1030, 900), (1100, 60, 33)])
@pytest.mark.parametrize("turned", [False, True])
def test_results_do_not_depend_on_workers(sizes, turned):
    mg.manual_seed(1)
    a, b = operand(*sizes[:2], "rows"), operand(*sizes[1:], "columns" if turned else "rows")
    with mg.kernels("fixed", workers=1):
        expected = a @ b
    for workers in (2, 3, 7):
        with mg.kernels("fixed", workers=workers):
            assert mg.equal(a @ b, expected)


def _in_a_child(queue):
    a, b = mg.ones(200, 100).bfloat16(), mg.ones(100, 200).bfloat16()
    queue.put(float((a @ b).float().sum()))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_forked_children_and_threads_have_tiles():
    a = mg.ones(200, 100).bfloat16()
    assert float((a @ a.T)[0, 0]) == 100
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_in_a_child, args=(queue,))
    child.start()
    assert queue.get(timeout=60) == 200 * 200 * 100
    child.join()
    found = []
    threads = [threading.Thread(target=lambda: found.append(mg.equal(a @ a.T, expected))) for _ in range(4)]
    expected = a @ a.T
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 4


def test_a_process_may_do_without():
    code = "import mocrograd as mg; print(mg.backend.AMX, (mg.ones(40, 50).bfloat16() @ mg.ones(50, 3).bfloat16()).float().sum())"
    environment = {**os.environ, "MOCROGRAD_AMX": "off"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False tensor(6000.)"
