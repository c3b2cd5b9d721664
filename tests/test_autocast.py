"""Regions of mixed precision: which operations cast, by torch; nesting, caches, custom functions, compiled steps."""

import threading
import warnings

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.amp.autocast_mode import get_autocast_dtype, is_autocast_enabled
from opcases import ROWS, outputs, size

UNLIKE = {
    "householder_product", "orgqr", "ormqr", "bincount", "binomial", "chain_matmul", "geqrf", "lu", "lu_factor", "pdist",
    "svd", "qr", "pinverse", "cholesky", "matrix_exp", "alpha_dropout", "feature_alpha_dropout", "gru", "rnn",
    "linalg.pinv", "pinv", "linalg.matrix_exp", "linalg.multi_dot", "multi_head_attention_forward",
}  # fmt: skip
"""Rows that are no single operation in torch, or not the same one: their parts follow the lists."""
TRIED = [row for row in ROWS if "float32" in row.dtypes and row.name.split()[0] not in UNLIKE]


def results(m, row, arrays, dtype):
    """Return the dtypes of the results in a region, or None where the row raises."""
    make = mg.tensor if m is mg else m.from_numpy
    tensors = [make(np.array(a)) for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with m.autocast("cpu", dtype=getattr(m, dtype)):
                found = outputs(row.call(m, *tensors))
        except (RuntimeError, NotImplementedError, TypeError, ValueError, AttributeError, IndexError):
            return None
    return [str(x.dtype).partition(".")[2] for x in found]


@pytest.mark.parametrize("row", TRIED, ids=lambda row: row.name)
def test_dtypes_of_results_are_torchs(row, torch):
    case = next((case for case in row.cases if 0 < size(case) < 5000 and all(map(len, case))), None)
    if case is None:
        return
    arrays = row.arrays(case, "float32")
    theirs = results(torch, row, arrays, "bfloat16")
    if theirs is not None:
        assert results(mg, row, arrays, "bfloat16") == theirs


def test_regions_nest_and_end():
    x = mg.ones(2, 2)
    assert not is_autocast_enabled("cpu")
    with mg.autocast("cpu"):
        assert (x @ x).dtype is mg.bfloat16
        with mg.autocast("cpu", dtype=mg.float16):
            assert (x @ x).dtype is mg.float16
            with mg.autocast("cpu", enabled=False):
                assert (x @ x).dtype is mg.float32
                assert not is_autocast_enabled("cpu")
            assert get_autocast_dtype("cpu") is mg.float16
        assert (x @ x).dtype is mg.bfloat16
        seen = []
        thread = threading.Thread(target=lambda: seen.append((x @ x).dtype))
        thread.start()
        thread.join()
        assert seen == [mg.float32]
        assert (x.double() @ x.double()).dtype is mg.float64
    with pytest.raises(KeyError), mg.autocast("cpu"):
        raise KeyError
    assert (x @ x).dtype is mg.float32

    @mg.autocast("cpu")
    def product(a):
        return a @ a

    assert product(x).dtype is mg.bfloat16
    assert (x @ x).dtype is mg.float32


def test_wrong_regions():
    with pytest.raises(ValueError, match="device_type"):
        mg.autocast(mg.float32)
    with pytest.raises(RuntimeError, match="unsupported autocast device_type 'tpu'"):
        mg.autocast("tpu")
    with pytest.warns(UserWarning, match="the target dtype is not supported"):
        region = mg.autocast("cpu", dtype=mg.float64)
    with region:
        assert (mg.ones(2, 2) @ mg.ones(2, 2)).dtype is mg.float32


def test_values_are_those_of_cast_operands():
    x, model = mg.randn(5, 8), mg.nn.Linear(8, 3)
    with mg.autocast("cpu"):
        y = model(x)
        loss = mg.nn.functional.mse_loss(y, mg.zeros(5, 3))
    expected = mg.nn.functional.linear(x.bfloat16(), model.weight.bfloat16(), model.bias.bfloat16())
    assert mg.equal(y, expected)
    assert loss.dtype is mg.float32
    loss.backward()
    assert model.weight.grad.dtype is mg.float32


def test_a_cast_of_a_parameter_is_kept_within_a_region():
    weight = mg.nn.Parameter(mg.ones(3, 3))
    x = mg.ones(3, 3)
    counted = []
    with mg.autocast("cpu"):
        from mocrograd.autograd import mode

        for _ in range(3):
            (x @ weight).sum()
            counted.append(len(mode.autocast.cache))
        with mg.no_grad():
            weight.mul_(2)
        assert (x @ weight)[0, 0].item() == 6  # a change is seen
        cache = mode.autocast.cache
    assert counted == [1, 1, 1]
    assert not cache
    with mg.autocast("cpu", cache_enabled=False):
        (x @ weight).sum()
        assert not mode.autocast.cache
    with mg.autocast("cpu"):
        with mg.no_grad():
            (x @ weight).sum()
        (x @ weight).sum().backward()  # what was cast without recording is not used here
    assert weight.grad is not None


def test_custom_functions():
    seen = []

    class Product(mg.autograd.Function):
        @staticmethod
        @mg.amp.custom_fwd(device_type="cpu", cast_inputs=mg.float32)
        def forward(ctx, x):
            seen.append((x.dtype, is_autocast_enabled("cpu")))
            return x * 2

        @staticmethod
        @mg.amp.custom_bwd(device_type="cpu")
        def backward(ctx, grad):
            seen.append(is_autocast_enabled("cpu"))
            return grad * 2

    x = mg.ones(2, dtype=mg.bfloat16, requires_grad=True)
    with mg.autocast("cpu"):
        y = Product.apply(x)
    y.sum().backward()
    assert seen == [(mg.float32, False), False]


def step_of(model, optimizer):
    def step(x, y):
        with mg.autocast("cpu"):
            loss = mg.nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


@pytest.mark.parametrize("outside", [False, True])
def test_compiled_steps_are_recorded_and_equal(outside):
    losses = []
    for compiled in (False, True):
        mg.manual_seed(0)
        model = mg.nn.Sequential(mg.nn.Linear(6, 16), mg.nn.ReLU(), mg.nn.Linear(16, 3))
        step = step_of(model, mg.optim.AdamW(model.parameters(), lr=0.05))
        step = mg.compile(step) if compiled else step
        x, y = mg.randn(12, 6), mg.arange(12) % 3
        with mg.autocast("cpu", enabled=outside):
            losses.append([step(x, y).item() for _ in range(8)])
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0]
    assert step.plan is not None, step.reasons
    assert mg.compile(lambda a: a @ a)(x[:6]).dtype is mg.float32


def test_a_plan_depends_on_the_region():
    f = mg.compile(lambda a: a @ a)
    x = mg.randn(4, 4)
    for _ in range(3):
        assert f(x).dtype is mg.float32
        with mg.autocast("cpu"):
            assert f(x).dtype is mg.bfloat16
