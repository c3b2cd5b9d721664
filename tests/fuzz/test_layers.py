"""Every layer with random options, weights and inputs, beside torch's with the same weights: equal, or a clean exception."""

import warnings

import mocrograd as mg
import numpy as np
import pytest
from hypothesis import strategies as st
from on_device import waited_for

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

from fuzz.layers import BOOL, LAYERS, Factors, Values  # noqa: E402
from fuzz.test_fuzz import CLEAN, example  # noqa: E402 (it needs torch)

STRICTER = (
    "_backward(): Expected grad_output to have non-zero size",  # torch pools to nothing, but has no gradient of that
    "smaller than kernel size",  # in three dimensions alone, torch has no ceil_mode of a window that is too large
    "select(): index 0 out of range",  # the running statistics of no samples
    "index 0 is out of range",  # an encoder without layers passes its input on
    "Expected i < index_size to be true",  # bags of rows without columns
    'PixelUnshuffle: RuntimeError("pixel_shuffle expects',  # the gradient of no images
    "Function PixelUnshuffleBackward0 returned an invalid gradient",  # of no images
    "step must be nonzero",  # and bags without indices
    "Value of groups:0",  # torch divides the groups by channels that are not there
)
"""What torch refuses, and what has a plain meaning here."""


DRAWN = ("Dropout", "AlphaDropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout")
"""Their results in training are random; those of a probability of 0 and 1 are not."""


def made(m, name, args, chosen, arrays, training):
    """Return the layer and its inputs, those that are floats with gradients; but a target, which is the last, has none."""
    dtype = next((a.dtype.name for a in arrays if a.dtype.kind == "f"), "float32")
    chosen = {k: v.tensor(m, dtype) if isinstance(v, Factors) else v for k, v in chosen.items()}
    layer = getattr(m.nn, name)(*args, **chosen)
    layer.train(training)
    tensors = [m.from_numpy(a.copy()) for a in arrays]
    differ = [x for x, a in zip(tensors, arrays) if a.dtype.kind == "f"]
    for x in differ[: max(len(differ) - 1, 1)] if name.endswith("Loss") else differ:
        x.requires_grad_()
    if chosen.get("inplace"):
        tensors = [x * 1 for x in tensors]  # a leaf cannot be changed
    return layer, tensors


def tensors(result):
    if isinstance(result, (tuple, list)):
        return [t for part in result for t in tensors(part)]
    return [] if result is None else [result]


def run(layer, inputs):
    """Return results, gradients of inputs and parameters, and the state."""
    results = tensors(layer(*inputs))
    total = sum((r * r).sum() for r in results if r.dtype.is_floating_point)
    if getattr(total, "requires_grad", False):
        total.backward()
    grads = [t.grad for t in (*inputs, *layer.parameters()) if t.is_leaf]
    return [*results, *grads, *layer.state_dict().values()]


def same(got, expected, rtol):
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected):
        if theirs is None or ours is None:  # a gradient of nothing and one of zeros are the same
            other = theirs if ours is None else ours
            assert other is None or not other.any()
            continue
        assert tuple(ours.shape) == tuple(theirs.shape)
        assert str(ours.dtype).rpartition(".")[2] == str(theirs.dtype).rpartition(".")[2]
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=rtol, atol=rtol * 10)


@pytest.mark.parametrize("name", LAYERS)
@example
def test_a_layer_is_torchs(name, data):
    args, chosen, shapes = data.draw(LAYERS[name])
    dtype = data.draw(st.sampled_from(("float32", "float64")))
    training = data.draw(BOOL)
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    arrays = [
        np.asarray(s.array(random, dtype))
        if isinstance(s, Values)
        else (random.integers(-8, 9, s) / 4 + 0.1).astype(dtype)
        for s in shapes
    ]
    arrays = [a.astype(dtype) if a.dtype.kind == "f" else a for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = error = None
        try:
            theirs, given = made(torch, name, args, chosen, arrays, training)
            theirs.to(getattr(torch, dtype))
            for p in theirs.parameters():
                torch.nn.init.uniform_(p, -1, 1, generator=torch.Generator().manual_seed(p.numel()))
            state = {k: v.clone().numpy() for k, v in theirs.state_dict().items()}
            expected = run(theirs, given)
        except Exception as e:
            error = e
        try:
            ours, given = made(mg, name, args, chosen, arrays, training)
            ours.to(getattr(mg, dtype))
            if error is None:
                ours.load_state_dict({k: mg.from_numpy(v) for k, v in state.items()})
            got = waited_for(run, ours, given)
        except Exception as e:
            if isinstance(e, CLEAN) or (error is not None and isinstance(e, AssertionError)):  # as torch's attention
                return
            raise
    lenient = isinstance(error, (NotImplementedError, TypeError)) or any(
        words in f"{name}: {error!r}" for words in STRICTER
    )
    assert error is None or lenient, f"torch raises {error!r}, ours gives {got}"
    if error is None and name in DRAWN and training and args[0] not in (0.0, 1.0):
        assert tuple(got[0].shape) == tuple(expected[0].shape)
    elif error is None and name == "CTCLoss" and not np.isfinite(expected[0].detach().numpy()).all():
        same(got[:1], expected[:1], 1e-4)  # what gradients of an infinite loss are is nobody's business
    elif error is None:
        same(got, expected, 1e-4 if dtype == "float32" else 1e-9)
