"""Complex forms of operations that are composed of those of the parts: values, gradients and second derivatives."""

import warnings

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

DTYPES = ("complex64", "complex128")
WINDOWS = {1: ((2, 4, 9), (6, 2, 3)), 2: ((2, 4, 7, 6), (6, 2, 3, 2)), 3: ((1, 4, 5, 4, 6), (6, 2, 2, 3, 2))}


def numbers(shape, dtype, seed=0):
    r = np.random.RandomState(seed)
    return np.asarray(r.randn(*shape) + 1j * r.randn(*shape), dtype)


def derivatives(m, call, arrays):
    """Return a result, the gradients of a weighted sum of it, and those of a sum of these."""
    leaves = [m.from_numpy(a.copy()).requires_grad_() for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = call(m, *leaves)
    weights = m.from_numpy(numbers(tuple(y.shape), arrays[0].dtype, 7))
    grads = m.autograd.grad((y * weights).real.sum(), leaves, create_graph=True)
    again = sum((g * g.conj()).real.square().sum() for g in grads)
    second = m.autograd.grad(again, leaves, allow_unused=True) if again.requires_grad else ()
    return [None if x is None else x.detach().resolve_conj().numpy() for x in (y, *grads, *second)]


def agree(call, arrays):
    tol = 1e-3 if arrays[0].dtype == np.complex64 else 1e-10
    ours, theirs = (derivatives(m, call, arrays) for m in (mg, torch))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        if a is None or b is None:
            assert not np.any(b if a is None else a)
            continue
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=tol, atol=tol * np.abs(b).max(initial=1))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ndim", WINDOWS)
def test_convolutions(ndim, dtype):
    image, window = WINDOWS[ndim]
    x, w, b = numbers(image, dtype), numbers(window, dtype, 1), numbers(window[:1], dtype, 2)
    options = ({}, {"padding": 1, "stride": 2}, {"padding": "same"}, {"dilation": 2, "padding": 2})
    for given in options:
        agree(
            lambda m, x, w, b, given=given: getattr(m.nn.functional, f"conv{ndim}d")(x, w, b, groups=2, **given),
            (x, w, b),
        )
    agree(lambda m, x, w: getattr(m.nn.functional, f"conv{ndim}d")(x[0], w, groups=2), (x, w))
    turned = numbers((4, 3, *window[2:]), dtype, 1)
    for given in ({}, {"stride": 2, "padding": 1, "output_padding": 1}):
        agree(lambda m, x, w, b, given=given: getattr(m.nn.functional, f"conv_transpose{ndim}d")(x, w, b, groups=2, **given),
              (x, turned, b))  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
def test_embeddings(dtype):
    w = numbers((5, 3), dtype)
    for given in ({}, {"padding_idx": 2}, {"scale_grad_by_freq": True}):
        limited = [
            m.nn.functional.embedding(m.tensor([1, 2]), m.from_numpy(w.copy()), max_norm=1.0) for m in (mg, torch)
        ]
        np.testing.assert_allclose(limited[0].numpy(), limited[1].numpy(), rtol=1e-5)
        for index in ([[1, 2], [2, 4]], [3], [[]]):

            def call(m, w, given=given, index=index):
                return m.nn.functional.embedding(m.tensor(index, dtype=m.int64), w, **given)

            ours, theirs = (call(m, m.from_numpy(w)).numpy() for m in (mg, torch))
            np.testing.assert_array_equal(ours, theirs)
            leaf = mg.from_numpy(w).requires_grad_()
            call(mg, leaf).backward(mg.ones(*ours.shape, dtype=leaf.dtype) * (1 + 2j))
            real = torch.ones(5, 3, requires_grad=True)
            call(torch, real).sum().backward()
            np.testing.assert_allclose(leaf.grad.numpy(), real.grad.numpy() * (1 + 2j), rtol=1e-6)
    with pytest.raises((NotImplementedError, RuntimeError)):
        mg.nn.functional.embedding_bag(mg.tensor([[1, 2]]), mg.from_numpy(w))


