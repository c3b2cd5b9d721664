"""Copies between two GPUs: two cards, or two simulated ones, in a process of its own."""

import os
import subprocess
import sys

import mocrograd as mg
import pytest

pytestmark = pytest.mark.gpu
PROGRAM = """
import mocrograd as mg
a = mg.arange(6.0, device="gpu:0").reshape(2, 3).requires_grad_()
b = a.T.to("gpu:1")
assert str(b.device) == "gpu:1" and b.tolist() == [[0, 3], [1, 4], [2, 5]]
(b * b).sum().backward()
assert str(a.grad.device) == "gpu:0" and a.grad.tolist() == [[0, 2, 4], [6, 8, 10]]
c = mg.zeros(2, 3, device="gpu:1")
c.copy_(a.detach())
c[0] = mg.full((3,), 7.0, device="gpu:0")
assert c.tolist() == [[7, 7, 7], [3, 4, 5]]
assert a.detach().to("gpu:1", non_blocking=True).to("gpu:0").tolist() == a.tolist()
try:
    a + c
except RuntimeError as error:
    assert "gpu:0" in str(error) and "gpu:1" in str(error)
else:
    raise AssertionError("devices that mix")

@mg.compile
def moved(x):
    return (x + 1).to("gpu:1") * 2

@mg.compile
def there(x):
    return x * 2

for _ in range(3):
    assert moved(a.detach()).tolist() == [[2, 4, 6], [8, 10, 12]]
    assert there(c).tolist() == [[14, 14, 14], [6, 8, 10]]
assert len(moved.plans) == 0 and "from one device to another" in moved.reasons[0]
assert len(there.plans) == 1 and str(there.plan.device) == "gpu:1" and str(there(c).device) == "gpu:1"

@mg.compile
def made():
    return mg.ones(2, device="gpu") + 1

for number in (0, 1, 0, 1):
    mg.cuda.set_device(number)
    for _ in range(3):
        assert str(made().device) == f"gpu:{number}"
mg.cuda.set_device(0)
assert len(made.plans) == 2, made.reasons

index = mg.tensor([9], device="gpu:1")
c.index_select(0, index)
mg.ones(1, device="gpu:0").item()  # the other one has nothing to tell
try:
    c.to("gpu:0")
except IndexError as error:
    assert "gpu:1" in str(error)
else:
    raise AssertionError("a copy to another GPU waits for the first")
print("well")
"""


def test_copies_between_two_gpus():
    simulated = "GPUSIM_DIR" in os.environ
    if not simulated and mg.backend.device_count() < 2:
        pytest.skip("there are fewer than two GPUs")
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "GPUSIM_DEVICES": "2"} if simulated else None,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.stdout == "well\n", run.stderr
