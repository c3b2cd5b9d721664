"""save_model and load_model: memory that several names share is written once."""

import subprocess
import sys

import mocrograd as mg
import pytest
from mocrograd.safetensors import load_file, load_model, safe_open, save_file, save_model
from mocrograd.safetensors.shared import dropped_names, shared_names


def tied(package=mg):
    class Tied(package.nn.Module):
        def __init__(self):
            super().__init__()
            self.b = package.nn.Linear(4, 4)
            self.a = self.b
            self.norm = package.nn.BatchNorm1d(4)
            self.head = package.nn.Linear(4, 4, bias=False)
            self.head.weight = self.b.weight

    return Tied()


class Apart(mg.nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = mg.nn.Linear(4, 4), mg.nn.Linear(4, 4)


def test_ties_are_written_once(tmp_path):
    model = tied()
    with pytest.raises(RuntimeError, match="share memory"):
        save_file(model.state_dict(), tmp_path / "net")
    metadata = {"format": "pt", "b.bias": "mine"}
    save_model(model, tmp_path / "net", metadata)
    assert metadata == {"format": "pt", "b.bias": "mine"}
    with safe_open(tmp_path / "net", "pt") as file:
        names = file.keys()
        assert names[:2] == ["a.bias", "a.weight"]
        assert not {"b.weight", "b.bias", "head.weight"} & set(names)
        assert file.metadata() == {
            "format": "pt", "b.bias": "mine", "b.weight": "a.weight", "head.weight": "a.weight",
        }  # fmt: skip
    other = tied()
    assert load_model(other, tmp_path / "net") == (set(), [])
    assert other.head.weight is other.b.weight is other.a.weight
    for name, value in model.state_dict().items():
        assert other.state_dict()[name].tolist() == value.tolist()


def test_other_names_in_the_file(tmp_path):
    model = tied()
    state = {name: value for name, value in model.state_dict().items() if not name.startswith(("a.", "head."))}
    save_file(state, tmp_path / "net")
    other = tied()
    assert load_model(other, tmp_path / "net") == (set(), [])
    assert other.a.weight.tolist() == model.a.weight.tolist()


def test_names_that_differ(tmp_path):
    model, apart = tied(), Apart()
    del model.norm, model.head
    save_model(model, tmp_path / "tied")
    with pytest.raises(
        RuntimeError, match=r'(?s)loading state_dict for Apart:.*Missing key\(s\).* "b.bias", "b.weight"$'
    ):
        load_model(apart, tmp_path / "tied")
    assert load_model(apart, tmp_path / "tied", strict=False) == ({"b.bias", "b.weight"}, [])
    save_model(apart, tmp_path / "apart")
    with pytest.raises(RuntimeError, match=r'Unexpected key\(s\) in state_dict: "b.bias", "b.weight"$'):
        load_model(model, tmp_path / "apart")
    with pytest.raises(RuntimeError, match="size mismatch"):
        load_model(mg.nn.Linear(3, 4), _of(mg.nn.Linear(4, 4), tmp_path))


def _of(model, folder):
    save_model(model, folder / "other")
    return folder / "other"


def test_layouts(tmp_path):
    model = mg.nn.Linear(4, 3)
    model.weight = mg.nn.Parameter(mg.arange(12.0).reshape(4, 3).T)
    with pytest.raises(
        ValueError, match=r"non contiguous tensor: `weight`.*use save_model\(..., force_contiguous=True\)"
    ):
        save_model(model, tmp_path / "net", force_contiguous=False)
    save_model(model, tmp_path / "net")
    assert load_file(tmp_path / "net")["weight"].tolist() == model.weight.tolist()


def test_groups_and_names():
    a = mg.zeros(3, 3)
    b, c, d = a[:1], a[1:], a[:, 1:]
    assert shared_names({"A": a, "B": b, "C": c}) == [["A", "B", "C"]]
    assert shared_names({"C": c, "B": b}) == [["B"], ["C"]]
    assert shared_names({"A": a, "B": a[1], "C": a[2]}) == [["A", "B", "C"]]
    assert shared_names({"A": a, "none": mg.zeros(0), "nothing": a[:0]}).count(["A"]) == 1
    assert dropped_names({"A": a, "B": b, "C": a, "D": d}) == {"A": ["B", "C", "D"]}
    assert dropped_names({"B": b, "Z": a, "C": a}, preferred=["Z", "B"]) == {"Z": ["B", "C"]}
    assert dropped_names({"T": a.T, "B": b}) == {"T": ["B"]}
    for parts in ({"B": a[:2], "C": a[1:]}, {"B": d, "C": b}):
        with pytest.raises(RuntimeError, match=r"no suitable name to keep for saving amongst \['B', 'C'\]"):
            dropped_names(parts)


@pytest.fixture
def library():
    pytest.importorskip("torch")
    return pytest.importorskip("safetensors.torch")


def test_the_library_reads_it_and_the_other_way_round(library, tmp_path):
    import torch

    ours, theirs = tied(), tied(torch)
    save_model(ours, tmp_path / "ours")
    library.save_model(theirs, str(tmp_path / "theirs"))
    with safe_open(tmp_path / "ours", "pt") as a, safe_open(tmp_path / "theirs", "pt") as b:
        assert (a.offset_keys(), a.metadata()) == (b.offset_keys(), b.metadata())
    assert library.load_model(theirs, tmp_path / "ours") == (set(), [])
    assert theirs.head.weight.tolist() == ours.head.weight.tolist()
    library.save_model(theirs, str(tmp_path / "theirs"), {"a.weight": "x"})
    assert load_model(ours, tmp_path / "theirs") == (set(), [])


def test_names_are_the_library_s(library):
    import torch

    def outcome(module, make):
        whole = make.zeros(4, 4)
        cases = [
            {"x": whole, "b": whole[:2], "a": whole}, {"a": whole[:2], "b": whole[2:], "c": whole},
            {"a": whole.reshape(16)[2:6], "b": whole.reshape(16)[4:9]}, {"a": whole[:, :2], "b": whole[:, 2:]},
            {"a": whole, "b": make.zeros(4, 4), "c": whole[3:]},
        ]  # fmt: skip
        for case in cases:
            for preferred in ([], ["c"], ["b", "x"]):
                try:
                    yield {kept: sorted(names) for kept, names in module(case, preferred).items()}
                except RuntimeError:
                    yield RuntimeError

    expected = list(outcome(lambda case, names: library._remove_duplicate_names(case, preferred_names=names), torch))
    assert RuntimeError in expected
    assert list(outcome(dropped_names, mg)) == expected


def test_scripts_run(tmp_path):
    (tmp_path / "script.py").write_text(
        "import torch\n"
        "from safetensors import safe_open, SafetensorError\n"
        "from safetensors.torch import load_file, load_model, save_file, save_model\n"
        "import safetensors.numpy\n"
        "save_file({'a': torch.ones(2)}, 'net.safetensors')\n"
        "with safe_open('net.safetensors', framework='pt', device='cpu') as f:\n"
        "    print(f.get_slice('a')[:1], load_file('net.safetensors')['a'])\n"
        "try:\n    safe_open('script.py', 'pt')\nexcept SafetensorError:\n    print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mocrograd", "run", "script.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "tensor([1.]) tensor([1., 1.])\nrefused\n", done.stderr
