"""What a row of the table of operations must do on the GPU; scripts/gpu_check.py runs the same checks at full size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import mocrograd as mg
import numpy as np
from opcases import FLOATS, Row, Shape, outputs, size
from tolerances import GRADIENT, assert_close, tolerance

Case = tuple[str, tuple[Shape, ...], list[np.ndarray]]


def cases(row: Row, dtypes: Iterable[str], most: float) -> Iterator[Case]:
    """Yield (name, shapes, inputs) for the cases of a row with at most `most` elements."""
    for dtype in dtypes:
        for case in row.cases:
            if size(case) <= most:
                yield f"{row.name} {case} {dtype}", case, row.arrays(case, dtype)


def check_values(row: Row, most: float) -> int:
    """Compare the results on the GPU with the references, in value, dtype and device; return how many cases there were.

    Raises:
        AssertionError: They differ.
    """
    count = 0
    for what, case, arrays in cases(row, row.dtypes, most):
        results = outputs(row.call(mg, *tensors(arrays, "gpu")))
        on_cpu = outputs(row.call(mg, *tensors(arrays, "cpu")))
        for result, like, reference in zip(results, on_cpu, row.expected(arrays), strict=True):
            assert result.dtype is like.dtype, what
            assert result.device.type == "gpu", what
            bounds = tolerance(result.dtype.name, terms=row.terms(*case), scale=magnitude(arrays))
            assert_close(result.cpu().numpy(), reference, what, **bounds)
        count += 1
    return count


def check_gradients(row: Row, most: float) -> int:
    """Compare the gradients of the inputs with the CPU's; return how many cases there were.

    Raises:
        AssertionError: They differ.
    """
    count = 0
    for what, case, arrays in cases(row, [d for d in row.dtypes if d in FLOATS], most):
        terms = max(case[0][0] if case[0] else 1, row.terms(*case))
        for got, expected in zip(gradients(row, arrays, "gpu"), gradients(row, arrays, "cpu"), strict=True):
            if expected is None:
                assert got is None, what
                continue
            scale = max(magnitude(arrays), float(np.abs(expected).max(initial=0)))
            assert_close(got, expected, what, **tolerance(str(expected.dtype), GRADIENT, terms=terms, scale=scale))
        count += 1
    return count


EAGER_ON_A_GPU = ("ctc_loss", "randperm")
"""Operations that read lengths, or draw an order, on the host."""


def check_compiled(row: Row, most: float) -> int:
    """Compare a compiled call's results with the eager call's, bit by bit; return how many cases there were, at most one.

    Raises:
        AssertionError: They differ, or the GPU has no plan where the CPU has one.
    """
    for what, _, arrays in cases(row, row.dtypes[:1], most):
        if not any(array.size for array in arrays):
            continue
        plans = {}
        for device in ("cpu", "gpu"):
            step = mg.compile(lambda *operands: tuple(outputs(row.call(mg, *operands))))
            for function in (step, step, step, step.function):
                mg.manual_seed(3)
                results = function(*tensors(arrays, device))
                found = [result.cpu() for result in results]
                if function is step:
                    compiled = found
            plans[device] = len(step.plans)
            for result, expected in zip(compiled, found, strict=True):
                assert result.dtype is expected.dtype, what
                assert result._raw_numpy().tobytes() == expected._raw_numpy().tobytes(), what
        assert plans["gpu"] >= plans["cpu"] or row.name.startswith(EAGER_ON_A_GPU), f"{what}: {step.reasons}"
        return 1
    return 0


def gradients(row: Row, arrays: list[np.ndarray], device: str) -> list[Any]:
    """Return the gradients of the inputs under a random gradient of the results."""
    leaves = tensors(arrays, device, requires_grad=True)
    random = np.random.default_rng(7)
    results = [result for result in outputs(row.call(mg, *leaves)) if result.requires_grad]
    weights = [mg.tensor(random.normal(size=r.shape), dtype=r.dtype, device=device) for r in results]
    mg.autograd.backward(results, weights)
    return [None if leaf.grad is None else leaf.grad.cpu().numpy() for leaf in leaves]


def tensors(arrays: list[np.ndarray], device: str, requires_grad: bool = False) -> list[Any]:
    """Return arrays as tensors on a device, those of floats as leaves where gradients are wanted."""
    return [mg.tensor(a, device=device, requires_grad=requires_grad and a.dtype.kind == "f") for a in arrays]


def magnitude(arrays: list[np.ndarray]) -> float:
    """Return the largest magnitude among the inputs, at least 1."""
    return max([1.0, *(float(np.abs(a).max()) for a in arrays if a.size and a.dtype.kind in "fi")])
