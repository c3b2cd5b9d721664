"""Results of several tensors show themselves as torch's in programs that were written for it."""

import copy
import pickle

import mocrograd as mg
import pytest
from mocrograd import shown

torch = pytest.importorskip("torch", reason="the reference")

CALLS = {
    "max": lambda m, x: x.max(0), "min": lambda m, x: m.min(x, 1), "sort": lambda m, x: m.sort(x, stable=True),
    "topk": lambda m, x: x.topk(2), "mode": lambda m, x: x.mode(0), "median": lambda m, x: x.median(0),
    "kthvalue": lambda m, x: x.kthvalue(1, 0), "cummax": lambda m, x: x.cummax(0), "aminmax": lambda m, x: m.aminmax(x),
    "nanmedian": lambda m, x: x.nanmedian(0), "frexp": lambda m, x: m.frexp(x[0]),
    "eigh": lambda m, x: m.linalg.eigh(m.eye(2)), "slogdet": lambda m, x: m.linalg.slogdet(m.eye(2)),
    "inv_ex": lambda m, x: m.linalg.inv_ex(m.eye(2)), "histogram": lambda m, x: m.histogram(x, 2),
}  # fmt: skip


@pytest.fixture
def as_torch():
    shown.show_as("torch")
    yield
    shown.show_as("mocrograd")


@pytest.mark.parametrize("name", CALLS)
def test_text(name, as_torch):
    ours, theirs = (repr(CALLS[name](m, m.arange(6.0).reshape(2, 3))) for m in (mg, torch))
    assert ours == theirs


def test_a_result_is_copied_and_pickled():
    found = mg.tensor([3.0, 1.0]).max(0)
    for other in (copy.deepcopy(found), pickle.loads(pickle.dumps(found)), found._replace(indices=mg.tensor(0))):
        assert isinstance(other, type(found).__mro__[1])
        assert repr(other) == repr(found) == "Found(values=tensor(3.), indices=tensor(0))"
    replayed = mg.compile(lambda x: x.max(0))
    for _ in range(3):
        assert replayed(mg.tensor([3.0, 1.0])).values.item() == 3.0
