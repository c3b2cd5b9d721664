"""The examples run, and learn, in a short form."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name):
    spec = spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_xor_learns():
    _, losses = example("xor").train(steps=300)
    assert losses[-1] < 0.01 < losses[0]


def test_moons_separates():
    losses, accuracies = example("moons").train(steps=100)
    assert losses[-1] < 0.2 * losses[0]
    assert accuracies[-1] > 0.95


def test_digits_learns():
    history = example("train_digits").train("normal", epochs=15, lr=0.05, samples=500, progress=False)
    assert history["loss"][-1] < 0.6 * history["loss"][0]
    assert history["validation_accuracy"][-1] > 0.5


def test_longer_digits_learns():
    history = example("train_digits").train("longer", epochs=2, samples=200, progress=False)
    assert history["loss"][-1] < history["loss"][0]


def test_cnn_learns_digits():
    losses, accuracy = example("cnn_digits").train(epochs=3)
    assert losses[-1] < 0.3 * losses[0]
    assert accuracy > 0.85


def test_resnet_learns_shapes():
    losses, accuracy = example("resnet_shapes").train(steps=100)
    assert sum(losses[-10:]) < 0.5 * sum(losses[:10])
    assert accuracy > 0.7


@pytest.mark.parametrize(("name", "below"), [("char_lstm", 2.1), ("char_gpt", 2.3)])
def test_models_learn_letters(name, below):
    module = example(name)
    losses, model = module.train(steps=150)
    assert losses[0] > 3.5
    assert sum(losses[-10:]) < 10 * below
    text = module.write(model, "Shall I ", 40)
    assert text.startswith("Shall I ")
    assert len(text) == 48


def test_autoencoder_learns():
    losses, _ = example("autoencoder").train(epochs=10)
    assert losses[-1] < 0.3 * losses[0]


def test_vae_learns():
    losses, model = example("vae").train(epochs=5, samples=500)
    assert losses[-1] < 0.75 * losses[0]
    assert model.decode(model.prior().sample((3,))).sample().shape == (3, 64)


def test_actor_critic_arrives():
    arrivals = example("actor_critic").train(rounds=60)
    assert sum(arrivals[:3]) < 3 * 0.02
    assert sum(arrivals[-10:]) > 10 * 0.08


def test_gru_adds_longer_numbers_than_it_saw():
    module = example("gru_adder")
    losses, model = module.train(steps=800)
    assert losses[-1] < 0.1 * losses[0]
    assert module.accuracy(model, 8) > 0.9


def test_a_list_of_layers_learns_xor(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    module = example("xor_layers")
    net, losses = module.learn(epochs=2000)
    assert losses[-1] < 1e-3 < losses[0]
    assert (net.forward(module.INPUTS) - module.TARGETS).abs().max() < 0.1


@pytest.mark.parametrize("seed", [0, 1])
def test_a_list_of_layers_learns_fizz_buzz(seed, monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    module = example("fizz_buzz")
    net, losses = module.learn(seed=seed)
    words, right = module.count(net)
    assert losses[-1] < 0.1 * losses[0]
    assert right >= 95
    truth = ["fizz" * (i % 3 == 0) + "buzz" * (i % 5 == 0) or str(i) for i in range(1, 101)]
    assert sum(word == true for word, true in zip(words, truth)) == right


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("xor", ["--steps", "5"], "1 xor 1 ="),
        ("moons", ["--steps", "5"], "accuracy"),
        ("train_digits", ["--epochs", "1", "--samples", "100"], "validation accuracy"),
        ("cnn_digits", ["--epochs", "1", "--samples", "100"], "accuracy"),
        ("resnet_shapes", ["--steps", "2"], "accuracy"),
        ("char_lstm", ["--steps", "2"], "Shall I "),
        ("char_gpt", ["--steps", "2"], "Shall I "),
        ("autoencoder", ["--epochs", "1"], "epoch  1"),
        ("vae", ["--epochs", "1"], "epoch  1"),
        ("actor_critic", ["--rounds", "2"], "round   1"),
        ("gru_adder", ["--steps", "2"], "sums of 8 digits"),
        ("xor_layers", ["--epochs", "5"], "1 xor 1:"),
        ("fizz_buzz", ["--epochs", "1"], "of 100 right"),
    ],
)
def test_examples_run_as_programs(name, options, words):
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert words in done.stdout


def test_an_ear_learns_instruments():
    module = example("sounds")
    losses, accuracy, model = module.train(steps=40)
    assert losses[-1] < 0.1 * losses[0]
    assert accuracy > 0.95
    assert module.show(model.spectrogram(module.play(1)[0])[0]).count("\n") == 31
