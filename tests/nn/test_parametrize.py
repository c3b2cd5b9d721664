"""Parametrized weights, and modules called with other tensors: values, gradients, names and errors are torch's."""

import copy
import pickle

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

LAYERS = {
    "linear": (lambda m: m.nn.Linear(3, 4), (5, 3)),
    "conv": (lambda m: m.nn.Conv2d(2, 4, 3), (2, 2, 5, 4)),
    "transposed": (lambda m: m.nn.ConvTranspose1d(2, 4, 3), (2, 2, 5)),
}


def same_start(ours, theirs):
    theirs.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in ours.state_dict().items()})


def load_back(ours, theirs):
    """Load torch's state here."""
    ours.load_state_dict({k: mg.tensor(v.numpy()) for k, v in theirs.state_dict().items()})


def compare(ours, theirs, shape):
    data = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    x, t = mg.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    ours.zero_grad()
    theirs.zero_grad()
    y, u = ours(x), theirs(t)
    y, u = (y[0], u[0]) if isinstance(y, tuple) else (y, u)
    np.testing.assert_allclose(y.detach().numpy(), u.detach().numpy(), rtol=1e-4, atol=1e-5)
    (y * y).sum().backward()
    (u * u).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-4, atol=1e-4)
    for (name, p), (other, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == other
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-4, atol=1e-4, err_msg=name)


def kinds(m):
    class Symmetric(m.nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).mT

        def right_inverse(self, x):
            return x.triu()

    class Doubled(m.nn.Module):
        def forward(self, x):
            return 2 * x

    class Apart(m.nn.Module):
        def forward(self, size, sign):
            return size * sign

        def right_inverse(self, x):
            return x.abs(), x.sign()

    class Wider(m.nn.Module):
        def forward(self, x):
            return m.cat([x, x], 0)

    class Narrow(m.nn.Module):
        def forward(self, x):
            return x.to(m.float64)

    class Silent(m.nn.Module):
        def forward(self, x):
            return None

        def right_inverse(self, x):
            return 3

    return {k.__name__: k for k in (Symmetric, Doubled, Apart, Wider, Narrow, Silent)}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("options", [{}, {"dim": 1}, {"dim": None}])
def test_weight_norm_is_torchs(layer, options):
    make, shape = LAYERS[layer]
    ours, theirs = (m.nn.utils.parametrizations.weight_norm(make(m), **options) for m in (mg, torch))
    assert {k: tuple(v.shape) for k, v in ours.state_dict().items()} == {
        k: tuple(v.shape) for k, v in theirs.state_dict().items()
    }
    assert repr(ours) == repr(theirs)
    load_back(ours, theirs)
    compare(ours, theirs, shape)
    with pytest.warns(FutureWarning):
        old = torch.nn.utils.weight_norm(make(torch), **options)
    load_back(ours, old)
    theirs.load_state_dict(old.state_dict())
    compare(ours, theirs, shape)
    for m, net in ((mg, ours), (torch, theirs)):
        assert m.nn.utils.parametrize.remove_parametrizations(net, "weight") is net
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert type(ours) is type(make(mg))
    compare(ours, theirs, shape)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("options", [{}, {"n_power_iterations": 3, "dim": 1}, {"name": "bias", "dim": 0}])
