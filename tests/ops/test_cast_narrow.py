"""float16, bfloat16, int8 and int16 in every operation of the table: values, gradients and dtypes against float64."""

import functools
import warnings

import mocrograd as mg
import numpy as np
import pytest
from opcases import ROWS, outputs, size
from opcases.table import Row

EPS = {"float16": 2.0**-11, "bfloat16": 2.0**-8}
"""Half a unit in the last place, relative."""
LEAST = {"float16": 2.0**-24, "bfloat16": 2.0**-133}
MOST = {"float16": 65504.0, "bfloat16": 3.3e38}
REFUSED = "Low precision dtypes not supported"
"""What linear algebra says, as torch does."""
TWO = "the row calls operations before, which round their results"
OTHERWISE = {
    "bincount of weights": "float64 for all weights but float32, as torch",
    "nn.functional.alpha_dropout": "drawn",
    "nn.functional.feature_alpha_dropout": "drawn",
    "histogram": "refused, as torch does",
    "histogramdd": "refused, as torch does",
    "linalg.matrix_power -2": "the inverse of a rounded matrix",
    "ctc_loss": TWO,
    "linalg.householder_product": TWO,
    "orgqr": TWO,
    "nextafter": "the next number is another one",
    "ormqr": TWO,
}
SMALL = 5000
"""Elements of a case that is tried."""
FLOATING = [row for row in ROWS if "float32" in row.dtypes and not {row.name, row.name.split()[0]} & {*OTHERWISE}]
UNLIKE_TORCH = ("sort", "argsort", "topk")
"""Of equal elements torch may name another one first."""
WHOLE = [
    row
    for row in ROWS
    if "int32" in row.dtypes
    and row.name.split()[0] not in UNLIKE_TORCH
    and row.name != "gcd of all integers"  # torch's is negative for the least integer
]


def inputs_of(row, case, dtype):
    """Return the operands of a case in a narrow dtype, and their values in the wide one."""
    narrow = getattr(mg, dtype)
    base = narrow.wide.name
    arrays = row.arrays(case, base)
    tensors = [mg.tensor(a).to(narrow) if a.dtype.name == base else mg.tensor(a) for a in arrays]
    return tensors, [x.to(narrow.wide).numpy() if x.dtype is narrow else x.numpy() for x in tensors]


def cases_of(row: Row):
    return [case for case in row.cases if size(case) <= SMALL][:6]


def wide(x):
    return np.asarray(x.detach().double().numpy() if x.dtype.is_floating_point else x.numpy(), np.float64)


def run(row, tensors):
    """Return what a row's call gives, None where it refuses 16 bits."""
    try:
        return outputs(row.call(mg, *tensors))
    except RuntimeError as error:
        if REFUSED not in str(error):
            raise
        return None


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("row", FLOATING, ids=lambda row: row.name)
def test_results_are_those_of_float64_rounded_once(row, dtype, implementation):
    for case in cases_of(row):
        tensors, values = inputs_of(row, case, dtype)
        found = run(row, tensors)
        if found is None:
            return
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            expected = row.expected(values)
        kinds = row.result_dtypes("float32", len(expected))
        for got, want, kind in zip(found, expected, kinds, strict=True):
            if row.result in ("same", "float"):
                assert got.dtype.name == (dtype if kind == "float32" else kind), case
            assert got.shape == want.shape, case
            y = wide(got)
            sums = 3e-6 * row.terms(*case) + 1e-5  # errors of float32 arithmetic before the rounding
            near = np.abs(y - want) <= 1.05 * EPS[dtype] * np.abs(want) + sums + LEAST[dtype]
            with np.errstate(invalid="ignore"):
                right = near | (y == want) | (np.isnan(y) & np.isnan(want)) | (np.abs(want) > MOST[dtype])
            assert right.all(), (case, y[~right][:4], want[~right][:4])


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("row", [row for row in FLOATING if row.differentiable], ids=lambda row: row.name)
def test_gradients_are_those_of_float32_rounded(row, dtype):
    for case in cases_of(row)[:3]:
        tensors, values = inputs_of(row, case, dtype)
        floating = [x.dtype.is_floating_point for x in tensors]
        if not all(x.size for x in values):
            continue
        own = [x.requires_grad_() if f else x for x, f in zip(tensors, floating)]
        like = [mg.tensor(v).requires_grad_() if f else mg.tensor(v) for v, f in zip(values, floating)]
        found = run(row, own)
        if found is None:
            return
        mg.manual_seed(5)
        pairs = [(a, b) for a, b in zip(found, outputs(row.call(mg, *like))) if a.requires_grad]
        if not pairs:
            return
        upstream = [mg.randn(*b.shape).bfloat16().to(b.dtype) for _, b in pairs]
        for results, ups in (([a for a, _ in pairs], upstream), ([b for _, b in pairs], upstream)):
            mg.autograd.backward(results, [u.to(r.dtype) for u, r in zip(ups, results)])
        for x, y, f in zip(own, like, floating):
            assert (x.grad is None) is (y.grad is None), case
            if f and x.grad is not None:
                assert x.grad.dtype is x.dtype
                bound = 16 * EPS[dtype] * (np.abs(y.grad.numpy()).max() + 1)  # what is saved may have been rounded
                difference = np.abs(wide(x.grad) - y.grad.numpy())
                close = (difference <= bound) | ~np.isfinite(y.grad.numpy()) | (np.abs(y.grad.numpy()) > MOST[dtype])
                assert close.all(), (case, difference.max(), bound)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("row", WHOLE, ids=lambda row: row.name)
