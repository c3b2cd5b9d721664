"""skip_init, clipping, vectors of parameters, normalised weights, fusion."""

import math

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn


def test_skip_init_draws_nothing():
    mg.manual_seed(0)
    expected = mg.rand(3).tolist()
    mg.manual_seed(0)
    layer = nn.utils.skip_init(nn.Linear, 4, 2, bias=False)
    assert mg.rand(3).tolist() == expected
    assert tuple(layer.weight.shape) == (2, 4)
    assert layer.weight.requires_grad
    assert type(layer) is nn.Linear


def test_skip_init_needs_a_module_with_a_device():
    with pytest.raises(RuntimeError, match="Expected a Module"):
        nn.utils.skip_init(dict)
    with pytest.raises(RuntimeError, match="'device' arg"):
        nn.utils.skip_init(nn.ReLU)


def with_grads():
    params = [nn.Parameter(mg.zeros(2)), nn.Parameter(mg.zeros(1)), nn.Parameter(mg.zeros(1))]
    params[0].grad, params[1].grad = mg.tensor([3.0, 0.0]), mg.tensor([-4.0])
    return params


@pytest.mark.parametrize(("norm_type", "norm"), [(2.0, 5.0), (1.0, 7.0), (math.inf, 4.0)])
def test_clip_scales_all_gradients_together(norm_type, norm):
    params = with_grads()
    assert nn.utils.clip_grad_norm_(params, 1.0, norm_type).item() == pytest.approx(norm)
    assert params[0].grad.tolist() == pytest.approx([3.0 / norm, 0.0], rel=1e-5)
    assert params[1].grad.tolist() == pytest.approx([-4.0 / norm], rel=1e-5)


def test_clip_leaves_small_gradients():
    params = with_grads()
    nn.utils.clip_grad_norm_(params, 10.0)
    assert params[0].grad.tolist() == [3.0, 0.0]
    assert nn.utils.clip_grad_norm_(params[2], 1.0).item() == 0.0


@pytest.mark.parametrize("norm_type", [2.0, 1, 3.0, 0.5, math.inf])
@pytest.mark.parametrize("fault", [1.0, math.nan, math.inf])
def test_norms_and_clipping_are_torchs(norm_type, fault):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    results = []
    for m in (mg, torch):
        params = [m.nn.Parameter(m.zeros(2, 2)), m.nn.Parameter(m.zeros(3)), m.nn.Parameter(m.zeros(1))]
        params[0].grad, params[1].grad = m.tensor([[3.0, -1.0], [fault, 2.0]]), m.tensor([0.5, 0.25, -4.0])
        norm = m.nn.utils.get_total_norm([p.grad for p in params[:2]], norm_type)
        clipped = m.nn.utils.clip_grad_norm_(iter(params), 0.7, norm_type)
        m.nn.utils.clip_grads_with_norm_(params, 0.1, norm)
        results.append([norm.item(), clipped.item(), *params[0].grad.reshape(-1).tolist(), *params[1].grad.tolist()])
        m.nn.utils.clip_grad_value_(params, 0.01)
        results[-1] += params[1].grad.tolist()
    assert results[0] == pytest.approx(results[1], rel=1e-5, nan_ok=True)


def test_clip_errors():
    params = with_grads()
    params[0].grad.fill_(math.nan)
    with pytest.raises(RuntimeError, match=r"total norm of order 2.0 .* non-finite"):
        nn.utils.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
    nn.utils.clip_grad_norm_(params, 1.0)
    assert math.isnan(params[1].grad.item())
    with pytest.warns(UserWarning, match="empty generator"):
        nn.utils.clip_grad_norm_((p for p in ()), 1.0)
    assert nn.utils.get_total_norm([]).item() == 0.0


def test_clipping_is_part_of_a_compiled_step():
    net = nn.Linear(3, 2)
    optimizer = mg.optim.SGD(net.parameters(), lr=0.1)

    def step(x):
        optimizer.zero_grad()
        loss = (net(x) ** 2).sum()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 0.01)
        optimizer.step()
        return loss

    compiled = mg.compile(step, fullgraph=True)
    for _ in range(4):
        before = nn.utils.parameters_to_vector(net.parameters()).detach().clone()
        compiled(mg.randn(5, 3))
        moved = nn.utils.parameters_to_vector(net.parameters()).detach() - before
        assert moved.norm().item() == pytest.approx(0.1 * 0.01, rel=1e-2)


def test_parameters_as_a_vector():
    net = nn.Linear(2, 3)
    vector = nn.utils.parameters_to_vector(net.parameters())
    assert vector.tolist() == [*net.weight.reshape(-1).tolist(), *net.bias.tolist()]
    vector.sum().backward()
    assert net.weight.grad.tolist() == mg.ones(3, 2).tolist()
    weight = net.weight
    nn.utils.vector_to_parameters(mg.arange(9.0), net.parameters())
    assert net.weight is weight
    assert weight.tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    assert net.bias.tolist() == [6.0, 7.0, 8.0]
    with pytest.raises(TypeError, match="expected a Tensor"):
        nn.utils.vector_to_parameters([1.0], net.parameters())
    with pytest.raises(RuntimeError):
        nn.utils.vector_to_parameters(mg.ones(7), net.parameters())


def same_start(ours, theirs, torch):
    theirs.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in ours.state_dict().items()})


