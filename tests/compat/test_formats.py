"""Orders of elements in memory, layouts, and what torch tells of tensors of other kinds."""

import copy
import pickle

import mocrograd as mg
import mocrograd.torch as ours
import pytest

CALLS = {
    "empty": lambda m: m.empty(2, 3, 4, 5, memory_format=m.channels_last),
    "empty3d": lambda m: m.empty((2, 3, 4, 5, 6), memory_format=m.channels_last_3d),
    "empty_like": lambda m: m.empty_like(m.zeros(2, 3, 4, 5), memory_format=m.channels_last),
    "contiguous": lambda m: m.zeros(2, 3, 4, 5).contiguous(memory_format=m.channels_last),
    "back": lambda m: m.zeros(2, 3, 4, 5).contiguous(memory_format=m.channels_last).contiguous(),
    "to": lambda m: m.zeros(2, 3, 4, 5).to(memory_format=m.channels_last),
    "to_dtype": lambda m: m.zeros(2, 3, 4, 5).to(m.float64, memory_format=m.channels_last),
    "clone": lambda m: m.zeros(2, 3, 4, 5).clone(memory_format=m.channels_last),
    "preserve": lambda m: m.zeros(2, 3, 4, 5).clone(memory_format=m.preserve_format),
    "module": lambda m: m.nn.Conv2d(3, 4, 2).to(memory_format=m.channels_last).weight,
    "bias": lambda m: m.nn.Conv2d(3, 4, 2).to(memory_format=m.channels_last).bias,
    "row_major": lambda m: m.zeros(2, 3, 4, 5),
    "one_channel": lambda m: m.zeros(2, 1, 4, 5),
    "flat": lambda m: m.zeros(4),
}


@pytest.mark.parametrize("name", CALLS)
def test_orders_are_those_of_torch(name):
    torch = pytest.importorskip("torch")
    x, y = CALLS[name](ours), CALLS[name](torch)
    assert (tuple(x.shape), x.stride(), x.is_contiguous()) == (tuple(y.shape), y.stride(), y.is_contiguous())
    for order in ("contiguous_format", "channels_last", "channels_last_3d"):
        contiguous = [t.is_contiguous(memory_format=getattr(m, order)) for t, m in ((x, ours), (y, torch))]
        assert contiguous[0] == contiguous[1], order
    assert x.dim_order() == y.dim_order() or name == "one_channel"


def test_values_and_gradients_go_through():
    x = mg.arange(24.0).reshape(1, 2, 3, 4).requires_grad_()
    y = x.contiguous(memory_format=mg.channels_last)
    assert mg.equal(x, y)
    assert y.contiguous(memory_format=mg.channels_last) is y
    (y * mg.arange(24.0).reshape(1, 2, 3, 4)).sum().backward()
    assert mg.equal(x.grad, x.detach())
    conv = mg.nn.Conv2d(2, 3, 2)
    expected = conv(x)
    assert mg.allclose(conv.to(memory_format=mg.channels_last)(y), expected)


def test_wrong_orders():
    with pytest.raises(RuntimeError, match="required rank 4 tensor to use channels_last format"):
        mg.zeros(2, 3).contiguous(memory_format=mg.channels_last)
    with pytest.raises(TypeError, match="memory_format"):
        mg.zeros(2, 3).contiguous(memory_format="channels_last")


def test_objects_stay_one():
    for thing in (ours.channels_last, ours.preserve_format, ours.strided, ours.sparse_coo):
        assert copy.deepcopy(thing) is thing
        assert pickle.loads(pickle.dumps(thing)) is thing
    assert isinstance(ours.strided, ours.layout)
    assert isinstance(ours.channels_last, ours.memory_format)


@pytest.mark.parametrize(
    "make",
    [
        lambda m, **o: m.empty(2, 3, **o),
        lambda m, **o: m.zeros((2, 3), **o),
        lambda m, **o: m.full((2,), 1.0, **o),
        lambda m, **o: m.zeros_like(m.ones(2), **o),
        lambda m, **o: m.arange(3, **o),
        lambda m, **o: m.rand(3, **o),
        lambda m, **o: m.randn_like(m.ones(2), **o),
        lambda m, **o: m.ones(2).new_zeros(3, **o),
    ],
)
def test_options_of_memory_are_accepted(make):
    assert make(ours, layout=ours.strided, pin_memory=False).layout is ours.strided
    with pytest.raises(TypeError, match="layout"):
        make(ours, layout=ours.sparse_coo)


def test_what_a_tensor_is_not():
    torch = pytest.importorskip("torch")
    for m in (ours, torch):
        x = m.zeros(2, 3)
        flags = "is_sparse is_quantized is_nested is_mkldnn is_mps is_xpu is_meta is_cuda is_xla is_vulkan is_ipu"
        assert not any(getattr(x, flag) for flag in flags.split())
        assert not x.is_inference()
        assert not x.is_pinned()
        assert x.to_dense() is x
        assert x.output_nr == 0
        assert m.Tensor[int] is m.Tensor if m is ours else True
        assert x.new(2, 3).shape == x.shape
        assert x.new([1, 2]).dtype is m.float32
        assert m.ones(3).map_(m.arange(3.0), lambda a, b: a + 2 * b).tolist() == [1, 3, 5]
        assert x.is_set_to(x.detach())
        assert not x.is_set_to(x[:1])
    with pytest.raises(RuntimeError, match="Cannot access accelerator device when none is available"):
        mg.zeros(1).pin_memory()


def test_subclasses():
    class Named(mg.Tensor):
        pass

    x = mg.ones(2, requires_grad=True)
    y = (x * 3).as_subclass(Named)
    assert isinstance(y, Named)
    y.sum().backward()
    assert x.grad.tolist() == [3, 3]
    with pytest.raises(TypeError, match="subclass of Tensor"):
        x.as_subclass(int)
