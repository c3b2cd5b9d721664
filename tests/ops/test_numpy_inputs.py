"""What becomes a tensor, and of which dtype: Python's numbers, NumPy's arrays and scalars, what stands for them; against torch."""

import array
import operator
import warnings
from collections.abc import Callable
from typing import Any

import mocrograd as mg
import numpy as np
import pytest


class Column:
    """A sequence with an array behind it, as a Series of pandas is."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(self.values, dtype=dtype)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, i: int) -> Any:
        return self.values[i]


DATA: dict[str, Callable[[Any], Any]] = {
    "list of float64 arrays": lambda m: [np.ones(2)], "list of float32 arrays": lambda m: [np.ones(2, np.float32)],
    "list of int32 arrays": lambda m: [np.ones(2, np.int32)], "list of bool arrays": lambda m: [np.ones(2, bool)],
    "list of uint8 arrays": lambda m: [np.ones(2, np.uint8)], "float32 and float64 arrays": lambda m: [np.ones(2, "f4"), np.ones(2)],
    "float64 array and list": lambda m: [np.ones(2), [1, 2]], "list and float64 array": lambda m: [[1, 2], np.ones(2)],
    "nested array": lambda m: [[np.ones(2)]], "tuple of arrays": lambda m: (np.ones(2),), "[np.float64]": lambda m: [np.float64(1)],
    "[np.float32]": lambda m: [np.float32(1)], "np.float64": lambda m: np.float64(1), "np.float32": lambda m: np.float32(1),
    "np.float16": lambda m: np.float16(1), "np.int64": lambda m: np.int64(1), "np.int32": lambda m: np.int32(1),
    "np.int8": lambda m: np.int8(1), "np.uint8": lambda m: np.uint8(1), "np.bool": lambda m: np.True_,
    "[f4, f8]": lambda m: [np.float32(1), np.float64(2)], "[1, f8]": lambda m: [1, np.float64(2)],
    "[1.0, f4]": lambda m: [1.0, np.float32(2)], "[f4, 1.0]": lambda m: [np.float32(2), 1.0], "[i4]": lambda m: [np.int32(1)],
    "[i4, 1]": lambda m: [np.int32(1), 1], "[i1]": lambda m: [np.int8(1)], "[u1]": lambda m: [np.uint8(1)],
    "tensors": lambda m: [m.tensor(1.0), m.tensor(2.0)], "tensor and number": lambda m: [m.tensor(1), 2],
    "float64 tensor": lambda m: [m.tensor(1.0, dtype=m.float64)], "float64 tensor, number": lambda m: [m.tensor(1.0, dtype=m.float64), 2.0],
    "tensor and np.float64": lambda m: [m.tensor(1.0), np.float64(2)], "tensors of one element": lambda m: [m.ones(1), m.ones(1, 1)],
    "nested tensors": lambda m: [[m.tensor(1.0)]], "2^63": lambda m: 1 << 63, "[2^63]": lambda m: [1 << 63], "[2^64]": lambda m: [1 << 64],
    "[-2^63]": lambda m: [-(1 << 63)], "[1.5, 2^70]": lambda m: [1.5, 1 << 70], "[True, 1]": lambda m: [True, 1],
    "[True, 1.5]": lambda m: [True, 1.5], "column of float64": lambda m: Column(np.ones(2)),
    "column of int64": lambda m: Column(np.ones(2, int)), "column of int8": lambda m: Column(np.ones(2, np.int8)),
    "list of columns": lambda m: [Column(np.ones(2))], "array.array d": lambda m: array.array("d", [1, 2]),
    "array.array f": lambda m: array.array("f", [1, 2]), "array.array i": lambda m: array.array("i", [1, 2]),
    "memoryview": lambda m: memoryview(np.ones(2)), "bytearray": lambda m: bytearray(b"ab"), "range": lambda m: range(3),
    "text": lambda m: "ab", "bytes": lambda m: b"ab", "None": lambda m: None, "[None]": lambda m: [None],
    "ragged": lambda m: [[1, 2], [3]], "dict": lambda m: {}, "set": lambda m: {1}, "object": lambda m: object(),
    "datetime64": lambda m: np.array(["2020-01-01"], "datetime64[D]"), "objects": lambda m: np.array([1, 2], object),
    "structured": lambda m: np.zeros(2, [("a", int)]), "text array": lambda m: np.array(["a"]), "float16": lambda m: np.ones(2, "f2"),
    "int8": lambda m: np.array([-128, 127], "i1"), "int16": lambda m: np.array([-32768, 32767], "i2"),
    "uint16": lambda m: np.array([0, 65535], "u2"), "uint32": lambda m: np.array([0, 2**32 - 1], "u4"),
    "uint64": lambda m: np.array([0, 2**63 - 1], "u8"), "longdouble": lambda m: np.ones(2, np.longdouble), "[]": lambda m: [],
    "[[]]": lambda m: [[]], "empty array": lambda m: np.zeros((0, 3)), "0-d array": lambda m: np.array(2.0),
    "Fortran order": lambda m: np.asfortranarray(np.arange(6.0).reshape(2, 3)), "0-stride": lambda m: np.broadcast_to(np.ones(1), (3,)),
    "masked": lambda m: np.ma.array([1.0, 2.0], mask=[0, 1]), "sizes": lambda m: m.ones(2, 3).shape, "[inf]": lambda m: [float("inf")],
    "ranges": lambda m: [range(2), range(2)], "1e40": lambda m: [1e40], "nested": lambda m: ((1, 2), [3, 4.5]),
    "zeros and -0.0": lambda m: [0.0, -0.0],
}  # fmt: skip
WIDER = {
    "uint16": "int32",
    "uint32": "int64",
    "uint64": "int64",
}


def outcome(make: Any) -> tuple[Any, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            t = make()
        except Exception as error:
            return (type(error).__name__,)
    dtype = str(t.dtype).rpartition(".")[2]
    return WIDER.get(dtype, dtype), tuple(t.shape), repr(t.tolist())


@pytest.mark.parametrize("function", ["tensor", "as_tensor", "asarray"])
@pytest.mark.parametrize("name", DATA)
def test_data_becomes_what_it_becomes_in_torch(name, function):
    torch = pytest.importorskip("torch", reason="dtypes are compared with torch")
    if function == "asarray" and name in (
        "array.array d",
        "array.array f",
        "array.array i",
        "memoryview",
        "bytearray",
        "bytes",
    ):
        pytest.skip("torch takes the bytes of a buffer for float32 there")
    make = DATA[name]
    theirs = outcome(lambda: getattr(torch, function)(make(torch)))
    assert outcome(lambda: getattr(mg, function)(make(mg))) == theirs


@pytest.mark.parametrize(
    "name", [n for n in DATA if n not in ("objects", "structured", "text array", "datetime64", "longdouble")]
)
def test_arrays_share_memory_or_say_that_they_do_not(name):
    made = DATA[name](mg)
    if not isinstance(made, np.ndarray) or not made.size:
        return
    made = np.array(made)
    if made.dtype.name not in WIDER:
        made[...] = 0
        assert mg.from_numpy(made).data_ptr() == made.ctypes.data
        return
    with pytest.warns(UserWarning, match=f"the elements become {WIDER[made.dtype.name]}, in memory of their own"):
        assert mg.from_numpy(made).tolist() == made.tolist()


def test_what_does_not_fit():
    with pytest.raises(RuntimeError, match="does not fit into int64: 18446744073709551615"):
        mg.tensor(np.array([2**64 - 1], np.uint64))
    with pytest.raises(ValueError, match="byte order"):
        mg.from_numpy(np.ones(2, ">f8"))
    assert mg.tensor(np.array([1.5, -2.0], ">f8")).tolist() == [1.5, -2.0]
    assert mg.tensor(np.array([1, -2], ">i2")).tolist() == [1, -2]
    with pytest.raises(ValueError, match="only one element tensors"):
        mg.tensor([mg.ones(2)])
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        np.array(mg.ones(2), dtype=np.float64, copy=False)
    x = mg.ones(2)
    assert np.array(x, copy=False).ctypes.data == x.data_ptr()


ARRAYS = {
    "f8": np.array([1.0, 2.0, 3.0]), "f4": np.array([1.0, 2.0, 3.0], "f4"), "i8": np.array([1, 2, 3]), "i1": np.array([1, 2, 3], "i1"),
    "matrix": np.arange(1.0, 10.0).reshape(3, 3), "backwards": np.arange(1.0, 4.0)[::-1],
}  # fmt: skip


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
@pytest.mark.parametrize("dtype", ["float32", "int64"])
@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lt", "ge"])
def test_operators_take_arrays_on_either_side(name, dtype, array):
    t = mg.tensor([1, 2, 3], dtype=getattr(mg, dtype))
    function = getattr(operator, name)
    for got, expected in (
        (function(t, array), function(t.numpy(), array)),
        (function(array, t), function(array, t.numpy())),
    ):
        assert isinstance(got, mg.Tensor)
        assert np.allclose(got.numpy(), expected, rtol=1e-6)


def test_functions_of_numpy_return_tensors():
    x = mg.tensor([0.0, 1.0])
    assert isinstance(np.exp(x), mg.Tensor)
    assert np.allclose(np.exp(x).numpy(), np.exp(x.numpy()))
    assert isinstance(np.float64(2) * x, mg.Tensor)
    assert np.stack([x, x]).shape == (2, 2)
    with pytest.raises(RuntimeError, match="requires grad"):
        np.exp(mg.ones(2, requires_grad=True))
