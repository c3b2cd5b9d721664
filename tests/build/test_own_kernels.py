"""A user's kernels with words of their own: calls by name, a Function around them, and guarded memory."""

import mocrograd as mg
import numpy as np
import pytest

KERNEL = "scaled_rows.forward.float64"


def words(rows=3, columns=5, **others):
    x = mg.tensor(np.random.default_rng(1).normal(size=(rows, columns)))
    return {"y": mg.zeros_like(x), "x": x, "rows": rows, "columns": columns, "alpha": 2.0, "past": 0, **others}


@pytest.fixture(params=["plain", "guarded"])
def library(request, lib, guarded):
    """Return the library, to run in either way."""
    return lib if request.param == "plain" else guarded


def test_a_call_packs_words_by_name(library, implementation):
    given = words(alpha=3)
    library.call(KERNEL, **given)
    np.testing.assert_array_equal(given["y"].numpy(), 3 * given["x"].numpy())


def test_in_place(library):
    given = words()
    before = given["x"].numpy().copy()
    library.call(KERNEL, **{**given, "y": given["x"]})
    np.testing.assert_array_equal(given["x"].numpy(), 2 * before)


def test_a_function_around_kernels_has_gradients(library):
    class Scaled(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x, alpha):
            ctx.alpha = alpha
            y = mg.empty_like(x)
            rows, columns = x.shape
            library.call(KERNEL, y=y, x=x, rows=rows, columns=columns, alpha=alpha, past=0)
            return y

        @staticmethod
        def backward(ctx, grad):
            return Scaled.apply(grad.contiguous(), ctx.alpha), None

    x = words()["x"].requires_grad_()
    assert mg.autograd.gradcheck(lambda x: Scaled.apply(x, 2.5), (x,))
    (grad,) = mg.autograd.grad(Scaled.apply(x, 2.5).sum(), x, create_graph=True)
    assert grad.unique().tolist() == [2.5]


def test_a_compiled_step_records_it(lib):
    def step(x):
        y = mg.empty_like(x)
        with mg.no_grad():
            lib.call(KERNEL, y=y, x=x + 1, rows=x.shape[0], columns=x.shape[1], alpha=2, past=0)
        return y * 3

    compiled = mg.compile(step)
    for _ in range(4):
        x = mg.randn(4, 6, dtype=mg.float64)
        assert (compiled(x) == step(x)).all()
    assert len(compiled.plans) == 1
    assert "scaled_rows" in compiled.plans[0].explain()


def test_a_guarded_step_runs_eagerly_and_says_why(guarded):
    compiled = mg.compile(lambda x: guarded.softsquare(x) + 1)
    for _ in range(3):
        assert (compiled(mg.ones(3)) == 1.5).all()
    assert not compiled.plans
    assert "debug=True runs kernels in a process of their own" in compiled.reasons[0]


@pytest.mark.parametrize(
    ("others", "error", "message"),
    [
        ({"x": 4096}, TypeError, "x must be a Tensor or None, not int"),
        ({"x": mg.zeros(3, 5)}, TypeError, "x must be of the kernel's dtype float64, not float32"),
        ({"x": mg.zeros(5, 3, dtype=mg.float64).T}, ValueError, "x must be contiguous"),
        ({"y": mg.zeros(1, 5, dtype=mg.float64).expand(3, 5)}, ValueError, "y must be contiguous"),
        ({"x": mg.zeros(3, 5, dtype=mg.float64, requires_grad=True)}, RuntimeError, "is not recorded"),
        ({"rows": 3.0}, TypeError, "rows must be an int, not float"),
        ({"rows": 1 << 64}, ValueError, "rows must fit an int64"),
        ({"rows": (3, 4)}, ValueError, "rows must be 1 number, got 2"),
        ({"alpha": "2"}, TypeError, "alpha must be a float, not str"),
        ({"alpha": mg.ones(1)}, TypeError, "alpha must be a float, not Tensor"),
        ({"beta": 1}, TypeError, "takes the words y, x, rows, columns, alpha, past: beta unknown"),
    ],
)
def test_wrong_words_are_refused(library, others, error, message):
    given = words()
    with pytest.raises(error, match=message):
        library.call(KERNEL, **{**given, **others})
    assert given["y"].count_nonzero() == 0


def test_missing_words_and_kernels_are_named(library):
    with pytest.raises(TypeError, match="alpha and columns and past and rows and x missing"):
        library.call(KERNEL, y=mg.zeros(3))
    with pytest.raises(KeyError, match="no kernel 'nothing'; it has scaled_rows"):
        library.call("nothing")


@pytest.mark.parametrize("others", [{"past": 1}, {"past": 100_000}, {"rows": 4}, {"columns": 6}, {"rows": 1 << 40}])
@pytest.mark.parametrize("shape", [(3, 5), (8, 512)])
def test_a_write_out_of_bounds_is_an_error(guarded, others, shape):
    given = words(*shape)
    others = {name: value if name == "past" else max(value, given[name] + 1) for name, value in others.items()}
    with pytest.raises(RuntimeError, match=rf"{KERNEL} reached memory beyond its operands.*SIG"):
        guarded.call(KERNEL, **{**given, **others})
    assert given["y"].count_nonzero() == 0
    guarded.call(KERNEL, **given)
    np.testing.assert_array_equal(given["y"].numpy(), 2 * given["x"].numpy())


def test_a_write_before_the_operand_is_an_error(guarded):
    given = words(2, 5)
    with pytest.raises(RuntimeError, match="wrote to memory before its operands"):
        guarded.call(KERNEL, **{**given, "rows": 1, "columns": 0, "alpha": 1, "past": -3})
    guarded.call(KERNEL, **given)


def test_a_layout_is_refused_where_the_shape_does_not_fit(lib):
    from mocrograd.build.words import packed

    y, x = mg.zeros(2, 3), mg.ones(3)
    with mg.no_grad():
        good = packed("neg.forward.float32", {"y": y, "x": x, "shape": (y, x)}, "neg")
        mg.backend.call(
            mg.backend.cpu.table["neg.forward.float32"], 6,
            *[w.address if isinstance(w, mg.Tensor) else w for w in good.words], mg.backend.cpu.context,
        )  # fmt: skip
        assert y.tolist() == [[-1] * 3] * 2
        for shape in ((y,), (y, 3), None, (None, x), (x, y)):
            with pytest.raises((TypeError, RuntimeError)):
                packed("neg.forward.float32", {"y": y, "x": x, "shape": shape}, "neg")