@pytest.mark.parametrize("dtype", DTYPES)
def test_logarithms_of_sums_of_exponentials(dtype):
    x = numbers((3, 4), dtype)
    for dim in (0, 1, (0, 1)):
        agree(lambda m, x, dim=dim: m.logsumexp(x, dim), (x,))
    far = [m.logsumexp(m.from_numpy(x * 300), 1, keepdim=True).numpy() for m in (mg, torch)]
    np.testing.assert_allclose(*far, rtol=1e-5)
    assert mg.logsumexp(mg.zeros(2, 0, dtype=mg.complex64), 1).tolist() == [-np.inf, -np.inf]
    assert mg.logsumexp(mg.full((2, 2), complex(-np.inf, 0)), 1).real.tolist() == [-np.inf, -np.inf]


@pytest.mark.parametrize("dtype", DTYPES)
def test_running_logarithms_of_sums_of_exponentials(dtype):
    x = numbers((3, 7, 5), dtype)
    for dim in (0, 1, -1):
        agree(lambda m, x, dim=dim: m.logcumsumexp(x, dim), (x,))
    for scale in (1, 3, 30):  # imaginary parts leave (-pi, pi]: they follow those of the greater operand
        for count in (1, 2, 33, 500):
            far = numbers((count,), dtype, count) * np.asarray(scale, dtype)
            ours, theirs = (m.logcumsumexp(m.from_numpy(far), 0).numpy() for m in (mg, torch))
            np.testing.assert_allclose(ours, theirs, rtol=2e-4 if dtype == "complex64" else 1e-10)
    for hostile in ([complex(-np.inf, 0), complex(-np.inf, 1), 1 + 2j, complex(np.nan, 0), 1 + 0j], []):
        ours, theirs = (m.logcumsumexp(m.from_numpy(np.asarray(hostile, dtype)), 0).numpy() for m in (mg, torch))
        np.testing.assert_array_equal(ours.real, theirs.real)
        np.testing.assert_allclose(ours.imag[2:], theirs.imag[2:])
    assert mg.logcumsumexp(mg.tensor(1 + 9j), 0).item() == 1 + 9j


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("reduce", ["sum", "mean", "prod"])
def test_reductions_by_index(reduce, own):
    x, src = numbers((3, 4), "complex128"), numbers((3, 4), "complex128", 1)
    src[0, 0] = x[1, 1] = src[2, 2] = 0
    index = [[0, 1, 2, 0], [0, 0, 2, 1], [0, 2, 2, 2]]
    calls = [lambda m, x, s: x.scatter_reduce(0, m.tensor(index), s, reduce, include_self=own)]
    if reduce != "sum":
        calls.append(lambda m, x, s: x.index_reduce(1, m.tensor([0, 0, 3, 1]), s, reduce, include_self=own))
    for call in calls:
        for kind in DTYPES:
            given = [a.astype(kind) for a in (x, src)]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    theirs = call(torch, *map(torch.from_numpy, given)).numpy()
                except NotImplementedError:  # index_reduce without the own elements
                    assert not own
                    continue
            np.testing.assert_allclose(call(mg, *map(mg.from_numpy, given)).numpy(), theirs, rtol=2e-6)
        leaves = [mg.from_numpy(a).requires_grad_() for a in (x, src)]
        assert mg.autograd.gradcheck(lambda x, s, call=call: call(mg, x, s), leaves)
        assert mg.autograd.gradgradcheck(lambda x, s, call=call: call(mg, x, s), leaves)


def test_bad_products_by_index():
    x = np.array([2j, 0, 1], "complex128")
    for index in (5, -1):
        with pytest.raises(RuntimeError, match="out of bounds"):
            mg.from_numpy(x).scatter_reduce(0, mg.tensor([index]), mg.from_numpy(x[:1]), "prod")
    for m in (mg, torch):
        for reduce in ("amax", "amin"):
            with pytest.raises(NotImplementedError):
                m.from_numpy(x).scatter_reduce(0, m.tensor([0]), m.from_numpy(x[:1]), reduce)