def test_integers_wrap_around_as_torchs(row, dtype, torch):
    for case in cases_of(row):
        tensors, _ = inputs_of(row, case, dtype)
        try:
            theirs = outputs(row.call(torch, *[torch.from_numpy(x.numpy()) for x in tensors]))
        except (RuntimeError, NotImplementedError, TypeError, AttributeError, IndexError):
            return
        found = outputs(row.call(mg, *tensors))
        for got, want in zip(found, theirs, strict=True):
            assert got.dtype.name == str(want.dtype).partition(".")[2], case
            np.testing.assert_allclose(wide(got), want.double().numpy(), rtol=2e-6, atol=1e-6, equal_nan=True)


def patterns(dtype):
    """Return all numbers of 16 bits, or a sample of those of float32 with all special ones."""
    if dtype in ("float16", "bfloat16", "int16"):
        return np.arange(65536, dtype=np.uint16).view(np.int16)
    random = np.random.default_rng(0)
    return random.integers(0, 1 << 32, 60000, dtype=np.uint64).astype(np.uint32).view(np.int32)


DTYPES = ("float32", "float64", "int64", "int32", "uint8", "bool", "float16", "bfloat16", "int16", "int8")


@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("target", DTYPES)
def test_casts_are_torchs_to_the_bit(source, target, torch, implementation):
    if source in ("float16", "bfloat16", "int16"):
        x = mg.tensor(patterns(source)).view(getattr(mg, source))
    elif source == "float32":
        x = mg.tensor(patterns(source)).view(mg.float32)
    else:
        x = mg.tensor(np.random.default_rng(1).integers(-70000, 70000, 5000)).to(getattr(mg, source))
    raw = x.view(mg.int16).numpy() if source == "bfloat16" else x.numpy()
    theirs = torch.from_numpy(raw.copy())
    theirs = theirs.view(torch.bfloat16) if source == "bfloat16" else theirs
    if x.is_floating_point() and getattr(mg, target).kind == 1:  # others have no defined value
        inside = (x.double().abs() < 100) & (x >= 0 if target == "uint8" else x == x)
        x, theirs = x[inside], theirs[torch.from_numpy(inside.numpy())]
    got, want = x.to(getattr(mg, target)), theirs.to(getattr(torch, target))
    for shape in ((-1,), (-1, 1)):
        got = got.reshape(*shape)
    if got.is_floating_point():
        bits = {2: ("int16", np.int16), 4: ("int32", np.int32), 8: ("int64", np.int64)}[got.itemsize][0]
        nan = want.isnan().numpy()
        assert (got.isnan().numpy().reshape(-1) == nan).all()
        left = got.reshape(-1).view(getattr(mg, bits)).numpy()[~nan]
        np.testing.assert_array_equal(left, want.view(getattr(torch, bits)).numpy()[~nan])
    else:
        np.testing.assert_array_equal(got.reshape(-1).numpy(), want.numpy())


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_strided_broadcast_and_hostile_operands(dtype, implementation):
    special = [0.0, -0.0, float("nan"), float("inf"), -float("inf"), 1e-7, -3e4, 1.0, 2.5, -1.75, 0.1, 7.0]
    narrow = getattr(mg, dtype)
    for rows, columns in ((1, 1), (3, 5), (33, 31), (64, 65), (5, 4099)):
        values = np.random.default_rng(rows).choice(special, (rows, columns)).astype(np.float32)
        x = mg.tensor(values).to(narrow)
        y = mg.tensor(values[:1] + 1).to(narrow)
        wide_x, wide_y = x.float(), y.float()
        for change in (lambda t: t, lambda t: t.T, lambda t: t[::2], lambda t: t[:, ::2], lambda t: t.flip(1)):
            a, b = change(x), change(wide_x)
            for function in (mg.exp, mg.tanh, mg.neg, mg.sqrt, lambda t: t * 3 + 1, mg.relu, lambda t: t > 0.5):
                got, want = function(a), function(b)
                want = want.to(narrow) if want.is_floating_point() and got.is_floating_point() else want
                mg.testing.assert_close(got, want, rtol=0.02, atol=0.01, equal_nan=True)
        for function in (mg.add, mg.mul, mg.maximum, mg.div, mg.lt, mg.atan2):
            got, want = function(x, y), function(wide_x, wide_y)
            if got.is_floating_point():
                want = want.to(narrow)
            mg.testing.assert_close(got, want, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int8", "int16"])
def test_changes_in_place(dtype, torch):
    found = []
    for m in (mg, torch):
        x = m.arange(12).reshape(3, 4).to(getattr(m, dtype))
        x.add_(2).mul_(x).clamp_(3, 90)
        x[1:, ::2].sub_(1)
        x.T.add_(x.T.clone())
        m.add(x, x, out=x)
        x[0, 0] = 7
        x.masked_fill_(x > 100, 5)
        found.append(x.tolist())
    assert found[0] == found[1]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_recorded_changes_in_place(dtype):
    x = mg.tensor([1.0, 2.0, 3.0], dtype=getattr(mg, dtype), requires_grad=True)
    y = x * 1
    y.mul_(x)
    y[1:] = mg.special.i0(x)[1:] * 0 + x[1:]
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 1.0, 1.0]
    assert x.grad.dtype is x.dtype


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int8", "int16"])
def test_printing_and_python_values(dtype, torch):
    ours, theirs = getattr(mg, dtype), getattr(torch, dtype)
    for values in ([1, 2, 3], [1.5, -2.25, 100.0], [], [[1, 0], [0, 1]], 3, [0.001, 120.0, 5.0]):
        if "int" in dtype:
            values = np.array(values).astype(int).tolist()
        a, b = mg.tensor(values, dtype=ours), torch.tensor(values, dtype=theirs)
        assert repr(a).replace("mocrograd", "torch") == repr(b)
        assert a.tolist() == b.tolist()
    assert mg.tensor(2, dtype=ours).item() == 2


