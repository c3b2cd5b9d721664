"""Views as copies, and functions by whose names torch reaches its kernels: values and gradients are torch's."""

import pickle

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.compat.late import HOMES


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


COPIES = {
    "alias_copy": lambda m, x: m.alias_copy(x),
    "as_strided_copy": lambda m, x: m.as_strided_copy(x, (2, 3), (4, 1), 1),
    "detach_copy": lambda m, x: m.detach_copy(x.detach()),
    "diagonal_copy": lambda m, x: m.diagonal_copy(x, 1),
    "expand_copy": lambda m, x: m.expand_copy(x, (2, 3, 4)),
    "permute_copy": lambda m, x: m.permute_copy(x, (1, 0)),
    "select_copy": lambda m, x: m.select_copy(x, 1, 2),
    "slice_copy": lambda m, x: m.slice_copy(x, 1, 1, 4, 2),
    "slice_copy of negative ones": lambda m, x: m.slice_copy(x, -1, -3, 99),
    "split_copy": lambda m, x: m.split_copy(x, 3, 1),
    "split_with_sizes_copy": lambda m, x: m.split_with_sizes_copy(x, [1, 3], 1),
    "squeeze_copy": lambda m, x: m.squeeze_copy(x.reshape(1, 3, 4, 1)),
    "squeeze_copy of a dimension": lambda m, x: m.squeeze_copy(x.reshape(1, 3, 4, 1), 0),
    "t_copy": lambda m, x: m.t_copy(x),
    "transpose_copy": lambda m, x: m.transpose_copy(x, 0, 1),
    "unbind_copy": lambda m, x: m.unbind_copy(x, 1),
    "unfold_copy": lambda m, x: m.unfold_copy(x, 1, 2, 1),
    "unsqueeze_copy": lambda m, x: m.unsqueeze_copy(x, 1),
    "view_copy": lambda m, x: m.view_copy(x, (2, 6)),
}
NATIVE = {
    "affine_grid_generator": (lambda m, t: m.affine_grid_generator(t, (2, 1, 3, 4), True), (2, 2, 3)),
    "channel_shuffle": (lambda m, x: m.channel_shuffle(x, 2), (2, 4, 3, 2)),
    "native_channel_shuffle": (lambda m, x: m.native_channel_shuffle(x.detach(), 2), (2, 4, 3, 2)),
    "constant_pad_nd": (lambda m, x: m.constant_pad_nd(x, (1, -1, 0, 2), 0.5), (3, 4)),
    "conv_tbc": (lambda m, x, w, b: m.conv_tbc(x, w, b, 1), (7, 2, 3), (3, 3, 4), (4,)),
    "convolution": (lambda m, x, w, b: m.convolution(x, w, b, (2, 1), (1, 0), (1, 1), False, (0, 0), 2), (2, 4, 6, 5), (6, 2, 3, 2), (6,)),
    "convolution transposed": (lambda m, x, w: m.convolution(x, w, None, (2,), (1,), (1,), True, (1,), 1), (2, 4, 6), (4, 3, 3)),
    "frobenius_norm": (lambda m, x: m.frobenius_norm(x, (0, 1), True), (3, 4)),
    "frobenius_norm of rows": (lambda m, x: m.frobenius_norm(x, 1), (3, 4)),
    "norm_except_dim": (lambda m, x: m.norm_except_dim(x, 2, 1), (3, 4, 2)),
    "norm_except_dim none": (lambda m, x: m.norm_except_dim(x, 2, -1), (3, 4)),
    "nuclear_norm": (lambda m, x: m.nuclear_norm(x), (3, 4)),
    "nuclear_norm keepdim": (lambda m, x: m.nuclear_norm(x, True), (3, 4)),
    "nuclear_norm of matrices": (lambda m, x: m.nuclear_norm(x, (0, 2), False), (3, 2, 4)),
    "native_layer_norm": (lambda m, x, w, b: m.native_layer_norm(x, (3, 4), w, b, 1e-3), (5, 3, 4), (3, 4), (3, 4)),
    "native_group_norm": (lambda m, x, w, b: m.native_group_norm(x, w, b, 5, 4, 6, 2, 1e-3), (5, 4, 2, 3), (4,), (4,)),
    "native_batch_norm": (lambda m, x, w: m.native_batch_norm(x, w, None, None, None, True, 0.1, 1e-3), (5, 4, 2, 3), (4,)),
    "native_batch_norm of running ones": (
        lambda m, x, a, v: m.native_batch_norm(x, None, None, a.detach(), v.detach() ** 2, False, 0.1, 1e-3), (5, 4, 2), (4,), (4,)),
    "batch_norm_update_stats": (
        lambda m, x: (*m.batch_norm_update_stats(x.detach(), means := m.zeros(4, dtype=m.float64), varied := m.ones(4, dtype=m.float64), 0.1), means, varied),
        (5, 4, 2)),
    "batch_norm_update_stats of nothing": (lambda m, x: m.batch_norm_update_stats(x.detach(), None, None, 0.1), (5, 4, 2, 3)),
    **{
        f"embedding_bag {mode} {padding} {last}": (
            lambda m, w, mode=mode, padding=padding, last=last: m.embedding_bag(
                w, m.tensor([0, 1, 2, 2, 5, 3]), m.tensor([0, 2, 2, 4, 6][: 4 + last]), False, mode, False, None, bool(last), padding),
            (6, 3))
        for mode in range(3) for padding in (None, 2, -1) for last in range(2)
    },
    "embedding_bag of factors": (
        lambda m, w, f: m.embedding_bag(w, m.tensor([0, 1, 2, 2, 5, 3]), m.tensor([0, 2, 2, 4]), False, 0, False, f), (6, 3), (6,)),
    "embedding_bag without indices": (lambda m, w: m.embedding_bag(w, m.tensor([], dtype=m.int64), m.tensor([0, 0]), False, 2)[1:], (6, 3)),
    "native_norm": (lambda m, x: m.native_norm(x.detach().to_sparse(), 3), (3, 4)),
    "native_norm of all": (lambda m, x: m.native_norm(x.detach().to_sparse(), None, (0, 1), False, None), (3, 4)),
    "native_dropout not in training": (lambda m, x: m.native_dropout(x, 0.5, False), (3, 4)),
    "native_dropout of all": (lambda m, x: m.native_dropout(x, 1.0, True), (3, 4)),
    "gru_cell": (lambda m, *x: m.gru_cell(*x), (2, 3), (2, 4), (12, 3), (12, 4), (12,), (12,)),
    "lstm_cell": (lambda m, x, h, c, *w: m.lstm_cell(x, [h, c], *w), (2, 3), (2, 4), (2, 4), (16, 3), (16, 4), (16,), (16,)),
    "rnn_tanh_cell": (lambda m, *x: m.rnn_tanh_cell(*x), (2, 3), (2, 4), (4, 3), (4, 4), (4,), (4,)),
    "rnn_relu_cell": (lambda m, *x: m.rnn_relu_cell(*x), (2, 3), (2, 4), (4, 3), (4, 4)),
    **{
        f"grid_sampler{form} {how} {outside}": (
            lambda m, x, g, form=form, how=how, outside=outside: getattr(m, f"grid_sampler{form}")(x, g, how, outside, True),
            (2, 3, 5, 4), (2, 3, 2, 2),
        )
        for form, how, outside in (("", 0, 0), ("", 1, 1), ("_2d", 2, 2), ("_2d", 0, 1))
    },
    "grid_sampler_3d": (lambda m, x, g: m.grid_sampler_3d(x, g, 0, 0, False), (2, 3, 5, 4, 3), (2, 3, 2, 2, 3)),
}  # fmt: skip


