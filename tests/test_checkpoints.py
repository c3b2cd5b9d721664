"""PyTorch's files: what torch wrote is read, what mocrograd wrote torch reads, and training goes on in either."""

import collections
import gc
import io
import os
import zipfile
from pathlib import Path

import mocrograd as mg
import numpy as np
import pytest

pytestmark = pytest.mark.filterwarnings("ignore:mocrograd has no such tensors yet")

FILES = Path(__file__).parent / "checkpoints"


def saved(obj, **options):
    """Return a file with an object, to be read from its beginning."""
    file = io.BytesIO()
    mg.save(obj, file, **options)
    file.seek(0)
    return file


def test_a_file_of_torch_without_torch():
    state = mg.load(FILES / "torch.pth")
    assert state["epoch"] == 3
    assert list(state["net"]) == [
        "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"
    ]  # fmt: skip
    assert isinstance(state["net"], collections.OrderedDict)
    assert state["net"]._metadata["1"] == {"version": 2}
    assert state["net"]["0.weight"].tolist()[1][0] == pytest.approx(1.5217, abs=1e-4)
    assert state["net"]["1.num_batches_tracked"].item() == 1
    assert state["net"]["1.num_batches_tracked"].dtype is mg.int64
    assert state["optimizer"]["param_groups"][0]["lr"] == 0.5
    assert state["optimizer"]["state"][0]["step"].item() == 1
    assert (state["shape"], state["dtype"], state["device"]) == ((2, 3), mg.float64, mg.device("cpu"))
    assert type(state["shape"]) is mg.Size
    assert state["names"] == ["a", ("b", {"c"})]
    assert type(state["parameter"]) is mg.nn.Parameter
    assert not state["parameter"].requires_grad


@pytest.mark.parametrize(
    ("name", "values", "dtype"),
    [
        ("half", [1.5, -2.0, float("inf")], mg.float16),
        ("brain", [1.5, -2.0, float("nan")], mg.bfloat16),
        ("byte", [-3, 4], mg.int8),
        ("short", [-300], mg.int16),
        ("mask", [True, False], mg.bool),
        ("empty", [], mg.float32),
    ],
)
def test_elements_of_torch_without_torch(name, values, dtype):
    found = mg.load(FILES / "torch.pth")[name]
    assert found.dtype is dtype
    np.testing.assert_array_equal(found.double().numpy().reshape(-1), np.array(values, np.float64))


def test_memory_that_tensors_share():
    state = mg.load(FILES / "torch.pth")
    state["whole"][1, 0] = 9
    assert state["row"].tolist() == [9.0, 4.0, 5.0]
    assert state["columns"].tolist() == [[0.0, 9.0], [1.0, 4.0], [2.0, 5.0]]
    assert state["columns"].stride() == (1, 3)


def test_a_network_goes_on_from_a_file_of_torch():
    state = mg.load(FILES / "torch.pth")
    net = mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.BatchNorm1d(3))
    assert str(net.load_state_dict(state["net"])) == "<All keys matched successfully>"
    optimizer = mg.optim.Adam(net.parameters())
    optimizer.load_state_dict(state["optimizer"])
    net(mg.tensor([[1.0, 2.0], [3.0, 5.0]])).square().sum().backward()
    optimizer.step()
    assert optimizer.state_dict()["state"][0]["step"].item() == 2


def test_a_file_of_an_earlier_version():
    state = mg.load(FILES / "pickled.pt")
    assert (state["epoch"], state["names"], state["dtype"]) == (3, ["a", "b"], mg.float64)
    assert type(state["shape"]) is mg.Size
    assert state["net"]["0.weight"].tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    assert state["leaf"].requires_grad
    assert type(state["parameter"]) is mg.nn.Parameter
    assert state["flags"].tolist() == [True, False]


