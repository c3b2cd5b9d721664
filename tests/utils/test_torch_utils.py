"""Names of torch.utils, nn.utils and dtypes that few programs use."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.utils import cpp_extension, dlpack


def test_dlpack():
    x = mg.arange(6.0).reshape(2, 3)
    capsule = dlpack.to_dlpack(x)
    assert type(capsule).__name__ == "PyCapsule"
    y = dlpack.from_dlpack(capsule)
    y[0, 1] = 9.0
    assert x[0, 1].item() == 9.0
    z = dlpack.from_dlpack(x)
    assert z.data_ptr() == x.data_ptr()
    copied = mg.from_dlpack(x, copy=True)
    copied[0, 0] = 5.0
    assert x[0, 0].item() == 0.0
    assert mg.from_dlpack(np.arange(3), device="cpu").tolist() == [0, 1, 2]
    assert dlpack.DLDeviceType(x.__dlpack_device__()[0]) is dlpack.DLDeviceType.kDLCPU
    with pytest.raises(TypeError):
        dlpack.to_dlpack([1])
    with pytest.raises((AttributeError, TypeError)):
        mg.from_dlpack([1])
    with pytest.raises(ValueError, match="without a copy"):
        mg.from_dlpack(x, device="meta", copy=False)


def test_dlpack_with_torch():
    torch = pytest.importorskip("torch")
    import torch.utils.dlpack as theirs

    there = torch.arange(4)
    here = dlpack.from_dlpack(theirs.to_dlpack(there))
    here[0] = 7
    assert there.tolist() == [7, 1, 2, 3]
    assert theirs.from_dlpack(dlpack.to_dlpack(here)).tolist() == [7, 1, 2, 3]


@pytest.mark.parametrize(
    "name", ["load", "load_inline", "CppExtension", "CUDAExtension", "SyclExtension", "BuildExtension", "include_paths"]
)
def test_extensions_are_refused(name):
    with pytest.raises(NotImplementedError, match=f"{name} is not available.*kernel_library"):
        getattr(cpp_extension, name)("name", ["file.cpp"])
    assert cpp_extension.CUDA_HOME is None
    assert isinstance(cpp_extension.is_ninja_available(), bool)


def test_abbreviations_of_dtypes():
    torch = pytest.importorskip("torch")
    named = {name: dtype for name, dtype in vars(torch).items() if isinstance(dtype, torch.dtype)}
    assert len(named) > 40
    for name, dtype in named.items():
        assert getattr(mg, name).abbr == dtype.abbr


def test_limits_of_floats_of_four_bits():
    limits = mg.finfo(mg.float4_e2m1fn_x2)
    assert limits.bits == 8
    for name in ("eps", "max", "min", "tiny", "smallest_normal", "resolution", "dtype"):
        with pytest.raises(NotImplementedError, match="float4_e2m1fn_x2"):
            getattr(limits, name)
    with pytest.raises(AttributeError):
        _ = limits.other


def test_a_prefix_of_a_state_dict():
    from mocrograd.nn.utils import consume_prefix_in_state_dict_if_present as consume

    torch = pytest.importorskip("torch")
    for module, take in ((mg, consume), (torch, torch.nn.modules.utils.consume_prefix_in_state_dict_if_present)):
        model = module.nn.Sequential(module.nn.Linear(2, 2), module.nn.Sequential(module.nn.BatchNorm1d(2)))
        wrapped = module.nn.ModuleDict({"module": model})
        state = wrapped.state_dict()
        state["other.weight"] = module.ones(1)
        take(state, "module.")
        assert sorted(state) == sorted([*model.state_dict(), "other.weight"])
        assert sorted(state._metadata) == sorted(["", "0", "1", "1.0"])
    plain = {"a": 1}
    consume(plain, "module.")
    assert plain == {"a": 1}


def test_numbers_as_tuples():
    from mocrograd.nn import utils

    assert utils._pair(3) == (3, 3)
    assert utils._single([4]) == (4,)
    assert utils._triple(2) == (2, 2, 2)
    assert utils._quadruple((1, 2, 3, 4)) == (1, 2, 3, 4)
    assert utils._ntuple(2)("ab") == ("a", "b")
    assert utils._reverse_repeat_tuple((1, 2), 2) == (2, 2, 1, 1)


def test_formats_of_filters():
    model = mg.nn.Sequential(mg.nn.Conv2d(3, 4, 2), mg.nn.Conv3d(3, 4, 2), mg.nn.Linear(2, 2))
    before = model[0].weight.tolist()
    assert mg.nn.utils.convert_conv2d_weight_memory_format(model, mg.channels_last) is model
    assert model[0].weight.is_contiguous(memory_format=mg.channels_last)
    assert model[0].weight.tolist() == before
    assert model[1].weight.is_contiguous()
    mg.nn.utils.convert_conv3d_weight_memory_format(model, mg.channels_last_3d)
    assert model[1].weight.is_contiguous(memory_format=mg.channels_last_3d)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("channels", [1, 2, 3, 5, 9])
def test_a_norm_across_channels(size, channels):
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(size).standard_normal((2, channels, 3, 4))
    mine, other = (m.nn.CrossMapLRN2d(size, alpha=0.3, beta=0.6, k=1.5) for m in (mg, torch))
    np.testing.assert_allclose(mine(mg.from_numpy(x)).numpy(), other(torch.from_numpy(x)).numpy(), rtol=1e-12)
    assert repr(mine) == repr(other)
    assert mg.autograd.gradcheck(mine, [mg.from_numpy(x[:1, :, :2, :1]).requires_grad_()])


def test_a_norm_across_channels_refuses():
    with pytest.raises(ValueError, match="Expected input to be 4D, got 3D"):
        mg.nn.CrossMapLRN2d(3)(mg.ones(2, 3, 4))
