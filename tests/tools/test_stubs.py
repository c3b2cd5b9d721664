"""The stubs agree with the package, are shipped with it, and hide no module from mypy."""

from __future__ import annotations

import ast
import inspect

import check_pixi
import mocrograd as mg
import pytest
import stubs
from hatchling.builders.wheel import WheelBuilder


def test_the_stubs_are_those_of_the_package():
    assert [path.name for path, text in stubs.stubs().items() if path.read_text(encoding="utf-8") != text] == []


def test_the_check_fails_where_a_stub_is_out_of_date(tmp_path, monkeypatch, capsys):
    path = tmp_path / "special.pyi"
    monkeypatch.setattr(stubs, "ROOT", tmp_path)
    monkeypatch.setattr(stubs, "stubs", lambda: {path: "def erf(x: int) -> int: ...\n"})
    assert stubs.main(["--check"]) == 1
    assert stubs.main([]) == 0
    assert stubs.main(["--check"]) == 0
    path.write_text("def erf() -> int: ...\n")
    capsys.readouterr()
    assert stubs.main(["--check"]) == 1
    assert "+def erf(x: int) -> int: ..." in capsys.readouterr().out


def test_the_stub_has_every_method_of_tensor():
    (body,) = [n.body for n in ast.parse(stubs.methods()).body if isinstance(n, ast.ClassDef)]
    own = {*stubs.PYTHON, "Tensor"}
    classes = [n for n in stubs.Source.of("mocrograd.tensor").tree.body if isinstance(n, ast.ClassDef)]
    own |= set(stubs.assigned(next(n for n in classes if n.name == "Tensor").body))
    assert set(stubs.assigned(body)) == set(vars(mg.Tensor)) - own


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("softmax", "def softmax(self, dim: _int, dtype: dtype | None = None) -> Tensor:"),
        ("add_", "def add_(self, other: Operand, *, alpha: _float = 1) -> Tensor:"),
        ("pow_", "def pow_(self, exponent: Operand) -> Tensor:"),  # nothing is written elsewhere
        ("__add__", "def __add__(self, other: Operand) -> Tensor:"),  # operators take operands alone
    ],
)
def test_a_method_is_written_with_its_types(name, text):
    stub = stubs.Stub(dict.fromkeys(vars(mg.Tensor)))
    stub.function(name, vars(mg.Tensor)[name], method=True)
    assert stub.lines[0].replace("_dtype", "dtype") == text


def test_an_overload_with_an_argument_that_does_not_exist_is_found():
    node = ast.parse("def erf(input: Tensor, places: int) -> Tensor: ...").body[0]
    with pytest.raises(LookupError, match="erf has no argument places"):
        stubs._signature(node, list(inspect.signature(mg.erf).parameters))


def test_the_wheel_holds_the_stubs():
    shipped = {file.distribution_path for file in WheelBuilder(str(stubs.ROOT)).recurse_included_files()}
    wanted = {"py.typed", *(str(path.relative_to(stubs.PACKAGE)) for path in stubs.PACKAGE.rglob("*.pyi"))}
    assert len(wanted) > len(stubs.MODULES)
    assert {f"mocrograd/{name}" for name in wanted} <= shipped


def test_mypy_reads_the_modules_behind_stubs():
    task = check_pixi.tomllib.loads((stubs.ROOT / "pixi.toml").read_text(encoding="utf-8"))["tasks"]["typecheck"]
    behind = {path.with_suffix(".py") for path in stubs.PACKAGE.rglob("*.pyi")}
    named = {stubs.ROOT / word for word in task["cmd"].split("&&")[1].split() if word.endswith(".py")}
    assert named == {path for path in behind if path.exists()}
