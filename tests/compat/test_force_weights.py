"""The variables of the environment that choose whether `load` refuses all but weights."""

import pickle

import mocrograd as mg
import numpy as np
import pytest


@pytest.fixture
def path(tmp_path):
    mg.save({"numbers": np.arange(3)}, tmp_path / "numbers.pt")
    return tmp_path / "numbers.pt"


def test_the_environment_allows_all(path, monkeypatch):
    with pytest.raises(pickle.UnpicklingError):
        mg.load(path)
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.warns(UserWarning, match="TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD is set"):
        assert mg.load(path)["numbers"].tolist() == [0, 1, 2]
    with pytest.raises(pickle.UnpicklingError):  # the call itself decides
        mg.load(path, weights_only=True)


def test_the_environment_allows_weights_alone(path, monkeypatch):
    assert mg.load(path, weights_only=False)["numbers"].tolist() == [0, 1, 2]
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "true")
    with pytest.raises(pickle.UnpicklingError):
        mg.load(path, weights_only=False)
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "y")
    with pytest.raises(RuntimeError, match="Only one of"):
        mg.load(path)
