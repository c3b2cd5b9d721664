"""Threads whose stacks have no room for the tiles of kernels: an error, and no byte written below the stack."""

import os
import subprocess
import sys

import pytest

THREADS = """
import threading
import mocrograd as mg

a = mg.rand(256, 256)
compiled = mg.compile(lambda x: (x @ x).sum())
for _ in range(4):
    expected = compiled(a).item()
    eager = (a @ a).sum().item()
seen = []
F = mg.nn.functional
CHECKED = (  # kernels that refuse some values, which is another error
    lambda: mg.poisson(a), lambda: mg.bernoulli(a), lambda: F.binary_cross_entropy(a, a),
    lambda: F.gaussian_nll_loss(a, a, a), lambda: mg.distributions.VonMises(a, a, validate_args=False).sample(),
)

def work():
    plain = lambda: a + a, lambda: a @ a, lambda: a.sum(1), lambda: a.cumsum(1), lambda: compiled(a)
    for function in (*plain, *CHECKED):
        try:
            function()
            seen.append("ran")
        except (RuntimeError, ValueError) as error:
            seen.append(str(error)[:33])

def run(size):
    seen.clear()
    threading.stack_size(size)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return set(seen)

small, large = {"this thread's stack is too small "}, {"ran"}
for size, result in ((64 << 10, small), (512 << 10, small), (1 << 20, large), (128 << 10, small), (0, large)):
    assert run(size) == result, (size, seen)
assert compiled(a).item() == expected
assert (a @ a).sum().item() == eager
print("done")
"""

LIMIT = """
import mocrograd as mg
mg.kernels("fixed:3")
x, w = mg.rand(4, 16, 32, 32, requires_grad=True), mg.rand(32, 16, 3, 3)
mg.nn.functional.conv2d(x, w).sum().backward()
a = mg.rand(600, 600, dtype=mg.float64)
print(float((a @ a - mg.tensor(a.numpy() @ a.numpy())).abs().max()) < 1e-9)
"""


def run(program, **options):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(sys.platform != "linux", reason="stacks of other systems have other least sizes")
def test_a_thread_with_a_small_stack_gets_an_error():
    assert run(THREADS) == ["done"]


@pytest.mark.skipif(sys.platform != "linux", reason="limits of stacks are those of Linux")
def test_workers_have_stacks_of_their_own_size():
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_STACK, (1200 << 10, resource.getrlimit(resource.RLIMIT_STACK)[1]))

    assert run(LIMIT, preexec_fn=limit, env={**os.environ, "OMP_NUM_THREADS": "3"}) == ["True"]
