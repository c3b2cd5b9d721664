"""The safetensors format, in bytes made by hand."""

import json

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.safetensors import SafetensorError, load, load_file, save, save_file
from mocrograd.safetensors.torch import storage_ptr, storage_size

pytestmark = pytest.mark.filterwarnings("ignore:mocrograd has no such tensors yet")


def file(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def one(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


VALUES = np.array([1, -2], "<f4").tobytes()


@pytest.mark.parametrize(
    ("short", "file_type", "dtype"),
    [
        ("F64", "<f8", mg.float64), ("F32", "<f4", mg.float32), ("F16", "<f2", mg.float16), ("I64", "<i8", mg.int64),
        ("I32", "<i4", mg.int32), ("I16", "<i2", mg.int16), ("I8", "i1", mg.int8), ("U16", "<u2", mg.int32),
        ("U32", "<u4", mg.int64), ("U64", "<u8", mg.int64), ("U8", "u1", mg.uint8), ("BOOL", "?", mg.bool),
    ],
)  # fmt: skip
def test_types_of_elements(short, file_type, dtype):
    values = np.array([[0, 1, 1], [1, 0, 100]]).astype(file_type)
    header = {"a": one(short, (2, 3), (0, values.nbytes)), "__metadata__": {"format": "pt"}}
    found = load(file(header, values.tobytes()))
    assert list(found) == ["a"]
    assert found["a"].dtype is dtype
    assert found["a"].tolist() == values.tolist()


@pytest.mark.parametrize("short", ["F8_E4M3", "F8_E5M2", "F8_E8M0"])
def test_floats_of_8_bits(torch, short):
    named = {"F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2, "F8_E8M0": torch.float8_e8m0fnu}[short]
    expected = torch.arange(256, dtype=torch.uint8).view(named).float()
    found = load(file({"a": one(short, (256,), (0, 256))}, bytes(range(256))))
    np.testing.assert_array_equal(found["a"].numpy(), expected)


@pytest.mark.filterwarnings("default")
def test_one_warning_for_a_file():
    content = file({"a": one("U16", (2,), (0, 4)), "b": one("U16", (2,), (4, 8))}, bytes(8))
    with pytest.warns(UserWarning, match="they were converted: uint16 is int32 now") as found:
        load(content)
    assert len(found) == 1


def test_bfloat16_is_the_upper_half_of_float32():
    values = np.array([1.5, -2.0, np.inf, np.nan], np.float32)
    raw = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    found = load(file({"a": one("BF16", (4,), (0, 8))}, raw))["a"]
    assert found.dtype is mg.bfloat16
    np.testing.assert_array_equal(found.float().numpy(), values)
    assert save({"a": found}).endswith(raw)


def test_there_and_back(tmp_path):
    whole = mg.arange(6.0).reshape(2, 3)
    tensors = {
        "flags": mg.tensor([True, False]), "whole": whole, "columns": whole.T.contiguous(), "number": mg.tensor(3), "none": mg.ones(0, 2),
        "wide": mg.ones(1, dtype=mg.float64), "ä": mg.nn.Parameter(mg.ones(2)),
    }  # fmt: skip
    save_file(tensors, tmp_path / "net.safetensors", metadata={"format": "pt"})
    raw = (tmp_path / "net.safetensors").read_bytes()
    assert raw == save(tensors, {"format": "pt"})
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    assert length % 8 == 0
    assert header["__metadata__"] == {"format": "pt"}
    assert header["columns"]["shape"] == [3, 2]
    for name, entry in header.items():
        assert name == "__metadata__" or entry["data_offsets"][0] % tensors[name].itemsize == 0
    found = load_file(tmp_path / "net.safetensors", device="cpu")
    assert set(found) == set(tensors)
    for name, tensor in tensors.items():
        assert found[name].dtype is tensor.dtype
        assert found[name].shape == tensor.shape
        assert found[name].tolist() == tensor.tolist()
        assert not found[name].requires_grad
    assert load(save({})) == {}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "header too small: .* at least 8 bytes, this one has 0"),
        (b"\xff" * 20, "header too large"),
        (file({})[:-1], "invalid header length: 2 bytes in a file of 9"),
        (file(b"{]"), "invalid JSON"),
        (file(b"[]"), "expected an object, got list"),
        (file(b"\xff\xfe"), "invalid UTF-8"),
        (file(b"[" * 100_000), "invalid JSON"),
        (file({"a": one(offsets=(0, 9))}, bytes(9)), "the tensor 'a' of F32 and shape .2. has 9 bytes, not 8"),
        (file({"a": one(offsets=(8, 0))}, bytes(8)), "invalid offset: the tensor 'a' is at bytes 8 to 0, expected 0"),
        (
            file({"a": one(shape=(-2,), offsets=(8, 0))}, bytes(8)),
            "the tensor 'a' is .* expected dtype, shape, data_off",
        ),
        (file({"a": one(shape=(2.0,))}, bytes(8)), "the tensor 'a' is"),
        (file({"a": one(shape=(2**62, 4))}, bytes(8)), "overflow"),
        (file({"a": one(offsets=(0,))}, bytes(8)), "the tensor 'a' is"),
        (file({"a": 3}), "the tensor 'a' is 3, expected"),
        (file({"a": one("F128")}, bytes(8)), "elements of 'F128', expected U64"),
        (file({"a": one("F4", (16,))}, bytes(8)), "elements of F4, expected F64"),
        (file({"a": one()}, bytes(7)), "describes 8 bytes of tensors, but the file has 7"),
        (file({"a": one(offsets=(1, 9))}, bytes(9)), "at bytes 1 to 9, expected 0"),
        (file({"a": one(), "b": one()}, bytes(8)), "at bytes 0 to 8, expected 8"),
        (file({"a": one()}, bytes(9)), "describes 8 bytes of tensors, but the file has 9"),
        (file({"a": one(shape=(2**60, 0), offsets=(0, 0))}), "larger than any memory"),
        (file({"__metadata__": {"a": 1}}), "expected text by name as __metadata__"),
    ],
)
def test_files_that_are_none(raw, words):
    with pytest.raises(SafetensorError, match=words):
        load(raw)


