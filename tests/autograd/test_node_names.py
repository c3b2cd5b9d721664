"""Names of nodes, as `grad_fn` shows them, against torch's."""

import mocrograd as mg
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

OPERATIONS = {
    "sum": lambda m, x, w: x.sum(),
    "mean": lambda m, x, w: x.mean(),
    "mean of a large tensor": lambda m, x, w: x.expand(20000, 3, 3).mean(),
    "std": lambda m, x, w: x.std(),
    "var": lambda m, x, w: x.var(),
    "norm": lambda m, x, w: x.norm(),
    "min along": lambda m, x, w: x.min(1)[0],
    "amax": lambda m, x, w: x.amax(1),
    "matrices": lambda m, x, w: x @ x,
    "linear": lambda m, x, w: m.nn.functional.linear(x, x, x[0]),
    "linear without bias": lambda m, x, w: m.nn.functional.linear(x, x),
    "conv2d": lambda m, x, w: m.nn.functional.conv2d(w, w),
    "conv_transpose2d": lambda m, x, w: m.nn.functional.conv_transpose2d(w, w),
    "max_pool2d": lambda m, x, w: m.nn.functional.max_pool2d(w, 2),
    "avg_pool2d": lambda m, x, w: m.nn.functional.avg_pool2d(w, 2),
    "max_pool3d": lambda m, x, w: m.nn.functional.max_pool3d(w[None], (1, 2, 2)),
    "avg_pool3d": lambda m, x, w: m.nn.functional.avg_pool3d(w[None], (1, 2, 2)),
    "batch_norm": lambda m, x, w: m.nn.functional.batch_norm(w, None, None, training=True),
    "layer_norm": lambda m, x, w: m.nn.functional.layer_norm(x, (3,)),
    "group_norm": lambda m, x, w: m.nn.functional.group_norm(w, 1),
    "clone": lambda m, x, w: x.clone(),
    "contiguous": lambda m, x, w: x.t().contiguous(),
    "double": lambda m, x, w: x.double(),
    "tril": lambda m, x, w: x.tril(),
    "pad": lambda m, x, w: m.nn.functional.pad(x, (1, 1)),
    "logsigmoid": lambda m, x, w: m.nn.functional.logsigmoid(x),
    "rfft": lambda m, x, w: m.fft.rfft(x),
    "ifft": lambda m, x, w: m.fft.ifft(m.fft.rfft(x)),
    "irfft": lambda m, x, w: m.fft.irfft(m.fft.rfft(x)),
    "cross_entropy": lambda m, x, w: m.nn.functional.cross_entropy(x, m.tensor([0, 1, 2])),
    "nll_loss": lambda m, x, w: m.nn.functional.nll_loss(x, m.tensor([0, 1, 2])),
    "mse_loss": lambda m, x, w: m.nn.functional.mse_loss(x, m.zeros(3, 3)),
    "mse_loss of elements": lambda m, x, w: m.nn.functional.mse_loss(x, m.zeros(3, 3), reduction="none"),
    "huber_loss": lambda m, x, w: m.nn.functional.huber_loss(x, m.zeros(3, 3)),
    "smooth_l1_loss": lambda m, x, w: m.nn.functional.smooth_l1_loss(x, m.zeros(3, 3)),
    "l1_loss": lambda m, x, w: m.nn.functional.l1_loss(x, m.zeros(3, 3)),
    "bce": lambda m, x, w: m.nn.functional.binary_cross_entropy(x, m.zeros(3, 3)),
    "bce with logits": lambda m, x, w: m.nn.functional.binary_cross_entropy_with_logits(x, m.zeros(3, 3)),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_nodes_have_torchs_names(name):
    found = []
    for module in (mg, torch):
        x = module.ones(3, 3, requires_grad=True)
        w = module.ones(1, 1, 2, 2, requires_grad=True)
        found.append(OPERATIONS[name](module, x, w).grad_fn.name())
    assert found[0] == found[1]


def test_a_name_is_not_given_to_what_needs_no_gradient():
    x = mg.ones(3)
    assert mg.nn.functional.mse_loss(x, x).grad_fn is None
    with mg.no_grad():
        assert mg.nn.functional.mse_loss(x.requires_grad_(), mg.zeros(3)).grad_fn is None
