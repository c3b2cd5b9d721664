"""Module: members, walking, hooks, state and the repr."""

import copy
import pickle

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.second = nn.Sequential(nn.ReLU(), nn.Linear(4, 2))
        self.register_buffer("steps", mg.zeros(1))
        self.register_buffer("scratch", mg.zeros(2), persistent=False)
        self.scale = nn.Parameter(mg.ones(2))

    def forward(self, x):
        return self.second(self.first(x)) * self.scale


NAMES = ["scale", "first.weight", "first.bias", "second.1.weight", "second.1.bias"]


def test_names_of_parameters_stand_in_torchs_order():
    assert [name for name, _ in Net().named_parameters()] == NAMES


def test_names_of_modules_and_children():
    net = Net()
    assert [name for name, _ in net.named_modules()] == ["", "first", "second", "second.0", "second.1"]
    assert [name for name, _ in net.named_children()] == ["first", "second"]
    assert list(net.children()) == [net.first, net.second]
    assert [name for name, _ in net.named_buffers()] == ["steps", "scratch"]


def test_prefix_and_no_recursion():
    assert [name for name, _ in Net().named_parameters("net", recurse=False)] == ["net.scale"]


def test_names_agree_with_torch():
    torch = pytest.importorskip("torch", reason="torch is not installed")

    def build(library):
        inner = library.nn.Sequential(library.nn.Linear(2, 3), library.nn.ReLU(), library.nn.Linear(3, 1, bias=False))
        return library.nn.ModuleList([inner, library.nn.Linear(1, 1)])

    ours, theirs = build(mg), build(torch)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [n for n, _ in ours.named_modules()] == [n for n, _ in theirs.named_modules()]
    assert repr(ours) == repr(theirs)


def test_a_shared_parameter_comes_once_but_is_saved_twice():
    net = nn.Module()
    net.a = nn.Linear(2, 2, bias=False)
    net.b = nn.Linear(2, 2, bias=False)
    net.b.weight = net.a.weight
    assert len(list(net.parameters())) == 1
    assert list(net.state_dict()) == ["a.weight", "b.weight"]


def test_parameters_of_equal_content_are_different_parameters():
    net = nn.Module()
    net.a, net.b = nn.Parameter(mg.ones(2)), nn.Parameter(mg.ones(2))
    assert len(list(net.parameters())) == 2


def test_members_are_plain_attributes_and_views_agree():
    net = Net()
    assert net.__dict__["first"] is net.first is net._modules["first"]
    assert net.first.__dict__["weight"] is net.first.weight is net.first._parameters["weight"]
    assert net._buffers["steps"] is net.steps
    assert [name for name, _ in reversed(net._modules.items())] == ["second", "first"] == [*reversed(net._modules)]
    copy = net._modules.copy()
    assert type(copy) is dict
    assert [*copy.values()] == [*net._modules.values()] == [net.first, net.second]
    assert "nothing" not in net._modules
    assert len(net._modules) == 2


def test_writing_to_a_view_changes_the_module():
    net = Net()
    replacement = nn.Linear(3, 4)
    net._modules["first"] = replacement
    assert net.first is replacement
    assert [name for name, _ in net.named_children()] == ["first", "second"]
    del net._modules["second"]
    assert not hasattr(net, "second")
    with pytest.raises(KeyError):
        net._modules["second"]
    with pytest.raises(KeyError):
        del net._modules["second"]


def test_replacing_and_deleting_members():
    net = Net()
    weight = nn.Parameter(mg.ones(2))
    net.scale = weight
    assert dict(net.named_parameters())["scale"] is weight
    net.scale = None
    assert "scale" not in dict(net.named_parameters())
    net.scale = weight
    assert dict(net.named_parameters())["scale"] is weight
    del net.scale
    assert "scale" not in net.state_dict()
    with pytest.raises(AttributeError, match="scale"):
        _ = net.scale


