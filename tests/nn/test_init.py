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
    (nn.init.trunc_normal_, {}, 0.0, 0.8796),
    (nn.init.trunc_normal_, {"mean": 1.0, "std": 0.5, "a": 1.0, "b": 9.0}, 1 + 0.5 * 0.79788, 0.5 * 0.60281),
    (nn.init.trunc_normal_, {"a": 0.5, "b": 0.7}, 0.598, 0.0577),
    (nn.init.trunc_normal_, {"mean": -1.0, "std": 0.5, "a": 1.0, "b": 9.0}, 1.1128018, 0.1080196),
    (nn.init.trunc_normal_, {"mean": 4.0, "std": 1.0, "a": -1.0, "b": 1.0}, 0.7173061, 0.2641923),
    (nn.init.trunc_normal_, {"mean": 2.0, "std": 0.001, "a": -3.0, "b": 0.001}, 0.00099949976, 5.0025e-7),
    (nn.init.orthogonal_, {}, 0.0, 1 / math.sqrt(200)),
    (nn.init.orthogonal_, {"gain": 2.0}, 0.0, 2 / math.sqrt(200)),
    (nn.init.kaiming_normal_, {"nonlinearity": "tanh"}, 0.0, 5 / 3 / math.sqrt(200)),
]


@pytest.mark.filterwarnings("ignore:trunc_normal_. the mean is more than 2 std")
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


def test_truncated_values_stay_between_the_bounds():
    for bounds in ((-0.1, 0.2), (0.7, 0.8), (-2.0, 2.0)):
        values = nn.init.trunc_normal_(mg.zeros(1000), a=bounds[0], b=bounds[1])
        assert bounds[0] - 1e-6 <= values.min().item() <= values.max().item() <= bounds[1] + 1e-6
    with pytest.warns(UserWarning, match="more than 2 std"):
        values = nn.init.trunc_normal_(mg.zeros(50), a=3.0, b=4.0)
    assert 3 <= values.min().item() <= values.max().item() <= 4


def test_rows_or_columns_are_orthonormal():
    for shape in ((5, 3), (3, 5), (4, 4), (3, 2, 2, 2)):
        matrix = nn.init.orthogonal_(mg.zeros(*shape), gain=2.0).reshape(shape[0], -1)
        short = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.t()
        assert mg.allclose(short @ short.t(), 4 * mg.eye(short.shape[0]), atol=1e-5)
    assert nn.init.orthogonal_(mg.zeros(0, 3)).shape == (0, 3)


def test_sparse_columns():
    values = nn.init.sparse_(mg.zeros(30, 40), 0.31, std=3.0)
    assert ((values == 0).sum(0) == 10).all()
    assert values[values != 0].std().item() == pytest.approx(3.0, rel=0.1)
    assert len({tuple(column) for column in (values == 0).t().tolist()}) == 40


@pytest.mark.parametrize("name", ["eye_", "dirac_"])
@pytest.mark.parametrize("shape", [(3, 4), (4, 3), (6, 2, 3), (4, 3, 2, 3), (2, 2, 3, 4, 1), (0, 2, 1)])
@pytest.mark.parametrize("options", [{}, {"groups": 2}])
def test_identities_are_torchs(name, shape, options):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    results = []
    for m in (mg, torch):
        try:
            results.append(getattr(m.nn.init, name)(m.ones(*shape, requires_grad=True), **options).tolist())
        except (ValueError, TypeError) as error:
            results.append(type(error))
    assert results[0] == results[1]


def test_generator_and_seed():
    for fill in (nn.init.uniform_, nn.init.normal_, nn.init.trunc_normal_, nn.init.orthogonal_,
                 lambda x, generator: nn.init.sparse_(x, 0.5, generator=generator), nn.init.xavier_normal_, nn.init.kaiming_uniform_):  # fmt: skip
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
    with pytest.raises(ValueError, match="2 or more dimensions"):
        nn.init.orthogonal_(mg.zeros(3))
    with pytest.raises(ValueError, match="Only tensors with 2 dimensions"):
        nn.init.sparse_(mg.zeros(3), 0.1)
    with pytest.raises(ValueError, match="Mode fan_both not supported"):
        nn.init.kaiming_uniform_(mg.zeros(3, 3), mode="fan_both")
    with pytest.warns(UserWarning, match="zero-element"):
        nn.init.kaiming_normal_(mg.zeros(0, 3))


def test_skipping_leaves_values():
    with nn.init.skipped():
        assert nn.init.ones_(mg.zeros(2)).tolist() == [0.0, 0.0]
        assert nn.init.kaiming_normal_(mg.zeros(1, 2)).tolist() == [[0.0, 0.0]]
        assert nn.init.uniform_(mg.zeros(2)).tolist() == [0.0, 0.0]
        for fill in (nn.init.trunc_normal_, nn.init.eye_, nn.init.orthogonal_, lambda x: nn.init.sparse_(x, 0.5)):
            assert fill(mg.zeros(1, 2)).tolist() == [[0.0, 0.0]]
        assert nn.init.dirac_(mg.zeros(1, 1, 1)).tolist() == [[[0.0]]]
    assert nn.init.ones_(mg.zeros(2)).tolist() == [1.0, 1.0]
