"""Files whose bytes have changed: they load as they were or not at all."""

import collections
import io
import pickle
import zipfile
import zlib
from pathlib import Path

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.serialization import sums, zipped

pytestmark = pytest.mark.filterwarnings("ignore:mocrograd has no such tensors yet")

TORCH = Path(__file__).parent / "checkpoints" / "torch.pth"
WRONG = (pickle.UnpicklingError, EOFError)


def plain(obj):
    """Return an object with tensors as bytes, so that it can be compared."""
    if isinstance(obj, mg.Tensor):
        return type(obj).__name__, obj.dtype, tuple(obj.shape), obj.requires_grad, obj.detach().numpy().tobytes()
    if isinstance(obj, dict):
        return type(obj).__name__, [(plain(key), plain(value)) for key, value in obj.items()]
    if isinstance(obj, (list, tuple)):
        return type(obj).__name__, [plain(each) for each in obj]
    return repr(obj)


def state():
    mg.manual_seed(0)
    whole = mg.arange(60.0).reshape(6, 10)
    return collections.OrderedDict(
        whole=whole, row=whole[1], flags=whole > 3, bytes=mg.arange(64, dtype=mg.uint8), many=[mg.full((16,), float(k)) for k in range(8)],
        net=mg.nn.Linear(3, 2).state_dict(), parameter=mg.nn.Parameter(mg.ones(4)), step=3, empty=mg.ones(0),
    )  # fmt: skip


def ours():
    file = io.BytesIO()
    mg.save(state(), file)
    return file.getvalue()


def turned(raw):
    """Return a file whose numbers have the other order of bytes."""
    source, file = zipfile.ZipFile(io.BytesIO(raw)), io.BytesIO()
    writer = zipped.Writer(file, "archive")
    for name in source.namelist():
        writer.add(name.partition("/")[2], b"big" if name.endswith("byteorder") else source.read(name))
    writer.close()
    return file.getvalue()


FILES = {"ours": ours, "torch": TORCH.read_bytes, "turned": lambda: turned(TORCH.read_bytes())}


def flipped(raw, random, places, count):
    damaged = bytearray(raw)
    for at in random.choice(places, count):
        damaged[at] ^= 1 << int(random.integers(8))
    return bytes(damaged)


def content(raw):
    """Return where the bytes of tensors lie in a file."""
    found = []
    for entry in zipped.entries(io.BytesIO(raw)):
        if "/data/" in entry.name:
            start = entry.start(io.BytesIO(raw))
            found += range(start, start + entry.size)
    return found


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("flips", "count"), [(1, 1000), (3, 300)])
def test_no_other_numbers_without_a_word(name, flips, count):
    raw = FILES[name]()
    random, expected, refused = np.random.default_rng(flips), plain(mg.load(io.BytesIO(raw))), 0
    for _ in range(count):
        damaged = flipped(raw, random, len(raw), flips)
        try:
            assert plain(mg.load(io.BytesIO(damaged))) == expected
        except WRONG:
            refused += 1
    assert refused > count // 4


@pytest.mark.parametrize("name", FILES)
def test_damage_outside_of_the_tensors_of_a_mapped_file(tmp_path, name):
    raw, path = FILES[name](), tmp_path / "file.pth"
    path.write_bytes(raw)
    expected, refused = plain(mg.load(path, mmap=True)), 0
    places = np.setdiff1d(np.arange(len(raw)), content(raw))
    for seed in range(500):
        path.write_bytes(flipped(raw, np.random.default_rng(seed), places, 1))
        try:
            assert plain(mg.load(path, mmap=True)) == expected
        except WRONG:
            refused += 1
    assert refused > 125


@pytest.mark.parametrize("name", FILES)
def test_file_and_entry_are_named(tmp_path, name):
    raw, path = FILES[name](), tmp_path / "file.pth"
    at = content(raw)[0]
    path.write_bytes(raw[:at] + bytes([raw[at] ^ 64]) + raw[at + 1 :])
    with pytest.raises(
        pickle.UnpicklingError, match=r"the entry data/\d of the file '.*file.pth' is damaged.*verify=False"
    ):
        mg.load(path)
    expected, damaged = plain(mg.load(io.BytesIO(raw))), plain(mg.load(path, verify=False))
    assert damaged != expected
    assert repr(damaged)[:50] == repr(expected)[:50]
    if name != "turned":
        assert plain(mg.load(path, mmap=True)) == damaged
    with pytest.raises(pickle.UnpicklingError, match="is damaged"):
        mg.load(path, mmap=True, verify=True)


