"""Pruning of parameters, step by step beside torch's."""

import importlib

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.nn.utils import prune as ours

RNG = np.random.default_rng(0)
WEIGHTS = [RNG.standard_normal((6, 4)).astype(np.float32), RNG.standard_normal((3, 6)).astype(np.float32)]
STEPS = {
    "identity": lambda p, m, net: p.identity(net[0], "weight"),
    "l1": lambda p, m, net: p.l1_unstructured(net[0], "weight", 0.3),
    "l1 number": lambda p, m, net: p.l1_unstructured(net[0], "weight", amount=5),
    "l1 nothing": lambda p, m, net: p.l1_unstructured(net[0], "weight", amount=0),
    "l1 twice": lambda p, m, net: [p.l1_unstructured(net[0], "weight", 0.3) for _ in range(3)],
    "scores": lambda p, m, net: p.l1_unstructured(net[0], "weight", 0.5, importance_scores=m.arange(24.0).view(6, 4)),
    "ln": lambda p, m, net: p.ln_structured(net[0], "weight", 0.5, n=2, dim=0),
    "ln then l1": lambda p, m, net: [
        p.ln_structured(net[0], "weight", 2, n=1, dim=-1), p.l1_unstructured(net[0], "weight", 0.5),
        p.ln_structured(net[0], "weight", 1, n=float("inf"), dim=0),
    ],
    "mask": lambda p, m, net: p.custom_from_mask(net[0], "bias", m.tensor([1, 0, 1, 1, 0, 1])),
    "global": lambda p, m, net: p.global_unstructured(
        [(net[0], "weight"), (net[1], "weight")], pruning_method=p.L1Unstructured, amount=0.4),
    "global twice": lambda p, m, net: [
        p.global_unstructured([(net[0], "weight"), (net[1], "weight")], p.L1Unstructured, amount=n) for n in (4, 0.5)],
    "removed": lambda p, m, net: [p.l1_unstructured(net[0], "weight", 0.3), p.remove(net[0], "weight")],
    "removed twice": lambda p, m, net: [
        p.l1_unstructured(net[0], "weight", 1), p.ln_structured(net[0], "weight", 1, 2, 0), p.remove(net[0], "weight")],
}  # fmt: skip


def state(m, p, step):
    """Returns what a network is after steps of pruning and of training."""
    net = m.nn.Sequential(m.nn.Linear(4, 6), m.nn.Linear(6, 3))
    for layer, weight in zip(net, WEIGHTS):
        with m.no_grad():
            layer.weight.copy_(m.from_numpy(weight))
            layer.bias.copy_(m.arange(float(len(weight))))
    STEPS[step](p, m, net)
    sgd = m.optim.SGD(net.parameters(), lr=0.01)
    for _ in range(2):
        sgd.zero_grad()
        (net(m.ones(2, 4)) ** 2).sum().backward()
        sgd.step()
    hooks = [type(hook).__name__ for hook in net[0]._forward_pre_hooks.values()]
    return {name: x.tolist() for name, x in net.state_dict().items()}, p.is_pruned(net), hooks


@pytest.mark.parametrize("step", STEPS)
def test_pruned_networks_train_as_torchs(step, torch):
    theirs = importlib.import_module("torch.nn.utils.prune")
    (values, pruned, hooks), (expected, *rest) = state(mg, ours, step), state(torch, theirs, step)
    assert (pruned, hooks) == tuple(rest)
    assert list(values) == list(expected)
    for name, numbers in expected.items():
        np.testing.assert_allclose(values[name], numbers, rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize(("method", "share"), [("random_unstructured", 12), ("random_structured", 12)])
def test_pruning_at_random(method, share):
    layer = mg.nn.Linear(4, 6)
    options = {"dim": 0} if method == "random_structured" else {}
    getattr(ours, method)(layer, "weight", amount=0.5, **options)
    assert (layer.weight == 0).sum().item() == share
    if options:
        assert sorted(set(layer.weight_mask.sum(1).tolist())) == [0, 4]


FAULTS = {
    "share": lambda p, m, layer: p.l1_unstructured(layer, "weight", 1.5),
    "negative": lambda p, m, layer: p.l1_unstructured(layer, "weight", -1),
    "text": lambda p, m, layer: p.random_unstructured(layer, "weight", "half"),
    "too many": lambda p, m, layer: p.l1_unstructured(layer, "weight", 100),
    "a vector's channels": lambda p, m, layer: p.ln_structured(layer, "bias", 1, 2, 0),
    "no such dimension": lambda p, m, layer: p.ln_structured(layer, "weight", 1, 2, 5),
    "not pruned": lambda p, m, layer: p.remove(layer, "weight"),
    "other scores": lambda p, m, layer: p.l1_unstructured(layer, "weight", 1, importance_scores=m.ones(2)),
    "another mask": lambda p, m, layer: p.custom_from_mask(layer, "bias", m.ones(3)),
    "all channels": lambda p, m, layer: p.global_unstructured([(layer, "weight")], p.LnStructured, amount=1, n=2),
    "another parameter": lambda p, m, layer: p.PruningContainer(
        p.L1Unstructured.apply(layer, "weight", 1)).add_pruning_method(p.Identity.apply(layer, "bias")),
    "no method": lambda p, m, layer: p.PruningContainer().add_pruning_method("weight"),
    "scores in a list": lambda p, m, layer: p.global_unstructured([(layer, "weight")], p.L1Unstructured, [1], amount=1),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_wrong_calls_leave_the_module_as_it_was(fault, torch):
    raised = []
    for m, p in ((mg, ours), (torch, importlib.import_module("torch.nn.utils.prune"))):
        layer = m.nn.Linear(4, 6)
        try:
            FAULTS[fault](p, m, layer)
        except Exception as error:
            raised.append((type(error), sorted(layer.state_dict())))
        else:
            raised.append((None, sorted(layer.state_dict())))
    assert raised[0] == raised[1]
