"""Parts of tensors whose elements share memory: they are views, and their gradients reach each element alone."""

import mocrograd as mg
import numpy as np
import pytest

PARTS = {
    "row": lambda w: w[0],
    "column": lambda w: w[:, 1],
    "select": lambda w: w.select(0, 1),
    "narrow": lambda w: w.narrow(0, 1, 1),
    "narrow to a column": lambda w: w.narrow(1, 1, 1),
    "diagonal": lambda w: w.diagonal(),
    "upper diagonal": lambda w: w.diagonal(1),
    "windows": lambda w: w.unfold(1, 2, 1),
    "row of windows": lambda w: w.unfold(1, 2, 1)[1],
    "window": lambda w: w.unfold(1, 2, 1)[1, 1],
    "steps": lambda w: w[::2, 1:][1],
    "as_strided": lambda w: w.as_strided((3,), (1,)),
    "transposed": lambda w: w.t()[1:, 0],
    "permuted": lambda w: w.permute(1, 0)[:, :1],
    "chunk": lambda w: w.chunk(3)[1],
    "unbind": lambda w: w.unbind(0)[1],
    "new dimension": lambda w: w[1:2, None],
    "view": lambda w: w.view(3, 1, 3)[2],
    "rows by index": lambda w: w[[0, 2]],
    "columns by index": lambda w: w[1:, [0, 2]],
    "mask": lambda w: w[w.detach() > 2],
    "all": lambda w: w[...],
}
SOURCES = {
    "expanded": lambda y: y[:3].view(1, 3).expand(3, 3),
    "expanded columns": lambda y: y[:3].view(3, 1).expand(3, 3),
    "one element": lambda y: y[2].expand(3, 3),
    "windows": lambda y: y.unfold(0, 3, 1),
    "windows by strides": lambda y: y.as_strided((3, 3), (1, 1)),
    "broadcast": lambda y: y[1:4].broadcast_to((3, 3)),
}
every_part = pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)


@every_part
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_gradients_of_parts(source, part, torch):
    seen = []
    for m in (mg, torch):
        x = m.arange(1.0, 6.0, dtype=m.float64).requires_grad_()
        whole = source(x * x)
        whole.retain_grad()
        some = part(whole)
        weights = m.arange(1.0, 1.0 + some.numel(), dtype=m.float64).view(some.shape)
        ((some * some * weights).sum() + whole.sum()).backward()
        seen.append([some.tolist(), x.grad.tolist(), whole.grad.tolist()])
    if part is PARTS["as_strided"]:  # whose gradient goes to the base at once, in torch only to elements of the whole
        seen = [results[: 1 if source is SOURCES["one element"] else 2] for results in seen]
    for ours, theirs in zip(*seen):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


CHANGES = {
    "mul_": lambda m, some: some.mul_(m.arange(2.0, 2.0 + some.numel()).view(some.shape)),
    "copy_": lambda m, some: some.copy_(m.arange(2.0, 2.0 + some.numel()).view(some.shape)),
    "fill_": lambda m, some: some.fill_(7),
    "[...] =": lambda m, some: some.__setitem__(..., 7),
    "[-1] =": lambda m, some: some.__setitem__(-1, 7),
    "[-1] = tensor": lambda m, some: some.__setitem__(-1, m.tensor(7.0)),
}


@every_part
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("tracked", [True, False])
def test_changes_of_parts_reach_the_whole(part, change, tracked, torch):
    seen = []
    for m in (mg, torch):
        x = m.tensor([[1.0, 2.0, 3.0]], requires_grad=tracked)
        y = x * 1
        whole = y.expand(3, 3)
        some = part(whole)
        try:
            change(m, some)
        except RuntimeError:
            seen.append("refused")
            continue
        seen.append([y.tolist(), whole.tolist(), some.tolist()])
        if part is PARTS["row of windows"] and change is CHANGES["mul_"]:
            return  # elements that neighbours share are changed by each of them, in no certain order
        if tracked:
            loss = (whole * m.arange(9.0).view(3, 3)).sum() + (some * some).sum()
            try:
                loss.backward()
            except RuntimeError:  # torch refuses to go back through a filled expanded part
                assert m is torch
                return
            seen[-1].append(x.grad.tolist())
    assert seen[0] == seen[1]
