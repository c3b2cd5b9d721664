"""Leaves out every second case of tests/ops, for runs that take several times as long: `pytest -p half`."""

from __future__ import annotations

from zlib import crc32

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the cases of tests/ops whose names have an even checksum, and one of each test function and operation.

    A checksum leaves the values of each parameter mixed, where every second case in order may leave one value alone.
    """
    from quick import chosen  # here, since pytest registers it as a plugin only after this one

    kept = set(chosen(items))
    left_out = {
        item
        for item in items
        if item.nodeid.startswith("tests/ops/") and item not in kept and crc32(item.nodeid.encode()) % 2
    }
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=list(left_out))