def test_promotion_is_torchs(torch):
    def kinds(m):
        tensors = [m.ones(shape).to(getattr(m, name)) for name in DTYPES for shape in ((2,), ())]
        return [*tensors, True, 2, 2.5]

    wrong = []
    for (a, x), (b, y) in zip(enumerate_pairs(kinds(mg)), enumerate_pairs(kinds(torch)), strict=True):
        ours, theirs = name_of(mg.result_type(a, x)), name_of(torch.result_type(b, y))
        if ours != theirs:
            wrong.append((a, x, ours, theirs))
        if isinstance(a, mg.Tensor) or isinstance(x, mg.Tensor):
            made = name_of(mg.mul(a, x).dtype) if isinstance(a, mg.Tensor) else name_of((a * x).dtype)
            if made != theirs:
                wrong.append(("mul", a, x, made, theirs))
    assert not wrong
    for a in DTYPES:
        for b in DTYPES:
            ours = mg.promote_types(getattr(mg, a), getattr(mg, b))
            assert name_of(ours) == name_of(torch.promote_types(getattr(torch, a), getattr(torch, b)))


def enumerate_pairs(values):
    return [(a, b) for a in values for b in values]


def name_of(dtype):
    return str(dtype).partition(".")[2]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_random_numbers(dtype):
    narrow = getattr(mg, dtype)
    mg.manual_seed(3)
    u = mg.rand(100000, dtype=narrow)
    assert u.dtype is narrow
    assert 0 <= u.min().item() <= u.max().item() < 1
    assert abs(u.float().mean().item() - 0.5) < 0.01
    n = mg.randn(100000, dtype=narrow)
    assert abs(n.float().std().item() - 1) < 0.02
    assert mg.randint(-5, 5, (1000,), dtype=mg.int8).min().item() == -5
    assert mg.nn.functional.dropout(mg.ones(1000, dtype=narrow), 0.5).dtype is narrow


