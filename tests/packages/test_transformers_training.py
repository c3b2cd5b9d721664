"""transformers: files of models, and its trainer."""

import numpy as np
from packages.both import compare, needs, run


def test_models_from_folders_and_back():
    needs("transformers", "tokenizers")
    compare("transformers_files.py")


def test_the_trainer():
    needs("transformers", "accelerate")
    compare("transformers_trainer.py")


def test_files_with_16_bits_load_without_a_warning():
    needs("transformers")
    ours, theirs = (run("transformers_half.py", over=over)["figures"] for over in ("mocrograd", "torch"))
    for kind in ("F16", "BF16"):
        assert (ours[f"{kind}_warned"], theirs[f"{kind}_warned"]) == (0, 0)
        for figure in (kind, f"{kind}_asked"):
            np.testing.assert_allclose(ours[figure], theirs[figure], rtol=1e-4, atol=1e-4)
