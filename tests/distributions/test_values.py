"""Densities, statistics and their gradients against torch."""

import mocrograd as mg
import numpy as np
import pytest
from distributions.cases import CASES, DTYPES, SHAPES

BOUNDS = {"float32": {"rtol": 3e-5, "atol": 3e-5}, "float64": {"rtol": 1e-9, "atol": 1e-9}}
STATISTICS = ["mean", "mode", "variance", "stddev"]
CALLS = ["log_prob", "cdf"]


def close(ours, theirs, dtype, what):
    ours, theirs = ours.detach(), theirs.detach()
    assert tuple(ours.shape) == tuple(theirs.shape), what
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), err_msg=what, **BOUNDS[dtype])


def theirs_or_none(get):
    """Return what torch gives, or None where it has nothing."""
    try:
        return get()
    except NotImplementedError:
        return None


def pairs(torch, case, shapes, dtype, seed=0):
    """Return our distribution and torch's, of float64, each with its parameters and a value."""
    parameters, value = case.drawn(shapes, seed)
    if dtype == "float32":  # both get the numbers that float32 holds
        parameters = {name: x.astype(np.float32).astype(np.float64) for name, x in parameters.items()}
        value = value if value.dtype.kind == "i" else value.astype(np.float32).astype(np.float64)
    # Parameters that were rounded may leave a simplex by more than float64 tolerates.
    ours = (*case.made(mg, parameters, dtype), case.value_of(mg, value, dtype))
    theirs = (*case.made(torch, parameters, "float64", validate_args=False), case.value_of(torch, value, "float64"))
    return ours, theirs


def gradients_close(torch, ours, theirs, leaves, leaves_of_torch, dtype, what):
    """Compare the gradients of two sums with respect to some tensors."""
    upstream = np.random.default_rng(9).normal(size=tuple(theirs.shape))
    got = mg.autograd.grad((ours * mg.tensor(upstream, dtype=ours.dtype)).sum(), leaves, allow_unused=True)
    expected = torch.autograd.grad((theirs * torch.tensor(upstream)).sum(), leaves_of_torch, allow_unused=True)
    for place, (a, b) in enumerate(zip(got, expected)):
        zero = np.zeros(tuple(leaves[place].shape))
        bounds = {name: 10 * bound for name, bound in BOUNDS[dtype].items()}
        np.testing.assert_allclose(
            zero if a is None else a.numpy(), zero if b is None else b.numpy(), err_msg=f"{what} {place}", **bounds
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_statistics(torch, case, shapes, dtype):
    (p, leaves, _), (q, leaves_of_torch, _) = pairs(torch, case, shapes, dtype)
    assert tuple(p.batch_shape) == tuple(q.batch_shape)
    assert tuple(p.event_shape) == tuple(q.event_shape)
    assert p.has_rsample == q.has_rsample
    assert p.has_enumerate_support == q.has_enumerate_support
    found = 0
    for name in STATISTICS:
        theirs = theirs_or_none(lambda name=name: getattr(q, name))
        if theirs is not None:
            close(getattr(p, name), theirs, dtype, name)
            found += 1
    assert found
    theirs = theirs_or_none(q.entropy)
    if theirs is not None:
        close(p.entropy(), theirs, dtype, "entropy")
        close(p.perplexity(), q.perplexity(), dtype, "perplexity")
        gradients_close(
            torch, p.entropy(), theirs, list(leaves.values()), list(leaves_of_torch.values()), dtype, "entropy"
        )
    if q.has_enumerate_support:
        for expand in (True, False):
            close(p.enumerate_support(expand), q.enumerate_support(expand), dtype, "enumerate_support")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_log_prob_and_cdf(torch, case, shapes, dtype):
    (p, leaves, value), (q, leaves_of_torch, value_of_torch) = pairs(torch, case, shapes, dtype)
    ours, theirs = list(leaves.values()), list(leaves_of_torch.values())
    if value.requires_grad:
        ours.append(value)
        theirs.append(value_of_torch)
    for name in CALLS:
        expected = theirs_or_none(lambda name=name: getattr(q, name)(value_of_torch))
        if expected is not None:
            got = getattr(p, name)(value)
            close(got, expected, dtype, name)
            gradients_close(torch, got, expected, ours, theirs, dtype, name)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_icdf(torch, case, dtype):
    (p, *_), (q, *_) = pairs(torch, case, [(3,), (3,)], dtype)
    shares = np.random.default_rng(3).uniform(0.05, 0.95, size=(5, 3)).astype(np.float32)
    expected = theirs_or_none(lambda: q.icdf(torch.tensor(shares, dtype=torch.float64)))
    if expected is not None:
        close(p.icdf(mg.tensor(shares, dtype=getattr(mg, dtype))), expected, dtype, "icdf")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_log_prob_broadcasts_values(torch, case):
    (p, *_), (q, *_) = pairs(torch, case, [(3,), (3,)], "float64")
    value = np.asarray(case.value(np.random.default_rng(4), (2, 5, 3)))
    close(
        p.log_prob(case.value_of(mg, value, "float64")),
        q.log_prob(case.value_of(torch, value, "float64")),
        "float64",
        "log_prob",
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_expand(torch, case):
    (p, *_), (q, *_) = pairs(torch, case, [(3,), (3,)], "float64")
    wide, theirs = p.expand((2, 3)), q.expand((2, 3))
    assert type(wide) is type(p)
    assert tuple(wide.batch_shape) == (2, 3)
    assert tuple(wide.sample((4,)).shape) == tuple(theirs.sample((4,)).shape)
    value = np.asarray(case.value(np.random.default_rng(4), (2, 3)))
    ours = wide.log_prob(case.value_of(mg, value, "float64"))
    close(ours, theirs.log_prob(case.value_of(torch, value, "float64")), "float64", "log_prob")
    expected = theirs_or_none(lambda: theirs.mean)
    if expected is not None:
        close(wide.mean, expected, "float64", "mean")


@pytest.mark.parametrize("shapes", SHAPES[:2], ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_repr(torch, case, shapes):
    parameters, _ = case.drawn(shapes)
    ours = mg.distributions.__dict__[case.name](**{k: mg.tensor(x) for k, x in parameters.items()}, **case.fixed)
    theirs = getattr(torch.distributions, case.name)(
        **{k: torch.tensor(x) for k, x in parameters.items()}, **case.fixed
    )
    assert repr(ours) == repr(theirs).replace("torch.Size", "mocrograd.Size")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_parameters_off_the_graph_stay_off(case):
    parameters, value = case.drawn([(3,), (3,)])
    p = getattr(mg.distributions, case.name)(**{k: mg.tensor(x) for k, x in parameters.items()}, **case.fixed)
    assert not p.sample().requires_grad
    assert not p.log_prob(mg.tensor(value)).requires_grad
