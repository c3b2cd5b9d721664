"""Cases of the table of operations for several samples, and their results."""

import dataclasses
import warnings

import mocrograd as mg
import numpy as np
from mocrograd.func import level
from opcases import outputs, size

SAMPLES = 3
LARGEST = 150
"""Elements of the inputs of the largest case that is mapped."""

DYNAMIC = {
    "unique of rows": "the number of results depends on values",
    "unique_consecutive": "the number of results depends on values",
    "masked_select": "the number of results depends on values",
    "nonzero": "the number of results depends on values",
    "argwhere": "the number of results depends on values",
    "[mask] read": "the number of results depends on values",
    "apply_": "a function of Python reads the values",
    "requires_grad_": "inside of vmap gradients are those of func.grad",
    "resize_": "samples keep their place",
    "resize_as_": "samples keep their place",
}
"""Rows that raise under vmap, and why."""
RANDOM = {
    "scaled_dot_product_attention dropout float32", "scaled_dot_product_attention dropout float64",
    "scaled_dot_product_attention dropout causal mask float32",
    "scaled_dot_product_attention dropout causal mask float64",
}  # fmt: skip
"""Rows that draw: samples are given other random numbers than by a loop, which starts from one seed each time."""
LAID_OUT = {"as_strided", "as_strided_", "as_strided overlapping"}
"""Rows that read memory behind the sample's own."""
LOOPED = {
    "unique": "the number of results depends on values; where it differs between samples that is an error",
    "bincount": "the counts of samples would need as many places as the largest of all",
    "histc": "each sample has limits of its own",
    "histogram": "each sample has limits of its own",
    "histogramdd": "each sample has limits of its own",
    "matrix_exp": "each matrix is scaled by a power of two of its own",
    "Embedding": "only where rows are scaled by their frequency, which each sample counts",
    "CTC": "samples have lengths of their own",
    "CTCBackward": "samples have lengths of their own",
    "RowNorm": "only where there is nothing to normalise",
    "ChannelNorm": "only where there is nothing to normalise",
    "randperm": "a permutation is drawn as a whole",
}
"""Operations that run once for each sample, and why."""


def cases(row, most):
    """Return the first small cases of a row."""
    return [case for case in row.cases if 0 < size(case) <= LARGEST][:most] or list(row.cases[:1])


def samples(row, case, dtype):
    """Return the inputs of each sample, all different."""
    return [dataclasses.replace(row, name=f"{row.name} {i}").arrays(case, dtype) for i in range(SAMPLES)]


def choices(count):
    """Return which of some inputs are mapped: all, the first, all but the first."""
    found = [(True,) * count]
    if count > 1:
        found += [tuple(i == 0 for i in range(count)), tuple(i != 0 for i in range(count))]
    return found


def stacked(inputs, mapped, dim=0, module=mg):
    """Return the inputs of all samples as tensors, and `in_dims`."""
    arrays = [np.stack([s[i] for s in inputs], dim) if m else inputs[0][i] for i, m in enumerate(mapped)]
    return [module.tensor(a) for a in arrays], tuple(dim if m else None for m in mapped)


def looped(function, inputs, mapped):
    """Return the results of a function of arrays for each sample, stacked; None where it raises or shapes differ."""
    try:
        found = [function([s[i] if m else inputs[0][i] for i, m in enumerate(mapped)]) for s in inputs]
        return [np.stack(column) for column in zip(*found)]
    except (RuntimeError, IndexError, ValueError):
        return None


def quietly(call):
    """Return what a call returns, and the operations that a warning said to run once for each sample."""
    level._warned.clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call()
    texts = [str(w.message) for w in caught]
    return result, {text.split()[1] for text in texts if "has no batching rule" in text}


def written(call, mapped, what):
    """Return results as arrays, None where a tensor that all samples share would have been written."""
    try:
        found, slow = quietly(call)
    except RuntimeError as error:
        if mapped[0] or "is not possible because there exists a Tensor `other`" not in str(error):
            raise AssertionError(what) from error
        return None
    assert slow <= LOOPED.keys(), what
    return values(found)


def values(results):
    """Return results as arrays."""
    return [r.detach().numpy() for r in outputs(results)]


def close(found, expected, what):
    """Compare arrays, which may differ by rounding."""
    assert len(found) == len(expected), what
    for got, wanted in zip(found, expected):
        assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype), what
        bound = 1e-4 if got.dtype == np.float32 else 1e-8
        scale = max(1.0, float(np.nanmax(np.abs(wanted), initial=0))) if wanted.dtype.kind == "f" else 1.0
        scale = scale if np.isfinite(scale) else 1.0
        np.testing.assert_allclose(got, wanted, rtol=bound, atol=bound * scale, err_msg=what)
