"""Fourier transforms and short-time ones against torch: values, gradients of first and second order, errors, plans."""

import itertools
import warnings

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
OF_REAL = ("rfft", "ihfft")
NORMS = (None, "backward", "ortho", "forward")


def numbers(shape, real, dtype="float64", seed=0):
    random = np.random.default_rng(seed)
    x = random.standard_normal(shape)
    x = x if real else x + 1j * random.standard_normal(shape)
    return x.astype(dtype if real else {"float64": "complex128", "float32": "complex64"}[dtype])


def found(m, call, *arrays):
    """Return the result, its gradients by a random one, and those of a function of the gradients."""
    xs = [m.tensor(a).requires_grad_() for a in arrays]
    y = call(m, *xs)
    upstream = numbers(tuple(y.shape), not y.is_complex(), "float64" if y.element_size() > 8 else "float32", seed=1)
    first = m.autograd.grad(y, xs, m.tensor(upstream).to(y.dtype), create_graph=True)
    cubes = m.autograd.grad((y.abs() ** 3).sum(), xs, create_graph=True)
    second = m.autograd.grad(sum((g.abs() ** 2).sum() for g in cubes), xs)
    return [t.detach().resolve_conj().numpy() for t in (y, *first, *cubes, *second)]


def compare(call, *arrays):
    for ours, theirs in zip(found(mg, call, *arrays), found(torch, call, *arrays), strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        tol = 1e-9 if ours.real.dtype == np.float64 else 3e-4
        np.testing.assert_allclose(ours, theirs, rtol=tol, atol=tol * max(1.0, np.abs(theirs).max()))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*ONE, "fft of reals"])
def test_one_dimension(name, dtype):
    function = name.split()[0]
    for n, norm, dim in itertools.product((None, 1, 5, 8, 11), NORMS, (-1, 0, 1)):
        x = numbers((4, 7, 3), name in (*OF_REAL, "fft of reals"), dtype)
        compare(lambda m, x, n=n, norm=norm, dim=dim: getattr(m.fft, function)(x, n, dim, norm), x)


@pytest.mark.parametrize("name", ONE)
def test_several_dimensions(name):
    x = numbers((4, 5, 3), name in OF_REAL)
    for s, dim, norm in (
        (None, None, None), ((3, 4), None, "ortho"), ((5,), (0,), "forward"), (None, (0, 2), None),
        ((2, 6), (2, 0), None), ((-1, 4), (0, 1), None),
    ):  # fmt: skip
        compare(lambda m, x, s=s, dim=dim, norm=norm: getattr(m.fft, f"{name}n")(x, s=s, dim=dim, norm=norm), x)
    compare(lambda m, x: getattr(m.fft, f"{name}2")(x), x)
    compare(lambda m, x: getattr(m.fft, f"{name}2")(x, (3, 2), (0, 1), "ortho"), x)


def test_all_of_torchs_names_are_there():
    theirs = {name for name in dir(torch.fft) if callable(getattr(torch.fft, name)) and name[0] in "fhir"}
    assert theirs == {*mg.fft.__all__}


def test_strided_broadcast_and_integer_operands():
    x = numbers((6, 8), False)
    for view in (lambda t: t.T, lambda t: t[::2, 1::3], lambda t: t[:1].expand(3, 8), lambda t: t.flip(1)):
        ours, theirs = mg.fft.fft(view(mg.tensor(x))), torch.fft.fft(view(torch.tensor(x)))
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-12)
    for values in ([1, 2, 3], [True, False, True]):
        assert mg.fft.fft(mg.tensor(values)).dtype is mg.complex64
        assert mg.fft.rfft(mg.tensor(values)).tolist() == torch.fft.rfft(torch.tensor(values)).tolist()
    assert mg.fft.fft(mg.ones(0, 4)).shape == (0, 4)
    assert mg.fft.fftn(mg.ones(3, 4), dim=()).tolist() == torch.fft.fftn(torch.ones(3, 4), dim=()).tolist()
    out = mg.empty(5, dtype=mg.complex64)
    assert mg.fft.fft(mg.arange(5.0), out=out) is out
    assert out[0].item() == 10


def test_nan_and_inf_stay_in_their_row():
    x = mg.ones(3, 8)
    x[1, 2] = float("nan")
    y = mg.fft.rfft(x)
    assert y.abs().isnan().any(1).tolist() == [False, True, False]


