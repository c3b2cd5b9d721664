"""Gradients of every differentiable row of the table of operations with `vmap`: inside, outside, and of batched vectors."""

import functools

import mocrograd as mg
import numpy as np
import pytest
from func.samples import (
    DYNAMIC,
    LOOPED,
    RANDOM,
    SAMPLES,
    cases,
    choices,
    close,
    looped,
    quietly,
    samples,
    stacked,
    written,
)
from opcases import ROWS, outputs

ROWS = [row for row in ROWS if row.differentiable and row.name not in DYNAMIC and row.name not in RANDOM]
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def loss(row, args):
    """Return a weighted sum of the results."""
    total = 0
    for y in outputs(row.call(mg, *args)):
        if y.dtype.is_floating_point:
            weights = mg.from_numpy(np.cos(np.arange(y.numel(), dtype=np.float64))).to(y.dtype)
            total = total + (y * weights.reshape(y.shape)).sum()
    return total


def losses(row, *args):
    return loss(row, args)


def gradients(result, leaves):
    return mg.autograd.grad(result, leaves, allow_unused=True, materialize_grads=True)


def problems(row):
    """Yield the inputs of all samples, which are mapped, and which are differentiated."""
    dtype = "float64" if "float64" in row.dtypes else row.dtypes[0]
    for case in cases(row, 2):
        inputs = samples(row, case, dtype)
        floats = [i for i, a in enumerate(inputs[0]) if a.dtype.kind == "f"]
        for mapped in choices(len(case)) if floats else ():

            def each(arrays, floats=floats):
                leaves = [mg.tensor(a, requires_grad=i in floats) for i, a in enumerate(arrays)]
                return [g.numpy() for g in gradients(loss(row, leaves), [leaves[i] for i in floats])]

            expected = looped(each, inputs, mapped)
            if expected is not None:
                yield f"{row.name} {case} {mapped}", inputs, mapped, floats, expected


@every_row
def test_gradients_of_samples(row):
    for what, inputs, mapped, floats, expected in problems(row):
        args, in_dims = stacked(inputs, mapped)
        gradient = mg.func.grad(functools.partial(losses, row), argnums=tuple(floats))
        found = written(functools.partial(mg.vmap(gradient, in_dims, randomness="different"), *args), mapped, what)
        if found is not None:
            close(found, expected, what)


@every_row
def test_gradients_through_the_map(row):
    for what, inputs, mapped, floats, expected in problems(row):
        args, in_dims = stacked(inputs, mapped)
        for i in floats:
            args[i].requires_grad_()

        def whole(args=args, in_dims=in_dims, floats=floats):
            y = mg.vmap(functools.partial(losses, row), in_dims, randomness="different")(*args)
            return gradients(y.sum(), [args[i] for i in floats])

        found = written(whole, mapped, what)
        if found is not None:
            close(found, [e if mapped[i] else e.sum(0) for e, i in zip(expected, floats)], what)


@every_row
def test_gradients_of_several_vectors_at_once(row):
    dtype = "float64" if "float64" in row.dtypes else row.dtypes[0]
    for case in cases(row, 2):
        x = [mg.tensor(a, requires_grad=a.dtype.kind == "f") for a in row.arrays(case, dtype)]
        leaves = [t for t in x if t.requires_grad]
        ys = [y for y in outputs(row.call(mg, *x)) if y.requires_grad]
        if not ys:
            continue
        random = np.random.default_rng(5)
        vectors = [mg.from_numpy(random.normal(size=(SAMPLES, *y.shape))).to(y.dtype) for y in ys]

        def pull(*v, ys=ys, leaves=leaves):
            return mg.autograd.grad(ys, leaves, v, retain_graph=True, allow_unused=True, materialize_grads=True)

        found, slow = quietly(functools.partial(mg.vmap(pull, randomness="different"), *vectors))
        assert slow <= LOOPED.keys(), row.name
        each = [pull(*[v[n] for v in vectors]) for n in range(SAMPLES)]
        expected = [np.stack([g.numpy() for g in column]) for column in zip(*each)]
        close([g.numpy() for g in found], expected, f"{row.name} {case}")
