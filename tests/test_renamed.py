"""Pickles and files from before modules were renamed: what they name is found under the names of today."""

import gzip
import importlib
import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import mocrograd as mg
import pytest
from mocrograd import renamed
from mocrograd.serialization import safe_globals

FILES = Path(__file__).parent / "checkpoints"
PICKLES = pickle.loads(gzip.decompress((FILES / "renamed.pkl.gz").read_bytes()))
"""Each layer with small arguments, and functions, optimizers and tensors, by name: pickled one by one."""


def public(name):
    """Return what a name of the package stands for today, None for names of objects."""
    found = mg
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


@pytest.mark.parametrize("name", PICKLES)
def test_a_pickle_of_before(name):
    found, today = pickle.loads(PICKLES[name]), public(name)
    if inspect.isclass(found):
        assert found is today
    elif inspect.isclass(today):
        assert type(found) is today
        assert repr(found)
    elif inspect.isfunction(today):
        assert (found.__name__, inspect.signature(found)) == (today.__name__, inspect.signature(today))
    else:
        assert (
            name.startswith(("a ", "an ", "the ")) or name == "bools"
        )  # neither a class nor a function of the package
        assert found is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [("ops.places.Found", mg.ones(2, 3).max(1)), ("ops.numbers.Frexp", mg.frexp(mg.ones(2)))],
)
def test_pickled_results_of_several_tensors(name, value):
    module, _, kind = name.rpartition(".")
    old = pickle.dumps(value, 2).replace(
        f"c{type(value).__module__}\n{kind}\n".encode(), f"cmocrograd.{module}\n{kind}\n".encode()
    )
    assert module.encode() in old
    found = pickle.loads(old)
    assert type(found) is type(value)
    assert all(mg.equal(a, b) for a, b in zip(found, value))


def test_a_pickle_of_before_in_a_new_process():
    program = "import pickle, sys; print(type(pickle.loads(bytes.fromhex(sys.argv[1]))).__module__)"
    command = [sys.executable, "-c", program, PICKLES["nn.PReLU"].hex()]
    assert subprocess.run(command, capture_output=True, text=True, timeout=120).stdout == "mocrograd.nn.activation\n"


def test_a_file_of_before():
    whole = mg.load(FILES / "renamed.pt", weights_only=False)
    assert whole.chain(mg.tensor([[1.0, -2.0]])).tolist() == whole.answer.tolist()
    assert whole.distance is mg.nn.functional.huber_loss
    assert [type(layer) for layer in whole.children()] == [
        mg.nn.Sequential, mg.nn.GRUCell, mg.nn.SmoothL1Loss, mg.nn.FractionalMaxPool2d, mg.nn.MaxUnpool1d,
        mg.nn.ParameterList,
    ]  # fmt: skip


def test_what_the_program_allows_is_found_by_its_name_of_before():
    allowed = [
        mg.nn.Sequential, mg.nn.Linear, mg.nn.PReLU, mg.nn.Unflatten, mg.nn.MaxPool1d, mg.nn.Flatten, mg.nn.Hardtanh,
        mg.nn.ModuleDict, mg.nn.GRUCell, mg.nn.SmoothL1Loss, mg.nn.FractionalMaxPool2d, mg.nn.MaxUnpool1d,
        mg.nn.ParameterList, mg.nn.functional.huber_loss,
    ]  # fmt: skip
    with safe_globals(allowed):
        assert mg.load(FILES / "renamed.pt").distance is mg.nn.functional.huber_loss
    with (
        safe_globals(allowed[:-1]),
        pytest.raises(pickle.UnpicklingError, match=r"got mocrograd\.nn\.functional\.loss\.huber_loss"),
    ):
        mg.load(FILES / "renamed.pt")


def test_every_name_of_before_leads_to_a_module_and_no_module_has_two():
    for old, new in renamed._RENAMED.items():
        assert importlib.import_module(f"mocrograd.{new}")
        assert not Path(mg.__file__).parent.joinpath(*old.split(".")).with_suffix(".py").exists()


def test_a_module_that_was_found_by_another_name_keeps_its_own():
    program = (
        "import mocrograd.nn.piecewise as old, mocrograd.nn.activation as new; "
        "print(old is new, new.__name__, new.__spec__.name, hasattr(new, '__path__'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.stdout == "True mocrograd.nn.activation mocrograd.nn.activation False\n", done.stderr
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'mocrograd\.nn\.never'"):
        __import__("mocrograd.nn.never")
