"""No kernel reads the memory of a conjugate or negative view as it lies: all operations, with such operands and targets.

Each is compared with the same call of tensors that hold the elements themselves. Negative views are of real numbers, so
they also come upon the direct calls.
"""

import inspect
import warnings

import mocrograd as mg
import numpy as np
import pytest
from opcases import ROWS, outputs, size

SMALL = 200
"""Elements up to which a case is run."""
BY_PLACE = ("as_strided", "as_strided overlapping")
"""Rows whose results depend on what lies beside the elements."""


def conjugate(a, view):
    """Return a leaf and a tensor of it with the values of an array: its conjugates, as a view or computed."""
    leaf = mg.tensor(a.conj()).requires_grad_()
    return leaf, leaf.conj() if view else leaf.conj_physical()


def negative(a, view):
    """Return a leaf and a tensor of it with the values of an array: negatives of its imaginary parts."""
    leaf = mg.tensor(np.asarray(7 - 1j * a, "complex64" if a.dtype == np.float32 else "complex128")).requires_grad_()
    return leaf, leaf.conj().imag if view else -leaf.imag


def complex_of(a):
    parts = np.random.default_rng(5).permutation(a.reshape(-1)).reshape(a.shape)
    return a + 1j * parts.astype(a.dtype)


def array(x):
    return None if x is None else x.detach().resolve_conj().resolve_neg().numpy()


def run(row, arrays, make, view):
    """Return the results and the gradients of the leaves, or the type of what is raised."""
    made = [make(a, view) if a.dtype.kind in "fc" else (None, mg.tensor(a)) for a in arrays]
    leaves = [leaf for leaf, _ in made if leaf is not None]
    for leaf, operand in made:
        assert leaf is None or not view or operand.is_conj() or operand.is_neg()
    mg.manual_seed(3)
    try:
        results = outputs(row.call(mg, *[operand for _, operand in made]))
    except Exception as error:
        return type(error)
    random = np.random.default_rng(7)
    weights = [random.normal(size=(2, *r.shape)) if isinstance(r, mg.Tensor) else None for r in results]
    found = [array(r) if isinstance(r, mg.Tensor) else r for r in results]
    differentiable = [(r, w) for r, w in zip(results, weights) if getattr(r, "requires_grad", False)]
    if differentiable and row.differentiable:
        given = [mg.tensor(w[0] + 1j * w[1] if r.is_complex() else w[0]).to(r.dtype) for r, w in differentiable]
        try:
            grads = mg.autograd.grad([r for r, _ in differentiable], leaves, given, allow_unused=True)
        except Exception as error:
            return type(error)
        found += [array(g) for g in grads]
    return found


def agree(a, b, what):
    if isinstance(a, type) or isinstance(b, type):
        assert a is b, what
        return
    for x, y in zip(a, b, strict=True):
        if not isinstance(x, np.ndarray):
            assert x is y or x == y, what
            continue
        assert x.dtype == y.dtype, what
        assert x.shape == y.shape, what
        np.testing.assert_array_equal(x, y, what)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("make", [conjugate, negative])
def test_operands(row, make):
    for dtype in ("float32", "float64"):
        for case in row.cases if dtype in row.dtypes and row.name not in BY_PLACE else ():
            if size(case) <= SMALL:
                arrays = row.arrays(case, dtype)
                if make is conjugate:
                    arrays = [complex_of(a) if a.dtype.kind == "f" else a for a in arrays]
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    plain, marked = (run(row, arrays, make, view) for view in (False, True))
                agree(plain, marked, f"{row.name} {case} {dtype}")


# ------------------------------------------------------------------------------------------ targets

A, B, C, V, S = (
    np.random.default_rng(i).uniform(0.2, 0.9, shape) for i, shape in enumerate(((3, 3),) * 3 + ((3,), ()))
)
EACH, FIRST = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]]), np.array([2, 0, 1])
MASK = np.array([[True, False, True], [False, True, True], [True, True, False]])
ARGUMENTS = (
    (), (2,), (1,), (0.5,), (0, 1), (B,), (V,), (S,), (0.2, 0.7), (B, C), (B, 0.3), (EACH,), (0, EACH, B), (0, FIRST, B),
    (0, FIRST, 1.5), (MASK, 2.5), (MASK, B), (0, EACH, B, "prod"), (0, FIRST, B, "prod"), (V, V), (V, 1), (S, S), (B, 1, 0),
    (EACH, B), (1.0, 2, 1), (2, 0, 1.0), (0,), (-1,), ((9,),), ((3, 1, 3),), (3, 3), (lambda x: 2 * x,),
)  # fmt: skip
"""What operations are called with besides the target: some of it fits each."""
LAYOUT = {"t_", "transpose_", "swapaxes_", "swapdims_", "unsqueeze_", "squeeze_"}
"""Methods that change no elements."""
IN_PLACE = [
    name for name in dir(mg.Tensor)
    if name.endswith("_") and name[0] != "_" and name not in LAYOUT | {"share_memory_", "detach_", "resize_", "resize_as_"}
]  # fmt: skip
WITH_OUT = [
    (f"{module.__name__}.{name}", getattr(module, name))
    for module in (mg, mg.linalg, mg.special, mg.fft, mg.nn.functional)
    for name in sorted(vars(module))
    if name[0] != "_" and inspect.isfunction(getattr(module, name))
    and "out" in inspect.signature(getattr(module, name)).parameters
]  # fmt: skip


