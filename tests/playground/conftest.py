"""The playground, served in this process."""

import pytest
from playground.clients import Tab, serving


@pytest.fixture
def site():
    with serving() as found:
        yield found


@pytest.fixture
def tab(site):
    found = Tab(site)
    yield found
    found.close()
