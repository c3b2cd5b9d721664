"""torch's version as programs ask for it: text that compares as versions do."""

import itertools
import operator

import pytest
from mocrograd.torch import torch_version, version

VERSIONS = ["2.13.0", "2.13", "2.9.1", "2.10", "2.13.0+cpu", "2.13.0rc1", "2.13.0a0", "2.13.0.dev2026", "2.13.0.post1",
            "3", "2.13.0a0.dev1", "2.13.0b2", "1.13.1+cu117", "gibberish", "2.13.0a0+git1234"]  # fmt: skip
OPERATORS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


def test_what_it_is():
    import mocrograd.torch as torch

    found = torch.__version__
    assert isinstance(found, str)
    assert str(found) == version.__version__ == "2.13.0"
    assert found.split(".")[:2] == ["2", "13"]
    assert (version.cuda, version.hip, version.debug) == (None, None, False)
    assert {found: 1}["2.13.0"] == 1


@pytest.mark.parametrize(("a", "b"), list(itertools.permutations(VERSIONS, 2)))
def test_text_is_ordered_as_by_torch(torch, a, b):
    theirs = torch.torch_version.TorchVersion
    for compare in OPERATORS:
        assert compare(torch_version.TorchVersion(a), b) == compare(theirs(a), b), compare.__name__


@pytest.mark.parametrize("other", [(2, 0), (2, 13), (2, 13, 0), (2, 13, 1), (3,), [1, 13], ("2", "13")])
def test_tuples(torch, other):
    for compare in OPERATORS:
        ours, theirs = torch_version.TorchVersion("2.13.0"), torch.torch_version.TorchVersion("2.13.0")
        assert compare(ours, other) == compare(theirs, other), compare.__name__
