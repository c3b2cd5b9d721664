"""Files that go to torch and come from it, and states of its modules and optimizers."""

import collections
import io
import pickle

import mocrograd as mg
import numpy as np
import pytest

pytestmark = pytest.mark.filterwarnings("ignore:mocrograd has no such tensors yet")

torch = pytest.importorskip("torch", reason="torch is not installed")


def from_torch(obj, **options):
    file = io.BytesIO()
    torch.save(obj, file)
    file.seek(0)
    return mg.load(file, **options)


def to_torch(obj, **options):
    file = io.BytesIO()
    mg.save(obj, file)
    file.seek(0)
    return torch.load(file, **options)


def through(obj):
    file = io.BytesIO()
    mg.save(obj, file)
    file.seek(0)
    return mg.load(file)


DTYPES = ["float32", "float64", "int64", "int32", "uint8", "bool", "float16", "int16", "int8"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3, 4)])
def test_tensors_go_both_ways(dtype, shape):
    values = (np.arange(np.prod(shape, dtype=int)).reshape(shape) % 3).astype(dtype)
    theirs = from_torch(torch.from_numpy(values.copy()) if shape else torch.tensor(values))
    ours = to_torch(mg.tensor(values))
    assert (theirs.dtype.name, str(ours.dtype)) == (dtype, f"torch.{dtype}")
    for found in (theirs, ours):
        assert tuple(found.shape) == shape
        np.testing.assert_array_equal(found.numpy(), values)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "int8", "int16"])
def test_narrow_elements_keep_their_bits(dtype):
    values = torch.tensor([[-3, 100, 7], [0, 5, -128]]).to(getattr(torch, dtype))
    if dtype.endswith("float16"):
        values = torch.cat([values / 7, torch.tensor([[float("nan"), float("-inf"), 1e-6]]).to(values.dtype)])
    found, column = from_torch([values, values[:, 1]])
    assert found.dtype is getattr(mg, dtype)
    bits = torch.uint8 if dtype == "int8" else torch.int16
    assert found.view(getattr(mg, str(bits)[6:])).tolist() == values.view(bits).tolist()
    back, _ = to_torch([found, column])
    assert back.dtype is values.dtype
    assert torch.equal(back.view(bits), values.view(bits))
    found.zero_()
    assert column.tolist() == [0] * len(values)


FLOATS = ["float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu"]


@pytest.mark.parametrize("dtype", FLOATS)
def test_all_floats_of_8_bits(dtype):
    values = torch.arange(256, dtype=torch.uint8).view(getattr(torch, dtype))
    with pytest.warns(UserWarning, match=f"they were converted: {dtype} is float32 now"):
        found, part = from_torch([values, values[3::7]])
    np.testing.assert_array_equal(found.numpy(), values.float())
    np.testing.assert_array_equal(part.numpy(), values[3::7].float())


@pytest.mark.parametrize("dtype", ["uint16", "uint32", "uint64"])
def test_unsigned_integers(dtype):
    values = torch.tensor([[0, 7], [65535, 3]]).to(getattr(torch, dtype))
    found, column = from_torch([values, values[:, 1]])
    assert found.tolist() == [[0, 7], [65535, 3]]
    assert column.tolist() == [7, 3]
    with pytest.raises(RuntimeError, match="18446744073709551615"):
        from_torch(torch.tensor([np.iinfo(np.uint64).max], dtype=torch.uint64))


def test_one_warning_for_a_file():
    small = torch.ones(2).to(torch.float8_e5m2)
    content = {"a": small, "b": small.clone(), "c": torch.ones(2).to(torch.uint16), "d": torch.ones(2).bfloat16()}
    with pytest.warns(UserWarning, match="float8_e5m2 is float32, uint16 is int32 now") as found:
        from_torch(content)
    assert len(found) == 1
    assert found[0].filename == __file__


