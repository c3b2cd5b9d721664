"""Functions of layers, and changes in place, at top level: torch's arguments in torch's order."""

import inspect
import pickle

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.compat import inplace, toplevel


def both(torch, call, *arrays):
    got, expected = (call(m, *[m.tensor(a) for a in arrays]) for m in (mg, torch))
    pairs = zip(got, expected, strict=True) if isinstance(expected, tuple) else [(got, expected)]
    for a, b in pairs:
        assert a.dtype.name == str(b.dtype).removeprefix("torch.")
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("module", [inplace, toplevel])
def test_every_name_is_torchs(module, torch):
    assert [name for name in module.__all__ if not callable(getattr(torch, name, None))] == []
    assert [
        name for name in module.__all__ if name not in mg.ops.__all__ and getattr(mg, name) is not getattr(module, name)
    ] == []


def test_functions_are_pickled_by_their_names():
    checked = [f for f in map(vars(mg).get, mg.ops.__all__) if inspect.isfunction(f) and f.__module__ == "mocrograd"]
    assert len(checked) > 200
    own = [getattr(module, name) for module in (inplace, toplevel) for name in module.__all__]
    assert [f.__name__ for f in checked + own if pickle.loads(pickle.dumps(f)) is not f] == []


def test_no_in_place_method_is_forgotten(torch):
    changes = [n for n in dir(torch) if n.endswith("_") and not n.startswith("_") and hasattr(mg.Tensor, n)]
    assert [n for n in changes if not hasattr(mg, n)] == []