def test_a_plain_attribute_can_become_a_parameter_and_a_module():
    net = nn.Module()
    net.x = 3
    net.x = nn.Parameter(mg.ones(1))
    assert list(net.state_dict()) == ["x"]
    net.x = nn.Linear(1, 1)
    assert list(net.state_dict()) == ["x.weight", "x.bias"]


def test_a_member_cannot_be_hidden():
    net = Net()
    with pytest.raises(TypeError, match="cannot assign 'Tensor' as parameter 'scale'"):
        net.scale = mg.ones(2)
    with pytest.raises(TypeError, match="cannot assign 'int' as child module 'first'"):
        net.first = 3
    with pytest.raises(TypeError, match="cannot assign 'str' as buffer 'steps'"):
        net.steps = "ten"
    net.steps = mg.ones(1)
    assert net.state_dict()["steps"].tolist() == [1.0]


@pytest.mark.parametrize(("name", "fault"), [("a.b", KeyError), ("", KeyError), ("taken", KeyError), (3, TypeError)])
def test_bad_names(name, fault):
    net = nn.Module()
    net.taken = 1
    with pytest.raises(fault):
        net.register_parameter(name, nn.Parameter(mg.ones(1)))
    with pytest.raises(fault):
        net.register_buffer(name, mg.ones(1))
    with pytest.raises(fault):
        net.add_module(name, nn.ReLU())


def test_bad_members():
    net = nn.Module()
    with pytest.raises(TypeError, match="Parameter or None required"):
        net.register_parameter("w", mg.ones(1))
    with pytest.raises(TypeError, match="Tensor or None required"):
        net.register_buffer("w", 1.0)
    with pytest.raises(TypeError, match="int is not a Module subclass"):
        net.add_module("w", 1)


def test_assignment_before_init_says_so():
    class Early(nn.Module):
        def __init__(self):
            self.layer = nn.ReLU()

    with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call"):
        Early()


def test_forward_is_required():
    with pytest.raises(NotImplementedError, match=r'Module \[Module\] is missing the required "forward" function'):
        nn.Module()(1)


def test_hooks_replace_arguments_and_output():
    layer = nn.Identity()
    seen = []
    before = layer.register_forward_pre_hook(lambda module, args: seen.append(args) or args[0] + 1)
    after = layer.register_forward_hook(lambda module, args, output: output * 10)
    assert layer(2) == 30
    assert seen == [(2,)]
    before.remove()
    before.remove()
    assert layer(2) == 20
    after.remove()
    assert layer(2) == 2
    assert layer._hooks is None
    with layer.register_forward_hook(lambda module, args, output: -output):
        assert layer(2) == -2
    assert layer(2) == 2


def test_a_hook_may_remove_itself():
    layer = nn.Identity()
    handle = layer.register_forward_pre_hook(lambda module, args: handle.remove())
    assert layer(1) == 1
    assert layer(1) == 1


def test_train_and_eval_call_what_a_submodule_overrides():
    class Frozen(nn.Module):
        """Keeps its normalization in evaluation mode."""

        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm1d(3)

        def train(self, mode=True):
            super().train(mode)
            self.norm.eval()
            return self

    model = nn.Sequential(Frozen(), nn.Dropout())
    model.train()
    assert [model[0].training, model[0].norm.training, model[1].training] == [True, False, True]
    model.eval()
    assert not any(module.training for module in model.modules())


def test_train_and_eval_reach_all_modules():
    net = Net()
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    net.train()
    assert all(module.training for module in net.modules())
    with pytest.raises(ValueError, match="boolean"):
        net.train("yes")


def test_apply_goes_from_leaves_to_root():
    seen = []
    net = Net()
    assert net.apply(seen.append) is net
    assert seen[-1] is net
    assert len(seen) == 5


