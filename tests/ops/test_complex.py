"""Complex tensors against torch: values, dtypes, views, conversions, printing and files."""

import copy
import io
import math
import pickle

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.safetensors.torch import load, save

torch = pytest.importorskip("torch", reason="torch is not installed")

DTYPES = ("complex64", "complex128")
SIZES = ((), (1,), (7,), (8,), (33,), (0,), (3, 5), (40, 33), (2, 3, 4))


def numbers(dtype, *shape, seed=0):
    r = np.random.RandomState(seed)
    return np.asarray(r.randn(*shape) + 1j * r.randn(*shape), dtype)


def agree(ours, theirs, tol):
    if isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            agree(a, b, tol)
        return
    if not isinstance(theirs, torch.Tensor):
        assert ours == theirs
        return
    assert ours.dtype.name == str(theirs.dtype).removeprefix("torch.")
    assert tuple(ours.shape) == tuple(theirs.shape)
    ours, theirs = ours.detach().numpy(), theirs.detach().resolve_conj().numpy()
    np.testing.assert_allclose(ours, theirs, rtol=tol, atol=tol)


def compare(call, *arrays, tol=None):
    tol = tol or (2e-5 if arrays[0].dtype == np.complex64 else 1e-11)
    agree(call(mg, *map(mg.from_numpy, arrays)), call(torch, *map(torch.from_numpy, arrays)), tol)


MOVES = {
    "transposed": lambda m, x: x.T.contiguous(),
    "slice": lambda m, x: x[1:, ::2].clone(),
    "index": lambda m, x: x[[2, 0]],
    "mask": lambda m, x: x[x.real > 0],
    "cat": lambda m, x: m.cat([x, x, x[:1]], 0),
    "cat many": lambda m, x: m.cat([x] * 11, 1),
    "stack": lambda m, x: m.stack([x, x], 1),
    "tril": lambda m, x: x.tril(),
    "triu": lambda m, x: x.triu(1),
    "gather": lambda m, x: x.gather(1, m.tensor([[0, 1], [2, 3], [1, 1]])),
    "scatter": lambda m, x: x.scatter(1, m.tensor([[0, 1], [2, 3], [1, 0]]), x),
    "scatter number": lambda m, x: x.scatter(1, m.tensor([[0, 1], [2, 3], [1, 0]]), 2),
    "scatter_add": lambda m, x: x.scatter_add(0, m.tensor([[0, 0, 1, 1]] * 3), x),
    "index_select": lambda m, x: x.index_select(1, m.tensor([3, 0, 0])),
    "index_add": lambda m, x: x.index_add(0, m.tensor([0, 0, 1]), x),
    "index_copy": lambda m, x: x.index_copy(0, m.tensor([2, 1, 0]), x),
    "index_fill": lambda m, x: x.index_fill(0, m.tensor([1]), 1j),
    "index_put": lambda m, x: x.index_put((m.tensor([0, 1]),), x[0]),
    "index_put sum": lambda m, x: x.index_put((m.tensor([1, 1]),), x[0], accumulate=True),
    "masked_fill": lambda m, x: x.masked_fill(x.real > 0, 2 - 1j),
    "masked_fill real": lambda m, x: x.masked_fill(x.real > 0, 2),
    "masked_scatter": lambda m, x: x.masked_scatter(x.real > 0, x.flip(0)),
    "where": lambda m, x: m.where(x.real > 0, x, x.T.T + 1),
    "where real": lambda m, x: m.where(x.real > 0, x, 1.5),
    "where number": lambda m, x: m.where(x.real > 0, 1j, x),
    "flip": lambda m, x: x.flip(0, 1),
    "roll": lambda m, x: x.roll(1, 0),
    "pad": lambda m, x: m.nn.functional.pad(x, (1, 2), value=3),
    "repeat": lambda m, x: x.repeat(2, 1),
    "expand": lambda m, x: x[:, :1].expand(3, 5).contiguous(),
    "diag": lambda m, x: m.diag(x[0]),
    "take": lambda m, x: x.take(m.tensor([0, 5])),
    "unfold": lambda m, x: x.unfold(1, 2, 1),
    "nonzero": lambda m, x: x.nonzero(),
    "any": lambda m, x: x.any(0),
    "all": lambda m, x: x.all(),
    "count": lambda m, x: m.count_nonzero(x * (x.real > 0), 1),
    "equal": lambda m, x: m.equal(x, x.clone()),
    "eq": lambda m, x: x == x.flip(0).flip(0),
    "ne": lambda m, x: x != x.real,
    "eq number": lambda m, x: x == complex(x[0, 0]),
    "isclose": lambda m, x: m.isclose(x, x + m.tensor([0, 1e-9, 1e-3, 1j])),
    "isnan": lambda m, x: (x * m.tensor([1, math.nan, math.inf, 1])).isnan(),
    "isfinite": lambda m, x: (x + m.tensor([0, math.nan, math.inf, 0])).isfinite(),
    "isinf": lambda m, x: (x + m.tensor([0, math.nan, math.inf, 0])).isinf(),
    "isreal": lambda m, x: m.isreal(x * (x.real > 0)),
    "real": lambda m, x: m.real(x),
    "imag": lambda m, x: x.imag,
    "view_as_real": lambda m, x: m.view_as_real(x.T),
    "view_as_complex": lambda m, x: m.view_as_complex(m.view_as_real(x)),
    "complex": lambda m, x: m.complex(x.real, x.imag),
    "polar": lambda m, x: m.polar(x.abs(), x.angle()),
    "complex128": lambda m, x: x.to(m.complex128),
    "complex64": lambda m, x: x.cfloat(),
    "bool": lambda m, x: (x * (x.real > 0)).bool(),
    "full": lambda m, x: m.full((3, 2), 1 + 2j),
    "full_like": lambda m, x: m.full_like(x, 2j),
    "zeros_like": lambda m, x: m.zeros_like(x),
    "ones": lambda m, x: m.ones(3, dtype=m.complex128),
    "eye": lambda m, x: m.eye(3, dtype=m.complex64),
    "tensor": lambda m, x: m.tensor([[1, 2j], [0.5, True]]),
    "item": lambda m, x: x[0, 1].item(),
    "tolist": lambda m, x: x.tolist(),
    "H": lambda m, x: x.H.resolve_conj(),
    "adjoint": lambda m, x: x.adjoint().resolve_conj(),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MOVES)
