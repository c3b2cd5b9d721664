"""Classes that the program allows in files."""

import argparse
import fractions
import io
import pickle

import mocrograd as mg
import pytest
from mocrograd.serialization import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals


@pytest.fixture(autouse=True)
def none_allowed():
    clear_safe_globals()
    yield
    clear_safe_globals()


class Point:
    """Has a state of its own."""

    def __init__(self, x):
        self.x = x

    def __getstate__(self):
        return [self.x]

    def __setstate__(self, state):
        (self.x,) = state


class Slotted:
    """Has slots."""

    __slots__ = ("weight",)


def saved(obj):
    file = io.BytesIO()
    mg.save(obj, file)
    file.seek(0)
    return file


def refused(obj):
    with pytest.raises(pickle.UnpicklingError, match=r"serialization\.add_safe_globals"):
        mg.load(saved(obj))


def test_arguments_of_a_program():
    state = {"args": argparse.Namespace(epochs=3, rate=0.1), "weight": mg.ones(2)}
    refused(state)
    with safe_globals([argparse.Namespace]):
        assert mg.load(saved(state))["args"] == argparse.Namespace(epochs=3, rate=0.1)
        assert get_safe_globals() == [argparse.Namespace]
    refused(state)
    add_safe_globals([argparse.Namespace])
    assert mg.load(saved(state))["args"].epochs == 3
    clear_safe_globals()
    refused(state)


def test_states_and_slots():
    slotted = Slotted()
    slotted.weight = mg.ones(2)
    refused(Point(3))
    with safe_globals([Point, Slotted]):
        point, again = mg.load(saved([Point(mg.zeros(1)), slotted]))
    assert (point.x.tolist(), again.weight.tolist()) == ([0.0], [1.0, 1.0])


def test_what_is_allowed_allows_nothing_else():
    with safe_globals([argparse.Namespace]):
        refused(fractions.Fraction(1, 2))
        refused(argparse.Namespace(inner=Point(1)))
    add_safe_globals([Point])
    with safe_globals([argparse.Namespace]):
        assert get_safe_globals() == [Point, argparse.Namespace]
    assert get_safe_globals() == [Point]


def test_another_name():
    """A class that has moved since the file was written."""
    renamed = b"\x80\x02cold.place\nPoint\n)\x81(K\x07eb.".replace(b"(K\x07e", b"]K\x07a")
    with pytest.raises(pickle.UnpicklingError, match=r"old\.place\.Point"):
        mg.load(io.BytesIO(renamed))
    with safe_globals([(Point, "old.place.Point")]):
        assert get_safe_globals() == [(Point, "old.place.Point")]
        assert mg.load(io.BytesIO(renamed)).x == 7


def test_torch_reads_what_it_allows():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    with torch.serialization.safe_globals([argparse.Namespace]), safe_globals([argparse.Namespace]):
        assert torch.load(saved(argparse.Namespace(epochs=3))).epochs == 3
        file = io.BytesIO()
        torch.save(argparse.Namespace(weight=torch.ones(1)), file)
        file.seek(0)
        assert mg.load(file).weight.tolist() == [1.0]
