"""Hooks of all modules, and what is built of them: names of running modules, counted operations."""

import mocrograd as mg
import pytest
from mocrograd import nn
from mocrograd.nn import module as modules
from mocrograd.utils.flop_counter import FlopCounterMode


def names(m):
    """Returns what hooks of all modules and of one saw, in order."""
    torch_modules = modules if m is mg else __import__("torch").nn.modules.module
    net = m.nn.Sequential(m.nn.Linear(2, 3), m.nn.ReLU())
    seen = []

    def note(what):
        return lambda module, *rest: seen.append((what, type(module).__name__, len(rest)))

    net[0].register_forward_hook(note("own"))
    handles = [
        torch_modules.register_module_forward_pre_hook(note("before")),
        torch_modules.register_module_forward_hook(note("after"), with_kwargs=True),
        torch_modules.register_module_full_backward_pre_hook(note("backward before")),
        torch_modules.register_module_full_backward_hook(note("backward")),
    ]
    net(m.ones(4, 2, requires_grad=True)).sum().backward()
    for handle in handles:
        handle.remove()
    net(m.ones(4, 2))
    return seen


def test_hooks_of_all_modules(torch):
    assert names(mg) == names(torch)


def test_calls_cost_nothing_more_once_they_are_removed():
    before = nn.Module.__call__
    with modules.register_module_forward_hook(lambda module, args, output: output * 2):
        assert nn.Identity()(mg.ones(1)).item() == 2
        assert nn.Module.__call__ is not before
    assert nn.Module.__call__ is before


def counted(m, counter):
    """Returns the operations by module of a forward pass, and of one step."""
    m.manual_seed(0)
    conv = m.nn.Sequential(m.nn.Conv2d(3, 8, 3, 2, 1), m.nn.ReLU(), m.nn.Conv2d(8, 8, 3, padding=1, groups=2))
    net = m.nn.Sequential(conv, m.nn.Flatten(2), m.nn.Linear(64, 5), m.nn.Flatten(), m.nn.Linear(40, 2))
    with counter(display=False) as forward:
        x = net(m.ones(2, 3, 16, 16))
        m.bmm(x[None], x.T[None])
    dense = m.nn.Sequential(m.nn.Linear(3, 4), m.nn.Tanh(), m.nn.Linear(4, 5))
    with counter(display=False) as step:
        dense(m.ones(7, 3)).sum().backward()
    return [
        {name: sum(counts.values()) for name, counts in found.get_flop_counts().items()} for found in (forward, step)
    ]


def test_operations_by_module_are_those_of_torch(torch):
    from torch.utils.flop_counter import FlopCounterMode as Theirs

    assert counted(mg, FlopCounterMode) == counted(torch, Theirs)


def test_table_of_operations(capsys):
    model = nn.Sequential(nn.Linear(80, 40), nn.ReLU())
    with FlopCounterMode(depth=1):
        model(mg.ones(16, 80))
        mg.ones(100, 100) @ mg.ones(100, 10)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["Module", "FLOP", "%", "Total"]
    assert lines[2:] == [
        ["Global", "302.400K", "100.00%"],
        ["-", "matmul", "302.400K", "100.00%"],
        ["Sequential", "102.400K", "33.86%"],
        ["-", "matmul", "102.400K", "33.86%"],
    ]
    with FlopCounterMode():
        pass
    assert capsys.readouterr().out.splitlines()[-1].split() == ["Global", "0", "0%"]
    with pytest.raises(NotImplementedError, match="custom_mapping"):
        FlopCounterMode(custom_mapping={"mm": len})