def test_what_may_not_be_saved(tmp_path):
    whole = mg.arange(6.0).reshape(2, 3)
    for error, words, tensors, metadata in [
        (ValueError, r"Expected a dict of \[str, Tensor\] but received <class 'list'>", [], None),
        (ValueError, "Key `a` is invalid, expected Tensor but received <class 'list'>", {"a": [1]}, None),
        (TypeError, "names of tensors as str, got int 3", {3: mg.ones(1)}, None),
        (TypeError, "expected text by name as metadata, got 3 under 'a'", {}, {"a": 3}),
        (ValueError, "cannot be called '__metadata__'", {"__metadata__": mg.ones(1)}, None),
        (ValueError, "non contiguous tensor: `a`", {"a": whole.T}, None),
        (RuntimeError, r"share memory.*\[\['a', 'b'\]\]", {"a": whole, "b": whole[1:], "c": mg.ones(2)}, None),
        (UnicodeEncodeError, "surrogates", {"\ud800": mg.ones(1)}, None),
        (SafetensorError, "header too large", {}, {"a": "x" * 100_000_000}),
    ]:
        with pytest.raises(error, match=words):
            save(tensors, metadata)
        with pytest.raises(error, match=words):
            save_file(tensors, tmp_path / "net.safetensors", metadata)
    assert list(tmp_path.iterdir()) == []


def test_parts_of_one_memory_that_do_not_overlap():
    whole = mg.arange(6.0).reshape(2, 3)
    assert load(save({"a": whole[:1], "b": whole[1:]}))["b"].tolist() == [[3, 4, 5]]


def test_memory_behind_tensors():
    x = mg.ones(4, 3)
    assert storage_ptr(x) == storage_ptr(x[2:]) == x.data_ptr()
    assert storage_size(x) == storage_size(x[2:]) == 48
