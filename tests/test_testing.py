"""assert_close: as torch's."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

PAIRS = {
    "equal": "t.ones(2), t.ones(2)",
    "a little off": "t.ones(2), t.ones(2) * (1 + 1e-6)",
    "off": "t.ones(2), t.ones(2) * (1 + 1e-4)",
    "float64 a little off": "t.ones(2, dtype=t.float64), t.ones(2, dtype=t.float64) * (1 + 1e-6)",
    "tolerances": "t.ones(2), t.ones(2) * 1.5, ; rtol=0.4, atol=0.0",
    "one tolerance": "t.ones(2), t.ones(2), ; rtol=0.4",
    "shapes": "t.ones(2), t.ones(2, 1)",
    "dtypes": "t.ones(2), t.ones(2, dtype=t.float64)",
    "dtypes unchecked": "t.ones(2), t.ones(2, dtype=t.float64), ; check_dtype=False",
    "strides": "t.ones(2, 3), t.ones(3, 2).t(), ; check_stride=True",
    "nan": "t.tensor([float('nan')]), t.tensor([float('nan')])",
    "equal nan": "t.tensor([float('nan')]), t.tensor([float('nan')]), ; equal_nan=True",
    "infinities": "t.tensor([float('inf')]), t.tensor([-float('inf')])",
    "equal infinities": "t.tensor([float('inf')]), t.tensor([float('inf')])",
    "integers": "t.tensor([3]), t.tensor([4])",
    "bools": "t.tensor([True]), t.tensor([False])",
    "numbers": "1.0, 1.0 + 1e-9",
    "numbers off": "1, 2",
    "empty": "t.ones(0), t.ones(0)",
    "lists": "[t.ones(1), t.zeros(1)], [t.ones(1), t.zeros(1)]",
    "lists off": "[t.ones(1), t.zeros(1)], [t.ones(1), t.ones(1)]",
    "lengths": "[t.ones(1)], [t.ones(1), t.ones(1)]",
    "dicts": "{'a': t.ones(1)}, {'a': t.ones(1)}",
    "dicts off": "{'a': t.ones(1)}, {'a': t.zeros(1)}",
    "keys": "{'a': t.ones(1)}, {'b': t.ones(1)}",
    "text": "t.ones(1), 'x'",
    "nothing": "None, None",
    "nothing and something": "None, t.ones(1)",
    "message": "t.ones(1), t.zeros(1), ; msg='what it says'",
}


def outcome(module, call):
    values, _, options = call.partition(", ;")
    try:
        actual, expected = eval(values, {"t": module})
        module.testing.assert_close(actual, expected, **eval(f"dict({options})"))
    except Exception as error:
        return type(error), str(error)
    return None


@pytest.mark.parametrize("name", PAIRS)
def test_against_torch(name):
    expected, found = outcome(torch, PAIRS[name]), outcome(mg, PAIRS[name])
    assert (found and found[0]) == (expected and expected[0])


def test_the_message_tells_where():
    a = mg.zeros(3, 4)
    b = a.clone()
    b[1, 2] = 2.0
    with pytest.raises(AssertionError, match=r"1 / 12 \(8\.3%\)\n.*2\.0 at index \(1, 2\)"):
        mg.testing.assert_close({"x": [a]}, {"x": [b]})
    with pytest.raises(AssertionError, match=r"item \['x'\]\[0\]"):
        mg.testing.assert_close({"x": [a]}, {"x": [b]})
    with pytest.raises(AssertionError, match="what it says"):
        mg.testing.assert_close(a, b, msg="what it says")
    mg.testing.assert_close(a, np.zeros((3, 4), np.float32))