LAYERS = {
    "linear": lambda m: m.nn.Linear(3, 4),
    "conv": lambda m: m.nn.Conv2d(2, 4, 3),
    "transposed": lambda m: m.nn.ConvTranspose1d(2, 4, 3),
}
INPUTS = {"linear": (5, 3), "conv": (2, 2, 5, 4), "transposed": (2, 2, 5)}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("options", [{}, {"dim": 1}, {"dim": None}])
@pytest.mark.filterwarnings("ignore:.*deprecated:FutureWarning")
def test_weight_norm_is_torchs(layer, options):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    ours, theirs = (m.nn.utils.weight_norm(LAYERS[layer](m), **options) for m in (mg, torch))
    assert {k: tuple(v.shape) for k, v in ours.state_dict().items()} == {
        k: tuple(v.shape) for k, v in theirs.state_dict().items()
    }
    same_start(ours, theirs, torch)
    compare(ours, theirs, INPUTS[layer], torch)
    with pytest.raises(RuntimeError, match="two weight_norm hooks"):
        nn.utils.weight_norm(ours)
    assert nn.utils.remove_weight_norm(ours) is ours
    torch.nn.utils.remove_weight_norm(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    compare(ours, theirs, INPUTS[layer], torch)
    with pytest.raises(ValueError, match="weight_norm of 'weight' not found"):
        nn.utils.remove_weight_norm(ours)


def compare(ours, theirs, shape, torch):
    data = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    x, t = mg.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    y, u = ours(x), theirs(t)
    np.testing.assert_allclose(y.detach().numpy(), u.detach().numpy(), rtol=1e-4, atol=1e-5)
    (y * y).sum().backward()
    (u * u).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-4, atol=1e-4)
    for (name, p), (_, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-4, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("options", [{}, {"n_power_iterations": 3, "dim": 1}])
def test_spectral_norm_is_torchs(layer, options):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    ours, theirs = (m.nn.utils.spectral_norm(LAYERS[layer](m), **options) for m in (mg, torch))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    same_start(ours, theirs, torch)
    for mode in (True, True, False):
        ours.zero_grad()
        theirs.zero_grad()
        compare(ours.train(mode), theirs.train(mode), INPUTS[layer], torch)
    np.testing.assert_allclose(ours.weight_u.numpy(), theirs.weight_u.numpy(), rtol=1e-4, atol=1e-5)
    nn.utils.remove_spectral_norm(ours)
    torch.nn.utils.remove_spectral_norm(theirs)
    assert set(ours.state_dict()) == set(theirs.state_dict())
    np.testing.assert_allclose(ours.weight.detach().numpy(), theirs.weight.detach().numpy(), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="spectral_norm of 'weight' not found"):
        nn.utils.remove_spectral_norm(ours)
    with pytest.raises(ValueError, match="n_power_iterations to be positive"):
        nn.utils.spectral_norm(nn.Linear(1, 1), n_power_iterations=0)


FUSIONS = {
    "conv": (lambda: nn.Conv2d(2, 4, 3), nn.BatchNorm2d, nn.utils.fuse_conv_bn_eval, {}),
    "conv without bias": (lambda: nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d, nn.utils.fuse_conv_bn_eval, {}),
    "transposed": (lambda: nn.ConvTranspose2d(2, 4, 3), nn.BatchNorm2d, nn.utils.fuse_conv_bn_eval,
                   {"transpose": True}),
    "linear": (lambda: nn.Linear(3, 4), nn.BatchNorm1d, nn.utils.fuse_linear_bn_eval, {}),
    "linear without bias": (lambda: nn.Linear(3, 4, bias=False), nn.BatchNorm1d, nn.utils.fuse_linear_bn_eval, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", FUSIONS)
def test_a_fused_layer_computes_what_both_did(name):
    make, norm, fuse, options = FUSIONS[name]
    layer, bn = make(), norm(4)
    x = mg.randn(*((6, 3) if "linear" in name else (6, 2, 5, 5)))
    for _ in range(3):
        bn(layer(x) * 3 + 1)  # statistics, in training mode
    with pytest.raises(AssertionError, match="only for eval"):
        fuse(layer, bn, **options)
    with mg.no_grad():
        bn.weight.uniform_(0.5, 2)
        bn.bias.normal_()
    both = nn.Sequential(layer, bn).eval()
    fused = fuse(layer, bn, **options)
    assert type(fused) is type(layer)
    assert isinstance(fused.weight, nn.Parameter)
    np.testing.assert_allclose(fused(x).detach().numpy(), both(x).detach().numpy(), rtol=1e-4, atol=1e-4)
    with pytest.raises(AssertionError, match="running_mean"):
        fuse(layer, norm(4, track_running_stats=False).eval(), **options)


def test_a_fused_layer_needs_fitting_sizes():
    with pytest.raises(AssertionError, match=r"linear.out_features=4 and bn.num_features=3"):
        nn.utils.fuse_linear_bn_eval(nn.Linear(2, 4).eval(), nn.BatchNorm1d(3).eval())


@pytest.mark.parametrize("order", [1.0, 2.0, math.inf])
@pytest.mark.parametrize("first", ["float32", "float64"])
def test_gradients_of_several_dtypes_are_clipped_together(order, first, torch):
    results = []
    for m in (mg, torch):
        params = []
        for name in (first, "float32", "float64", "float32"):
            p = m.nn.Parameter(m.ones(3, dtype=getattr(m, name)))
            p.grad = m.tensor([1e-4, 3.0, -5.0], dtype=getattr(m, name)) * (len(params) + 1) / 3
            params.append(p)
        total = m.nn.utils.clip_grad_norm_(params, 1.5, order)
        assert [str(p.grad.dtype).rpartition(".")[2] for p in params] == [first, "float32", "float64", "float32"]
        results.append((str(total.dtype).rpartition(".")[2], total.item(), [p.grad.tolist() for p in params]))
    assert results[0][0] == results[1][0]
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-7)
    np.testing.assert_allclose(results[0][2], results[1][2], rtol=2e-7)
