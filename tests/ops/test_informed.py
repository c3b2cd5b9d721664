"""Numbers that tell which matrix could not be worked on: as torch's, with nan in place of a result."""

import mocrograd as mg
import numpy as np
import pytest

MATRICES = np.array(
    [[[2.0, 1.0], [1.0, 2.0]], [[1.0, 1.0], [1.0, 1.0]], [[1.0, 2.0], [2.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]]]
)


def test_inv_ex_and_solve_ex_leave_the_regular_ones():
    x = mg.from_numpy(MATRICES).requires_grad_()
    inverse, info = mg.linalg.inv_ex(x)
    assert info.tolist() == [0, 2, 0, 0]
    assert info.dtype is mg.int32
    regular = [0, 2, 3]
    np.testing.assert_allclose(inverse.detach().numpy()[regular], np.linalg.inv(MATRICES[regular]))
    assert np.isnan(inverse.detach().numpy()[1]).all()
    inverse[0].sum().backward()
    assert np.isfinite(x.grad.numpy()).all()
    result, info = mg.linalg.solve_ex(x.detach(), mg.ones(4, 2, dtype=mg.float64))
    assert info.tolist() == [0, 2, 0, 0]
    assert np.isnan(result.numpy()).any(-1).tolist() == [False, True, False, False]


@pytest.mark.parametrize("upper", [False, True])
def test_cholesky_ex_tells_the_minor(upper):
    torch = pytest.importorskip("torch")
    large = np.eye(7)
    large[4, 4] = -1
    for matrices in (MATRICES, large, np.full((2, 2), np.nan)):
        factor, info = mg.linalg.cholesky_ex(mg.from_numpy(matrices), upper=upper)
        expected, numbers = torch.linalg.cholesky_ex(torch.from_numpy(matrices), upper=upper)
        assert info.tolist() == numbers.tolist()
        definite = np.array(numbers.tolist()) == 0
        np.testing.assert_allclose(factor.numpy()[definite], expected.numpy()[definite])
        assert np.isnan(factor.numpy()[~definite]).all()
