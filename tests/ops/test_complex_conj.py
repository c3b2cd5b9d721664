"""Conjugate views and negative views: what they share and inherit, and what other libraries see of them."""

import copy
import io
import pickle
import random

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

VALUES = np.array([[1 + 2j, 3 - 1j, 0.5j], [2, -1 - 1j, 4 + 0.25j], [0, 1j, -2 + 1j]])
VIEWS = {
    "conj": lambda x: x.conj(), "twice": lambda x: x.conj().conj(), "H": lambda x: x.H, "mH": lambda x: x.mH,
    "adjoint": lambda x: x.adjoint(), "T": lambda x: x.conj().T, "row": lambda x: x.conj()[0], "part": lambda x: x.conj()[1:, ::2],
    "flat": lambda x: x.conj().reshape(-1), "copied": lambda x: x.conj().T.reshape(-1), "view": lambda x: x.conj().view(9),
    "unbind": lambda x: x.conj().unbind()[1], "chunk": lambda x: x.conj().chunk(2)[0], "split": lambda x: x.conj().split(2, 1)[1],
    "diagonal": lambda x: x.conj().diagonal(), "expand": lambda x: x.conj().expand(2, 3, 3), "unfold": lambda x: x.conj().unfold(0, 2, 1),
    "as_strided": lambda x: x.conj().as_strided((2, 2), (3, 1)), "narrow": lambda x: x.conj().narrow(1, 1, 2),
    "squeeze": lambda x: x.conj()[:1].squeeze(0), "movedim": lambda x: x.conj().movedim(0, 1), "detach": lambda x: x.conj().detach(),
    "data": lambda x: x.conj().data, "contiguous": lambda x: x.conj().contiguous(), "strided": lambda x: x.H.contiguous(),
    "clone": lambda x: x.conj().clone(), "to": lambda x: x.conj().to(x.dtype), "real": lambda x: x.conj().real,
    "imag": lambda x: x.conj().imag, "imag row": lambda x: x.conj().imag[1], "imag twice": lambda x: x.conj().conj().imag,
    "index": lambda x: x.conj()[[0, 1]], "resolve": lambda x: x.conj().resolve_conj(), "resolve_neg": lambda x: x.conj().imag.resolve_neg(),
    "resolve other": lambda x: x.conj().imag.resolve_conj(), "physical": lambda x: x.conj().conj_physical(),
    "of real": lambda x: x.real.conj(), "mH of real": lambda x: x.real.mH, "copy": lambda x: copy.copy(x.conj()),
    "deepcopy": lambda x: copy.deepcopy(x.conj()), "like": lambda x: x.conj().new_zeros(2), "scalar": lambda x: x[0, 1].conj(),
    "empty": lambda x: x[:0].conj(), "negated": lambda x: -x.conj().imag, "sum": lambda x: x.conj() * 2 + x.H,
}  # fmt: skip


def look(x):
    shown = x.detach().resolve_conj().resolve_neg().numpy()
    return shown, x.is_conj(), x.is_neg(), tuple(x.shape), tuple(x.stride()) if x.numel() else ()


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_views_are_those_of_torch(name, dtype):
    made = [VIEWS[name](m.from_numpy(VALUES.astype(dtype))) for m in (mg, torch)]
    (ours, *our_bits), (theirs, *their_bits) = map(look, made)
    np.testing.assert_array_equal(ours, theirs)
    assert ours.dtype == theirs.dtype
    assert our_bits == their_bits
    assert repr(made[0]).replace("mocrograd", "torch") == repr(made[1])
    assert made[0].tolist() == made[1].tolist()


def test_memory_is_shared():
    z = mg.from_numpy(VALUES.copy())
    assert z.conj().data_ptr() == z.data_ptr()
    assert z.mH.imag[0, 1].data_ptr() == z.data_ptr() + 3 * 16 + 8
    z.conj()[0, 0] = 5 + 7j
    z.conj().imag[1] = 3
    z.H[2] = 1j
    assert z[0, 0].item() == 5 - 7j
    assert z[1].imag.tolist() == [-3, -3, -1]
    assert z[:, 2].tolist() == [-1j, -1j, -1j]
    version = z._version
    z.conj().mul_(2)
    assert z._version > version