def test_ranges_of_complex_numbers():
    for call in (
        lambda m: m.linspace(0, 1 + 1j, 5), lambda m: m.linspace(1j, 2, 4, dtype=m.complex128), lambda m: m.linspace(1j, 2, 1),
        lambda m: m.linspace(1j, 2, 0), lambda m: m.linspace(0, 2, 3, dtype=m.complex64), lambda m: m.logspace(0, 1j, 3),
        lambda m: m.logspace(0, 1 + 1j, 3, base=2, dtype=m.complex128), lambda m: m.linspace(m.tensor(1j), 2, 3),
    ):  # fmt: skip
        ours, theirs = call(mg), call(torch)
        assert ours.dtype.name == str(theirs.dtype).removeprefix("torch.")
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6, atol=1e-6)
    for m in (mg, torch):
        with pytest.raises(RuntimeError, match="can't be safely cast"):
            m.linspace(0, 1j, 3, dtype=m.float32)
        with pytest.raises(TypeError):
            m.logspace(0, 1, 3, base=2j)


@pytest.mark.parametrize("name", ["addmm", "baddbmm", "addbmm"])
def test_what_counts_for_nothing_has_a_gradient_of_zero(name):
    for m in (mg, torch):
        x = m.full((3, 3), complex(np.nan, 1)).requires_grad_()
        x = m.full((1, 3, 3), complex(np.nan, 1)).requires_grad_() if name == "baddbmm" else x
        a = m.from_numpy(numbers((3, 3), "complex64")).requires_grad_()
        a, b = (a, a) if name == "addmm" else (a[None], a[None])
        y = getattr(m, name)(x, a, b, beta=0)
        assert bool(y.isfinite().all())
        y.abs().sum().backward()
        assert x.grad.abs().sum().item() == 0


def test_complex_numbers_do_not_fit_real_tensors():
    for m in (mg, torch):
        for make in (lambda m: m.zeros(3), lambda m: m.zeros(3, dtype=m.int64)):
            x = make(m)
            for index in (0, slice(0, 2), [0, 1], x == 0):
                with pytest.raises(RuntimeError, match="without overflow"):
                    x[index] = 1j
            x[0] = 1 + 0j
            assert x.tolist() == [1, 0, 0]


@pytest.mark.parametrize("name", ["var", "std", "var_mean", "std_mean"])
def test_too_few_elements_for_a_variance_warn(name):
    for m in (mg, torch):
        for x in (m.ones(1), m.ones(0), m.ones(1, dtype=m.complex64)):
            with pytest.warns(UserWarning, match=r"degrees of freedom is <= 0"):
                getattr(m, name)(x)
        with pytest.warns(UserWarning, match=r"degrees of freedom is <= 0"):
            getattr(m, name)(m.ones(2, 1), 1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            getattr(m, name)(m.ones(2, 1), 0)
            getattr(m, name)(m.ones(1), correction=0)


def test_powers_and_sums_of_exponentials():
    for dtype in DTYPES:
        a, b = numbers((3, 4), dtype), numbers((4,), dtype, 1)
        agree(lambda m, a, b: m.float_power(a, b), (a, b))
        agree(lambda m, a: m.float_power(a, 2.5), (a,))
        agree(lambda m, a: m.float_power(2, a), (a,))
        agree(lambda m, a: m.float_power(a.real.abs(), 1 + 2j), (a,))
        agree(lambda m, a: m.ldexp(a, m.tensor([1.0, -2.0, 0.0, 3.0])), (a,))
        agree(lambda m, a, b: m.ldexp(a, b), (a, b))
        agree(lambda m, a, b: m.logaddexp(a, b), (a, b))
    z = mg.tensor([1 + 2j], dtype=mg.complex128)
    assert z.clone().float_power_(2).tolist() == [-3 + 4j]
    with pytest.raises(RuntimeError, match="requires dtype complex128"):
        mg.tensor([1 + 2j]).float_power_(2)
    for name in ("deg2rad", "rad2deg"):
        with pytest.raises(RuntimeError, match=f"{name} is not supported for complex"):
            getattr(mg, name)(z)
    with pytest.raises(NotImplementedError):
        mg.logaddexp2(z, z)