def compare(torch, call, *shapes):
    found = []
    for m in (mg, torch):
        inputs = [m.tensor(drawn(*shape, seed=i), requires_grad=True) for i, shape in enumerate(shapes)]
        results = call(m, *inputs)
        results = list(results) if isinstance(results, (tuple, list)) else [results]
        differentiable = (
            [r for r in results if r.requires_grad][:1] if len(shapes) > 1 else [r for r in results if r.requires_grad]
        )
        total = sum((r * m.tensor(drawn(*r.shape, seed=9))).sum() for r in differentiable)
        grads = m.autograd.grad(total, inputs, allow_unused=True) if differentiable else []
        found.append(([r.detach() for r in results], grads))
    for ours, torchs in zip(*found, strict=True):
        for a, b in zip(ours, torchs, strict=True):
            if a is None or b is None:
                assert all(x is None or not x.any() for x in (a, b))
            else:
                assert tuple(a.shape) == tuple(b.shape)
                assert a.dtype.name == str(b.dtype).removeprefix("torch.")
                np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", COPIES)
def test_copies(name, torch):
    compare(torch, COPIES[name], (3, 4))
    x = mg.tensor(drawn(3, 4))
    with mg.no_grad():
        results = COPIES[name](mg, x)
    for result in results if isinstance(results, tuple) else (results,):
        assert result.is_contiguous()
        assert result._base is None
        before = x.clone()
        result.fill_(7.0)
        assert mg.equal(x, before)