def test_spectral_norm_is_torchs(layer, options):
    make, shape = LAYERS[layer]
    ours, theirs = (m.nn.utils.parametrizations.spectral_norm(make(m), **options) for m in (mg, torch))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    load_back(ours, theirs)
    for mode in (True, True, False):
        compare(ours.train(mode), theirs.train(mode), shape)
    for (name, ours_held), theirs_held in zip(ours.state_dict().items(), theirs.state_dict().values(), strict=True):
        np.testing.assert_allclose(ours_held.numpy(), theirs_held.numpy(), rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("sizes", [(4, 4), (3, 5), (5, 3), (1, 1)])
@pytest.mark.parametrize("kind", [None, "matrix_exp", "cayley", "householder"])
def test_orthogonal_is_torchs(kind, sizes):
    ours, theirs = (
        m.nn.utils.parametrizations.orthogonal(m.nn.Linear(*sizes), orthogonal_map=kind) for m in (mg, torch)
    )
    assert repr(ours) == repr(theirs)
    assert {k: tuple(v.shape) for k, v in ours.state_dict().items()} == {
        k: tuple(v.shape) for k, v in theirs.state_dict().items()
    }
    state = {k: v.clone() for k, v in theirs.state_dict().items()}
    free = np.random.default_rng(1).normal(size=(sizes[1], sizes[0])).astype(np.float32)
    name = "parametrizations.weight.original"
    state[name] = state[name] * 1.0 + torch.tensor(np.tril(free, -1) if sizes[1] >= sizes[0] else np.triu(free, 1))
    theirs.load_state_dict(state)
    load_back(ours, theirs)
    compare(ours, theirs, (2, sizes[0]))
    small = min(sizes)
    weight = ours.weight if sizes[1] < sizes[0] else ours.weight.mT
    np.testing.assert_allclose((weight @ weight.mT).detach().numpy(), np.eye(small), atol=1e-5)


@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (3, 5), (2, 4, 3)])
def test_an_orthogonal_weight_can_be_set(shape):
    q = np.linalg.qr(np.random.default_rng(0).normal(size=(*shape[:-2], max(shape[-2:]), max(shape[-2:]))))[0]
    q = q[..., : shape[-2], : shape[-1]]
    for trivial in (True, False):
        for m in (mg, torch):
            module = m.nn.Module()
            module.weight = m.nn.Parameter(m.tensor(q))
            m.nn.utils.parametrizations.orthogonal(module, orthogonal_map="householder", use_trivialization=trivial)
            np.testing.assert_allclose(module.weight.detach().numpy(), q, atol=1e-6)
            module.weight = m.tensor(-q)
            np.testing.assert_allclose(module.weight.detach().numpy(), -q, atol=1e-6)
            if trivial:
                continue
            made = module.parametrizations.weight.original.detach().numpy()
            if m is mg:
                mine = made
    np.testing.assert_allclose(mine, made, atol=1e-6)
    for m in (mg, torch):
        layer = m.nn.utils.parametrizations.orthogonal(m.nn.Linear(3, 3), use_trivialization=False)
        with pytest.raises(NotImplementedError, match="use_trivialization=False"):
            layer.weight = m.eye(3)
        with pytest.raises(ValueError, match="Got: x"):
            m.nn.utils.parametrizations.orthogonal(m.nn.Linear(3, 3), orthogonal_map="x")
        with pytest.raises(ValueError, match="1 dimensions"):
            m.nn.utils.parametrizations.orthogonal(m.nn.Linear(3, 3), "bias")
        with pytest.raises(ValueError, match="no parameter or buffer"):
            m.nn.utils.parametrizations.orthogonal(m.nn.Linear(3, 3), "scale")


def test_spectral_norm_starts_near_the_norm():
    layer = mg.nn.utils.parametrizations.spectral_norm(mg.nn.Linear(6, 5))
    assert mg.linalg.matrix_norm(layer.weight, 2).item() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    "names", [["Symmetric"], ["Doubled"], ["Apart"], ["Symmetric", "Doubled"], ["Apart", "Symmetric"]]
)
def test_own_parametrizations_are_torchs(names):
    nets = []
    for m in (mg, torch):
        net = m.nn.Linear(3, 3)
        nets.append(net)
    same_start(*nets)
    for m, net in zip((mg, torch), nets):
        weight = net.weight
        for name in names:
            assert m.nn.utils.parametrize.register_parametrization(net, "weight", kinds(m)[name]()) is net
        assert m.nn.utils.parametrize.is_parametrized(net)
        assert m.nn.utils.parametrize.is_parametrized(net, "weight")
        assert not m.nn.utils.parametrize.is_parametrized(net, "bias")
        assert m.nn.utils.parametrize.type_before_parametrizations(net) is m.nn.Linear
        assert isinstance(net, m.nn.Linear)
        if names[0] != "Apart":
            assert net.parametrizations.weight.original is weight
    compare(*nets, (5, 3))
    assert repr(nets[0]) == repr(nets[1])
    value = np.arange(9, dtype=np.float32).reshape(3, 3)
    if "Doubled" in names:
        for m, net in zip((mg, torch), nets):
            with pytest.raises(RuntimeError, match="right_inverse"):
                net.weight = m.tensor(value)
    else:
        for m, net in zip((mg, torch), nets):
            net.weight = m.tensor(value)
        compare(*nets, (5, 3))
    for m, net in zip((mg, torch), nets):
        with pytest.raises(KeyError, match="already exists"):
            net.weight = m.nn.Parameter(m.ones(3, 3))
        if names[0] == "Apart":
            with pytest.raises(ValueError, match="leave_parametrized"):
                m.nn.utils.parametrize.remove_parametrizations(net, "weight", leave_parametrized=False)
        else:
            m.nn.utils.parametrize.remove_parametrizations(net, "weight", leave_parametrized=False)
    if names[0] != "Apart":
        assert not mg.nn.utils.parametrize.is_parametrized(nets[0])
        compare(*nets, (5, 3))


