"""Leaves out every second case of tests/ops, for runs that take several times as long: `pytest -p half`."""

from zlib import crc32


def pytest_collection_modifyitems(config, items):
    """Take the cases of tests/ops whose names have an even checksum, so that each parameter's values stay mixed."""
    left_out = [item for item in items if item.nodeid.startswith("tests/ops/") and crc32(item.nodeid.encode()) % 2]
    if left_out:
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]
        config.hook.pytest_deselected(items=left_out)
