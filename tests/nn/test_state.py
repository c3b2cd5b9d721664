"""state_dict and load_state_dict: options, hooks, and reports in torch's words."""

import copy
import pickle
from collections import OrderedDict

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


def net(m):
    class Inner(m.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("count", m.tensor(3))
            self.register_buffer("scratch", m.zeros(2), persistent=False)
            self.scale = m.nn.Parameter(m.ones(2))

    class Net(m.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = m.nn.Linear(2, 3)
            self.inner = Inner()
            self.absent = None
            self.register_parameter("none", None)
            self.last = m.nn.Sequential(m.nn.BatchNorm1d(3), m.nn.ReLU())

    return Net()


def changed(m, **changes):
    state = net(m).state_dict()
    for name, value in changes.items():
        if value is None:
            del state[name.replace("__", ".")]
        else:
            state[name.replace("__", ".")] = value(m)
    return state


FAULTS = {
    "missing": {"first__bias": None, "inner__scale": None, "last__0__running_mean": None},
    "unexpected": {"more": lambda m: m.ones(1), "inner__more": lambda m: m.ones(1), "new__w": lambda m: m.ones(1),
                   "first__weight__deep": lambda m: m.ones(1)},
    "shapes": {"first__bias": lambda m: m.ones(4), "inner__scale": lambda m: m.ones(2, 1)},
    "all": {"more": lambda m: m.ones(1), "first__weight": None, "last__0__bias": lambda m: m.ones(1)},
    "no tensor": {"first__bias": lambda m: [1.0]},
    "absent": {"none": lambda m: m.ones(1), "inner__scratch": lambda m: m.ones(2)},
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_reports_are_torchs(fault):
    messages = []
    for m in (mg, torch):
        with pytest.raises(RuntimeError) as caught:
            net(m).load_state_dict(changed(m, **FAULTS[fault]))
        messages.append(str(caught.value))
    ours = messages[0].replace("mocrograd.Size", "torch.Size").replace("mocrograd.Tensor", "torch.Tensor")
    assert ours == messages[1]


@pytest.mark.parametrize("fault", ["missing", "unexpected", "absent"])
def test_the_difference_is_torchs(fault):
    ours, theirs = (net(m).load_state_dict(changed(m, **FAULTS[fault]), strict=False) for m in (mg, torch))
    assert list(ours.missing_keys) == list(theirs.missing_keys)
    assert list(ours.unexpected_keys) == list(theirs.unexpected_keys)
    assert repr(ours) == repr(theirs).removeprefix("_")


def test_the_state_is_torchs():
    ours, theirs = net(mg).state_dict(prefix="net."), net(torch).state_dict(prefix="net.")
    assert isinstance(ours, OrderedDict)
    assert [(k, tuple(v.shape), str(v.dtype).rpartition(".")[2]) for k, v in ours.items()] == [
        (k, tuple(v.shape), str(v.dtype).rpartition(".")[2]) for k, v in theirs.items()
    ]
    again = pickle.loads(pickle.dumps(ours))
    assert list(again) == list(ours)
    given = {"before": 1}
    assert net(mg).state_dict(destination=given) is given
    assert list(given) == ["before", *net(torch).state_dict()]


def test_assign_takes_the_tensors_themselves():
    target, source = net(mg), net(mg).double()
    target.first.requires_grad_(False)
    before = target.first.weight
    state = source.state_dict()
    state["inner.scale"] = nn.Parameter(state["inner.scale"], requires_grad=False)
    target.load_state_dict(state, assign=True)
    assert target.first.weight is not before
    assert target.first.weight.dtype == mg.float64
    assert not target.first.weight.requires_grad
    assert target.first.weight.data_ptr() == source.first.weight.data_ptr()
    assert target.inner.scale is state["inner.scale"]
    assert target.inner.scale.requires_grad
    assert isinstance(target.last[0].weight, nn.Parameter)
    assert target.last[0].running_mean is state["last.0.running_mean"]


def test_a_number_of_one_dimension_is_taken_for_one():
    target = net(mg)
    state = target.state_dict()
    state["inner.count"] = mg.tensor([7])
    target.load_state_dict(state)
    assert target.inner.count.item() == 7


def hooked(m, log):
    def rename(module, state, prefix, metadata, strict, missing, unexpected, errors):
        log.append(("loading", type(module).__name__, prefix, strict, sorted(state), metadata.get("version")))
        if prefix + "old" in state:
            state[prefix + "scale"] = state.pop(prefix + "old")

    def forgive(module, keys):
        log.append(("loaded", type(module).__name__, list(keys.missing_keys), list(keys.unexpected_keys)))
        keys.missing_keys.clear()

    model = net(m)
    model.inner.register_load_state_dict_pre_hook(rename)
    model.register_load_state_dict_post_hook(forgive)
    model.inner.register_load_state_dict_post_hook(lambda module, keys: log.append(type(module).__name__))
    model.register_state_dict_pre_hook(lambda module, prefix, keep: log.append(("saving", prefix, keep)))
    model.inner.register_state_dict_pre_hook(lambda module, prefix, keep: log.append(("saving", prefix, keep)))
    model.inner.register_state_dict_post_hook(
        lambda module, state, prefix, metadata: state.__setitem__(prefix + "stamp", m.ones(1))
    )
    return model


def test_hooks_of_the_state_are_torchs():
    logs = []
    for m in (mg, torch):
        log = []
        model = hooked(m, log)
        state = model.state_dict(prefix="p.", keep_vars=True)
        log.append(list(state))
        state = net(m).state_dict()
        state["inner.old"] = state.pop("inner.scale") * 5
        del state["first.bias"]
        log.append(repr(model.load_state_dict(state)).removeprefix("_"))
        log.append(model.inner.scale.tolist())
        logs.append(log)
    assert logs[0] == logs[1]


def test_hooks_of_the_state_return_nothing():
    model = nn.Linear(1, 1)
    with model.register_state_dict_post_hook(lambda *args: 1), pytest.raises(RuntimeError, match="must return None"):
        model.state_dict()
    with (
        model.register_load_state_dict_post_hook(lambda *args: 1),
        pytest.raises(AssertionError, match="not expected to return new values"),
    ):
        model.load_state_dict(model.state_dict())
    assert model._hooks is None


def extra(m):
    class Extra(m.nn.Module):
        def __init__(self):
            super().__init__()
            self.lin, self.seen = m.nn.Linear(1, 1), 0

        def get_extra_state(self):
            return {"seen": self.seen}

        def set_extra_state(self, state):
            self.seen = state["seen"]

    return m.nn.Sequential(Extra())


def test_extra_state():
    ours, theirs = extra(mg), extra(torch)
    assert list(ours.state_dict()) == list(theirs.state_dict()) == ["0._extra_state", "0.lin.weight", "0.lin.bias"]
    ours[0].seen = 5
    target = extra(mg)
    target.load_state_dict(ours.state_dict())
    assert target[0].seen == 5
    state = ours.state_dict()
    del state["0._extra_state"]
    assert target.load_state_dict(state, strict=False).missing_keys == ["0._extra_state"]
    plain = nn.Sequential(nn.Sequential())
    assert plain.load_state_dict(ours.state_dict(), strict=False).unexpected_keys[0] == "0._extra_state"
    for name, args in (("get_extra_state", ()), ("set_extra_state", (1,))):
        with pytest.raises(RuntimeError, match=name):
            getattr(plain, name)(*args)


def test_a_failed_load_changes_nothing_even_with_hooks():
    model = nn.Linear(2, 2)
    before = model.weight.tolist()
    model.register_load_state_dict_post_hook(lambda module, keys: None)
    with pytest.raises(RuntimeError, match="size mismatch for bias"):
        model.load_state_dict({"weight": mg.zeros(2, 2), "bias": mg.zeros(3)})
    assert model.weight.tolist() == before


def test_shared_parameters_stay_shared_in_copies():
    model = nn.Module()
    model.a, model.b = nn.Linear(2, 2), nn.Linear(2, 2)
    model.b.weight = model.a.weight
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert again.a.weight is again.b.weight
        assert again.a.weight is not model.a.weight
        np.testing.assert_array_equal(again.a.weight.detach().numpy(), model.a.weight.detach().numpy())


def versioned(m):
    class Versioned(m.nn.Linear):
        _version = 3

        def _save_to_state_dict(self, destination, prefix, keep_vars):
            super()._save_to_state_dict(destination, prefix, keep_vars)
            destination[prefix + "scale"] = destination.pop(prefix + "weight") * 2

        def _load_from_state_dict(self, state_dict, prefix, local_metadata, *others):
            self.seen = local_metadata.get("version")
            if prefix + "scale" in state_dict:
                state_dict[prefix + "weight"] = state_dict.pop(prefix + "scale") / 2
            super()._load_from_state_dict(state_dict, prefix, local_metadata, *others)

    return m.nn.Sequential(Versioned(2, 3), m.nn.ReLU(), Versioned(3, 1))


def test_a_class_may_save_and_load_in_its_own_way():
    states, seen = [], []
    for m in (mg, torch):
        net = versioned(m)
        with m.no_grad():
            for p in net.parameters():
                p.fill_(0.5)
        states.append(net.state_dict())
        other = versioned(m)
        assert str(other.load_state_dict(net.state_dict())) == "<All keys matched successfully>"
        assert other[2].weight.tolist() == [[0.5, 0.5, 0.5]]
        seen.append(other[0].seen)
        plain = versioned(m)
        plain.load_state_dict({k.replace("scale", "weight"): v for k, v in net.state_dict().items()})
        assert plain[2].weight.tolist() == [[1.0, 1.0, 1.0]]
        seen.append(plain[0].seen)
        state = net.state_dict()
        state["0.bias"] = m.ones(5)
        before = other[2].bias.tolist()
        with pytest.raises(RuntimeError, match=r"size mismatch for 0\.bias"):
            other.load_state_dict(state)
        assert other[2].bias.tolist() == before
        missing, unexpected, errors = [], [], []
        layer = m.nn.Linear(1, 1)
        layer._load_from_state_dict({"weight": m.ones(1, 1), "more": 1}, "", {}, True, missing, unexpected, errors)
        assert layer.weight.tolist() == [[1.0]]
        assert (missing, unexpected, errors) == (["bias"], ["more"], [])
    assert list(states[0]) == list(states[1])
    assert {k: v.tolist() for k, v in states[0].items()} == {k: v.tolist() for k, v in states[1].items()}
    assert seen == [3, None, 3, None]


def test_a_buffer_registers_itself():
    for m in (mg, torch):
        module = m.nn.Module()
        module.mean = m.nn.Buffer(m.ones(2))
        module.scratch = m.nn.Buffer(m.ones(3), persistent=False)
        assert list(module.state_dict()) == ["mean"]
        assert [name for name, _ in module.named_buffers()] == ["mean", "scratch"]
        module.mean = m.zeros(2)
        module.mean = m.nn.Buffer(m.ones(2))
        assert module.state_dict()["mean"].tolist() == [1.0, 1.0]
        assert [name for name, _ in copy.deepcopy(module).named_buffers()] == ["mean", "scratch"]
        module.weight = m.nn.Parameter(m.ones(1))
        with pytest.raises((TypeError, KeyError)):
            module.weight = m.nn.Buffer(m.ones(1))
