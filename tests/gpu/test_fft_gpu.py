"""Fourier transforms on the GPU: each kind of length in each form of the kernels, against NumPy."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.ops import _fourier_gpu
from packing import ROOT, Packing, sites

pytestmark = pytest.mark.gpu
SHORT = [1, 2, 3, 5, 8, 15, 49, 64, 97, 100, 240]
LONG = [211, 1009, 2 * 509, 4096, 4100, 6000, 8192]
"""Primes that need a chirp, and lengths either side of what one block of threads does in float32 and float64."""
NAMES = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]


def operand(name, rows, n, dtype):
    random = np.random.default_rng(n)
    x = random.standard_normal((rows, n if name in ("fft", "ifft", "rfft", "ihfft") else n // 2 + 1))
    if name not in ("rfft", "ihfft"):
        x = x + 1j * random.standard_normal(x.shape)
    return x.astype({"float32": "complex64", "float64": "complex128"}[dtype] if np.iscomplexobj(x) else dtype)


def check(name, rows, n, dtype, monkeypatch=None):
    """Hold a transform's error against what such sums have in its dtype."""
    x = operand(name, rows, n, dtype)
    options = {"n": n} if name in ("irfft", "hfft") else {}
    wide = x.astype(np.clongdouble if np.iscomplexobj(x) else np.longdouble)
    wanted = getattr(np.fft, name)(wide, **options)
    found = getattr(mg.fft, name)(mg.from_numpy(x).to("gpu"), **options).cpu().numpy()
    assert found.dtype == wanted.astype(found.dtype).dtype
    error, size = (float(np.sqrt(np.mean(np.abs(a) ** 2))) for a in (found - wanted, wanted))
    eps = 2**-23 if dtype == "float32" else 2**-52
    assert error <= eps * (1 + 0.3 * np.log2(n)) * size, (name, n, error / size / eps)
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_short_lengths(name, dtype):
    for n in SHORT:
        check(name, 19, n, dtype)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_long_lengths(name, dtype):
    for n in LONG if name in ("fft", "irfft") else LONG[:3]:
        check(name, 2, n, dtype)


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_passes_through_the_devices_memory(name, dtype, monkeypatch):
    """Columns that are too long for shared memory, which here are those of more than 4 numbers."""
    monkeypatch.setattr(_fourier_gpu, "SHARED_BYTES", 32 if dtype == "float32" else 64)
    for n in (8, 45, 120, 211, 2 * 7 * 7, 8192):
        check(name, 2, n, dtype)


@pytest.mark.parametrize("n", [60, 211, 4100])
def test_the_grid_and_the_neighbours_change_no_bit(n):
    found = check("fft", 21, n, "float32")
    x = operand("fft", 21, n, "float32")
    x[4] = np.nan
    for grid in ("fixed:1", "fixed:3", "dynamic"):
        with mg.kernels(grid):
            again = mg.fft.fft(mg.from_numpy(x).to("gpu")).cpu().numpy()
        assert np.delete(again, 4, 0).tobytes() == np.delete(found, 4, 0).tobytes()
        assert np.isnan(again[4]).all()


def test_views_that_begin_at_an_odd_number():
    x = np.random.default_rng(0).standard_normal(1 + 3 * 64).astype("float32")
    found = mg.fft.rfft(mg.from_numpy(x).to("gpu")[1:].view(3, 64)).cpu().numpy()
    np.testing.assert_allclose(found, np.fft.rfft(x[1:].reshape(3, 64)), atol=1e-5)


@pytest.mark.parametrize("n", [12, 211, 4100])
def test_gradients_and_compiled_calls(n):
    random = np.random.default_rng(n)
    x, upstream = random.standard_normal((2, n)), random.standard_normal((2, n // 2 + 1))

    def both(device):
        leaf = mg.tensor(x, device=device, requires_grad=True)
        y = mg.fft.rfft(leaf)
        (y.real * mg.tensor(upstream, device=device)).sum().backward()
        return y.detach(), leaf.grad

    for got, wanted in zip(both("gpu"), both("cpu"), strict=True):
        np.testing.assert_allclose(got.cpu().numpy(), wanted.numpy(), atol=1e-11)
    step = mg.compile(lambda z: mg.fft.ifft(mg.fft.fft(z) * 2.0))
    z = mg.tensor(x, device="gpu").to(mg.complex128)
    results = [step(z).cpu().numpy() for _ in range(3)]
    assert len(step.plans) == 1, step.reasons
    assert results[0].tobytes() == results[1].tobytes() == results[2].tobytes()
    np.testing.assert_allclose(results[0], 2 * x, atol=1e-11)


def test_words_are_called_what_the_kernels_call_them(monkeypatch):
    """As tests/backend/test_packing.py, of calls that are made on a GPU alone."""
    with Packing() as packing:
        for n in (12, 211):
            mg.fft.irfft(mg.fft.rfft(mg.ones(n, device="gpu")), n)
        monkeypatch.setattr(_fourier_gpu, "SHARED_BYTES", 8)
        mg.fft.fft(mg.ones(12, device="gpu"))
    assert not packing.faults, "\n".join(sorted(packing.faults))
    own = {site for site in sites() if site[0] == str(ROOT / "ops" / "_fourier_gpu.py")}
    assert len(own) == 5
    assert own <= packing.seen
