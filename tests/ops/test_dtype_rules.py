"""Promotion, limits, the default dtype, and what tensors say of themselves: as torch has it."""

import itertools

import mocrograd as mg
import numpy as np
import pytest

NAMES = ("float32", "float64", "int64", "int32", "uint8", "bool")


def name(dtype):
    return str(dtype).rpartition(".")[2]


@pytest.mark.parametrize(("a", "b"), list(itertools.product(NAMES, NAMES)))
def test_pairs_of_dtypes(torch, a, b):
    ours, theirs = (getattr(mg, a), getattr(mg, b)), (getattr(torch, a), getattr(torch, b))
    if {a, b} == {"uint8", "int32"} or {a, b} <= set(NAMES):
        assert name(mg.promote_types(*ours)) == name(torch.promote_types(*theirs))
    assert mg.can_cast(*ours) == torch.can_cast(*theirs)
    for shapes in itertools.product(((), (2,)), repeat=2):
        x = [mg.ones(s, dtype=d) for s, d in zip(shapes, ours)]
        y = [torch.ones(s, dtype=d) for s, d in zip(shapes, theirs)]
        assert name(mg.result_type(*x)) == name(torch.result_type(*y)), shapes
        if {a, b} != {"bool"}:
            assert (x[0] * x[1]).dtype is mg.result_type(*x), shapes


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize("number", [True, 2, 2.5])
def test_dtypes_and_numbers(torch, dtype, number):
    for shape in ((), (2,)):
        x, y = mg.ones(shape, dtype=getattr(mg, dtype)), torch.ones(shape, dtype=getattr(torch, dtype))
        assert name(mg.result_type(x, number)) == name(torch.result_type(y, number))
        assert name(mg.result_type(number, x)) == name(torch.result_type(number, y))


@pytest.mark.parametrize("dtype", NAMES[:2])
def test_limits_of_floats(torch, dtype):
    ours, theirs = mg.finfo(getattr(mg, dtype)), torch.finfo(getattr(torch, dtype))
    for field in ("bits", "eps", "max", "min", "tiny", "smallest_normal", "resolution", "dtype"):
        assert (
            getattr(ours, field) == pytest.approx(getattr(theirs, field))
            if field != "dtype"
            else ours.dtype == theirs.dtype
        )
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("dtype", NAMES[2:5])
def test_limits_of_integers(torch, dtype):
    ours, theirs = mg.iinfo(getattr(mg, dtype)), torch.iinfo(getattr(torch, dtype))
    assert (ours.bits, ours.min, ours.max, ours.dtype) == (theirs.bits, theirs.min, theirs.max, theirs.dtype)


def test_limits_of_the_wrong_kind():
    for wrong in (
        lambda: mg.finfo(mg.int64),
        lambda: mg.iinfo(mg.float32),
        lambda: mg.iinfo(mg.bool),
        lambda: mg.finfo(3),
    ):
        with pytest.raises(TypeError, match=r"finfo|iinfo"):
            wrong()


@pytest.fixture
def default_float64():
    mg.set_default_dtype(mg.float64)
    yield
    mg.set_default_dtype(mg.float32)


def test_the_default_dtype(default_float64):
    assert mg.get_default_dtype() is mg.float64
    made = [mg.zeros(2), mg.empty(2), mg.full((2,), 1.0), mg.tensor([1.0]), mg.tensor([]), mg.arange(3.0), mg.linspace(0, 1, 3),
            mg.rand(2), mg.randn(2), mg.eye(2), mg.ones(2, dtype=mg.int64) + 1.5, mg.Tensor(2), mg.logspace(0, 1, 2),
            mg.tensor([1, 2]) / 2]  # fmt: skip
    assert [x.dtype for x in made] == [mg.float64] * len(made)
    assert repr(mg.ones(1)) == "tensor([1.])"
    assert mg.finfo().bits == 64


def test_a_default_dtype_is_floating():
    with pytest.raises(TypeError, match="int64"):
        mg.set_default_dtype(mg.int64)


def test_a_default_dtype_has_tensors():
    try:
        for narrow in (mg.float16, mg.bfloat16):
            mg.set_default_dtype(narrow)
            assert mg.get_default_dtype() is narrow
            assert mg.tensor([1.5]).dtype is mg.ones(2).dtype is mg.randn(2).dtype is narrow
            assert (mg.tensor([1, 2]) + 0.5).dtype is mg.arange(3).sqrt().dtype is mg.nn.Linear(1, 1).weight.dtype
    finally:
        mg.set_default_dtype(mg.float32)
    with pytest.raises(TypeError, match="no tensors of float8_e5m2 yet"):
        mg.set_default_dtype(mg.float8_e5m2)


