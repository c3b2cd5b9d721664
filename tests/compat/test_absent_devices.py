"""Modules of devices that are not here: they say so, and refuse what needs one."""

import pytest
from mocrograd.torch import xpu


def test_there_are_none():
    assert (xpu.is_available(), xpu.is_initialized(), xpu.device_count()) == (False, False, 0)
    assert xpu.empty_cache() is None
    with pytest.raises(NotImplementedError, match="ask is_available"):
        xpu.synchronize()
