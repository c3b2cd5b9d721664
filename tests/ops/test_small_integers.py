"""Operations on small integers and bools: numbers that do not fit them, as torch has them, and the memory that they take."""

import functools

import mocrograd as mg
import numpy as np
import pytest
from on_device import waited_for

SMALL = ("uint8", "int32", "bool")
VALUES = {"uint8": [0, 1, 7, 200, 255], "int32": [0, 1, -7, 2**31 - 1, -(2**31)], "bool": [True, False]}
TWO_NUMBERS = ("add", "mul", "sub", "lt", "le", "eq", "ne", "ge", "gt", "bitwise_and", "bitwise_or", "bitwise_xor", "remainder",
               "bitwise_left_shift", "bitwise_right_shift", "floor_divide", "fmod", "pow", "clamp", "clamp_max")  # fmt: skip
NUMBERS = (0, 1, -1, 3, -3, 9, 33, 255, 256, 300, -200, 2**31, 2**40, -(2**40), True, 2.5)


def outcome(m, call, values, dtype):
    """Return the dtype and the elements of what is made of a tensor, or that there is nothing."""
    try:
        result = waited_for(call, m, m.tensor(values, dtype=getattr(m, dtype)))
    except (RuntimeError, NotImplementedError):  # ZeroDivisionError is one of torch's RuntimeErrors
        return "raises"
    return str(result.dtype).rpartition(".")[2], result.tolist()


@pytest.mark.parametrize("name", TWO_NUMBERS)
@pytest.mark.parametrize("dtype", SMALL)
def test_numbers_in_and_out_of_range(name, dtype, torch, implementation):
    for number in NUMBERS:
        for in_place in ("", "_"):
            call = functools.partial(lambda method, number, m, x: getattr(x, method)(number), name + in_place, number)
            found = [outcome(m, call, VALUES[dtype], dtype) for m in (mg, torch)]
            assert str(found[0]) == str(found[1]), f"{name}{in_place} {dtype} {number}"


@pytest.mark.parametrize("call", [
    lambda m, a: a + a, lambda m, a: a * a, lambda m, a: a - a, lambda m, a: -a, lambda m, a: m.maximum(a, ~a),
    lambda m, a: m.fmin(a, ~a), lambda m, a: a < ~a, lambda m, a: a % a, lambda m, a: a // a, lambda m, a: m.pow(a, a),
    lambda m, a: a << a, lambda m, a: m.gcd(a, a), lambda m, a: a.add_(True), lambda m, a: a & True, lambda m, a: ~a, lambda m, a: a ^ a,
    lambda m, a: a.mul_(~a), lambda m, a: a.bitwise_not_(), lambda m, a: a.bitwise_or_(~a), lambda m, a: m.sign(a),
    lambda m, a: a.sum(dtype=m.bool), lambda m, a: a.prod(), lambda m, a: a.max(), lambda m, a: a.mean(dtype=m.float32),
])  # fmt: skip
def test_bools(call, torch, implementation):
    for values in ([True, False, True], [False], []):
        found = [outcome(m, call, values, "bool") for m in (mg, torch)]
        assert str(found[0]) == str(found[1]), values  # nan differs from itself


def test_results_go_where_they_are_wanted(torch):
    for dtype in ("uint8", "int32"):
        for name, *args in (("add", 300), ("mul", 3), ("bitwise_and", 5), ("neg",), ("clamp", 3, 99), ("remainder", 7)):
            made = []
            for m in (mg, torch):
                x = m.tensor(VALUES[dtype], dtype=getattr(m, dtype))
                out = m.zeros_like(x)
                assert getattr(m, name)(x, *args, out=out) is out
                made.append(out.tolist())
            assert made[0] == made[1], name
    with pytest.raises(RuntimeError, match="can't be cast"):
        mg.div(mg.tensor([1, 2]), 2, out=mg.zeros(2, dtype=mg.int64))


