"""The softmax over clusters of classes, against torch's."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


@pytest.mark.parametrize("options", [{}, {"head_bias": True, "div_value": 2.0}])
def test_adaptive_softmax_is_torchs(options, both, array):
    layers = {m: m.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10], **options) for m in (mg, torch)}
    layers[mg].load_state_dict({k: mg.tensor(v.numpy()) for k, v in layers[torch].state_dict().items()})
    assert repr(layers[mg]) == repr(layers[torch])
    targets = np.array([0, 3, 4, 9, 10, 19, 5])
    both(lambda m, x: tuple(layers[m](x, m.tensor(targets))), array((7, 16)))
    both(lambda m, x: layers[m].log_prob(x), array((7, 16)))
    for (name, p), q in zip(layers[mg].named_parameters(), layers[torch].parameters(), strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-4, atol=1e-4, err_msg=name)
    x = array((7, 16))
    assert layers[mg].predict(mg.tensor(x)).tolist() == layers[torch].predict(torch.tensor(x)).tolist()
    both(lambda m, x: layers[m](x, m.tensor(3)).loss, array((16,)))
