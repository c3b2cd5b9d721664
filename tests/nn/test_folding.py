"""Windows as columns and back, and channels in another order, as in torch."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


LAYERS = {
    "Unfold": ((2,), {"padding": 1, "stride": 2}, (2, 3, 5, 4)),
    "Fold": (((4, 5), (2, 2)), {}, (2, 12, 12)),
    "ChannelShuffle": ((3,), {}, (2, 6, 4, 2)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_torchs(name, both, array):
    args, options, shape = LAYERS[name]
    layers = {m: getattr(m.nn, name)(*args, **options) for m in (mg, torch)}
    assert repr(layers[mg]) == repr(layers[torch])
    both(lambda m, x: layers[m](x), np.abs(array(shape)) + 0.1)