def test_moves(name, dtype):
    compare(MOVES[name], numbers(dtype, 3, 4))


UNARY = (
    "neg", "conj_physical", "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan", "asinh",
    "acosh", "atanh", "reciprocal", "sigmoid", "abs", "angle", "sgn", "square", "log1p", "expm1", "log2", "log10",
    "rsqrt", "exp2", "sinc",
)  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_number(name, dtype):
    for shape in SIZES:
        compare(lambda m, x: getattr(m, name)(x), numbers(dtype, *shape))
    compare(lambda m, x: getattr(m, name)(x[::2, 1:].T), numbers(dtype, 9, 7))


BINARY = {
    "add": lambda m, a, b: a + b,
    "sub": lambda m, a, b: a - b,
    "mul": lambda m, a, b: a * b,
    "div": lambda m, a, b: a / b,
    "pow": lambda m, a, b: a**b,
    "eq": lambda m, a, b: a == b,
    "ne": lambda m, a, b: a != b,
    "alpha": lambda m, a, b: m.add(a, b, alpha=2j),
    "addcmul": lambda m, a, b: m.addcmul(a, a, b, value=2),
    "addcdiv": lambda m, a, b: m.addcdiv(a, a, b),
    "lerp": lambda m, a, b: m.lerp(a, b, 0.7),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_numbers(name, dtype):
    for shape in SIZES:
        compare(BINARY[name], numbers(dtype, *shape), numbers(dtype, *shape, seed=1))
    a, b = numbers(dtype, 3, 1, 5), numbers(dtype, 4, 5, seed=1)
    compare(BINARY[name], a, b)
    compare(lambda m, a, b: BINARY[name](m, a[..., ::2], b.T[::2].T), a, b)


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_take_part(dtype):
    calls = [
        lambda m, x: x + 1, lambda m, x: 1 - x, lambda m, x: x * 2j, lambda m, x: 2j / x, lambda m, x: x**2,
        lambda m, x: x**3, lambda m, x: x**0.5, lambda m, x: x ** (1 - 2j), lambda m, x: 2**x, lambda m, x: x**-1,
        lambda m, x: x.real + 1j, lambda m, x: x.real * (2 + 1j), lambda m, x: m.tensor([1, 2, 3, 4]) * 1j,
        lambda m, x: x + m.tensor(1.5, dtype=m.float64), lambda m, x: x + m.ones(4, dtype=m.float64),
        lambda m, x: m.ones(4, dtype=m.float64) + m.tensor(1j), lambda m, x: x + m.tensor([True, False, True, True]),
    ]  # fmt: skip
    for call in calls:
        compare(call, numbers(dtype, 4))


REDUCTIONS = {
    "sum": lambda m, x: x.sum(),
    "sum dim": lambda m, x: x.sum(1),
    "sum keepdim": lambda m, x: x.sum((0, 1), True),
    "mean": lambda m, x: x.mean(0),
    "prod": lambda m, x: x.prod(),
    "prod dim": lambda m, x: x.prod(1, True),
    "cumsum": lambda m, x: x.cumsum(1),
    "cumprod": lambda m, x: x.cumprod(0),
    "norm": lambda m, x: x.norm(),
    "vector_norm": lambda m, x: m.linalg.vector_norm(x, 1, 0),
    "std": lambda m, x: x.std(),
    "var": lambda m, x: x.var(1),
    "matmul": lambda m, x: x @ x.T,
    "mv": lambda m, x: x @ x[0],
    "bmm": lambda m, x: m.bmm(x[None], x.T[None]),
    "broadcast": lambda m, x: x.reshape(1, *x.shape) @ x.mH.expand(3, *x.mH.shape),
    "addmm": lambda m, x: m.addmm(x[:, :1], x, x.T, beta=2, alpha=1j),
    "dot": lambda m, x: m.dot(x[0], x[1]),
    "vdot": lambda m, x: m.vdot(x[0], x[1]),
    "outer": lambda m, x: m.outer(x[0], x[1]),
    "einsum": lambda m, x: m.einsum("ij,kj->ik", x, x.conj()),
    "linear": lambda m, x: m.nn.functional.linear(x, x, x[:, 0]),
    "trace": lambda m, x: (x @ x.T).trace(),
    "nan_to_num": lambda m, x: m.nan_to_num(x * m.tensor(math.nan)),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_sums_and_products(name, dtype):
    for shape in ((3, 4), (5, 2), (2, 33)):
        compare(REDUCTIONS[name], numbers(dtype, *shape))


def test_empty_reductions():
    for call in (lambda m: m.zeros(0, 3, dtype=m.complex64).sum(0), lambda m: m.zeros(2, 0, dtype=m.complex64).prod(1),
                 lambda m: m.zeros(2, 0, dtype=m.complex64) @ m.zeros(0, 3, dtype=m.complex64),
                 lambda m: m.zeros(0, dtype=m.complex64).abs()):  # fmt: skip
        agree(call(mg), call(torch), 1e-6)


def test_hostile_values():
    big = np.array([1e30 + 1e30j, 1e-30 - 1e-30j, 3e38 + 4j, complex(-0.0, 0.0), complex(1e-40, 1e-40)], np.complex64)
    for name in ("abs", "angle", "sqrt", "reciprocal", "log", "sgn"):
        theirs = getattr(torch, name)(torch.from_numpy(big).to(torch.complex128)).to(torch.complex128)
        ours = getattr(mg, name)(mg.from_numpy(big).to(mg.complex128)).to(mg.complex128)
        found = np.isfinite(theirs.numpy())
        np.testing.assert_allclose(ours.numpy()[found], theirs.numpy()[found], rtol=1e-12)
    huge = np.array([1e300 + 1e300j, 1e-300 - 1e-300j, 1e308 + 1e-308j])
    one = mg.from_numpy(huge) / mg.from_numpy(huge)
    np.testing.assert_allclose(one.numpy(), np.ones(3), rtol=1e-12)
    assert mg.exp(mg.tensor([complex(math.inf, 0)])).tolist() == [complex(math.inf, 0)]
    for angle in (math.inf, -math.inf, math.nan):  # as C has it
        for dtype in (mg.complex64, mg.complex128):
            gone, grown = mg.exp(mg.tensor([complex(-math.inf, angle), complex(math.inf, angle)], dtype=dtype)).tolist()
            assert gone == 0
            assert grown.real == math.inf
            assert math.isnan(grown.imag)


def test_conversions_to_real_numbers_warn():
    x = mg.tensor([1 + 2j, 3 - 1j])
    for call in (lambda: x.float(), lambda: x.to(mg.int64), lambda: mg.zeros(2).copy_(x), lambda: x.type(mg.float64)):
        with pytest.warns(UserWarning, match="Casting complex values to real discards the imaginary part"):
            assert call().tolist() == [1, 3]
    with pytest.raises(RuntimeError, match="overflow"):
        float(x[0])
    with pytest.raises(RuntimeError, match="overflow"):
        mg.full((2,), 1j, dtype=mg.float32)
    assert float(mg.tensor(2 + 0j)) == 2
    assert complex(x[0]) == 1 + 2j
    assert int(mg.tensor(3 + 0j)) == 3
    with pytest.raises(TypeError):
        [1, 2][mg.tensor(1 + 0j)]


def test_views_share_memory():
    x = mg.zeros(3, dtype=mg.complex64)
    x.real[1] = 2
    x.imag = mg.tensor([1.0, 2, 3])
    x.real.mul_(3)
    mg.view_as_real(x)[2, 0] = 7
    assert x.tolist() == [1j, 6 + 2j, 7 + 3j]
    y = mg.zeros(2, 2)
    mg.view_as_complex(y)[0] = 3 - 1j
    assert y.tolist() == [[3, -1], [0, 0]]
    flat = mg.arange(4.0).view(mg.complex64)
    assert flat.tolist() == [1j, 2 + 3j]


@pytest.mark.parametrize("dtype", DTYPES)
def test_prints_as_torch(dtype):
    arrays = [np.asarray(numbers(dtype, *shape) * 100, dtype) for shape in SIZES]
    arrays += [np.array([1 + 2j, -3.5j], dtype), np.array([1, 2j], dtype), numbers(dtype, 40, 40), np.zeros(0, dtype),
               np.array([complex(math.nan, 1), complex(1, math.inf)], dtype), numbers(dtype, 4) * 1e10]  # fmt: skip
    for array in arrays:
        ours = str(mg.from_numpy(array)).replace("mocrograd.", "torch.")
        assert ours == str(torch.from_numpy(array))


@pytest.mark.parametrize("dtype", DTYPES)
def test_files(dtype):
    array = numbers(dtype, 3, 4)
    x = mg.from_numpy(array)
    file = io.BytesIO()
    mg.save({"x": x, "part": x[1:]}, file)
    file.seek(0)
    assert mg.equal(mg.load(file)["part"], x[1:])
    file.seek(0)
    assert (torch.load(file)["x"].numpy() == array).all()
    file = io.BytesIO()
    torch.save(torch.from_numpy(array), file)
    file.seek(0)
    assert mg.equal(mg.load(file), x)
    assert mg.equal(pickle.loads(pickle.dumps(x)), x)
    assert mg.equal(copy.deepcopy(x), x)
    assert (np.from_dlpack(x) == array).all()
    assert mg.equal(mg.from_dlpack(torch.from_numpy(array)), x)


def test_safetensors():
    x = mg.from_numpy(numbers("complex64", 3, 4))
    again = load(save({"x": x}))["x"]
    assert again.dtype is mg.complex64
    assert mg.equal(again, x)


def test_memory_must_be_aligned():
    memory = np.zeros(9)[1:].view(np.complex128)
    if memory.__array_interface__["data"][0] % 16:
        with pytest.raises(ValueError, match="multiple of 16"):
            mg.from_numpy(memory)
    with pytest.raises(RuntimeError, match="storage_offset divisible by 2"):
        mg.view_as_complex(mg.zeros(9)[1:].reshape(4, 2))


def test_random_numbers():
    mg.manual_seed(0)
    x = mg.randn(20000, dtype=mg.complex128)
    assert abs(x.var().item() - 1) < 0.05
    assert abs(x.real.var().item() - 0.5) < 0.03
    assert abs(x.mean().item()) < 0.03
    u = mg.rand(1000, dtype=mg.complex64)
    assert u.real.min() >= 0
    assert u.imag.max() < 1
    assert u.dtype is mg.complex64


REFUSED = {
    "lt": lambda m, x: x < x,
    "ge": lambda m, x: x >= 1,
    "max": lambda m, x: x.max(),
    "maximum": lambda m, x: m.maximum(x, x),
    "sort": lambda m, x: x.sort(),
    "argmin": lambda m, x: x.argmin(),
    "floor": lambda m, x: x.floor(),
    "round": lambda m, x: x.round(),
    "sign": lambda m, x: x.sign(),
    "clamp": lambda m, x: x.clamp(0, 1),
    "relu": lambda m, x: x.relu(),
    "softmax": lambda m, x: x.softmax(0),
    "atan2": lambda m, x: m.atan2(x, x),
    "floor_divide": lambda m, x: x // x,
    "remainder": lambda m, x: x % 2,
    "bitwise_and": lambda m, x: x & x,
    "nansum": lambda m, x: x.nansum(),
    "unique": lambda m, x: x.unique(),
    "imag": lambda m, x: x.real.imag,
    "view_as_real": lambda m, x: m.view_as_real(x.real),
    "view_as_complex": lambda m, x: m.view_as_complex(x.real),
    "complex": lambda m, x: m.complex(x, x),
    "abs_": lambda m, x: x.abs_(),
    "add_": lambda m, x: x.real.clone().add_(1j),
    "isposinf": lambda m, x: x.isposinf(),
    "quantile": lambda m, x: m.quantile(x, 0.5),
    "histc": lambda m, x: x.histc(),
    "erf": lambda m, x: x.erf(),
    "lgamma": lambda m, x: x.lgamma(),
    "median": lambda m, x: x.median(),
    "topk": lambda m, x: x.topk(1),
    "matmul": lambda m, x: x @ x.real,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_of_real_numbers_alone_raises(name):
    array = numbers("complex64", 3)
    with pytest.raises(RuntimeError):
        REFUSED[name](torch, torch.from_numpy(array))
    with pytest.raises(RuntimeError):
        REFUSED[name](mg, mg.from_numpy(array))


@pytest.mark.parametrize("way", ["backward", "grad", "func"])
def test_a_complex_loss_needs_a_gradient(way):
    ways = {
        "backward": lambda m, x: (x * 2).backward(),
        "grad": lambda m, x: m.autograd.grad(x * 2, x),
        "func": lambda m, x: m.func.grad(lambda z: z * 2)(m.tensor(1j)),
    }
    for m in (mg, torch):
        x = m.tensor(1j, requires_grad=True)
        with pytest.raises(RuntimeError, match="implicitly created only for real scalar outputs"):
            ways[way](m, x)
        (x * 2).backward(m.tensor(1j))
        assert x.grad.item() == 2j


@pytest.mark.parametrize("name", [
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin",
    "arccos", "arctan", "arcsinh", "arccosh", "arctanh",
])  # fmt: skip
@pytest.mark.parametrize("dtype", DTYPES)
def test_zeros_and_infinities_are_numpys(name, dtype):
    far = [1.0] if name == "exp2" else [800.0, -800.0, 2.0**66]  # the product with log(2) is rounded first
    parts = [0.0, -0.0, 1.0, -1.0, 0.3, *far, np.inf, -np.inf]
    z = np.array([complex(x, y) for x in parts for y in parts if np.isfinite(x) or np.isfinite(y)], dtype)
    with np.errstate(all="ignore"):
        wanted = getattr(np, name)(z.astype(complex)).astype(dtype)
    ours = getattr(mg, name)(mg.tensor(z)).numpy()
    for got, want in ((ours.real, wanted.real), (ours.imag, wanted.imag)):
        told = ~np.isnan(want)
        tol = 3e-6 if dtype == "complex64" else 1e-12
        np.testing.assert_allclose(got[told], want[told], rtol=tol, atol=1e-30)


def test_a_number_times_its_conjugate_is_real():
    for dtype in DTYPES:
        x = mg.tensor(numbers(dtype, 1000))
        assert (x * x.conj()).imag.count_nonzero().item() == 0


def test_log1p_near_its_pole_and_far_away():
    for z in (-1 + 1e-5j, -1 - 1e-30j, -0.999 + 1e-4j, 1e20, 1e30 + 1e30j, 1e-8j, -1e-8 + 1j, 0):
        x = mg.tensor([z], dtype=mg.complex64).requires_grad_()
        y = mg.log1p(x)
        exact = np.log1p(np.complex128(x.detach().numpy()[0]))
        np.testing.assert_allclose(y.detach().numpy()[0], exact, rtol=1e-6, atol=1e-12)
        y.real.sum().backward()
        np.testing.assert_allclose(
            x.grad.numpy()[0], np.conj(1 / (1 + np.complex128(x.detach().numpy()[0]))), rtol=1e-5, atol=1e-30
        )


def test_moduli_are_written_into_complex_tensors(torch):
    for m in (mg, torch):
        z = m.tensor([3 + 4j, 1j])
        assert m.abs(z, out=m.zeros(2, dtype=m.complex64)).tolist() == [5, 1]
        assert m.abs(z, out=m.zeros(2)).tolist() == [5, 1]
        with pytest.raises(RuntimeError, match="In-place abs is not supported for complex tensors"):
            z.abs_()
        assert m.ones(2, dtype=m.complex64).copy_(2j).tolist() == [2j, 2j]
        assert m.ones(2, dtype=m.int64).copy_(2.7).tolist() == [2, 2]
