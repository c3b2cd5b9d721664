"""A model with a user's own op becomes a C library too."""

from pathlib import Path

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import build
from native_models import ERRORS, Library, exported

OPS = Path(__file__).parents[1] / "build" / "ops.mojo"


@pytest.fixture
def lib(monkeypatch):
    """Load the ops that tests of kernel libraries compile."""
    monkeypatch.setenv("MOCROGRAD_CACHE_DIR", str(build.sources() / ".cache" / "own-kernels"))
    return mg.kernel_library(OPS)


def test_own_ops_run_in_c_as_steps_of_a_chain_and_alone(lib, tmp_path_factory):
    def model(x, k):
        return lib.blend(lib.softsquare(x), x) * 2, lib.blend(k, k)

    x, k = mg.linspace(-2, 2, 33), mg.arange(5)
    folder = exported(tmp_path_factory, "own_ops", lambda folder: mg.export.native(model, (x, k), folder))
    library = Library(folder)
    _, handle = library.create()
    wanted = [part.numpy() for part in model(x, k)]
    outputs = [np.zeros_like(part) for part in wanted]
    assert library.run(handle, 33, x.numpy(), k.numpy(), *outputs) == ERRORS["OK"]
    assert all(np.array_equal(*pair) for pair in zip(outputs, wanted))
    library.free(handle)
