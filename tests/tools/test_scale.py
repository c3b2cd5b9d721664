"""The model of a step on many ranks, against cases that can be computed by hand, and its page."""

import math
import textwrap
from pathlib import Path

import pytest
import scale

ROOT = Path(scale.__file__).resolve().parent.parent


def model(size=0, seconds=(1.0,), backward=0.5, quarter=0.25):
    return scale.Model("made", size, 4, list(seconds), quarter, backward, scale.Link(0.0, 1e9))


def test_an_exchange_of_nothing_costs_nothing():
    free = scale.Link(0.0, 1e9)
    assert model().gains(free, 0.5) == [float(ranks) for ranks in scale.RANKS]
    assert model().gains(free, 0.5, whole=True) == [float(ranks) for ranks in scale.RANKS]
    assert scale.last_that_pays(model().gains(free, 0.5)) == scale.RANKS[-1]


def test_a_sum_moves_nearly_twice_its_bytes():
    link = scale.Link(1e-6, 1e9)
    assert link.all_reduce(1e9, 1) == 0.0
    assert math.isclose(link.all_reduce(1e9, 2), 1 + 2e-6)
    assert math.isclose(link.all_reduce(1e9, 1024), 2 * 1023 / 1024 + 20e-6)


def test_a_link_is_found_again():
    link = scale.Link(5e-6, 2e10)
    times = {str(size): link.all_reduce(size, 2) for size in (8, 1000, 10**6, 10**7)}
    found = scale.fit_link(times)
    assert found.latency == pytest.approx(link.latency, rel=0.01)
    assert found.bandwidth == pytest.approx(link.bandwidth, rel=0.01)


def test_the_slowest_of_many():
    assert scale.slowest([3.0, 1.0, 2.0], 1) == pytest.approx(2.0)
    assert scale.slowest([0.0, 1.0], 3) == pytest.approx(7 / 8)
    assert scale.slowest([1.0, 2.0, 9.0], 1000) == pytest.approx(9.0)


def test_backward_hides_an_exchange_up_to_a_part():
    slow = scale.Link(0.0, 1e9)
    two_machines = 2 * scale.PER_MACHINE
    inside = slow.all_reduce(1e9, scale.PER_MACHINE)
    made = model(size=1e9)
    assert made.exchange(two_machines, slow) == pytest.approx(inside + 1.0)
    assert made.step(two_machines, slow, 0.0) == pytest.approx(2.0 + inside)
    assert made.step(two_machines, slow, 0.5) == pytest.approx(2.0 + inside - 0.25)
    assert model(size=1e7).step(two_machines, slow, 0.5) == pytest.approx(1.0)


def test_a_batch_for_all_stops_at_what_a_step_takes_at_least():
    made = model(quarter=0.4)  # 0.2 and 0.2 for each of four samples
    assert made.step(4, scale.Link(0.0, 1e9), 0.5, whole=True) == pytest.approx(0.4)
    assert made.step(4096, scale.Link(0.0, 1e9), 0.5, whole=True) == pytest.approx(0.2, rel=0.01)


def test_the_page_shows_what_the_script_prints(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["scale.py"])
    scale.main()
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    for part in capsys.readouterr().out.rstrip().split("\n\n"):
        assert textwrap.indent(part, "    ") in page
