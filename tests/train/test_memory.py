"""Memory is returned: training does not grow the process."""

import os
from pathlib import Path

import mocrograd as mg
import pytest
from mocrograd import nn, optim
from mocrograd.train.networks import build_network

STATM = Path("/proc/self/statm")


def resident_bytes():
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not STATM.exists(), reason="the system does not tell the size of a process in /proc")
def test_ten_thousand_steps_grow_by_less_than_a_megabyte():
    network = build_network("normal")
    optimizer = optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    x, y = mg.rand(32, 64), mg.randint(10, (32,))

    def train(steps):
        for _ in range(steps):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(network(x), y)
            loss.backward()
            optimizer.step()
            loss.item()

    train(500)
    before = resident_bytes()
    train(10_000)
    assert resident_bytes() - before < 1_000_000
