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

VIEWS = (
    "x.t()", "x.T", "x.mT", "x.H", "x.transpose(0, 1)", "x.swapaxes(0, 1)", "x.permute(1, 0)", "x[None].squeeze()",
    "x[None].squeeze(0)", "x[None].squeeze((0,))", "x.unsqueeze(0)", "x[0]", "x[0:2]", "x[:, 1]", "x[0, 1]", "x[..., 1]", "x[None]",
    "x[0:2, 1]", "x[1, 0:2]", "x[::2]", "x[:, None]", "x.select(0, 0)", "x.select(1, 2)", "x.narrow(0, 0, 2)", "x.expand(2, 3, 3)",
    "x.broadcast_to((2, 3, 3))", "x.view(9)", "x.reshape(9)", "x.t().reshape(9)", "x.flatten()", "x.unflatten(0, (1, 3))",
    "x.unbind()[0]", "x.split(2)[1]", "x.split([1, 2])[0]", "x.chunk(2)[0]", "list(x)[1]", "x.diagonal()", "x.unfold(0, 2, 1)",
    "x.as_strided((2,), (1,))", "x.movedim(0, 1)", "z.conj()", "z.mH", "z.real", "z.imag", "m.view_as_real(z)",
    "m.view_as_complex(x[:, :2].contiguous())", "z.conj() * 2", "z.conj().resolve_conj()",
)  # fmt: skip
OTHERS = (
    "x.sum()", "x.sum(0)", "x.mean(1)", "x.prod()", "x.prod(0)", "x.max()", "x.max(0)[0]", "x.min()", "x.amin(0)",
    "x.cummax(0)[0]", "x.cummin(0)[0]", "x.logsumexp(0)", "x.nansum()", "x.det()", "m.linalg.inv(x + m.eye(3))",
    "m.linalg.solve(x + m.eye(3), x)", "m.linalg.cholesky(x @ x.T + m.eye(3))", "m.linalg.qr(x)[0]", "m.linalg.svd(x)[1]",
    "m.linalg.eigh(x)[0]", "m.linalg.eig(x)[0]", "m.linalg.pinv(x)", "m.linalg.slogdet(x + m.eye(3))[1]", "m.addmm(x, x, x)",
    "x[0] @ x[0]", "x @ x[0]", "m.stack([x, x])", "m.cat([x, x])", "m.diag_embed(x)", "x.scatter_add(0, i, x)", "x.scatter(0, i, x)",
    "x.index_add(0, i[0], x)", "x.index_copy(0, i[0], x)", "z.abs()", "z.sgn()", "z.conj_physical()", "m.special.erfcx(x)",
    "m.special.log_ndtr(x)", "m.special.i0e(x)", "m.special.i1(x)", "m.special.entr(x)", "m.polygamma(1, x)",
    "m.nn.functional.relu6(x)", "m.nn.functional.selu(x)", "x.clone().copy_(x)", "changed(x.clone())",
    "x ** 2.5", "x ** x", "2 ** x", "m.fmod(x, 2)", "m.fmod(x, x)", "x % 2", "x % x", "m.copysign(x, 1.0)", "m.copysign(x, x)",
    "m.lerp(x, x, 0.3)", "m.lerp(x, x, x)", "x.clamp(0, 1)", "x.clamp(x, x)", "x.clamp_min(0)", "x.clamp_min(x)",
    "x.clamp_max(0)", "x.clamp_max(x)", "m.div(x, x, rounding_mode='floor')", "m.div(x, 2, rounding_mode='trunc')",
    "m.rsub(x, x)", "m.sgn(x)", "m.square(x)", "x.round(decimals=1)", "m.polygamma(2, x)", "m.polygamma(4, x)",
    "m.nn.functional.gelu(x, approximate='tanh')", "m.nn.functional.leaky_relu(x)", "m.nn.functional.glu(x[:, :2])",
    "m.nn.functional.threshold(x, 1.0, 0.0)", "m.special.ndtri(x)", "x.masked_fill(x > 0.4, 0.0)", "m.baddbmm(x, x[None], x[None])",
    "m.addbmm(x, x[None], x[None])", "m.addmv(x[0], x, x[0])", "m.addr(x, x[0], x[0])", "m.vdot(x[0], x[0])", "m.dist(x, x + 1)",
    "x.trace()", "x.repeat(2, 1)", "m.complex(x, x)", "m.polar(x, x)", "x.angle()", "m.frexp(x)[0]", "m.linalg.cross(x, x)",
    "x.kthvalue(1)[0]", "x.topk(2)[0]", "x.mode()[0]", "x.median()", "x.median(0)[0]", "x.sort(0)[0]", "x.msort()",
    "m.var_mean(x)[0]", "m.std_mean(x)[0]", "m.aminmax(x)[0]", "x.masked_select(x > 0.4)", "x.take(i[0])", "x.put(i[0], x[0])",
    "x.index_put((i[0],), x)", "x.index_fill(0, i[0], 1.0)", "x.masked_scatter(x > 0.4, x)", "x.renorm(2, 0, 1.0)", "m.cdist(x, x)",
    "m.nn.functional.pdist(x)", "m.slice_scatter(x, x[:1], 0, 0, 1)", "m.select_scatter(x, x[0], 0, 0)", "m.rot90(x)",
    "m.block_diag(x, x)", "m.nn.functional.adaptive_avg_pool2d(x[None], 2)", "m.nn.functional.adaptive_max_pool2d(x[None], 2)",
    "m.nn.functional.interpolate(x[None, None], scale_factor=2)", "m.nn.functional.interpolate(x[None], scale_factor=2, mode='linear')",
    "m.nn.functional.interpolate(x[None, None], scale_factor=2, mode='bicubic')", "m.nn.functional.pad(x[None], (1, 1), mode='reflect')",
    "m.nn.functional.pad(x[None], (1, 1, 1, 1), mode='replicate')", "m.nn.functional.unfold(x[None, None], 2)",
    "m.nn.functional.pixel_shuffle(x[None].repeat(4, 1, 1), 2)", "m.mvlgamma(x + 3, 2)", "m.deg2rad(x)", "m.ldexp(x, x)",
    "x.scatter_reduce(0, i, x, 'sum')", "m.normal(x, 1.0)", "m.normal(0.0, x)",
    "m.normal(x, x)", "m.bernoulli(x)", "m.poisson(x)",
)  # fmt: skip


def changed(x):
    x[0].mul_(2)
    return x


@pytest.mark.parametrize("text", VIEWS + OTHERS)
def test_nodes_of_views_and_others(text):
    found = []
    for m in (mg, torch):
        x = m.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.85]], requires_grad=True)
        z = m.tensor([[1 + 2j, 3 - 1j]], requires_grad=True)
        node = eval(text, {"m": m, "x": x, "z": z, "i": m.tensor([[0, 1, 2]] * 3), "changed": changed}).grad_fn
        found.append((node.name(), repr(node).strip("<>").split(" ")[0]))
    assert found[0] == found[1]


def test_a_users_function_has_no_number():
    class Own(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    assert Own.apply(mg.ones(1, requires_grad=True)).grad_fn.name() == "OwnBackward"


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