def test_memory_is_given_back_with_the_last_tensor():
    file = saved({"a": mg.ones(1000), "b": mg.zeros(10)})
    gc.collect()
    gc.disable()
    try:
        before = mg.memory_stats()["allocated"]
        state = mg.load(file)
        assert mg.memory_stats()["allocated"] > before
        del state
        assert mg.memory_stats()["allocated"] == before
        mg.save([mg.ones(1000)], io.BytesIO())
        assert mg.memory_stats()["allocated"] == before
    finally:
        gc.enable()


def test_views_share_memory_and_no_more_is_written():
    large = mg.arange(100_000.0)
    row, column, apart = large[10:20], large[12:30:3], large[50_000:50_010]
    file = saved([row, column, apart, large.detach()[11:12]])
    assert len(file.getvalue()) < 5000
    row, column, apart, one = mg.load(file)
    assert (row.tolist(), column.tolist()) == (list(range(10, 20)), list(range(12, 30, 3)))
    assert apart.tolist() == list(range(50_000, 50_010))
    row.zero_()
    assert column.tolist() == [0.0, 0.0, 0.0, 21.0, 24.0, 27.0]
    assert one.item() == 0.0
    assert apart.tolist() == list(range(50_000, 50_010))


def test_tied_weights_stay_tied():
    net = mg.nn.Sequential(mg.nn.Linear(2, 2), mg.nn.Linear(2, 2))
    net[1].weight = net[0].weight
    file = saved(net.state_dict())
    state = mg.load(file)
    assert state["0.weight"].data_ptr() == state["1.weight"].data_ptr()
    assert sum("data/" in name for name in zipfile.ZipFile(file).namelist()) == 3


def test_one_memory_in_two_dtypes():
    x = mg.arange(4.0)
    file = saved([x, mg.from_numpy(x.numpy().view(np.int32))])
    a, b = mg.load(file)
    assert a.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert b.tolist() == x.numpy().view(np.int32).tolist()


def test_entries_lie_at_multiples_of_64(tmp_path):
    mg.save({"a": mg.ones(3), "b": mg.ones(5, dtype=mg.uint8), "c": "x" * 77}, tmp_path / "file.pt")
    raw = (tmp_path / "file.pt").read_bytes()
    with zipfile.ZipFile(tmp_path / "file.pt") as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            header = raw[entry.header_offset :]
            at = 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
            assert (entry.header_offset + at) % 64 == 0
            assert entry.compress_type == zipfile.ZIP_STORED


class Reader:
    """A file that can do nothing but read."""

    def __init__(self, raw):
        self._file = io.BytesIO(raw)

    def read(self, *count):
        return self._file.read(*count)


class Writer:
    """A file that can do nothing but write."""

    def __init__(self):
        self.raw = b""

    def write(self, data):
        self.raw += bytes(data)
        return len(data)

    def flush(self):
        pass


def test_files_that_can_do_little():
    file = Writer()
    mg.save({"a": mg.arange(3)}, file)
    assert mg.load(Reader(file.raw))["a"].tolist() == [0, 1, 2]
    assert mg.load(Reader((FILES / "pickled.pt").read_bytes()))["epoch"] == 3


def test_a_file_mapped_into_memory(tmp_path):
    whole = mg.arange(1000.0)
    path = tmp_path / "file.pt"
    mg.save({"whole": whole, "part": whole[3:5], "flags": whole > 3, "none": mg.ones(0), "number": mg.tensor(3)}, path)
    before = path.read_bytes()
    reserved = mg.memory_stats()["allocated"]
    state = mg.load(path, mmap=True)
    assert mg.memory_stats()["allocated"] < reserved + 4000
    assert state["whole"].tolist() == whole.tolist()
    assert (state["flags"].sum().item(), state["none"].shape, state["number"].item()) == (996, (0,), 3)
    state["whole"].zero_()
    assert state["part"].tolist() == [0.0, 0.0]
    assert path.read_bytes() == before
    half = mg.load(FILES / "torch.pth", mmap=True)["half"]
    assert half.tolist() == [1.5, -2.0, float("inf")]
    with pytest.raises(ValueError, match="mmap=True expected the path of a file, got BytesIO"):
        mg.load(io.BytesIO(), mmap=True)
    with pytest.raises(RuntimeError, match="mmap=True expected a file in the zip format"):
        mg.load(FILES / "pickled.pt", mmap=True)


