"""The package `safetensors` and ours: each loads what the other one wrote, and both refuse the same files."""

import json
import random

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import safetensors as ours
from mocrograd.safetensors import header
from mocrograd.safetensors import numpy as our_arrays

theirs = pytest.importorskip("safetensors", minversion="0.8")
their_arrays = pytest.importorskip("safetensors.numpy")

ONE = b'{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'
EMPTY = b'{"dtype":"F32","shape":[0],"data_offsets":[%d,%d]}'


def file(text, data=bytes(8)):
    return len(text).to_bytes(8, "little") + text + data


def described(value, data=bytes(8)):
    """Return a file of one tensor."""
    return file(b'{"a":%b}' % (value if isinstance(value, bytes) else json.dumps(value).encode()), data)


def entry(dtype="F32", shape="[2]", offsets="[0,8]", more="", data=bytes(8)):
    return described(f'{{"dtype":"{dtype}",{more}"shape":{shape},"data_offsets":{offsets}}}'.encode(), data)


FILES = {
    # what the library's own tests read
    "whole": file(b'{"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}', bytes(16)),
    "metadata": file(b'{"__metadata__":{"framework":"pt"},"a":%b}       ' % ONE),
    "no dimension": entry("I32", "[]", "[0,4]", data=bytes(4)),
    "no elements": entry("I32", "[2,0]", "[0, 0]", data=b""),
    "two without elements": file(b'{"a":%b,"b":%b}' % (EMPTY % (0, 0), EMPTY % (0, 0)), b""),
    "no tensors": file(b"{}", b""),
    "spaces behind": file(b"{}\x0d\x20\x09\x0a", b""),
    "spaces before": file(b"\x09\x0a{}\x0d\x20", b""),
    "ten at one place": file(b"{%b}" % b",".join(b'"w%d":%b' % (i, ONE) for i in range(10))),
    "bytes left over": entry(data=bytes(8) + b"extra_bogus_data_for_polyglot_file"),
    "bytes missing": entry(data=bytes(6)),
    "header too large": b"<\0\0\0\0\xff\xff\xff" + ONE,
    "one byte over the limit": (100_000_001).to_bytes(8, "little") + ONE,
    "header too small": b"",
    "less than a length": b"\1\0\0",
    "no header": b"<\0\0\0\0\0\0\0",
    "not UTF-8": b"\1\0\0\0\0\0\0\0\xff",
    "not JSON": b"\1\0\0\0\0\0\0\0{",
    "another size": entry("I32", "[2,2]", "[0, 4]", data=b""),
    "shape overflows": entry("I32", "[2,18446744073709551614]", "[0,16]", data=bytes(16)),
    "size overflows": entry("I32", "[2,9223372036854775807]", "[0,16]", data=bytes(16)),
    # lengths and offsets
    "length 0": bytes(8),
    "longest length": b"\xff" * 8,
    "header to the end": file(b'{"a":%b}' % ONE, b""),
    "hole before": entry(offsets="[1,9]", data=bytes(9)),
    "hole between": file(b'{"a":%b,"b":{"dtype":"U8","shape":[1],"data_offsets":[9,10]}}' % ONE, bytes(10)),
    "overlap": file(b'{"a":%b,"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}' % ONE, bytes(12)),
    "twice the same bytes": file(b'{"a":%b,"b":%b}' % (ONE, ONE)),
    "beyond the file": entry(offsets="[0,80]", shape="[20]"),
    "backwards": entry(offsets="[8,0]"),
    "negative offset": entry(offsets="[-8,0]"),
    "one offset": entry(offsets="[0]"),
    "three offsets": entry(offsets="[0,8,8]"),
    "offsets as text": entry(offsets='"08"'),
    "offsets as an object": entry(offsets='{"0":8}'),
    "any order": file(b'{"b":{"dtype":"U8","shape":[2],"data_offsets":[8,10]},"a":%b}' % ONE, bytes(10)),
    "not aligned": file(b'{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"F32","shape":[1],'
                        b'"data_offsets":[1,5]}}', bytes(5)),
    "empty ones between": file(b'{"a":%b,"b":%b,"c":%b}' % (ONE, EMPTY % (8, 8), EMPTY % (0, 0))),
    "empty beyond": file(b'{"a":%b,"b":%b}' % (ONE, EMPTY % (9, 9))),
    # numbers
    "minus 0": entry(offsets="[-0,8]"),
    "a fraction": entry(shape="[2.0]"),
    "an exponent": entry(shape="[2e0]"),
    "a bool": entry("U8", "[true]", "[0,1]", data=bytes(1)),
    "a number as text": entry(shape='["2"]'),
    "leading 0": entry(shape="[02]"),
    "plus": entry(shape="[+2]"),
    "negative size": entry(shape="[-2]"),
    "null as a shape": entry(shape="null"),
    "an object as a shape": entry("U8", "{}", "[0,1]", data=bytes(1)),
    "nested shape": entry(shape="[[2]]"),
    "2^64": entry(shape="[0,18446744073709551616]", offsets="[0,0]", data=b""),
    "overflow before 0": entry(shape="[18446744073709551615,2,0]", offsets="[0,0]", data=b""),
    "overflow behind 0": entry(shape="[0,18446744073709551615,2]", offsets="[0,0]", data=b""),
    # types
    "unknown type": entry("F128"),
    "small letters": entry("f32"),
    "a type as an object": described(b'{"dtype":{"F32":null},"shape":[2],"data_offsets":[0,8]}'),
    "a type as an object with a value": described(b'{"dtype":{"F32":1},"shape":[2],"data_offsets":[0,8]}'),
    "a type as a number": described(b'{"dtype":17,"shape":[2],"data_offsets":[0,8]}'),
    "bits that fill no byte": entry("F4", "[3]", "[0,2]", data=bytes(2)),
    "four bits": entry("F4", "[4,4]"),
    "six bits": entry("F6_E2M3", "[4]", "[0,3]", data=bytes(3)),
    "a bool of 2": entry("BOOL", data=b"\2\1" * 4, shape="[8]"),
    **{f"type {short}": entry(short, f"[{64 // bits}]") for short, bits in header.BITS.items() if 64 % bits == 0},
    # objects
    "twice": file(b'{"a":%b,"a":%b}' % (ONE, ONE)),
    "twice, the first one wrong": file(b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,9]},"a":%b}' % ONE),
    "twice, the first one no tensor": file(b'{"a":3,"a":%b}' % ONE),
    "a field twice": entry(more='"dtype":"F32",'),
    "an unknown field": entry(more='"x":{"y":[1,null,"z"]},'),
    "an unknown field twice": entry(more='"x":1,"x":2,'),
    "a field missing": described(b'{"dtype":"F32","shape":[2]}'),
    "a list": described(b'["F32",[2],[0,8]]'),
    "a short list": described(b'["F32",[2]]'),
    "a long list": described(b'["F32",[2],[0,8],1]'),
    "null": described(b"null", b""),
    "a number": described(b"3", b""),
    "metadata twice": file(b'{"__metadata__":{},"__metadata__":{},"a":%b}' % ONE),
    "metadata of one name twice": file(b'{"__metadata__":{"a":"1","a":"2"},"a":%b}' % ONE),
    "metadata null": file(b'{"__metadata__":null,"a":%b}' % ONE),
    "metadata of a list": file(b'{"__metadata__":[],"a":%b}' % ONE),
    "metadata of numbers": file(b'{"__metadata__":{"a":1},"a":%b}' % ONE),
    "metadata of null": file(b'{"__metadata__":{"a":null},"a":%b}' % ONE),
    "metadata as a tensor": file(b'{"__metadata__":%b}' % ONE),
    "metadata alone": file(b'{"__metadata__":{"a":"b"}}', b""),
    # JSON that Python reads otherwise
    "nan": entry(more='"x":NaN,'),
    "infinity": entry(more='"x":-Infinity,'),
    "out of range": entry(more='"x":1e999,'),
    "309 digits": entry(more=f'"x":{"9" * 309},'),
    "30 digits": entry(more=f'"x":{"9" * 30},'),
    "5000 digits": entry(more=f'"x":{"9" * 5000},'),
    "half a character": file(b'{"\\ud800":%b}' % ONE),
    "half a character in a field": entry(more='"x":"\\udc00",'),
    "half a character in the name of a field": entry(more='"\\udc00":1,'),
    "half a character in metadata": file(b'{"__metadata__":{"a":"\\ud800"},"a":%b}' % ONE),
    "both halves": file(b'{"\\ud83d\\ude00":%b}' % ONE),
    "a byte order mark": file(b'\xef\xbb\xbf{"a":%b}' % ONE),
    "UTF-16": file((b'{"a":%b}' % ONE).decode().encode("utf-16-le")),
    "zeros behind": file(b'{"a":%b}\0\0' % ONE),
    "another space": file(b'{"a":%b}\x0c' % ONE),
    "a control character": file(b'{"a\x01":%b}' % ONE),
    "a comma too many": file(b'{"a":%b,}' % ONE),
    "two values": file(b'{"a":%b}{}' % ONE),
    "a comment": file(b'{"a":%b}//' % ONE),
    "no name": file(b'{"":%b}' % ONE),
    "an unknown escape": file(b'{"a\\x":%b}' % ONE),
    "a list of all": file(b"[]", b""),
    "a number of all": file(b"12", b""),
    **{f"{depth} brackets": entry(more=f'"x":{"[" * depth}{"]" * depth},') for depth in (100, 125, 126, 2000, 100_000)},
    **{f"{depth} objects": entry(more='"x":' + '{"y":' * depth + "1" + "}" * depth + ",") for depth in (125, 126)},
}  # fmt: skip


