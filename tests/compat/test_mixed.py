"""Tensors of mocrograd in functions of torch, and the other way round: refused, never called for ever."""

import mocrograd as mg
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to mix with")

CALLS = {
    "==": lambda: torch.ones(2) == mg.ones(2),
    "== the other way": lambda: mg.ones(2) == torch.ones(2),
    "*": lambda: torch.ones(2) * mg.ones(2),
    "* the other way": lambda: mg.ones(2) * torch.ones(2),
    "abs": lambda: torch.abs(mg.ones(2)),
    "cat": lambda: torch.cat([torch.ones(2), mg.ones(2)]),
    "relu": lambda: torch.nn.functional.relu(mg.ones(2)),
    "linear": lambda: torch.nn.Linear(2, 2)(mg.ones(2)),
    "brackets": lambda: torch.ones(2).__setitem__(0, mg.ones(1)),
    "add": lambda: mg.add(mg.ones(2), torch.ones(2)),
    "stack": lambda: mg.stack([mg.ones(2), torch.ones(2)]),
}


@pytest.mark.parametrize("name", CALLS)
def test_both_libraries_refuse_the_others_tensors(name):
    with pytest.raises(TypeError):
        CALLS[name]()


def test_both_libraries_copy_the_others_tensors():
    assert torch.tensor(mg.ones(2).tolist()).tolist() == [1, 1]
    assert torch.as_tensor(mg.ones(2)).tolist() == [1, 1]
    assert mg.from_dlpack(torch.ones(2)).tolist() == [1, 1]