X = np.random.default_rng(0).standard_normal((2, 4, 6)).astype(np.float32)
C = X[0, :, 0].copy()
V = np.abs(C)
CALLS = {
    "layer_norm": lambda m, x, c, v: m.layer_norm(x, (6,), None, None, 1e-3),
    "group_norm": lambda m, x, c, v: m.group_norm(x, 2, c, v, 1e-3),
    "batch_norm": lambda m, x, c, v: m.batch_norm(x, c, c, c, v, False, 0.1, 1e-5, True),
    "batch_norm of a batch": lambda m, x, c, v: (m.batch_norm(x, c, None, c, v, True, 0.3, 1e-5, False), c, v),
    "instance_norm": lambda m, x, c, v: m.instance_norm(x, c, v, None, None, True, 0.1, 1e-3, True),
    "rms_norm": lambda m, x, c, v: m.rms_norm(x, [6]),
    "embedding": lambda m, x, c, v: m.embedding(x[0], m.tensor([[1, 0], [3, 3]])),
    "adaptive_max_pool1d": lambda m, x, c, v: m.adaptive_max_pool1d(x, 3),
    "max_pool1d_with_indices": lambda m, x, c, v: m.max_pool1d_with_indices(x, 2, 1, 1),
    "max_pool1d": lambda m, x, c, v: m.max_pool1d(x, 2, 1, 1),
    "avg_pool1d": lambda m, x, c, v: m.avg_pool1d(x, 2, 1, 1, False, False),
    "adaptive_avg_pool1d": lambda m, x, c, v: m.adaptive_avg_pool1d(x, 4),
    "dropout not in training": lambda m, x, c, v: m.dropout(x, 0.5, False),
    "dropout of all": lambda m, x, c, v: m.dropout_(x, 1.0, True),
    "feature_dropout of all": lambda m, x, c, v: m.feature_dropout(x, 1.0, True),
    "alpha_dropout not in training": lambda m, x, c, v: m.alpha_dropout_(x, 0.5, False),
    "feature_alpha_dropout of all": lambda m, x, c, v: m.feature_alpha_dropout(x, 1.0, train=True),
    "rrelu": lambda m, x, c, v: m.rrelu_(x, 0.1, 0.3),
    "threshold": lambda m, x, c, v: m.threshold(x, 0.1, 2),
    "fill": lambda m, x, c, v: m.fill(x, 3),
    "fill of a tensor": lambda m, x, c, v: m.fill(x, v[0]),
    "exp_": lambda m, x, c, v: (m.exp_(x), x),
    "clamp_": lambda m, x, c, v: (m.clamp_(x, -0.5, max=0.5), x),
    "zero_": lambda m, x, c, v: (m.zero_(x), x),
    "kl_div": lambda m, x, c, v: m.kl_div(x, x, 2, log_target=True),
    "binary_cross_entropy_with_logits": lambda m, x, c, v: m.binary_cross_entropy_with_logits(c, v, None, v, 0),
    "cosine_embedding_loss": lambda m, x, c, v: m.cosine_embedding_loss(x[0], x[1], m.ones(4), 0.1),
    "hinge_embedding_loss": lambda m, x, c, v: m.hinge_embedding_loss(x, m.ones_like(x), 1.0, 2),
    "margin_ranking_loss": lambda m, x, c, v: m.margin_ranking_loss(c, v, m.ones(4), 0.5, 0),
    "poisson_nll_loss": lambda m, x, c, v: m.poisson_nll_loss(c, v, True, False, 1e-8, 1),
    "triplet_margin_loss": lambda m, x, c, v: m.triplet_margin_loss(x[0], x[1], x[1] * 2, 1.0, 2.0, 1e-6, False, 0),
    "ctc_loss": lambda m, x, c, v: m.ctc_loss(
        m.log_softmax(x, 2), m.tensor([[1], [2], [1], [3]]), m.tensor([2] * 4), m.tensor([1] * 4), 0, 0, True),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_arguments_come_as_torchs(name, torch):
    both(torch, CALLS[name], X, C, V)


@pytest.mark.parametrize("name", ["dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"])
def test_dropping_in_place_changes_the_tensor(name):
    x = mg.ones(8, 8, 4)
    assert getattr(mg, name + "_")(x, 0.5, True) is x
    assert len(set(x.flatten().tolist())) == 2
    per_channel = (x == x[:, :, :1]).all().item()
    assert per_channel is name.startswith("feature")


def test_a_row_of_padding_gets_no_gradient():
    weight = mg.ones(3, 2, requires_grad=True)
    mg.embedding(weight, mg.tensor([0, 1, 1]), 1).sum().backward()
    assert weight.grad.tolist() == [[1, 1], [0, 0], [0, 0]]


@pytest.mark.filterwarnings("ignore:torch")
def test_results_have_the_classes_of_return_types(torch):
    a = [[4.0, 1.0], [1.0, 3.0]]
    calls = {
        "max": lambda m, x: x.max(0), "min": lambda m, x: x.min(0), "sort": lambda m, x: x.sort(),
        "topk": lambda m, x: x.topk(1), "median": lambda m, x: x.median(0), "mode": lambda m, x: x.mode(),
        "nanmedian": lambda m, x: x.nanmedian(0), "kthvalue": lambda m, x: x.kthvalue(1),
        "cummax": lambda m, x: x.cummax(0), "cummin": lambda m, x: x.cummin(0), "aminmax": lambda m, x: x.aminmax(),
        "qr": lambda m, x: m.qr(x), "svd": lambda m, x: m.svd(x), "slogdet": lambda m, x: m.slogdet(x),
        "frexp": lambda m, x: m.frexp(x), "geqrf": lambda m, x: m.geqrf(x),
        "linalg_eigh": lambda m, x: m.linalg.eigh(x), "linalg_eig": lambda m, x: m.linalg.eig(x),
        "linalg_lu": lambda m, x: m.linalg.lu(x), "linalg_lu_factor": lambda m, x: m.linalg.lu_factor(x),
        "linalg_inv_ex": lambda m, x: m.linalg.inv_ex(x), "linalg_svd": lambda m, x: m.linalg.svd(x),
        "lu_unpack": lambda m, x: m.lu_unpack(*m.linalg.lu_factor(x)), "histogram": lambda m, x: m.histogram(x, 3),
        "triangular_solve": lambda m, x: m.triangular_solve(x, x),
    }  # fmt: skip
    for name, call in calls.items():
        for m in (torch, mg):
            kind = getattr(m.return_types, name)
            assert isinstance(call(m, m.tensor(a)), kind), name
    assert set(mg.return_types.__all__) == {
        name for name in torch.return_types.__all__ if not name.endswith("_out")
    } - {"all_return_types", "pytree_register_structseq"}