def outcome(function, raw):
    """Return what a function makes of a file, None where it refuses it."""
    try:
        return function(raw)
    except (theirs.SafetensorError, ours.SafetensorError):
        return None


def tensors_of(found):
    return None if found is None else {name: (v["dtype"], v["shape"], bytes(v["data"])) for name, v in found}


@pytest.mark.parametrize("name", FILES)
def test_both_accept_or_both_refuse(name):
    raw = FILES[name]
    expected = tensors_of(outcome(theirs.deserialize, raw))
    assert tensors_of(outcome(ours.deserialize, raw)) == expected


def test_the_table_has_both_kinds():
    refused = [name for name, raw in FILES.items() if outcome(ours.deserialize, raw) is None]
    assert 40 < len(refused) < len(FILES) - 30


def test_random_damage_is_refused_alike():
    chance = random.Random(0)
    whole = their_arrays.save(
        {"a.weight": np.ones((2, 3), np.float32), "b": np.ones(3, np.int64), "c": np.ones(0, np.uint8)}, {"x": "y"}
    )
    length = int.from_bytes(whole[:8], "little")
    signs = b'0123456789{}[]",: -.eEnulx\\/aFIU\x00\xff'
    accepted = 0
    for _ in range(20_000):
        raw = bytearray(whole)
        for _ in range(chance.choice([1, 1, 1, 2, 3])):
            at = chance.randrange(8 + length)
            raw[at : at + chance.choice([0, 1, 1, 1])] = bytes([chance.choice(signs)]) * chance.choice([0, 1, 1, 1])
        expected = tensors_of(outcome(theirs.deserialize, bytes(raw)))
        assert tensors_of(outcome(ours.deserialize, bytes(raw))) == expected, bytes(raw)
        accepted += expected is not None
    assert 100 < accepted < 10_000


