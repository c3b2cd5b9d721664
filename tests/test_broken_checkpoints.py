"""Files in PyTorch's format that are damaged, or made to do harm."""

import collections
import io
import pickle
import zipfile

import mocrograd as mg
import numpy as np
import pytest

pytestmark = pytest.mark.filterwarnings("ignore:mocrograd has no such tensors yet")


def code(*values):
    """Return pickled values one after the other, without beginning and end; Raw ones as they are."""
    return b"".join(v.code if isinstance(v, Raw) else pickle.dumps(v, 2)[2:-1] for v in values)


class Raw:
    """A piece of a pickle."""

    def __init__(self, raw):
        self.code = raw


def name(module, function):
    return Raw(f"c{module}\n{function}\n".encode())


def called(function, *arguments):
    return Raw(function.code + b"(" + code(*arguments) + b"tR")


def memory(kind="FloatStorage", key="0", location="cpu", count=6, what="storage", **_):
    return Raw(b"(" + code(what, name("torch", kind), key, location, count) + b"tQ")


TENSOR, PARAMETER = name("torch._utils", "_rebuild_tensor_v2"), name("torch._utils", "_rebuild_parameter")
NO_HOOKS = called(name("collections", "OrderedDict"))


def tensor(offset=0, size=(2, 3), stride=(3, 1), requires_grad=False, **storage):
    return called(TENSOR, memory(**storage), offset, size, stride, requires_grad, NO_HOOKS)


def archive(obj, entries=None, *, order=b"little", root="archive", compression=zipfile.ZIP_STORED):
    entries = {"data/0": np.arange(6, dtype=np.float32).tobytes()} if entries is None else entries
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as zipped:
        zipped.writestr(f"{root}/data.pkl", obj if isinstance(obj, bytes) else b"\x80\x02" + code(obj) + b".")
        zipped.writestr(f"{root}/byteorder", order)
        for entry, raw in entries.items():
            zipped.writestr(f"{root}/{entry}", raw)
    file.seek(0)
    return file


def test_a_file_made_by_hand():
    """The others differ from this one."""
    assert mg.load(archive(tensor())).tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert mg.load(archive(tensor(), root="another name")).shape == (2, 3)
    parameter = mg.load(archive(called(PARAMETER, tensor(), True, NO_HOOKS)))
    assert parameter.requires_grad


@pytest.mark.parametrize("kind", ["FloatStorage", "DoubleStorage", "LongStorage", "HalfStorage", "BFloat16Storage"])
def test_the_other_order_of_bytes(kind):
    width = {"DoubleStorage": ">f8", "LongStorage": ">i8", "HalfStorage": ">f2"}.get(kind, ">f4")
    raw = np.array([1, 2, -3], width).tobytes()
    if kind == "BFloat16Storage":
        raw = b"".join(raw[i : i + 2] for i in range(0, 12, 4))
    file = archive(tensor(size=(3,), stride=(1,), kind=kind, count=3), {"data/0": raw}, order=b"big")
    assert mg.load(file).tolist() == [1, 2, -3]


OUTSIDE = [
    {"offset": 1},
    {"offset": -1},
    {"offset": 1.5},
    {"offset": 2**63},
    {"offset": 2**64},
    {"offset": True},
    {"size": (2, 4)},
    {"size": (-2, 3)},
    {"size": (-2, -3)},
    {"size": (2**62, 2**62)},
    {"size": (2**62, 2**62), "stride": (0, 0)},
    {"size": (2**40, 2**40), "stride": (0, 0)},
    {"size": (0, 2**70)},
    {"size": (2,)},
    {"size": 6},
    {"size": "23"},
    {"size": ("2", "3")},
    {"size": None},
    {"stride": (4, 1)},
    {"stride": (-3, 1)},
    {"stride": (2**63 - 1, 1)},
    {"stride": (2**64 - 3, 1)},
    {"stride": (3.0, 1.0)},
    {"count": 7},
    {"count": 5},
    {"count": -6},
    {"count": 2**62},
    {"count": 2**64},
    {"count": 6.0},
    {"kind": "DoubleStorage"},
    {"kind": "ByteStorage", "count": 25},
    {"key": "1"},
    {"key": 0},
    {"key": "../data/0"},
    {"location": 3},
    {"what": "module"},
    {"requires_grad": 1},
    {"requires_grad": None},
    {"requires_grad": True, "kind": "IntStorage"},
]