def test_what_tensors_say_of_themselves(torch):
    for dtype in NAMES:
        x, y = mg.ones(2, 3, dtype=getattr(mg, dtype)), torch.ones(2, 3, dtype=getattr(torch, dtype))
        for question in (
            "is_signed",
            "is_floating_point",
            "is_complex",
            "ndimension",
            "dim",
            "nelement",
            "element_size",
        ):
            assert getattr(x, question)() == getattr(y, question)(), question
        assert x.type().partition(".")[2] == y.type().partition(".")[2]
        assert x.type(f"torch.{y.type().partition('.')[2]}").dtype is x.dtype
        assert mg.is_floating_point(x) == torch.is_floating_point(y)
    assert mg.is_tensor(mg.ones(1))
    assert not mg.is_tensor([1])
    assert mg.numel(mg.ones(2, 3)) == 6
    assert mg.is_nonzero(mg.tensor(2.0))
    assert not mg.tensor([0]).is_nonzero()
    assert mg.ones(2).type(mg.int64).dtype is mg.int64
    with pytest.raises(ValueError, match="OddTensor"):
        mg.ones(2).type("torch.OddTensor")


def test_where_a_view_begins(torch):
    for m in (mg, torch):
        x = m.zeros(4, 5)
        assert [x.storage_offset(), x[1].storage_offset(), x[2, 1:].storage_offset(), x.T[3].storage_offset()] == [
            0,
            5,
            11,
            3,
        ]
    array = np.zeros((4, 5))
    assert mg.from_numpy(array)[1].storage_offset() == 5


def test_options_that_mean_contiguous():
    x = mg.ones(2, 3)
    form = mg.contiguous_format
    assert x.clone(memory_format=mg.preserve_format).tolist() == x.tolist()
    assert x.contiguous(memory_format=form) is x
    assert x.is_contiguous(memory_format=form)
    assert mg.zeros_like(x, memory_format=form).shape == x.shape
    assert mg.rand_like(x, memory_format=form).shape == x.shape
    assert x.float(memory_format=form) is x
    assert x.to(mg.float64, True).dtype is mg.float64
    assert x.to("cpu", non_blocking=True) is x
    assert x.to() is x.to(None) is x.to(None, None) is x.to("cpu", None) is x
    assert x.to(None, mg.float64).dtype is mg.float64
    with pytest.raises(TypeError, match="got NoneType"):
        x.to(mg.float64, None)
    copy = x.to(mg.float32, False, True)
    assert copy.data_ptr() != x.data_ptr()
    with pytest.raises(TypeError, match="memory_format"):
        x.clone(memory_format="channels_last")


def test_asarray(torch):
    array = np.ones(3, np.float32)
    assert mg.asarray(array).data_ptr() == array.ctypes.data
    assert mg.asarray(array, copy=True).data_ptr() != array.ctypes.data
    assert mg.asarray(array, dtype=mg.float64).dtype is mg.float64
    assert mg.asarray(array, requires_grad=True).requires_grad
    assert mg.asarray([1, 2]).tolist() == [1, 2]
    assert mg.asarray(torch.ones(2)).tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="alias"):
        mg.asarray([1], copy=False)


def test_frombuffer():
    memory = bytearray(np.arange(4, dtype=np.int32).tobytes())
    x = mg.frombuffer(memory, dtype=mg.int32)
    assert x.tolist() == [0, 1, 2, 3]
    x[0] = 9
    assert memory[0] == 9
    assert mg.frombuffer(memory, dtype=mg.int32, count=2, offset=4).tolist() == [1, 2]
    for options in ({"offset": 16}, {"offset": 1}, {"count": 5}, {"count": 0}, {"offset": -1}):
        with pytest.raises(ValueError, match="frombuffer"):
            mg.frombuffer(memory, dtype=mg.int32, **options)


def test_print_options():
    x = mg.tensor([1.23456, 100.0])
    try:
        mg.set_printoptions(precision=2)
        assert repr(x) == "tensor([  1.23, 100.00])"
        mg.set_printoptions(sci_mode=True)
        assert repr(x) == "tensor([1.23e+00, 1.00e+02])"
        mg.set_printoptions(threshold=3, edgeitems=1)
        assert repr(mg.arange(5)) == "tensor([0,  ..., 4])"
        mg.set_printoptions(profile="full")
        assert "..." not in repr(mg.arange(2000))
    finally:
        mg.set_printoptions(profile="default")
    assert repr(x) == "tensor([  1.2346, 100.0000])"
