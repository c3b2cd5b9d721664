"""The instructions that a library asks its processor for."""

import platform

import pytest
from mocrograd.export.processor import masks

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86-64 has cpuid")


def test_what_a_level_asks_for():
    # the manuals of Intel: CPUID leaf 1, ECX: FMA 12, MOVBE 22, AVX 28, F16C 29; leaf 7, EBX: BMI1 3, AVX2 5, BMI2 8
    third = {"1C": 1 << 12 | 1 << 22 | 1 << 28 | 1 << 29, "7B": 1 << 3 | 1 << 5 | 1 << 8, "7C": 0, "7D": 0}
    assert masks("x86-64-v3") == third
    fourth = {**third, "7B": third["7B"] | 1 << 16 | 1 << 17 | 1 << 28 | 1 << 30 | 1 << 31}
    assert masks("x86-64-v4") == fourth
    assert set(masks("x86-64").values()) == {0}


def test_what_this_machine_has_is_asked_for_by_default():
    assert any(masks(None).values())