def test_a_large_entry(tmp_path, monkeypatch):
    """Its pieces are read and summed one after the other."""
    monkeypatch.setattr(sums, "PIECE", 5000)
    path = tmp_path / "file.pth"
    mg.save([mg.arange(2600), mg.ones(2, 250)], path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    whole, ones = mg.load(path)
    assert whole.tolist() == list(range(2600))
    assert ones.sum().item() == 500
    raw = path.read_bytes()
    for at in np.random.default_rng(0).choice(content(raw), 20):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        with pytest.raises(pickle.UnpicklingError, match="is damaged"):
            mg.load(path)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 127, 128, 1000, 4095, 4096, 4097, 4160, 100_003])
def test_sums_are_those_of_zlib(size, monkeypatch):
    for folded in (64, 4096):
        monkeypatch.setattr(sums, "_FOLDED", folded)
        for before in (0, 1, 0x12345678, 0xFFFFFFFF):
            raw = np.random.default_rng(size).bytes(size)
            assert sums.total(raw, before) == zlib.crc32(raw, before)
            memory = memoryview(raw)[size // 3 :]
            assert sums.total(memory, before) == zlib.crc32(memory, before)
    monkeypatch.setattr(sums.backend, "FOLDS_CRC", False)
    assert sums.total(raw) == zlib.crc32(raw)


def test_archives_too_large_for_32_bits(monkeypatch):
    """Numbers that need more stand in other places, here from a few hundred on."""
    monkeypatch.setattr(zipped, "_FEW", 2)
    file = io.BytesIO()
    mg.save(state(), file)
    file.seek(0)
    expected = plain(mg.load(file))
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
    assert expected == plain(mg.load(io.BytesIO(ours())))


def test_what_stands_before_and_behind():
    raw = ours()
    expected = plain(mg.load(io.BytesIO(raw)))
    file = io.BytesIO()
    file.write(raw[:-2] + (300).to_bytes(2, "little") + b"PK\x05\x06" * 75)  # a comment, in which the end seems to be
    file.seek(0)
    assert plain(mg.load(file)) == expected
    with pytest.raises(pickle.UnpicklingError, match="the end of its directory is missing"):
        mg.load(io.BytesIO(raw + b"more"))


def test_a_file_in_a_tensor_is_not_taken_for_the_file():
    inner = io.BytesIO()
    mg.save([mg.zeros(1)], inner)
    outer = io.BytesIO()
    mg.save([mg.tensor(list(inner.getvalue()), dtype=mg.uint8)], outer)
    raw = bytearray(outer.getvalue())
    raw[-22] ^= 1
    with pytest.raises(pickle.UnpicklingError, match="the end of its directory is missing"):
        mg.load(io.BytesIO(raw))


def test_an_entry_that_another_name_hides():
    """Without its name the order of bytes would be the usual one."""
    raw = turned(TORCH.read_bytes())
    at = raw.rfind(b"byteorder")
    with pytest.raises(pickle.UnpicklingError, match="there is no entry"):
        mg.load(io.BytesIO(raw[:at] + b"c" + raw[at + 1 :]))


def test_gaps_between_entries_are_no_damage(tmp_path):
    """Other programs leave some: then the sum tells whether a tensor to be mapped is where it should be."""
    source, path = zipfile.ZipFile(io.BytesIO(ours())), tmp_path / "file.pth"
    with path.open("wb") as file:
        writer = zipped.Writer(file, "archive")
        for name in source.namelist():
            writer.add(name.partition("/")[2], source.read(name))
            writer._write(bytes(64))
        writer.close()
    source.fp.seek(0)
    expected = plain(mg.load(source.fp))
    assert plain(mg.load(path)) == plain(mg.load(path, mmap=True)) == expected


def test_files_of_torch_without_sums():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        file = io.BytesIO()
        torch.save({"a": torch.arange(3), "b": torch.ones(2)}, file)
    finally:
        torch.serialization.set_crc32_options(before)
    file.seek(0)
    assert mg.load(file)["a"].tolist() == [0, 1, 2]
