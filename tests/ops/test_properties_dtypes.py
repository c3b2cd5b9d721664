"""The dtypes of torch that no tensor has: their names, limits and promotion are torch's, and using one raises."""

import copy
import itertools
import pickle

import mocrograd as mg
import pytest
from mocrograd.dtypes import ALL, COMPLEX, NAMED

ABSENT = sorted(set(NAMED) - {d.name for d in (*ALL, *COMPLEX)})
FIELDS = ("itemsize", "is_floating_point", "is_complex", "is_signed")


def name(dtype):
    return str(dtype).rpartition(".")[2]


def outcome(function, *args):
    """Return the name of the dtype that a function gives, or what it raises."""
    try:
        return name(function(*args))
    except RuntimeError:
        return "RuntimeError"


def test_names_are_those_of_torch(torch):
    theirs = {key: name(value) for key, value in vars(torch).items() if isinstance(value, torch.dtype)}
    assert {key: name(getattr(mg, key)) for key in theirs} == theirs
    assert set(NAMED) == set(theirs.values())


@pytest.mark.parametrize("dtype", NAMED)
def test_a_dtype_says_what_torchs_does(torch, dtype):
    ours, theirs = NAMED[dtype], getattr(torch, dtype)
    for field in FIELDS:
        assert outcome(getattr, ours, field) == outcome(getattr, theirs, field), field
    for method in ("to_real", "to_complex"):
        assert outcome(getattr(ours, method)) == outcome(getattr(theirs, method)), method
    assert repr(ours) == f"mocrograd.{dtype}"
    assert pickle.loads(pickle.dumps(ours)) is copy.deepcopy(ours) is ours


@pytest.mark.parametrize("dtype", NAMED)
def test_limits(torch, dtype):
    for kind, fields in (
        ("finfo", "bits eps max min resolution smallest_normal tiny dtype"),
        ("iinfo", "bits max min"),
    ):
        found = []
        for lib in (torch, mg):
            try:
                limits = getattr(lib, kind)(getattr(lib, dtype))
                found.append([getattr(limits, field) for field in fields.split()])
            except (TypeError, NotImplementedError) as error:
                found.append(type(error))
        assert found[0] == found[1], kind


def test_limits_are_equal_by_dtype():
    assert mg.finfo(mg.half) == mg.finfo(mg.float16) != mg.finfo(mg.bfloat16)
    assert mg.iinfo(mg.short) == mg.iinfo(mg.int16) != mg.iinfo(mg.int8)


@pytest.mark.parametrize("function", ["promote_types", "can_cast"])
def test_all_pairs(torch, function):
    wrong = {
        (a, b): (ours, theirs)
        for a, b in itertools.product(NAMED, NAMED)
        if (ours := outcome(getattr(mg, function), getattr(mg, a), getattr(mg, b)))
        != (theirs := outcome(getattr(torch, function), getattr(torch, a), getattr(torch, b)))
    }
    assert not wrong


@pytest.mark.parametrize("dtype", ABSENT)
def test_a_tensor_of_one_cannot_be_made(dtype):
    missing = getattr(mg, dtype)
    x = mg.ones(2)
    for use in (
        lambda: mg.zeros(2, dtype=missing),
        lambda: mg.empty(0, dtype=missing),
        lambda: mg.tensor([1], dtype=missing),
        lambda: mg.randint(0, 1, (2,), dtype=missing),
        lambda: x.to(missing),
        lambda: x.to("cpu", missing),
        lambda: x.view(missing),
        lambda: x.sum(dtype=missing),
        lambda: mg.frombuffer(b"1234" * 4, dtype=missing),
    ):
        with pytest.raises(TypeError, match=f"no tensors of {dtype} yet; there are float32, float64, int64, int32"):
            use()


def test_conversions_raise():
    with pytest.raises(TypeError, match="no tensors of"):
        mg.ones(2).chalf()


def test_a_model_stays_as_it_was():
    model = mg.nn.Linear(2, 2)
    with pytest.raises(TypeError, match="no tensors of complex32"):
        model.to(mg.complex32)
    assert {p.dtype for p in model.parameters()} == {mg.float32}


def test_old_constructors():
    for constructor, dtype in (
        (mg.HalfTensor, mg.float16),
        (mg.BFloat16Tensor, mg.bfloat16),
        (mg.ShortTensor, mg.int16),
        (mg.CharTensor, mg.int8),
    ):
        assert not isinstance(mg.ones(2), constructor)
        assert isinstance(constructor(2), constructor)
        assert constructor(2).dtype is dtype
    assert mg.ones(2).type("torch.HalfTensor").dtype is mg.float16


def test_files_keep_them(torch, tmp_path):
    for writer, reader in ((torch, mg), (mg, torch), (mg, mg)):
        writer.save({"dtype": [writer.float16, writer.complex64, writer.uint16]}, tmp_path / "file")
        found = reader.load(tmp_path / "file")
        assert found == {"dtype": [reader.float16, reader.complex64, reader.uint16]}
