"""Options of printing: what would break every repr later is refused at once."""

import mocrograd as mg
import pytest

BAD = {
    "precision": ("x", 2.5, True, -1, 1 << 40, (1,)), "threshold": ("x", (1,), float("nan"), -1),
    "edgeitems": ("x", 2.5, -1, [1]), "linewidth": ("x", 2.5, -1, 1j), "sci_mode": ("x", 1, 0.5),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _as_before():
    yield
    mg.set_printoptions(profile="default")


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_what_is_no_option_is_refused_and_changes_nothing(name, value):
    x = mg.arange(2000.0) / 3
    before = repr(x)
    with pytest.raises((TypeError, ValueError), match=name):
        mg.set_printoptions(**{"profile": "full", name: value})
    assert repr(x) == before


@pytest.mark.parametrize("options", [{"edgeitems": 0}, {"linewidth": 0}, {"precision": 0}, {"threshold": 0}])
def test_zeros_are_options(options):
    mg.set_printoptions(**{"threshold": 2, **options})
    assert repr(mg.ones(4, 4) / 3).startswith("tensor([")


def test_options_within_a_with(torch):
    from mocrograd.torch import _tensor_str

    text = repr(mg.tensor([1.23456, 1e5]))
    with _tensor_str.printoptions(precision=2, sci_mode=False), torch._tensor_str.printoptions(precision=2):
        assert repr(mg.tensor([1.23456])) == repr(torch.tensor([1.23456])) == "tensor([1.23])"
        assert _tensor_str.get_printoptions()["sci_mode"] is False
    assert repr(mg.tensor([1.23456, 1e5])) == text
    assert _tensor_str.get_printoptions() == torch._tensor_str.get_printoptions()
