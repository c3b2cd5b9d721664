"""The costs from which `dynamic` chooses workers, and the team that runs the shares."""

import os
import subprocess
import sys

import mocrograd as mg
import pytest
from mocrograd import backend
from mocrograd.backend.costs import Costs, near_cache, parse, settings


@pytest.fixture(autouse=True)
def _as_before():
    """Leave the costs and the team as they were."""
    costs = backend.get_costs()
    yield
    backend.set_costs(costs)


def run(program, **environment):
    """Run a program in a process of its own; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_text_replaces_defaults():
    assert parse("") == Costs()
    assert parse(" join=500, far_join=1e-2 ") == Costs()._replace(join=500.0, far_join=0.01)
    assert parse(str(Costs(work=2.0, cache=1e6))) == Costs(work=2.0, cache=1e6)


@pytest.mark.parametrize("text", ["joins=3", "join", "join=", "join=x", "join=-1", "join=inf", "join=nan"])
def test_bad_texts(text):
    with pytest.raises(ValueError, match="MOCROGRAD_COSTS"):
        parse(text)


def test_settings_come_from_the_environment():
    here = Costs(near_cache=near_cache())
    assert settings({}) == (False, here)
    assert settings({"MOCROGRAD_TEAM": "max", "MOCROGRAD_COSTS": "wake=1"}) == (True, here._replace(wake=1.0))
    assert settings({"MOCROGRAD_COSTS": "near_cache=5e5"}) == (False, Costs(near_cache=5e5))
    with pytest.raises(ValueError, match="MOCROGRAD_TEAM"):
        settings({"MOCROGRAD_TEAM": "mine"})


def test_the_near_cache_is_that_of_the_second_level(tmp_path):
    assert near_cache(tmp_path) == Costs().near_cache
    for index, level, size in ((0, 1, "48K"), (1, 3, "32768K"), (2, 2, "512K")):
        folder = tmp_path / f"index{index}"
        folder.mkdir()
        (folder / "level").write_text(f"{level}\n")
        (folder / "size").write_text(f"{size}\n")
    assert near_cache(tmp_path) == 512 << 10
    (tmp_path / "index2" / "size").write_text("plenty")
    assert near_cache(tmp_path) == Costs().near_cache


@pytest.mark.parametrize("dtype", [mg.float32, mg.float64])
def test_blocks_fitted_to_any_cache_give_the_same_bits(dtype):
    mg.manual_seed(0)
    # more rows than the largest block, a k of several blocks, columns with a tail
    x, y = mg.randn(601, 300, dtype=dtype), mg.randn(300, 99, dtype=dtype)
    results = []
    for size in (0, 1 << 18, 1 << 20, 1 << 30):
        backend.set_costs(Costs(near_cache=size))
        with mg.kernels("fixed", 1):
            results.append((x @ y, x.t().contiguous().t() @ y))
    assert all((a == b).all() for result in results for a, b in zip(result, results[0]))
    assert (results[0][0].double() - x.double() @ y.double()).abs().max().item() < 1e-4


@pytest.mark.parametrize("team", ["own", "max"])
def test_teams_give_the_same_bits(team):
    mg.manual_seed(0)
    x = mg.randn(300, 300)
    with mg.kernels("fixed", 1):
        expected = ((x @ x).exp().sum(), (x @ x).softmax(1))
    backend.set_costs(Costs(join=0, wake=0, far_join=0), team)
    for name, workers in (("dynamic", None), ("fixed", 3), ("fixed", 64)):
        with mg.kernels(name, workers):
            total, rows = (x @ x).exp().sum(), (x @ x).softmax(1)
        assert total.item() == expected[0].item()
        assert (rows == expected[1]).all().item()


_CHILD = """
import os, mocrograd as mg
mg.manual_seed(0)
x = mg.randn(300, 300)
mg.kernels("fixed", 4)
expected = (x @ x).sum().item()
child = os.fork()
if child == 0:
    os._exit(0 if (x @ x).sum().item() == expected else 1)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.parametrize("team", ["own", "max"])
def test_a_child_of_a_fork_works(team):
    run(_CHILD, MOCROGRAD_TEAM=team)


_IDLE = """
import time, mocrograd as mg
mg.set_num_threads(4)
x = mg.randn(300, 300)
with mg.kernels("fixed", 4):
    x @ x
time.sleep(0.1)
before = time.process_time()
time.sleep(0.5)
print(time.process_time() - before)
"""


def test_idle_threads_burn_no_core():
    assert float(run(_IDLE)) < 0.1  # a single thread that spins would take 0.5


def test_round_trips_are_measured():
    mg.set_num_threads(2)
    assert all(backend.trip_to_worker() >= 0 for _ in range(100))