def history(m, seed):
    """Views and changes of them in a random order; the elements of all, and the gradients of two leaves."""
    choose, numbers = random.Random(seed), np.random.default_rng(seed)
    views = [
        lambda x: x.conj(), lambda x: x.conj(), lambda x: x.T if x.ndim == 2 else x, lambda x: x[1:], lambda x: x[..., :2],
        lambda x: x.real, lambda x: x.imag if x.is_complex() else x, lambda x: x.mH if x.ndim == 2 else x,
        lambda x: x[0] if x.ndim > 1 else x, lambda x: x.diagonal() if x.ndim == 2 else x,
    ]  # fmt: skip
    changes = [
        lambda x, y: x.mul_(y), lambda x, y: x.add_(y), lambda x, y: x.copy_(y), lambda x, y: x.zero_(), lambda x, y: x.fill_(0.7),
        lambda x, y: x.neg_(), lambda x, y: x.sub_(y, alpha=2), lambda x, y: x.__setitem__(0, 0.3), lambda x, y: x.conj_physical_(),
        lambda x, y: x.masked_fill_(x.real > 0, 0.1), lambda x, y: x.index_fill_(0, m.tensor([0]), 0.5),
    ]  # fmt: skip
    leaves = [
        m.tensor(numbers.normal(size=(3, 3)) + 1j * numbers.normal(size=(3, 3)), requires_grad=True) for _ in range(2)
    ]
    pool = [leaves[0] * 1 if choose.random() < 0.5 else (leaves[0] * 1).conj()]
    for _ in range(choose.randint(3, 8)):
        x = choose.choice(pool)
        if choose.random() < 0.6:
            pool.append(choose.choice(views)(x))
            continue
        y = leaves[1].conj() if choose.random() < 0.5 else leaves[1]
        y = y if x.is_complex() else y.imag
        while y.ndim > x.ndim:
            y = y[0]
        choose.choice(changes)(x, y[tuple(slice(0, n) for n in x.shape)])
    sums = [((x * x.conj()).real * m.tensor(numbers.normal(size=x.shape))).sum() for x in pool]
    grads = m.autograd.grad(sum(sums), leaves, allow_unused=True)
    return [None if x is None else x.detach().resolve_conj().resolve_neg().numpy() for x in (*pool, *grads)]


@pytest.mark.parametrize("block", range(4))
def test_changes_reach_all_views_and_gradients(block):
    compared = 0
    for seed in range(100 * block, 100 * block + 100):
        try:
            theirs = history(torch, seed)
        except RuntimeError:  # what torch refuses, because it keeps no old values, is computed here
            continue
        for a, b in zip(history(mg, seed), theirs, strict=True):
            np.testing.assert_allclose(
                a if a is not None else 0, b if b is not None else 0, rtol=1e-9, atol=1e-9, err_msg=seed
            )
        compared += 1
    assert compared > 50


def roots(start):
    """Changes of views of a tensor that is no view, recorded; torch fails at some of them."""
    w = mg.from_numpy(VALUES.copy()).requires_grad_()
    found = []
    for change in (
        lambda x: x[0].mul_(w[0]), lambda x: x.imag[1:].copy_(w.imag[1:]), lambda x: x.conj().add_(w), lambda x: x.mul_(w)[1].zero_(),
        lambda x: x.real.mul_(w.imag), lambda x: x.imag.add_(w.real)[0].fill_(2),
    ):  # fmt: skip
        for prepare in (lambda x: None, lambda x: x.mul_(w.conj())):
            x = start()
            view = x.T
            prepare(x)
            change(x)
            loss = ((x * view) * mg.from_numpy(VALUES.T.copy())).sum().real + (view.imag**3).sum()
            found += [x, view, *mg.autograd.grad(loss, [w])]
    return [y.detach().resolve_conj().numpy() for y in found]