@pytest.mark.parametrize("name", [name for name in FILES if name not in ("four bits", "six bits")])
def test_files_that_both_accept_hold_the_same(name, tmp_path):
    raw = FILES[name]
    (tmp_path / "file").write_bytes(raw)
    try:
        with theirs.safe_open(tmp_path / "file", "np") as found:
            expected = found.keys(), found.offset_keys(), found.metadata()
            try:
                values = found.get_tensors()
            except Exception:
                values = {}
    except theirs.SafetensorError:
        for framework in ("pt", "np"):
            with pytest.raises(ours.SafetensorError):
                ours.safe_open(tmp_path / "file", framework)
        return
    with ours.safe_open(tmp_path / "file", "np") as found:
        places = found.offset_keys()
        if name not in ("two without elements", "empty ones between"):  # theirs have no order there
            assert places == expected[1]
        assert (found.keys(), found.metadata()) == (expected[0], expected[2])
        for key, value in values.items():
            mine = found.get_tensor(key)
            if value.dtype.name == "bfloat16":  # NumPy has it where a program has imported ml_dtypes
                value = value.astype(np.float32)
            assert (mine.dtype, mine.shape) == (value.dtype, value.shape)
            assert mine.tolist() == (value.view(np.uint8) != 0 if value.dtype == bool else value).tolist()