def test_a_removed_parametrization_leaves_the_parameter_to_its_optimizer():
    net = mg.nn.Linear(3, 3)
    weight = net.weight
    before = weight.tolist()
    mg.nn.utils.parametrize.register_parametrization(net, "weight", kinds(mg)["Doubled"]())
    mg.nn.utils.parametrize.remove_parametrizations(net, "weight")
    assert net.weight is weight
    assert weight.tolist() == [[2 * x for x in row] for row in before]


def test_buffers_and_several_tensors():
    nets = []
    for m in (mg, torch):
        net = m.nn.BatchNorm1d(3)
        for name in ("running_var", "weight", "bias"):
            m.nn.utils.parametrize.register_parametrization(net, name, kinds(m)["Doubled"]())
        m.nn.utils.parametrize.remove_parametrizations(net, "weight")
        nets.append(net.eval())
    assert list(nets[0].state_dict()) == list(nets[1].state_dict())
    assert [n for n, _ in nets[0].named_buffers()] == [n for n, _ in nets[1].named_buffers()]
    compare(*nets, (4, 3))


@pytest.mark.parametrize("first", [None, "Symmetric"])
@pytest.mark.parametrize("name", ["Wider", "Narrow", "Silent"])
def test_what_does_not_fit_is_refused(first, name):
    for m in (mg, torch):
        net = m.nn.Linear(3, 3)
        if first:
            m.nn.utils.parametrize.register_parametrization(net, "weight", kinds(m)[first]())
        keys = list(net.state_dict())
        with pytest.raises(ValueError, match=r"dtype|shape|must return"):
            m.nn.utils.parametrize.register_parametrization(net, "weight", kinds(m)[name]())
        assert list(net.state_dict()) == keys
        with pytest.raises(ValueError, match="does not have a parameter"):
            m.nn.utils.parametrize.register_parametrization(net, "scale", kinds(m)[name]())
        with pytest.raises(ValueError, match="does not have a parametrization"):
            m.nn.utils.parametrize.remove_parametrizations(net, "bias")
    net = mg.nn.utils.parametrize.register_parametrization(
        mg.nn.Linear(2, 3), "weight", kinds(mg)["Wider"](), unsafe=True
    )
    assert tuple(net.weight.shape) == (6, 2)


def test_cached_computes_once():
    net = mg.nn.utils.parametrizations.weight_norm(mg.nn.Linear(3, 3))
    assert net.weight is not net.weight
    with mg.nn.utils.parametrize.cached():
        first = net.weight
        with mg.nn.utils.parametrize.cached():
            assert net.weight is first
        assert net.weight is first
    assert net.weight is not first


def test_copies_do_not_disturb_each_other():
    net = mg.nn.utils.parametrizations.weight_norm(mg.nn.Linear(3, 3))
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert twin.weight.tolist() == net.weight.tolist()
        mg.nn.utils.parametrize.remove_parametrizations(twin, "weight")
        assert isinstance(twin.weight, mg.nn.Parameter)
        assert not isinstance(net.weight, mg.nn.Parameter)


def test_transfer_is_torchs():
    nets = []
    for m in (mg, torch):
        net, other = m.nn.Linear(3, 3), m.nn.Linear(3, 3)
        m.nn.utils.parametrize.register_parametrization(net, "weight", kinds(m)["Apart"]())
        assert m.nn.utils.parametrize.transfer_parametrizations_and_params(net, other) is other
        nets.append(other)
        assert other.parametrizations.weight.original0 is net.parametrizations.weight.original0
        assert other.weight.tolist() == net.weight.tolist()
    assert list(nets[0].state_dict()) == list(nets[1].state_dict())


def test_a_recurrent_layer_reads_parametrized_weights():
    ours, theirs = (
        m.nn.utils.parametrizations.weight_norm(m.nn.GRU(3, 4, batch_first=True), "weight_hh_l0") for m in (mg, torch)
    )
    load_back(ours, theirs)
    compare(ours, theirs, (2, 5, 3))


@pytest.mark.parametrize("kind", ["weight_norm", "spectral_norm"])
def test_a_parametrized_layer_trains_in_a_compiled_step(kind):
    nets = [getattr(mg.nn.utils.parametrizations, kind)(mg.nn.Linear(3, 2))]
    nets.append(copy.deepcopy(nets[0]))
    steps = []
    for net in nets:
        optimizer = mg.optim.SGD(net.parameters(), lr=0.1)

        def step(x, net=net, optimizer=optimizer):
            optimizer.zero_grad()
            loss = (net(x) ** 2).sum()
            loss.backward()
            optimizer.step()
            return loss

        steps.append(step)
    steps[1] = mg.compile(steps[1], fullgraph=True)
    for _ in range(4):
        x = mg.randn(5, 3)
        assert steps[1](x).item() == pytest.approx(steps[0](x).item(), rel=1e-5)


