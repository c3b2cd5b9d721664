"""Strokes of a pen become images like the digits, and a network that has learned reads them."""

import numpy as np
import pytest
from mocrograd.datasets import load_digits
from mocrograd.playground.drawing import image, strokes_of
from mocrograd.train.server import Refused
from playground.clients import WILD

ARC = np.linspace(0, 2 * np.pi, 25)
DRAWN = {
    0: [[[0.5 + 0.2 * np.sin(t), 0.5 - 0.35 * np.cos(t)] for t in ARC]],
    1: [[[0.42, 0.3], [0.52, 0.15], [0.52, 0.85]]],
    2: [[[0.3, 0.3], [0.4, 0.17], [0.58, 0.17], [0.66, 0.32], [0.6, 0.5], [0.3, 0.83], [0.7, 0.83]]],
    3: [[[0.3, 0.22], [0.5, 0.15], [0.66, 0.27], [0.6, 0.43], [0.45, 0.5], [0.62, 0.57], [0.68, 0.73], [0.5, 0.86], [0.3, 0.8]]],
    4: [[[0.45, 0.15], [0.3, 0.55], [0.72, 0.55]], [[0.6, 0.4], [0.56, 0.87]]],
    6: [[[0.6, 0.15], [0.42, 0.35], [0.35, 0.65], [0.45, 0.85], [0.6, 0.82], [0.66, 0.68], [0.55, 0.55], [0.4, 0.62]]],
    7: [[[0.3, 0.17], [0.7, 0.17], [0.45, 0.85]]],
}  # fmt: skip


@pytest.fixture
def reader(tab):
    tab.reset(data="digits", layers=2, width=64, activation="ReLU", rate=0.003)
    tab.ask("run", running=True)
    tab.until(lambda message: message.get("facts", {}).get("epoch", "0") >= "30")
    tab.ask("run", running=False)
    tab.until(lambda message: not message["running"])
    return tab


def test_drawn_digits_are_read(reader):
    right = []
    for digit, strokes in DRAWN.items():
        status, found = reader.ask("draw", strokes=strokes)
        assert status == 200
        assert sum(found["shares"]) == pytest.approx(1, abs=0.01)
        assert found["seen"].startswith("<img alt=")
        right.append(int(np.argmax(found["shares"])) == digit)
    assert sum(right) >= len(DRAWN) - 1, right


def test_a_drawing_is_read_again_while_the_network_learns_and_a_new_one_forgets_it(tab):
    tab.reset(data="digits")
    tab.ask("draw", strokes=DRAWN[1])
    tab.ask("run", running=True)
    first = tab.until(lambda message: "reading" in message)["reading"]["shares"]
    tab.until(lambda message: message["reading"]["shares"] != first)
    tab.ask("draw", strokes=[])
    tab.until(lambda message: "reading" not in message)
    tab.ask("draw", strokes=DRAWN[1])
    tab.reset(data="digits")
    assert "reading" not in tab.until(lambda message: message["facts"]["step"] == "0")


def test_the_size_and_the_position_of_a_drawing_do_not_matter():
    large = [np.array(stroke) for stroke in DRAWN[3]]
    small = [0.3 * stroke + 0.05 for stroke in large]
    np.testing.assert_array_equal(image(large), image(small))


def test_images_have_as_much_ink_as_the_digits():
    images, digits = (part.numpy() for part in load_digits())
    shares = []
    for digit, strokes in DRAWN.items():
        drawn = image([np.array(stroke) for stroke in strokes])
        assert drawn.shape == (64,)
        assert drawn.dtype == np.float32
        assert drawn.min() >= 0
        assert drawn.max() <= 1
        shares.append(drawn.mean() / images[digits == digit].mean())
    assert 0.9 < np.mean(shares) < 1.1


def test_a_network_that_is_not_finite_any_more_reads_nothing(tab):
    tab.reset(**WILD)
    tab.ask("run", running=True)
    tab.until(lambda message: message.get("fault"))
    assert tab.ask("draw", strokes=DRAWN[0])[1]["shares"] == [0] * 10


@pytest.mark.parametrize(
    "strokes", [[[[0.5, 0.5]]], [[[0, 0]]], [[[0.2, 0.5], [0.2, 0.5]]], [[[0, 0], [1, 1]], [[1, 0]]]]
)
def test_small_drawings_are_images_too(strokes):
    drawn = image([np.array(stroke, np.float64) for stroke in strokes])
    assert np.isfinite(drawn).all()
    assert drawn.sum() > 0


@pytest.mark.parametrize(
    ("strokes", "words"),
    [
        (None, "a drawing must be a list of strokes"),
        ("x", "a drawing must be a list of strokes"),
        ([1, 2], "a drawing must be a list of strokes"),
        ([[1, 2]], "pairs of numbers from 0 to 1"),
        ([[[0.5]]], "pairs of numbers from 0 to 1"),
        ([[[0.5, "1"]]], "pairs of numbers from 0 to 1"),
        ([[[0.5, 2]]], "pairs of numbers from 0 to 1"),
        ([[[0.5, float("nan")]]], "pairs of numbers from 0 to 1"),
        ([[[True, 0]]], "pairs of numbers from 0 to 1"),
        ([[[0.1, 0.1]] * 4001], "a drawing may have 4,000 points: clear it"),
    ],
    ids=range(10),
)
def test_what_is_no_drawing_is_refused(strokes, words):
    with pytest.raises(Refused, match=words):
        strokes_of({"strokes": strokes})