def test_types_stand_in_the_library_s_order():
    with pytest.raises(theirs.SafetensorError) as caught:
        theirs.deserialize(FILES["unknown type"])
    listed = str(caught.value).split("`")[3::2]
    assert list(header.BITS) == listed[::-1]


def test_bytes_are_equal():
    kinds = [np.float64, np.float32, np.float16, np.int64, np.int32, np.int16, np.int8, np.uint64, np.uint32, np.uint16]
    kinds += [np.uint8, np.bool_, np.complex64]
    values = {f"{kind.__name__}.ä\"\\\n\x01\x7f{i}": np.arange(i * 3).reshape(i, 3).astype(kind) for i in (2, 1, 0)
              for kind in kinds}  # fmt: skip
    for metadata in (None, {}, {"a\n": 'ü"\x1f'}):
        raw = our_arrays.save(values, metadata)
        assert raw == their_arrays.save(values, metadata)
        shuffled = dict(reversed(values.items()))
        assert our_arrays.save(shuffled, metadata) == raw
        for loaded in (our_arrays.load(raw), their_arrays.load(raw)):
            assert {name: (value.dtype, value.tolist()) for name, value in loaded.items()} == {
                name: (value.dtype, value.tolist()) for name, value in values.items()
            }
    swapped = {"a": np.arange(3, dtype=">i4")}
    assert our_arrays.save(swapped) == their_arrays.save({"a": np.arange(3, dtype=np.int32)})
    strided = np.arange(12.0).reshape(3, 4)[:, ::2]
    assert our_arrays.load(our_arrays.save({"a": strided}))["a"].tolist() == strided.tolist()


def test_tensors_go_both_ways(tmp_path):
    values = {
        f"{dtype}": mg.arange(6).reshape(2, 3).to(dtype)
        for dtype in (mg.float64, mg.float32, mg.int64, mg.int32, mg.uint8, mg.bool, mg.float16, mg.int16, mg.int8)
    }
    ours.save_file(values, tmp_path / "ours", {"a": "b"})
    arrays = {name: value.numpy() for name, value in values.items()}
    their_arrays.save_file(arrays, tmp_path / "theirs", {"a": "b"})
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    for name, value in their_arrays.load_file(tmp_path / "ours").items():
        assert value.tolist() == values[name].tolist()
    loaded = ours.load_file(tmp_path / "theirs")
    assert list(loaded) == list(their_arrays.load_file(tmp_path / "theirs"))
    for name, value in values.items():
        assert loaded[name].dtype is value.dtype
        assert loaded[name].tolist() == value.tolist()


def test_arrays_that_may_not_be_saved(tmp_path):
    for wrong in (np.array(["a"]), [1.0], np.ones(1, np.complex128)):
        with pytest.raises(ValueError, match="Key `a` is invalid, expected an array of a type of the format"):
            our_arrays.save_file({"a": wrong}, tmp_path / "file")
    with pytest.raises(TypeError, match="names of tensors as str"):
        our_arrays.save({1: np.ones(1)})
    assert list(tmp_path.iterdir()) == []
