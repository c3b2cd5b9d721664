"""What `import mocrograd` leaves out until somebody uses it, and that nobody notices."""

import pickle
import subprocess
import sys

import mocrograd as mg
import pytest

HEAVY = (
    "mocrograd.compiler", "mocrograd.distributions", "mocrograd.export", "mocrograd.func", "mocrograd.profiler",
    "mocrograd.scalar", "mocrograd.serialization", "mocrograd.testing", "mocrograd.utils.data", "multiprocessing",
    "numpy.random", "json", "tempfile", "decimal", "subprocess", "pathlib",
)  # fmt: skip


def in_a_new_process(code):
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


def test_what_the_import_leaves_out():
    code = "import sys, numpy; before = set(sys.modules); import mocrograd; print(*sys.modules.keys() - before)"
    assert sorted(set(HEAVY) & set(in_a_new_process(code))) == []


NAMES = {
    "compile": "compiler", "load": "serialization", "profile": "profiler", "save": "serialization",
    "summary": "model_summary", "vmap": "func",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_functions_of_modules_that_are_imported_late(name):
    code = "import mocrograd as mg; assert {0!r} in dir(mg); first = mg.{0}; assert vars(mg)[{0!r}] is first is mg.{0};"
    code += "from mocrograd import {0}; assert {0} is first; import mocrograd.{1} as m; assert first is m.{0}"
    in_a_new_process(code.format(name, NAMES[name]))


@pytest.mark.parametrize(
    "name", [*(m.removeprefix("mocrograd.") for m in HEAVY if m.startswith("mocrograd.")), "backends.cuda"]
)
def test_modules_that_are_imported_late(name):
    parent, _, last = f"mocrograd.{name}".rpartition(".")
    for code in (
        f"import mocrograd; print(mocrograd.{name}.__name__)",
        f"import mocrograd.{name}; print(mocrograd.{name}.__name__)",
        f"from {parent} import {last}; print({last}.__name__)",
        f"import {parent} as p; assert {last!r} in dir(p); print(getattr(p, {last!r}).__name__)",
    ):
        assert in_a_new_process(code) == [f"mocrograd.{name}"]


def test_a_star_gives_all_names():
    in_a_new_process("from mocrograd import *; from mocrograd import __all__; assert set(__all__) <= set(globals())")


def test_pickles_find_what_is_imported_late():
    for thing in (mg.compile, mg.vmap, mg.save, mg.utils.data.SequentialSampler(range(3))):
        old = pickle.dumps(thing)
        in_a_new_process(f"import pickle, mocrograd; pickle.loads({old!r})")


def test_older_names_are_found_before_anything_is_used():
    in_a_new_process("import mocrograd.ops.outputs")


def test_functions_of_functions_may_be_used_first_in_a_compiled_step():
    code = """
import mocrograd as mg
@mg.compile
def step(x):
    return mg.vmap(lambda row: mg.func.grad(lambda r: (r * r).sum())(row))(x)
for _ in range(3):
    assert step(mg.ones(2, 3)).tolist() == [[2.0] * 3] * 2
print(len(step.plans))
"""
    assert in_a_new_process(code) == ["1"]


def test_what_there_is_not():
    with pytest.raises(AttributeError, match="module 'mocrograd' has no attribute 'nothing'"):
        _ = mg.nothing
    with pytest.raises(AttributeError, match=r"module 'mocrograd\.utils' has no attribute 'nothing'"):
        _ = mg.utils.nothing
