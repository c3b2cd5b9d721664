"""The safetensors format, in bytes made by hand."""

import json

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.safetensors import load, load_file, save, save_file


def file(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def one(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


VALUES = np.array([1, -2], "<f4").tobytes()


@pytest.mark.parametrize(
    ("short", "file_type", "dtype"),
    [
        ("F64", "<f8", mg.float64), ("F32", "<f4", mg.float32), ("F16", "<f2", mg.float32), ("I64", "<i8", mg.int64),
        ("I32", "<i4", mg.int32), ("I16", "<i2", mg.int32), ("I8", "i1", mg.int32), ("U16", "<u2", mg.int32),
        ("U8", "u1", mg.uint8), ("BOOL", "?", mg.bool),
    ],
)  # fmt: skip
def test_types_of_elements(short, file_type, dtype):
    values = np.array([[0, 1, 1], [1, 0, 100]]).astype(file_type)
    header = {"a": one(short, (2, 3), (0, values.nbytes)), "__metadata__": {"format": "pt"}}
    found = load(file(header, values.tobytes()))
    assert list(found) == ["a"]
    assert found["a"].dtype is dtype
    assert found["a"].tolist() == values.tolist()


def test_the_upper_half_of_float32():
    values = np.array([1.5, -2.0, np.inf, np.nan], np.float32)
    raw = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    np.testing.assert_array_equal(load(file({"a": one("BF16", (4,), (0, 8))}, raw))["a"].numpy(), values)


def test_there_and_back(tmp_path):
    whole = mg.arange(6.0).reshape(2, 3)
    tensors = {
        "flags": mg.tensor([True, False]), "whole": whole, "columns": whole.T, "number": mg.tensor(3), "none": mg.ones(0, 2),
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
        (b"", "header of 2 to 100000000 bytes"),
        (b"\xff" * 20, "this one of 20 says"),
        (file(b"{]"), "no JSON object"),
        (file(b"[]"), "no JSON object"),
        (file(b"\xff\xfe"), "no JSON object"),
        (file(b"[" * 100_000), "no JSON object"),
        (file({"a": one(offsets=(0, 9))}, bytes(9)), "does not fit together"),
        (file({"a": one(offsets=(8, 0))}, bytes(8)), "does not fit together"),
        (file({"a": one(shape=(-2,), offsets=(8, 0))}, bytes(8)), "does not fit together"),
        (file({"a": one(shape=(2.0,))}, bytes(8)), "does not fit together"),
        (file({"a": one(shape=(2**62, 4))}, bytes(8)), "does not fit together"),
        (file({"a": one(offsets=(0,))}, bytes(8)), "does not fit together"),
        (file({"a": 3}), "does not fit together"),
        (file({"a": one("F8_E4M3")}, bytes(8)), "elements of F8_E4M3, expected F64"),
        (file({"a": one()}, bytes(7)), "expected from 0 within the file"),
        (file({"a": one(shape=(2**40,), offsets=(0, 2**42))}, bytes(8)), "within the file"),
        (file({"a": one(offsets=(1, 9))}, bytes(9)), "expected from 0"),
        (file({"a": one(), "b": one()}, bytes(8)), "expected from 8"),
        (file({"a": one()}, bytes(9)), "has 9 bytes of tensors, expected 8"),
        (file(b'{"a":%b,"a":%b}' % ((json.dumps(one()).encode(),) * 2), bytes(8)), "two tensors of one name"),
    ],
)
def test_files_that_are_none(raw, words):
    with pytest.raises(ValueError, match=words):
        load(raw)


def test_what_may_not_be_saved():
    with pytest.raises(TypeError, match="expected tensors by name, got list under 'a'"):
        save({"a": [1]})
    with pytest.raises(TypeError, match="expected tensors by name, got Tensor under 3"):
        save({3: mg.ones(1)})
    with pytest.raises(TypeError, match="expected text by name as metadata, got 3 under 'a'"):
        save({}, {"a": 3})
