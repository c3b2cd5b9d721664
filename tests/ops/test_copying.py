"""Copies of tensors by `copy`, `deepcopy` and `pickle`, and what they share; the same calls by torch."""

import copy
import pickle

import mocrograd as mg
import pytest

CASES = {
    "columns": lambda m: m.arange(6.0).reshape(2, 3).T,
    "part": lambda m: m.arange(24.0).reshape(2, 3, 4)[1:, ::2, 1:3],
    "column": lambda m: m.arange(6.0).reshape(2, 3)[:, 1],
    "repeated": lambda m: m.arange(3.0)[1:2].expand(4),
    "none": lambda m: m.ones(2, 0).T,
    "number": lambda m: m.arange(3)[2],
    "flags": lambda m: (m.arange(6).reshape(2, 3) > 2).T,
    "bytes": lambda m: m.arange(10, dtype=m.uint8)[1::3],
    "leaf": lambda m: m.arange(6.0).reshape(2, 3).T.requires_grad_(),
}


def pickled(protocol):
    return lambda x: pickle.loads(pickle.dumps(x, protocol))


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, *map(pickled, range(6))])
@pytest.mark.parametrize("case", CASES)
def test_values_and_strides_stay(case, copier):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    ours, theirs = copier(CASES[case](mg)), copier(CASES[case](torch))
    assert ours.tolist() == theirs.tolist()
    assert (ours.stride(), tuple(ours.shape)) == (theirs.stride(), tuple(theirs.shape))
    assert (str(ours.dtype)[10:], ours.requires_grad) == (str(theirs.dtype)[6:], theirs.requires_grad)
    assert ours.is_contiguous() == theirs.is_contiguous()


def shared(copier, m):
    """Return what other copies show once one has been changed."""
    whole = m.arange(12.0).reshape(3, 4)
    content = {
        "row": whole[2], "first": whole[:1], "whole": whole, "columns": whole.T, "apart": m.arange(12.0), "again": whole,
        "parameter": m.nn.Parameter(whole.detach()[1]),
    }  # fmt: skip
    found = copier(content)
    found["whole"].fill_(7.0)
    assert whole.tolist() == m.arange(12.0).reshape(3, 4).tolist()
    return {name: value.tolist() for name, value in found.items()}


@pytest.mark.parametrize("copier", [copy.deepcopy, pickled(2), pickled(5)])
def test_what_shares_memory(copier):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    assert shared(copier, mg) == shared(copier, torch)


def test_a_deepcopy_of_views_shares_memory_and_changes_are_counted():
    whole = mg.arange(1000.0)
    parts = [whole[10:20], whole[500:510], whole[15:25], whole.view(mg.int32)[12:14], whole[2:4].view(mg.float64)]
    first, apart, overlapping, integers, double = copy.deepcopy(parts)
    assert [x.tolist() for x in (first, apart, overlapping, integers, double)] == [x.tolist() for x in parts]
    first[2:6] = 0.0
    assert integers.tolist() == [0, 0]
    assert overlapping.tolist() == [0.0, *range(16, 25)]
    assert apart.tolist() == list(range(500, 510))
    assert double.data_ptr() % 8 == 0
    assert (double.tolist(), whole[12].item()) == (parts[-1].tolist(), 12.0)
    weight = mg.ones(10, requires_grad=True)
    product = (weight * first).sum()
    overlapping.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.backward()


def test_a_deepcopy_takes_no_more_than_it_shows():
    row = mg.ones(1000, 1000)[3]
    before = mg.memory_stats()["allocated"]
    again = copy.deepcopy(row)
    assert mg.memory_stats()["allocated"] - before < 10_000
    assert again.sum().item() == 1000.0
    assert len(pickle.dumps(row)) < 10_000


def attributes(m):
    tensor, parameter = m.ones(2, requires_grad=True), m.nn.Parameter(m.zeros(1))
    tensor.note, parameter.note = ["kept"], "kept"
    (tensor * 3).sum().backward()
    found = []
    for again in (copy.copy, copy.deepcopy, pickled(2)):
        for x in (tensor, parameter):
            y = again(x)
            found.append((getattr(y, "note", None), None if y.grad is None else y.grad.tolist(), y.requires_grad))
            found.append(getattr(y, "note", None) is x.note)
    return found


def test_attributes_and_gradients():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    assert attributes(mg) == attributes(torch)


def test_a_copy_shares_memory():
    for x in (mg.ones(2, 3), mg.nn.Parameter(mg.ones(2, 3)), mg.nn.Buffer(mg.ones(2, 3), persistent=False)):
        again = copy.copy(x)
        assert (again is not x, type(again), again.data_ptr()) == (True, type(x), x.data_ptr())


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, pickled(2)])
def test_a_buffer_stays_one(copier):
    again = copier(mg.nn.Buffer(mg.ones(2), persistent=False))
    assert type(again) is mg.nn.Buffer
    assert again.persistent is False


def test_a_view_is_copied_without_its_base():
    base = mg.ones(100_000)
    again = copy.deepcopy(base[:2])
    assert again._base is None
    assert len(pickle.dumps(base[:2])) < 1000
    again.add_(1.0)
    assert base[0].item() == 1.0


def test_a_module_is_copied_in_its_layout():
    net = mg.nn.Linear(3, 2)
    net.weight.data = mg.arange(6.0).reshape(3, 2).T
    net.alias = net.weight.detach()
    again = copy.deepcopy(net)
    assert again.weight.stride() == (1, 2)
    assert again.weight.tolist() == net.weight.tolist()
    again.weight.data.zero_()
    assert again.alias.tolist() == net.alias.tolist() == net.weight.tolist()


def test_a_compiled_step_copies_anew():
    @mg.compile
    def step(x):
        return copy.deepcopy(x.detach().T) + copy.deepcopy([x, x[0]])[1].sum()

    for value in range(4):
        x = mg.full((2, 3), float(value))
        assert step(x).tolist() == [[value * 4.0] * 2] * 3


def test_a_pickle_of_before():
    """It holds values of a shape alone."""
    from mocrograd.ops.creation import rebuild

    assert rebuild(mg.Tensor, mg.ones(2, 3).numpy(), "cpu", True).requires_grad
    with pytest.raises(ValueError, match="does not fit"):
        rebuild(mg.Tensor, mg.ones(5).numpy(), "cpu", False, (2, 3), (3, 1))


@pytest.mark.parametrize("module", [mg, mg.linalg, mg.special, mg.nn.functional, mg.ops], ids=lambda m: m.__name__)
def test_functions_are_the_same_ones_after_pickling(module):
    names = getattr(module, "__all__", [name for name in dir(module) if not name.startswith("_")])
    functions = {name: getattr(module, name) for name in names if callable(getattr(module, name))}
    assert len(functions) > 25
    for name, function in functions.items():
        assert pickle.loads(pickle.dumps(function)) is function, name
        assert copy.deepcopy(function) is function
    assert (mg.relu.__module__, mg.linalg.solve.__module__) == ("mocrograd", "mocrograd.linalg")
