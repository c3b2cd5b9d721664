"""Initial values: formulas, statistics and errors against torch's."""

import math

import mocrograd as mg
import pytest
from mocrograd import nn

GAINS = [
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose2d",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "selu",
]


@pytest.mark.parametrize("name", GAINS)
def test_gain_is_torchs(name):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    assert nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)


def test_gain_of_leaky_relu_and_errors():
    assert nn.init.calculate_gain("leaky_relu", 0.2) == math.sqrt(2 / 1.04)
    with pytest.raises(ValueError, match="negative_slope True not a valid number"):
        nn.init.calculate_gain("leaky_relu", True)
    with pytest.raises(ValueError, match="Unsupported nonlinearity swish"):
        nn.init.calculate_gain("swish")


# Standard deviations for shape (out, in, kernel) = (40, 50, 4): fan_in 200, fan_out 160.
CASES = [
    (nn.init.uniform_, {}, 0.5, 1 / math.sqrt(12)),
    (nn.init.uniform_, {"a": -2.0, "b": 4.0}, 1.0, 6 / math.sqrt(12)),
    (nn.init.normal_, {}, 0.0, 1.0),
    (nn.init.normal_, {"mean": 3.0, "std": 0.5}, 3.0, 0.5),
    (nn.init.xavier_uniform_, {}, 0.0, math.sqrt(2 / 360)),
    (nn.init.xavier_uniform_, {"gain": 3.0}, 0.0, 3 * math.sqrt(2 / 360)),
    (nn.init.xavier_normal_, {"gain": 0.5}, 0.0, 0.5 * math.sqrt(2 / 360)),
    (nn.init.kaiming_uniform_, {}, 0.0, math.sqrt(2 / 200)),
    (nn.init.kaiming_uniform_, {"a": math.sqrt(5)}, 0.0, math.sqrt(1 / 600)),
    (nn.init.kaiming_normal_, {"mode": "fan_out", "nonlinearity": "relu"}, 0.0, math.sqrt(2 / 160)),
    (nn.init.kaiming_normal_, {"nonlinearity": "tanh"}, 0.0, 5 / 3 / math.sqrt(200)),
]


@pytest.mark.parametrize(("fill", "options", "mean", "std"), CASES)
def test_mean_and_deviation(fill, options, mean, std):
    mg.manual_seed(0)
    tensor = mg.zeros(40, 50, 4, requires_grad=True)
    assert fill(tensor, **options) is tensor
    values = tensor.detach().numpy()
    assert values.mean() == pytest.approx(mean, abs=0.05 * std)
    assert values.std() == pytest.approx(std, rel=0.05)
    assert tensor.requires_grad
    assert tensor.is_leaf


def test_constants():
    assert nn.init.constant_(mg.zeros(2), 0.3).tolist() == pytest.approx([0.3, 0.3])
    assert nn.init.ones_(mg.zeros(2)).tolist() == [1.0, 1.0]
    assert nn.init.zeros_(mg.ones(2)).tolist() == [0.0, 0.0]


def test_generator_and_seed():
    for fill in (nn.init.uniform_, nn.init.normal_, nn.init.xavier_normal_, nn.init.kaiming_uniform_):
        first = fill(mg.zeros(3, 4), generator=mg.Generator().manual_seed(5)).tolist()
        assert fill(mg.zeros(3, 4), generator=mg.Generator().manual_seed(5)).tolist() == first
        assert fill(mg.zeros(3, 4), generator=mg.Generator().manual_seed(6)).tolist() != first


def test_errors():
    for fill in (
        nn.init.xavier_uniform_,
        nn.init.xavier_normal_,
        nn.init.kaiming_uniform_,
        nn.init.kaiming_normal_,
    ):
        with pytest.raises(ValueError, match="fewer than 2 dimensions"):
            fill(mg.zeros(3))
    with pytest.raises(ValueError, match="Mode fan_both not supported"):
        nn.init.kaiming_uniform_(mg.zeros(3, 3), mode="fan_both")
    with pytest.warns(UserWarning, match="zero-element"):
        nn.init.kaiming_normal_(mg.zeros(0, 3))


def test_skipping_leaves_values():
    with nn.init.skipped():
        assert nn.init.ones_(mg.zeros(2)).tolist() == [0.0, 0.0]
        assert nn.init.kaiming_normal_(mg.zeros(1, 2)).tolist() == [[0.0, 0.0]]
        assert nn.init.uniform_(mg.zeros(2)).tolist() == [0.0, 0.0]
    assert nn.init.ones_(mg.zeros(2)).tolist() == [1.0, 1.0]
