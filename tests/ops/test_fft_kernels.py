"""The kernels of Fourier transforms against NumPy in extended precision, on every kind of length."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.backend import call
from mocrograd.backend.extensions import FORMS
from mocrograd.ops import _transforms
from mocrograd.ops._fourier import WIDE, plan

SMOOTH = [2**k for k in range(8, 17)] + [1000, 6000]
PRIMES = [251, 509, 1009, 2 * 211]
KINDS = [("fft", 0), ("fft", 1), ("rfft", 0), ("rfft", 1), ("irfft", 1), ("irfft", 0)]


def parts(z):
    return np.ascontiguousarray(np.stack([z.real, z.imag], -1))


def transform(kind, x, n, scale=1.0, inverse=0, form="tiled"):
    """Run a kernel over rows of real numbers or of complex ones as pairs; return NumPy's numbers."""
    x = mg.tensor(x if kind == "rfft" else parts(x))
    rows = x.shape[0]
    y = mg.empty({"fft": (rows, n, 2), "rfft": (rows, n // 2 + 1, 2), "irfft": (rows, n)}[kind], dtype=x.dtype)
    p = plan(n, kind != "fft", x.dtype, x.device)
    words = (y.address, x.address, p.numbers.address, p.table.address, rows, n, p.lanes, scale, inverse)
    call(FORMS[form][f"{kind}.forward.{x.dtype.name}"], y.numel(), *words, x.device.context)
    y = y.numpy()
    return y if kind == "irfft" else y[..., 0] + 1j * y[..., 1]


def operand(kind, rows, n, dtype):
    random = np.random.default_rng(n)
    if kind == "rfft":
        return random.standard_normal((rows, n)).astype(dtype)
    n = n if kind == "fft" else n // 2 + 1
    z = random.standard_normal((rows, n)) + 1j * random.standard_normal((rows, n))
    return z.astype("complex64" if dtype == "float32" else "complex128")


def numpys(kind, x, n, inverse):
    if kind == "fft":
        return np.fft.ifft(x, norm="forward") if inverse else np.fft.fft(x)
    if kind == "rfft":
        return np.fft.rfft(x).conj() if inverse else np.fft.rfft(x)
    return np.fft.irfft(x if inverse else x.conj(), n, norm="forward")


def exact(kind, x, n, inverse):
    return numpys(kind, x.astype(np.longdouble if kind == "rfft" else np.clongdouble), n, inverse)


def size(a):
    return float(np.sqrt(np.mean(np.abs(a) ** 2)))


def check(kind, rows, n, dtype, inverse):
    """Hold an error against NumPy's; that of float32 against what such sums have, because NumPy computes in float64."""
    x = operand(kind, rows, n, dtype)
    wanted = exact(kind, x, n, inverse)
    error = size(transform(kind, x, n, inverse=inverse) - wanted)
    if dtype == "float64":
        allowed = 2 * max(size(numpys(kind, x, n, inverse) - wanted), size(wanted) * 2**-54)
    else:
        allowed = 2**-23 * (0.5 + 0.15 * np.log2(n)) * size(wanted)
    assert error <= allowed, (n, error / size(wanted) * (2**23 if dtype == "float32" else 2**52))


@pytest.mark.parametrize(("kind", "inverse"), KINDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_short_lengths(kind, inverse, dtype):
    for n in range(1, 201):
        check(kind, 19, n, dtype, inverse)


@pytest.mark.parametrize(("kind", "inverse"), KINDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_longer_lengths(kind, inverse, dtype):
    for n in SMOOTH + PRIMES:
        check(kind, max(1, 8000 // n), n, dtype, inverse)


@pytest.mark.parametrize(("kind", "inverse"), KINDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_definition_agrees(kind, inverse, dtype):
    tolerance = 1e-5 if dtype == "float32" else 1e-13
    for n in (1, 2, 3, 8, 15, 64, 101, 300):
        x = operand(kind, 3, n, dtype)
        wanted = exact(kind, x, n, inverse)
        for form in ("original", "tiled"):
            found = transform(kind, x, n, 0.5, inverse, form)
            np.testing.assert_allclose(found, (wanted / 2).astype(found.dtype), atol=tolerance * size(wanted))


@pytest.mark.parametrize("kind", ["fft", "rfft", "irfft"])
@pytest.mark.parametrize("n", [64, 100, 101, 256, 1000, 1009])
def test_rows_do_not_depend_on_their_number_or_their_neighbours(kind, n):
    x = operand(kind, 37, n, "float32")
    whole = transform(kind, x, n)
    for rows in (1, 16, 17, 33):
        assert transform(kind, x[:rows], n).tobytes() == whole[:rows].tobytes()
    x[5] = np.nan
    x[20] = np.inf
    with np.errstate(invalid="ignore"):
        found = transform(kind, x, n)
    clean = np.delete(np.arange(37), [5, 20])
    assert found[clean].tobytes() == whole[clean].tobytes()
    assert not np.isfinite(found[[5, 20]]).any()


@pytest.mark.parametrize("kind", ["fft", "rfft", "irfft"])
@pytest.mark.parametrize("n", [64, 101, 300, 1009])
def test_equal_bits_for_any_number_of_workers(kind, n):
    x = operand(kind, 61, n, "float32")
    found = []
    for workers in (1, 2, 3):
        with mg.kernels("fixed", workers=workers):
            found.append(transform(kind, x, n).tobytes())
    assert found[0] == found[1] == found[2]


def test_what_must_be_real_is_not_read():
    for n in (8, 9, 300, 301, 512):
        x = operand("irfft", 2, n, "float64")
        wanted = transform("irfft", x, n, inverse=1)
        x.imag[:, 0] = np.nan
        if n % 2 == 0:
            x.imag[:, -1] = np.nan
        for form in ("tiled", "original"):
            np.testing.assert_allclose(transform("irfft", x, n, 1.0, 1, form), wanted, atol=1e-11)


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_workers_share_long_rows_with_equal_bits(name, dtype, monkeypatch):
    for n in (WIDE, 2 * WIDE, 3 * WIDE // 2 * 2):
        half = name in ("irfft", "hfft")
        x = mg.tensor(operand("rfft" if name in ("rfft", "ihfft") else "irfft" if half else "fft", 2, n, dtype))
        options = {"n": n} if half else {}
        found = []
        for few in (16, 0):
            monkeypatch.setattr(_transforms, "_FEW", few)
            for workers in (1, 2, 3):
                with mg.kernels("fixed", workers=workers):
                    found.append(getattr(mg.fft, name)(x, **options).numpy().tobytes())
        assert len(set(found)) == 1