@pytest.mark.filterwarnings("ignore:at..(frobenius|nuclear)_norm is deprecated")
@pytest.mark.parametrize("name", NATIVE)
def test_native(name, torch):
    call, *shapes = NATIVE[name]
    compare(torch, call, *shapes)


def test_every_name_is_torchs_and_its_own_module_has_it(torch):
    for name in HOMES:
        assert callable(getattr(torch, name))
        function = getattr(mg, name)
        assert pickle.loads(pickle.dumps(function)) is function
        assert function.__doc__
    assert {name.split()[0] for name in (*COPIES, *NATIVE)} >= HOMES.keys() - {
        "dsmm", "embedding_renorm_", "empty_permuted", "empty_strided", "range", "sparse_compressed_tensor",
        "hsmm", "hspmm", "resize_as_sparse_", "saddmm", "smm", "sparse_bsc_tensor", "sparse_bsr_tensor", "sparse_coo_tensor", "sparse_csc_tensor",
            "sparse_csr_tensor", "spmm", "sspaddmm",
    }  # fmt: skip


def test_out(torch):
    for m in (mg, torch):
        out = m.zeros(4, 3)
        assert m.t_copy(m.arange(12.0).reshape(3, 4), out=out) is out
        assert out[3].tolist() == [3, 7, 11]


def test_embedding_renorm(torch):
    for m in (mg, torch):
        table = m.tensor(drawn(4, 3))
        assert m.embedding_renorm_(table, m.tensor([0, 2, 2]), 0.5, 2.0) is table
        norms = table.norm(dim=1)
        assert (norms[[0, 2]] <= 0.5 + 1e-6).all()
        assert (norms[[1, 3]] > 0.5).all()


def test_creation(torch):
    for m in (mg, torch):
        x = m.empty_strided((2, 3), (1, 4), dtype=m.float64)
        assert (tuple(x.shape), x.stride(), x.dtype) == ((2, 3), (1, 4), m.float64)
        assert m.empty_strided((2, 0), (1, 4)).numel() == 0
        x = m.empty_permuted((2, 3, 4), (0, 2, 1), requires_grad=True)
        assert (tuple(x.shape), x.stride(), x.requires_grad, x.is_leaf) == ((2, 3, 4), (12, 1, 3), True, True)
        with pytest.warns(UserWarning, match="deprecated"):
            x = m.range(1, 4)
        assert (x.tolist(), x.dtype) == ([1, 2, 3, 4], m.float32)
        with pytest.warns(UserWarning, match="deprecated"):
            assert m.range(1, 2.6, 0.5, dtype=m.float64).tolist() == [1, 1.5, 2, 2.5]


