"""The checks that lint runs: imports point down, files stay short, pixi.toml and pyproject.toml agree."""

from __future__ import annotations

import check_layers
import check_pixi
import check_size
import pytest


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def python_violations(tmp_path, name, text):
    write(tmp_path, {f"pyfront/mocrograd/{name}.py": text})
    return list(check_layers.python_violations(tmp_path))


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("tensor", "from mocrograd.nn import Linear", "tensor must not import mocrograd.nn"),
        ("tensor", "from . import nn", "tensor must not import mocrograd.nn"),
        ("ops/matmul", "from ..optim.sgd import SGD", "ops must not import mocrograd.optim"),
        ("autograd", "def f():\n    import mocrograd.tensor", "autograd must not import mocrograd.tensor"),
        ("nn/linear", "import mocrograd as mg", "nn must not import mocrograd.__init__"),
        ("nn/linear", "from mocrograd import no_grad", "nn must not import mocrograd.__init__"),
        ("ops/matmul", "from mocrograd._kernels import core", "only backend/extensions.py may import"),
        ("backend/memory", "from mocrograd._kernels import core", "only backend/extensions.py may import"),
        ("cli", "import mocrograd._kernels.core", "only backend/extensions.py may import"),
        ("surprise", "", "surprise has no layer yet"),
    ],
)
def test_an_import_that_points_up_is_found(tmp_path, name, text, fault):
    (line,) = python_violations(tmp_path, name, text)
    assert fault in line
    assert line.startswith(f"pyfront/mocrograd/{name}.py:")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("backend/extensions", "from mocrograd._kernels import core\nimport numpy"),
        ("nn/linear", "from mocrograd import ops\nfrom mocrograd.tensor import Tensor\nfrom . import init"),
        ("train/trainer", "import mocrograd as mg\nfrom ..nn import Module"),
        ("autograd", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .tensor import Tensor"),
    ],
)
def test_an_import_that_points_down_is_allowed(tmp_path, name, text):
    assert python_violations(tmp_path, name, text) == []


def test_mojo_imports_point_from_ext_to_kernels_to_runtime(tree):
    assert list(check_layers.mojo_violations(tree)) == []
    write(tree, {"mojo_kernels/runtime/loops.mojo": "from ..reduce import x\n"})
    write(tree, {"mojo_kernels/reduce/__init__.mojo": "from mojo_kernels.ext.core import y\n"})
    up = {line.split(":")[0] for line in check_layers.mojo_violations(tree)}
    assert up == {"mojo_kernels/reduce/__init__.mojo", "mojo_kernels/runtime/loops.mojo"}


@pytest.mark.parametrize(
    ("lower", "upper"), [("runtime.loops", "numerics.gamma"), ("numerics.gamma", "scan"), ("scan", "python.call")]
)
def test_the_houses_of_mojo_stand_on_each_other(tmp_path, lower, upper):
    for importing, imported, found in ((upper, lower, 0), (lower, upper, 1)):
        write(tmp_path, {f"mojo_kernels/{imported.replace('.', '/')}.mojo": ""})
        write(tmp_path, {f"mojo_kernels/{importing.replace('.', '/')}.mojo": f"from mojo_kernels.{imported} import x"})
        assert len(list(check_layers.mojo_violations(tmp_path))) == found


def test_a_circle_is_found(tmp_path):
    package = "pyfront/mocrograd"
    files = {
        f"{package}/nn/a.py": "from mocrograd.nn import b",
        f"{package}/nn/b.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .c import C",
        f"{package}/nn/c.py": "def f():\n    import mocrograd.nn.a",
        f"{package}/nn/d.py": "from .a import x",
    }
    write(tmp_path, {f"{package}/__init__.py": "", f"{package}/nn/__init__.py": "", **files})
    (circle,) = check_layers.circles(check_layers.python_graph(tmp_path))
    names = [f"mocrograd.nn.{name}" for name in "abca"]
    assert circle == names


def test_a_circle_of_mojo_files_is_found(tmp_path):
    files = {
        "mojo_kernels/__init__.mojo": "",
        "mojo_kernels/reduce/__init__.mojo": "from mojo_kernels.reduce.combine import Sum\n",
        "mojo_kernels/reduce/combine.mojo": "",  # its package is no circle
        "mojo_kernels/runtime/a.mojo": "from mojo_kernels.runtime.b import x\n",
        "mojo_kernels/runtime/b.mojo": "from mojo_kernels.runtime.a import y\n",
    }
    write(tmp_path, files)
    (circle,) = check_layers.circles(check_layers.mojo_graph(tmp_path))
    assert circle == [f"mojo_kernels/runtime/{name}.mojo" for name in "aba"]


@pytest.mark.parametrize("name", ["mojo_kernels/long.mojo", "pyfront/long.py"])
def test_a_long_file_is_found(tmp_path, name):
    limit = check_size.MOST_LINES
    write(tmp_path, {"pyfront/a.py": "\n" * limit, "mojo_kernels/b.mojo": "\n" * limit, name: "\n" * (limit + 1)})
    assert check_size.too_long(tmp_path) == [f"{name}: {limit + 1} lines, at most {limit}"]


def test_docstrings_comments_and_blank_lines_are_no_code(tmp_path):
    code, rest = check_size.MOST_CODE, '"""A\ndocstring."""\n\n# a comment\n'
    mojo = "fn f() raises -> Int:\n    return 1\n"
    write(
        tmp_path,
        {
            "pyfront/right.py": rest * 10 + "x = 1\n" * code,
            "pyfront/long.py": rest + "x = 1\n" * (code + 1),
            "pyfront/text.py": "x = 1\n" * (code - 1) + 'y = """two\nlines"""\n',
            "mojo_kernels/right.mojo": mojo * (code // 2) + rest,
            "mojo_kernels/long.mojo": mojo * (code // 2) + rest + "comptime A = 1\n",
        },
    )
    found = f"{code + 1} lines of code, at most {code}"
    files = ("mojo_kernels/long.mojo", "pyfront/long.py", "pyfront/text.py")
    assert check_size.too_long(tmp_path) == [f"{file}: {found}" for file in files]


def test_different_versions_in_pixi_are_found():
    pyproject = {
        "build-system": {"requires": ["mojo==1.2.0"]},
        "project": {
            "requires-python": ">=3.10",
            "dependencies": ["numpy>=1.26"],
            "optional-dependencies": {"plot": ["matplotlib>=3.8"]},
        },
    }
    pins = {"python": ">=3.10", "numpy": ">=1.26", "matplotlib-base": ">=3.8", "mojo": "==1.2.0"}
    assert check_pixi.differences(pyproject, {"dependencies": pins}) == []
    pins["mojo"] = "==1.1.0"
    del pins["numpy"]
    assert check_pixi.differences(pyproject, {"dependencies": pins}) == [
        "mojo: pyproject.toml asks for '==1.2.0', pixi.toml for '==1.1.0'",
        "numpy: pyproject.toml asks for '>=1.26', pixi.toml for None",
    ]


def test_pixi_and_pyproject_agree():
    assert check_pixi.main([]) == 0