def test_sums_of_many_do_not_overflow():
    x = mg.full((1 << 20,), 255, dtype=mg.uint8)
    assert x.sum().item() == 255 << 20
    assert x.mean(dtype=mg.float32).item() == 255
    assert mg.full((1 << 20,), 2**31 - 1, dtype=mg.int32).sum().item() == (2**31 - 1) << 20
    assert mg.full((3, 1 << 20), True).sum(1).tolist() == [1 << 20] * 3
    assert x.sum(dtype=mg.float64).item() == 255 << 20
    assert mg.ones(49, dtype=mg.uint8).mean(dtype=mg.float64).item() == 1


def test_counts_are_put_together(torch):
    values = np.random.default_rng(1).integers(0, 200, 3 * (1 << 18) + 5)
    for dtype in ("uint8", "int32", "int64"):
        ours, theirs = mg.tensor(values.astype(dtype)), torch.tensor(values.astype(dtype))
        assert ours.bincount().tolist() == theirs.bincount().tolist()
        assert ours[::3].bincount(minlength=300).tolist() == theirs[::3].bincount(minlength=300).tolist()


# ------------------------------------------------------------------------------------------- memory

COUNT = 1 << 22
IN_PLACE = {
    "add_": lambda x, y: x.add_(1), "add_ tensor": lambda x, y: x.add_(y), "mul_": lambda x, y: x.mul_(3),
    "-=": lambda x, y: x.sub_(y), "clamp_": lambda x, y: x.clamp_(3, 99), "&=": lambda x, y: x.bitwise_and_(y),
    "^=": lambda x, y: x.bitwise_xor_(7), "neg_": lambda x, y: x.neg_(), "abs_": lambda x, y: x.abs_(), "//=": lambda x, y: x.floor_divide_(3),
    "%=": lambda x, y: x.remainder_(y), "<<=": lambda x, y: x.bitwise_left_shift_(1), "not": lambda x, y: x.bitwise_not_(),
    "part": lambda x, y: x[1::2].add_(1), "out": lambda x, y: mg.add(x, y, out=x), "clamp tensors": lambda x, y: x.clamp_(y, y),
    "addcmul_": lambda x, y: x.addcmul_(y, y, value=2),
}  # fmt: skip
OUT_OF_PLACE = {
    "+": lambda x, y: x + y, "number": lambda x, y: 255 - x, "*": lambda x, y: x * 3, "broadcast": lambda x, y: x.reshape(-1, 64) + y[:64],
    "maximum": lambda x, y: mg.maximum(x, y), "clamp": lambda x, y: x.clamp(3, 99), "&": lambda x, y: x & 7, "|": lambda x, y: x | y,
    "~": lambda x, y: ~x, ">>": lambda x, y: x >> 2, "//": lambda x, y: x // y, "%": lambda x, y: x % 7, "pow": lambda x, y: x**3,
    "neg": lambda x, y: -x, "abs": lambda x, y: abs(x), "==": lambda x, y: x == 3, "<": lambda x, y: x < y, "gcd": lambda x, y: mg.gcd(x, y),
    "cumsum": lambda x, y: x.reshape(-1, 64).cumsum(1), "cummax": lambda x, y: tuple(x.reshape(-1, 64).cummax(1)),
    "index_add": lambda x, y: x.index_add(0, mg.tensor([1, 1]), y[:2]),
    "sort": lambda x, y: tuple(x.reshape(-1, 64).sort(1)), "topk": lambda x, y: tuple(x.reshape(-1, 64).topk(3, 1)),
}  # fmt: skip
REDUCED = {
    "sum": lambda x, y: x.sum(), "sum 0": lambda x, y: x.reshape(-1, 64).sum(0), "prod": lambda x, y: x.prod(), "max": lambda x, y: x.max(),
    "amin": lambda x, y: x.amin(), "argmax": lambda x, y: x.argmax(), "any": lambda x, y: x.any(), "all": lambda x, y: x.all(),
    "count": lambda x, y: mg.count_nonzero(x), "mean": lambda x, y: x.mean(dtype=mg.float32),
    "sum of floats": lambda x, y: x.sum(dtype=mg.float32), "every 2nd": lambda x, y: x[::2].sum(),
}  # fmt: skip
OF_BOOLS = {
    "&": lambda x, y: x & y, "|": lambda x, y: x | y, "^": lambda x, y: x ^ y, "~": lambda x, y: ~x, "+": lambda x, y: x + y,
    "==": lambda x, y: x == y, "<": lambda x, y: x < y, "logical_and": lambda x, y: x.logical_and(y), "not": lambda x, y: x.logical_not(),
    "&=": lambda x, y: x.bitwise_and_(y), "cumsum": lambda x, y: x.reshape(-1, 64).cumsum(1), "maximum": lambda x, y: mg.maximum(x, y),
}  # fmt: skip


