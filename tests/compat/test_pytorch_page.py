"""The page of torch's names is true: what it says is found again, without torch what needs none."""

from fnmatch import fnmatchcase

import pytest
import pytorch_page
import torch_describe
from mocrograd.torch import missing


def test_what_is_refused_is_on_the_page_with_its_reason():
    assert pytorch_page.difference() == ""


def test_a_refusal_that_the_page_does_not_have_is_found(monkeypatch):
    shown = pytorch_page.refused_on_the_page()
    assert shown["jit.save"].startswith("programs of TorchScript")
    monkeypatch.setattr(pytorch_page, "ours", lambda: {"relu": {"kind": "absent"}, "add": {"kind": "function"}})
    monkeypatch.setattr(pytorch_page, "refused_on_the_page", lambda: {"relu": missing.explain("relu"), "add": "no"})
    assert pytorch_page.difference() == "add"


def test_each_name_is_on_the_page():
    text = pytorch_page.PAGE.read_text(encoding="utf-8")
    for part in text.split("\n## ")[1:]:
        module, _, body = part.partition("\n")
        absent = [name for name in missing._names()[module.partition(".")[2]] if f"`{name}`" not in body]
        assert not absent, module


def test_the_page_is_up_to_date(torch):
    assert pytorch_page.PAGE.read_text(encoding="utf-8") == pytorch_page.page(), "run scripts/run pytorch-page"


FOUND = """
import sys
sys.path.insert(0, sys.argv[1])
import json
import torch_describe

def refuses(a, *, b):
    raise NotImplementedError("no such device")

def works(a, b=1):
    return a

def other(**options):
    if options:
        raise TypeError("got an unexpected keyword argument 'c'")

class Kind:
    def __init__(self):
        self.stored = 1

home = type(sys)("home")
home.__dict__.update(refuses=refuses, works=works, other=other, Kind=Kind)
tried = {"works": ["a", "c"], "other": ["c"], "refuses": ["a"], "Kind": ["a"]}
made = {name: torch_describe._Described(home, "", name).entry(set(), words) for name, words in tried.items()}
json.dump(made, sys.stdout)
"""


def test_what_is_found_by_trying():
    found = pytorch_page.described("-m", "mocrograd", "run", "-c", FOUND, str(pytorch_page.ROOT / "scripts"))
    assert found["refuses"] == {"kind": "function", "refuses": "no such device", "takes": ["a"]}
    assert found["works"] == {"kind": "function", "refuses": "", "takes": ["a"]}
    assert found["other"]["takes"] == []
    assert "stored" in found["Kind"]["has"]


@pytest.mark.parametrize(
    ("here", "there", "words"),
    [
        ({"kind": "function"}, {"kind": "class"}, "a function here, a class in torch"),
        ({"kind": "function", "takes": ["a"]}, {"kind": "function", "takes": ["a", "out"]}, "without `out`"),
        ({"kind": "class", "takes": [], "has": ["a"]}, {"kind": "class", "members": ["a", "b"]}, "without the members `b`"),
        ({"kind": "value", "made": False}, {"kind": "value", "made": True}, "there are no tensors of it"),
    ],
)  # fmt: skip
def test_limits(here, there, words):
    (found,) = pytorch_page.limits("nonsense", here, there)
    assert words in found


def test_every_pattern_of_limits_is_of_a_name():
    paths = [f"{path}.{name}".lstrip(".") for path, names in torch_describe.names().items() for name in names]
    for patterns in pytorch_page.LIMITS:
        assert all(any(fnmatchcase(path, one) for path in paths) for one in patterns.split()), patterns
