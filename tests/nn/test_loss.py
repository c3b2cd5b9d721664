"""Losses against torch: over classes, of pairs of elements, of vectors and scores, of label sequences."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn
from mocrograd.autograd import gradcheck

REDUCTIONS = ["mean", "sum", "none"]


def compare(ours, theirs, data, target):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    x, t = mg.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    loss, peer = ours(x, mg.tensor(target)), theirs(torch)(t, torch.tensor(target))
    np.testing.assert_allclose(loss.detach().numpy(), peer.detach().numpy(), rtol=1e-5, atol=1e-6)
    loss.sum().backward()
    peer.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-4, atol=1e-6)


@pytest.fixture
def logits():
    return np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32) * 3


@pytest.fixture
def classes():
    return np.array([0, 4, 2, 1, 2, 3, 0])


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", [{}, {"ignore_index": 2}, {"label_smoothing": 0.1}])
def test_cross_entropy_agrees_with_torch(reduction, options, logits, classes):
    options = {"reduction": reduction, **options}
    compare(nn.CrossEntropyLoss(**options), lambda torch: torch.nn.CrossEntropyLoss(**options), logits, classes)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", [{}, {"ignore_index": 2}])
def test_nll_loss_agrees_with_torch(reduction, options, logits, classes):
    options = {"reduction": reduction, **options}
    compare(nn.NLLLoss(**options), lambda torch: torch.nn.NLLLoss(**options), logits, classes)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_mse_agrees_with_torch(reduction, logits):
    compare(
        nn.MSELoss(reduction=reduction),
        lambda torch: torch.nn.MSELoss(reduction=reduction),
        logits,
        logits[::-1].copy(),
    )


def test_functions_do_what_the_modules_do(logits, classes):
    x, y = mg.tensor(logits), mg.tensor(classes)
    assert nn.functional.cross_entropy(x, y).item() == nn.CrossEntropyLoss()(x, y).item()
    assert nn.functional.nll_loss(x, y).item() == nn.NLLLoss()(x, y).item()


def test_mse_warns_where_shapes_differ():
    with pytest.warns(UserWarning, match="Using a target size"):
        loss = nn.MSELoss()(mg.ones(3, 1), mg.zeros(3))
    assert loss.item() == 1.0


def test_unknown_reduction():
    for loss, target in (
        (nn.MSELoss, mg.ones(2, 2)),
        (nn.CrossEntropyLoss, mg.tensor([0, 1])),
        (nn.NLLLoss, mg.tensor([0, 1])),
    ):
        with pytest.raises(ValueError, match="is not a valid value for reduction"):
            loss(reduction="median")(mg.ones(2, 2), target)


WEIGHT = np.array([0.5, 2.0, 1.0, 0.1, 3.0], np.float32)

TARGETS = {(): (), (7,): (7,), (7, 4): (7, 4), (3, 2, 4): (3, 2, 4)}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("batch", TARGETS, ids=str)
@pytest.mark.parametrize(
    "options", [{}, {"ignore_index": 2}, {"label_smoothing": 0.2}, {"ignore_index": 0, "label_smoothing": 0.2}], ids=str
)
@pytest.mark.parametrize("weighted", [False, True])
def test_classes_of_any_shape_and_weight_are_torchs(weighted, options, batch, reduction):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    random = np.random.default_rng(1)
    x = random.normal(size=(*batch[:1], 5, *batch[1:])).astype(np.float32)
    target = np.asarray(random.integers(1 if not batch else 0, 5, batch))

    def loss(module):
        weight = module.tensor(WEIGHT) if weighted else None
        return module.nn.CrossEntropyLoss(weight=weight, reduction=reduction, **options)

    compare(loss(mg), loss, x, target)
    assert list(loss(mg).state_dict()) == list(loss(torch).state_dict())
    if "label_smoothing" not in options:
        negative = {"reduction": reduction, **options}
        compare(
            lambda a, b: nn.functional.nll_loss(a, b, mg.tensor(WEIGHT) if weighted else None, **negative),
            lambda torch: lambda a, b: torch.nn.functional.nll_loss(
                a, b, torch.tensor(WEIGHT) if weighted else None, **negative
            ),
            x, target,
        )  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(5,), (7, 5), (3, 5, 2), (0, 5)], ids=str)
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
def test_probabilities_as_target_are_torchs(weighted, smoothing, shape, reduction):
    random = np.random.default_rng(2)
    x, target = random.normal(size=shape).astype(np.float32), random.random(shape).astype(np.float32)

    def loss(module):
        weight = module.tensor(WEIGHT) if weighted else None
        return module.nn.CrossEntropyLoss(weight=weight, reduction=reduction, label_smoothing=smoothing)

    compare(loss(mg), loss, x, target)


def test_probabilities_have_a_gradient_too(logits):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    grads = []
    for module in (mg, torch):
        target = module.tensor(np.abs(logits)).requires_grad_()
        module.nn.functional.cross_entropy(module.tensor(logits), target, label_smoothing=0.1).backward()
        grads.append(target.grad.numpy())
    np.testing.assert_allclose(*grads, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("old", "name"), [((True, None), "mean"), ((False, None), "sum"), ((None, False), "none")])
def test_old_names_of_reductions(old, name, logits, classes):
    x, y = mg.tensor(logits), mg.tensor(classes)
    with pytest.warns(UserWarning, match=f"reduction='{name}'"):
        loss = nn.functional.cross_entropy(x, y, size_average=old[0], reduce=old[1], reduction="other")
    np.testing.assert_array_equal(loss.numpy(), nn.functional.cross_entropy(x, y, reduction=name).numpy())
    with pytest.warns(UserWarning, match=f"reduction='{name}'"):
        assert nn.MSELoss(size_average=old[0], reduce=old[1]).reduction == name


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"ignore_index": 2}], ids=str)
def test_weighted_classes_are_recorded(options, logits, classes):
    loss = nn.CrossEntropyLoss(mg.tensor(WEIGHT), **options)

    def step(x, y):
        x = x.clone().requires_grad_()
        return mg.autograd.grad(loss(x, y), [x])[0]

    compiled = mg.compile(step, fullgraph=True)
    for k in (1.0, 2.0, 3.0):
        x, y = mg.tensor(logits * np.float32(k)), mg.tensor(np.roll(classes, int(k)))
        np.testing.assert_array_equal(compiled(x, y).numpy(), step(x, y).numpy())


@pytest.mark.parametrize("options", [{}, {"out_features": (2, 3), "bias": True}, {"bias": True, "reduction": "none"}])
@pytest.mark.parametrize("kind", ["classes", "probabilities"])
def test_linear_cross_entropy_is_torchs(options, kind, both, array, torch):
    more = {"weight": [0.5, 1.0, 2.0, 1.0], "label_smoothing": 0.1}
    layers = {}
    for m in (mg, torch):
        layers[m] = m.nn.LinearCrossEntropyLoss(5, 4, **options, **{**more, "weight": m.tensor(more["weight"])})
    layers[mg].load_state_dict({k: mg.tensor(v.numpy()) for k, v in layers[torch].state_dict().items()})
    places = options.get("out_features", ())
    target = np.random.default_rng(0).integers(0, 4, (6, *places))
    if kind == "probabilities":
        target = np.random.default_rng(0).dirichlet(np.ones(4), (6, *places))
        target = np.moveaxis(target, -1, 1).astype(np.float32)
    both(lambda m, x: layers[m](x, m.tensor(target)), array((6, 5)))
    for p, q in zip(layers[mg].parameters(), layers[torch].parameters(), strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-4, atol=1e-5)


def test_an_old_name_of_a_layer(torch):
    for m in (mg, torch):
        with pytest.warns(FutureWarning, match="NLLLoss2d"):
            loss = m.nn.NLLLoss2d()
        assert loss(m.zeros(1, 2, 3, 3), m.zeros(1, 3, 3, dtype=m.int64)).item() == 0


PAIRS = [
    ("L1Loss", {}, "xy"), ("SmoothL1Loss", {"beta": 0.3}, "xy"), ("SmoothL1Loss", {"beta": 0.0}, "xy"),
    ("HuberLoss", {"delta": 0.7}, "xy"), ("BCELoss", {}, "pt"), ("BCELoss", {"weight": "t"}, "pt"),
    ("BCEWithLogitsLoss", {}, "xt"), ("BCEWithLogitsLoss", {"weight": "p", "pos_weight": "t"}, "xt"),
    ("KLDivLoss", {}, "xp"), ("KLDivLoss", {"log_target": True}, "xy"), ("SoftMarginLoss", {}, "xs"),
    ("MarginRankingLoss", {"margin": 0.3}, "xys"), ("HingeEmbeddingLoss", {"margin": 0.5}, "ps"),
]  # fmt: skip


def pairs():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(4, 5)) * 3, random.normal(size=(4, 5))
    return {"x": x, "y": y, "p": random.random((4, 5)), "t": random.random((4, 5)), "s": np.sign(y)}


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize(("name", "options", "inputs"), PAIRS, ids=lambda value: str(value))
def test_losses_of_pairs_are_torchs(name, options, inputs, reduction, torch):
    values, results = pairs(), []
    for module, tensor in ((mg, mg.tensor), (torch, torch.tensor)):
        made = {key: tensor(values[v]) if isinstance(v, str) else v for key, v in options.items()}
        loss = getattr(module.nn, name)(reduction=reduction, **made)
        args = [tensor(values[letter]) for letter in inputs]
        args[0].requires_grad_()
        out = loss(*args)
        out.sum().backward()
        results.append((out.detach().numpy(), args[0].grad.numpy(), list(loss.state_dict())))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-9, atol=1e-12)
    assert results[0][2] == results[1][2]


def test_certain_probabilities_cost_a_hundred():
    loss = mg.nn.functional.binary_cross_entropy(mg.tensor([0.0, 1.0]), mg.tensor([1.0, 0.0]), reduction="none")
    assert loss.tolist() == pytest.approx([100.0, 100.0])


def test_batchmean_divides_by_the_batch(torch):
    values = pairs()
    ours = mg.nn.KLDivLoss(reduction="batchmean")(mg.tensor(values["x"]), mg.tensor(values["p"]))
    theirs = torch.nn.KLDivLoss(reduction="batchmean")(torch.tensor(values["x"]), torch.tensor(values["p"]))
    assert ours.item() == pytest.approx(theirs.item())


def test_errors_of_pairs():
    a, b = mg.ones(3), mg.ones(4)
    functional = mg.nn.functional
    with pytest.raises(ValueError, match="Target size"):
        functional.binary_cross_entropy_with_logits(a, b)
    with pytest.raises(ValueError, match="Using a target size"):
        functional.binary_cross_entropy(a, b)
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        functional.binary_cross_entropy(a * 2, a)
    with pytest.raises(RuntimeError, match="non-positive values for delta"):
        functional.huber_loss(a, a, delta=0.0)
    with pytest.raises(ValueError, match="not a valid value for reduction"):
        functional.l1_loss(a, a, reduction="other")
    with pytest.warns(UserWarning, match="Using a target size"):
        functional.l1_loss(a, mg.ones(1))


VECTORS = [
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


def vectors():
    random = np.random.default_rng(0)
    x, y, z = random.normal(size=(3, 4, 5)) * 2
    return {
        "x": x, "y": y, "z": z, "r": x[0], "q": y[0], "t": random.random((4, 5)) + 0.1, "w": random.random(5),
        "s": np.array([1.0, -1.0, -1.0, 1.0]), "S": np.array(-1.0), "c": np.array([0, 4, 2, 2]), "C": np.array(3),
        "l": np.array([[3, 0, -1, 1, 1], [-1, 0, 1, 2, 3], [4, 3, 2, 1, 0], [2, 2, 1, -1, -1]]),
        "L": np.array([1, 2, -1, 0, 0]), "v": random.random((4, 1)) + 0.1, "k": random.integers(0, 5, (4, 5)) * 1.0,
    }  # fmt: skip


def results(module, tensor, name, options, inputs, reduction, layout=lambda x: x):
    values = vectors()
    made = {key: tensor(values[v]) if isinstance(v, str) else v for key, v in options.items()}
    loss = getattr(module.nn, name)(reduction=reduction, **made)
    leaves = [tensor(values[letter]) for letter in inputs]
    floats = [x.requires_grad_() for x in leaves if str(x.dtype).endswith("64") and "float" in str(x.dtype)]
    out = loss(*[layout(x) for x in leaves])
    (out * out).sum().backward()
    return [out.detach().numpy(), *[x.grad.numpy() for x in floats if x.grad is not None]], list(loss.state_dict())


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize(("name", "options", "inputs"), VECTORS, ids=lambda value: str(value))
def test_losses_of_vectors_are_torchs(name, options, inputs, reduction, torch):
    ours, our_state = results(mg, mg.tensor, name, options, inputs, reduction)
    theirs, their_state = results(torch, torch.tensor, name, options, inputs, reduction)
    assert len(ours) == len(theirs) >= 2
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    assert our_state == their_state


@pytest.mark.parametrize(("name", "options", "inputs"), VECTORS, ids=lambda value: str(value))
def test_strided_operands_give_the_same(name, options, inputs):
    def spread(x):
        twice = mg.stack([x, x], -1).reshape(*x.shape[:-1], -1) if x.ndim else x
        return twice[..., ::2] if x.ndim else x

    plain, _ = results(mg, mg.tensor, name, options, inputs, "none")
    strided, _ = results(mg, mg.tensor, name, options, inputs, "none", spread)
    for a, b in zip(plain, strided):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize(("name", "options", "inputs"), VECTORS, ids=lambda value: str(value))
def test_losses_of_vectors_are_recorded(name, options, inputs):
    values = vectors()
    loss = getattr(mg.nn, name)(**{k: mg.tensor(values[v]) if isinstance(v, str) else v for k, v in options.items()})

    def step(first, *rest):
        first = first.clone().requires_grad_()
        return mg.autograd.grad(loss(first, *rest), [first])[0]

    compiled = mg.compile(step, fullgraph=True)
    for k in (0.5, 0.75, 1.0):
        args = [mg.tensor(values[letter] * k if n == 0 else values[letter]) for n, letter in enumerate(inputs)]
        np.testing.assert_array_equal(compiled(*args).numpy(), step(*args).numpy())


def test_distances_of_ones_own_take_part_in_the_graph(torch):
    values, grads = vectors(), []
    for module in (mg, torch):
        x, y, z = (module.tensor(values[letter]).requires_grad_() for letter in "xyz")
        loss = module.nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: (a - b).abs().sum(-1), margin=3.0)
        loss(x, y, z).backward()
        grads.append([t.grad.numpy() for t in (x, y, z)])
    np.testing.assert_allclose(*grads, rtol=1e-12)


def test_a_float_for_all_variances(torch):
    values = vectors()
    losses = [
        module.nn.functional.gaussian_nll_loss(module.tensor(values["x"]), module.tensor(values["y"]), 0.3).item()
        for module in (mg, torch)
    ]
    assert losses[0] == pytest.approx(losses[1])


def test_probabilities_are_checked_at_each_replay():
    loss = mg.nn.BCELoss()
    compiled = mg.compile(lambda p, t: loss(p, t), fullgraph=True)
    for _ in range(3):
        compiled(mg.ones(3) * 0.5, mg.ones(3))
    with pytest.raises(RuntimeError):
        compiled(mg.ones(3) * 1.5, mg.ones(3))


def test_the_gradient_at_certain_probabilities_is_torchs(torch):
    grads = []
    for module in (mg, torch):
        p = module.tensor([0.0, 1.0, 1.0, 0.0]).requires_grad_()
        t = module.tensor([1.0, 0.0, 1.0, 0.5]).requires_grad_()
        module.nn.functional.binary_cross_entropy(p, t, reduction="sum").backward()
        grads.append((p.grad.numpy(), t.grad.numpy()))
    np.testing.assert_allclose(grads[0], grads[1], rtol=1e-6)


LENGTHS_OF_SEQUENCES = {"full": ((6, 5), (3, 2)), "too short": ((2, 6), (3, 2)), "none": ((0, 6), (0, 1))}


def ctc(module, dtype, lengths, targets, **options):
    values = np.random.default_rng(0).normal(size=(6, 2, 5)).astype(dtype)
    x = module.tensor(values).requires_grad_()
    loss = module.nn.CTCLoss(**options)(x.log_softmax(2), module.tensor(targets), *lengths)
    (grad,) = module.autograd.grad(loss.sum(), x)
    return loss.detach().numpy(), grad.numpy()


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("zero_infinity", [False, True])
@pytest.mark.parametrize("lengths", LENGTHS_OF_SEQUENCES.values(), ids=LENGTHS_OF_SEQUENCES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("joined", [False, True])
def test_ctc_losses_and_gradients_are_torchs(joined, dtype, lengths, zero_infinity, reduction, torch):
    targets = [[1, 2, 3], [2, 2, 4]]
    if joined:
        targets = [label for row, count in zip(targets, lengths[1]) for label in row[:count]]
    options = {"reduction": reduction, "zero_infinity": zero_infinity}
    ours, theirs = (ctc(m, dtype, lengths, targets, **options) for m in (mg, torch))
    for a, b in zip(ours, theirs):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-5 if dtype == "float32" else 1e-10, atol=1e-6)


@pytest.mark.parametrize("blank", [1, 4])
@pytest.mark.parametrize("shape", [(3, 1, 2), (40, 3, 7), (70, 2, 33)], ids=str)
def test_ctc_of_longer_sequences_and_other_blanks(shape, blank, torch):
    random = np.random.default_rng(1)
    steps, batch, classes = shape
    classes = max(classes, 5)
    longest = max(1, steps // 3)
    x = random.normal(size=(steps, batch, classes)) * 3
    targets = random.integers(0, classes - 1, (batch, longest))
    targets = targets + (targets >= blank)
    counts = random.integers(1, longest + 1, batch)
    got = []
    for module in (mg, torch):
        leaf = module.tensor(x).requires_grad_()
        loss = module.nn.functional.ctc_loss(
            leaf.log_softmax(-1), module.tensor(targets), module.tensor([steps] * batch), module.tensor(counts), blank
        )
        loss.backward()
        got.append((loss.item(), leaf.grad.numpy()))
    assert got[0][0] == pytest.approx(got[1][0], rel=1e-10)
    np.testing.assert_allclose(got[0][1], got[1][1], rtol=1e-7, atol=1e-12)


def test_ctc_of_one_sample_without_a_dimension(torch):
    x = np.random.default_rng(2).normal(size=(6, 4))
    for reduction in ("none", "mean"):
        losses = [
            m.nn.functional.ctc_loss(m.tensor(x).log_softmax(1), m.tensor([1, 3]), (6,), (2,), reduction=reduction)
            for m in (mg, torch)
        ]
        assert losses[0].shape == ()
        assert losses[0].item() == pytest.approx(losses[1].item())


def test_the_gradient_of_ctc_is_that_of_differences():
    x = mg.tensor(np.random.default_rng(3).normal(size=(5, 2, 4)), requires_grad=True)

    def loss(x):
        return mg.nn.functional.ctc_loss(x.log_softmax(2), mg.tensor([[1, 1], [3, 2]]), (5, 4), (2, 2))

    assert gradcheck(loss, (x,))


def test_the_gradient_of_ctc_has_no_derivative():
    x = mg.randn(5, 1, 4, requires_grad=True)
    loss = mg.nn.functional.ctc_loss(x.log_softmax(2), mg.tensor([[1, 2]]), (5,), (2,))
    (grad,) = mg.autograd.grad(loss, x, create_graph=True)
    with pytest.raises(RuntimeError, match="not implemented"):
        grad.sum().backward()


def test_all_implementations_and_numbers_of_workers_agree_on_ctc():
    results = []
    for name, workers in (("original", None), ("fixed", 1), ("fixed", 3), ("dynamic", None)):
        with mg.kernels(name, workers):
            results.append(ctc(mg, "float64", ((6, 5), (3, 2)), [[1, 2, 3], [2, 2, 4]], reduction="none"))
    for loss, grad in results:
        np.testing.assert_allclose(loss, results[0][0], rtol=1e-12)
        np.testing.assert_allclose(grad, results[0][1], rtol=1e-10, atol=1e-14)
    np.testing.assert_array_equal(results[1][1], results[2][1])


@pytest.mark.parametrize("tensors", [False, True])
def test_steps_with_ctc_are_recorded(tensors):
    lengths = ((6, 5), (3, 2))
    lengths = tuple(mg.tensor(n) for n in lengths) if tensors else lengths

    def step(x, targets):
        x = x.clone().requires_grad_()
        return mg.autograd.grad(mg.nn.functional.ctc_loss(x.log_softmax(2), targets, *lengths), [x])[0]

    compiled = mg.compile(step, fullgraph=True)
    for seed in range(3):
        random = np.random.default_rng(seed)
        x, targets = mg.tensor(random.normal(size=(6, 2, 5))), mg.tensor(random.integers(1, 5, (2, 3)))
        np.testing.assert_array_equal(compiled(x, targets).numpy(), step(x, targets).numpy())
