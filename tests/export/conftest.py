"""Models that are exported once for all tests."""

import os

import mocrograd as mg
import pytest
from native_models import digits, every, exported


@pytest.fixture(scope="session")
def portable():
    """Return a processor whose instructions valgrind knows, None where that is this machine's."""
    return "x86-64-v3" if os.uname().machine == "x86_64" else None


@pytest.fixture(scope="session")
def digits_folder(tmp_path_factory, portable):
    """Export a network for digits, for batches of 1 and 8."""
    example = mg.zeros(1, 64)
    return exported(
        tmp_path_factory,
        "digits",
        lambda folder: mg.export.native(digits(), example, folder, batch_sizes=(1, 8), cpu=portable),
    )


@pytest.fixture(scope="session")
def every_folder(tmp_path_factory):
    """Export a model of many kernels, for batches of 2 and 3, on two threads."""
    example = mg.zeros(1, 1, 6, 6), mg.zeros(1, 5, dtype=mg.int64)
    names = ["features", "states", "on", "ids"]
    return exported(
        tmp_path_factory,
        "every",
        lambda folder: mg.export.native(every(), example, folder, batch_sizes=(2, 3), output_names=names, threads=2),
    )
