"""The GPU tests skip where there is no GPU, real or simulated; none may leave a bad value behind that nobody saw."""

import mocrograd as mg
import pytest


@pytest.fixture(autouse=True)
def gpu():
    """Give the GPU, or skip with the reason why there is none."""
    if mg.backend.device_count() == 0:
        pytest.skip(mg.backend.device_report()[-1])
    yield mg.device("gpu")
    mg.cuda.synchronize()


@pytest.fixture(params=["original", "fixed:3", "dynamic"])
def grid(request):
    """Run a test under each way of laying out the grid."""
    with mg.kernels(request.param):
        yield request.param
