"""What transformers, timm and accelerate find of torch and torchvision under mocrograd."""

from packages.both import needs, run


def test_what_packages_find():
    needs("transformers", "timm", "accelerate")
    found = run("detection.py", over="mocrograd")["figures"]
    assert found == {
        "torch": [True, "2.13.0", "2.13.0"],
        "torchvision": [False, True, "0.29.1"],
        "compiled": False,
        "timm": 1000,
        "launched": ["mocrograd.torch", "1"],
    }
