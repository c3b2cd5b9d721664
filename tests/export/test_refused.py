"""Models and arguments that `mg.export.native` refuses, before anything is compiled or written."""

import mocrograd as mg
import pytest
from mocrograd import nn
from mocrograd.errors import KernelBuildError


@pytest.fixture(autouse=True)
def no_compiler(monkeypatch):
    """Fail a test that gets as far as compiling."""
    monkeypatch.setattr("mocrograd.export.library.compile_mojo", lambda *_: pytest.fail("it compiled"))


class Changing(nn.Module):
    """Changes its input."""

    def forward(self, x):
        """Take a tensor."""
        return x.add_(1) * 2


class Reading(nn.Module):
    """Reads a value on the host."""

    def forward(self, x):
        """Take a tensor."""
        return x * 2 if x.sum().item() > 0 else x


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (nn.Linear(4, 2), {}, "it is in training mode"),
        (nn.Sequential(nn.Linear(4, 2).eval(), nn.Dropout()), {}, "training mode"),
        (nn.Dropout(), {"training": True}, "draws random numbers"),
        (nn.BatchNorm1d(4), {"training": True}, "changes num_batches_tracked"),
        (Reading().eval(), {}, "cannot be recorded: .*item"),
        (Changing().eval(), {}, "changes its input"),
        (lambda x: 3, {}, "returns no tensors"),
    ],
)
def test_a_model_that_c_cannot_run(model, options, message, tmp_path):
    with pytest.raises(RuntimeError, match=message):
        mg.export.native(model, mg.ones(3, 4), tmp_path / "net", **options)
    assert not (tmp_path / "net").exists()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"name": "two words"}, ValueError, "a name in C"),
        ({"name": "class"}, ValueError, "a name in C"),
        ({"name": "m"}, ValueError, "a name in C"),
        ({"name": 3}, TypeError, "as a str"),
        ({"threads": 0}, ValueError, "from 1 to 256"),
        ({"threads": "all"}, TypeError, "as an int"),
        ({"cpu": 3}, TypeError, "cpu as a str"),
        ({"batch_sizes": 3}, TypeError, "as a sequence"),
        ({"batch_sizes": ()}, ValueError, "empty"),
        ({"batch_sizes": (0, 1)}, ValueError, "positive"),
        ({"batch_sizes": (1.5,)}, TypeError, "integers"),
        ({"batch_dims": {"other": 1}}, ValueError, "the inputs are input"),
        ({"batch_dims": {"input": 2}}, ValueError, "2 dimensions"),
        ({"output_names": ["a", "b"]}, ValueError, "1 outputs"),
        ({"output_names": ["int"]}, ValueError, "a name in C"),
        ({"output_names": ["Input"]}, ValueError, "must differ"),
    ],
)
def test_a_wrong_argument(options, error, message, tmp_path):
    with pytest.raises(error, match=message):
        mg.export.native(nn.Linear(4, 2).eval(), mg.ones(3, 4), tmp_path / "net", **options)
    assert not (tmp_path / "net").exists()


def test_recording_leaves_the_model_as_it_was(tmp_path):
    model = nn.BatchNorm1d(4)
    with pytest.raises(RuntimeError):
        mg.export.native(model, mg.ones(3, 4), tmp_path / "net", training=True)
    assert model.num_batches_tracked == 0


@pytest.mark.parametrize(("example", "message"), [((), "got none"), (None, "got NoneType"), ("x", "got str")])
def test_an_example_without_tensors(example, message, tmp_path):
    with pytest.raises(TypeError, match=message):
        mg.export.native(nn.Linear(4, 2).eval(), example, tmp_path / "net")


@pytest.mark.parametrize("there", [False, True])
def test_code_that_does_not_compile_leaves_the_folder_as_it_was(there, tmp_path, monkeypatch):
    def refuse(*_):
        raise KernelBuildError("no")

    monkeypatch.setattr("mocrograd.export.library.compile_mojo", refuse)
    if there:
        (tmp_path / "net").mkdir()
        (tmp_path / "net" / "net.h").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(KernelBuildError):
        mg.export.native(nn.Linear(4, 2).eval(), mg.ones(3, 4), tmp_path / "net")
    assert sorted(tmp_path.rglob("*")) == before


def test_inputs_of_different_batches(tmp_path):
    with pytest.raises(ValueError, match="a: 3, b: 4"):
        mg.export.native(lambda a, b: a.sum() + b, (mg.ones(3), mg.ones(4)), tmp_path / "net", batch_sizes=(1, 2))


def test_an_output_whose_size_does_not_follow_the_batch(tmp_path):
    with pytest.raises(ValueError, match="no multiple of the batch size"):
        mg.export.native(lambda x: mg.cat([x, mg.ones(2)]), mg.ones(3), tmp_path / "net", batch_sizes=(1, 2))


def test_without_a_compiler(tmp_path, monkeypatch):
    def absent():
        raise ImportError('pip install "mocrograd[kernels]"')

    monkeypatch.setattr("mocrograd.export.library.find_toolchain", absent)
    with pytest.raises(ImportError, match="kernels"):
        mg.export.native(nn.Linear(4, 2).eval(), mg.ones(3, 4), tmp_path / "net")
    assert not (tmp_path / "net").exists()


def test_an_input_for_which_c_has_no_type(tmp_path):
    with pytest.raises(NotImplementedError, match="x is complex64, for which C has no type"):
        mg.export.native(lambda x: x * 2, mg.ones(1, 3, dtype=mg.complex64), tmp_path / "net")
    assert not (tmp_path / "net").exists()