def test_a_mapped_file_is_written_anew(tmp_path):
    path = tmp_path / "file.pt"
    (tmp_path / "link.pt").symlink_to(path)
    values = mg.arange(100_000.0)
    mg.save([values], path)
    (first,), (second,) = mg.load(path, mmap=True), mg.load(path, mmap=True)
    del second
    mg.save([first[:10]], tmp_path / "link.pt")
    assert first.sum().item() == values.sum().item()
    assert mg.load(path)[0].tolist() == list(range(10))
    assert (tmp_path / "link.pt").is_symlink()
    os.link(path, tmp_path / "other.pt")
    mg.save([values], path)  # a file that is replaced keeps its other names
    assert mg.load(tmp_path / "other.pt")[0].shape == (10,)


def test_map_location_as_a_function():
    seen = []

    def place(storage, location):
        seen.append((storage.tolist(), location))
        return storage

    state = mg.load(FILES / "torch.pth", map_location=place)
    assert ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "cpu") in seen
    assert state["row"].tolist() == [3.0, 4.0, 5.0]
    mg.load(FILES / "torch.pth", map_location=lambda storage, location: None)
    with pytest.raises(RuntimeError, match="function to return a tensor or None, got int"):
        mg.load(FILES / "torch.pth", map_location=lambda storage, location: 3)
    with pytest.raises(RuntimeError, match="Expected one of cpu"):
        mg.load(FILES / "torch.pth", map_location="nowhere")


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_versions_of_pickle(protocol):
    file = saved({"a": mg.ones(2), "b": b"bytes", "c": {1, 2}, "d": 2**70}, pickle_protocol=protocol)
    loaded = mg.load(file)
    assert loaded.pop("a").tolist() == [1.0, 1.0]
    assert loaded == {"b": b"bytes", "c": {1, 2}, "d": 2**70}


@pytest.mark.parametrize("protocol", [-1, 0, 1, 6])
def test_there_is_no_such_version_of_pickle(protocol):
    with pytest.raises(ValueError, match="pickle_protocol from 2 to 5, got"):
        mg.save({}, io.BytesIO(), pickle_protocol=protocol)


def test_what_pickling_makes_on_the_way():
    file = saved([_Made(k) for k in range(50)])
    loaded = mg.load(file, weights_only=False)
    assert [x.tolist() for x in loaded] == [[float(k)] * 3 for k in range(50)]


def _same(x):
    return x


class _Made:
    """An object that is pickled as a tensor, which does not exist before."""

    def __init__(self, value):
        self.value = float(value)

    def __reduce__(self):
        return _same, (mg.full((3,), self.value),)


def test_a_subclass_stays_one():
    file = saved([mg.nn.Buffer(mg.ones(2)), mg.zeros(1)])
    buffer, other = mg.load(file)
    assert type(buffer) is mg.nn.Buffer
    assert (buffer.tolist(), other.tolist()) == ([1.0, 1.0], [0.0])


def test_a_compiled_step_does_not_save_or_load(tmp_path):
    path = str(tmp_path / "x.pt")

    @mg.compile(fullgraph=True)
    def saves(x):
        mg.save(x, path)
        return x + 1

    @mg.compile(fullgraph=True)
    def loads(x):
        return x + mg.load(path)

    for step, words in ((saves, "saves to a file"), (loads, "loads a file")):
        with pytest.raises(RuntimeError, match=words):
            [step(mg.ones(2)) for _ in range(3)]
