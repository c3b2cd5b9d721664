"""Parts of tensors that one mask of the leading dimensions names, against NumPy."""

import mocrograd as mg
import numpy as np
import pytest

SHAPES = ((), (1,), (17,), (3, 5), (2, 3, 4), (0, 3), (2, 0))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("density", [0.0, 0.5, 1.0])
def test_a_mask_takes_what_numpys_does(shape, density):
    random = np.random.default_rng(1)
    values = random.standard_normal(shape).astype(np.float32)
    for ndim in range(1, len(shape) + 1):
        mask = random.random(shape[:ndim]) < density
        for x, m in ((mg.tensor(values), mg.tensor(mask)), (mg.tensor(values.T.copy()).T, mg.tensor(mask.T.copy()).T)):
            x.requires_grad_()
            found = x[m]
            np.testing.assert_array_equal(found.detach().numpy(), values[mask])
            upstream = random.standard_normal(found.shape).astype(np.float32)
            (found * mg.tensor(upstream)).sum().backward()
            expected = np.zeros(shape, np.float32)
            expected[mask] = upstream
            np.testing.assert_array_equal(x.grad.numpy(), expected)


def test_a_mask_of_another_shape_is_refused():
    x = mg.ones(3, 4)
    for shape in ((4,), (3, 3), (3, 4, 1), (1, 4)):
        with pytest.raises(IndexError):
            x[mg.ones(*shape, dtype=mg.bool)]
    with pytest.raises(RuntimeError):
        mg.func.vmap(lambda row: row[row > 0])(x)


def test_a_compiled_step_does_not_keep_the_mask():
    @mg.compile
    def step(x):
        return x[x > 0].sum()

    for values in ([1.0, -2.0, 3.0], [1.0, 2.0, -3.0], [-1.0, -1.0, -1.0]):
        for _ in range(3):
            assert step(mg.tensor(values)).item() == sum(v for v in values if v > 0)
