"""Losses of vectors, scores, likelihoods and label sequences as modules, against torch."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

CASES = [
    ("CosineEmbeddingLoss", {"margin": 0.2}, "xys"), ("CosineEmbeddingLoss", {}, "rrS"),
    ("TripletMarginLoss", {}, "xyz"), ("TripletMarginLoss", {"p": 1.0, "margin": 3.0}, "xyz"),
    ("TripletMarginLoss", {"swap": True, "margin": 4.0}, "xyz"), ("TripletMarginLoss", {"p": 3.5, "eps": 0.1}, "rqr"),
    ("TripletMarginWithDistanceLoss", {"margin": 2.0, "swap": True}, "xyz"),
    ("MultiMarginLoss", {}, "xc"), ("MultiMarginLoss", {"p": 2, "margin": 0.5, "weight": "w"}, "xc"),
    ("MultiMarginLoss", {}, "rC"), ("MultiLabelMarginLoss", {}, "xl"), ("MultiLabelMarginLoss", {}, "rL"),
    ("MultiLabelSoftMarginLoss", {}, "xt"), ("MultiLabelSoftMarginLoss", {"weight": "w"}, "xt"),
    ("GaussianNLLLoss", {}, "xyt"), ("GaussianNLLLoss", {"full": True, "eps": 0.5}, "xyt"),
    ("GaussianNLLLoss", {}, "xyv"), ("PoissonNLLLoss", {}, "xk"), ("PoissonNLLLoss", {"full": True}, "xk"),
    ("PoissonNLLLoss", {"log_input": False, "eps": 0.1}, "tk"),
]  # fmt: skip


def arrays():
    random = np.random.default_rng(0)
    x, y, z = random.normal(size=(3, 4, 5)) * 2
    return {
        "x": x, "y": y, "z": z, "r": x[0], "q": y[0], "t": random.random((4, 5)) + 0.1, "w": random.random(5),
        "s": np.array([1.0, -1.0, -1.0, 1.0]), "S": np.array(-1.0), "c": np.array([0, 4, 2, 2]), "C": np.array(3),
        "l": np.array([[3, 0, -1, 1, 1], [-1, 0, 1, 2, 3], [4, 3, 2, 1, 0], [2, 2, 1, -1, -1]]),
        "L": np.array([1, 2, -1, 0, 0]), "v": random.random((4, 1)) + 0.1, "k": random.integers(0, 5, (4, 5)) * 1.0,
    }  # fmt: skip


def results(module, tensor, name, options, inputs, reduction, layout=lambda x: x):
    values = arrays()
    made = {key: tensor(values[v]) if isinstance(v, str) else v for key, v in options.items()}
    loss = getattr(module.nn, name)(reduction=reduction, **made)
    leaves = [tensor(values[letter]) for letter in inputs]
    floats = [x.requires_grad_() for x in leaves if str(x.dtype).endswith("64") and "float" in str(x.dtype)]
    out = loss(*[layout(x) for x in leaves])
    (out * out).sum().backward()
    return [out.detach().numpy(), *[x.grad.numpy() for x in floats if x.grad is not None]], list(loss.state_dict())


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize(("name", "options", "inputs"), CASES, ids=lambda value: str(value))
def test_losses_are_torchs(name, options, inputs, reduction):
    ours, our_state = results(mg, mg.tensor, name, options, inputs, reduction)
    theirs, their_state = results(torch, torch.tensor, name, options, inputs, reduction)
    assert len(ours) == len(theirs) >= 2
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    assert our_state == their_state


@pytest.mark.parametrize(("name", "options", "inputs"), CASES, ids=lambda value: str(value))
def test_strided_operands_give_the_same(name, options, inputs):
    def spread(x):
        twice = mg.stack([x, x], -1).reshape(*x.shape[:-1], -1) if x.ndim else x
        return twice[..., ::2] if x.ndim else x

    plain, _ = results(mg, mg.tensor, name, options, inputs, "none")
    strided, _ = results(mg, mg.tensor, name, options, inputs, "none", spread)
    for a, b in zip(plain, strided):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize(("name", "options", "inputs"), CASES, ids=lambda value: str(value))
def test_losses_are_recorded(name, options, inputs):
    values = arrays()
    loss = getattr(mg.nn, name)(**{k: mg.tensor(values[v]) if isinstance(v, str) else v for k, v in options.items()})

    def step(first, *rest):
        first = first.clone().requires_grad_()
        return mg.autograd.grad(loss(first, *rest), [first])[0]

    compiled = mg.compile(step, fullgraph=True)
    for k in (0.5, 0.75, 1.0):
        args = [mg.tensor(values[letter] * k if n == 0 else values[letter]) for n, letter in enumerate(inputs)]
        np.testing.assert_array_equal(compiled(*args).numpy(), step(*args).numpy())


def test_distances_of_ones_own_take_part_in_the_graph():
    values, grads = arrays(), []
    for module in (mg, torch):
        x, y, z = (module.tensor(values[letter]).requires_grad_() for letter in "xyz")
        loss = module.nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: (a - b).abs().sum(-1), margin=3.0)
        loss(x, y, z).backward()
        grads.append([t.grad.numpy() for t in (x, y, z)])
    np.testing.assert_allclose(*grads, rtol=1e-12)


def test_distances_and_similarities_are_torchs():
    values = arrays()
    for name, options in (
        ("CosineSimilarity", {}), ("CosineSimilarity", {"dim": 0, "eps": 3.0}), ("PairwiseDistance", {}),
        ("PairwiseDistance", {"p": 1.0, "keepdim": True}), ("PairwiseDistance", {"p": float("inf"), "eps": 0.1}),
    ):  # fmt: skip
        got = []
        for module in (mg, torch):
            x = module.tensor(values["x"]).requires_grad_()
            out = getattr(module.nn, name)(**options)(x, module.tensor(values["y"]))
            out.sum().backward()
            got.append((out.detach().numpy(), x.grad.numpy()))
        for a, b in zip(*got):
            np.testing.assert_allclose(a, b, rtol=1e-9, err_msg=f"{name} {options}")


def test_a_float_for_all_variances():
    values = arrays()
    losses = [
        module.nn.functional.gaussian_nll_loss(module.tensor(values["x"]), module.tensor(values["y"]), 0.3).item()
        for module in (mg, torch)
    ]
    assert losses[0] == pytest.approx(losses[1])


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, float("inf")])
@pytest.mark.parametrize("shapes", [((3, 2), (4, 2)), ((2, 1, 5, 33), (3, 4, 33)), ((1, 129), (2, 129)), ((0, 3), (2, 3)),
                                    ((2, 0), (3, 0))], ids=str)  # fmt: skip
def test_cdist_is_torchs(shapes, p):
    random = np.random.default_rng(3)
    a, b = (random.normal(size=shape) for shape in shapes)
    got = []
    for module in (mg, torch):
        x, y = (module.tensor(v).requires_grad_() for v in (a, b))
        out = module.cdist(x, y, p)
        (out * out).sum().backward()
        got.append((out.detach().numpy(), x.grad.numpy(), y.grad.numpy()))
    for ours, theirs in zip(*got):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("p", [0.0, 1.0, 2.0, 2.5, float("inf")])
@pytest.mark.parametrize("rows", [1, 2, 7])
def test_pdist_is_torchs(rows, p):
    values = np.random.default_rng(4).normal(size=(rows, 3))
    got = []
    for module in (mg, torch):
        x = module.tensor(values).requires_grad_()
        out = module.nn.functional.pdist(x, p)
        (out * out).sum().backward()
        got.append((out.detach().numpy(), x.grad.numpy()))
    for ours, theirs in zip(*got):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_no_rows_have_no_distances():  # torch crashes in the backward of this
    x = mg.ones(0, 3, requires_grad=True)
    mg.pdist(x).sum().backward()
    assert x.grad.shape == (0, 3)


def test_equal_rows_have_distance_0_and_gradient_0():
    for p in (0.5, 1.0, 1.5, 2.0, 3.0, float("inf")):
        x = mg.ones(2, 3, requires_grad=True)
        mg.cdist(x, x.detach(), p).sum().backward()
        assert x.grad.abs().sum().item() == 0.0


def test_probabilities_are_checked_at_each_replay():
    loss = mg.nn.BCELoss()
    compiled = mg.compile(lambda p, t: loss(p, t), fullgraph=True)
    for _ in range(3):
        compiled(mg.ones(3) * 0.5, mg.ones(3))
    with pytest.raises(RuntimeError):
        compiled(mg.ones(3) * 1.5, mg.ones(3))


def test_the_gradient_at_certain_probabilities_is_torchs():
    grads = []
    for module in (mg, torch):
        p = module.tensor([0.0, 1.0, 1.0, 0.0]).requires_grad_()
        t = module.tensor([1.0, 0.0, 1.0, 0.5]).requires_grad_()
        module.nn.functional.binary_cross_entropy(p, t, reduction="sum").backward()
        grads.append((p.grad.numpy(), t.grad.numpy()))
    np.testing.assert_allclose(grads[0], grads[1], rtol=1e-6)