@pytest.mark.parametrize("weights_only", [True, False])
def test_containers_go_both_ways(weights_only):
    def content(lib):
        leaf = lib.ones(2, requires_grad=True)
        whole = lib.arange(6.0).reshape(2, 3)
        return {
            "plain": [1, 2.5, "x", b"y", None, True, 2**80, -1, (1,), {1, 2}, 1j, bytearray(b"z")],
            "ordered": collections.OrderedDict(a=lib.zeros(1)), "parameter": lib.nn.Parameter(lib.ones(2)), "leaf": leaf,
            "result": (leaf * 2).detach(), "views": [whole, whole[1], whole.T, whole[:, 1:]], "dtype": lib.float64,
            "device": lib.device("cpu"), "size": whole.shape, "twice": [leaf, leaf],
        }  # fmt: skip

    for found, lib in (
        (from_torch(content(torch), weights_only=weights_only), mg),
        (to_torch(content(mg), weights_only=weights_only), torch),
    ):
        expected = content(lib)
        assert found["plain"] == expected["plain"]
        assert (found["dtype"], found["device"], found["size"]) == (lib.float64, lib.device("cpu"), (2, 3))
        assert isinstance(found["size"], lib.Size)
        assert isinstance(found["parameter"], lib.nn.Parameter)
        assert found["leaf"].requires_grad
        assert not found["result"].requires_grad
        assert found["twice"][0] is found["twice"][1]
        found["views"][0][1, 2] = 77.0
        assert [view.tolist() for view in found["views"][1:]] == [
            [3.0, 4.0, 77.0], [[0.0, 3.0], [1.0, 4.0], [2.0, 77.0]], [[1.0, 2.0], [4.0, 77.0]]
        ]  # fmt: skip
        assert [tuple(v.stride()) for v in found["views"]] == [tuple(v.stride()) for v in expected["views"]]


def test_torch_maps_a_file_into_memory(tmp_path):
    mg.save({"a": mg.arange(5.0), "b": mg.arange(3)}, tmp_path / "file.pt")
    found = torch.load(tmp_path / "file.pt", mmap=True)
    assert (found["a"].tolist(), found["b"].tolist()) == ([0.0, 1.0, 2.0, 3.0, 4.0], [0, 1, 2])


def test_attributes_of_tensors():
    tensor, parameter = torch.ones(2), torch.nn.Parameter(torch.zeros(1))
    tensor.note, parameter.note = "kept", [1, 2]
    a, b = from_torch([tensor, parameter])
    assert (a.note, b.note, type(b)) == ("kept", [1, 2], mg.nn.Parameter)
    for found in (to_torch([a, b]), through([a, b])):
        assert (found[0].note, found[1].note, type(found[1]).__name__) == ("kept", [1, 2], "Parameter")
        assert (found[0].tolist(), found[1].tolist(), found[1].requires_grad) == ([1.0, 1.0], [0.0], True)
    buffer = through(mg.nn.Buffer(mg.ones(2), persistent=False))
    assert (type(buffer), buffer.persistent) == (mg.nn.Buffer, False)
    b.sum = 3
    assert through(b).sum().item() == 0.0
    tensor.persistent_id = 3
    tensor.T2 = 1
    assert from_torch(tensor).T2 == 1


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        (lambda: torch.ones(2).to(torch.complex32), "tensor of mocrograd.complex32"),
        (lambda: torch.ones(2).untyped_storage(), "save tensors, not their storage"),
        (lambda: torch.ones(2).storage(), "save tensors, not their storage"),
        (lambda: torch.nn.Linear(1, 1), r"torch\.nn\.modules\.linear\.Linear.*save the state_dict"),
    ],
)
@pytest.mark.parametrize("weights_only", [True, False])
@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated", "ignore:ComplexHalf support")
def test_what_mocrograd_does_not_have(obj, words, weights_only):
    with pytest.raises((pickle.UnpicklingError, RuntimeError), match=words):
        from_torch(obj(), weights_only=weights_only)


