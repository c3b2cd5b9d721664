"""Arguments under the names of torch's other forms and schemas, and options of memory, mean what they mean in torch."""

import mocrograd as mg
import numpy as np
import pytest

A = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])
B = np.arange(1.0, 7.0).reshape(3, 2)

CALLS = {
    "det": lambda t, a, b: t.linalg.det(A=a),
    "slogdet": lambda t, a, b: t.linalg.slogdet(A=a)[1],
    "norm": lambda t, a, b: t.linalg.norm(input=a, ord=2),
    "vector_norm": lambda t, a, b: t.linalg.vector_norm(input=a, ord=1),
    "cond": lambda t, a, b: t.linalg.cond(input=a),
    "eigvalsh": lambda t, a, b: t.linalg.eigvalsh(input=a),
    "pinv": lambda t, a, b: t.linalg.pinv(input=a),
    "matrix_rank": lambda t, a, b: t.linalg.matrix_rank(input=a),
    "lstsq": lambda t, a, b: t.linalg.lstsq(input=a, b=b)[0],
    "solve_triangular": lambda t, a, b: t.linalg.solve_triangular(input=a, B=b, upper=True),
    "tensorsolve": lambda t, a, b: t.linalg.tensorsolve(input=a, other=b[:, 0]),
    "cholesky_solve": lambda t, a, b: t.cholesky_solve(b, input2=t.linalg.cholesky(a)),
    "method cholesky_solve": lambda t, a, b: b.cholesky_solve(input2=t.linalg.cholesky(a)),
    "max": lambda t, a, b: t.max(a, other=a.mT * 2),
    "min": lambda t, a, b: t.min(input=a, other=a.mT * 2),
    "method max": lambda t, a, b: a.max(other=a * 2),
    "isin": lambda t, a, b: t.isin(element=3.0, test_elements=a),
    "isin of one": lambda t, a, b: t.isin(elements=a, test_element=3.0),
    "hsplit": lambda t, a, b: t.hsplit(b, sections=2)[1],
    "vsplit": lambda t, a, b: t.vsplit(b, indices=(1,))[1],
    "method dsplit": lambda t, a, b: b.reshape(1, 2, 3).dsplit(indices=(1,))[1],
    "tensor_split": lambda t, a, b: t.tensor_split(b, sections=2)[1],
    "tensor_split at indices": lambda t, a, b: b.tensor_split(indices=(2,))[1],
    "addmm_": lambda t, a, b: t.zeros(3, 2, dtype=t.float64).addmm_(mat1=a, mat2=b),
    "addmv_": lambda t, a, b: t.zeros(3, dtype=t.float64).addmv_(mat=a, vec=b[:, 0]),
    "addr_": lambda t, a, b: t.zeros(3, 3, dtype=t.float64).addr_(vec1=b[:, 0], vec2=b[:, 1]),
    "addbmm_": lambda t, a, b: t.zeros(3, 2, dtype=t.float64).addbmm_(batch1=a[None], batch2=b[None]),
    "baddbmm_": lambda t, a, b: t.zeros(1, 3, 2, dtype=t.float64).baddbmm_(batch1=a[None], batch2=b[None]),
    "copy_": lambda t, a, b: t.zeros(3, 3).copy_(other=a, non_blocking=True),
    "copy_ in order": lambda t, a, b: t.zeros(3, 3).copy_(a, True),
    "cpu": lambda t, a, b: a.reshape(1, 1, 3, 3).cpu(memory_format=t.channels_last),
}


@pytest.mark.parametrize("name", CALLS)
def test_other_names(torch, name):
    got, expected = (CALLS[name](t, t.tensor(A), t.tensor(B)) for t in (mg, torch))
    assert str(got.dtype).rpartition(".")[2] == str(expected.dtype).rpartition(".")[2]
    np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    ("words", "expected"),
    [({"tensor": [1.0], "other": 1}, "float32"), ({"scalar": 1.5, "tensor": [1]}, "float32"),
     ({"scalar1": 1, "scalar2": 2}, "int64")],
)  # fmt: skip
def test_result_type(torch, words, expected):
    for t in (mg, torch):
        given = {name: t.tensor(value) if isinstance(value, list) else value for name, value in words.items()}
        assert t.result_type(**given) is getattr(t, expected)


MAKERS = {
    "new_zeros": lambda x, **options: x.new_zeros(2, **options),
    "new_ones": lambda x, **options: x.new_ones((2,), **options),
    "new_empty": lambda x, **options: x.new_empty(2, **options),
    "new_full": lambda x, **options: x.new_full((2,), 3.0, **options),
    "new_tensor": lambda x, **options: x.new_tensor([1.0, 2.0], **options),
}


@pytest.mark.parametrize("name", MAKERS)
def test_new_leaves_require_gradients_where_asked(torch, name):
    for t in (mg, torch):
        x = t.ones(3, dtype=t.float64, requires_grad=True)
        made = MAKERS[name](x, requires_grad=True)
        assert made.requires_grad
        assert made.is_leaf
        assert made.dtype is t.float64
        assert not MAKERS[name](x).requires_grad
        with pytest.raises(RuntimeError):
            MAKERS[name](t.ones(3, dtype=t.int64), dtype=t.int64, requires_grad=True)


UNKNOWN = {
    "sum": lambda t, x: t.sum(x, other=x),
    "add": lambda t, x: t.add(x, sections=x),
    "mul": lambda t, x: t.mul(x, A=x),
    "max twice": lambda t, x: t.max(x, dim=0, other=x),
    "copy_": lambda t, x: t.zeros(2).copy_(src=x),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_names_of_other_functions_are_not_known(torch, name):
    for t in (mg, torch):
        with pytest.raises(TypeError):
            UNKNOWN[name](t, t.ones(2))