def growth(call):
    """Return by how many bytes the most that was in use grew during a call, and the bytes of its results."""
    stats = mg.memory_stats()
    gap, held = stats["peak"] - stats["allocated"], []
    while gap >= 4096:  # powers of two are blocks without a rest: the peak is what is in use now
        held.append(mg.empty((1 << gap.bit_length() - 1,), dtype=mg.uint8))
        gap -= held[-1].nbytes
    before = mg.memory_stats()["allocated"]
    result = call()
    grown = mg.memory_stats()["peak"] - before
    del held
    return grown, sum(part.nbytes for part in (result if isinstance(result, tuple) else (result,)))


def operands(dtype):
    x = (mg.arange(COUNT) % 100 + 1).to(getattr(mg, dtype))
    return x, x.clone()


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
@pytest.mark.parametrize("name", [*IN_PLACE, *OUT_OF_PLACE, *REDUCED])
def test_no_operation_takes_more_than_its_result(name, dtype):
    x, y = operands(dtype)
    call = (IN_PLACE | OUT_OF_PLACE | REDUCED)[name]
    grown, result = growth(lambda: call(x, y))
    needed = 0 if name in IN_PLACE else result
    assert grown <= 1.1 * needed + 0.1 * x.nbytes


@pytest.mark.parametrize("name", [*OF_BOOLS, *REDUCED])
def test_bools_take_no_more_than_results(name):
    if name == "argmax":
        pytest.skip("bools have no argmax")
    x, y = operands("bool")
    grown, result = growth(lambda: (OF_BOOLS | REDUCED)[name](x, y))
    assert grown <= 1.1 * (0 if name.endswith("&=") else result) + 0.1 * x.nbytes


def test_counting_takes_no_copy():
    x, _ = operands("uint8")
    grown, _ = growth(x.bincount)
    assert grown <= 8 * x.nbytes // 2


@pytest.mark.parametrize("dtype", [mg.uint8, mg.int8, mg.int16, mg.int32], ids=str)
def test_linear_layers_and_contractions_wrap_around(dtype):
    x, w = (mg.arange(6) * 50).reshape(2, 3), (mg.arange(12) * 9).reshape(4, 3)
    exact = mg.nn.functional.linear(x, w, mg.arange(4))
    found = mg.nn.functional.linear(x.to(dtype), w.to(dtype), mg.arange(4).to(dtype))
    assert found.dtype is dtype
    assert mg.equal(found, exact.to(dtype))
    sums = mg.tensordot(x.to(dtype), mg.ones(1, 2, dtype=dtype), dims=([1], [0]))
    assert sums.dtype is dtype
    assert mg.equal(sums[:, 0], x.sum(1).to(dtype))


def test_evenly_spaced_integers_lie_between_integers():
    assert mg.linspace(4.3, -3, 5, dtype=mg.int64).tolist() == [4, 2, 0, -1, -3]
    assert mg.linspace(4.7, 0, 3, dtype=mg.uint8).tolist() == [4, 2, 0]
    assert mg.logspace(0, 1.2, 2, dtype=mg.int64).tolist() == [1, 10]
