"""States of models by the functions of torch.distributed.checkpoint, in one process."""

import mocrograd as mg
import pytest
from mocrograd.distributed.checkpoint.state_dict import StateDictOptions, set_model_state_dict


@pytest.fixture(params=["mocrograd", "torch"])
def library(request):
    return pytest.importorskip(request.param)


@pytest.fixture
def states(library):
    return pytest.importorskip(f"{library.__name__}.distributed.checkpoint.state_dict")


def test_there_and_back(library, states):
    model, other = library.nn.Linear(2, 3), library.nn.Linear(2, 3)
    state = states.get_model_state_dict(model)
    assert sorted(state) == ["bias", "weight"]
    found = states.set_model_state_dict(other, state)
    assert (found.missing_keys, found.unexpected_keys) == ([], [])
    assert other.weight.equal(model.weight)
    assert other.weight is not model.weight


def test_options(library, states):
    model = library.nn.Linear(2, 3)
    model.bias.requires_grad_(False)
    options = states.StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=True)
    assert list(states.get_model_state_dict(model, options=options)) == ["weight"]
    with pytest.raises(RuntimeError, match="Missing key"):
        states.set_model_state_dict(library.nn.Linear(2, 3), {"weight": model.weight})
    loose = states.StateDictOptions(strict=False)
    given = {"weight": model.weight, "more": model.bias}
    found = states.set_model_state_dict(library.nn.Linear(2, 3), given, options=loose)
    assert (found.missing_keys, found.unexpected_keys) == (["bias"], ["more"])


def test_models_without_memory_take_the_tensors():  # torch wants an engine for it
    model = mg.nn.Linear(2, 3)
    with mg.device("meta"):
        empty = mg.nn.Linear(2, 3)
    set_model_state_dict(empty, model.state_dict(), options=StateDictOptions(full_state_dict=True))
    assert empty(mg.ones(2)).equal(model(mg.ones(2)))
