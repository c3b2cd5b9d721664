"""Fixtures that all tests share."""

import os

os.environ.setdefault("MOCROGRAD_TUNING", "off")  # before the import: tests keep out of the user's cache folder

if "PYTEST_XDIST_WORKER" in os.environ:
    # torch's threads spin while they wait: beside another worker that makes a test several times as long
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import mocrograd as mg
import pytest

pytest_plugins = ["on_device", "quick", "timetable"]

IMPLEMENTATIONS = ("original", "fixed:1", "fixed:3", "dynamic")


@pytest.fixture(params=IMPLEMENTATIONS)
def implementation(request):
    """Run a test under each implementation of the kernels."""
    with mg.kernels(request.param):
        yield request.param


@pytest.fixture
def torch():
    """Return torch, or skip."""
    return pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
