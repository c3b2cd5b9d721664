"""torch's name for mocrograd: in the program, in what it asks of Python about torch, and in its children."""

import os
import pickle
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mocrograd.compat import imports

CHILDREN = Path(imports.__file__).parent.parent / "as_torch" / "children"


def python(*arguments, folder=None, **environment):
    """Return what a program prints, which must end well and leave no warning."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


QUESTIONS = """
import importlib.metadata as metadata, importlib.util
found = {name: importlib.util.find_spec(name) for name in ("torch", "torch.nn.functional", "torch.nothing", "torchvision")}
print({name: spec and (spec.name, spec.origin.rpartition("mocrograd")[2]) for name, spec in found.items()})
print(metadata.version("torch"), metadata.metadata("torch")["Name"], "torch" in metadata.packages_distributions()["torch"])
import torch
import torch.version, torch.torch_version
print(torch.__version__ >= (2, 1), torch.__version__ > "2.9", torch.version.cuda, torch.__version__ == torch.version.__version__)
print(torch.float16, torch.ones(2, 3).shape, torch.ones(2).type(), torch.device("cuda"), torch.preserve_format)
print(torch.ones(2, dtype=torch.float64))
"""
ANSWERS = """{'torch': ('torch', '/torch/__init__.py'), 'torch.nn.functional': ('torch.nn.functional', \
'/nn/functional/__init__.py'), 'torch.nothing': None, 'torchvision': None}
2.13.0 torch True
True True None True
torch.float16 torch.Size([2, 3]) torch.FloatTensor cuda torch.preserve_format
tensor([1., 1.], dtype=torch.float64)
"""


@pytest.mark.parametrize("way", ["script", "module", "code", "line"])
def test_ways_in(tmp_path, way):
    (tmp_path / "program.py").write_text(("import mocrograd.as_torch\n" if way == "line" else "") + QUESTIONS)
    arguments = {
        "script": ["-m", "mocrograd", "run", "program.py"],
        "module": ["-m", "mocrograd", "run", "-m", "program"],
        "code": ["-m", "mocrograd", "run", "-c", QUESTIONS],
        "line": ["program.py"],
    }[way]
    assert python(*arguments, folder=tmp_path) == ANSWERS


@pytest.mark.parametrize("arguments", [["script.py"], ["-m", "script"]])
def test_arguments_are_the_programs(tmp_path, arguments):
    (tmp_path / "script.py").write_text("import sys\nprint(sys.argv[1:], __name__)\n")
    assert python("-m", "mocrograd", "run", *arguments, "-m", "x", "-c", "--lr", "3", folder=tmp_path) == (
        "['-m', 'x', '-c', '--lr', '3'] __main__\n"
    )


def test_nothing_to_run():
    done = subprocess.run([sys.executable, "-m", "mocrograd", "run"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (2, "mocrograd: error: run needs a script, -m MODULE or -c CODE\n")


def test_a_torch_that_was_imported_first_keeps_its_name(tmp_path):
    (tmp_path / "torch.py").write_text("__version__ = 'its own'\n")
    code = "import torch\ntry:\n    import mocrograd.as_torch\nexcept RuntimeError as error:\n    print(error)\nprint(torch.__version__)"
    found = python("-c", code, folder=tmp_path)
    assert found == "torch has been imported already: its name is taken\nits own\n"


PROGRAM = """
import multiprocessing, subprocess, sys
import torch
from torch.utils.data import DataLoader, Dataset

class Numbers(Dataset):
    def __len__(self):
        return 4
    def __getitem__(self, i):
        return asked(i)

def asked(i):
    import torch
    return torch.full((2,), i), torch.__name__

if __name__ == "__main__":
    method = sys.argv[1]
    if method == "subprocess":
        code = "import torch.nn.functional as F, torch; print(F.relu(torch.tensor(-1.0)).item(), torch.__name__)"
        print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout, end="")
    else:
        with multiprocessing.get_context(method).Pool(1) as pool:
            print([(x.tolist(), name) for x, name in pool.map(asked, [1])])
        for batch, names in DataLoader(Numbers(), batch_size=4, num_workers=1, multiprocessing_context=method):
            print(batch.sum().item(), set(names))