BAD = {
    "grid mode": (lambda m: m.grid_sampler(m.ones(1, 1, 2, 2), m.ones(1, 1, 1, 2), 0.5, 0, True), "int"),
    "grid dimensions": (lambda m: m.grid_sampler_2d(m.ones(1, 1, 2, 2, 2), m.ones(1, 1, 1, 1, 3), 0, 0, True), "4D"),
    "strides": (lambda m: m.empty_strided((2, 3), (1,)), "must match"),
    "negative stride": (lambda m: m.empty_strided((2,), (-1,)), "negative"),
    "order": (lambda m: m.empty_permuted((2, 3), (0, 0)), "once|duplicate"),
    "matrix": (lambda m: m.nuclear_norm(m.ones(2)), "2 dimensions"),
    "three dimensions": (lambda m: m.frobenius_norm(m.ones(2, 2, 2), (0, 1, 2)), "at most 2"),
    "one state": (lambda m: m.lstm_cell(m.ones(1, 2), [m.ones(1, 2)], m.ones(8, 2), m.ones(8, 2)), "two hidden"),
    "state size": (lambda m: m.gru_cell(m.ones(1, 2), m.ones(1, 3), m.ones(6, 2), m.ones(6, 2)), "hidden_size|size"),
    "tbc": (lambda m: m.conv_tbc(m.ones(2, 2), m.ones(1, 2, 2), m.ones(2)), "dim"),
    "step": (lambda m: m.slice_copy(m.ones(3), 0, 0, 2, 0), "positive"),
    "tensor": (lambda m: m.t_copy(3), "must be Tensor"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_calls(name, torch):
    call, words = BAD[name]
    with pytest.raises(Exception, match=words) as ours:
        call(mg)
    with pytest.raises(Exception) as torchs:  # noqa: PT011
        call(torch)
    assert isinstance(ours.value, type(torchs.value)), torchs.value
    if name != "tensor":
        return
    with pytest.raises(RuntimeError, match="expected w_ih"):
        mg.gru_cell(mg.ones(1, 2), mg.ones(1, 2), mg.ones(5, 2), mg.ones(6, 2))


def test_unsafe_parts_may_be_changed(torch):
    for m in (mg, torch):
        x = m.ones(6, requires_grad=True)
        a, b, c = m.unsafe_chunk(x * 2, 3)
        a.mul_(3)
        (a.sum() + b.sum() + c.sum()).backward()
        assert x.grad.tolist() == [6, 6, 2, 2, 2, 2]


def test_strided_parts_are_counted_in_memory(torch):
    for m in (mg, torch):
        turned, part = m.arange(12.0).reshape(6, 2).t(), m.arange(12.0)[2:8]
        found = m.as_strided_scatter(turned, m.full((2, 2), 99.0), (2, 2), (3, 1), 1)
        assert found.tolist() == [[0, 99, 99, 6, 8, 10], [99, 3, 99, 7, 9, 11]]
        assert found.stride() == (1, 2)
        for offset in ((), (2,)):
            assert m.as_strided_scatter(part, m.ones(2), (2,), (2,), *offset).tolist() == [1, 3, 1, 5, 6, 7]


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_embedding_bag_leaves_out_the_bags_of_narrow_sums(dtype, torch):
    for m in (mg, torch):
        table = m.ones(6, 3, dtype=getattr(m, dtype))
        for mode, count in ((0, 0), (1, 4), (2, 4)):
            out, bags, *_ = m.embedding_bag(table, m.tensor([0, 1, 2, 2]), m.tensor([0, 3]), mode=mode)
            assert out.dtype == table.dtype
            assert tuple(bags.shape) == (count,)


NO_CALLS = {
    "an unknown mode": lambda m: m.embedding_bag(m.ones(3, 2), m.tensor([0]), m.tensor([0]), mode=3),
    "offsets of two dimensions": lambda m: m.embedding_bag(m.ones(3, 2), m.tensor([0]), m.tensor([[0]])),
    "indices of floats": lambda m: m.embedding_bag(m.ones(3, 2), m.ones(2), m.tensor([0])),
    "a weight of integers": lambda m: m.embedding_bag(m.tensor([[1, 2]]), m.tensor([0]), m.tensor([0])),
    "offsets that begin late": lambda m: m.embedding_bag(m.ones(3, 2), m.tensor([0, 1]), m.tensor([1])),
    "factors of means": lambda m: m.embedding_bag(m.ones(3, 2), m.tensor([0]), m.tensor([0]), False, 1, False, m.ones(1)),
    "too many factors": lambda m: m.embedding_bag(m.ones(3, 2), m.tensor([0]), m.tensor([0]), False, 0, False, m.ones(2)),
    "a padding beyond": lambda m: m.embedding_bag(m.ones(3, 2), m.tensor([0]), m.tensor([0]), False, 0, False, None, False, 3),
    "a dense norm": lambda m: m.native_norm(m.ones(3)),
    "a norm along a dimension": lambda m: m.native_norm(m.ones(3, 2).to_sparse(), 2, [0], False, None),
    "a norm of another dtype": lambda m: m.native_norm(m.ones(3, 2).to_sparse(), 2, [], False, m.float64),
    "statistics of nothing": lambda m: m.batch_norm_update_stats(m.ones(0, 3), None, None, 0.1),
    "statistics of another dtype": lambda m: m.batch_norm_update_stats(m.ones(2, 3), m.ones(3, dtype=m.float64), None, 0.1),
    "statistics of integers": lambda m: m.batch_norm_update_stats(m.tensor([[1, 2]]), None, None, 0.1),
    "statistics without channels": lambda m: m.batch_norm_update_stats(m.ones(3), None, None, 0.1),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_CALLS)
def test_wrong_calls_raise_what_torch_raises(name, torch):
    found = []
    for m in (torch, mg):
        with pytest.raises((RuntimeError, IndexError)) as error:
            NO_CALLS[name](m)
        found.append(error.type.__name__)
    assert found[0] == found[1]


def test_statistics_of_one_element_have_no_variance():
    varied = mg.ones(3)
    mg.batch_norm_update_stats(mg.ones(1, 3), None, varied, 0.1)
    assert varied.isnan().all()
