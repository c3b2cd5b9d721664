"""Sizes of 0 and 1 in the place of others, and what mocrograd and torch make of them.

Dimensions of one size in a case are taken for one dimension, and change together.
"""

from __future__ import annotations

import re

import mocrograd as mg
import numpy as np
from mocrograd.autograd import backward
from on_device import waited_for
from opcases import outputs, size
from tolerances import assert_close

LARGEST = 3000
"""Elements of a case from which degenerate ones are made."""
RAISED = (RuntimeError, IndexError, ValueError, TypeError, NotImplementedError, AssertionError, ZeroDivisionError)
CLOSE = {"float32": {"rtol": 1e-4, "atol": 1e-5}, "float64": {"rtol": 1e-9, "atol": 1e-11}}
EXACT = {"rtol": 0.0, "atol": 0.0}


def degenerate(case):
    """Return {what was done: case}: a size that is 0 or 1, no batch, all sizes so, and other ranks."""
    found = {}
    for n in sorted({n for shape in case for n in shape}):
        for new in {0, 1} - {n}:
            found[f"{n} -> {new}"] = tuple(tuple(new if k == n else k for k in shape) for shape in case)
    lead = case[0][0] if case and case[0] else 0
    if lead:
        found["no batch"] = tuple((0, *s[1:]) if s and s[0] == lead else s for s in case)
    found["one element"] = tuple((1,) * len(s) for s in case)
    found["nothing"] = tuple((0,) * len(s) for s in case)
    for name, shape in (("scalars", ()), ("vectors of one", (1,)), ("empty vectors", (0,))):
        if any(s != shape for s in case):
            found[name] = (shape,) * len(case)
    return found


OTHER_RANKS = ("scalars", "vectors of one", "empty vectors")
"""Where torch refuses these, its type is what it trips over first, and any of `RAISED` will do."""
ACCIDENTS = re.compile(
    "unspecified dimension size -1|select\\(\\): index 0 out of range|step must be nonzero|setStorage|INDICES element|"
    "self indexing axis dim|integer division or modulo by zero|raised to a negative power"
)
"""What torch says where it trips over a size of 0 by accident; we need not."""


def cases(row):
    """Yield (what, case, whether torch's type of exception counts), each case once."""
    seen = set()
    for case in row.cases:
        if size(case) <= LARGEST:
            for what, made in degenerate(case).items():
                if made not in seen:
                    seen.add(made)
                    yield what, made, what not in OTHER_RANKS