@pytest.mark.parametrize("change", OUTSIDE, ids=[str(change) for change in OUTSIDE])
@pytest.mark.parametrize("weights_only", [True, False])
def test_nothing_outside_of_the_memory_is_read(change, weights_only):
    with pytest.raises(pickle.UnpicklingError, match=r"a file|the entry"):
        mg.load(archive(tensor(**change)), weights_only=weights_only)


def test_a_second_view_cannot_enlarge_the_memory():
    lies = tensor(count=100, size=(100,), stride=(1,))
    with pytest.raises(pickle.UnpicklingError, match="reaches outside of its 6 elements"):
        mg.load(archive(Raw(b"(" + code(tensor(), lies) + b"t")))


def test_many_dimensions():
    one = tensor(size=(1,) * 100, stride=(1,) * 100)
    assert mg.load(archive(one)).reshape(1).tolist() == [0.0]


def test_a_tensor_that_repeats_an_element():
    loaded = mg.load(archive(tensor(size=(1000, 3), stride=(0, 2))))
    assert loaded.sum().item() == 6000.0


def test_flags_are_zero_or_one():
    file = archive(tensor(size=(3,), stride=(1,), kind="BoolStorage", count=3), {"data/0": b"\x00\x02\xff"})
    assert mg.load(file).numpy().view(np.uint8).tolist() == [0, 1, 1]


UTILS = "torch._utils"
WRONG = {
    "no storage": called(TENSOR, 3, 0, (1,), (1,), False, NO_HOOKS),
    "too few arguments": called(TENSOR, memory()),
    "unknown marks": called(TENSOR, memory(), 0, (1,), (1,), False, NO_HOOKS, {"other": True}),
    "conjugates of real numbers": called(TENSOR, memory(), 0, (1,), (1,), False, NO_HOOKS, {"conj": True}),
    "marks that are a tensor": called(TENSOR, memory(), 0, (1,), (1,), False, NO_HOOKS, tensor()),
    "parameter of nothing": called(PARAMETER, None, True, NO_HOOKS),
    "parameter of a parameter": called(PARAMETER, called(PARAMETER, tensor(), True, NO_HOOKS), True, NO_HOOKS),
    "parameter of integers": called(PARAMETER, tensor(kind="IntStorage"), True, NO_HOOKS),
    "attributes that are none": called(name(UTILS, "_rebuild_parameter_with_state"), tensor(), True, NO_HOOKS, [1]),
    "an attribute of ours": called(
        name(UTILS, "_rebuild_parameter_with_state"), tensor(), True, NO_HOOKS, {"_shape": (9,)}
    ),
    "a method": called(name(UTILS, "_rebuild_parameter_with_state"), tensor(), True, NO_HOOKS, {"sum": 1}),
    "another class": called(
        name("torch._tensor", "_rebuild_from_type_v2"), TENSOR, name("collections", "Counter"), (), {}
    ),
    "another function": called(
        name("torch._tensor", "_rebuild_from_type_v2"), name("torch", "device"), name("torch", "Tensor"), ("cpu",), {}
    ),
    "a tensor as a function": called(
        name("torch._tensor", "_rebuild_from_type_v2"), tensor(), name("torch", "Tensor"), (), {}
    ),
    "a device of no number": called(name("torch", "device"), "cuda", -1),
    "a device of no name": called(name("torch", "device"), 3),
    "memory alone": memory(),
    "memory in a list": [memory],
    "a quantized tensor": called(name(UTILS, "_rebuild_qtensor")),
    "a subclass that is none": called(name("mocrograd.serialization", "subclass"), 3, tensor(), False),
    "bytes that are no code": b"\x80\x02\xff.",
    "no end": b"\x80\x02K\x01",
    "no values": b"\x80\x02.",
}
WRONG["memory in a list"] = Raw(b"(" + code(memory()) + b"l")