CALLS = {
    "length 0": lambda m: m.fft.fft(m.ones(3, 4), 0),
    "negative length": lambda m: m.fft.fft(m.ones(3, 4), -1),
    "norm": lambda m: m.fft.fft(m.ones(3, 4), norm="x"),
    "norm of int": lambda m: m.fft.fft(m.ones(3, 4), norm=3),
    "scalar": lambda m: m.fft.fft(m.tensor(1.0)),
    "dim": lambda m: m.fft.fft(m.ones(3, 4), dim=3),
    "rfft of complex": lambda m: m.fft.rfft(m.ones(3) * 1j),
    "ihfft of complex": lambda m: m.fft.ihfft(m.ones(3) * 1j),
    "rfftn of complex": lambda m: m.fft.rfftn(m.ones(3) * 1j),
    "lengths and dims": lambda m: m.fft.fftn(m.ones(3, 4), s=(2, 3), dim=(0,)),
    "dims twice": lambda m: m.fft.fftn(m.ones(3, 4), dim=(0, 0)),
    "too many lengths": lambda m: m.fft.fftn(m.ones(3, 4), s=(1, 2, 3)),
    "irfft of one": lambda m: m.fft.irfft(m.ones(1)),
    "fft2 of a vector": lambda m: m.fft.fft2(m.ones(3)),
    "half": lambda m: m.fft.fft(m.ones(4, dtype=m.float16)),
    "nothing": lambda m: m.fft.fft(m.ones(0)),
    "rfftn of no dims": lambda m: m.fft.rfftn(m.ones(3), dim=()),
    "irfftn of a scalar": lambda m: m.fft.irfftn(m.tensor(1.0)),
    "list": lambda m: m.fft.fft([1.0]),
    "length of float": lambda m: m.fft.fft(m.ones(3), 2.5),
    "real out": lambda m: m.fft.fft(m.ones(3), out=m.empty(3)),
    "no return_complex": lambda m: m.stft(m.ones(40), 16),
    "a long frame": lambda m: m.stft(m.ones(40), 100, center=False, return_complex=True),
    "hop 0": lambda m: m.stft(m.ones(40), 16, 0, return_complex=True),
    "a long window": lambda m: m.stft(m.ones(40), 16, win_length=20, return_complex=True),
    "another window": lambda m: m.stft(m.ones(40), 16, window=m.ones(8), return_complex=True),
    "three dimensions": lambda m: m.stft(m.ones(2, 2, 40), 16, return_complex=True),
    "short signal": lambda m: m.stft(m.ones(4), 16, return_complex=True),
    "onesided complex": lambda m: m.stft(m.ones(40) * 1j, 16, onesided=True, return_complex=True),
    "aligned and centred": lambda m: m.stft(m.ones(40), 16, return_complex=True, align_to_window=True),
    "istft of reals": lambda m: m.istft(m.ones(9, 4), 16),
    "frequencies": lambda m: m.istft(m.ones(9, 4) * 1j, 18),
    "window of zeros": lambda m: m.istft(m.ones(9, 4) * 1j, 16, window=m.zeros(16)),
    "complex from half": lambda m: m.istft(m.ones(9, 4) * 1j, 16, return_complex=True),
    "all frequencies": lambda m: m.istft(m.ones(9, 4) * 1j, 16, onesided=False),
    "no frames": lambda m: m.istft(m.ones(9, 0) * 1j, 16),
    "a long hop": lambda m: m.istft(m.ones(9, 4) * 1j, 16, 20),
    "istft window": lambda m: m.istft(m.ones(9, 4) * 1j, 16, window=m.ones(3)),
}


@pytest.mark.filterwarnings("ignore:.*window was not provided:UserWarning")
@pytest.mark.parametrize("name", CALLS)
def test_bad_calls(name):
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        CALLS[name](torch)
    with pytest.raises(type(theirs.value)) as ours:
        CALLS[name](mg)
    assert str(ours.value)


SIZES = ((16, None, None), (15, 4, None), (16, 3, 10))


def window(width):
    return np.hanning(width + 1)[:-1] + 0.1


@pytest.mark.parametrize("of_complex", [False, True])
@pytest.mark.parametrize(("n", "hop", "width"), SIZES)
def test_stft(n, hop, width, of_complex):
    choices = itertools.product(((50,), (2, 50)), (True, False), (False, True), (None, False), (True, False))
    for shape, center, normalized, onesided, parts in choices:

        def call(m, x, w, options=(center, "reflect", normalized, onesided, parts)):
            return m.stft(x, n, hop, width, w, *options)

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="stft with return_complex=False")
            compare(call, numbers(shape, not of_complex), window(width or n))
    for mode in ("constant", "replicate", "circular"):
        compare(
            lambda m, x, w, mode=mode: m.stft(x, n, hop, width, w, pad_mode=mode, return_complex=True),
            numbers((2, 50), True),
            window(width or n),
        )


