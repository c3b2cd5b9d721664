"""Every public operation with random arguments: what torch gives, or a clean exception. Nothing crashes."""

import warnings

import mocrograd as mg
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from on_device import waited_for

from fuzz.calls import METHODS, NOT_CALLED, Broadcast, Same, arrays, calls, given_to, public

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

CLEAN = (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError, OverflowError, MemoryError)
"""What a bad call may raise; NotImplementedError is one of RuntimeError's kinds."""
RANDOM = {"bernoulli", "bernoulli_", "binomial", "multinomial", "normal", "normal_", "poisson", "rand", "rand_like", "randint", "randint_like",
          "randn", "randn_like", "randperm", "uniform_", "random_", "exponential_", "geometric_", "cauchy_", "log_normal_",
          "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout", "rrelu", "rrelu_",
          "gumbel_softmax", "fractional_max_pool2d", "fractional_max_pool3d", "empty", "empty_like", "new_empty",
          "empty_strided", "empty_permuted", "native_dropout", "svd_lowrank", "pca_lowrank",
          "new_empty_strided", "qr", "svd", "pinverse", "eigh", "geqrf", "lu", "cholesky_ex", "histogram"}  # fmt: skip
"""Their values differ, or are some of several that are right (of matrices without full rank, of bounds that are
rounded); shape and dtype must not."""
TIES = {"kthvalue", "topk", "mode"}
"""Which of equal elements these find is nobody's promise: their values are compared."""
BEYOND = {"var_mean", "std_mean", "polygamma", "ldexp", "zeta", "vector_norm", "norm", "dist", "cond", "svdvals", "mode", "norm_except_dim",
          "slogdet", "airy_ai", "heaviside"}  # fmt: skip
"""Of nan, and near the ends of a dtype's range, torch gives these otherwise; and polynomials."""
ODD_ERRORS = ("INTERNAL ASSERT", "internal error", "MKL FFT error", "ArrayRef: invalid slice",
              "view size is not compatible", "with a bool tensor is not supported", "SymIntArrayRef",
              "product of batch dimensions")  # fmt: skip
"""Of these torch says itself that it did not expect them."""
EXAMPLES = 25


def fuzz(ours, theirs, name, data, skip=0, first=()):
    args, options = data.draw(calls(ours, skip))
    args = [*first, *args]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = error = None
        try:
            expected = run(torch, theirs, args, options)
        except Exception as e:
            error = e
        try:
            got = waited_for(run, mg, ours, args, options)
        except Exception as e:
            if isinstance(e, CLEAN) or type(e) is type(error):
                return
            raise
    kinds = {getattr(given_to(torch, a), "dtype", None) for a in (*args, *options.values())} - {None}
    lenient = is_lenient(name, args, kinds, error)
    assert error is None or lenient, f"{name}{args, options}: torch raises {error!r}, ours gives {got}"
    # torch rounds the lengths of cosine_similarity to the narrower dtype; its airy_ai and polygamma have 7 digits
    rounded = (name == "cosine_similarity" and len(kinds) > 1) or name in ("airy_ai", "polygamma", "polygamma_")
    if error is None and not lenient:
        same(got, expected, name, rounded)


def is_lenient(name, args, kinds, error):
    """Return whether a result need not be torch's, or may be one where torch raises an error."""
    # a dtype that torch has no kernel for, a number where its parser wants a tensor, an integer beyond 64 bits
    lenient = isinstance(error, (NotImplementedError, TypeError, OverflowError))
    lenient |= any(part in str(error) for part in ODD_ERRORS)
    lenient |= name == "unique_consecutive" and bool(args[1:])  # torch takes one positional argument for another
    lenient |= name == "logsumexp" and "broadcast shape" in str(error)  # over no dimensions, torch means all
    # torch casts to the dtype of the first, whatever is lost, and takes a bound without dimensions for a number
    lenient |= name in ("block_diag", "clamp", "clip") and len(kinds) > 1
    # where a search ends among boundaries that are not sorted depends on its way
    boundaries = {"bucketize": args[1:2], "searchsorted": args[:1]}.get(name, ())
    lenient |= any(isinstance(x, Same) and not is_sorted(x.view(x.base)) for x in boundaries)
    # torch writes into the memory of an expanded tensor, where elements are one
    lenient |= name == "as_strided_scatter" and isinstance(getattr(args[0], "view", None), Broadcast)
    return lenient


