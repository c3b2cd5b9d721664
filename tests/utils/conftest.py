"""Fixtures of the tests of data loading."""

import pytest
from utils.working import alive


@pytest.fixture
def nothing_is_left():
    before = set(alive())
    yield
    assert not set(alive()) - before
