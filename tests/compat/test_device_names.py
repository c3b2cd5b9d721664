"""Devices are objects on any machine, as torch's are; what has no memory here says so when memory is asked for."""

import copy
import pickle

import mocrograd as mg
import pytest
from mocrograd.backend.devices import device

NAMES = ["cpu", "cpu:0", "cuda", "cuda:1", "mps", "xpu", "xpu:2", "meta", "hpu", "xla", "privateuseone:3"]
NO_GPU = not mg.accelerator.is_available()


@pytest.fixture
def as_torch():
    """Call GPUs as programs written for torch do."""
    device.call_gpus("cuda")
    yield
    device.call_gpus("gpu")


@pytest.mark.usefixtures("as_torch")
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_device(torch, name):
    ours, theirs = mg.device(name), torch.device(name)
    assert (ours.type, ours.index, str(ours), repr(ours)) == (theirs.type, theirs.index, str(theirs), repr(theirs))
    assert mg.device(ours) is ours
    assert mg.device(ours.type, ours.index) is ours
    assert pickle.loads(pickle.dumps(ours)) is copy.deepcopy(ours) is ours
    assert {ours: 1}[mg.device(name)] == 1
    assert [ours == mg.device(other) for other in NAMES] == [theirs == torch.device(other) for other in NAMES]


@pytest.mark.parametrize(
    "arguments", [("foo",), ("cuda:x",), ("cpu:01",), ("cuda:-1",), ("cuda", -1), ("cuda:0", 0), (None,), (2.5,), ("",)]
)
def test_names_that_torch_refuses(torch, arguments):
    with pytest.raises((RuntimeError, TypeError)) as theirs:
        torch.device(*arguments)
    with pytest.raises(theirs.type):
        mg.device(*arguments)


def test_gpus_have_one_name_at_a_time():
    assert str(mg.device("cuda")) == str(mg.device("cuda:0")) == "gpu:0"
    found = mg.device("gpu:3")
    device.call_gpus("cuda")
    assert (str(found), str(mg.device("gpu:3")), str(mg.device("cuda"))) == ("cuda:3", "cuda:3", "cuda")
    device.call_gpus("gpu")
    assert mg.device("cuda:3") is found
    assert str(found) == "gpu:3"


@pytest.mark.parametrize("name", ["mps", "xpu:1", "xla"])
def test_memory_that_is_not_there(name):
    model = mg.nn.Linear(2, 2)
    for use in (
        lambda: mg.ones(2, device=name),
        lambda: mg.tensor([1.0], device=mg.device(name)),
        lambda: mg.ones(2).to(name),
        lambda: mg.rand(2, device=name),
        lambda: model.to(name),
    ):
        with pytest.raises(RuntimeError, match=f"device {name} is not available: tensors have memory on cpu and gpu"):
            use()


@pytest.mark.skipif(not NO_GPU, reason="there is a GPU")
def test_gpus_that_are_not_there():
    with pytest.raises(RuntimeError, match="none is available"):
        mg.device(0)
    model = mg.nn.Linear(2, 2)
    for use in (model.cuda, mg.ones(2).cuda, lambda: mg.ones(2).cuda(mg.device("cuda")), lambda: mg.ones(2).to(1)):
        with pytest.raises(RuntimeError, match="available: no gpu"):
            use()


def test_tensors_of_the_cpu_are_on_the_one_cpu():
    assert mg.ones(2, device="cpu:3").device is mg.ones(2).to("cpu:0").device is mg.device("cpu")
    assert (mg.ones(1, device="cpu:0") + mg.ones(1)).item() == 2


@pytest.mark.parametrize("how", ["with", "set"])
def test_the_default_device(how):
    xla = mg.device("xla")
    if how == "set":
        mg.set_default_device("xla")
        try:
            check_default("xla")
        finally:
            mg.set_default_device(None)
    else:
        with xla as entered:
            assert entered is xla
            check_default("xla")
            with mg.device("cpu"):
                assert mg.ones(2).device == mg.device("cpu")
    assert mg.get_default_device() == mg.ones(1).device == mg.device("cpu")


def check_default(name):
    assert str(mg.get_default_device()) == name
    for make in (lambda: mg.ones(2), lambda: mg.tensor([1]), lambda: mg.arange(3), lambda: mg.randn(2)):
        with pytest.raises(RuntimeError, match=f"device {name} is not available"):
            make()
    assert mg.ones(2, device="cpu").tolist() == [1, 1]
    assert mg.ones_like(mg.ones(2, device="cpu")).tolist() == [1, 1]


def test_a_compiled_function_heeds_the_default_device():
    made = mg.compile(lambda x: x + mg.ones(2))
    for _ in range(3):
        made(mg.ones(2))
    with mg.device("xla"), pytest.raises(RuntimeError, match="device xla is not available"):
        made(mg.ones(2, device="cpu"))


def test_a_device_says_where_loaded_tensors_go(tmp_path):
    mg.save(mg.ones(2), tmp_path / "file")
    assert not callable(mg.device("cpu"))
    assert mg.load(tmp_path / "file", map_location=mg.device("cpu")).tolist() == [1, 1]


def test_files_keep_devices(torch, tmp_path):
    for writer, reader in ((torch, mg), (mg, torch), (mg, mg)):
        writer.save([writer.device(name) for name in ("cpu", "cuda:1", "meta", "xpu:2")], tmp_path / "file")
        assert reader.load(tmp_path / "file") == [reader.device(name) for name in ("cpu", "cuda:1", "meta", "xpu:2")]
