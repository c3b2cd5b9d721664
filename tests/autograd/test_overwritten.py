"""What is overwritten between a forward and its backward: the gradient is what it would have been, or backward raises.

Each row of the table of operations, with every input and every result overwritten in turn; the same for layers that keep
what they return.
"""

import mocrograd as mg
import numpy as np
import pytest
from opcases import FLOATS, ROWS, outputs, size

REFUSALS = "modified by an inplace operation", "expanded"
DIFFERENTIABLE = [row for row in ROWS if row.differentiable]


def gradients(call, arrays, overwritten):
    """Return the gradients of `call`'s inputs where one of them, or a result behind them, has been overwritten."""
    mg.manual_seed(0)
    leaves = [mg.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    inputs = [leaf * 1 if leaf.requires_grad else leaf for leaf in leaves]
    results = [r for r in outputs(call(mg, *inputs)) if isinstance(r, mg.Tensor)]
    random = np.random.default_rng(7)
    losses = [(r * mg.tensor(random.normal(size=r.shape), dtype=r.dtype)).sum() for r in results if r.requires_grad]
    if overwritten < len(inputs) + len(results):
        with mg.no_grad():
            (*inputs, *results)[overwritten].detach().fill_(1)
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    return len(inputs) + len(results), mg.autograd.grad(sum(losses), wanted, allow_unused=True) if losses else ()


def check(call, arrays):
    count, expected = gradients(call, arrays, 1 << 30)
    for i in range(count if expected else 0):
        try:
            _, found = gradients(call, arrays, i)
        except RuntimeError as error:
            if not any(why in str(error) for why in REFUSALS):
                raise
            continue
        for one, other in zip(found, expected, strict=True):
            assert (one is None) == (other is None)
            if one is not None:
                np.testing.assert_array_equal(one.numpy(), other.numpy(), f"{i} of {count} overwritten")


@pytest.mark.parametrize("row", DIFFERENTIABLE, ids=lambda row: row.name)
def test_operations(row):
    case = min((c for c in row.cases if all(np.prod(s) for s in c)), key=size, default=None)
    dtype = next((d for d in row.dtypes if d in FLOATS), None)
    if case is not None and dtype is not None:
        check(row.call, row.arrays(case, dtype))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("layer", ["LSTM", "GRU", "RNN"])
def test_recurrent_layers(layer, dtype):
    mg.manual_seed(1)
    module = getattr(mg.nn, layer)(3, 4, bidirectional=layer == "GRU").to(getattr(mg, dtype))
    shapes = [(5, 2, 3), *[tuple(p.shape) for p in module.parameters()]]
    names = [name for name, _ in module.named_parameters()]
    random = np.random.default_rng(3)

    def call(m, x, *parameters):
        narrow = [p.to(getattr(m, dtype)) for p in parameters]
        out, state = m.func.functional_call(module, dict(zip(names, narrow, strict=True)), x.to(getattr(m, dtype)))
        return (out, *(state if isinstance(state, tuple) else (state,)))

    check(call, [random.normal(size=shape).astype(np.float32) for shape in shapes])