def is_sorted(x):
    """Return whether the rows of an array ascend, without nan."""
    return x.ndim == 0 or bool((x[..., 1:] >= x[..., :-1]).all() and not np.isnan(x.astype(float)).any())


def run(module, function, args, options):
    return function(
        *[given_to(module, a) for a in args], **{name: given_to(module, value) for name, value in options.items()}
    )


def same(got, expected, name, rounded=False):
    """Compare results: tensors, tuples of them, numbers; `rounded` ones are as exact as float32."""
    if isinstance(expected, torch.Tensor):
        assert isinstance(got, mg.Tensor), f"{name}: expected a tensor, got {got!r}"
        assert tuple(got.shape) == tuple(expected.shape), name
        if expected.dtype is torch.uint64:  # its bits are int64's here
            expected = expected.view(torch.int64)
        assert str(got.dtype).rpartition(".")[2] == str(expected.dtype).rpartition(".")[2], name
        if expected.layout is not torch.strided:
            got, expected = got.to_dense(), expected.to_dense()
        if name not in RANDOM and expected.numel():
            rtol = 1e-12 if got.dtype is mg.float64 and not rounded else 1e-5
            theirs, mine = expected.detach().resolve_conj(), got.detach()
            if theirs.dtype is torch.bfloat16:  # which NumPy has not
                theirs, mine = theirs.float(), mine.float()
            theirs, mine = theirs.numpy(), mine.numpy()
            if name in BEYOND or "polynomial" in name:
                theirs = np.where(np.isfinite(mine) & (abs(theirs) < 1e10), theirs, mine)
            if mine.dtype.kind == "c":  # an infinite part is compared alone
                mine, theirs = [np.stack([x.real, x.imag]) for x in (mine, theirs)]
            np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=rtol * 10, err_msg=name)
    elif isinstance(expected, (tuple, list)):
        assert len(got) == len(expected), name
        for a, b in zip(got, expected[: 1 if name in TIES else None]):
            same(a, b, name)
    elif isinstance(expected, (bool, int, float)) and not isinstance(got, mg.Tensor):
        np.testing.assert_allclose(got, expected, err_msg=name)


def example(test):
    return settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )(given(st.data())(test))  # fmt: skip


NAMESPACES = {
    "": (mg, torch),
    "nn.functional": (mg.nn.functional, torch.nn.functional),
    "linalg": (mg.linalg, torch.linalg),
    "special": (mg.special, torch.special),
    "fft": (mg.fft, torch.fft),
    "masked": (mg.masked, torch.masked),
    "signal.windows": (mg.signal.windows, torch.signal.windows),
    "sparse": (mg.sparse, torch.sparse),
}
FUNCTIONS = [
    (path, name)
    for path, (ours, theirs) in NAMESPACES.items()
    for name in public(ours, theirs)
    if name not in NOT_CALLED and not name.startswith(("set_", "is_"))
]


@pytest.mark.parametrize(("path", "name"), FUNCTIONS, ids=[".".join(f) for f in FUNCTIONS])
@example
def test_functions(path, name, data):
    ours, theirs = NAMESPACES[path]
    fuzz(getattr(ours, name), getattr(theirs, name), name, data)


@pytest.mark.parametrize("name", [n for n in METHODS if hasattr(torch.Tensor, n) and n not in NOT_CALLED])
@example
def test_methods(name, data):
    fuzz(getattr(mg.Tensor, name), getattr(torch.Tensor, name), name, data, 1, (data.draw(arrays()),))
