"""What `pytest --device gpu` leaves out is there."""

from on_device import CPU_ALONE, reason_of
from toolchain import ROOT


def test_the_tests_that_are_left_out_exist():
    for names in CPU_ALONE.values():
        for name in names:
            path, _, test = name.partition("::")
            assert (ROOT / path).exists(), name
            assert f"def {test.partition('[')[0]}" in (ROOT / path).read_text() if test else path, name


def test_the_reason_is_found_by_the_beginning_of_a_name():
    assert reason_of("tests/gpu/test_device.py::test_dropout") == "run on a GPU anyway"
    assert reason_of("tests/nn/test_linear.py::test_linear") is None