@pytest.mark.parametrize("what", WRONG)
def test_what_makes_no_sense(what):
    with pytest.raises((pickle.UnpicklingError, EOFError)):
        mg.load(archive(WRONG[what]))


def built(obj, state):
    """Return an object whose attributes are set."""
    return Raw(code(obj, state) + b"b")


@pytest.mark.parametrize(
    "obj",
    [
        name("torch", "float32"), name("torch", "Tensor"), name("torch.nn.parameter", "Parameter"), TENSOR,
        name("torch", "FloatStorage"), name("collections", "Counter"), name("torch", "Size"), tensor(), memory(),
        called(PARAMETER, tensor(), True, NO_HOOKS), called(name("mocrograd.dtypes", "_by_name"), "float32"),
        called(name("torch", "device"), "cpu"), [],
    ],
)  # fmt: skip
@pytest.mark.parametrize("state", [(None, {"itemsize": 1 << 40}), {"itemsize": 1 << 40}])
def test_a_file_changes_nothing_that_exists(obj, state):
    with pytest.raises(pickle.UnpicklingError, match="may set attributes of OrderedDict, not of"):
        mg.load(archive(built(obj, state)))
    assert mg.float32.itemsize == 4


def test_an_earlier_file_changes_nothing_that_exists():
    raw = (
        b"\x80\x02"
        + built(called(name("mocrograd.dtypes", "_by_name"), "float32"), (None, {"itemsize": 8})).code
        + b"."
    )
    with pytest.raises(pickle.UnpicklingError, match="not of dtype"):
        mg.load(io.BytesIO(raw))
    assert mg.float32.itemsize == 4


def test_attributes_of_a_state():
    loaded = mg.load(archive(built(NO_HOOKS, {"_metadata": {"": 1}})))
    assert (type(loaded), loaded._metadata) == (collections.OrderedDict, {"": 1})


@pytest.mark.parametrize(
    ("module", "function"),
    [
        ("os", "system"), ("builtins", "eval"), ("__builtin__", "eval"), ("posix", "system"), ("mocrograd", "save"),
        ("mocrograd.serialization", "load"), ("mocrograd.serialization.archive", "Archive"), ("torch", "load"),
        ("torch.hub", "load"), ("torch._utils", "_rebuild_device_tensor_from_numpy"), ("builtins", "getattr"),
    ],
)  # fmt: skip
def test_no_other_function_is_found(module, function):
    with pytest.raises(pickle.UnpicklingError, match=function):
        mg.load(archive(called(name(module, function), "echo this must not run")))


def test_what_lives_in_torch_cannot_be_trusted_into_being():
    layer = called(name("torch.nn.modules.linear", "Linear"))
    for weights_only in (True, False):
        with pytest.raises(
            pickle.UnpicklingError, match=r"torch\.nn\.modules\.linear\.Linear, which is a part of torch"
        ):
            mg.load(archive(layer), weights_only=weights_only)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (lambda: archive(tensor(), {}), "data/0, which is missing"),
        (lambda: archive(tensor(), {"data/0": bytes(23)}), "has 23 bytes, expected 24"),
        (lambda: archive(tensor(), order=b"middle"), "unknown order of bytes: b'middle'"),
        (lambda: archive(tensor(), compression=zipfile.ZIP_DEFLATED), "compressed or encrypted"),
        (lambda: archive(tensor(), {"constants.pkl": b""}), "a program of torch.jit"),
        (lambda: _zip({"a/b": b""}), "a zip archive of something else"),
        (lambda: io.BytesIO(b"PK\x03\x04" + bytes(26) + _zip({}).getvalue()), "a zip archive of something else"),
        (lambda: io.BytesIO(archive(tensor()).getvalue()[:-30]), "a damaged zip archive"),
        (lambda: io.BytesIO(archive(tensor()).getvalue()[:100]), "a damaged zip archive"),
        (lambda: io.BytesIO(b"PK\x03\x04"), "a damaged zip archive"),
    ],
)
def test_archives_that_are_none(file, words):
    with pytest.raises(pickle.UnpicklingError, match=words):
        mg.load(file())


