"""A library of a user, compiled once for all tests of the folder."""

from pathlib import Path

import mocrograd as mg
import pytest
from mocrograd import build

OPS = Path(__file__).with_name("ops.mojo")


@pytest.fixture(scope="session")
def compiler():
    """Skip where there is none."""
    try:
        return build.find_toolchain()
    except ImportError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def cache(compiler):
    """Keep what tests compile from run to run, in a folder that all their processes share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOCROGRAD_CACHE_DIR", str(build.sources() / ".cache" / "own-kernels"))
        yield


@pytest.fixture(scope="session")
def lib(cache):
    """Load the library."""
    return mg.kernel_library(OPS)


@pytest.fixture(scope="session")
def guarded(cache):
    """Load it to run in guarded memory."""
    return mg.kernel_library(OPS, debug=True)
