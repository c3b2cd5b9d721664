"""Layers whose sizes come from their first input, against torch's."""

import copy
import pickle

import mocrograd as mg
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


LAZY = {
    "LazyLinear": ((3,), {}, (2, 4, 5)),
    "LazyConv1d": ((4, 3), {"padding": 1}, (2, 5, 6)),
    "LazyConv2d": ((4, (3, 2)), {"groups": 2, "bias": False}, (2, 6, 5, 4)),
    "LazyConv3d": ((2, 2), {"stride": 2}, (3, 4, 5, 4)),
    "LazyConvTranspose1d": ((4, 3), {"stride": 2}, (2, 5, 6)),
    "LazyConvTranspose2d": ((4, 3), {"groups": 2}, (2, 6, 5, 4)),
    "LazyConvTranspose3d": ((2, 2), {"dilation": 2}, (2, 3, 4, 3, 2)),
    "LazyBatchNorm1d": ((), {"eps": 0.1}, (4, 3)),
    "LazyBatchNorm2d": ((), {"affine": False}, (4, 3, 2, 2)),
    "LazyBatchNorm3d": ((), {"track_running_stats": False}, (4, 3, 2, 2, 2)),
    "LazyInstanceNorm1d": ((), {}, (4, 3, 5)),
    "LazyInstanceNorm2d": ((), {"affine": False}, (4, 3, 2, 2)),
    "LazyInstanceNorm3d": ((), {"momentum": 0.5}, (4, 3, 2, 2, 2)),
}


@pytest.mark.parametrize("name", LAZY)
@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning")
def test_lazy_layers_are_torchs(name, both, array):
    args, options, shape = LAZY[name]
    layers = {m: getattr(m.nn, name)(*args, **options) for m in (mg, torch)}
    ours, theirs = layers[mg], layers[torch]
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert ours.has_uninitialized_params() == theirs.has_uninitialized_params()
    waiting = copy.deepcopy(ours)
    waiting.load_state_dict(ours.state_dict())
    assert waiting.has_uninitialized_params() == ours.has_uninitialized_params()
    x = array(shape)
    ours(mg.tensor(x))
    theirs(torch.tensor(x))
    kind = name.removeprefix("Lazy")
    assert type(ours) is getattr(mg.nn, kind)
    assert repr(ours) == repr(theirs)
    ours.load_state_dict({k: mg.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    both(lambda m, x: layers[m](x) * 1 + x.sum(), x)
    assert all(type(p) is mg.nn.Parameter for p in ours.parameters())
    waiting.load_state_dict(ours.state_dict())
    waiting(mg.tensor(x))
    assert repr(waiting) == repr(ours)
    for p, q in zip(waiting.parameters(), ours.parameters(), strict=True):
        assert p.tolist() == q.tolist()
    assert pickle.loads(pickle.dumps(ours)).state_dict().keys() == ours.state_dict().keys()


def test_a_parameter_without_a_shape_says_so():
    layer = mg.nn.LazyLinear(3)
    with pytest.raises(RuntimeError, match="shape of an uninitialized parameter"):
        layer.weight.shape  # noqa: B018
    assert repr(layer.weight) == "<UninitializedParameter>"
    net = mg.nn.Sequential(mg.nn.LazyConv2d(2, 3), mg.nn.Flatten(), mg.nn.LazyLinear(3)).to(mg.float64)
    assert net(mg.ones(1, 4, 5, 5, dtype=mg.float64)).dtype == mg.float64
    with pytest.raises(RuntimeError, match="Expected 3D"):
        mg.nn.LazyConv2d(2, 3)(mg.ones(4, 4))
