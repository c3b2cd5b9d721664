"""Operations on the device "meta" compute the shapes and dtypes that they have on the CPU, all but those that read."""

import mocrograd as mg
import pytest
from opcases import ROWS, outputs


def described(results):
    return [(tuple(x.shape), x.dtype) if isinstance(x, mg.Tensor) else type(x) for x in results]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_shapes_and_dtypes_are_those_of_the_cpu(row):
    arrays = row.arrays(row.cases[0], row.dtypes[0])
    expected = outputs(row.call(mg, *[mg.tensor(a) for a in arrays]))
    operands = [mg.tensor(a).to("meta") for a in arrays]
    for x in operands:
        x.requires_grad_(x.is_floating_point() and row.differentiable)
    try:
        found = outputs(row.call(mg, *operands))
    except (NotImplementedError, RuntimeError) as error:
        if "meta" not in str(error):
            raise
        return
    assert described(found) == described(expected)
    tensors = [x for x in found if isinstance(x, mg.Tensor)]
    assert all(x.is_meta for x in tensors)
    recorded = [x for x in tensors if x.requires_grad]
    if recorded:
        mg.autograd.backward(recorded, [mg.ones_like(x) for x in recorded])
        grads = [x.grad for x in operands if x.grad is not None]
        assert grads
        assert all(grad.is_meta for grad in grads)
