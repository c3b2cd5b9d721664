"""A history as what other libraries take."""

import sys

import pytest
from mocrograd.train import TensorBoardLogger
from mocrograd.train.history import History

HISTORY = History(
    [{"loss": 2.0, "validation_loss": 3.0, "seconds": 0.1}, {"loss": 1.0, "validation_loss": 2.5, "seconds": 0.1}]
)


def test_a_history_as_a_data_frame():
    pytest.importorskip("pandas", reason="pandas is not installed")
    frame = HISTORY.to_pandas()
    assert list(frame.columns) == ["loss", "validation_loss", "seconds"]
    assert frame.index.tolist() == [1, 2]
    assert frame["loss"].tolist() == [2.0, 1.0]
    assert len(History().to_pandas()) == 0


def test_a_history_as_a_figure():
    pytest.importorskip("matplotlib", reason="matplotlib is not installed").use("agg")
    from matplotlib import pyplot

    figure = HISTORY.plot()
    (ax,) = figure.axes
    assert {line.get_label(): line.get_ydata().tolist() for line in ax.lines} == {
        "loss": [2.0, 1.0],
        "validation loss": [3.0, 2.5],
    }
    with pytest.raises(KeyError, match="was not measured"):
        HISTORY.plot("speed")
    History().plot()
    pyplot.close("all")


@pytest.mark.parametrize(
    ("package", "call", "line"),
    [
        ("pandas", HISTORY.to_pandas, "pip install pandas"),
        ("matplotlib", HISTORY.plot, r'pip install "mocrograd\[plot\]"'),
        ("tensorboard", TensorBoardLogger, r'pip install "mocrograd\[tensorboard\]"'),
    ],
)
def test_what_is_not_installed_is_named(package, call, line, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=line):
        call()