"""


@pytest.mark.parametrize("method", ["subprocess", "fork", "spawn", "forkserver"])
def test_children_inherit_it(tmp_path, method):
    (tmp_path / "program.py").write_text(PROGRAM)
    found = python("-m", "mocrograd", "run", "program.py", method, folder=tmp_path)
    own = "[([1, 1], 'mocrograd.torch')]\n12 {'mocrograd.torch'}\n"
    assert found == ("0.0 mocrograd.torch\n" if method == "subprocess" else own)


def test_a_child_has_its_parents_package(tmp_path):
    root = CHILDREN.parents[2]
    code = f"import sys; sys.path.insert(0, {str(root)!r}); import mocrograd.as_torch, subprocess; "
    code += "print(subprocess.run([sys.executable, '-c', 'import torch; print(torch.__name__)'], capture_output=True, text=True).stdout)"
    assert python("-c", code, folder=tmp_path, PYTHONPATH="") == "mocrograd.torch\n\n"


def child(code, folder, **environment):
    """Return what a child of a program prints."""
    environment = {
        "PYTHONPATH": os.pathsep.join([str(CHILDREN), str(folder)]),
        "MOCROGRAD_AS_TORCH": sys.prefix,
    } | environment
    return python("-c", code, folder=folder, **environment)


def test_a_sitecustomize_of_the_users_runs_too(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.own = 'ran'\n")
    code = f"import sys, sitecustomize; print(sys.own, sitecustomize.__file__, {str(CHILDREN)!r} in sys.path)"
    assert child(code, tmp_path) == f"ran {tmp_path / 'sitecustomize.py'} False\n"
    (tmp_path / "sitecustomize.py").unlink()
    assert child(f"import sys; print({str(CHILDREN)!r} in sys.path)", tmp_path) == "False\n"


def test_a_fault_in_the_users_sitecustomize_is_shown(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import nothing_at_all\n")
    with pytest.raises(AssertionError, match="nothing_at_all"):
        child("pass", tmp_path)


def test_another_python_keeps_its_torch(tmp_path):
    (tmp_path / "torch.py").write_text("answer = 'its own'\n")
    assert child("import torch; print(torch.answer)", tmp_path, MOCROGRAD_AS_TORCH="/another/prefix") == "its own\n"
    with pytest.raises(AssertionError, match="answer"):
        child("import torch; print(torch.answer)", tmp_path)


def test_a_child_without_torch_imports_nothing(tmp_path):
    code = "import sys; print(sorted({'mocrograd', 'numpy', 'typing', 'importlib.util'} & set(sys.modules)))"
    plain = python("-c", code, folder=tmp_path)
    assert child(code, tmp_path) == plain
    assert "mocrograd" not in plain


def test_what_importlib_says_in_a_child(tmp_path):
    code = "import importlib.util, importlib.metadata as m, sys; print(m.version('pip'), 'mocrograd' in sys.modules); "
    code += "print(importlib.util.find_spec('torchvision'), m.version('torch'), 'torch' in m.packages_distributions())"
    assert child(code, tmp_path).split("\n", 1)[1] == "None 2.13.0 True\n"


COMPILED = """
import importlib.util
print(importlib.util.find_spec("xformers") is not None)
try:
    import xformers.ops
except ImportError as error:
    print(error.name, error)
try:
    import flash_attn
except ModuleNotFoundError as error:
    print(error)
"""


def test_packages_compiled_against_torch(tmp_path):
    (tmp_path / "xformers").mkdir()
    (tmp_path / "xformers" / "__init__.py").write_text("raise RuntimeError('libtorch.so')\n")
    (tmp_path / "program.py").write_text(COMPILED)
    assert python("-m", "mocrograd", "run", "program.py", folder=tmp_path) == (
        "True\nxformers xformers is compiled against torch's own libraries, which mocrograd, here under the name torch, "
        "does not have: use what the program does without it\nNo module named 'flash_attn'\n"
    )


UNPICKLES = """
import pickle, sys
import torch
with open("objects.pkl", "rb") as file:
    for found in pickle.load(file):
        print(found)
"""


def test_pickles_with_torchs_names(torch, tmp_path):
    from collections import OrderedDict

    objects = [
        OrderedDict(a=1), torch.float32, torch.bfloat16, torch.device("cuda:1"), torch.Size([2, 3]), torch.nn.Linear,
        torch.nn.functional.relu, torch.optim.SGD, torch.utils.data.TensorDataset, torch.nn.Conv2d, torch.float8_e4m3fn,
    ]  # fmt: skip
    (tmp_path / "objects.pkl").write_bytes(pickle.dumps(objects))
    (tmp_path / "program.py").write_text(UNPICKLES)
    lines = python("-m", "mocrograd", "run", "program.py", folder=tmp_path).splitlines()
    assert lines[:5] == [str(x) for x in objects[:5]]
    assert lines[5] == "<class 'mocrograd.nn.linear.Linear'>"
    assert len(lines) == len(objects)


def test_the_cost_of_a_child(tmp_path):
    def seconds(**environment):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], cwd=tmp_path, env=os.environ | environment, check=True)
        return time.perf_counter() - start

    folders = {"PYTHONPATH": str(CHILDREN), "MOCROGRAD_AS_TORCH": sys.prefix}
    pairs = [(seconds(PYTHONPATH=str(tmp_path)), seconds(**folders)) for _ in range(9)]
    plain, hooked = (statistics.median(times) for times in zip(*pairs))
    assert hooked < 1.5 * plain + 0.02


def test_torchvision_is_not_reported_after_its_import():
    code = (
        "import importlib.util as u, torchvision, sys; print('torchvision' in sys.modules, u.find_spec('torchvision')"
    )
    code += ", u.find_spec('json') is not None, u.find_spec('torch') is not None)"
    done = subprocess.run(
        [sys.executable, "-m", "mocrograd", "run", "-c", code], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.split() == ["True", "None", "True", "True"], done.stderr
