"""Files with tensors of the GPU."""

import io

import mocrograd as mg
import pytest

pytestmark = [pytest.mark.gpu, pytest.mark.filterwarnings("ignore:mocrograd has no such tensors yet")]


def name_of(place):
    return "function" if callable(place) else str(place)


def saved():
    whole = mg.arange(12.0).reshape(3, 4).to("gpu")
    file = io.BytesIO()
    mg.save({"whole": whole, "row": whole[1], "columns": whole.T, "cpu": mg.ones(2), "device": whole.device}, file)
    file.seek(0)
    return file


def test_tensors_come_back_to_their_device(gpu):
    state = mg.load(saved())
    assert state["whole"].device is state["row"].device is state["device"] is gpu
    assert str(state["cpu"].device) == "cpu"
    assert state["columns"].tolist()[1] == [1.0, 5.0, 9.0]
    state["whole"].fill_(3)
    assert state["row"].tolist() == [3.0] * 4
    assert state["columns"].tolist() == [[3.0] * 3] * 4


@pytest.mark.parametrize(
    "place", ["cpu", {"gpu:0": "cpu"}, {"cuda:0": "cpu"}, lambda storage, location: storage], ids=name_of
)
def test_tensors_go_to_the_cpu(place):
    state = mg.load(saved(), map_location=place)
    assert {str(state[name].device) for name in ("whole", "row", "columns", "cpu")} == {"cpu"}
    state["whole"].zero_()
    assert state["row"].tolist() == [0.0] * 4


@pytest.mark.parametrize(
    "place", ["gpu", "cuda:0", {"cpu": "gpu"}, lambda storage, location: storage.cuda()], ids=name_of
)
def test_tensors_go_to_the_gpu(gpu, place):
    state = mg.load(saved(), map_location=place)
    assert all(state[name].device is gpu for name in ("whole", "row", "columns", "cpu"))
    assert state["cpu"].tolist() == [1.0, 1.0]


def test_names_of_torch():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    seen = []
    state = torch.load(saved(), map_location=lambda storage, location: seen.append(location) or storage)
    assert set(seen) == {"cuda:0", "cpu"}
    assert str(state["device"]) == "cuda:0"
    assert state["row"].tolist() == [4.0, 5.0, 6.0, 7.0]


def test_a_file_of_before_zip_goes_to_the_gpu(gpu):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    whole = torch.arange(6.0).reshape(2, 3)
    file = io.BytesIO()
    torch.save([whole, whole[1], torch.ones(2).half()], file, _use_new_zipfile_serialization=False)
    file.seek(0)
    whole, row, half = mg.load(file, map_location="gpu")
    assert whole.device is row.device is half.device is gpu
    assert whole.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert half.tolist() == [1.0, 1.0]
    whole.zero_()
    assert row.tolist() == [0.0] * 3


def test_safetensors(gpu, tmp_path):
    from mocrograd.safetensors import load_file, save_file

    save_file(
        {"a": mg.arange(6.0).reshape(2, 3).to("gpu").T.contiguous(), "b": mg.ones(2)}, tmp_path / "net.safetensors"
    )
    found = load_file(tmp_path / "net.safetensors", device="cuda")
    assert found["a"].device is found["b"].device is gpu
    assert found["a"].tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