def test_numpy_and_dlpack(torch):
    half = mg.tensor([1.5, 2.0], dtype=mg.float16)
    assert half.numpy().dtype == np.float16
    half.numpy()[0] = 3
    assert half.tolist() == [3.0, 2.0]
    assert mg.from_numpy(half.numpy()).data_ptr() == half.data_ptr()
    assert mg.tensor(np.float16(1.5)).dtype is mg.float16
    assert torch.from_dlpack(half).dtype is torch.float16
    brief = mg.tensor([1.5, 2.0], dtype=mg.bfloat16)
    bits = pytest.importorskip("ml_dtypes").bfloat16
    assert brief.numpy().dtype == bits
    brief.numpy()[0] = 3
    assert brief.tolist() == [3.0, 2.0]
    assert mg.from_numpy(brief.numpy()).data_ptr() == brief.data_ptr()
    assert mg.tensor(np.ones(2, bits)).dtype is mg.bfloat16


def test_numpy_without_ml_dtypes(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ml_dtypes", None)
    with pytest.warns(UserWarning, match="NumPy has no bfloat16: the array is a copy in float32"):
        array = mg.ones(2, dtype=mg.bfloat16).numpy()
    assert array.dtype == np.float32


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int16", "int8"])
def test_copies_and_pickles(dtype):
    import copy
    import pickle

    x = mg.arange(12).reshape(3, 4).to(getattr(mg, dtype))
    for y in (copy.deepcopy(x), pickle.loads(pickle.dumps(x)), pickle.loads(pickle.dumps(x.T)).T, x.clone()):
        assert y.dtype is x.dtype
        assert y.tolist() == x.tolist()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("name", ["SGD", "AdamW", "Adam", "RMSprop", "Adagrad"])
def test_models_train(name, dtype):
    mg.manual_seed(0)
    model = mg.nn.Sequential(mg.nn.Linear(8, 16), mg.nn.Tanh(), mg.nn.Linear(16, 1)).to(dtype=getattr(mg, dtype))
    x = mg.randn(64, 8).to(getattr(mg, dtype))
    y = x[:, :1] * x[:, 1:2]
    options = {"eps": 1e-4} if "Ada" in name or name == "RMSprop" else {}
    optimizer = getattr(mg.optim, name)(model.parameters(), lr=0.2 if name == "SGD" else 0.03, **options)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = mg.nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]
    assert {p.dtype for p in model.parameters()} == {getattr(mg, dtype)}
    assert {p.grad.dtype for p in model.parameters()} == {getattr(mg, dtype)}


def test_a_state_is_cast_when_it_is_loaded():
    wide, narrow = mg.nn.Linear(2, 2), mg.nn.Linear(2, 2, dtype=mg.bfloat16)
    narrow.load_state_dict(wide.state_dict())
    assert narrow.weight.dtype is mg.bfloat16
    assert narrow.weight.tolist() == wide.weight.bfloat16().tolist()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_compiled_steps_give_equal_bits(dtype):
    narrow = getattr(mg, dtype)
    x, w = mg.randn(33, 17).to(narrow), mg.randn(17, 9).to(narrow)

    def step(x, w):
        return mg.softmax(mg.tanh(x @ w) * 2 + 1, 1).sum(0)

    compiled = mg.compile(step)
    expected = step(x, w).tolist()
    for _ in range(4):
        assert compiled(x, w).tolist() == expected


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_do_not_depend_on_workers(workers):
    x = mg.randn(100_000).bfloat16()
    expected = functools.reduce(lambda t, f: f(t), (mg.exp, mg.tanh), x) * x
    with mg.kernels("fixed", workers=workers):
        assert mg.equal(mg.tanh(mg.exp(x)) * x, expected)


@pytest.mark.parametrize("dtype", [mg.bfloat16, mg.float16])
def test_the_next_number_of_sixteen_bits(dtype, torch):
    bits = np.random.default_rng(0).integers(-32768, 32768, (2, 20000)).astype(np.int16)
    bits[1, ::7] = bits[0, ::7]
    bits[0, 1::11], bits[1, 2::13], bits[1, 3::17], bits[0, 4::19] = 0, 0, -32768, -32768
    found = []
    for m in (mg, torch):
        kind = getattr(m, dtype.name)
        a, b = (m.tensor(row).view(kind) for row in bits)
        y = m.nextafter(a, b)
        assert m.equal(a.clone().nextafter_(b).view(m.int16), y.view(m.int16))
        found.append(np.where(y.isnan().numpy(), 0, y.view(m.int16).numpy()))
    np.testing.assert_array_equal(*found)
    x = mg.ones(3, dtype=dtype, requires_grad=True)
    mg.nextafter(x, mg.zeros(2, 1, dtype=dtype)).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0]
    assert mg.nextafter(x, mg.ones(3)).dtype is mg.float32