def tied(m):
    class Net(m.nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = m.nn.Linear(2, 2), m.nn.Linear(2, 2)
            self.b.weight = self.a.weight
            self.bn = m.nn.BatchNorm1d(2)
            self.shift = m.ones(2)

        def forward(self, x, scale=1.0):
            return self.bn(self.b(self.a(x)) * scale) + self.shift

    return Net()


INPUT = [[1.0, 2.0], [-1.0, 0.5], [3.0, 1.0]]
CALLS = {
    "one": (lambda m: ({"a.bias": m.arange(2.0)}, m.tensor(INPUT)), {}),
    "tied": (lambda m: ({"a.weight": m.arange(4.0).reshape(2, 2)}, (m.tensor(INPUT),)), {"kwargs": {"scale": 2.0}}),
    "not tied": (lambda m: ({"a.weight": m.arange(4.0).reshape(2, 2)}, m.tensor(INPUT)), {"tie_weights": False}),
    "buffer": (lambda m: ({"bn.running_mean": m.ones(2), "bn.num_batches_tracked": m.tensor(7)}, m.tensor(INPUT)), {}),
    "attribute": (lambda m: ({"shift": m.zeros(2)}, m.tensor(INPUT)), {}),
    "unknown": (lambda m: ({"scale": m.zeros(2)}, m.tensor(INPUT)), {}),
    "unknown module": (lambda m: ({"c.scale": m.zeros(2)}, m.tensor(INPUT)), {}),
    "two": (lambda m: (({"a.bias": m.ones(2)}, {"b.bias": m.ones(2)}), m.tensor(INPUT)), {}),
    "twice": (lambda m: (({"a.bias": m.ones(2)}, {"a.bias": m.ones(2)}), m.tensor(INPUT)), {}),
    "two values": (lambda m: ({"a.weight": m.ones(2, 2), "b.weight": m.zeros(2, 2)}, m.tensor(INPUT)), {}),
    "strict": (lambda m: ({"a.weight": m.ones(2, 2)}, m.tensor(INPUT)), {"strict": True}),
    "no dict": (lambda m: (3, m.tensor(INPUT)), {}),
    "no tensor": (lambda m: ({"a.bias": 3}, m.tensor(INPUT)), {}),
    "no tensor there": (lambda m: ({"training": m.ones(1)}, m.tensor(INPUT)), {}),
    "module": (lambda m: ({"a": m.ones(1)}, m.tensor(INPUT)), {}),
}


@pytest.mark.parametrize("name", CALLS)
def test_functional_call_is_torchs(name):
    given, options = CALLS[name]
    ours, theirs = tied(mg), tied(torch)
    same_start(ours, theirs)
    outcomes, states = [], []
    for m, net in ((mg, ours), (torch, theirs)):
        tensors, args = given(m)
        try:
            result = m.func.functional_call(net, tensors, args, **options)
            outcomes.append(result.detach().numpy())
        except Exception as error:
            outcomes.append(type(error))
        states.append({k: v.tolist() for k, v in net.state_dict().items()})
        if isinstance(tensors, dict):
            states.append({k: v.tolist() for k, v in tensors.items() if not isinstance(v, int)})
        assert not hasattr(net, "scale")
        assert net.b.weight is net.a.weight
    if isinstance(outcomes[1], type):
        assert outcomes[0] is outcomes[1]
    else:
        np.testing.assert_allclose(outcomes[0], outcomes[1], rtol=1e-5, atol=1e-5)
        half = len(states) // 2
        for ours_held, theirs_held in zip(states[:half], states[half:]):
            assert list(ours_held) == list(theirs_held)
            for key in ours_held:
                np.testing.assert_allclose(ours_held[key], theirs_held[key], rtol=1e-5, atol=1e-6, err_msg=key)


def test_gradients_reach_what_was_given():
    net = mg.nn.Linear(2, 1)
    weight = mg.ones(1, 2, requires_grad=True)
    mg.func.functional_call(net, {"weight": weight}, mg.ones(3, 2)).sum().backward()
    assert weight.grad.tolist() == [[3.0, 3.0]]
    assert net.weight.grad is None
    with pytest.warns(FutureWarning, match="functional_call"):
        mg.nn.utils.stateless.functional_call(net, {"weight": weight}, mg.ones(3, 2))
