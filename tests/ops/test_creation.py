"""Tensors from Python, NumPy, DLPack and pickles, and back."""

import copy
import math
import pickle

import mocrograd as mg
import numpy as np
import pytest

DTYPES = ["float32", "float64", "int64", "int32", "uint8", "bool"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_shares_memory_both_ways(dtype):
    array = np.zeros((3, 4), dtype)
    x = mg.from_numpy(array)
    assert x.dtype is getattr(mg, dtype)
    array[1, 2] = 1
    assert x[1, 2].item() == 1
    x[0, 0] = 1
    assert array[0, 0] == 1
    back = x.numpy()
    assert back.ctypes.data == array.ctypes.data == x.data_ptr()
    fresh = mg.zeros(5, dtype=x.dtype)
    fresh.numpy()[3] = 1
    assert fresh.tolist() == [0, 0, 0, 1, 0]


@pytest.mark.parametrize("view", [lambda a: a.T, lambda a: a[1:, ::2], lambda a: a[:, None, 1], lambda a: a[2:2]])
def test_numpy_views(view):
    array = np.arange(12.0).reshape(3, 4)
    part = view(array)
    x = mg.from_numpy(part)
    assert x.stride() == tuple(s // 8 for s in part.strides) or part.size == 0
    np.testing.assert_array_equal((x * 2).numpy(), part * 2)
    np.testing.assert_array_equal(x.numpy(), part)
    np.testing.assert_array_equal(view(mg.tensor(array)).numpy(), part)


def test_memory_outlives_whoever_made_it():
    array = np.arange(100_000.0)
    x = mg.from_numpy(array)
    del array
    assert x.sum().item() == sum(range(100_000))
    array = mg.arange(1000.0).numpy()
    others = [mg.full((1000,), -1.0) for _ in range(10)]
    assert array.sum() == 499_500
    assert len(others) == 10


def test_tensor_copies():
    array = np.ones(3)
    x = mg.tensor(array)
    array[0] = 5
    assert x.tolist() == [1.0, 1.0, 1.0]
    y = mg.tensor(x)
    y[0] = 5
    assert x[0].item() == 1.0


def test_as_tensor_shares_where_it_can():
    array = np.ones(3)
    assert mg.as_tensor(array).data_ptr() == array.ctypes.data
    assert mg.as_tensor(array, dtype=mg.float32).data_ptr() != array.ctypes.data
    x = mg.ones(2)
    assert mg.as_tensor(x) is x
    assert mg.as_tensor([1, 2]).tolist() == [1, 2]


def test_an_array_that_may_not_be_written_warns():
    array = np.ones(3)
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        mg.from_numpy(array)


def test_unaligned_arrays_are_refused():
    array = np.frombuffer(bytearray(33), np.uint8)[1:].view("f4")
    with pytest.raises(ValueError, match=r"stride|aligned"):
        mg.from_numpy(array)
    record = np.zeros(3, dtype=[("a", "u1"), ("b", "f4")])["b"]
    with pytest.raises(ValueError, match="stride"):
        mg.from_numpy(record)


def test_numpy_functions_take_tensors():
    x = mg.tensor([1.0, 4.0])
    assert np.asarray(x).tolist() == [1.0, 4.0]
    assert np.array(x, dtype=np.float64).dtype == np.float64
    assert np.add(np.asarray(x), 1).tolist() == [2.0, 5.0]
    assert isinstance(np.ones(2, np.float32) * x, mg.Tensor)
    assert (np.float32(2) * x).tolist() == [2.0, 8.0]


@pytest.mark.parametrize("dtype", DTYPES)
def test_dlpack_with_numpy(dtype):
    x = mg.ones(2, 3, dtype=getattr(mg, dtype))
    array = np.from_dlpack(x)
    assert array.ctypes.data == x.data_ptr()
    assert array.dtype == dtype
    assert mg.from_dlpack(array.copy()).tolist() == x.tolist()


def test_dlpack_with_torch(torch):
    x = mg.arange(6.0).reshape(2, 3)
    theirs = torch.from_dlpack(x.T)
    assert theirs.data_ptr() == x.data_ptr()
    theirs[0, 0] = 7
    assert x[0, 0].item() == 7
    ours = mg.from_dlpack(torch.arange(4)[::2])
    assert ours.tolist() == [0, 2]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("copier", [copy.deepcopy, copy.copy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_and_pickles(dtype, copier):
    x = mg.tensor(np.arange(6).reshape(2, 3).astype(dtype))
    for original in (x, x.T, x[1:, 1], x[:0]):
        again = copier(original)
        assert again.tolist() == original.tolist()
        assert again.dtype is original.dtype
        assert again.shape == original.shape
    if dtype.startswith("float"):
        assert copier(x.clone().requires_grad_()).requires_grad


def test_a_deepcopy_keeps_what_is_shared():
    x = mg.ones(2)
    first, second = copy.deepcopy([x, x])
    assert first is second
    first[0] = 5
    assert x[0].item() == 1


def test_a_parameter_stays_one():
    p = mg.nn.Parameter(mg.ones(2))
    for again in (copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
        assert isinstance(again, mg.nn.Parameter)
        assert again.requires_grad
        assert again.tolist() == [1.0, 1.0]


def test_dtypes_and_devices_pickle_as_themselves():
    assert pickle.loads(pickle.dumps(mg.float32)) is mg.float32
    assert pickle.loads(pickle.dumps(mg.device("cpu"))) is mg.device("cpu")


def test_python_numbers():
    assert isinstance(mg.tensor(2.5).item(), float)
    assert isinstance(mg.tensor(2).item(), int)
    assert mg.tensor(True).item() is True
    assert math.isnan(mg.tensor(math.nan).item())
    assert float(mg.tensor(2)) == 2.0
    assert int(mg.tensor(-2.7)) == -2
    assert [10, 20, 30][mg.tensor(1)] == 20
    assert list(range(mg.tensor(2))) == [0, 1]
    assert f"{mg.tensor(0.125):.2f}" == "0.12"
    with pytest.raises(TypeError, match="unsupported format string"):
        f"{mg.tensor([0.5]):.2f}"
    assert f"{mg.tensor(0.125)} {mg.tensor([1.0])}" == "0.125 tensor([1.])"
    assert mg.tensor([[1, 2]]).tolist() == [[1, 2]]
    assert [t.item() for t in mg.tensor([1, 2])] == [1, 2]
    assert len(mg.zeros(3, 2)) == 3
    assert bool(mg.tensor(0.0)) is False


def test_tensors_are_keys_by_identity():
    x, y = mg.ones(2), mg.ones(2)
    assert {x: 1, y: 2}[x] == 1
    assert len({x, y}) == 2


@pytest.mark.parametrize("name", ["rand", "randn"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_random_streams_do_not_depend_on_workers(name, dtype):
    seen = set()
    for kernels in ("original", "dynamic", "fixed:1", "fixed:2", "fixed:3", "fixed:7", "fixed:256"):
        with mg.kernels(kernels):
            mg.manual_seed(11)
            seen.add(getattr(mg, name)(40_001, dtype=getattr(mg, dtype)).numpy().tobytes())
    assert len(seen) == 1


def test_random_numbers_have_their_distributions(implementation):
    mg.manual_seed(0)
    uniform, normal = mg.rand(100_000).numpy(), mg.randn(100_000).numpy()
    assert 0 <= uniform.min() < 1e-3
    assert 1 - 1e-3 < uniform.max() < 1
    assert abs(uniform.mean() - 0.5) < 0.005
    assert abs(uniform.var() - 1 / 12) < 0.002
    assert abs(normal.mean()) < 0.015
    assert abs(normal.std() - 1) < 0.01
    assert abs((normal < 1).mean() - 0.8413) < 0.005
    assert abs(np.corrcoef(normal[:-1], normal[1:])[0, 1]) < 0.015
    counts = np.bincount(mg.randint(10, (100_000,)).numpy(), minlength=10)
    assert counts.min() > 9_500
    assert sorted(mg.randperm(1000).tolist()) == list(range(1000))
    assert mg.bernoulli(mg.full((10_000,), 0.3)).mean().item() == pytest.approx(0.3, abs=0.02)


def test_generators_are_streams_of_their_own():
    a, b = mg.Generator().manual_seed(5), mg.Generator().manual_seed(5)
    first = mg.rand(3, generator=a).tolist()
    mg.rand(100)
    assert mg.rand(3, generator=b).tolist() == first
    state = a.get_state()
    second = mg.rand(3, generator=a).tolist()
    a.set_state(state)
    assert mg.rand(3, generator=a).tolist() == second != first
    state = mg.get_rng_state()
    third = mg.randn(4).tolist()
    mg.set_rng_state(state)
    assert mg.randn(4).tolist() == third


def test_states_of_streams():
    a = mg.Generator().manual_seed(2**63 + 5)
    mg.rand(3, generator=a)
    a.spawn_seed()
    state = a.get_state()
    before, expected = state[:3], mg.rand(4, generator=a).tolist()
    a.set_state(before)  # as it was saved before spawned streams were counted
    assert a.get_state().tolist() == [*before.tolist(), 0]
    assert mg.rand(4, generator=a).tolist() == expected
    for wrong, error, words in (
        (state[:2], RuntimeError, "wrong size"),
        (state.reshape(2, 2), RuntimeError, "wrong size"),
        (mg.tensor([0, 2**32, 0, 0]), RuntimeError, "expected the numbers of get_state"),
        (mg.tensor([0, 0, -1]), RuntimeError, "expected the numbers of get_state"),
        (state.float(), TypeError, "got mocrograd.float32"),
        (state.tolist(), TypeError, "got list"),
    ):
        now = a.get_state().tolist()
        with pytest.raises(error, match=words):
            a.set_state(wrong)
        assert a.get_state().tolist() == now


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "uint8", "bool"]
)
def test_tensors_like_others_have_their_layout_and_dtype(dtype, torch):
    like, other = mg.zeros(3, 4, dtype=getattr(mg, dtype)), torch.zeros(3, 4, dtype=getattr(torch, dtype))
    for own, theirs in ((like, other), (like.t(), other.t()), (like[:, ::2], other[:, ::2]), (like[:0], other[:0])):
        for name, values in (("zeros_like", ()), ("ones_like", ()), ("full_like", (1,)), ("full_like", (True,))):
            made, expected = getattr(mg, name)(own, *values), getattr(torch, name)(theirs, *values)
            assert (made.dtype, made.shape, made.stride()) == (own.dtype, tuple(expected.shape), expected.stride())
            np.testing.assert_array_equal(made.to(mg.float64).numpy(), expected.double().numpy())
    assert not mg.zeros_like(mg.ones(2, requires_grad=True)).requires_grad
