"""Saving and loading: what comes back, and what a file may not do."""

import collections
import io
import os
import pickle

import mocrograd as mg
import numpy as np
import pytest


def through(obj, **options):
    file = io.BytesIO()
    mg.save(obj, file)
    file.seek(0)
    return mg.load(file, **options)


DTYPES = ["float32", "float64", "int64", "int32", "uint8", "bool", "float16", "bfloat16", "int16", "int8"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3, 4)])
def test_tensors_come_back(dtype, shape):
    x = mg.tensor(np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2, dtype=getattr(mg, dtype))
    y = through(x)
    assert y.dtype is x.dtype
    assert y.shape == x.shape
    assert y.tolist() == x.tolist()
    y.zero_()  # the memory is its own


def test_views_and_gradients():
    x = mg.arange(6.0).reshape(2, 3).T
    leaf = mg.ones(2, requires_grad=True)
    y, again, result = through([x, leaf, leaf * 2])
    assert y.tolist() == x.tolist()
    assert again.requires_grad
    assert result.is_leaf


def test_one_tensor_stays_one():
    x = mg.ones(2)
    a, b = through((x, x))
    assert a is b


def test_containers_of_plain_values(tmp_path):
    state = {"epoch": 3, "rate": 0.5, "name": "net", "list": [1, (2, None)], "set": {1}, "shape": mg.ones(2, 3).shape,
             "dtype": mg.float64, "ordered": collections.OrderedDict(a=mg.ones(1))}  # fmt: skip
    mg.save(state, tmp_path / "state.pt")
    loaded = mg.load(tmp_path / "state.pt")
    assert loaded.pop("ordered")["a"].tolist() == [1.0]
    state.pop("ordered")
    assert loaded == state
    assert loaded["dtype"] is mg.float64


def test_a_network_and_its_optimizer(tmp_path):
    net = mg.nn.Sequential(mg.nn.Linear(3, 4), mg.nn.Tanh(), mg.nn.Linear(4, 2))
    optimizer = mg.optim.Adam(net.parameters(), lr=0.1)
    net(mg.ones(5, 3)).sum().backward()
    optimizer.step()
    path = str(tmp_path / "checkpoint")
    mg.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, path)
    loaded = mg.load(path)
    other = mg.nn.Sequential(mg.nn.Linear(3, 4), mg.nn.Tanh(), mg.nn.Linear(4, 2))
    other.load_state_dict(loaded["net"])
    assert other(mg.ones(5, 3)).tolist() == net(mg.ones(5, 3)).tolist()
    again = mg.optim.Adam(other.parameters(), lr=0.5)
    again.load_state_dict(loaded["optimizer"])
    assert again.param_groups[0]["lr"] == 0.1


def test_a_parameter_stays_one():
    p = through(mg.nn.Parameter(mg.ones(2)))
    assert type(p) is mg.nn.Parameter
    assert p.requires_grad


def test_a_whole_module_needs_trust():
    net = mg.nn.Linear(2, 2)
    with pytest.raises(pickle.UnpicklingError, match=r"got mocrograd\.nn\.linear\.Linear.*weights_only=False"):
        through(net)
    assert through(net, weights_only=False)(mg.ones(1, 2)).tolist() == net(mg.ones(1, 2)).tolist()


class Evil:
    def __reduce__(self):
        return os.system, ("echo this must not run > evil",)


def test_a_file_runs_no_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pickle.UnpicklingError, match="system"):
        through({"weights": Evil()})
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "name", ["mocrograd.backend.extensions load", "mocrograd.cli main", "builtins eval", "mocrograd.tensor fresh"]
)
def test_no_other_function_is_found(name):
    module, function = name.split()
    code = b"\x80\x04c" + f"{module}\n{function}\n".encode() + b"."
    with pytest.raises(pickle.UnpicklingError, match=function):
        mg.load(io.BytesIO(code))


def test_where_tensors_go():
    x = mg.ones(2)
    for place in ("cpu", mg.device("cpu"), {"cpu": "cpu"}, {"gpu:0": "cpu"}):
        assert through(x, map_location=place).device is x.device


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((mg.Tensor, "float8", (2,), "cpu", False, b"1234"), "unknown dtype: 'float8'"),
        ((mg.Tensor, "float32", (2,), "cpu", False, b"1234"), r"shape \(2,\)"),
        ((mg.Tensor, "float32", (-1, 0), "cpu", False, b"1234"), r"shape \(-1, 0\)"),
        ((dict, "float32", (1,), "cpu", False, b"1234"), "expected Tensor"),
    ],
)
def test_a_broken_description_is_refused(arguments, words):
    """In the format of earlier versions, whose pickle names a function of that time."""

    values = pickle.dumps(arguments, 2)
    file = io.BytesIO(b"\x80\x02cmocrograd.serialization\n_tensor\n" + values[2:-1] + b"R.")
    with pytest.raises(pickle.UnpicklingError, match=words):
        mg.load(file)


def test_files_that_are_none(tmp_path):
    with pytest.raises(EOFError):
        mg.load(io.BytesIO(b""))
    with pytest.raises(pickle.UnpicklingError):
        mg.load(io.BytesIO(b"hello"))
    with pytest.raises(FileNotFoundError):
        mg.load(tmp_path / "nowhere")
    with pytest.raises(AttributeError, match="got int"):
        mg.load(3)
    with pytest.raises(AttributeError, match="got int"):
        mg.save({}, 3)


class Settings:
    def __init__(self, rate):
        self.rate = rate


def test_what_a_user_trusts_may_be_loaded():
    saved = {"settings": Settings(0.5), "weight": mg.ones(2)}
    with pytest.raises(pickle.UnpicklingError, match="Settings"):
        through(saved)
    with mg.serialization.safe_globals([Settings]):
        assert mg.serialization.get_safe_globals() == [Settings]
        found = through(saved)
        assert found["settings"].rate == 0.5
        assert found["weight"].tolist() == [1, 1]
        with pytest.raises(pickle.UnpicklingError, match="Linear"):
            through({"settings": Settings(1), "net": mg.nn.Linear(1, 1)})
    assert mg.serialization.get_safe_globals() == []
    mg.serialization.add_safe_globals([Settings])
    assert through(saved)["settings"].rate == 0.5
    mg.serialization.clear_safe_globals()
    with pytest.raises(pickle.UnpicklingError, match="Settings"):
        through(saved)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_names_that_python_2_had_otherwise(protocol):
    """Pickles up to version 2 have those."""
    saved = [range(3), {1}, 1j, collections.Counter("aab"), collections.UserDict(a=1)]
    file = io.BytesIO()
    mg.save(saved, file, pickle_protocol=protocol)
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError, match=r"got collections\.UserDict"):
        mg.load(file)
    file.seek(0)
    with mg.serialization.safe_globals([collections.UserDict]):
        assert mg.load(file) == saved
    file.seek(0)
    assert mg.load(file, weights_only=False) == saved


def test_pickles_of_ones_own_keep_their_names():
    """torch's are for files alone."""
    for protocol in range(6):
        assert b"torch" not in pickle.dumps([mg.float32, mg.bool, mg.ones(2).shape, mg.device("cpu")], protocol)