@pytest.mark.parametrize("weights_only", [True, False])
@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_the_format_before_zip(weights_only):
    whole = torch.arange(6.0).reshape(2, 3)
    state = {
        "whole": whole, "row": whole[1], "half": torch.tensor([1.5, -2.0]).half(), "empty": torch.empty(0, 3),
        "mask": torch.tensor([True, False]), "parameter": torch.nn.Parameter(torch.ones(2)), "net": torch.nn.Linear(2, 2),
    }  # fmt: skip
    state["net"] = state["net"].state_dict()
    file = io.BytesIO(b"before")
    file.seek(6)
    torch.save(state, file, _use_new_zipfile_serialization=False)
    torch.save([torch.ones(1)], file, _use_new_zipfile_serialization=False)
    file.seek(6)
    found = mg.load(file, weights_only=weights_only)
    assert mg.load(file)[0].tolist() == [1.0]  # the next one in the same file
    assert (found["half"].tolist(), found["mask"].tolist()) == ([1.5, -2.0], [True, False])
    assert found["empty"].shape == (0, 3)
    assert type(found["parameter"]) is mg.nn.Parameter
    for name, value in state["net"].items():
        assert found["net"][name].tolist() == value.tolist()
    found["whole"].zero_()
    assert found["row"].tolist() == [0.0, 0.0, 0.0]
    file = io.BytesIO()
    torch.save(torch.ones(2).storage(), file, _use_new_zipfile_serialization=False)
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="no tensor's"):
        mg.load(file)


MODULES = {
    "Linear": (lambda nn: nn.Linear(3, 4), (2, 3)),
    "Conv2d": (lambda nn: nn.Conv2d(2, 4, 3, groups=2), (2, 2, 5, 5)),
    "BatchNorm2d": (lambda nn: nn.BatchNorm2d(3), (2, 3, 4, 4)),
    "LSTM": (lambda nn: nn.LSTM(3, 4, num_layers=2, bidirectional=True), (5, 2, 3)),
    "GRU": (lambda nn: nn.GRU(3, 4, num_layers=2), (5, 2, 3)),
    "MultiheadAttention": (lambda nn: nn.MultiheadAttention(4, 2), (3, 2, 4)),
    "MultiheadAttention kdim": (lambda nn: nn.MultiheadAttention(4, 2, kdim=4, vdim=4, add_bias_kv=True), (3, 2, 4)),
    "TransformerEncoderLayer": (lambda nn: nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0), (3, 2, 4)),
    "LayerNorm": (lambda nn: nn.LayerNorm([3, 4]), (2, 3, 4)),
    "Embedding": (lambda nn: nn.Embedding(5, 3, padding_idx=1), None),
}


