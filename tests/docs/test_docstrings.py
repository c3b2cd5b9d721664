"""The examples of docstrings run and print what stands there, and every public name has one."""

import doctest
import importlib
import re
from pathlib import Path

import docs_reference
import mocrograd as mg
import pytest
from distributed import ranks

PACKAGE = Path(mg.__file__).parent
MODULES = sorted(
    ".".join(["mocrograd", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8") and not {"as_torch", "distributed"} & set(path.parts)
)
NEEDS = {
    "mocrograd.utils.tensorboard.writer": ("tensorboard",), "mocrograd.onnx": ("onnx",),
    "mocrograd.onnx.exporting": ("onnx",), "mocrograd.onnx.loading": ("onnx",), "mocrograd.onnx.errors": ("onnx",),
    "mocrograd.onnx.load_module": ("onnx",), "mocrograd.datasets.tables": ("pandas",),
    "mocrograd.datasets.folder": ("PIL",), "mocrograd.transforms.conversions": ("PIL",),
}  # fmt: skip
"""What examples use that need not be installed."""
FINDER = doctest.DocTestFinder(exclude_empty=True)
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def examples(module):
    """Return the examples of a module's docstrings, also of objects that are methods by now."""
    return [test for test in FINDER.find(module, globs={"__name__": "example"}) if test.examples]


def public():
    """Yield the public names of the reference, with what they are, without constants."""
    for module in docs_reference.MODULES:
        owner = docs_reference.resolve(module)
        for name in docs_reference.public_names(owner):
            if callable(getattr(owner, name)):
                yield f"{module}.{name}", getattr(owner, name)


def run(tests):
    """Run examples; return what is wrong with them."""
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    report = []
    for test in tests:
        runner.run(test, out=report.append)
    return "".join(report)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_docstrings_print_what_they_say(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for needed in NEEDS.get(name, ()):
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    assert run(examples(importlib.import_module(name))) == ""


def test_the_examples_of_functions_that_are_made_print_what_they_say():
    """A maker writes their docstrings, so they stand in no file."""
    written = {test.docstring for name in MODULES for test in examples(importlib.import_module(name))}
    made = {found.__doc__: name for name, found in public() if ">>> " in (found.__doc__ or "")}
    parser = doctest.DocTestParser()
    tests = [
        parser.get_doctest(doc, {"__name__": "example"}, name, None, 0)
        for doc, name in made.items()
        if doc not in written and ".distributed." not in name
    ]
    assert len(tests) > 25
    assert run(tests) == ""


def test_the_examples_of_two_processes_print_what_they_say():
    pytest.importorskip("mpi4py", reason="mpi4py is not installed")
    assert ranks.well("docstrings.py").count("examples are right") == 2


def test_most_examples_are_found():
    assert sum(len(examples(importlib.import_module(name))) for name in MODULES) > 1000


WITHOUT = {
    r"mocrograd\.(Tensor\.)?\w+_|mocrograd\.nn\.functional\.\w+_": "in place: the example is the function's",
    r"mocrograd\.(binary_cross_entropy_with_logits|cosine_embedding_loss|ctc_loss|hinge_embedding_loss|kl_div"
    r"|margin_ranking_loss|poisson_nll_loss|triplet_margin_loss)": "nn.functional has the example",
    r"mocrograd\.Tensor\.(ccol_indices|coalesce|col_indices|crow_indices|indices|is_coalesced|row_indices|smm|sspaddmm|values)":
        "of sparse tensors, whose page has the example",
    r"mocrograd\.Tensor\.(cuda|pin_memory|record_stream)|mocrograd\.nn\.DataParallel": "needs a GPU",
    r"mocrograd\.cuda\.\w+": "needs a GPU, or does nothing; docs/gpu.md shows how GPUs are used",
    r"mocrograd\.distributed\.((File|Hash|TCP)?Store|is_nccl_available)": "there is none, or it needs a GPU",
    r"mocrograd\.distributed\.(init|destroy)_process_group": "the program of the examples begins and ends with them",
    r"mocrograd\.distributions\.(biject_to|transform_to|identity_transform)": "a table, whose class has the example",
    r"mocrograd\.export\.(native|max_graph)": "compiles for long: docs/c.md and docs/max.md run it",
    r"mocrograd\.datasets\.(CIFAR100?|FashionMNIST|KMNIST|MNIST|VisionDataset)": "needs files of the data set",
    r"mocrograd\.nn\.(RNNBase|RNNCellBase|UninitializedBuffer|UninitializedParameter|init\.skipped)": "a base or a part",
    r"mocrograd\.(nn\.NLLLoss2d|nn\.functional\.upsample_\w+|Tensor\.lu|linalg\.diagonal)": "a second name",
    r"mocrograd\.((Tensor\.)?(is_conj|is_neg|chalf)|autograd\.PostAccumulateHook|onnx\.UnsupportedNodeError|scalar\.draw_dot)":
        "says all in its sentence",
    r"mocrograd\.profiler\.(Roof|roof)": "measures for seconds; docs/performance.md shows it",
    r"mocrograd\.train\.(LearningRateFinder|TensorBoardLogger)": "docs/training.md shows it",
}  # fmt: skip
"""The public names without an example, and why."""


def reason(name):
    """Return why a name has no example; None where there is no reason."""
    return next((why for pattern, why in WITHOUT.items() if re.fullmatch(pattern, name)), None)


def test_each_public_name_has_an_example_or_a_reason():
    missing = {name for name, found in public() if ">>> " not in (found.__doc__ or "") and reason(name) is None}
    assert sorted(missing) == []


def test_each_reason_is_needed():
    bare = [name for name, found in public() if ">>> " not in (found.__doc__ or "")]
    unused = [pattern for pattern in WITHOUT if not any(re.fullmatch(pattern, name) for name in bare)]
    assert unused == []


def test_each_public_function_says_what_it_returns():
    bare = [name for name, found in public() if len((found.__doc__ or "").split()) < 3]
    assert bare == []


def test_a_wrong_example_is_found():
    test = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "a", "a", 0)
    assert "Expected:\n    3\nGot:\n    2" in run([test])