def test_where_the_first_window_begins():
    for aligned in (None, False, True):
        compare(
            lambda m, x, w, a=aligned: m.stft(x, 16, 4, 10, w, False, return_complex=True, align_to_window=a),
            numbers((2, 50), True),
            window(10),
        )


@pytest.mark.filterwarnings("ignore:.*length of signal is shorter:UserWarning")
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(("n", "hop", "width"), SIZES)
def test_istft(n, hop, width, whole):
    lengths = (None, 20, 70) if width is None else (None, 20)
    choices = itertools.product(((), (2,)), (False, True), lengths, (False, True) if whole else (False,))
    for batch, normalized, length, of_complex in choices:

        def call(m, z, w, options=(True, normalized, not whole, length, of_complex)):
            return m.istft(z, n, hop, width, w, *options)

        compare(call, numbers((*batch, n if whole else n // 2 + 1, 9), False), window(width or n))


def test_a_signal_comes_back():
    x = mg.tensor(numbers((3, 200), True, "float32"))
    w = mg.hann_window(32)
    z = x.stft(32, window=w, return_complex=True)
    mg.testing.assert_close(z.istft(32, window=w, length=200), x, rtol=1e-4, atol=1e-5)


def test_a_missing_window_warns():
    with pytest.warns(UserWarning, match="A window was not provided"):
        z = mg.stft(mg.ones(40), 16, return_complex=True)
    with pytest.warns(UserWarning, match="A window was not provided"):
        mg.istft(z, 16)


def test_compiled_steps_give_equal_bits_after_plans_are_gone():
    from mocrograd.ops._fourier import _kept

    x, w = mg.randn(5, 24), mg.randn(24).requires_grad_()

    def step(x):
        w.grad = None
        loss = (mg.fft.rfft(x * w).abs() ** 2).sum() + mg.fft.irfft(mg.fft.fft(x * w)[:, :13]).sum()
        loss.backward()
        return loss.detach(), w.grad.clone()

    _kept.cache_clear()  # so that plans are made while the step is recorded
    compiled = mg.compile(step)
    found = [[t.tolist() for t in compiled(x)] for _ in range(4)]
    assert len(compiled.plans) == 1
    _kept.cache_clear()
    mg.randn(1000)  # memory of the plans may have new values
    found += [[t.tolist() for t in compiled(x)] for _ in range(4)]
    assert found == [[t.tolist() for t in step(x)]] * 8


def test_steps_over_overlapping_windows_are_recorded():
    x, window = mg.randn(2, 100, requires_grad=True), mg.hann_window(16)

    def step():
        x.grad = None
        spectrum = mg.stft(x, 16, 4, window=window, return_complex=True)
        loss = spectrum.abs().square().sum() + x.unfold(-1, 7, 3).square().sum()
        loss.backward()
        return loss.detach(), x.grad.clone()

    compiled = mg.compile(step, fullgraph=True)
    found = [[t.tolist() for t in compiled()] for _ in range(4)]
    assert compiled.plans
    assert found == [[t.tolist() for t in step()]] * 4


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_do_not_depend_on_workers(workers):
    x = mg.randn(37, 360)
    expected = mg.view_as_real(mg.fft.rfft(x))
    with mg.kernels("fixed", workers=workers):
        assert mg.equal(mg.view_as_real(mg.fft.rfft(x)), expected)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script. is deprecated:DeprecationWarning")  # torch's own call
def test_vmap_and_derivatives_by_func():
    x, y = numbers((3, 8), True), numbers((3, 8), True, seed=2)
    for ours, theirs in (
        [m.func.vmap(lambda a, m=m: m.fft.rfft(a).abs())(m.tensor(x)) for m in (mg, torch)],
        [m.func.vmap(m.func.grad(lambda a, m=m: (m.fft.rfft(a).abs() ** 2).sum()))(m.tensor(x)) for m in (mg, torch)],
        [m.func.jvp(lambda a, m=m: m.fft.rfft(a).abs(), (m.tensor(x),), (m.tensor(y),))[1] for m in (mg, torch)],
    ):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-10)
