"""Parameter: a tensor that modules register."""

import copy

import mocrograd as mg
from mocrograd import nn


def test_parameter_is_a_tensor_that_requires_grad():
    parameter = nn.Parameter(mg.ones(2))
    assert isinstance(parameter, mg.Tensor)
    assert parameter.requires_grad
    assert parameter.is_leaf
    assert repr(parameter).startswith("Parameter containing:\n")
    assert not nn.Parameter(mg.ones(2), requires_grad=False).requires_grad


def test_parameter_shares_storage():
    data = mg.ones(2)
    parameter = nn.Parameter(data)
    data.fill_(3)
    assert parameter.tolist() == [3.0, 3.0]


def test_parameter_without_data_is_empty():
    assert tuple(nn.Parameter().shape) == (0,)


def test_parameter_of_a_result_is_a_leaf():
    x = mg.ones(2, requires_grad=True)
    assert nn.Parameter(x * 2).is_leaf


def test_results_are_plain_tensors():
    assert type(nn.Parameter(mg.ones(2)) * 2) is mg.Tensor


def test_deepcopy_keeps_identity_of_shared_parameters():
    parameter = nn.Parameter(mg.ones(2))
    first, second = copy.deepcopy([parameter, parameter])
    assert first is second
    assert first is not parameter
    assert isinstance(first, nn.Parameter)
