"""What notebooks show of tensors, modules and training: well-formed HTML, as much as is printed, and nothing slow."""

import itertools
import math
import re
import time
from xml.etree import ElementTree

import mocrograd as mg
import pytest
from mocrograd import nn
from mocrograd.train.history import History


def tree(thing):
    """Return what a notebook shows, parsed."""
    return ElementTree.fromstring(f"<x>{thing._repr_html_()}</x>").find("div")


def words(element):
    return " ".join("".join(element.itertext()).split())


def cells(element):
    return [["".join(cell.itertext()) for cell in row] for row in element.iter("tr")]


def test_vectors_and_matrices_are_tables():
    assert cells(tree(mg.tensor([1.5, -2.0]))) == [["0", "1"], ["1.5000", "-2.0000"]]
    assert cells(tree(mg.arange(6).reshape(2, 3))) == [["", "0", "1", "2"], ["0", "0", "1", "2"], ["1", "3", "4", "5"]]
    assert cells(tree(mg.tensor([True, False])))[1] == ["True", "False"]
    x = mg.ones(2, requires_grad=True)
    assert words(tree(x)).startswith("Tensor · shape [2] · float32 · cpu · requires_grad")
    (x * 3).sum().backward()
    assert cells(tree(x).find("details")) == [["0", "1"], ["3.", "3."]]
    assert "grad_fn <Mul" in words(tree(x * 3))
    assert words(tree(nn.Parameter(mg.ones(1)))).startswith("Parameter · shape [1]")


def test_others_are_as_they_are_printed():
    for x in (mg.tensor(3.5), mg.arange(8).reshape(2, 2, 2), mg.ones(0, 3), mg.ones(0)):
        assert tree(x).find("pre").text == repr(x)
    assert nn.LazyLinear(2).weight._repr_html_() == "&lt;UninitializedParameter&gt;"


def test_long_ones_are_cut_as_they_are_printed():
    rows = cells(tree(mg.arange(5000).reshape(100, 50)))
    assert rows[0] == ["", "0", "1", "2", "…", "47", "48", "49"]
    assert [row[0] for row in rows[1:]] == ["0", "1", "2", "⋮", "97", "98", "99"]
    assert rows[1] == ["0", "0", "1", "2", "…", "47", "48", "49"]
    assert rows[-1] == ["99", "4950", "4951", "4952", "…", "4997", "4998", "4999"]
    assert set(rows[4]) == {"⋮"}
    assert cells(tree(mg.arange(2000)))[1] == ["0", "1", "2", "…", "1997", "1998", "1999"]
    narrow = cells(tree(mg.arange(2000).reshape(500, 4)))
    assert narrow[0] == ["", "0", "1", "2", "3"]
    assert len(narrow) == 8
    assert len(cells(tree(mg.arange(1000).reshape(500, 2)))) == 501
    try:
        mg.set_printoptions(threshold=3, edgeitems=1, precision=1)
        assert cells(tree(mg.tensor([0.25, 1, 2, 3])))[1] == ["0.2", "…", "3.0"]
        mg.set_printoptions(edgeitems=0)
        for x in (mg.arange(4), mg.arange(4.0)):
            assert tree(x).find("pre").text == repr(x)
    finally:
        mg.set_printoptions(profile="default")


def test_large_tensors_are_as_fast_as_small_ones():
    def seconds(x):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            x._repr_html_()
            times.append(time.perf_counter() - start)
        return min(times)

    large = mg.zeros(20_000, 1000)
    assert len(large._repr_html_()) < 10_000
    assert seconds(large) < 0.02
    assert seconds(large.T) < 0.02
    assert seconds(large.reshape(-1)) < 0.02


