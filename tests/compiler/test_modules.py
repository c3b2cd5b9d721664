"""Compiled modules: what torch's have, and modules that are compiled in place."""

import copy
import pickle

import mocrograd as mg
import pytest
from mocrograd import nn


def network():
    mg.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(0.5))


def test_a_compiled_module_is_a_module_around_another_one():
    model = network()
    compiled = mg.compile(model, backend="eager", mode="max-autotune")
    assert isinstance(compiled, nn.Module)
    assert compiled._orig_mod is model
    assert list(compiled.state_dict()) == ["_orig_mod.0.weight", "_orig_mod.0.bias"]
    assert [n for n, _ in compiled.named_parameters()] == ["_orig_mod.0.weight", "_orig_mod.0.bias"]
    compiled.load_state_dict({"_orig_mod." + k: v + 1 for k, v in model.state_dict().items()})
    compiled.kind = "tall"
    assert model.kind == compiled.kind == "tall"
    del compiled.kind
    assert not hasattr(model, "kind")
    assert mg.compile(compiled)._orig_mod is model


def test_it_runs_plans_and_follows_the_mode():
    model = network()
    compiled = mg.compile(model)
    assert compiled.eval() is compiled
    assert not any(m.training for m in (compiled, model, model[2]))
    x = mg.randn(5, 3)
    with mg.no_grad():
        for _ in range(3):
            assert compiled(x).tolist() == model(x).tolist()
    assert (len(compiled.plans), compiled.reasons) == (1, [])
    compiled.train()
    assert model[2].training
    seen = []
    compiled.register_forward_hook(lambda module, args, out: seen.append(out.shape))
    compiled(x)
    assert seen == [(5, 4)]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_compiled_anew(copied):
    compiled = mg.compile(network().eval())
    x = mg.randn(5, 3)
    with mg.no_grad():
        for _ in range(3):
            y = compiled(x)
        other = copied(compiled)
        assert (type(other), other.plans) == (type(compiled), [])
        assert other(x).tolist() == y.tolist()
        with mg.no_grad():
            other._orig_mod[0].bias += 1
        assert compiled(x).tolist() == y.tolist()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_module_is_compiled_in_place(copied):
    model = network().eval()
    x = mg.randn(5, 3)
    expected = model(x).tolist()
    for _ in range(2):
        model.compile(dynamic=False)  # again, which starts over
    with mg.no_grad():
        for _ in range(4):
            assert model(x).tolist() == expected
        assert (len(model.forward.plans), model.forward.reasons) == (1, [])
        other = copied(model)
        assert "forward" not in vars(other)
        assert other(x).tolist() == expected
        assert list(other.state_dict()) == ["0.weight", "0.bias"]


def test_modes_and_options():
    with pytest.raises(RuntimeError, match="Unrecognized mode=fast, should be one of: default, "):
        mg.compile(network(), mode="fast")
    with pytest.raises(RuntimeError, match="Either mode or options can be specified"):
        mg.compile(network(), mode="default", options={"trace.enabled": True})
    with pytest.raises(AttributeError, match="Linear"):
        mg.compile(nn.Linear(2, 2)).speed  # noqa: B018
    model = network()
    assert mg.compile(model, disable=True) is model


def test_a_backend_that_is_none():
    for wrong in ("nonsense", 3):
        with pytest.raises(mg.errors.InvalidBackend, match=f"Invalid backend: {wrong!r}"):
            mg.compile(lambda x: x, backend=wrong)
    assert mg.compile(lambda x: x + 1, backend=lambda graph, inputs: graph)(mg.ones(1)).item() == 2
