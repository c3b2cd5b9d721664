"""Embeddings whose gradients are sparse, and what optimizers make of these, against torch's."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the reference for sparse tensors")
pytestmark = pytest.mark.filterwarnings("ignore:Sparse invariant checks")
INDEX = [[1, 2, 1], [1, 4, 0]]


def trained(m, optimizer, steps=4, **options):
    table = m.nn.Embedding(6, 3, padding_idx=4, sparse=True)
    with m.no_grad():
        table.weight.copy_(m.sin(m.arange(18.0)).reshape(6, 3))
    moves = getattr(m.optim, optimizer)(table.parameters(), lr=0.1, **options)
    for step in range(steps):
        moves.zero_grad(set_to_none=step % 2 == 0)
        table(m.tensor(INDEX) + int(step == 2)).pow(2).sum().backward()
        assert table.weight.grad.is_sparse
        moves.step()
    return table.weight.detach().numpy()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {}), ("SGD", {"maximize": True}), ("SGD", {"momentum": 0.9}),
        ("SGD", {"momentum": 0.9, "dampening": 0.3}), ("SGD", {"momentum": 0.9, "nesterov": True}), ("SparseAdam", {}),
        ("SparseAdam", {"maximize": True, "betas": (0.5, 0.7), "eps": 0.1}), ("Adagrad", {}),
        ("Adagrad", {"maximize": True, "lr_decay": 0.3, "initial_accumulator_value": 0.2, "eps": 0.1}),
    ],
)  # fmt: skip
def test_training(name, options):
    np.testing.assert_allclose(trained(mg, name, **options), trained(torch, name, **options), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "name", ["Adam", "AdamW", "RMSprop", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD", "Rprop", "Adafactor"]
)
def test_who_refuses(name):
    for m in (torch, mg):
        with pytest.raises(RuntimeError, match="does not support sparse gradients"):
            trained(m, name)


def test_a_quasi_newton_step():
    tables = []
    for m in (mg, torch):
        table, other = m.nn.Embedding(6, 3, sparse=True), m.nn.Parameter(m.ones(3))
        with m.no_grad():
            table.weight.copy_(m.sin(m.arange(18.0)).reshape(6, 3))
        moves = m.optim.LBFGS([table.weight, other], lr=0.5, line_search_fn="strong_wolfe")

        def closure(m=m, table=table, other=other, moves=moves):
            moves.zero_grad()
            loss = (table(m.tensor(INDEX)) * other - 1).pow(2).sum()
            loss.backward()
            return loss

        moves.step(closure)
        tables.append(m.cat([table.weight.detach(), other.detach()[None]]).numpy())
    np.testing.assert_allclose(*tables, rtol=1e-4, atol=1e-5)


def test_adagrad_moves_sparse_and_dense_gradients_together():
    found = []
    for m in (mg, torch):
        table, other = m.nn.Embedding(6, 3, sparse=True), m.nn.Parameter(m.ones(3))
        with m.no_grad():
            table.weight.copy_(m.sin(m.arange(18.0)).reshape(6, 3))
        moves = m.optim.Adagrad([other, table.weight], lr=0.1)
        for _ in range(3):
            moves.zero_grad()
            (table(m.tensor(INDEX)) * other).pow(2).sum().backward()
            moves.step()
        states = [moves.state[p] for p in (other, table.weight)]
        found.append([other, table.weight, *[s[name] for s in states for name in ("sum", "step")]])
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_refusals():
    for m in (torch, mg):
        for name in ("SGD", "Adagrad"):
            with pytest.raises(RuntimeError):
                trained(m, name, weight_decay=0.1)
        with pytest.raises(ValueError, match="max mode"):
            m.nn.EmbeddingBag(5, 2, mode="max", sparse=True)(m.tensor([[1]]))
        with pytest.raises(RuntimeError, match="scale_grad_by_freq"):
            m.nn.Embedding(5, 2, sparse=True, scale_grad_by_freq=True)(m.tensor([1])).sum().backward()
        w = m.ones(2, requires_grad=True)
        w.sum().backward()
        with pytest.raises(RuntimeError, match="dense gradients"):
            m.optim.SparseAdam([w]).step()
        with pytest.raises(ValueError, match="Sparse params"):
            m.optim.SparseAdam([m.eye(2).to_sparse().requires_grad_()])
        for options in ({"lr": 0}, {"eps": 0.0}, {"betas": (1.0, 0.9)}):
            with pytest.raises(ValueError, match="Invalid"):
                m.optim.SparseAdam([m.ones(2)], **options)
        table = m.nn.Embedding(5, 2, sparse=True)
        table(m.tensor([1])).sum().backward()
        with pytest.raises(NotImplementedError):
            m.nn.utils.clip_grad_norm_(table.parameters(), 1.0)


@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_bags(mode):
    grads = []
    for m in (mg, torch):
        bag = m.nn.EmbeddingBag(5, 2, mode=mode, sparse=True)
        bag(m.tensor([1, 2, 1, 4]), m.tensor([0, 3])).mul(m.tensor([[1.0], [2.0]])).sum().backward()
        grads.append(bag.weight.grad)
    assert grads[0]._indices().tolist() == grads[1]._indices().tolist()
    np.testing.assert_allclose(grads[0]._values().numpy(), grads[1]._values().numpy())


def test_sums_of_gradients():
    for first, second in ((True, True), (True, False), (False, True)):
        found = []
        for m in (mg, torch):
            w = m.nn.Parameter(m.ones(5, 2))
            for sparse in (first, second, first):
                m.nn.functional.embedding(m.tensor([1, 3, 1]), w, sparse=sparse).mul(2).sum().backward()
            both = m.nn.functional.embedding(m.tensor([0]), w, sparse=first) + w[1]
            both.sum().backward()
            found.append((w.grad.is_sparse, w.grad.to_dense().tolist()))
        assert found[0] == found[1]


def test_states_are_torchs():
    states = []
    for m in (mg, torch):
        w = m.nn.Parameter(m.ones(4, 2))
        optimizer = m.optim.SparseAdam([w])
        m.nn.functional.embedding(m.tensor([1]), w, sparse=True).sum().backward()
        optimizer.step()
        state = optimizer.state_dict()
        other = m.optim.SparseAdam([m.nn.Parameter(m.ones(4, 2))])
        other.load_state_dict(state)
        (moved,) = state["state"].values()
        states.append(
            (moved["step"], np.round(moved["exp_avg"].numpy(), 6).tolist(), state["param_groups"], repr(optimizer))
        )
    assert states[0] == states[1]