def _zip(entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        for entry, raw in entries.items():
            zipped.writestr(entry, raw)
    file.seek(0)
    return file


def test_devices_that_are_not_here():
    for place in ("cuda:77", "mps"):
        with pytest.raises(RuntimeError, match=f"of device {place}: load it with map_location='cpu'"):
            mg.load(archive(tensor(location=place)))
        for target in ("cpu", {place: "cpu"}, lambda storage, location: storage):
            assert mg.load(archive(tensor(location=place)), map_location=target).shape == (2, 3)
    assert mg.load(archive(tensor(location="cuda:77")), {"gpu:77": "cpu"}).shape == (2, 3)


def stream(obj, keys=("0",), raw=None, version=1001, little=True, length=6):
    """Return a file of before version 1.6."""
    raw = np.arange(6, dtype="<f4" if little else ">f4").tobytes() if raw is None else raw
    system = {"protocol_version": version, "little_endian": little}
    pickles = [0x1950A86A20F9469CFC6C, version, system, obj, list(keys)]
    parts = [b"\x80\x02" + code(x) + b"." for x in pickles]
    return io.BytesIO(b"".join(parts) + length.to_bytes(8, "little") + raw)


def old_memory(kind="FloatStorage", key="0", count=6, view=None, location="cpu"):
    return Raw(b"(" + code("storage", name("torch", kind), key, location, count, view) + b"tQ")


def old_tensor(offset=0, size=(2, 3), stride=(3, 1), **storage):
    return called(name("torch._utils", "_rebuild_tensor"), old_memory(**storage), offset, size, stride)


def test_a_stream_made_by_hand():
    """The others differ from this one."""
    for little in (True, False):
        assert mg.load(stream(old_tensor(), little=little)).tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


@pytest.mark.parametrize(
    "make",
    [
        lambda: stream(old_tensor(offset=1)),
        lambda: stream(old_tensor(size=(3, 3))),
        lambda: stream(old_tensor(stride=(-1, 1))),
        lambda: stream(old_tensor(count=2**62, size=(2**40,), stride=(1,))),
        lambda: stream(old_tensor(count=1000, size=(1000,), stride=(1,))),
        lambda: stream(old_tensor(), length=7),
        lambda: stream(old_tensor(), keys=()),
        lambda: stream(old_tensor(), keys=("1",)),
        lambda: stream(old_tensor(), keys=("0", "1")),
        lambda: stream(old_tensor(view=("1", 0, 6))),
        lambda: stream(old_tensor(), raw=bytes(23)),
        lambda: stream(old_tensor(), version=1002),
        lambda: stream(old_memory()),
        lambda: stream(Raw(b"(" + code(old_tensor(), old_tensor(kind="DoubleStorage")) + b"t")),
        lambda: io.BytesIO(stream(old_tensor()).getvalue()[:40]),
    ],
)
@pytest.mark.parametrize("weights_only", [True, False])
def test_streams_that_are_none(make, weights_only):
    good = make()
    with pytest.raises((pickle.UnpicklingError, EOFError)):
        mg.load(good, weights_only=weights_only)


def test_any_damage_ends_in_an_exception():
    """Bytes that change, one at a time, give other values or an exception, and nothing else."""
    good = archive(Raw(b"(" + code(tensor(), called(PARAMETER, tensor(), True, NO_HOOKS)) + b"t")).getvalue()
    random = np.random.default_rng(0)
    failed = 0
    for at in range(len(good)):
        raw = bytearray(good)
        raw[at] ^= int(random.integers(1, 256))
        try:
            for found in mg.load(io.BytesIO(bytes(raw))):
                if isinstance(found, mg.Tensor):
                    found.sum()
        except (pickle.UnpicklingError, EOFError, TypeError, RuntimeError):
            failed += 1
    assert failed > 100


def test_a_file_of_something_else_is_named_with_its_beginning(tmp_path):
    path = tmp_path / "notes.pt"
    path.write_bytes(b"abc")
    with pytest.raises(
        pickle.UnpicklingError, match=r"notes\.pt: a file of neither save\(\) nor .* begins with b'abc'"
    ):
        mg.load(path)
