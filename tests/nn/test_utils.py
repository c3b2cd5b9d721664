"""skip_init and clipping."""

import math

import mocrograd as mg
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


def test_clip_errors():
    params = with_grads()
    with pytest.raises(NotImplementedError, match="norm_type must be 1, 2 or inf, got 3"):
        nn.utils.clip_grad_norm_(params, 1.0, 3)
    params[0].grad.fill_(math.nan)
    with pytest.raises(RuntimeError, match="non-finite"):
        nn.utils.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
    nn.utils.clip_grad_norm_(params, 1.0)
    assert math.isnan(params[1].grad.item())
