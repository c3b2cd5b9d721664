"""Programs written as those that people learn from: they run over mocrograd as over torch."""

import numpy as np
from packages.both import compare, needs, run


def test_a_gpt_trains_resumes_and_samples():
    needs()
    reported = compare("gpt_of_characters.py")
    compiled = run("gpt_of_characters.py", "compiled", over="mocrograd")
    for what in ("losses", "evaluations"):
        np.testing.assert_allclose(compiled["figures"][what], reported["figures"][what], rtol=1e-5)


def test_models_of_words():
    needs()
    compare("words_model.py")


def test_models_of_pictures():
    needs()
    compare("pictures_models.py")


def test_processes_train_one_model():
    needs()
    compare("hogwild.py", "spawn")


def test_models_that_go_through_fourier_transforms():
    needs()
    compare("fourier_models.py")
