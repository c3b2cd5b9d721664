"""signal.windows against torch."""

import inspect

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

NAMES = sorted(mg.signal.windows.__all__)
OPTIONS = {
    "general_cosine": [{"a": [0.4, 0.5, 0.1]}],
    "general_hamming": [{}, {"alpha": 0.6}],
    "exponential": [{}, {"tau": 3.0}],
    "gaussian": [{}, {"std": 4.0}],
    "kaiser": [{}, {"beta": 5.0}, {"beta": 0.0}],
}


def test_all_of_torchs_windows_are_there():
    assert sorted(torch.signal.windows.__all__) == NAMES
    for name in NAMES:
        ours, theirs = (inspect.signature(getattr(m.signal.windows, name)) for m in (mg, torch))
        assert list(ours.parameters) == list(theirs.parameters)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sym", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values(name, sym, dtype):
    for options in OPTIONS.get(name, [{}]):
        for n in (0, 1, 2, 3, 8, 33, 400):
            ours, theirs = (
                getattr(m.signal.windows, name)(n, sym=sym, dtype=getattr(m, dtype), **options) for m in (mg, torch)
            )
            assert ours.dtype is getattr(mg, dtype)
            eps = float(np.finfo(dtype).eps)  # the exponent of a tail has more of it
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=500 * eps, atol=20 * eps)


def test_a_center():
    ours, theirs = (m.signal.windows.exponential(6, center=1, tau=2.0, sym=False) for m in (mg, torch))
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)


def test_options():
    w = mg.signal.windows.hann(5, requires_grad=True)
    assert w.requires_grad
    assert w.dtype is mg.float32


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda w, m: w.hann(-1), "non-negative window length, got M=-1"),
        (lambda w, m: w.hann(2.5), "must be int, not float"),
        (lambda w, m: w.hann(3, dtype=m.int64), "expects float32 or float64 dtypes, got"),
        (lambda w, m: w.general_cosine(3, a=()), "cannot be empty"),
        (lambda w, m: w.general_cosine(3, a=2), "must be a list/tuple"),
        (lambda w, m: w.general_cosine(3, a=["b"]), "must be numbers, got 'b'"),
        (lambda w, m: w.exponential(3, tau=0), "Tau must be positive, got: 0"),
        (lambda w, m: w.exponential(3, center=1), "Center must be None"),
        (lambda w, m: w.gaussian(3, std=0), "Standard deviation must be positive, got: 0"),
        (lambda w, m: w.kaiser(3, beta=-1), "beta must be non-negative, got: -1"),
    ],
)
def test_bad_calls_raise_what_torch_raises(call, words):
    with pytest.raises(Exception) as theirs:  # noqa: PT011  (its type is what is wanted)
        call(torch.signal.windows, torch)
    with pytest.raises(theirs.type, match=words):
        call(mg.signal.windows, mg)
