"""The examples of docstrings run and print what stands there."""

import doctest
import importlib
from pathlib import Path

import docs_reference
import mocrograd as mg
import pytest

PACKAGE = Path(mg.__file__).parent
MODULES = sorted(
    ".".join(["mocrograd", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8") and "as_torch" not in path.parts
)
NEEDS = {"mocrograd.utils.tensorboard.writer": ("tensorboard",), "mocrograd.onnx": ("onnx",)}
"""What examples use that need not be installed."""
FINDER = doctest.DocTestFinder(exclude_empty=True)


def examples(module):
    """Return the examples of a module's docstrings, also of objects that are methods by now."""
    return [test for test in FINDER.find(module, globs={"__name__": "example"}) if test.examples]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_docstrings_print_what_they_say(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for needed in NEEDS.get(name, ()):
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    found = examples(importlib.import_module(name))
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    report = []
    for test in found:
        runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)


def test_most_examples_are_found():
    assert sum(len(examples(importlib.import_module(name))) for name in MODULES) > 40


WITHOUT = {
    "mocrograd.nn": {"DataParallel", "LinearCrossEntropyLoss", "NLLLoss2d", "RNNBase", "RNNCellBase",
                     "UninitializedBuffer", "UninitializedParameter"},
    "mocrograd.nn.init": {"Generator", "Tensor", "no_grad", "qr", "skipped"},
    "mocrograd.nn.utils": {"fuse_conv_bn_weights", "fuse_linear_bn_weights"},
    "mocrograd.optim": set(),
    "mocrograd.optim.lr_scheduler": set(),
    "mocrograd.distributions": {"biject_to", "identity_transform", "transform_to"},
    "mocrograd.random": {"seed"},
    "mocrograd.safetensors": {"SafetensorError"},
    "mocrograd.transforms": {"InterpolationMode", "PILToTensor", "ToPILImage"},
    "mocrograd.utils.data": set(),
}  # fmt: skip
"""What has no example: base classes, second names, parts of other functions, and what needs a GPU or Pillow."""


@pytest.mark.parametrize("name", WITHOUT)
def test_public_names_have_an_example(name):
    module = docs_reference.resolve(name)
    public = {each: getattr(module, each) for each in docs_reference.public_names(module)}
    missing = {each for each, found in public.items() if callable(found) and ">>> " not in (found.__doc__ or "")}
    assert missing <= WITHOUT[name]


def test_a_wrong_example_is_found():
    test = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "a", "a", 0)
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(test, out=lambda text: None)
    assert runner.failures == 1
