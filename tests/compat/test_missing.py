"""Each public name of torch is here, or an error says what it is, whether it is planned and what to use instead."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mocrograd.torch import missing

ROOT = Path(__file__).resolve().parents[2]
WALK = """
import importlib, json, sys
import torch

def error(code, names):
    try:
        exec(code, names)
    except (AttributeError, ImportError) as found:
        return f"{type(found).__mro__[1].__name__}: {found}"

found = {}
for line in open(sys.argv[1], encoding="utf-8"):
    path, _, names = line.partition(":")
    module = f"torch.{path}".rstrip(".")
    for name in names.split():
        code = f"x.{name}"
        if module.endswith((".Tensor", ".Module")):
            problems = [error(code, {"x": torch.Tensor})] if module.endswith("Tensor") else []
        else:
            try:
                home = importlib.import_module(module)
            except ImportError as fault:
                found[path] = [f"ImportError: {fault}"]
                continue
            problems = [error(code, {"x": home}), error(f"from {module} import {name}", {})]
            if problems[0] is None and problems[1] is None:
                continue
        if any(problems):
            found[f"{path}.{name}".lstrip(".")] = problems
json.dump(found, sys.stdout)
"""


def run(code, *arguments, folder=ROOT, **environment):
    """Return what a program prints over mocrograd."""
    done = subprocess.run(
        [sys.executable, "-m", "mocrograd", "run", "-c", code, *arguments],
        cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_name_that_is_not_there_is_explained():
    found = json.loads(run(WALK, str(Path(missing.__file__).with_name("names.txt"))))
    assert found["package"][0] == (
        "ImportError: No module named 'torch.package': packages of code and weights in one file, not planned; use "
        "state_dict and torch.save"
    )
    assert found["miopen_rnn"] == [
        f"{kind}: {text}: calls and switches of libraries that torch is built with, not planned; use the function without "
        "the library's name"
        for kind, text in (
            ("AttributeError", "module 'torch' has no attribute 'miopen_rnn'"),
            ("ImportError", "cannot import name 'miopen_rnn' from 'torch'"),
        )
    ]
    unexplained = {
        path: texts
        for path, texts in found.items()
        if not all(texts) or not all("planned; use " in text for text in texts)
    }
    assert not unexplained


def test_the_list_of_names_is_torchs(torch):
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "torch_names.py", "--check"], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "sparse.SparseSemiStructuredTensor",
            "rarer functions of sparse tensors, not planned; use sparse_coo_tensor, sparse_csr_tensor, "
            "sparse_bsr_tensor and sparse.mm",
        ),
        ("nn.quantized.Linear", "quantised numbers, not planned; use float32"),
        ("cudnn_convolution", "not planned; use the function without the library's name"),
        ("_C._jit_pass", "extensions in C++, compiled against torch, not planned; use mocrograd.kernel_library"),
        ("_inductor.config", "a private part of torch"),
        ("nn.functional.nonsense", "torch 2.13.0, whose names mocrograd has, has no such name either"),
        ("nonsense.relu", "has no such name either"),
        ("distributed.fsdp.FullyShardedDataParallel", "training by several processes, planned"),
    ],
)
def test_sentences(path, text):
    assert text in missing.explain(path)


def test_a_package_that_wants_another_torch_is_named(tmp_path):
    (tmp_path / "newest").mkdir()
    (tmp_path / "newest" / "__init__.py").write_text("from torch.nn import BrandNewLayer\n")
    (tmp_path / "newest-7.1.dist-info").mkdir()
    (tmp_path / "newest-7.1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: newest\nVersion: 7.1\n")
    (tmp_path / "newest-7.1.dist-info" / "top_level.txt").write_text("newest\n")
    code = "try:\n    import newest\nexcept ImportError as error:\n    print(error)"
    assert run(code, folder=tmp_path) == (
        "cannot import name 'BrandNewLayer' from 'torch.nn': torch 2.13.0, whose names mocrograd has, has no such name "
        "either (asked for by newest 7.1)\n"
    )


QUESTIONS = """
import torch
print(hasattr(torch, "package"), getattr(torch, "miopen_rnn", 3), hasattr(torch.nn, "nonsense"))
print(hasattr(torch.ones(1), "q_scale"))
print(torch.nn.functional.relu(torch.ones(1)).item(), torch.optim.SGD.__name__, hasattr(torch, "__path__"))
for ask in (lambda: torch.ops.mine.add, lambda: torch._C.nonsense, lambda: torch.ones(1).q_scale()):
    try:
        ask()
    except AttributeError as error:
        print(error)
"""


def test_questions_are_answered_as_ever():
    assert run(QUESTIONS).splitlines() == [
        "False 3 False",
        "False",
        "1.0 SGD True",
        "'_OpNamespace' 'mine' object has no attribute 'add': torch.library defines none, and extensions "
        "compiled against torch cannot run without it",
        "module 'torch._C' has no attribute 'nonsense': extensions in C++, compiled against torch, not planned; use "
        "mocrograd.kernel_library, for kernels in Mojo",
        "class 'torch.Tensor' has no attribute 'q_scale': quantised numbers, not planned; use float32",
    ]


def test_plain_programs_have_no_sentences():
    code = "import mocrograd as mg; print(hasattr(mg.Tensor, 'q_scale'), 'q_scale' in dir(mg.Tensor), '__getattr__' in vars(mg.nn))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout == "False False False\n"