def test_requires_grad_and_zero_grad():
    net = Net()
    net.requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())
    net.requires_grad_()
    net(mg.ones(2, 3)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad(set_to_none=False)
    assert all(float(p.grad.abs().sum().item()) == 0 for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_to_changes_dtype_in_place_and_leaves_integers():
    net = Net()
    net.register_buffer("count", mg.tensor([1, 2]))
    net(mg.ones(2, 3)).sum().backward()
    weight = net.first.weight
    assert net.to(mg.float64) is net
    assert net.first.weight is weight
    assert weight.dtype == weight.grad.dtype == net.steps.dtype == mg.float64
    assert weight.requires_grad
    assert net.count.dtype == mg.int64
    assert net(mg.ones(2, 3, dtype=mg.float64)).dtype == mg.float64
    net.to(mg.ones(1))
    assert weight.dtype == mg.float32
    net.to("cpu", dtype=mg.float64)
    assert weight.dtype == mg.float64
    with pytest.raises(TypeError, match="floating point"):
        net.to(mg.int64)
    with pytest.raises(TypeError, match="color"):
        net.to(color="red")


def test_state_has_no_graph_and_shares_storage():
    net = Net()
    state = net.state_dict(prefix="net.")
    assert list(state) == ["net." + name for name in ["scale", "steps", *NAMES[1:]]]
    assert not any(value.requires_grad for value in state.values())
    assert net.state_dict(keep_vars=True)["scale"] is net.scale
    with mg.no_grad():
        net.scale.fill_(7)
    assert state["net.scale"].tolist() == [7.0, 7.0]


def test_loading_copies_into_the_same_parameters():
    source, target = Net(), Net()
    weight = target.first.weight
    result = target.load_state_dict(source.state_dict())
    assert repr(result) == "<All keys matched successfully>"
    assert target.first.weight is weight
    x = mg.ones(2, 3)
    np.testing.assert_array_equal(source(x).detach().numpy(), target(x).detach().numpy())
    with mg.no_grad():
        source.scale.fill_(9)
    assert target.scale.tolist() == [1.0, 1.0]


def test_loading_reports_everything_and_changes_nothing():
    net = Net()
    state = net.state_dict()
    before = net.first.weight.detach().numpy().copy()
    state["first.weight"] = mg.zeros(4, 3)
    state["first.bias"] = mg.zeros(5)
    state["second.1.bias"] = [1.0]
    state["extra"] = state.pop("scale")
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict(state)
    message = str(caught.value)
    assert message.startswith("Error(s) in loading state_dict for Net:")
    assert 'Unexpected key(s) in state_dict: "extra".' in message
    assert 'Missing key(s) in state_dict: "scale".' in message
    assert "size mismatch for first.bias: copying a param with shape" in message
    assert "[5]" in message
    assert "[4]" in message
    assert 'the parameter named "second.1.bias"' in message
    np.testing.assert_array_equal(net.first.weight.detach().numpy(), before)


def test_loading_without_strict_returns_the_difference():
    net = Net()
    result = net.load_state_dict({"extra": mg.ones(1)}, strict=False)
    assert result.missing_keys == ["scale", "steps", *NAMES[1:]]
    assert result.unexpected_keys == ["extra"]
    assert "extra" in repr(result)
    with pytest.raises(RuntimeError, match="size mismatch for scale"):
        net.load_state_dict({"scale": mg.ones(3)}, strict=False)
    with pytest.raises(TypeError, match="dict-like"):
        net.load_state_dict([1])


def test_copies_are_independent():
    net = Net()
    deep = copy.deepcopy(net)
    with mg.no_grad():
        deep.scale.fill_(5)
    assert net.scale.tolist() == [1.0, 1.0]
    assert [n for n, _ in deep.named_parameters()] == NAMES
    assert all(isinstance(p, nn.Parameter) and p.requires_grad for p in deep.parameters())
    shallow = copy.copy(net)
    shallow.extra = nn.Parameter(mg.ones(1))
    assert "extra" not in net.state_dict()
    assert shallow.scale is net.scale


def test_pickle_keeps_values():
    layer = nn.Linear(2, 3)
    again = pickle.loads(pickle.dumps(layer))
    np.testing.assert_array_equal(again.weight.detach().numpy(), layer.weight.detach().numpy())
    assert isinstance(again.weight, nn.Parameter)


def test_repr_is_torchs():
    assert repr(Net()) == (
        "Net(\n"
        "  (first): Linear(in_features=3, out_features=4, bias=True)\n"
        "  (second): Sequential(\n"
        "    (0): ReLU()\n"
        "    (1): Linear(in_features=4, out_features=2, bias=True)\n"
        "  )\n"
        ")"
    )


def test_members_by_dotted_names():
    net = Net()
    assert net.get_submodule("") is net
    assert net.get_submodule("second.1") is net.second[1]
    assert net.get_parameter("second.1.weight") is net.second[1].weight
    assert net.get_buffer("steps") is net.steps
    for call, words in (
        (lambda: net.get_submodule("third"), "Net has no attribute `third`"),
        (lambda: net.get_submodule("first.weight"), "`weight` is not an nn.Module"),
        (lambda: net.get_parameter("first.steps"), "Linear has no attribute `steps`"),
        (lambda: net.get_parameter("steps"), "`steps` is not an nn.Parameter"),
        (lambda: net.get_buffer("scale"), "`scale` is not a buffer"),
    ):
        with pytest.raises(AttributeError, match=words):
            call()


def test_setting_members_by_dotted_names():
    net = Net()
    layer = nn.Linear(4, 1)
    net.set_submodule("second.1", layer)
    assert net.second[1] is layer
    net.set_submodule("second.2", nn.Tanh())
    assert len(net.second) == 3
    net.set_submodule("third", layer)
    assert net.third is layer
    for call, kind, words in (
        (lambda: net.set_submodule("", layer), ValueError, "target name"),
        (lambda: net.set_submodule("first", 3), ValueError, "not an nn.Module, found"),
        (lambda: net.set_submodule("fourth", layer, strict=True), AttributeError, "Net has no attribute `fourth`"),
        (lambda: net.set_submodule("scale", layer), AttributeError, "`scale` is not an nn.Module"),
        (lambda: net.set_submodule("fourth.x", layer), AttributeError, "Net has no attribute `fourth`"),
    ):
        with pytest.raises(kind, match=words):
            call()


def test_walks_with_duplicates():
    net = nn.Module()
    net.a = net.b = nn.Linear(1, 1)
    assert [name for name, _ in net.named_modules()] == ["", "a"]
    assert [name for name, _ in net.named_modules(remove_duplicate=False)] == ["", "a", "b"]
    assert len(list(net.modules(remove_duplicate=False))) == 3
    assert len(list(net.named_parameters())) == 2
    assert len(list(net.named_parameters(remove_duplicate=False))) == 4
    assert len(list(net.children())) == 1


def test_conversions_by_name():
    net = Net()
    net.register_buffer("count", mg.tensor([1, 2]))
    weight = net.first.weight
    assert net.double() is net
    assert weight.dtype == net.steps.dtype == mg.float64
    assert net.float().first.weight is weight
    assert weight.dtype == mg.float32
    assert net.cpu() is net
    assert net.count.dtype == mg.int64
    net.to("cpu", mg.float64, True)
    net.to(dtype=mg.float64, non_blocking=True)
    assert weight.dtype == mg.float64
    net.type(mg.float32)
    assert net.count.dtype == weight.dtype == mg.float32
    net.first.type("mocrograd.DoubleTensor")
    assert weight.dtype == mg.float64
    weight = net.second[1].weight
    net.to_empty(device="cpu", recurse=False)
    assert net.second[1].weight is weight
    assert tuple(net.to_empty(device="cpu").second[1].weight.shape) == (2, 4)


def test_a_shared_parameter_stays_shared_when_converted():
    net = nn.Module()
    net.a, net.b = nn.Linear(2, 2), nn.Linear(2, 2)
    net.b.weight = net.a.weight
    net.double()
    assert net.a.weight is net.b.weight
    assert net.a.weight.dtype == mg.float64


def test_dir_lists_members_that_are_names():
    net = nn.Sequential(nn.Linear(1, 1))
    net.more = nn.Linear(1, 1)
    assert "0" not in dir(net)
    assert {"more", "training", "forward", "append"} <= set(dir(net))
    assert "weight" in dir(net[0])


def test_who_replaces_register_parameter_sees_assigned_ones(torch, monkeypatch):
    for library in (mg, torch):
        seen = []
        original = library.nn.Module.register_parameter

        def register(module, name, param, seen=seen, original=original):
            seen.append(name)
            original(module, name, param)

        with monkeypatch.context() as patch:
            patch.setattr(library.nn.Module, "register_parameter", register)
            net = library.nn.Linear(2, 3)
            net.later = None
            net.later = library.nn.Parameter(library.ones(1))
        assert seen == ["weight", "bias", "later"]
        assert [name for name, _ in net.named_parameters()] == seen


def test_buffers_that_are_not_saved(torch):
    for library in (mg, torch):
        net = library.nn.Module()
        net.register_buffer("kept", library.ones(1))
        net.register_buffer("made", library.ones(1), persistent=False)
        assert set(net._non_persistent_buffers_set) == {"made"}


def kinds(m):
    """Returns the dtypes of a network's tensors, some of which are a module's own, after each conversion."""

    class Counter(m.nn.Module):
        def __init__(self):
            super().__init__()
            self.counts = [m.zeros(2), m.zeros(3)]
            self.register_buffer("seen", m.zeros((), dtype=m.int64))

        def _apply(self, fn, recurse=True):
            super()._apply(fn, recurse)
            self.counts = [fn(count) for count in self.counts]
            return self

    net = m.nn.Sequential(m.nn.Linear(2, 2), Counter())
    found = []
    for change in (
        lambda: net.to(m.float64), net.float, net.double, lambda: net.to("cpu", m.float32, non_blocking=True),
        lambda: net.type(m.float64), net.cpu, lambda: net.to(dtype=m.float32, memory_format=m.contiguous_format),
    ):  # fmt: skip
        assert change() is net
        tensors = [net[0].weight, *net[1].counts, net[1].seen]
        found.append([str(x.dtype).split(".")[-1] for x in tensors])
    return found


def test_a_module_with_tensors_of_its_own_overrides_apply(torch):
    assert kinds(mg) == kinds(torch)
    assert kinds(mg)[0] == ["float64"] * 3 + ["int64"]


def test_parameters_without_a_shape_are_found_beside_parameters(torch):
    from mocrograd.nn import parameter

    for name in ("UninitializedParameter", "UninitializedBuffer"):
        assert getattr(parameter, name) is getattr(nn, name)
        assert hasattr(torch.nn.parameter, name)


def test_members_where_a_getattr_looks_for_them(torch):
    for library in (mg, torch):

        class Wrapper(library.nn.Module):
            def __init__(self, inner, library=library):
                super().__init__()
                self.inner = inner
                self.own = library.nn.Parameter(library.ones(1))

            def __getattr__(self, name):
                try:
                    return super().__getattr__(name)
                except AttributeError:
                    return getattr(self.__dict__["_modules"]["inner"], name)

        wrapper = Wrapper(library.nn.Linear(2, 3))
        assert wrapper.weight is wrapper.inner.weight
        assert list(wrapper.__dict__["_parameters"]) == ["own"]
        twin = copy.deepcopy(wrapper)
        assert twin.weight is twin.inner.weight
        assert twin.weight is not wrapper.weight
        assert sorted(twin.state_dict()) == ["inner.bias", "inner.weight", "own"]
        with pytest.raises(AttributeError):
            twin.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("given", "shown"),
    [(mg.relu, "the function relu is"), (nn.ReLU, r"the class ReLU \(call it to make a module: ReLU")],
)
def test_a_function_or_a_class_instead_of_a_module_is_called_by_its_name(given, shown):
    with pytest.raises(TypeError, match=shown):
        nn.Sequential(given)