def test_changes_of_tensors_that_are_views_of_none():
    marked = roots(lambda: mg.from_numpy(VALUES.copy()).conj().detach())
    for a, b in zip(marked, roots(lambda: mg.from_numpy(VALUES.conj())), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


def test_gradients_are_computed():
    """A gradient never is such a view, so NumPy and optimizers may have it."""
    z = mg.from_numpy(VALUES.copy()).requires_grad_()
    (z.conj() * (2 + 1j)).sum().backward(mg.tensor(1j).conj())
    assert not z.grad.is_conj()
    np.testing.assert_allclose(z.grad.numpy(), np.full((3, 3), ((-1j) * (2 - 1j)).conjugate()))
    leaf = z.detach().conj().requires_grad_()
    assert leaf.is_conj()
    (leaf * leaf.conj()).real.sum().backward()
    np.testing.assert_allclose(leaf.grad.numpy(), 2 * VALUES.conj())
    before = leaf.detach().clone()
    mg.optim.SGD([leaf], lr=0.5).step()
    np.testing.assert_allclose(leaf.detach().resolve_conj().numpy(), (before * 0).numpy())
    assert z.detach().abs().max() == 0  # whose memory it is


def test_a_users_function_gets_what_it_saved():
    seen = []

    class Double(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            seen.append((ctx.saved_tensors[0].is_conj(), grad.is_conj()))
            return (grad * 2).conj()

    z = mg.from_numpy(VALUES.copy()).requires_grad_()
    Double.apply(z.conj()).sum().backward(mg.tensor(1 + 1j))
    assert seen == [(True, False)]
    np.testing.assert_allclose(z.grad.numpy(), np.full((3, 3), 2 + 2j))


REFUSED = {
    "numpy": lambda x: x.conj().numpy(), "numpy of parts": lambda x: x.conj().imag.numpy(), "dlpack": lambda x: x.conj().__dlpack__(),
    "asarray": lambda x: np.asarray(x.conj()), "view": lambda x: x.conj().view(x.real.dtype), "leaf": lambda x: x.requires_grad_().conj().mul_(2),
    "view of parts": lambda x: x.conj().imag.view(x.real.dtype), "expanded": lambda x: x[:1, :1].conj().expand(3, 3).mul_(2),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_are_those_of_torch(name):
    found = []
    for m in (mg, torch):
        with pytest.raises((RuntimeError, BufferError)) as error:
            REFUSED[name](m.from_numpy(VALUES.copy()))
        found.append(str(error.value))
    assert found[0].removeprefix("mul_: ") == found[1].split("\n")[0] or name == "expanded"


def test_view_as_real_refuses():
    z = mg.from_numpy(VALUES.copy())
    with pytest.raises(RuntimeError, match="doesn't work on unresolved conjugated tensors"):
        mg.view_as_real(z.conj())
    np.testing.assert_array_equal(mg.view_as_real(z.conj().resolve_conj()).numpy()[..., 1], -VALUES.imag)
    np.testing.assert_array_equal(z.conj().numpy(force=True), VALUES.conj())


def saved(m, obj):
    file = io.BytesIO()
    m.save(obj, file)
    return file


@pytest.mark.parametrize(
    "part", [lambda x: x.conj(), lambda x: x.H, lambda x: x.conj().imag, lambda x: x.conj().imag[1:, 0]]
)
def test_files_keep_the_views(part):
    ours, theirs = (part(m.from_numpy(VALUES.copy())) for m in (mg, torch))
    for writer, obj in ((mg, ours), (torch, theirs)):
        for reader in (mg, torch):
            file = saved(writer, obj)
            file.seek(0)
            np.testing.assert_array_equal(look(reader.load(file))[0], look(theirs)[0])
            file.seek(0)
            assert look(reader.load(file))[1:] == look(theirs)[1:]
    again = pickle.loads(pickle.dumps(ours))
    assert look(again)[1:] == look(ours)[1:]
    np.testing.assert_array_equal(look(again)[0], look(ours)[0])


def test_files_share_memory():
    z = mg.from_numpy(VALUES.copy())
    file = saved(mg, {"z": z, "conj": z.conj()})
    file.seek(0)
    loaded = mg.load(file)
    loaded["conj"][0, 0] = 1j
    assert loaded["z"][0, 0].item() == -1j


def test_damaged_files_are_refused():
    file = saved(mg, mg.from_numpy(VALUES.copy()).conj())
    for marks in (b"conk", b"neg_"):
        damaged = io.BytesIO(file.getvalue().replace(b"conj", marks))
        with pytest.raises(pickle.UnpicklingError, match="expected those of a conjugate or negative view"):
            mg.load(damaged, verify=False)


def test_compiled_functions():
    z = mg.from_numpy(VALUES.copy())

    def inner(x):
        y = x.conj() * 2 + x.H
        y.conj().imag.add_(1)
        x.conj()[0].mul_(1j)
        return y, x.real * 1

    compiled = mg.compile(inner)
    for i in range(4):
        ours, theirs = z + i, z + i
        for a, b in zip(compiled(ours), inner(theirs)):
            assert a.numpy().tobytes() == b.numpy().tobytes()
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert compiled.plan is not None
    for call, given in ((lambda x: x.conj(), z), (lambda x: x * 2, z), (lambda x: x + z.real, z.real)):
        step = mg.compile(call)
        for _ in range(3):
            step(given)
        marked = given.conj() if given.is_complex() else z.conj().imag
        for _ in range(3):
            np.testing.assert_array_equal(step(marked).resolve_conj().numpy(), call(marked).resolve_conj().numpy())
            np.testing.assert_array_equal(step(given).resolve_conj().numpy(), call(given).resolve_conj().numpy())


def test_maps_over_samples():
    ours, theirs = (
        [
            m.func.vmap(lambda a, b: a.conj() @ b)(z, z.conj()),
            m.func.vmap(m.func.grad(lambda a: (a.conj() * (1 + 2j)).sum().real))(z),
        ]
        for m in (mg, torch)
        for z in [m.from_numpy(VALUES.copy())]
    )
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a.resolve_conj().numpy(), b.resolve_conj().numpy(), atol=1e-12)
    z = mg.from_numpy(VALUES.copy())
    assert mg.func.vmap(lambda a: a.conj())(z).is_conj()
    np.testing.assert_array_equal(mg.func.vmap(lambda a: a.conj().imag * 2)(z).numpy(), -2 * VALUES.imag)
    assert mg.func.vmap(lambda a: a.conj().mul_(1j).sum())(z).shape == (3,)
    np.testing.assert_array_equal(z.numpy(), VALUES * -1j)


def test_other_devices():
    z = mg.from_numpy(VALUES.copy())
    meta = mg.zeros(2, dtype=mg.complex64, device="meta").conj()
    assert meta.is_conj()
    assert not (meta * 2).is_conj()
    assert z.conj().share_memory_().tolist() == VALUES.conj().tolist()
    assert mg.tensor(z.conj()).tolist() == VALUES.conj().tolist()