def test_modules_unfold():
    class Strange(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
            self.again = self.layers[0]
            self.none = None
            self.register_module("absent", None)

        def extra_repr(self):
            return "<script>\n&"

    top = tree(Strange()).find("details")
    assert top.get("open") is not None
    assert words(top.find("summary")) == "Strange(<script> &) · 16 parameters"
    inner = top.find("details")
    assert words(inner.find("summary")) == "layers: Sequential() · 16 parameters"
    assert [words(leaf) for leaf in inner.findall("div")] == [
        "0: Linear(in_features=3, out_features=4, bias=True) · 16 parameters", "1: ReLU()",
    ]  # fmt: skip
    assert words(top.findall("div")[0]).endswith("· 16 parameters · shared")
    assert words(tree(nn.PReLU())) == "PReLU(num_parameters=1) · 1 parameter"
    deep = nn.Sequential(nn.Sequential(nn.Sequential(nn.ReLU())))
    assert [element.get("open") is not None for element in tree(deep).iter("details")] == [True, True, False]


def epochs(count, **more):
    return [
        {"loss": 2.0 / (i + 1), "accuracy": 0.5, "validation_loss": 3.0, "seconds": 0.1} | more for i in range(count)
    ]


def test_training_has_curves_and_a_table():
    shown = tree(History(epochs(4)))
    assert words(shown).startswith("History · 4 epochs")
    assert cells(shown)[:2] == [
        ["epoch", "loss", "accuracy", "validation_loss", "seconds"],
        ["0", "2", "0.5", "3", "0.1"],
    ]
    svg = shown.find("svg")
    assert len(svg.findall("polyline")) == 2
    points = [tuple(map(float, pair.split(","))) for pair in svg.find("polyline").get("points").split()]
    assert len(points) == 4
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted(y for _, y in points)  # down the page as the loss falls
    width, height = float(svg.get("width")), float(svg.get("height"))
    assert all(0 <= x <= width and 0 <= y <= height for x, y in points)
    assert {"loss", "validation_loss", "0", "3"} <= {text.text for text in svg.findall("text")}


def test_long_short_and_strange_training():
    rows = cells(tree(History(epochs(100))))
    assert [row[0] for row in rows[1:]] == [*map(str, range(10)), "⋮", *map(str, range(90, 100))]
    assert words(tree(History([], interrupted=True))) == "History · 0 epochs · interrupted"
    assert len(tree(History(epochs(1))).find("svg").findall("circle")) == 2
    long = tree(History(epochs(20_000)))
    assert len(long.find("svg").find("polyline").get("points").split()) <= 501
    for values in (
        [1.0, math.nan, 2.0, 3.0],
        [math.inf, 1.0, 1.0, math.nan],
        [math.nan] * 3,
        [-1.0, 0.0, 5.0],
        [1e-9, 1e9],
    ):
        svg = tree(History([{"loss": value} for value in values])).find("svg")
        drawn = ElementTree.tostring(svg, encoding="unicode")
        assert not re.search(r"\b(nan|inf)\b", "".join(shape.get("points", "") for shape in svg))
        assert drawn.count("<line ") == 5
    gap = tree(History([{"loss": v} for v in [1.0, 2.0, math.nan, 2.0, 1.0]])).find("svg")
    assert len(gap.findall("polyline")) == 2
    logarithmic = tree(History([{"loss": 10.0**-i} for i in range(5)])).find("svg")
    heights = [float(pair.split(",")[1]) for pair in logarithmic.find("polyline").get("points").split()]
    steps = [b - a for a, b in itertools.pairwise(heights)]
    assert steps == pytest.approx([steps[0]] * 4, abs=0.2)


def test_the_summary():
    shown = tree(mg.summary(nn.Sequential(nn.Linear(3, 4)), (2, 3), verbose=0))
    assert cells(shown)[0] == ["Layer", "Input shape", "Output shape", "Parameters", "Operations"]
    assert cells(shown)[2] == ["└─ 0: Linear", "[2, 3]", "[2, 4]", "16", "48"]
    assert ["Together", "120 B"] in cells(shown)
