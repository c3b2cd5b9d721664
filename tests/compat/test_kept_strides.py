"""Strides of results are torch's: of what keeps the order that operands have in memory, and of what does not."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch")

SHAPES = ((2, 4, 6, 5), (2, 4, 1, 1), (3, 1, 4, 5))
VALUES = np.random.default_rng(0).standard_normal((8, 4, 3, 3)).astype(np.float32)
LAYOUTS = {
    "rows": lambda m, x: x,
    "images": lambda m, x: x.contiguous(memory_format=m.channels_last),
    "reversed": lambda m, x: x.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0),
    "swapped": lambda m, x: x.transpose(1, 2).contiguous().transpose(1, 2),
    "sliced": lambda m, x: m.cat([x, x], 3)[:, :, :, ::2],
    "sliced images": lambda m, x: m.cat([x, x], 1).contiguous(memory_format=m.channels_last)[:, ::2],
    "repeated": lambda m, x: x[:, :1].expand(x.shape),
}
POINTWISE = {
    "exp": lambda m, x: x.exp(),
    "number": lambda m, x: 1 - x,
    "bias": lambda m, x: m.ones(x.shape[1], 1, 1) + x,
    "first decides": lambda m, x: m.ones(x.shape) + x,
    "second follows": lambda m, x: x * m.ones(x.shape),
    "gt": lambda m, x: x > m.ones(x.shape),
    "lt": lambda m, x: m.ones(x.shape) < x,
    "where": lambda m, x: m.where(x > 0, x, 0.0),
    "clamp": lambda m, x: x.clamp(0, 1),
    "addcmul": lambda m, x: m.addcmul(x, x, x),
    "gelu": lambda m, x: m.nn.functional.gelu(x),
    "out": lambda m, x: m.add(x, 1, out=m.empty(0)),
    "flip": lambda m, x: x.flip(1),
    "sort": lambda m, x: x.sort(1)[0],
    "index_fill": lambda m, x: x.index_fill(1, m.tensor([0]), 1.0),
}
COPIES = {
    "clone": lambda m, x: x.clone(),
    "contiguous": lambda m, x: x.contiguous(),
    "clone rows": lambda m, x: x.clone(memory_format=m.contiguous_format),
    "to": lambda m, x: x.to(memory_format=m.channels_last) if x.stride(1) else x,
    "to rows": lambda m, x: x.to(memory_format=m.contiguous_format),
    "double": lambda m, x: x.double(),
    "half": lambda m, x: x.half(),
    "copy": lambda m, x: x.to(m.float32, copy=True),
    "zeros_like": lambda m, x: m.zeros_like(x),
    "full_like": lambda m, x: m.full_like(x, 3, memory_format=m.contiguous_format),
    "ones_like": lambda m, x: m.ones_like(x, dtype=m.int64),
    "repeat": lambda m, x: x.repeat(1, 1, 1, 1),
    "masked_fill": lambda m, x: x.masked_fill(x > 0, 1.0),
}
DRAWN = {
    "empty_like": lambda m, x: m.empty_like(x),
    "rand_like": lambda m, x: m.rand_like(x),
    "randint_like": lambda m, x: m.randint_like(x, 3),
    "dropout": lambda m, x: m.nn.functional.dropout(x, 0.5),
    "dropout2d": lambda m, x: m.nn.functional.dropout2d(x, 0.5),
    "bernoulli": lambda m, x: m.bernoulli(x.sigmoid()),
}
IMAGES = {
    "conv": lambda m, x: m.nn.functional.conv2d(x, m.tensor(VALUES)),
    "filters": lambda m, x: m.nn.functional.conv2d(
        x, m.tensor(VALUES).contiguous(memory_format=m.channels_last), padding=1
    ),
    "transposed": lambda m, x: m.nn.functional.conv_transpose2d(x, m.tensor(VALUES.swapaxes(0, 1).copy())),
    "max_pool": lambda m, x: m.nn.functional.max_pool2d(x, 2),
    "indices": lambda m, x: m.nn.functional.max_pool2d(x, 2, return_indices=True)[1],
    "avg_pool": lambda m, x: m.nn.functional.avg_pool2d(x, 2),
    "adaptive": lambda m, x: m.nn.functional.adaptive_avg_pool2d(x, 1),
    "batch_norm": lambda m, x: m.nn.functional.batch_norm(x, m.zeros(x.shape[1]), m.ones(x.shape[1])),
    "trained": lambda m, x: m.nn.functional.batch_norm(x, None, None, training=True),
    "group_norm": lambda m, x: m.nn.functional.group_norm(x, 1),
    "layer_norm": lambda m, x: m.nn.functional.layer_norm(x, x.shape[-1:]),
    "interpolate": lambda m, x: m.nn.functional.interpolate(x, size=(9, 9), mode="bilinear"),
    "shuffle": lambda m, x: m.nn.functional.pixel_shuffle(x, 2) if x.shape[2] > 1 else x,
    "cat": lambda m, x: m.cat([x, x], 1),
    "cat of two": lambda m, x: m.cat([x, m.ones(x.shape)], 1),
    "pad": lambda m, x: m.nn.functional.pad(x, (1, 1, 1, 1)),
    "circular": lambda m, x: m.nn.functional.pad(x, (1, 1, 1, 1), mode="circular"),
    "softmax": lambda m, x: x.softmax(1),
    "sum": lambda m, x: x.sum(1, keepdim=True),
}


def _outcome(m, call, layout, values):
    try:
        return call(m, layout(m, m.tensor(values)))
    except (RuntimeError, ValueError) as error:
        return type(error)


@pytest.mark.parametrize("group", [POINTWISE, COPIES, DRAWN, IMAGES], ids=["pointwise", "copies", "drawn", "images"])
def test_strides_and_values_are_those_of_torch(group):
    for shape in SHAPES:
        values = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
        for layout in LAYOUTS:
            for name, call in group.items():
                expected, found = [_outcome(m, call, LAYOUTS[layout], values) for m in (torch, mg)]
                case = name, layout, shape
                if isinstance(expected, type):
                    assert isinstance(found, type), case
                    continue
                assert found.stride() == expected.stride(), case
                assert not found._dense or found.is_contiguous(), case
                if group is not DRAWN:
                    np.testing.assert_allclose(found.numpy(), expected.numpy(), 1e-4, 1e-4, err_msg=str(case))


def test_matrices_and_volumes():
    for m in (mg, torch):
        x = m.ones(3, 4).t()
        assert m.empty_like(x).stride() == (x + x).stride() == x.double().stride() == (1, 4)
        with pytest.raises(RuntimeError, match="view"):
            (x + 1).view(-1)
        y = m.ones(2, 3, 4, 5, 6).to(memory_format=m.channels_last_3d)
        conv = m.nn.Conv3d(3, 2, 3).to(memory_format=m.channels_last_3d)
        for z in (y.relu(), conv(y), m.nn.functional.max_pool3d(y, 2), m.nn.functional.pad(y, (1, 1))):
            assert z.is_contiguous(memory_format=m.channels_last_3d)
            assert not z.is_contiguous()


def _network(m):
    nn = m.nn
    layers = nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 16, 3)
    return nn.Sequential(
        *layers, nn.GroupNorm(2, 16), nn.GELU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 5)
    )


def _trained(m, network, x, steps, compiled=False):
    optimizers = (
        m.optim.SGD(network.parameters(), 0.01, momentum=0.9),
        m.optim.AdamW(network.parameters(), 1e-4, eps=1.0),
    )

    def step(x):
        optimizers[0].zero_grad()
        loss = network(x).square().mean()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        return loss.detach()

    step = mg.compile(step) if compiled else step
    return [float(step(x)) for _ in range(steps)]


def test_a_network_of_channels_last_trains_as_in_torch():
    values = np.random.default_rng(2).standard_normal((4, 3, 12, 12)).astype(np.float32)
    torch.manual_seed(0)
    theirs = _network(torch)
    state = {name: mg.tensor(value.numpy()) for name, value in theirs.state_dict().items()}
    theirs = theirs.to(memory_format=torch.channels_last)
    x = torch.tensor(values).to(memory_format=torch.channels_last).requires_grad_()
    expected = _trained(torch, theirs, x, 6)
    for compiled in (False, True):
        ours = _network(mg)
        ours.load_state_dict(state)
        ours = ours.to(memory_format=mg.channels_last)
        y = mg.tensor(values).to(memory_format=mg.channels_last).requires_grad_()
        np.testing.assert_allclose(_trained(mg, ours, y, 6, compiled), expected, 1e-4)
        assert y.grad.stride() == x.grad.stride()
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert (p.stride(), p.grad.stride()) == (q.stride(), q.grad.stride())
            np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), 1e-3, 1e-4)


def test_gradients_have_the_strides_of_leaves():
    for m in (mg, torch):
        leaf, weight = m.ones(4, 3).t().requires_grad_(), m.arange(12.0).reshape(3, 4)
        (leaf * weight).sum().backward()
        assert leaf.grad.stride() == (1, 3)
        assert leaf.grad.tolist() == weight.tolist()
        gaps = m.ones(4, 6)[:, ::2].requires_grad_()
        (gaps.t() * weight).sum().backward()
        assert gaps.grad.stride() == (3, 1)


def test_an_optimizer_moves_parameters_of_any_strides():
    rows = mg.arange(12.0).reshape(3, 4)
    found = []
    for lay in (lambda x: x, lambda x: x.t().contiguous().t(), lambda x: mg.stack([x, x], 2)[:, :, 0]):
        p = lay(rows.clone()).requires_grad_()
        optimizer = mg.optim.Adam([p], 0.1)
        for _ in range(3):
            optimizer.zero_grad()
            (p * rows).sum().backward()
            optimizer.step()
            for name in ("exp_avg", "exp_avg_sq"):  # as of a checkpoint of another order
                optimizer.state[p][name] = optimizer.state[p][name].contiguous()
        found.append(p.tolist())
    assert found[0] == found[1] == found[2]