def argument(x, make, view):
    if not isinstance(x, np.ndarray):
        return x
    if x.dtype.kind != "f":
        return mg.tensor(x)
    return make(complex_of(x) if make is conjugate else x, view)[1].detach()


def written(call, arguments, make, target_marked, operands_marked):
    """Return what a call writes into a target and whether it returns that; or the type of what is raised."""
    leaf, target = make(complex_of(A) if make is conjugate else A, target_marked)
    leaf.requires_grad_(False)
    target = target.detach() if target_marked else target.detach().clone()
    mg.manual_seed(1)
    before = target._version
    try:
        result = call(target, *[argument(x, make, operands_marked) for x in arguments])
    except Exception as error:
        return type(error)
    found = [array(target), result is target, target._version > before]
    if target_marked and target.shape == (3, 3):
        there = leaf.conj_physical() if make is conjugate else -leaf.imag
        same_memory = target.data_ptr() - leaf.data_ptr() in (0, leaf.element_size() // 2)
        assert not same_memory or np.array_equal(array(there), found[0], equal_nan=True)
    return found


def same_writing(name, call, make):
    """Compare calls of a target and operands that are views with those that are not; return whether one succeeded."""
    succeeded = False
    for arguments in ARGUMENTS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plain, *marked = (written(call, arguments, make, t, o) for t in (False, True) for o in (False, True))
        for other in marked:
            agree(plain, other, f"{name} {[np.shape(x) for x in arguments]}")
        succeeded = succeeded or not isinstance(plain, type)
    return succeeded


@pytest.mark.parametrize("make", [conjugate, negative])
@pytest.mark.parametrize("name", IN_PLACE)
def test_changes_in_place(name, make):
    same_writing(name, lambda x, *rest: getattr(x, name)(*rest), make)


@pytest.mark.parametrize("make", [conjugate, negative])
@pytest.mark.parametrize(("name", "function"), WITH_OUT, ids=[name for name, _ in WITH_OUT])
def test_results_written_into_views(name, function, make):
    operand = complex_of(C) if make is conjugate else C
    same_writing(name, lambda out, *rest: function(mg.tensor(operand), *rest, out=out), make)
    same_writing(name, lambda out, *rest: function(out, *rest, out=out), make)


def test_most_operations_were_called():
    """Arguments that fit nothing would compare errors."""
    for make, least in ((conjugate, 30), (negative, 100)):
        worked = [n for n in IN_PLACE if same_writing(n, lambda x, *rest, n=n: getattr(x, n)(*rest), make)]
        assert len(worked) >= least, worked


def test_kernels_are_not_given_such_memory():
    """What asks for the address must hear of it, and what reads it below Python must fail there."""
    for x in (mg.tensor([1 + 2j]).conj(), mg.tensor([1 + 2j]).conj().imag):
        with pytest.raises(NotImplementedError, match="are in no memory"):
            x.address  # noqa: B018
        assert x._marked_address < 0
        assert x[:]._marked_address < 0
        assert x.data_ptr() > 0


@pytest.mark.parametrize("shape", [(), (1,), (3,)])
def test_losses_that_check_values_see_those_of_a_negative_view(shape):
    half = mg.complex(mg.zeros(*shape), mg.full(shape, -0.5)).conj().imag
    assert half.is_neg()
    plain = mg.full(shape, 0.5)
    loss = mg.nn.functional.binary_cross_entropy
    assert mg.equal(loss(half, mg.ones(*shape)), loss(plain, mg.ones(*shape)))
    if shape:
        loss = mg.nn.functional.gaussian_nll_loss
        assert mg.equal(loss(plain, plain, half), loss(plain, plain, plain))