def run(m, row, arrays):
    """Return what was raised, or the results, and what was raised by going back, or the gradients of the inputs."""
    leaves = [m.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    try:
        results = waited_for(lambda: outputs(row.call(m, *leaves)))
    except RAISED as error:
        return error, None
    random = np.random.default_rng(7)
    weights = [m.tensor(random.normal(size=tuple(r.shape))).to(r.dtype) for r in results]
    pairs = [(r, w) for r, w in zip(results, weights) if r.requires_grad]
    if row.differentiable and pairs:
        try:
            waited_for(backward if m is mg else m.autograd.backward, *zip(*pairs))
        except RAISED as error:
            return results, error
    return results, [None if x.grad is None else x.grad.numpy() for x in leaves]


def check(row, what, typed, theirs, ours):
    """Compare what `run` returned."""
    (expected, their_gradients), (got, gradients) = theirs, ours
    if isinstance(expected, Exception) and ACCIDENTS.search(str(expected)):
        return
    if isinstance(expected, Exception) or isinstance(got, Exception):
        assert isinstance(got, Exception), f"{what}: torch raises {expected!r}"
        assert isinstance(expected, Exception), f"{what}: torch does not raise {got!r}"
        assert not typed or type(got) is type(expected), f"{what}: torch raises {expected!r}, not {got!r}"
        return
    for result, reference in zip(got, expected, strict=True):
        assert result.shape == tuple(reference.shape), f"{what}: {result.shape}, torch's is {tuple(reference.shape)}"
        assert str(result.dtype).partition(".")[2] == str(reference.dtype).partition(".")[2], what
        if row.differentiable:
            assert result.requires_grad == reference.requires_grad, f"{what}: torch's: {reference.requires_grad}"
        values = result.detach().numpy()
        assert_close(values, reference.detach().numpy(), what, **CLOSE.get(str(values.dtype), EXACT))
    if isinstance(their_gradients, Exception):  # torch cannot go back; where we can, zeros are right
        return
    assert not isinstance(gradients, Exception), f"{what}: backward {gradients!r}"
    for place, (mine, reference) in enumerate(zip(gradients, their_gradients, strict=True)):
        assert (mine is None) == (reference is None), f"gradient {place} of {what}: torch's: {reference}"
        if mine is not None:
            assert_close(mine, reference, f"gradient {place} of {what}", **CLOSE[str(mine.dtype)])


ATTENTION = "scaled_dot_product_attention"
UNWRITTEN = "torch returns memory that nobody wrote"
UNREAD = "torch does not look at an index where nothing is read or written, so one that is out of range passes"
BIAS = "torch drops the channels of the result with those of the input; a sum over no channel is the bias"
HEADS = "torch takes heads that no group divides where a batch is empty, or a single one"
FIRST = "torch looks at the index before the shapes"
UNSAFE = ("lstm", "gru", "rnn", "pdist", "segment_reduce offsets")
"""What rows begin with where torch reads outside of its memory, for parameters of other sizes, offsets that do not fit or no
vectors."""


def _same(reason: str, names: str, *whats: str) -> dict[str, dict[str, str]]:
    return {name.strip(): dict.fromkeys(whats, reason) for name in names.split("|")}


DIFFERENT: dict[str, dict[str, str]] = {
    **_same("torch has no gradient where there is no element", "linalg.householder_product|orgqr", "2 -> 0", "no batch", "nothing", "1 -> 0", "33 -> 0"),
    **_same("torch has no gradient where there is no matrix", "ormqr|ormqr transpose|ormqr right|ormqr right transpose", "no batch"),
    **_same(UNWRITTEN, "resize_|resize_as_", "3 -> 0", "3 -> 1", "5 -> 0", "5 -> 1", "nothing", "one element", *OTHER_RANKS),
    **_same(UNWRITTEN, "multi_margin_loss mean|multi_margin_loss square mean|multilabel_margin_loss mean", "3 -> 0", "4 -> 0",
            "7 -> 0"),
    **_same(UNWRITTEN, "topk 0", "scalars"),
    **_same(UNWRITTEN, "pad circular 1d of both signs|pad circular 2d of both signs|pad circular 3d of both signs", "3 -> 1",
            "4 -> 1", "one element"),
    **_same("torch's side of the row broadcasts", "as_strided_scatter", "2 -> 1"),
    **_same("torch reads classes that do not exist", "ctc_loss 0 none|ctc_loss 0 mean|ctc_loss 0 sum", "4 -> 1"),
    **_same(UNREAD, "[1:, int tensor]|[lists]", "one element"),
    **_same(UNREAD, "index_add|index_add alpha|index_add_", "3 -> 0", "5 -> 0", "5 -> 1"),
    **_same("nothing is read, so the index is not looked at", "[list]", "nothing"),
    **_same(FIRST, "index_put|index_put of a number|[int tensor] =|[1:, int tensor] =", "nothing"),
    **_same("torch takes any dimension where there is nothing", "cummax 1|cummin 1|cummax of all integers|roll dims", "empty vectors"),
    **_same("torch leaves a scalar as it is", "addmv", "3 -> 0", "4 -> 0", "nothing"),
    **_same(BIAS, "conv1d 3 operands|conv1d stride=3 padding=2 dilation=2 2 operands|conv2d 3 operands|"
            "conv2d padding=same 2 operands|conv2d padding=valid dilation=(1,2) 3 operands|"
            "conv3d padding=(0,1,1) stride=(1,2,1) 3 operands", "1 -> 0", "2 -> 0", "3 -> 0"),
    **_same(BIAS, "conv1d of integers|conv3d of integers", "1 -> 0", "2 -> 0", "3 -> 0"),
    **_same(BIAS, "conv2d channels_last", "4 -> 0", "9 -> 0"),
    **_same("torch divides 0 by 0 where a sum over nothing is 0", "group_norm", "1 -> 0", "3 -> 0", "5 -> 0", "7 -> 0"),
    **_same("a sign is a step and asks for no gradient", "linalg.slogdet", "1 -> 0", "2 -> 0", "2 -> 1", "no batch",
            "one element", "vectors of one", "empty vectors"),
    **_same(HEADS, f"{ATTENTION} grouped|{ATTENTION} dropout float32|{ATTENTION} dropout float64|"
            f"{ATTENTION} dropout causal mask float32|{ATTENTION} dropout causal mask float64", "1 -> 0", "2 -> 0", "6 -> 0",
            "6 -> 1"),
    **_same("torch's batch is the query's, whatever that of the keys", f"{ATTENTION} without heads", "1 -> 0", "2 -> 0",
            "3 -> 0", "4 -> 0", "5 -> 0"),
    **_same("torch gives a mask no gradient where there are no scores", f"{ATTENTION} float mask", "1 -> 0", "2 -> 0",
            "3 -> 0", "5 -> 0", "7 -> 0", "no batch", "nothing"),
}  # fmt: skip
"""row -> what was done to its sizes -> why mocrograd does not do what torch does."""