@pytest.mark.parametrize("name", MODULES)
def test_states_of_modules_go_both_ways(name):
    make, shape = MODULES[name]
    torch.manual_seed(0)
    theirs, ours, again = make(torch.nn), make(mg.nn), make(torch.nn)
    if shape is None:
        values = np.array([[0, 1], [4, 2]])
    else:
        values = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    arguments = [values] * (3 if name.startswith("Multihead") else 1)

    def run(net, lib):
        out = net(*[lib.tensor(a) for a in arguments])
        return (out[0] if isinstance(out, tuple) else out).detach().numpy()

    run(theirs, torch)  # BatchNorm counts
    assert str(ours.load_state_dict(from_torch(theirs.state_dict()))) == "<All keys matched successfully>"
    back = to_torch(ours.state_dict())
    assert str(again.load_state_dict(back)) == "<All keys matched successfully>"
    assert list(back) == list(theirs.state_dict())
    assert back._metadata == theirs.state_dict()._metadata
    for key, value in theirs.state_dict().items():
        assert back[key].dtype == value.dtype
        assert torch.equal(back[key], value)
    np.testing.assert_allclose(run(ours, mg), run(theirs, torch), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("lib", [mg, torch])
def test_states_that_do_not_count_batches(lib):
    """Old files of torch, such as those of the first torchvision, have none."""
    net = lib.nn.Sequential(lib.nn.BatchNorm1d(2))
    state = {f"0.{name}": lib.full((2,), 3.0) for name in ("weight", "bias", "running_mean", "running_var")}
    assert str(net.load_state_dict(state)) == "<All keys matched successfully>"
    assert net[0].num_batches_tracked.item() == 0
    assert net[0].running_var.tolist() == [3.0, 3.0]
    assert "0.num_batches_tracked" not in state
    newer = collections.OrderedDict(state)
    newer._metadata = {"0": {"version": 2}}
    with pytest.raises(RuntimeError, match=r"Missing key.*num_batches_tracked"):
        net.load_state_dict(newer)


OPTIMIZERS = {
    "Adam": {"lr": 0.05, "weight_decay": 0.1},
    "Adam amsgrad": {"lr": 0.05, "amsgrad": True},
    "AdamW": {"lr": 0.05, "betas": (0.8, 0.95)},
    "SGD": {"lr": 0.05},
    "SGD momentum": {"lr": 0.05, "momentum": 0.9, "nesterov": True},
    "RMSprop": {"lr": 0.05, "momentum": 0.5, "centered": True},
    "Adagrad": {"lr": 0.05},
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("begins", ["torch", "mocrograd"])
def test_training_goes_on_in_the_other_library(name, begins):
    first, second = (torch, mg) if begins == "torch" else (mg, torch)
    values = np.random.default_rng(1).standard_normal((8, 3)).astype(np.float32)

    def setting(lib):
        net = lib.nn.Sequential(lib.nn.Linear(3, 4), lib.nn.Tanh(), lib.nn.Linear(4, 1))
        return net, getattr(lib.optim, name.split()[0])(net.parameters(), **OPTIMIZERS[name])

    def train(lib, net, optimizer):
        losses = []
        for _ in range(4):
            optimizer.zero_grad()
            loss = net(lib.tensor(values)).square().mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    net, optimizer = setting(first)
    train(first, net, optimizer)
    moved = from_torch if first is torch else to_torch
    state = moved({"net": net.state_dict(), "optimizer": optimizer.state_dict()})
    other, other_optimizer = setting(second)
    other.load_state_dict(state["net"])
    other_optimizer.load_state_dict(state["optimizer"])
    np.testing.assert_allclose(train(second, other, other_optimizer), train(first, net, optimizer), rtol=2e-5)
    for ours, theirs in zip(other.parameters(), net.parameters(), strict=True):
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-4, atol=1e-6)


SCHEDULES = {
    "StepLR": {"step_size": 2},
    "OneCycleLR": {"max_lr": 0.1, "total_steps": 30},
    "CosineAnnealingWarmRestarts": {"T_0": 3},
    "LambdaLR": {"lr_lambda": lambda epoch: 0.9**epoch},
}


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("begins", ["torch", "mocrograd"])
def test_schedules_go_on_in_the_other_library(name, begins):
    def setting(lib):
        optimizer = lib.optim.SGD([lib.nn.Parameter(lib.ones(1))], lr=0.1, momentum=0.9)
        return optimizer, getattr(lib.optim.lr_scheduler, name)(optimizer, **SCHEDULES[name])

    def rates(optimizer, schedule):
        found = []
        for _ in range(7):
            optimizer.step()
            schedule.step()
            found.append(optimizer.param_groups[0]["lr"])
        return found

    first, second = (torch, mg) if begins == "torch" else (mg, torch)
    moved = from_torch if first is torch else to_torch
    one, other = setting(first), setting(second)
    rates(*one)
    for theirs, state in zip(other, moved([part.state_dict() for part in one]), strict=True):
        theirs.load_state_dict(state)
    assert rates(*other) == pytest.approx(rates(*one), rel=1e-12)
